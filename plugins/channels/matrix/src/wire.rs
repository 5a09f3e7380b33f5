//! The JSON of the client-server API (v1.3 and later), as far as it is read here.
//!
//! Events are written by strangers: a field of another kind than documented makes that event odd, not the answer. So a
//! timeline is read value by value, and contents are looked into with [`Event::text`] and its like.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The answer of `/sync`.
#[derive(Debug, Default, Deserialize)]
pub struct Sync {
    /// Where to go on.
    pub next_batch: String,
    /// The rooms with something new in them.
    #[serde(default)]
    pub rooms: Rooms,
}

/// Rooms by what the account is in them.
#[derive(Debug, Default, Deserialize)]
pub struct Rooms {
    /// Joined.
    #[serde(default)]
    pub join: BTreeMap<String, Joined>,
    /// Invited.
    #[serde(default)]
    pub invite: BTreeMap<String, Value>,
}

/// What is new in a room.
#[derive(Debug, Default, Deserialize)]
pub struct Joined {
    /// Messages and the like.
    #[serde(default)]
    pub timeline: Timeline,
    /// Who the senders are.
    #[serde(default)]
    pub state: State,
}

/// A stretch of a room, oldest first.
#[derive(Debug, Default, Deserialize)]
pub struct Timeline {
    /// The events.
    #[serde(default)]
    pub events: Vec<Value>,
    /// There was more than fits.
    #[serde(default)]
    pub limited: bool,
    /// Where the stretch begins.
    pub prev_batch: Option<String>,
}

/// State of a room.
#[derive(Debug, Default, Deserialize)]
pub struct State {
    /// The events.
    #[serde(default)]
    pub events: Vec<Value>,
}

/// The answer of `/messages`.
#[derive(Debug, Default, Deserialize)]
pub struct Messages {
    /// Newest first when asked backwards.
    #[serde(default)]
    pub chunk: Vec<Value>,
    /// Who the senders are.
    #[serde(default)]
    pub state: Vec<Value>,
    /// Where it goes on; none at the end.
    pub end: Option<String>,
}

/// One event of a room.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Event {
    /// `$…`
    pub event_id: String,
    /// `m.room.message` and so on.
    #[serde(rename = "type")]
    pub kind: String,
    /// `@name:server`.
    pub sender: String,
    /// The server's clock, in milliseconds.
    pub origin_server_ts: u64,
    /// What it says.
    #[serde(default)]
    pub content: Value,
    /// What this server adds.
    #[serde(default)]
    pub unsigned: Value,
    /// Which event was taken away, in rooms before version 11.
    #[serde(default)]
    pub redacts: Option<String>,
    /// Whose state it is.
    #[serde(default)]
    pub state_key: Option<String>,
}

impl Event {
    /// Reads one of a list.
    pub fn read(value: &Value) -> Option<Self> {
        let event: Self = serde_json::from_value(value.clone()).ok()?;
        let named = event.event_id.len() > 1 && event.event_id.len() <= 255 && event.sender.len() <= 255;
        named.then_some(event)
    }

    /// A text of the content, by its path: `/m.relates_to/event_id`.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.content.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
    }

    /// Which event this one takes away.
    pub fn takes_away(&self) -> Option<&str> {
        (self.kind == "m.room.redaction").then_some(())?;
        self.redacts.as_deref().or_else(|| self.text("/redacts"))
    }

    /// Whether it was taken away itself: its content is gone.
    pub fn is_gone(&self) -> bool {
        self.unsigned
            .get("redacted_because")
            .is_some_and(|because| !because.is_null())
    }

    /// The kind of its relation.
    pub fn relation(&self) -> Option<&str> {
        self.text("/m.relates_to/rel_type")
    }

    /// The event that it is an edit of.
    pub fn replaces(&self) -> Option<&str> {
        (self.relation() == Some("m.replace")).then_some(())?;
        self.text("/m.relates_to/event_id")
    }

    /// The event that it answers: named as such, or the thread's root where a client names only that.
    pub fn answers(&self) -> Option<&str> {
        // A client that knows threads names the newest message for those that do not; nobody answers that one.
        let stopgap = self.content.pointer("/m.relates_to/is_falling_back") == Some(&Value::Bool(true));
        let named = self.text("/m.relates_to/m.in_reply_to/event_id");
        named
            .filter(|_| !stopgap || self.thread().is_none())
            .or_else(|| self.thread())
    }

    /// The root of its thread, where its client made one.
    pub fn thread(&self) -> Option<&str> {
        (self.relation() == Some("m.thread")).then_some(())?;
        self.text("/m.relates_to/event_id")
    }

    /// Whether people read it: a message, a sticker, or one that is encrypted.
    pub fn is_message(&self) -> bool {
        self.state_key.is_none() && matches!(self.kind.as_str(), "m.room.message" | "m.room.encrypted" | "m.sticker")
    }
}
