//! Where a running call meets its trace. One narrow place: [`Room::crossing`](crate::room::Room) for imports that
//! answer at once, [`Room::replayed`](crate::room::Room) and [`Room::record`](crate::room::Room) around those that
//! wait, and the channel for its exports. Whoever adds an import calls these and is recorded and replayed.
//!
//! Besides a recorder that wants everything, the tape keeps the events of the call that is under way: when it ends
//! badly, they are the trace of the failure. A good end lets go of them, so an idle connection holds none.

use super::{
    Event, Player, Playing, Recorder,
    bytes::{Bytes, clean, weight},
};
use crate::Scrubber;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

/// A failing call is kept up to this; two answers of an ordinary network fit many times.
const RING_BYTES: usize = 1 << 20;
/// A guest that calls the host twenty thousand times says the same thing each time.
const RING_EVENTS: usize = 1_000;

/// What a store needs to record and to play.
#[derive(Clone)]
pub(crate) struct Tape {
    pub(crate) scrub: Arc<Scrubber>,
    pub(crate) recorder: Option<Arc<dyn Recorder>>,
    pub(crate) player: Option<Arc<dyn Player>>,
    /// None in the triage lane, where a call costs microseconds.
    pub(crate) ring: Option<Ring>,
}

impl Tape {
    /// Records nothing, plays nothing.
    pub(crate) fn off() -> Self {
        Self {
            scrub: Arc::new(Scrubber::new(&[])),
            recorder: None,
            player: None,
            ring: None,
        }
    }

    /// Whether anybody listens: arguments are not even described otherwise.
    pub(crate) fn on(&self) -> bool {
        self.recorder.is_some() || self.player.is_some() || self.ring.is_some()
    }

    /// The player's answer to an import; live where nobody plays.
    pub(crate) fn play(&self, import: &str, with: &serde_json::Value) -> Playing {
        self.player
            .as_ref()
            .map_or(Playing::Live, |player| player.play(import, with))
    }

    /// One event that happened.
    pub(crate) fn put(&self, event: Event) {
        if let Some(recorder) = &self.recorder {
            let mut event = event.clone();
            self.scrub(&mut event);
            recorder.record(event);
        }
        // What nobody may ever ask for is scrubbed when somebody does.
        if let Some(ring) = &self.ring {
            ring.put(event);
        }
    }

    /// A call begins. The stored values are written where they are not what the last call left.
    pub(crate) fn begin(&self, call: &str, with: serde_json::Value, kv: &[(String, Vec<u8>)]) {
        // Hashing a megabyte of values is for those who write it down.
        let mark = self.recorder.as_ref().map(|_| {
            let pairs = kv.iter().map(|(key, value)| (key.as_str(), value.as_slice()));
            mark(pairs)
        });
        let begun = Begun {
            call: call.to_owned(),
            with,
            kv: kv.to_vec(),
        };
        let known = self.ring.as_ref().is_some_and(|ring| ring.begin(begun.clone(), mark));
        if let Some(recorder) = &self.recorder {
            let mut event = begun.event();
            if let Event::Call { kv, .. } = &mut event
                && known
            {
                *kv = None;
            }
            self.scrub(&mut event);
            recorder.record(event);
        }
    }

    /// The plugin answered, and left these values; whether they are kept is not known yet.
    pub(crate) fn end(&self, answer: serde_json::Value, kv: &BTreeMap<String, Vec<u8>>) {
        self.put(Event::Answer { answer });
        // Without a recorder nobody asks whether the values are the same.
        if let (Some(ring), Some(_)) = (&self.ring, &self.recorder) {
            ring.left(mark(kv.iter().map(|(key, value)| (key.as_str(), value.as_slice()))));
        }
    }

    /// The answer is good: the host keeps what the call left, and nobody will ask for its trace.
    pub(crate) fn let_go(&self) {
        if let Some(ring) = &self.ring {
            ring.let_go();
        }
    }

    /// The last call where it ended badly, or the one under way.
    pub(crate) fn last(&self) -> Vec<Event> {
        let mut events = self.ring.as_ref().map(Ring::read).unwrap_or_default();
        events.iter_mut().for_each(|event| self.scrub(event));
        events
    }

