//! Publish, and find out afterwards.
//!
//! Meta has no idempotency keys, so a draft is looked for before it is sent: a comment or message of ours below the same one
//! or to the same person, with the same words, not older than the wish. WhatsApp has no list to look in; there the key goes
//! along, and comes back with the first status.

use crate::api::Api;
use crate::hook::{moment, text};
use crate::kept;
use crate::place::Place;
use jackfield_sdk::channel::{Draft, Host, Receipt, Refusal, Trouble, Visibility};
use serde_json::{Value, json};

/// How far the clocks of host and network may be apart.
const SKEW_MS: u64 = 600_000;
/// How long a status of WhatsApp is waited for before a person has to look.
const STATUS_MS: u64 = 600_000;
/// The greatest length: of WhatsApp's text, of a message, of a comment.
const MOST: [usize; 3] = [4_096, 1_000, 8_000];
/// What begins a template: `/template NAME LANGUAGE | first | second`.
const TEMPLATE: &str = "/template ";

pub(crate) fn publish(host: &dyn Host, settings: &str, draft: &Draft) -> Result<Receipt, Refusal> {
    let api = Api::new(host, settings)?;
    if let Some(receipt) = kept::receipt(host, &draft.key) {
        return Ok(receipt);
    }
    let place = place(draft)?;
    rules(draft, &place)?;
    if let Some(receipt) = there(&api, draft, &place)? {
        return Ok(receipt);
    }
    let template = draft.text.starts_with(TEMPLATE);
    if place.is_private() && !template && kept::window_is_closed(host, &place.name(), host.now_ms()) {
        return Err(Refusal::WindowClosed);
    }
    let (path, body) = request(&api, draft, &place)?;
    let answer = api.post(&path, &body)?;
    let ids = ["/id", "/message_id", "/messages/0/id"];
    let Some(id) = ids.into_iter().find_map(|at| text(&answer, at)) else {
        return Err(Trouble::Later(None).into());
    };
    let at = host.now_ms();
    kept::remember(host, &draft.key, id, at);
    Ok(Receipt {
        remote_id: id.to_owned(),
        url: None,
        at,
    })
}

fn place(draft: &Draft) -> Result<Place, Refusal> {
    let named = draft.thread.as_deref().or(draft.parent.as_deref());
    named.and_then(Place::read).ok_or_else(|| {
        Refusal::Rule("There is no conversation to answer in; choose a message and answer that.".to_owned())
    })
}

/// Everything that can be known before anything is asked.
fn rules(draft: &Draft, place: &Place) -> Result<(), Refusal> {
    let rule = |words: String| Err(Refusal::Rule(words));
    if draft.text.trim().is_empty() {
        return rule("The message is empty; write something.".to_owned());
    }
    if !draft.attachments.is_empty() {
        return rule("This channel cannot send files yet; take the attachment off and send the text.".to_owned());
    }
    match (&draft.visibility, place.is_private()) {
        (Visibility::Public, true) => {
            return rule(
                "This is between the person and us, and the answer was meant for everybody; choose direct.".to_owned(),
            );
        }
        (Visibility::Public | Visibility::Direct, _) => {}
        _ => return rule("At Meta an answer is public or for one person; choose one of these.".to_owned()),
    }
    let most = match place {
        Place::WhatsApp(_) => MOST[0],
        Place::PagePost(_) | Place::Media(_) if draft.visibility == Visibility::Public => MOST[2],
        _ => MOST[1],
    };
    let length = draft.text.chars().count();
    if length > most {
        return rule(format!(
            "The message has {length} characters and {most} are taken here; take {} away.",
            length - most
        ));
    }
    Ok(())
}

/// The id of a comment in a path.
fn comment(draft: &Draft) -> Result<&str, Refusal> {
    let plain = |id: &&str| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || "_.=-".contains(c));
    draft
        .parent
        .as_deref()
        .filter(plain)
        .ok_or_else(|| Refusal::Rule("A comment is answered, not a post as a whole; choose one.".to_owned()))
}

