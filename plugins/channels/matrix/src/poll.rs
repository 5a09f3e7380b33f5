//! One poll: a sync that does not wait, gaps filled, and what is new in it, oldest first.
//!
//! A sync may hold more than one batch. Then the cursor stays where it is and what was handed over is remembered; the
//! next poll asks for the same stretch and goes on. A step that meets trouble after something was found hands that over.

use crate::api::{Api, parse};
use crate::gather::Gather;
use crate::seen::Seen;
use crate::wire::{Event, Joined, Messages, Sync};
use jackfield_sdk::channel::{Batch, Event as Handed, Host, HttpFailure, Request, Trouble, trouble_of};
use jackfield_sdk::{info, warning};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const DAY_MS: u64 = 86_400_000;
/// Events of a room in one sync; more are fetched as a gap.
const TIMELINE: u32 = 50;
/// Events of one answer when a gap is filled. Each has at most 64 KiB and hardly any has two.
const PAGE: &str = "100";
/// Events of one stretch. More than so many between two polls are left out, the oldest first, and the operator reads it.
const MOST: usize = 4_000;
/// Invitations of one poll.
const INVITES: usize = 20;
/// What people read, and what happens to it.
const KINDS: [&str; 6] = [
    "m.room.message",
    "m.room.encrypted",
    "m.sticker",
    "m.reaction",
    "m.room.redaction",
    "m.room.member",
];

/// Where the next poll goes on.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Cursor {
    /// The server's token; none while the first stretch is not handed over whole.
    #[serde(rename = "s")]
    since: Option<String>,
}

pub(crate) fn poll(
    host: &dyn Host,
    settings: &str,
    cursor: Option<Vec<u8>>,
    max_events: u32,
) -> Result<Batch, Trouble> {
    let api = Api::new(host, settings)?;
    let cursor: Cursor = read(host, cursor);
    let me = api.me()?;
    let sync = sync(&api, cursor.since.as_deref())?;
    if api.settings.accept_invites {
        join(&api, &sync)?;
    }
    let mut gather = Gather::new(&api, me);
    let mut new = stretch(&mut gather, sync.rooms.join, cursor.since.as_deref())?;
    let mut seen = Seen::load(host);
    new.retain(|(_, event)| !seen.has(&event.event_id));

    let (mut events, mut done, mut trouble): (Vec<Handed>, usize, Option<Trouble>) = (Vec::new(), 0, None);
    for (room, event) in &new {
        if events.len() >= max_events as usize || !api.may_ask() {
            break;
        }
        match gather.event(room, event) {
            Ok(handed) => events.extend(handed),
            Err(met) => {
                trouble = Some(met);
                break;
            }
        }
        seen.add(&event.event_id);
        done += 1;
    }
    if let Some(met) = trouble.as_ref().filter(|_| events.is_empty()) {
        return Err(met.clone());
    }
    gather.roots.save();
    seen.save(host);
    let whole = done == new.len();
    let next = if whole { Some(sync.next_batch) } else { cursor.since };
    let batch = Batch::new(events)
        .cursor(serde_json::to_vec(&Cursor { since: next }).unwrap_or_default())
        .more(!whole && trouble.is_none());
    Ok(match trouble {
        None => batch,
        Some(met) => {
            warning!(host, "the poll ended early: {met:?}");
            batch.not_before(match met {
                Trouble::Later(ms) => ms,
                _ => None,
            })
        }
    })
}

/// A cursor that cannot be read (of another version) begins again; the host takes nothing twice.
fn read(host: &dyn Host, cursor: Option<Vec<u8>>) -> Cursor {
    let Some(bytes) = cursor else { return Cursor::default() };
    serde_json::from_slice(&bytes).unwrap_or_else(|error| {
        warning!(
            host,
            "the cursor cannot be read ({error}); the poll begins again from the history of the settings"
        );
        Cursor::default()
    })
}