    fn scrub(&self, event: &mut Event) {
        let scrub = &self.scrub;
        match event {
            Event::Call { with, kv, .. } => {
                clean(with, scrub);
                for value in kv.iter_mut().flat_map(BTreeMap::values_mut) {
                    if let std::borrow::Cow::Owned(bytes) = scrub.bytes(&value.0) {
                        value.0 = bytes;
                    }
                }
            }
            Event::Import { with, gave, .. } => {
                clean(with, scrub);
                clean(gave, scrub);
            }
            Event::Answer { answer } => clean(answer, scrub),
            // The witness has scrubbed it.
            Event::Broke { .. } | Event::LeftOut { .. } => {}
        }
    }
}

fn mark<'a>(kv: impl Iterator<Item = (&'a str, &'a [u8])>) -> [u8; 32] {
    // In order of key whatever the order they come in, each part with its length.
    let sorted: BTreeMap<&str, &[u8]> = kv.collect();
    let mut hash = Sha256::new();
    for (key, value) in sorted {
        hash.update((key.len() as u64).to_le_bytes());
        hash.update(key);
        hash.update((value.len() as u64).to_le_bytes());
        hash.update(value);
    }
    hash.finalize().into()
}

/// A call as it begins: cheap to keep, written only when somebody asks.
#[derive(Clone)]
struct Begun {
    call: String,
    with: serde_json::Value,
    kv: Vec<(String, Vec<u8>)>,
}

impl Begun {
    fn event(&self) -> Event {
        let kv = self.kv.iter().map(|(key, value)| (key.clone(), Bytes(value.clone())));
        Event::Call {
            call: self.call.clone(),
            with: self.with.clone(),
            kv: Some(kv.collect()),
        }
    }
}

/// The events of the call that is under way, or of the last one where that ended badly. Shared by the store, which
/// writes it, and the connection, which still has it when the store is gone.
#[derive(Clone, Default)]
pub(crate) struct Ring(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    call: Option<Begun>,
    events: VecDeque<(Event, usize)>,
    bytes: usize,
    left_out: u64,
    /// What the values of the connection were after the last good call that was recorded.
    kv: Option<[u8; 32]>,
    /// What they are after the call under way, if its answer is good.
    left: Option<[u8; 32]>,
}

impl Ring {
    /// Begins a call. Whether the values are the ones that the last good call left.
    fn begin(&self, call: Begun, mark: Option<[u8; 32]>) -> bool {
        let mut kept = self.lock();
        let known = mark.is_some() && kept.kv == mark;
        *kept = Kept {
            call: Some(call),
            // Until this call ends well, nobody knows what it leaves.
            ..Kept::default()
        };
        known
    }

    fn put(&self, event: Event) {
        let size = match &event {
            Event::Import { with, gave, .. } => weight(with) + weight(gave),
            Event::Answer { answer } => weight(answer),
            _ => 64,
        };
        let mut kept = self.lock();
        while kept.events.len() >= RING_EVENTS || (kept.bytes + size > RING_BYTES && !kept.events.is_empty()) {
            let Some((_, gone)) = kept.events.pop_front() else {
                break;
            };
            kept.bytes -= gone;
            kept.left_out += 1;
        }
        kept.bytes += size;
        kept.events.push_back((event, size));
    }

    fn left(&self, mark: [u8; 32]) {
        self.lock().left = Some(mark);
    }

    fn let_go(&self) {
        let mut kept = self.lock();
        *kept = Kept {
            kv: kept.left,
            ..Kept::default()
        };
    }

    fn read(&self) -> Vec<Event> {
        let kept = self.lock();
        let left_out = (kept.left_out > 0).then_some(Event::LeftOut {
            left_out: kept.left_out,
        });
        let events = kept.events.iter().map(|(event, _)| event.clone());
        let call = kept.call.as_ref().map(Begun::event);
        call.into_iter().chain(left_out).chain(events).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_failing_call_is_kept_within_bounds_and_a_good_one_is_let_go() {
        let ring = Ring::default();
        let call = Begun {
            call: "poll".to_owned(),
            with: json!({}),
            kv: Vec::new(),
        };
        ring.begin(call.clone(), None);
        for n in 0..40 {
            ring.put(Event::Import {
                import: "http.send".to_owned(),
                with: json!(n),
                gave: json!("x".repeat(100_000)),
            });
        }
        let kept = ring.read();
        assert_eq!(kept[0], call.event(), "the call itself stays");
        let Event::LeftOut { left_out } = kept[1] else {
            panic!("{:?}", kept[1])
        };
        assert_eq!(left_out as usize + kept.len() - 2, 40);
        assert!(kept.len() - 2 >= 9, "{}", kept.len());
        ring.let_go();
        assert!(ring.read().is_empty());
    }
}
