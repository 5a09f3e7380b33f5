//! A host with nothing but memory: one connection, its cursor, its stored values, stored as a host stores them, and a
//! hand in what the plugin hears.

use jackfield_engine::{
    CallError, ChannelConnection, ChannelPlugin, ConnectionSpec, Limits, Polled, PublishError, Secret, Usage,
    bindings::{Draft, Event, Kind, Receipt},
    egress::{Grants, SystemResolver},
    trace::{self, Fault, Memory, Player, Playing},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// Polls until a line is drained, at most; a plugin that always has more waiting is stopped here.
const MOST_POLLS: usize = 400;

/// What the plugin hears of clock and network, where it is not the truth.
#[derive(Default)]
pub(crate) struct Ear {
    ahead_ms: AtomicI64,
    order: Mutex<Order>,
}

#[derive(Default)]
struct Order {
    fault: Option<Spoil>,
    /// Requests that count since the order was given.
    requests: usize,
    met: bool,
    pages: HashMap<String, Value>,
}

/// Which request goes wrong, and how.
#[derive(Clone, Copy)]
pub(crate) enum Spoil {
    /// The request number `at`, from 0, of any method.
    Any(Fault, usize),
    /// The first that changes something.
    Change(Fault),
    /// The first gets no answer, for ever.
    Silence,
}

impl Ear {
    /// How far the host's clock is ahead of the truth.
    pub(crate) fn ahead(&self, ms: i64) {
        self.ahead_ms.store(ms, Ordering::Relaxed);
    }

    pub(crate) fn spoil(&self, what: Option<Spoil>) {
        let mut order = self.order();
        order.fault = what;
        order.requests = 0;
        order.met = false;
    }

    /// Whether the ordered fault was met.
    pub(crate) fn met(&self) -> bool {
        self.order().met
    }

    fn order(&self) -> std::sync::MutexGuard<'_, Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Order {
    /// The fault that this request meets. `done` asks for those that spoil the answer to what was done.
    fn fault(&mut self, with: &Value, done: bool) -> Option<Fault> {
        let method = with.get("method").and_then(Value::as_str).unwrap_or_default();
        let (fault, hit) = match self.fault? {
            Spoil::Any(fault, at) => (
                fault,
                if fault.lasts() {
                    self.requests >= at
                } else {
                    !self.met && self.requests >= at
                },
            ),
            Spoil::Change(fault) => (fault, method != "GET" && method != "HEAD" && !self.met),
            Spoil::Silence => return None,
        };
        (hit && fault.is_done() == done).then_some(fault)
    }
}

fn list(with: &Value) -> Option<String> {
    let url = with.get("url")?.as_str()?;
    (with.get("method")?.as_str()? == "GET").then(|| url.split('?').next().unwrap_or(url).to_owned())
}

impl Player for Ear {
    fn play(&self, import: &str, with: &Value) -> Playing {
        match import {
            "http.send" => {
                let mut order = self.order();
                if matches!(order.fault, Some(Spoil::Silence)) {
                    order.met = true;
                    return Playing::Never;
                }
                let spoiled = match order.fault(with, false) {
                    Some(Fault::DuplicatePage) => list(with).and_then(|list| order.pages.get(&list).cloned()),
                    Some(fault) => fault.instead_of(None),
                    None => None,
                };
                match spoiled {
                    Some(gave) => {
                        order.met = true;
                        order.requests += 1;
                        Playing::Answer(gave)
                    }
                    None => Playing::Live,
                }
            }
            _ => Playing::Live,
        }
    }

    fn heard(&self, import: &str, with: &Value, gave: Value) -> Value {
        match import {
            "clock.now-ms" => {
                let now = gave.as_u64().unwrap_or_default();
                json!(now.saturating_add_signed(self.ahead_ms.load(Ordering::Relaxed)))
            }
            "http.send" => {
                let mut order = self.order();
                let spoiled = order.fault(with, true).and_then(|fault| fault.instead_of(Some(&gave)));
                order.requests += 1;
                if let Some(spoiled) = spoiled {
                    order.met = true;
                    return spoiled;
                }
                if let Some(list) = list(with) {
                    order.pages.insert(list, gave.clone());
                }
                gave
            }
            _ => gave,
        }
    }
}

/// A connection and what its host keeps of it.
pub(crate) struct Line {
    connection: ChannelConnection,
    pub(crate) ear: Arc<Ear>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) cursor: Option<Vec<u8>>,
    pub(crate) kv: BTreeMap<String, Vec<u8>>,
    /// The thread of each message that was stored, by its id.
    threads: BTreeMap<String, String>,
    /// The most that any call used.
    pub(crate) most: Usage,
}

impl Line {
    /// To `url`, with secrets that may go there and nowhere else.
    pub(crate) fn open(
        plugin: &ChannelPlugin,
        settings: String,
        url: &str,
        secrets: &[(String, String)],
    ) -> Result<Self, String> {
        Self::granted(plugin, settings, &[format!("private:{url}")], secrets)
    }

