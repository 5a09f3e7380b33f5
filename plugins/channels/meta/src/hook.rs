//! One webhook: several entries, each of several changes, of a Page, an Instagram account or a WhatsApp number.
//!
//! An app has one webhook for all its accounts, so what is of another account is passed over. What stands in a request and
//! cannot be read is passed over with a warning, for the rest of the batch is good; a request of which nothing can be read at
//! all is refused, and set aside.

use crate::api::Api;
use crate::place::Place;
use crate::{kept, whatsapp};
use jackfield_sdk::channel::{AttachmentRef, Author, Content, Event, Host, Kind, Trouble, Visibility, said};
use jackfield_sdk::warning;
use jackfield_sdk::webhook::WebhookRequest;
use serde_json::Value;

/// A request is stored as a whole: this is what a connection takes at once.
const MOST_EVENTS: usize = 200;
const ID_BYTES: usize = 512;
const TEXT_BYTES: usize = (1 << 20) - 64;

pub(crate) fn ingest(host: &dyn Host, settings: &str, request: &WebhookRequest) -> Result<Vec<Event>, Trouble> {
    let api = Api::new(host, settings)?;
    let body: Value = serde_json::from_slice(&request.body)
        .map_err(|error| Trouble::Unexpected(format!("Meta sent a webhook that is no JSON ({error}).")))?;
    let object = text(&body, "/object").unwrap_or_default().to_owned();
    let Some(entries) = body.get("entry").and_then(Value::as_array) else {
        return Err(Trouble::Unexpected("Meta sent a webhook without entries.".to_owned()));
    };
    let mut events = Vec::new();
    for entry in entries {
        let id = text(entry, "/id").unwrap_or_default();
        let own = object == "whatsapp_business_account" || api.settings.is_us(id);
        if !own {
            continue;
        }
        let at = moment(entry.get("time")).unwrap_or(request.received_at);
        for message in list(entry, "messaging").chain(list(entry, "standby")) {
            events.extend(messaging(&object, id, message, at));
        }
        for change in list(entry, "changes") {
            let value = change.get("value").unwrap_or(&Value::Null);
            match (object.as_str(), text(change, "/field").unwrap_or_default()) {
                ("page", "feed") => events.extend(page_feed(id, value, at)),
                ("page", "mention") => events.extend(page_mention(&api, value, at)?),
                ("instagram", "comments" | "live_comments") => events.extend(instagram_comment(&api, id, value, at)),
                ("instagram", "mentions") => events.extend(instagram_mention(&api, id, value, at)?),
                ("whatsapp_business_account", "messages") => events.extend(whatsapp::events(&api, value)),
                (_, field) => warning!(host, "a change of {field:?} is passed over"),
            }
        }
    }
    if events.len() > MOST_EVENTS {
        return Err(Trouble::Unexpected(format!(
            "{} events in one request; at most {MOST_EVENTS} are taken.",
            events.len()
        )));
    }
    for event in &events {
        let from_a_person = !event.ours && !event.context && matches!(event.kind, Kind::Said(_));
        if from_a_person && event.visibility == Visibility::Direct {
            kept::wrote(host, &event.thread, event.at);
        }
    }
    events.sort_by_key(|event| event.at);
    Ok(events)
}

pub(crate) fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

pub(crate) fn text<'v>(value: &'v Value, at: &str) -> Option<&'v str> {
    value
        .pointer(at)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

/// A time that Meta writes as seconds or milliseconds, as a number or a text, or as ISO 8601.
pub(crate) fn moment(value: Option<&Value>) -> Option<u64> {
    /// The year 2286 in seconds, the year 1970 in milliseconds.
    const SECONDS: u64 = 10_000_000_000;
    let number = match value? {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => match text.parse() {
            Ok(number) => number,
            Err(_) => return jackfield_sdk::time::parse_ms(text),
        },
        _ => return None,
    };
    (number > 0).then(|| if number < SECONDS { number * 1000 } else { number })
}

/// The words, within the contract's bound.
pub(crate) fn bounded(text: &str) -> String {
    if text.len() <= TEXT_BYTES {
        return text.to_owned();
    }
    format!(
        "{}…",
        text.get(..text.floor_char_boundary(TEXT_BYTES)).unwrap_or_default()
    )
}

pub(crate) fn author(id: &str, name: Option<&str>) -> Author {
    let short = |text: &str| {
        text.get(..text.floor_char_boundary(ID_BYTES))
            .unwrap_or_default()
            .to_owned()
    };
    Author {
        handle: short(name.unwrap_or(id)),
        display_name: name.map(short),
        ..Author::named(&short(id))
    }
}

/// A message in one of the conversations.
pub(crate) fn event(id: &str, author: Author, words: &str, at: u64, place: &Place) -> Event {
    let mut event = said(id, author, &bounded(words), at);
    event.thread = place.name();
    event.visibility = if place.is_private() {
        Visibility::Direct
    } else {
        Visibility::Public
    };
    event
}

