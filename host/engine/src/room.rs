//! What stands behind one instance: its budgets, what it used of them, and the ways out of it.

use crate::{
    BreakKind, Limits, Scrubber, Usage,
    egress::{Exit, Used},
    outside::{Clock, LogSink},
    trace::{Event, Playing, Tape},
    trail::Trail,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{collections::BTreeMap, fmt, sync::Arc};
use wasmtime::{ResourceLimiter, StoreContextMut, UpdateDeadline};

/// The data of a store.
pub(crate) struct Room {
    pub(crate) limits: Arc<Limits>,
    /// The connection's id, or the plugin's name.
    pub(crate) who: Arc<str>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) log: Arc<dyn LogSink>,
    pub(crate) scrub: Arc<Scrubber>,
    /// None in the triage lane, and while a plugin describes itself.
    pub(crate) exit: Option<Arc<Exit>>,
    pub(crate) trail: Trail,
    pub(crate) tape: Tape,
    pub(crate) gauge: Gauge,
    pub(crate) call: Call,
}

/// What one call has used.
#[derive(Default)]
pub(crate) struct Call {
    pub(crate) ticks: u64,
    /// The guest has just waited for a network: the next tick is not its doing.
    pub(crate) waited: bool,
    pub(crate) host_calls: u32,
    /// The operator has been told of a refused host in this call; once is enough.
    pub(crate) told: bool,
    pub(crate) net: Used,
    pub(crate) log_bytes: usize,
    pub(crate) log_dropped: u32,
    pub(crate) kv: Kv,
}

/// The values of the connection as this call sees them, and what it wrote.
#[derive(Default)]
pub(crate) struct Kv {
    pub(crate) now: BTreeMap<String, Vec<u8>>,
    pub(crate) written: BTreeMap<String, Option<Vec<u8>>>,
    pub(crate) bytes: usize,
}

impl Kv {
    pub(crate) fn new(values: Vec<(String, Vec<u8>)>) -> Self {
        let now: BTreeMap<_, _> = values.into_iter().collect();
        let bytes = now.iter().map(|(key, value)| key.len() + value.len()).sum();
        Self {
            now,
            written: BTreeMap::new(),
            bytes,
        }
    }
}

/// Why the host itself stopped a guest. Travels through the guest's stack as its trap.
#[derive(Debug, Clone)]
pub(crate) struct Stop {
    pub(crate) kind: BreakKind,
    pub(crate) detail: String,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Stop {}

impl Room {
    /// A new call: budgets start anew.
    pub(crate) fn begin(&mut self, kv: Vec<(String, Vec<u8>)>) {
        self.trail.clear();
        self.trail.notes.begin();
        self.gauge.refused = None;
        self.call = Call {
            kv: Kv::new(kv),
            ..Call::default()
        };
    }

    /// Counts one host call. The trail gets its line when the outcome is known.
    pub(crate) fn enter(&mut self) -> wasmtime::Result<()> {
        self.call.host_calls = self.call.host_calls.saturating_add(1);
        if self.call.host_calls > self.limits.host_calls {
            let detail = if self.limits.host_calls == 0 {
                "it calls the host where it may not: `describe` makes no import calls".to_owned()
            } else {
                format!("it made more than {} host calls in one call", self.limits.host_calls)
            };
            return Err(Stop {
                kind: BreakKind::OverBudget,
                detail,
            }
            .into());
        }
        Ok(())
    }

    /// An import that answers at once: `live` does it, a replay answers in its place, a trace gets both. Every import
    /// goes through here, or through [`Self::replayed`] and [`Self::record`] where it waits.
    pub(crate) fn crossing<T: Serialize + DeserializeOwned>(
        &mut self,
        import: &'static str,
        with: impl FnOnce() -> Value,
        live: impl FnOnce(&mut Self) -> T,
    ) -> wasmtime::Result<T> {
        if !self.tape.on() {
            return Ok(live(self));
        }
        let with = with();
        let answer = match self.replayed(import, &with)? {
            Playing::Answer(gave) => played(import, gave)?,
            _ => {
                let answer = live(self);
                match &self.tape.player {
                    Some(player) => {
                        let gave = serde_json::to_value(&answer).unwrap_or(Value::Null);
                        played(import, player.heard(import, &with, gave))?
                    }
                    None => answer,
                }
            }
        };
        self.record(import, with, serde_json::to_value(&answer).unwrap_or(Value::Null));
        Ok(answer)
    }