    /// To all of these hosts, with secrets that may go to each of them.
    pub(crate) fn granted(
        plugin: &ChannelPlugin,
        settings: String,
        hosts: &[String],
        secrets: &[(String, String)],
    ) -> Result<Self, String> {
        let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
        let grants = Grants::parse(&hosts).map_err(|error| error.to_string())?;
        let secrets = secrets
            .iter()
            .map(|(name, value)| Secret::new(name, value.clone().into(), grants.clone()))
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())?;
        let ear = Arc::new(Ear::default());
        let memory = Arc::new(Memory::default());
        let spec = ConnectionSpec {
            id: "kit".to_owned(),
            settings,
            grants,
            secrets,
            limits: limits(),
            resolver: Arc::new(SystemResolver),
            recorder: Some(memory.clone()),
        };
        Ok(Self {
            connection: plugin
                .connect_to(ear.clone(), spec)
                .map_err(|error| error.to_string())?,
            ear,
            memory,
            cursor: None,
            kv: BTreeMap::new(),
            threads: BTreeMap::new(),
            most: Usage::default(),
        })
    }

    fn stored(&self) -> Vec<(String, Vec<u8>)> {
        self.kv
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    fn keep(&mut self, writes: Vec<(String, Option<Vec<u8>>)>) {
        for (key, value) in writes {
            match value {
                Some(value) => self.kv.insert(key, value),
                None => self.kv.remove(&key),
            };
        }
    }

    pub(crate) async fn check(&self) -> Result<String, CallError> {
        Box::pin(self.connection.check()).await
    }

    /// A poll whose outcome is thrown away, as by a host that died.
    pub(crate) async fn look(&self, max_events: u32) -> Result<Polled, CallError> {
        Box::pin(self.connection.poll(self.cursor.clone(), self.stored(), max_events)).await
    }

    /// A poll whose outcome is stored.
    pub(crate) async fn poll(&mut self, max_events: u32) -> Result<Polled, CallError> {
        let polled = self.look(max_events).await?;
        if let Some(cursor) = &polled.cursor {
            self.cursor = Some(cursor.clone());
        }
        self.keep(polled.kv_writes.clone());
        let named = polled.events.iter();
        self.threads
            .extend(named.map(|event| (event.remote_id.clone(), event.thread.clone())));
        self.count(&polled.usage);
        Ok(polled)
    }

    /// The thread of a message, as the plugin named it; none where it never handed that message over.
    pub(crate) fn thread(&self, remote_id: &str) -> Option<&str> {
        self.threads.get(remote_id).map(String::as_str)
    }

    /// Polls until nothing more is waiting.
    pub(crate) async fn drain(&mut self, max_events: u32) -> Result<Vec<Event>, String> {
        let mut events = Vec::new();
        for _ in 0..MOST_POLLS {
            let polled = self
                .poll(max_events)
                .await
                .map_err(|error| format!("a poll failed: {error}"))?;
            events.extend(polled.events);
            if !polled.more {
                return Ok(events);
            }
        }
        Err(format!("after {MOST_POLLS} polls it says that still more is waiting"))
    }

    pub(crate) async fn publish(&mut self, draft: &Draft) -> Result<Receipt, PublishError> {
        let published = Box::pin(self.connection.publish(draft.clone(), self.stored())).await?;
        self.keep(published.kv_writes);
        self.count(&published.usage);
        Ok(published.receipt)
    }

    pub(crate) async fn reconcile(&mut self, draft: &Draft) -> Result<Option<Receipt>, CallError> {
        let found = Box::pin(self.connection.reconcile(draft.clone(), self.stored())).await?;
        self.keep(found.kv_writes);
        Ok(found.receipt)
    }

    /// Takes the instance away, as a kill does.
    pub(crate) async fn kill(&self) {
        self.connection.rest().await;
    }

    /// All that crossed the boundary so far, as a trace.
    pub(crate) fn trace(&self) -> trace::Trace {
        trace::Trace {
            header: self.connection.last_trace().header,
            events: self.memory.take(),
        }
    }

    fn count(&mut self, usage: &Usage) {
        self.most.memory = self.most.memory.max(usage.memory);
        self.most.log_dropped = self.most.log_dropped.max(usage.log_dropped);
        self.most.host_calls = self.most.host_calls.max(usage.host_calls);
        self.most.requests = self.most.requests.max(usage.requests);
        self.most.cpu_ticks = self.most.cpu_ticks.max(usage.cpu_ticks);
    }
}

/// A host's own limits, on a machine that may be busy with other things.
pub(crate) fn limits() -> Limits {
    Limits {
        cpu: Duration::from_secs(20),
        wall: Duration::from_secs(60),
        ..Limits::channel()
    }
}

/// The words of an event; none where it has none.
pub(crate) fn text(event: &Event) -> Option<&str> {
    match &event.kind {
        Kind::Said(content) => Some(&content.text),
        _ => None,
    }
}
