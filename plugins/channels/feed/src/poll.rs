//! A look at the feed, and a feed that its hub has sent.
//!
//! A feed tells what stands in it, not what is new; what was handed over is remembered. The server is asked only for what
//! changed since (`ETag`, `Last-Modified`), but never while a part of the last answer still waits for room in a batch.

use crate::dates::date_ms;
use crate::document::{self, Entry, Feed};
use crate::map;
use crate::seen::{Known, Seen, hash};
use crate::settings::{self, Settings};
use jackfield_sdk::channel::{Answer, Batch, Event, Host, Request, Trouble};
use jackfield_sdk::time::http_date_ms;
use jackfield_sdk::webhook::WebhookRequest;
use serde::{Deserialize, Serialize};

const DAY_MS: u64 = 86_400_000;
const HOUR_MS: u64 = 3_600_000;
/// A date further ahead of the host's clock than this is wrong.
const AHEAD_MS: u64 = 2 * DAY_MS;
/// Entries that one webhook may bring.
const MOST_EVENTS: usize = 200;

/// Where the next look goes on.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Cursor {
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
    /// Before this nothing is taken that was not seen.
    #[serde(rename = "h", default)]
    horizon: u64,
}

fn fetch(host: &dyn Host, settings: &Settings, cursor: &Cursor) -> Result<Answer, Trouble> {
    let mut request = Request::get(settings.url.as_str()).header(
        "accept",
        "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5",
    );
    for (name, value) in [("if-none-match", &cursor.etag), ("if-modified-since", &cursor.modified)] {
        if let Some(value) = value {
            request = request.header(name, value.as_str());
        }
    }
    let answer = settings.signed(request).send(host)?;
    match answer.status() {
        200..=299 | 304 => Ok(answer),
        403 => Err(Trouble::Credential(format!(
            "{} is not for us (403): {}. Give the connection the secret `credential` and the setting `sign-in`.",
            settings.url,
            answer.words()
        ))),
        404 => Err(Trouble::Refused(format!(
            "There is no feed at {} (404); put its address into the setting `url`.",
            settings.url
        ))),
        410 => Err(Trouble::Refused(format!(
            "The feed at {} is gone for good (410); remove this connection.",
            settings.url
        ))),
        _ => Err(answer.trouble()),
    }
}

fn read(answer: &Answer, settings: &Settings) -> Result<Feed, Trouble> {
    document::read(answer.bytes(), answer.header("content-type").unwrap_or_default())
        .map_err(|what| Trouble::Unexpected(format!("{} answered with {what}.", settings.url)))
}

pub(crate) fn check(host: &dyn Host, settings: &str) -> Result<String, Trouble> {
    let settings = settings::read(settings)?;
    let feed = read(&fetch(host, &settings, &Cursor::default())?, &settings)?;
    let hub = feed.hub.as_ref().map(|hub| format!(" It offers WebSub at {hub}."));
    Ok(format!(
        "Reads {} at {}, {} entries.{}",
        map::named(&feed),
        settings.url,
        feed.entries.len(),
        hub.unwrap_or_default()
    ))
}

pub(crate) fn poll(
    host: &dyn Host,
    settings: &str,
    cursor: Option<Vec<u8>>,
    max_events: u32,
) -> Result<Batch, Trouble> {
    let settings = settings::read(settings)?;
    let now = host.now_ms();
    let cursor: Option<Cursor> = cursor.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let cursor = cursor.unwrap_or_else(|| Cursor {
        horizon: now.saturating_sub(settings.history_days.saturating_mul(DAY_MS)),
        ..Cursor::default()
    });
    let answer = fetch(host, &settings, &cursor)?;
    let pause = pause(&answer, &settings);
    if answer.status() == 304 {
        return Ok(Batch::new(Vec::new()).not_before(Some(pause)));
    }
    let feed = read(&answer, &settings)?;
    let mut seen = Seen::load(host);
    // The clock of the server that wrote it is nearer to the truth of its dates than ours.
    let theirs = answer.header("date").and_then(http_date_ms).unwrap_or(now);
    let room = usize::try_from(max_events).unwrap_or(usize::MAX);
    let (events, more) = new(&feed, &settings, &mut seen, cursor.horizon, theirs, room);
    seen.save();
    let next = if more {
        Cursor {
            horizon: cursor.horizon,
            ..Cursor::default()
        }
    } else {
        let header = |name: &str| answer.header(name).filter(|text| text.len() < 1_000).map(str::to_owned);
        Cursor {
            etag: header("etag"),
            modified: header("last-modified"),
            horizon: cursor.horizon,
        }
    };
    let batch = Batch::new(events).more(more).not_before((!more).then_some(pause));
    match serde_json::to_vec(&next) {
        Ok(json) => Ok(batch.cursor(json)),
        Err(_) => Ok(batch),
    }
}