/// Something that was done about a message.
pub(crate) fn fact(id: &str, what: String, at: u64, place: &Place, about: &str) -> Event {
    let mut event = event(id, Author::named(""), "", at, place);
    event.kind = Kind::Other(what);
    event.parent = Some(about.to_owned()).filter(|about| about.len() <= ID_BYTES && !about.is_empty());
    event.revision = at;
    event.context = true;
    event
}

pub(crate) fn good(id: &str) -> bool {
    !id.is_empty() && id.len() <= ID_BYTES
}

/// Messenger and the messages of Instagram: the same shape.
fn messaging(object: &str, own: &str, message: &Value, at: u64) -> Vec<Event> {
    let (sender, recipient) = (text(message, "/sender/id"), text(message, "/recipient/id"));
    let (Some(sender), Some(recipient)) = (sender, recipient) else {
        return Vec::new();
    };
    let ours = sender == own;
    let person = if ours { recipient } else { sender };
    let place = match object {
        "instagram" => Place::Instagram(person.to_owned()),
        _ => Place::Messenger(person.to_owned()),
    };
    let at = moment(message.get("timestamp")).unwrap_or(at);
    let mut events = Vec::new();
    if let Some(said) = message.get("message") {
        events.extend(one_message(said, sender, ours, at, &place));
    }
    if let (Some(mid), Some(edit)) = (text(message, "/message_edit/mid"), message.get("message_edit")) {
        let mut event = event(
            mid,
            author(sender, None),
            text(edit, "/text").unwrap_or_default(),
            at,
            &place,
        );
        event.revision = edit.get("num_edit").and_then(Value::as_u64).unwrap_or(1).max(1);
        event.ours = ours;
        events.push(event);
    }
    if let (Some(title), Some(postback)) = (text(message, "/postback/title"), message.get("postback")) {
        let id = text(postback, "/mid").map_or_else(|| format!("postback:{person}:{at}"), str::to_owned);
        events.push(event(&id, author(sender, None), title, at, &place));
    }
    for mid in message
        .pointer("/delivery/mids")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let mid = mid.as_str().filter(|mid| good(mid) && mid.len() < 490);
        events.extend(mid.map(|mid| fact(&format!("delivered:{mid}"), "delivered".to_owned(), at, &place, mid)));
    }
    if let Some(mark) = message.pointer("/read/watermark").and_then(Value::as_u64) {
        events.push(fact(&format!("read:{person}"), "read".to_owned(), mark, &place, ""));
    }
    if let (Some(mid), Some(action)) = (text(message, "/reaction/mid"), text(message, "/reaction/action")) {
        let sign = text(message, "/reaction/emoji")
            .or_else(|| text(message, "/reaction/reaction"))
            .unwrap_or("?");
        let what = format!("{action} {sign}").chars().take(60).collect();
        events.push(fact(&format!("reaction:{person}:{at}"), what, at, &place, mid));
    }
    events
}

fn one_message(said: &Value, sender: &str, ours: bool, at: u64, place: &Place) -> Option<Event> {
    let mid = text(said, "/mid").filter(|mid| good(mid))?;
    let mut event = event(
        mid,
        author(sender, None),
        text(said, "/text").unwrap_or_default(),
        at,
        place,
    );
    event.ours = ours || said.get("is_echo").and_then(Value::as_bool).unwrap_or(false);
    event.parent = text(said, "/reply_to/mid").filter(|mid| good(mid)).map(str::to_owned);
    if said.get("is_deleted").and_then(Value::as_bool).unwrap_or(false) {
        event.kind = Kind::Deleted;
        return Some(event);
    }
    if let Kind::Said(content) = &mut event.kind {
        for file in list(said, "attachments").take(64) {
            attach(content, file);
        }
    }
    Some(event)
}

fn attach(content: &mut Content, file: &Value) {
    let kind = text(file, "/type").unwrap_or("file");
    match text(file, "/payload/url").filter(|url| url.starts_with("https://")) {
        Some(url) => content.attachments.push(AttachmentRef {
            url: url.to_owned(),
            media_type: None,
            size: None,
            alt: text(file, "/payload/title").map(str::to_owned),
        }),
        None => content.text.push_str(&format!("[{kind}]")),
    }
}

