//! One thing that crossed the boundary, who wants to know of it, and who may answer in the world's place.

use super::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// One thing that crossed the boundary. As JSON, each kind has a field of its own name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// The host called an export.
    Call {
        /// The function: `poll`.
        call: String,
        /// Its arguments by name; the settings stand in the header.
        with: Value,
        /// The connection's stored values at that moment; none where they are what the last call left.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kv: Option<BTreeMap<String, Bytes>>,
    },
    /// The plugin called an import and got an answer.
    Import {
        /// The function: `http.send`.
        import: String,
        /// Its arguments by name.
        with: Value,
        /// What the host gave back.
        gave: Value,
    },
    /// The export answered. `{"Ok": …}` or `{"Err": …}` where the contract says so.
    Answer {
        /// What the plugin said, before the host checked its bounds.
        answer: Value,
    },
    /// The sandbox ended the call.
    Broke {
        /// The word of [`BreakKind`](crate::BreakKind).
        broke: String,
        /// What happened, in a sentence.
        detail: String,
    },
    /// More happened here than was kept.
    LeftOut {
        /// So many events.
        left_out: u64,
    },
}

/// Takes the events of one connection, in order. What comes here is scrubbed.
pub trait Recorder: Send + Sync {
    /// One event. Called in the middle of a call: it must not wait.
    fn record(&self, event: Event);
}

/// Keeps events in memory, for tests and for tools that write them later.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Vec<Event>>);

impl Memory {
    /// What was recorded so far; nothing is left.
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Recorder for Memory {
    fn record(&self, event: Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }
}

/// What happens with an import call of a connection that a [`Player`] plays for.
#[derive(Debug, Clone, PartialEq)]
pub enum Playing {
    /// The host does as always. Right for `kv` and `log`, which need no world.
    Live,
    /// This is the answer.
    Answer(Value),
    /// Nobody answers: a request waits until its time is up. Other imports do not wait and go on as live ones.
    Never,
    /// The call ends here: the sentence says why.
    Stop(String),
}

/// Answers imports in the world's place: a trace that is replayed, or a script of a test.
pub trait Player: Send + Sync {
    /// What `import`, called with these arguments, gives.
    fn play(&self, import: &str, with: &Value) -> Playing;

    /// What a live answer becomes on its way to the plugin: what was asked for is done by then. As it is, unless
    /// somebody says otherwise.
    fn heard(&self, _import: &str, _with: &Value, gave: Value) -> Value {
        gave
    }
}
