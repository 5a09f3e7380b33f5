//! Channel `telegram`: one bot, by the Bot API.
//!
//! What comes in: messages and their edits, by asking for updates or by webhook; an update is one by chat and message,
//! whichever way it came. What goes out: answers. A bot is told nothing of what it sent and cannot look for it: where the
//! answer to sending is lost, the channel says that nobody can know.
//!
//! | module | what is in it |
//! |---|---|
//! | [`wire`] | the JSON of the Bot API, as far as we read it |
//! | [`map`] | from an update to an event; offsets of UTF-16 to bytes |
//! | `api`, `settings` | requests, what a "no" means; what a connection is told |
//! | `publish` | publish and reconcile |

mod api;
mod publish;
pub mod settings;

pub mod map;
pub mod wire;

use jackfield_sdk::channel::{
    Ability, Batch, Channel, Counting, Description, Draft, Event, Host, Receipt, Refusal, Trouble,
};
use jackfield_sdk::warning;
use jackfield_sdk::webhook::{Algorithm, Keys, Verify, Webhook, WebhookRequest};
use serde_json::{Value, json};
use wire::Update;

/// The channel.
#[derive(Debug)]
pub struct Telegram;

/// As many updates as the API hands out at once.
const PAGE: u32 = 100;

/// What a webhook's `secret_token` is the HMAC of: the API knows no signatures, only a word that it repeats.
pub const SIGNED: &[u8] = b"jackfield telegram webhook";

/// What we want to hear of.
const KINDS: [&str; 4] = ["message", "edited_message", "channel_post", "edited_channel_post"];

impl Channel for Telegram {
    fn describe() -> Description {
        let can = [
            Ability::Poll,
            Ability::ReplyPublic,
            Ability::ReplyPrivate,
            Ability::Edits,
        ];
        Description::new("telegram", env!("CARGO_PKG_VERSION"))
            .settings(settings::SCHEMA)
            .can(can)
            .max_length(publish::LONGEST, Counting::Characters)
    }

    fn check(host: &dyn Host, settings: &str) -> Result<String, Trouble> {
        let api = api::Api::new(host, settings)?;
        let me = api.who()?;
        Ok(format!("The bot is @{}.", me.username))
    }

    fn poll(host: &dyn Host, settings: &str, cursor: Option<Vec<u8>>, max_events: u32) -> Result<Batch, Trouble> {
        let api = api::Api::new(host, settings)?;
        if api.settings.webhook {
            return Ok(Batch::new(Vec::new()));
        }
        let me = api.me()?;
        let mut offset = place(cursor)?;
        let limit = max_events.clamp(1, PAGE);
        let mut asked = json!({"limit": limit, "timeout": 0, "allowed_updates": KINDS});
        if let (Some(offset), Some(map)) = (offset, asked.as_object_mut()) {
            map.insert("offset".to_owned(), json!(offset));
        }
        let updates: Vec<Value> = api.call("getUpdates", &asked)?;
        let found = updates.len();
        // After a week without any, the numbers begin anew (Bot API, "Update"): a page wholly below is one of those.
        let number = |value: &Value| value.get("update_id").and_then(Value::as_u64);
        let anew = !updates.is_empty()
            && updates
                .iter()
                .filter_map(number)
                .all(|id| offset.is_some_and(|at| id < at));
        if anew {
            offset = None;
        }
        let mut events = Vec::new();
        for value in updates.into_iter().take(limit as usize) {
            let Some(id) = number(&value) else {
                warning!(host, "an update without its number is left out");
                continue;
            };
            // The same page a second time holds nothing new.
            if offset.is_some_and(|offset| id < offset) {
                continue;
            }
            offset = Some(id + 1);
            match serde_json::from_value::<Update>(value) {
                Ok(update) => events.extend(map::event(&update, &me, &api.settings)),
                Err(error) => warning!(host, "the update {id} cannot be read: {error}"),
            }
        }
        events.iter().for_each(|event| publish::learn(host, event));
        let batch = Batch::new(events).more(found >= limit as usize);
        Ok(match offset {
            Some(offset) => batch.cursor(offset.to_string()),
            None => batch,
        })
    }

    fn publish(host: &dyn Host, settings: &str, draft: Draft) -> Result<Receipt, Refusal> {
        publish::publish(host, settings, &draft)
    }

    fn reconcile(host: &dyn Host, _settings: &str, draft: Draft) -> Result<Option<Receipt>, Trouble> {
        publish::reconcile(host, &draft)
    }
}

impl Webhook for Telegram {
    fn ingest(host: &dyn Host, settings: &str, request: WebhookRequest) -> Result<Vec<Event>, Trouble> {
        let api = api::Api::new(host, settings)?;
        let me = api.me()?;
        let update: Update = api::parse(&request.body)?;
        let event = map::event(&update, &me, &api.settings);
        event.iter().for_each(|event| publish::learn(host, event));
        Ok(event.into_iter().collect())
    }
}

impl Verify for Telegram {
    fn verify(keys: &dyn Keys, _settings: &str, request: &WebhookRequest) -> Result<(), String> {
        let name = "x-telegram-bot-api-secret-token";
        let given = request.headers.iter().find(|(header, _)| header == name);
        let (_, given) = given.ok_or_else(|| format!("there is no header {name}"))?;
        let bytes = unhex(given).ok_or_else(|| format!("{name} is not made of hexadecimal digits"))?;
        if keys.is_signed("webhook-key", Algorithm::Sha256, SIGNED, &bytes) {
            Ok(())
        } else {
            Err(format!(
                "{name} is not the one that `webhook-key` makes; set the webhook anew as the README says"
            ))
        }
    }
}

jackfield_sdk::channel!(Telegram);
jackfield_sdk::webhook!(Telegram);
jackfield_sdk::webhook_verify!(Telegram);

fn place(cursor: Option<Vec<u8>>) -> Result<Option<u64>, Trouble> {
    let Some(bytes) = cursor else { return Ok(None) };
    let text = String::from_utf8(bytes).unwrap_or_default();
    let read = text.parse().map(Some);
    read.map_err(|_| Trouble::Unexpected(format!("The cursor {text:?} is not ours.")))
}

/// Bytes of hexadecimal digits; none where they are none.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() || digits.is_empty() {
        return None;
    }
    pairs
        .map(|pair| u8::try_from(pair.iter().fold(0, |sum, digit| sum * 16 + digit)).ok())
        .collect()
}