/// What happened below a Page: posts of visitors, comments, and what became of them.
fn page_feed(page: &str, value: &Value, at: u64) -> Option<Event> {
    let (item, verb) = (text(value, "/item")?, text(value, "/verb").unwrap_or("add"));
    let post = text(value, "/post_id").filter(|id| good(id))?;
    let id = match item {
        "comment" => text(value, "/comment_id").filter(|id| good(id))?,
        "post" | "status" | "photo" | "video" | "share" => post,
        // Likes and the like are no messages.
        _ => return None,
    };
    let place = Place::PagePost(post.to_owned());
    let (from, name) = (text(value, "/from/id").unwrap_or(""), text(value, "/from/name"));
    let created = moment(value.get("created_time")).unwrap_or(at);
    let mut event = event(
        id,
        author(from, name),
        text(value, "/message").unwrap_or_default(),
        created,
        &place,
    );
    event.ours = from == page;
    event.parent = (item == "comment").then(|| text(value, "/parent_id").unwrap_or(post).to_owned());
    event.url = text(value, "/post/permalink_url")
        .or_else(|| text(value, "/permalink_url"))
        .map(str::to_owned);
    match verb {
        "add" => {}
        "edited" | "edit" => (event.revision, event.at) = (at, at),
        "remove" | "delete" => event.kind = Kind::Deleted,
        other => {
            return Some(fact(
                &format!("{other}:{id}"),
                other.chars().take(40).collect(),
                at,
                &place,
                id,
            ));
        }
    }
    if let Kind::Said(content) = &mut event.kind {
        for url in [text(value, "/photo"), text(value, "/video"), text(value, "/link")]
            .into_iter()
            .flatten()
        {
            if url.starts_with("https://") {
                let (url, alt) = (url.to_owned(), None);
                content.attachments.push(AttachmentRef {
                    url,
                    media_type: None,
                    size: None,
                    alt,
                });
            }
        }
        if content.text.is_empty() && content.attachments.is_empty() {
            content.text = format!("[{item}]");
        }
    }
    Some(event)
}

/// Somebody named the Page elsewhere: the webhook has the place, the words have to be asked for.
fn page_mention(api: &Api<'_>, value: &Value, at: u64) -> Result<Option<Event>, Trouble> {
    let post = text(value, "/post_id").filter(|id| good(id));
    let Some(id) = text(value, "/comment_id").filter(|id| good(id)).or(post) else {
        return Ok(None);
    };
    let place = Place::PagePost(post.unwrap_or(id).to_owned());
    if text(value, "/verb") == Some("remove") {
        let mut event = event(id, Author::named(""), "", at, &place);
        event.kind = Kind::Deleted;
        return Ok(Some(event));
    }
    let found = match text(value, "/message") {
        Some(_) => Value::Null,
        None => api.get(id, &[("fields", "message,from,created_time,permalink_url")])?,
    };
    let words = text(value, "/message")
        .or_else(|| text(&found, "/message"))
        .unwrap_or_default();
    let from = text(value, "/sender_id")
        .or_else(|| text(&found, "/from/id"))
        .unwrap_or("unknown");
    let name = text(value, "/sender_name").or_else(|| text(&found, "/from/name"));
    let at = moment(value.get("created_time"))
        .or_else(|| moment(found.get("created_time")))
        .unwrap_or(at);
    let mut event = event(id, author(from, name), words, at, &place);
    event.parent = post.filter(|post| *post != id).map(str::to_owned);
    event.url = text(&found, "/permalink_url").map(str::to_owned);
    Ok(Some(event))
}

fn instagram_comment(api: &Api<'_>, own: &str, value: &Value, at: u64) -> Option<Event> {
    let id = text(value, "/id").filter(|id| good(id))?;
    let place = Place::Media(text(value, "/media/id")?.to_owned());
    let (from, name) = (
        text(value, "/from/id").unwrap_or("unknown"),
        text(value, "/from/username"),
    );
    let mut event = event(
        id,
        author(from, name),
        text(value, "/text").unwrap_or_default(),
        at,
        &place,
    );
    event.ours = from == own || api.settings.is_us(from);
    event.parent = text(value, "/parent_id").map(str::to_owned);
    Some(event)
}

/// Somebody named the account: the words have to be asked for.
fn instagram_mention(api: &Api<'_>, own: &str, value: &Value, at: u64) -> Result<Option<Event>, Trouble> {
    let Some(media) = text(value, "/media_id").filter(|id| good(id)) else {
        return Ok(None);
    };
    let plain = |id: &str| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let (root, id) = match text(value, "/comment_id").filter(|id| good(id)) {
        Some(id) if plain(id) => ("mentioned_comment", id),
        _ if plain(media) => ("mentioned_media", media),
        _ => return Ok(None),
    };
    let (by, words) = if root == "mentioned_comment" {
        ("comment_id", "text")
    } else {
        ("media_id", "caption")
    };
    let fields = format!("{root}.{by}({id}){{{words},username,timestamp}}");
    let found = api.get(own, &[("fields", &fields)])?;
    let at_field = |name: &str| text(&found, &format!("/{root}/{name}"));
    let at = moment(found.pointer(&format!("/{root}/timestamp"))).unwrap_or(at);
    let name = at_field("username");
    let who = name.unwrap_or("unknown");
    let event = event(
        id,
        author(who, name),
        at_field(words).unwrap_or_default(),
        at,
        &Place::Media(media.to_owned()),
    );
    Ok(Some(event))
}
