//! Rooms, their events, and who is in them.

use super::api::{ME, ROOM};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct Room {
    pub(super) public: bool,
    pub(super) members: Vec<String>,
    /// How many events there were when the account joined.
    pub(super) joined_at: usize,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) rooms: BTreeMap<String, Room>,
    /// Room and event, in the server's order.
    pub(super) events: Vec<(String, Value)>,
    /// By sender and transaction id.
    transactions: BTreeMap<(String, String), String>,
    last: u64,
}

impl Default for State {
    fn default() -> Self {
        let room = Room {
            public: true,
            members: vec![ME.to_owned()],
            joined_at: 0,
        };
        Self {
            rooms: BTreeMap::from([(ROOM.to_owned(), room)]),
            events: Vec::new(),
            transactions: BTreeMap::new(),
            last: 0,
        }
    }
}

fn is_of(event: &Value, id: &str) -> bool {
    event.get("event_id").and_then(Value::as_str) == Some(id)
}

impl State {
    /// One event more; its id. The same transaction gives the same.
    pub(super) fn add(
        &mut self,
        room: &str,
        sender: &str,
        kind: &str,
        content: &Value,
        at: u64,
        transaction: Option<&str>,
    ) -> String {
        let key = transaction.map(|transaction| (sender.to_owned(), transaction.to_owned()));
        if let Some(id) = key.as_ref().and_then(|key| self.transactions.get(key)) {
            return id.clone();
        }
        self.last += 1;
        let id = format!("$event{:08}", self.last);
        let mut event = json!({
            "event_id": id, "type": kind, "sender": sender, "room_id": room,
            "origin_server_ts": at, "content": content, "unsigned": {},
        });
        if let (Some(transaction), Some(map)) = (transaction, event.as_object_mut()) {
            map.insert("unsigned".to_owned(), json!({"transaction_id": transaction}));
        }
        self.events.push((room.to_owned(), event));
        if let Some(key) = key {
            self.transactions.insert(key, id.clone());
        }
        id
    }

    pub(super) fn redact(&mut self, room: &str, sender: &str, id: &str, at: u64, transaction: Option<&str>) -> String {
        let made = self.add(
            room,
            sender,
            "m.room.redaction",
            &json!({"redacts": id}),
            at,
            transaction,
        );
        for (_, event) in &mut self.events {
            if let (true, Some(map)) = (is_of(event, id), event.as_object_mut()) {
                map.insert("content".to_owned(), json!({}));
                map.insert("unsigned".to_owned(), json!({"redacted_because": {"event_id": made}}));
            }
        }
        made
    }

    pub(super) fn find(&self, id: &str) -> Option<&(String, Value)> {
        self.events.iter().find(|(_, event)| is_of(event, id))
    }

    /// The words of each message as they are now.
    pub(super) fn messages(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = Vec::new();
        for (_, event) in &self.events {
            let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            let Some(body) = text("/content/body") else { continue };
            if text("/content/m.relates_to/rel_type").as_deref() == Some("m.replace") {
                let (of, new) = (
                    text("/content/m.relates_to/event_id"),
                    text("/content/m.new_content/body"),
                );
                if let Some(found) = all.iter_mut().find(|(id, _)| Some(id) == of.as_ref()) {
                    found.1 = new.unwrap_or_default();
                }
            } else {
                all.push((text("/event_id").unwrap_or_default(), body));
            }
        }
        all
    }
}