fn account<'s>(own: Option<&'s String>, name: &str) -> Result<&'s str, Refusal> {
    own.map(String::as_str).ok_or_else(|| {
        Refusal::Trouble(Trouble::Refused(format!(
            "This connection has no setting `{name}`; add it and try again."
        )))
    })
}

/// The request that publishes: path and body.
pub(crate) fn request(api: &Api<'_>, draft: &Draft, place: &Place) -> Result<(String, Value), Refusal> {
    let (page, instagram) = (api.settings.page.as_ref(), api.settings.instagram.as_ref());
    let message = json!({"text": draft.text});
    let to = |own: &str, recipient: Value| {
        let body = json!({"recipient": recipient, "messaging_type": "RESPONSE", "message": message});
        (format!("{own}/messages"), body)
    };
    Ok(match (place, &draft.visibility) {
        (Place::PagePost(_), Visibility::Direct) => to(account(page, "page")?, json!({"comment_id": comment(draft)?})),
        (Place::Media(_), Visibility::Direct) => {
            to(account(instagram, "instagram")?, json!({"comment_id": comment(draft)?}))
        }
        (Place::PagePost(_), _) => (format!("{}/comments", comment(draft)?), json!({"message": draft.text})),
        (Place::Media(_), _) => (format!("{}/replies", comment(draft)?), json!({"message": draft.text})),
        (Place::Messenger(person), _) => to(account(page, "page")?, json!({"id": person})),
        (Place::Instagram(person), _) => to(account(instagram, "instagram")?, json!({"id": person})),
        (Place::WhatsApp(number), _) => {
            let own = account(api.settings.whatsapp.as_ref(), "whatsapp")?;
            (format!("{own}/messages"), whatsapp(draft, number)?)
        }
    })
}

fn whatsapp(draft: &Draft, number: &str) -> Result<Value, Refusal> {
    let mut body = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": number,
        "biz_opaque_callback_data": draft.key,
    });
    let (kind, content) = match draft.text.strip_prefix(TEMPLATE) {
        None => ("text", json!({"body": draft.text, "preview_url": false})),
        Some(rest) => ("template", template(rest)?),
    };
    if let Value::Object(map) = &mut body {
        map.insert("type".to_owned(), json!(kind));
        map.insert(kind.to_owned(), content);
        let parent = draft.parent.as_deref().filter(|parent| parent.starts_with("wamid."));
        if let (Some(parent), "text") = (parent, kind) {
            map.insert("context".to_owned(), json!({"message_id": parent}));
        }
    }
    Ok(body)
}

/// `NAME LANGUAGE | first | second`.
fn template(text: &str) -> Result<Value, Refusal> {
    let mut parts = text.split('|').map(str::trim);
    let mut head = parts.next().unwrap_or_default().split_whitespace();
    let (Some(name), Some(language), None) = (head.next(), head.next(), head.next()) else {
        return Err(Refusal::Rule(
            "A template is written as: /template NAME LANGUAGE | first value | second value".to_owned(),
        ));
    };
    let values: Vec<Value> = parts.map(|value| json!({"type": "text", "text": value})).collect();
    let mut template = json!({"name": name, "language": {"policy": "deterministic", "code": language}});
    if let (false, Value::Object(map)) = (values.is_empty(), &mut template) {
        map.insert("components".to_owned(), json!([{"type": "body", "parameters": values}]));
    }
    Ok(template)
}

pub(crate) fn reconcile(host: &dyn Host, settings: &str, draft: &Draft) -> Result<Option<Receipt>, Trouble> {
    let api = Api::new(host, settings)?;
    if let Some(receipt) = kept::receipt(host, &draft.key) {
        return Ok(Some(receipt));
    }
    let Ok(place) = place(draft) else { return Ok(None) };
    if matches!(place, Place::WhatsApp(_)) {
        let waited = host.now_ms().saturating_sub(draft.asked_at);
        if waited < STATUS_MS {
            return Err(Trouble::Later(Some(30_000)));
        }
        return Err(Trouble::Unexpected(
            "WhatsApp keeps no list of what was sent, and no status of this message has come; look on the business phone or ask \
             the person before it is sent again."
                .to_owned(),
        ));
    }
    match there(&api, draft, &place) {
        Ok(found) => Ok(found),
        Err(Refusal::Trouble(trouble)) => Err(trouble),
        Err(_) => Ok(None),
    }
}

