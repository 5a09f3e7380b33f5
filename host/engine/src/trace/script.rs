//! A player that answers from a trace: how exactly is a choice.
//!
//! Values and log lines need no world: `kv` begins with what the call recorded and is the host's own from there on,
//! `log` goes where it always goes. Everything else comes from the trace.

use super::{
    Event, Player, Playing,
    fault::{Fault, JUMP_MS},
    identity,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// How a request is recognised in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Matching {
    /// Each import in its turn, with the very arguments; anything else ends the call.
    Exact,
    /// The same request by what it asks for (see the module `identity`), in any order, more than once. What the trace
    /// does not know is unreachable.
    Tolerant,
    /// Where even that finds nothing: another part of the same list (the path without its query).
    Loose,
}

/// Answers imports from recorded ones.
pub struct Script {
    matching: Matching,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    recorded: Vec<Recorded>,
    /// All that the network ever said, for what this call's own imports do not answer.
    library: Vec<Recorded>,
    /// Lists are answered loosely, whatever the matching.
    loosely: bool,
    /// Answers of this call that were a guess, or none at all.
    guessed: usize,
    /// For [`Matching::Exact`].
    next: usize,
    fault: Option<Fault>,
    /// Requests of this call so far.
    requests: usize,
    /// The request that meets the fault, from 0.
    at: usize,
    met: bool,
    looks_at_clock: usize,
    clock: u64,
    drawn: u64,
    /// The last answer to each list, over all calls.
    pages: HashMap<String, Value>,
    unknown: Vec<String>,
}

struct Recorded {
    import: String,
    with: Value,
    gave: Value,
    identity: Value,
    loosely: Value,
    used: bool,
}

impl Script {
    /// A script without lines: give it some with [`Script::call`].
    pub fn new(matching: Matching) -> Self {
        Self {
            matching,
            state: Mutex::default(),
        }
    }

    /// The imports of the next call. What is not an import is left out.
    pub fn call(&self, events: &[Event]) {
        let mut state = self.lock();
        *state = State {
            recorded: recorded(events),
            library: std::mem::take(&mut state.library),
            clock: state.clock,
            drawn: state.drawn,
            pages: std::mem::take(&mut state.pages),
            unknown: std::mem::take(&mut state.unknown),
            ..State::default()
        };
    }

    /// A whole trace, for what a call asks that it did not ask when it was recorded: the account once more, say.
    pub fn knows(&self, events: &[Event]) {
        // A clock or a random source of another call is no answer.
        let mut library = recorded(events);
        library.retain(|recorded| recorded.import == "http.send");
        self.lock().library = library;
    }

    /// From here to the next [`Script::call`], another part of a list is answered with the largest that there is.
    pub fn loosen(&self) {
        self.lock().loosely = true;
    }

    /// How many requests of this call had no answer of their own in the trace.
    pub fn guessed(&self) -> usize {
        self.lock().guessed
    }

    /// Lets the request number `at` (from 0) of the next call meet `fault`.
    pub fn spoil(&self, fault: Fault, at: usize) {
        let mut state = self.lock();
        state.fault = Some(fault);
        state.at = at;
        state.met = false;
    }

    /// Whether the fault was met.
    pub fn met(&self) -> bool {
        self.lock().met
    }

