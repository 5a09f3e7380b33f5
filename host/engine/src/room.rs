//! What stands behind one instance: its budgets, what it used of them, and the ways out of it.

use crate::{
    BreakKind, Limits, Scrubber, Usage,
    egress::{Exit, Used},
    outside::{Clock, LogSink},
    trail::Trail,
};
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

/// At each tick that finds the guest running: count it, stop the guest where its time is used up.
pub(crate) fn on_tick(context: &mut StoreContextMut<'_, Room>) -> wasmtime::Result<()> {
    let room = context.data_mut();
    if std::mem::take(&mut room.call.waited) {
        return Ok(());
    }
    room.call.ticks += 1;
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