    /// What is to happen with this import: as always, an answer of a replay, or nothing until its time is up.
    pub(crate) fn replayed(&self, import: &str, with: &Value) -> wasmtime::Result<Playing> {
        match self.tape.play(import, with) {
            Playing::Stop(why) => Err(stopped(why).into()),
            playing => Ok(playing),
        }
    }

    /// An import was called `with` this and `gave` that.
    pub(crate) fn record(&self, import: &'static str, with: Value, gave: Value) {
        self.tape.put(Event::Import {
            import: import.to_owned(),
            with,
            gave,
        });
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage {
            cpu_ticks: self.call.ticks,
            host_calls: self.call.host_calls,
            requests: self.call.net.requests,
            bytes_out: self.call.net.bytes_out,
            bytes_in: self.call.net.bytes_in,
            log_dropped: self.call.log_dropped,
            memory: self.gauge.most,
        }
    }

    /// The host's own line about lines that it dropped, so that silence is never mistaken for peace.
    pub(crate) fn tell_dropped(&self) {
        let dropped = self.call.log_dropped;
        if dropped > 0 {
            let line = format!(
                "{dropped} more lines of this call were dropped: it may log {} bytes",
                self.limits.log
            );
            self.log.line(&self.who, crate::bindings::Level::Warn, &line);
        }
    }
}

/// An answer of a replay, as the import gives it.
fn played<T: DeserializeOwned>(import: &str, gave: Value) -> wasmtime::Result<T> {
    serde_json::from_value(gave).map_err(|error| {
        stopped(format!(
            "the answer to `{import}` that was to be replayed is none: {error}"
        ))
        .into()
    })
}

/// The end of a call that a replay asked for.
fn stopped(detail: String) -> Stop {
    Stop {
        kind: BreakKind::Diverged,
        detail,
    }
}

/// At each tick that finds the guest running: count it, stop the guest where its time is used up.
pub(crate) fn on_tick(context: &mut StoreContextMut<'_, Room>) -> wasmtime::Result<()> {
    let room = context.data_mut();
    if std::mem::take(&mut room.call.waited) {
        return Ok(());
    }
    room.call.ticks += 1;
    // A call that is stopped by the clock is dropped with its room; what it had used by then is known here.
    room.trail.notes.used(room.usage());
    if room.call.ticks > room.limits.cpu_ticks() {
        let detail = format!(
            "it computed for more than {} ms in one call",
            room.limits.cpu.as_millis()
        );
        return Err(Stop {
            kind: BreakKind::TimedOut,
            detail,
        }
        .into());
    }
    Ok(())
}

/// For asynchronous stores: the guest yields at each tick, so that others have their turn on the same thread.
pub(crate) fn yielding(mut context: StoreContextMut<'_, Room>) -> wasmtime::Result<UpdateDeadline> {
    on_tick(&mut context)?;
    Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
}

/// For stores on threads of their own.
pub(crate) fn continuing(mut context: StoreContextMut<'_, Room>) -> wasmtime::Result<UpdateDeadline> {
    on_tick(&mut context)?;
    Ok(UpdateDeadline::Continue(1))
}

/// Counts memory and refuses what is too much. A refusal is remembered: the trap that follows when a guest cannot go
/// on without the memory is then called by its cause.
pub(crate) struct Gauge {
    limits: Arc<Limits>,
    now: usize,
    most: usize,
    pub(crate) refused: Option<usize>,
}

impl Gauge {
    pub(crate) fn new(limits: Arc<Limits>) -> Self {
        Self {
            limits,
            now: 0,
            most: 0,
            refused: None,
        }
    }
}

impl ResourceLimiter for Gauge {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let grown = self.now.saturating_sub(current).saturating_add(desired);
        if grown > self.limits.memory || maximum.is_some_and(|maximum| desired > maximum) {
            self.refused = Some(desired);
            return Ok(false);
        }
        self.now = grown;
        self.most = self.most.max(grown);
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= self.limits.table_elements && maximum.is_none_or(|maximum| desired <= maximum))
    }

    fn instances(&self) -> usize {
        self.limits.instances
    }

    fn tables(&self) -> usize {
        self.limits.tables
    }

    fn memories(&self) -> usize {
        self.limits.memories
    }
}