    /// Requests that the trace had no answer to, in words.
    pub fn unknown(&self) -> Vec<String> {
        self.lock().unknown.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn recorded(events: &[Event]) -> Vec<Recorded> {
    let imports = events.iter().filter_map(|event| match event {
        Event::Import { import, with, gave } if !is_live(import) => Some(Recorded {
            import: import.clone(),
            with: with.clone(),
            gave: gave.clone(),
            identity: identity::of(import, with),
            loosely: identity::loosely(import, with),
            used: false,
        }),
        _ => None,
    });
    imports.collect()
}

/// The largest answer to any part of this list.
fn largest(recorded: &[Recorded], wanted: &Value) -> Option<Value> {
    let size = |recorded: &&Recorded| {
        let body = recorded.gave.pointer("/Ok/body").and_then(Value::as_str);
        body.map_or(0, str::len)
    };
    let same = recorded.iter().filter(|recorded| recorded.loosely == *wanted);
    same.max_by_key(size).map(|recorded| recorded.gave.clone())
}

fn is_live(import: &str) -> bool {
    import.starts_with("kv.") || import.starts_with("log.")
}

impl Player for Script {
    fn play(&self, import: &str, with: &Value) -> Playing {
        if is_live(import) {
            return Playing::Live;
        }
        let mut state = self.lock();
        let found = match self.matching {
            Matching::Exact => match state.exact(import, with) {
                Ok(gave) => Some(gave),
                Err(why) => return Playing::Stop(why),
            },
            matching => state.tolerant(import, with, matching == Matching::Loose),
        };
        match import {
            "clock.now-ms" => Playing::Answer(state.clock(found)),
            "random.bytes" => Playing::Answer(found.unwrap_or_else(|| state.draw(with))),
            "http.send" => Playing::Answer(state.http(found, with)),
            _ => match found {
                Some(gave) => Playing::Answer(gave),
                // The host's own clocks and streams; a stream without a grant is refused in words.
                None => Playing::Live,
            },
        }
    }
}

impl State {
    fn exact(&mut self, import: &str, with: &Value) -> Result<Value, String> {
        let found = self.recorded.get(self.next);
        self.next += 1;
        match found {
            Some(recorded) if recorded.import == import && recorded.with == *with => Ok(recorded.gave.clone()),
            Some(recorded) => Err(format!(
                "the trace has {} here, and the plugin asked for {}",
                in_words(&recorded.import, &recorded.with),
                in_words(import, with)
            )),
            None => Err(format!(
                "the trace of this call ends here, and the plugin asked for {}",
                in_words(import, with)
            )),
        }
    }

    fn tolerant(&mut self, import: &str, with: &Value, loosely: bool) -> Option<Value> {
        let wanted = identity::of(import, with);
        let mut at = self
            .recorded
            .iter()
            .position(|recorded| !recorded.used && recorded.identity == wanted);
        // Asked again: the last answer once more. A clock that has shown all its times stands.
        at = at.or_else(|| self.recorded.iter().rposition(|recorded| recorded.identity == wanted));
        if let Some(recorded) = at.and_then(|at| self.recorded.get_mut(at)) {
            recorded.used = true;
            return Some(recorded.gave.clone());
        }
        let elsewhere = self.library.iter().find(|recorded| recorded.identity == wanted);
        if let Some(recorded) = elsewhere {
            return Some(recorded.gave.clone());
        }
        if import == "http.send" {
            self.guessed += 1;
        }
        if !(loosely || self.loosely) {
            return None;
        }
        let wanted = identity::loosely(import, with);
        largest(&self.recorded, &wanted).or_else(|| largest(&self.library, &wanted))
    }

    fn clock(&mut self, found: Option<Value>) -> Value {
        self.looks_at_clock += 1;
        self.clock = found.and_then(|gave| gave.as_u64()).unwrap_or(self.clock);
        if self.fault == Some(Fault::ClockJump) && self.looks_at_clock > 1 {
            self.met = true;
            return json!(self.clock + JUMP_MS);
        }
        json!(self.clock)
    }

    /// Bytes that nobody recorded: the same in each replay.
    fn draw(&mut self, with: &Value) -> Value {
        let len = usize::try_from(with.get("len").and_then(Value::as_u64).unwrap_or(0).min(1024)).unwrap_or(0);
        let mut bytes = Vec::with_capacity(len + 32);
        while bytes.len() < len {
            self.drawn += 1;
            bytes.extend_from_slice(&Sha256::digest(self.drawn.to_le_bytes()));
        }
        bytes.truncate(len);
        json!(super::Bytes(bytes))
    }

    fn http(&mut self, found: Option<Value>, with: &Value) -> Value {
        let number = self.requests;
        self.requests += 1;
        let url = with.get("url").and_then(Value::as_str).unwrap_or_default();
        let list = identity::path(url).to_owned();
        let get = with.get("method").and_then(Value::as_str) == Some("GET");
        if found.is_none() {
            self.unknown.push(in_words("http.send", with));
        }
        if let Some(fault) = self.fault
            && (number == self.at || number > self.at && (fault.lasts() || !self.met))
        {
            let spoiled = match fault {
                Fault::DuplicatePage => self.pages.get(&list).filter(|_| get).cloned(),
                fault => fault.instead_of(found.as_ref()),
            };
            if let Some(spoiled) = spoiled {
                self.met = true;
                return spoiled;
            }
        }
        let gave = found.unwrap_or_else(
            || json!({"Err": {"unreachable": format!("the trace has no answer to {}", in_words("http.send", with))}}),
        );
        if get && gave.get("Ok").is_some() {
            self.pages.insert(list, gave.clone());
        }
        gave
    }
}

/// An import call as a person names it.
pub(super) fn in_words(import: &str, with: &Value) -> String {
    let text = |name: &str| with.get(name).and_then(Value::as_str).unwrap_or_default();
    match import {
        "http.send" => format!("{} {}", text("method"), text("url")),
        _ if with.as_object().is_some_and(serde_json::Map::is_empty) => format!("`{import}`"),
        _ => format!("`{import}` {with}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(url: &str, body: &str) -> Event {
        Event::Import {
            import: "http.send".to_owned(),
            with: asked(url),
            gave: json!({"Ok": {"status": 200, "headers": [], "body": body}}),
        }
    }

    fn asked(url: &str) -> Value {
        json!({"method": "GET", "url": url, "headers": [], "body": "", "timeout_ms": 0})
    }

    fn body(playing: Playing) -> String {
        match playing {
            Playing::Answer(gave) => gave
                .pointer("/Ok/body")
                .or(gave.get("Err"))
                .map(ToString::to_string)
                .unwrap(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn how_exactly_a_request_is_matched_is_a_choice() {
        let events = [
            sent("https://a.example/l?a=1&b=2", "one"),
            sent("https://a.example/l?p=2", "two"),
            sent("https://a.example/l?p=9", "three"),
        ];
        for (matching, url, wanted) in [
            (Matching::Exact, "https://a.example/l?a=1&b=2", "\"one\""),
            (
                Matching::Exact,
                "https://a.example/l?b=2&a=1",
                "the trace has GET https://a.example/l?a=1&b=2 here",
            ),
            (Matching::Tolerant, "https://a.example/l?b=2&a=1", "\"one\""),
            (Matching::Tolerant, "https://a.example/l?p=2", "\"two\""),
            (
                Matching::Tolerant,
                "https://a.example/l?p=3",
                "no answer to GET https://a.example/l?p=3",
            ),
            (Matching::Loose, "https://a.example/l?p=3", "\"three\""),
            (Matching::Loose, "https://a.example/other", "no answer to"),
        ] {
            let script = Script::new(matching);
            script.call(&events);
            let got = body(script.play("http.send", &asked(url)));
            assert!(got.contains(wanted), "{matching:?} {url}: {got}");
        }
    }

    #[test]
    fn a_fault_comes_once_or_stays_and_a_page_is_given_twice() {
        let events = [
            sent("https://a.example/l?p=1", "one"),
            sent("https://a.example/l?p=2", "two"),
        ];
        let both = |fault: Fault| {
            let script = Script::new(Matching::Tolerant);
            script.call(&events);
            script.spoil(fault, 0);
            let first = body(script.play("http.send", &asked("https://a.example/l?p=1")));
            let second = body(script.play("http.send", &asked("https://a.example/l?p=2")));
            (first, second, script.met())
        };
        assert!(matches!(both(Fault::ServerError), (a, b, true) if a.contains("Unavailable") && b.contains("two")));
        assert!(matches!(both(Fault::ExpiredToken), (a, b, true) if a.contains("expired") && b.contains("expired")));
        assert!(matches!(both(Fault::DuplicatePage), (a, b, true) if a.contains("one") && b.contains("one")));
        assert!(matches!(both(Fault::ClockJump), (a, b, false) if a.contains("one") && b.contains("two")));
    }

    #[test]
    fn what_nobody_recorded_is_drawn_the_same_each_time() {
        let draw = || {
            let script = Script::new(Matching::Tolerant);
            script.play("random.bytes", &json!({"len": 40}))
        };
        assert_eq!(draw(), draw());
    }
}