/// Asks for what is new. Where that is more than one answer may have, once more for the newest message of each room.
fn sync(api: &Api<'_>, since: Option<&str>) -> Result<Sync, Trouble> {
    for limit in [TIMELINE, 1] {
        let mut room = json!({
            "timeline": {"limit": limit, "types": KINDS},
            "state": {"types": ["m.room.member"], "lazy_load_members": true, "include_redundant_members": true},
            "ephemeral": {"types": []},
            "account_data": {"types": []},
        });
        if let (Some(map), false) = (room.as_object_mut(), api.settings.rooms.is_empty()) {
            map.insert("rooms".to_owned(), json!(api.settings.rooms));
        }
        let filter = json!({"room": room, "presence": {"types": []}, "account_data": {"types": []}}).to_string();
        let mut pairs = vec![("timeout", "0"), ("filter", filter.as_str())];
        pairs.extend(since.map(|since| ("since", since)));
        match api.send(Request::get(api.url(&["sync"], &pairs))) {
            Err(HttpFailure::TooLarge(_)) if limit > 1 => {}
            Err(failure) => return Err(trouble_of(&failure)),
            Ok(answer) => {
                api.good(&answer)?;
                return parse(answer.bytes());
            }
        }
    }
    Err(Trouble::Unexpected(
        "The answer of /sync is too large even with one message of each room; name the rooms in the setting `rooms`."
            .to_owned(),
    ))
}

/// Joins what we are invited to. What came before that is fetched with the next sync.
fn join(api: &Api<'_>, sync: &Sync) -> Result<(), Trouble> {
    for room in sync.rooms.invite.keys().take(INVITES) {
        let request = Request::post(api.url(&["join", room], &[])).body("application/json", "{}");
        let answer = api.send(request).map_err(|failure| trouble_of(&failure))?;
        match answer.status() {
            200..=299 => info!(api.host, "joined {room}"),
            // An invitation is shown once: on a bad day the whole stretch is asked for again.
            401 | 408 | 429 | 500..=599 => api.good(&answer)?,
            status => warning!(api.host, "{room} cannot be joined ({status}): {}", answer.words()),
        }
    }
    Ok(())
}

/// All that is new in all rooms, oldest first.
fn stretch(
    gather: &mut Gather<'_>,
    rooms: std::collections::BTreeMap<String, Joined>,
    since: Option<&str>,
) -> Result<Vec<(String, Event)>, Trouble> {
    let history = gather.api.settings.history_days.saturating_mul(DAY_MS);
    let floor = if since.is_some() {
        0
    } else {
        gather.api.host.now_ms().saturating_sub(history)
    };
    let mut all: Vec<(String, Event)> = Vec::new();
    for (id, joined) in rooms {
        let Joined { timeline, state } = joined;
        gather.names(&id, &state.events);
        gather.names(&id, &timeline.events);
        let oldest = timeline
            .events
            .iter()
            .find_map(Event::read)
            .map(|event| event.origin_server_ts);
        let mut values = Vec::new();
        if let Some(from) = timeline
            .prev_batch
            .filter(|_| timeline.limited && oldest.is_none_or(|at| at >= floor))
        {
            let room = MOST.saturating_sub(all.len());
            values = gap(gather, &id, &from, since, floor, room)?;
        }
        values.extend(timeline.events);
        let events = values.iter().filter_map(Event::read);
        all.extend(
            events
                .filter(|event| event.origin_server_ts >= floor)
                .map(|event| (id.clone(), event)),
        );
    }
    // Stable: within a room the server's order decides between events of one moment.
    all.sort_by_key(|(_, event)| event.origin_server_ts);
    Ok(all)
}

/// What stands before `from` and behind `since`, oldest first.
fn gap(
    gather: &mut Gather<'_>,
    room: &str,
    from: &str,
    since: Option<&str>,
    floor: u64,
    most: usize,
) -> Result<Vec<Value>, Trouble> {
    let filter = json!({"types": KINDS, "lazy_load_members": true}).to_string();
    let (mut from, mut values) = (from.to_owned(), Vec::new());
    loop {
        let mut pairs = vec![("dir", "b"), ("limit", PAGE), ("filter", &filter), ("from", &from)];
        pairs.extend(since.map(|since| ("to", since)));
        let page: Messages = gather.api.read(&gather.api.url(&["rooms", room, "messages"], &pairs))?;
        gather.names(room, &page.state);
        let oldest = page.chunk.iter().filter_map(Event::read).next_back();
        let passed = oldest.is_some_and(|event| event.origin_server_ts < floor);
        values.extend(page.chunk);
        if values.len() >= most {
            warning!(
                gather.api.host,
                "{room} has more than {MOST} new events; the oldest are left out"
            );
            break;
        }
        match page.end {
            Some(end) if !passed && end != from && gather.api.may_ask() => from = end,
            Some(end) if !passed && end != from => {
                warning!(
                    gather.api.host,
                    "{room} has more new events than one poll can ask for; the oldest are left out"
                );
                break;
            }
            _ => break,
        }
    }
    values.reverse();
    Ok(values)
}