/// The draft among what we have said there.
fn there(api: &Api<'_>, draft: &Draft, place: &Place) -> Result<Option<Receipt>, Refusal> {
    let direct = draft.visibility == Visibility::Direct;
    let (own, path, pairs): (_, String, Vec<(&str, String)>) = match place {
        Place::WhatsApp(_) => return Ok(None),
        // To whom a private answer to a comment goes is known to Meta alone: the newest conversations are looked through.
        Place::PagePost(_) | Place::Messenger(_) if direct => {
            conversations(account(api.settings.page.as_ref(), "page")?, place)
        }
        Place::Media(_) | Place::Instagram(_) if direct => {
            conversations(account(api.settings.instagram.as_ref(), "instagram")?, place)
        }
        Place::Media(_) => {
            let fields = ("fields", "id,text,from,timestamp".to_owned());
            let own = account(api.settings.instagram.as_ref(), "instagram")?;
            (
                own,
                format!("{}/replies", comment(draft)?),
                vec![fields, ("limit", "50".to_owned())],
            )
        }
        _ => {
            let fields = ("fields", "id,message,from,created_time".to_owned());
            let order = ("order", "reverse_chronological".to_owned());
            let own = account(api.settings.page.as_ref(), "page")?;
            (
                own,
                format!("{}/comments", comment(draft)?),
                vec![fields, order, ("limit", "50".to_owned())],
            )
        }
    };
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let found = match api.get(&path, &pairs) {
        Ok(found) => found,
        // The comment is gone: nothing can be below it, and sending will say so.
        Err(Trouble::Refused(_)) => return Ok(None),
        Err(trouble) => return Err(trouble.into()),
    };
    let said = items(&found).find(|one| is_this(api, draft, own, one));
    Ok(said.and_then(|one| text(one, "/id")).map(|id| {
        kept::remember(api.host, &draft.key, id, draft.asked_at);
        let at = draft.asked_at;
        Receipt {
            remote_id: id.to_owned(),
            url: None,
            at,
        }
    }))
}

fn conversations<'s>(own: &'s str, place: &Place) -> (&'s str, String, Vec<(&'static str, String)>) {
    let mut pairs = vec![
        ("fields", "messages.limit(25){id,message,from,created_time}".to_owned()),
        ("limit", "25".to_owned()),
    ];
    if let Place::Messenger(person) | Place::Instagram(person) = place {
        pairs.push(("user_id", person.clone()));
    }
    if matches!(place, Place::Instagram(_) | Place::Media(_)) {
        pairs.push(("platform", "instagram".to_owned()));
    }
    (own, format!("{own}/conversations"), pairs)
}

/// Comments of a list, or messages of a list of conversations.
fn items(found: &Value) -> impl Iterator<Item = &Value> {
    let data = found.get("data").and_then(Value::as_array).into_iter().flatten();
    data.flat_map(|one| match one.pointer("/messages/data").and_then(Value::as_array) {
        Some(messages) => messages.iter().collect::<Vec<_>>(),
        None => vec![one],
    })
}

fn is_this(api: &Api<'_>, draft: &Draft, own: &str, one: &Value) -> bool {
    let words = text(one, "/message").or_else(|| text(one, "/text")).unwrap_or_default();
    let at = moment(one.get("created_time")).or_else(|| moment(one.get("timestamp")));
    let id = text(one, "/id").unwrap_or_default();
    words.trim() == draft.text.trim()
        && text(one, "/from/id") == Some(own)
        && at.is_some_and(|at| at >= draft.asked_at.saturating_sub(SKEW_MS))
        && !kept::belongs_to_another(api.host, id, &draft.key)
}