/// How long the server wants to be left alone, and the settings at least.
fn pause(answer: &Answer, settings: &Settings) -> u64 {
    let cache = answer.header("cache-control").unwrap_or_default();
    let mut ages = cache.split(',').filter_map(|part| part.trim().strip_prefix("max-age="));
    let age = ages.next().and_then(|seconds| seconds.parse::<u64>().ok()).unwrap_or(0);
    let asked = age.saturating_mul(1000).max(answer.retry_after_ms().unwrap_or(0));
    asked.max(settings.every_minutes.saturating_mul(60_000)).min(HOUR_MS)
}

pub(crate) fn ingest(host: &dyn Host, settings: &str, request: &WebhookRequest) -> Result<Vec<Event>, Trouble> {
    let settings = settings::read(settings)?;
    let kind = request.headers.iter().find(|(name, _)| name == "content-type");
    let kind = kind.map(|(_, value)| value.as_str()).unwrap_or_default();
    let feed = document::read(&request.body, kind)
        .map_err(|what| Trouble::Unexpected(format!("The hub of {} sent {what}.", settings.url)))?;
    let mut seen = Seen::load(host);
    let (events, more) = new(&feed, &settings, &mut seen, 0, request.received_at, MOST_EVENTS);
    if more {
        // The next look brings all of them.
        return Err(Trouble::Unexpected(format!(
            "The hub of {} sent more than {MOST_EVENTS} entries.",
            settings.url
        )));
    }
    seen.save();
    Ok(events)
}

/// What of a feed was not handed over yet, or not in these words; oldest first. Whether more waits.
fn new(
    feed: &Feed,
    settings: &Settings,
    seen: &mut Seen<'_>,
    horizon: u64,
    now: u64,
    room: usize,
) -> (Vec<Event>, bool) {
    let mut entries: Vec<(String, u64, &Entry)> = Vec::new();
    for entry in &feed.entries {
        let id = own_id(feed, entry);
        if !entries.iter().any(|(known, _, _)| *known == id) {
            entries.push((id, date(entry, now), entry));
        }
    }
    // Feeds have the newest first; of the same moment the lower is the older.
    entries.reverse();
    entries.sort_by_key(|(_, at, _)| *at);
    let there: Vec<u64> = entries.iter().map(|(id, _, _)| hash(&[id])).collect();
    let mut events = Vec::new();
    for (id, at, entry) in entries {
        let (words, link) = (map::words(entry), hash(&[&entry.link]));
        let known = seen.get(&id).or_else(|| renamed(feed, entry, seen, &there));
        let fresh = known.is_none();
        let mut known = known.unwrap_or_else(|| Known::new(&id, words, link));
        let old = fresh && horizon > 0 && at <= horizon;
        if (fresh && !old) || known.words != words {
            if events.len() >= room {
                return (events, true);
            }
            if known.words != words {
                let changed = date_ms(&entry.updated).filter(|changed| *changed <= now.saturating_add(AHEAD_MS));
                known.revision = changed.unwrap_or(now).max(known.revision + 1);
            }
            let at = at.max(known.revision);
            events.push(map::event(
                entry,
                feed,
                &settings.url,
                known.id(&id),
                at,
                known.revision,
            ));
        }
        known.words = words;
        known.link = link;
        seen.put(&id, known);
    }
    (events, false)
}

/// The id of an entry; its page, where several entries of the document have the same id and other pages.
fn own_id(feed: &Feed, entry: &Entry) -> String {
    let same = |other: &&Entry| other.id == entry.id && other.link != entry.link;
    if !entry.id.is_empty() && !entry.link.is_empty() && feed.entries.iter().any(|other| same(&other)) {
        return map::id(&Entry {
            id: String::new(),
            ..entry.clone()
        });
    }
    map::id(entry)
}

/// An entry that we know by its page, which no other entry has, and whose feed has given it another id.
fn renamed(feed: &Feed, entry: &Entry, seen: &mut Seen<'_>, there: &[u64]) -> Option<Known> {
    let alone = feed.entries.iter().filter(|other| other.link == entry.link).count() == 1;
    if entry.link.is_empty() || !alone {
        return None;
    }
    seen.moved(hash(&[&entry.link]), there)
}

/// When it was published, as far as that can be believed.
fn date(entry: &Entry, now: u64) -> u64 {
    let dates = [&entry.published, &entry.updated]
        .into_iter()
        .filter_map(|text| date_ms(text));
    let mut dates = dates.filter(|at| *at > 0 && *at <= now.saturating_add(AHEAD_MS));
    dates.next().unwrap_or(now)
}
