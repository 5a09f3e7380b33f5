//! WhatsApp's part of a webhook: messages, and what became of ours.

use crate::api::Api;
use crate::hook::{author, event, fact, good, list, moment, text};
use crate::kept;
use crate::place::Place;
use jackfield_sdk::channel::Event;
use serde_json::Value;

pub(crate) fn events(api: &Api<'_>, value: &Value) -> Vec<Event> {
    let number = text(value, "/metadata/phone_number_id");
    if number.is_none() || number != api.settings.whatsapp.as_deref() {
        return Vec::new();
    }
    let mut events: Vec<Event> = list(value, "messages")
        .filter_map(|message| message_event(value, message))
        .collect();
    events.extend(list(value, "statuses").filter_map(|status| status_event(api, status)));
    events
}

fn message_event(value: &Value, message: &Value) -> Option<Event> {
    let id = text(message, "/id").filter(|id| good(id))?;
    let from = text(message, "/from").filter(|from| good(from))?;
    let at = moment(message.get("timestamp")).unwrap_or(0);
    let place = Place::WhatsApp(from.to_owned());
    let mut contacts = list(value, "contacts");
    let name = contacts.find(|contact| text(contact, "/wa_id") == Some(from));
    let name = name.and_then(|contact| text(contact, "/profile/name"));
    let kind = text(message, "/type").unwrap_or("unknown");
    if kind == "reaction" {
        let sign = text(message, "/reaction/emoji").unwrap_or("none");
        let what = format!("react {sign}").chars().take(60).collect();
        let about = text(message, "/reaction/message_id").unwrap_or_default();
        return Some(fact(id, what, at, &place, about));
    }
    let at_kind = |name: &str| text(message, &format!("/{kind}/{name}"));
    let words = match kind {
        "text" => at_kind("body").unwrap_or_default().to_owned(),
        "button" => at_kind("text").unwrap_or_default().to_owned(),
        "interactive" => [
            "/interactive/button_reply/title",
            "/interactive/list_reply/title",
            "/interactive/nfm_reply/body",
        ]
        .into_iter()
        .find_map(|at| text(message, at))
        .unwrap_or("[interactive]")
        .to_owned(),
        "location" => {
            let degree = |name: &str| {
                message
                    .pointer(&format!("/location/{name}"))
                    .and_then(Value::as_f64)
                    .unwrap_or(0.0)
            };
            let named = at_kind("name").unwrap_or_default();
            format!(
                "[location {:.5}, {:.5}] {named}",
                degree("latitude"),
                degree("longitude")
            )
            .trim()
            .to_owned()
        }
        // Media are fetched with the token and expire in minutes: the words say that there is something.
        other => {
            let named = at_kind("filename").map(|name| format!(" {name}")).unwrap_or_default();
            format!("[{other}{named}] {}", at_kind("caption").unwrap_or_default())
                .trim()
                .to_owned()
        }
    };
    let mut event = event(id, author(from, name), &words, at, &place);
    event.parent = text(message, "/context/id").filter(|id| good(id)).map(str::to_owned);
    Some(event)
}

/// Sent, delivered, read, failed. What was sent carries the draft's key, so that a lost answer is known after all.
fn status_event(api: &Api<'_>, status: &Value) -> Option<Event> {
    let id = text(status, "/id").filter(|id| id.len() < 500)?;
    let word = text(status, "/status")?;
    let at = moment(status.get("timestamp")).unwrap_or(0);
    if let Some(key) = text(status, "/biz_opaque_callback_data") {
        kept::remember(api.host, key, id, at);
    }
    let place = Place::WhatsApp(text(status, "/recipient_id").filter(|to| good(to))?.to_owned());
    let error = list(status, "errors").next();
    let reason = error.map(|error| {
        let code = error.get("code").and_then(Value::as_u64).unwrap_or(0);
        let words = text(error, "/error_data/details")
            .or_else(|| text(error, "/title"))
            .unwrap_or_default();
        format!(" {code}: {words}")
    });
    let what: String = format!("{word}{}", reason.unwrap_or_default())
        .chars()
        .take(200)
        .collect();
    let mut event = fact(&format!("status:{id}"), what, at, &place, id);
    // Several in one second are in this order.
    let rank = ["sent", "delivered", "read", "played", "failed"]
        .iter()
        .position(|known| *known == word);
    event.revision = rank.and_then(|rank| u64::try_from(rank).ok()).unwrap_or(9) + 1;
    Some(event)
}
