//! The conversation of each message that was seen of late, and whether it is ours.
//!
//! A message knows only what it answers. The root of a conversation is found by asking for one parent after the other; a
//! redaction takes that knowledge away on the server, so it is kept here: in shards of `kv`, the oldest of each falling
//! out, some 7 000 messages in 500 KB.

use crate::api::Api;
use crate::seen::hash;
use crate::wire::Event;
use jackfield_sdk::channel::{Host, Trouble};
use jackfield_sdk::warning;
use serde_json::Value;
use std::collections::BTreeMap;

const SHARDS: u64 = 64;
const SHARD_BYTES: usize = 8_000;
/// Parents that are asked for in one search. Past that the last one found is taken for the root.
const STEPS: usize = 40;

/// What is known of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// The first message of its conversation.
    pub(crate) root: String,
    pub(crate) ours: bool,
}

pub(crate) struct Roots<'a> {
    host: &'a dyn Host,
    shards: BTreeMap<u64, Vec<(u64, Known)>>,
    changed: Vec<u64>,
}

impl<'a> Roots<'a> {
    pub(crate) fn new(host: &'a dyn Host) -> Self {
        Self {
            host,
            shards: BTreeMap::new(),
            changed: Vec::new(),
        }
    }

    fn shard(&mut self, number: u64) -> &mut Vec<(u64, Known)> {
        let host = self.host;
        self.shards.entry(number).or_insert_with(|| {
            let bytes = host.get(&format!("roots{number}")).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            let line = |line: &str| {
                let mut words = line.split(' ');
                let id = u64::from_str_radix(words.next()?, 16).ok()?;
                let ours = words.next()? == "o";
                let root = words.next()?.to_owned();
                Some((id, Known { root, ours }))
            };
            text.lines().filter_map(line).collect()
        })
    }

    pub(crate) fn get(&mut self, id: &str) -> Option<Known> {
        let hash = hash(id);
        let shard = self.shard(hash % SHARDS);
        shard
            .iter()
            .find(|(key, _)| *key == hash)
            .map(|(_, known)| known.clone())
    }

    pub(crate) fn put(&mut self, id: &str, known: &Known) {
        if self.get(id).is_some() || known.root.contains([' ', '\n']) {
            return;
        }
        let hash = hash(id);
        self.shard(hash % SHARDS).push((hash, known.clone()));
        self.changed.push(hash % SHARDS);
    }

    /// Writes down what is new.
    pub(crate) fn save(mut self) {
        self.changed.sort_unstable();
        self.changed.dedup();
        for number in core::mem::take(&mut self.changed) {
            let lines: Vec<String> = self
                .shard(number)
                .iter()
                .map(|(id, known)| format!("{id:016x} {} {}", if known.ours { 'o' } else { '-' }, known.root))
                .collect();
            let mut length = 0;
            let fits = lines.iter().rev().take_while(|line| {
                length += line.len() + 1;
                length <= SHARD_BYTES
            });
            let kept = lines.len() - fits.count();
            let text = lines.get(kept..).unwrap_or_default().join("\n");
            if self.host.set(&format!("roots{number}"), text.as_bytes()).is_err() {
                warning!(self.host, "the kept values are full; threads are asked for again");
            }
        }
    }
}

/// What is known of the event `id`, asked of the server where memory does not have it. None where the server has no such
/// event, or it is none that people read.
pub(crate) fn find(
    api: &Api<'_>,
    roots: &mut Roots<'_>,
    room: &str,
    me: &str,
    id: &str,
) -> Result<Option<Known>, Trouble> {
    let mut path: Vec<(String, bool)> = Vec::new();
    let mut at = id.to_owned();
    let root = loop {
        if let Some(known) = roots.get(&at) {
            if path.is_empty() {
                return Ok(Some(known));
            }
            break known.root;
        }
        let Some(event) = ask(api, room, &at)? else {
            if path.is_empty() {
                return Ok(None);
            }
            break at;
        };
        if !event.is_message() && path.is_empty() {
            return Ok(None);
        }
        path.push((at.clone(), event.sender == me));
        let above = event.thread().or_else(|| event.answers()).map(str::to_owned);
        match above {
            Some(above) if path.len() < STEPS && path.iter().all(|(one, _)| *one != above) => at = above,
            Some(_) => {
                warning!(
                    api.host,
                    "a thread of more than {STEPS} messages that are not known is cut"
                );
                break at;
            }
            None => break at,
        }
    };
    let mut asked = None;
    for (one, ours) in path {
        let known = Known {
            root: root.clone(),
            ours,
        };
        roots.put(&one, &known);
        asked.get_or_insert(known);
    }
    Ok(asked)
}

/// One event by its id.
pub(crate) fn ask(api: &Api<'_>, room: &str, id: &str) -> Result<Option<Event>, Trouble> {
    let value: Option<Value> = api.find(&api.url(&["rooms", room, "event", id], &[]))?;
    Ok(value.as_ref().and_then(Event::read))
}
