//! What is new in the two lists: what people wrote to the number, and what the number wrote to people.

use crate::api::Api;
use crate::seen::Seen;
use crate::wire::{MediaList, Message};
use jackfield_sdk::channel::{AttachmentRef, Author, Batch, Content, Event, Host, Kind, Trouble, Visibility};
use jackfield_sdk::time::format_ms;
use jackfield_sdk::warning;
use serde::{Deserialize, Serialize};

const DAY_MS: u64 = 86_400_000;
/// How far behind the newest message handed over an older one may still turn up: a carrier's delay, a message that was
/// queued before it was sent.
const BEHIND_MS: u64 = 6 * 3_600_000;
/// Messages with files in one batch: each needs a request to learn what they are.
const WITH_FILES: usize = 100;

/// Where the next poll goes on.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    /// The time of the newest message that was handed over.
    #[serde(rename = "s")]
    since: u64,
}

pub(crate) fn poll(
    host: &dyn Host,
    settings: &str,
    cursor: Option<Vec<u8>>,
    max_events: u32,
) -> Result<Batch, Trouble> {
    let api = Api::new(host, settings)?;
    let (mut since, behind) = begin(&api, cursor);
    let from = since.saturating_sub(behind);
    let day: String = format_ms(from).chars().take(10).collect();
    let number = api.settings.number.as_str();
    // What was received was sent; what we write has no such time while it waits, and a filter would hide it.
    let mut found = api.messages(&[("To", number), ("DateSent>", &day)], from)?;
    found.extend(api.messages(&[("From", number)], from)?);

    let mut seen = Seen::load(host);
    let mut new: Vec<(u64, Message)> = Vec::new();
    for message in found {
        match message.at() {
            Some(at) if at < from || seen.has(&message.sid) || message.sid.is_empty() => {}
            Some(at) => new.push((at, message)),
            None => warning!(host, "the message {} has no time that can be read", message.sid),
        }
    }
    new.sort_by(|(one_at, one), (other_at, other)| (one_at, &one.sid).cmp(&(other_at, &other.sid)));
    new.dedup_by(|(_, one), (_, other)| one.sid == other.sid);

    let (mut events, mut files) = (Vec::new(), 0);
    let waiting = new.len();
    for (at, message) in new {
        files += usize::from(message.files() > 0);
        if events.len() >= max_events as usize || files > WITH_FILES {
            break;
        }
        seen.add(&message.sid, at);
        since = since.max(at);
        events.push(event(&api, &message, at)?);
    }
    let more = events.len() < waiting;
    seen.save(host, since.saturating_sub(BEHIND_MS));
    let cursor = serde_json::to_vec(&Cursor { since }).unwrap_or_default();
    Ok(Batch::new(events).cursor(cursor).more(more))
}

/// The newest time that was handed over, and how far behind it to look.
fn begin(api: &Api<'_>, cursor: Option<Vec<u8>>) -> (u64, u64) {
    let first = || {
        let history = api.settings.history_days.saturating_mul(DAY_MS);
        (api.host.now_ms().saturating_sub(history), 0)
    };
    let Some(bytes) = cursor else { return first() };
    match serde_json::from_slice::<Cursor>(&bytes) {
        Ok(Cursor { since }) => (since, BEHIND_MS),
        Err(error) => {
            warning!(
                api.host,
                "the cursor cannot be read ({error}); the poll begins again from the history of the settings"
            );
            first()
        }
    }
}

fn event(api: &Api<'_>, message: &Message, at: u64) -> Result<Event, Trouble> {
    let ours = !message.is_inbound();
    let mut attachments = Vec::new();
    if message.files() > 0 {
        let url = api.account_url(&format!("/Messages/{}/Media.json", message.sid), &[]);
        let list: MediaList = api.read(&url)?;
        attachments.extend(list.media_list.into_iter().take(64).map(|media| AttachmentRef {
            url: api.account_url(&format!("/Messages/{}/Media/{}", message.sid, media.sid), &[]),
            media_type: media.content_type,
            size: None,
            alt: None,
        }));
    }
    let from = message.from.as_deref().unwrap_or_default();
    let to = message.to.as_deref().unwrap_or_default();
    let body = message.body.as_deref().unwrap_or_default();
    let other = if ours { to } else { from };
    Ok(said(&message.sid, from, other, body, at, ours, attachments))
}

/// One message. The conversation is the other's number.
pub(crate) fn said(
    id: &str,
    from: &str,
    other: &str,
    body: &str,
    at: u64,
    ours: bool,
    attachments: Vec<AttachmentRef>,
) -> Event {
    let content = Content {
        attachments,
        ..Content::plain(Author::named(named(from)), body)
    };
    Event {
        remote_id: id.to_owned(),
        revision: 0,
        at,
        kind: Kind::Said(content),
        thread: named(other).to_owned(),
        parent: None,
        visibility: Visibility::Direct,
        ours,
        context: false,
        url: None,
    }
}

/// A number that is kept back is no number.
fn named(number: &str) -> &str {
    if number.trim().is_empty() { "anonymous" } else { number }
}
