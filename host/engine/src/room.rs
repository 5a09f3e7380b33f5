//! What stands behind one instance: its budgets, what it used of them, and the ways out of it.

use crate::{
    BreakKind, Limits, Scrubber, Usage,
    bindings::Level,
    egress::{Exit, Line, Reader, Used},
    engine::Engine,
    gauge::Gauge,
    meter::Meter,
    outside::{Clock, LogSink, Random},
    shelf::Shelf,
    trace::{Event, Playing, Tape},
    trail::Trail,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};
use wasmtime::{StoreContextMut, UpdateDeadline, component::ResourceTable};

/// The data of a store.
pub(crate) struct Room {
    pub(crate) limits: Arc<Limits>,
    /// The connection's id, or the plugin's name.
    pub(crate) who: Arc<str>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    pub(crate) log: Arc<dyn LogSink>,
    pub(crate) scrub: Arc<Scrubber>,
    manner: Manner,
    pub(crate) trail: Trail,
    pub(crate) tape: Tape,
    pub(crate) gauge: Gauge,
    pub(crate) call: Call,
    meter: Meter,
    /// What stands behind the handles of the guest.
    pub(crate) table: ResourceTable,
    /// Bytes that the host holds behind them.
    pub(crate) held: Arc<AtomicUsize>,
    /// Bodies that are read in pieces, in the call that opened them.
    pub(crate) bodies: Shelf<Option<Reader>>,
    /// Streams that are open.
    /// None stands for one of a replay.
    pub(crate) lines: Shelf<Option<Line>>,
    /// The last time that the guest's steady clock showed, in nanoseconds.
    pub(crate) instant: u64,
    /// Printed to the standard output and to the standard error, and not yet a line.
    printed: [Vec<u8>; 2],
}

/// What a guest may do besides computing.
pub(crate) enum Manner {
    /// Everything of its world, with this way to the network.
    Live(Arc<Exit>),
    /// No network; the time and the random source are the same in every call.
    Pure,
    /// As pure, and no import of the contract either.
    Describing,
}

/// What a room is made for.
pub(crate) struct Occupant {
    pub(crate) who: Arc<str>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) scrub: Arc<Scrubber>,
    pub(crate) manner: Manner,
    pub(crate) trail: Trail,
    pub(crate) tape: Tape,
    pub(crate) meter: Meter,
}

/// The time in a room without time: 2026-01-01T00:00:00Z. Not zero, which programs take for a mistake.
const STANDING_MS: u64 = 1_767_225_600_000;

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
    /// Random bytes handed out where they are the same in every call.
    drawn: u64,
    /// It is in the totals.
    settled: bool,
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
    pub(crate) fn new(engine: &Engine, occupant: Occupant) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(occupant.limits.resources);
        Self {
            gauge: Gauge::new(occupant.limits.clone()),
            limits: occupant.limits,
            who: occupant.who,
            clock: engine.clock.clone(),
            random: engine.random.clone(),
            log: engine.log.clone(),
            scrub: occupant.scrub,
            manner: occupant.manner,
            trail: occupant.trail,
            tape: occupant.tape,
            call: Call::default(),
            meter: occupant.meter,
            table,
            held: Arc::default(),
            bodies: Shelf::default(),
            lines: Shelf::default(),
            instant: 0,
            printed: Default::default(),
        }
    }

    /// A new call: budgets start anew.
    pub(crate) fn begin(&mut self, kv: Vec<(String, Vec<u8>)>) {
        self.finish();
        self.meter.begin();
        self.trail.clear();
        self.trail.notes.begin();
        self.bodies.drop_if(|_| true);
        self.lines.drop_if(|line| line.as_ref().is_some_and(Line::is_idle));
        self.gauge.refused = None;
        self.call = Call {
            kv: Kv::new(kv),
            ..Call::default()
        };
    }

    /// The end of a call, however it ended: the last words are written, and what it used is in the totals.
    pub(crate) fn finish(&mut self) {
        self.print_line(Level::Info);
        self.print_line(Level::Warn);
        if !std::mem::replace(&mut self.call.settled, true) {
            self.tell_dropped();
            self.meter.add(&self.usage(), self.call.log_bytes);
        }
    }

    /// Counts a call of an import of the contract. The trail gets its line when the outcome is known.
    pub(crate) fn enter(&mut self) -> wasmtime::Result<()> {
        if matches!(self.manner, Manner::Describing) {
            return Err(Stop {
                kind: BreakKind::OverBudget,
                detail: "it calls the host where it may not: `describe` makes no import calls".to_owned(),
            }
            .into());
        }
        self.count()
    }

    /// Counts a call of any import.
    pub(crate) fn count(&mut self) -> wasmtime::Result<()> {
        self.call.host_calls = self.call.host_calls.saturating_add(1);
        if self.call.host_calls > self.limits.host_calls {
            return Err(Stop {
                kind: BreakKind::OverBudget,
                detail: format!("it made more than {} host calls in one call", self.limits.host_calls),
            }
            .into());
        }
        Ok(())
    }

    /// The way to the network, where there is one.
    pub(crate) fn exit(&self) -> Option<Arc<Exit>> {
        match &self.manner {
            Manner::Live(exit) => Some(exit.clone()),
            Manner::Pure | Manner::Describing => None,
        }
    }

    /// The time as the guest sees it, by whichever import.
    pub(crate) fn now_ms(&self) -> u64 {
        match self.manner {
            Manner::Live(_) => self.clock.now_ms(),
            Manner::Pure | Manner::Describing => STANDING_MS,
        }
    }

    /// Random bytes as the guest sees them, by whichever import.
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        if matches!(self.manner, Manner::Live(_)) {
            return self.random.fill(bytes);
        }
        for byte in bytes {
            // A fixed sequence needs to look random and nothing more: SplitMix64, its highest byte.
            self.call.drawn = self.call.drawn.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.call.drawn ^ (self.call.drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = mixed.to_be_bytes().first().copied().unwrap_or_default();
        }
    }

    /// Connections that this instance holds open by itself.
    pub(crate) fn open_ends(&self) -> usize {
        self.lines.len() + self.bodies.len()
    }

    /// Lets time pass for the guest.
    pub(crate) async fn sleep(&mut self, time: Duration) {
        // Who is played for has lived through it already.
        if self.tape.player.is_none() {
            tokio::time::sleep(time).await;
        }
        self.call.waited = true;
    }

    /// What was printed at this level and is not yet a line.
    pub(crate) fn printed(&mut self, level: Level) -> &mut Vec<u8> {
        let [out, err] = &mut self.printed;
        if level == Level::Info { out } else { err }
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

    /// The arguments of an import for its trace; nothing where there is none.
    pub(crate) fn described(&self, with: impl FnOnce() -> Value) -> Value {
        if self.tape.on() { with() } else { Value::Null }
    }

    /// The answer of a replay to an import that waits, or what it gives when nobody answers; none where the world is to
    /// be asked.
    pub(crate) fn given<T: DeserializeOwned>(
        &self,
        import: &'static str,
        with: &Value,
        never: T,
    ) -> wasmtime::Result<Option<T>> {
        Ok(match self.replayed(import, with)? {
            Playing::Answer(gave) => Some(played(import, gave)?),
            Playing::Never => Some(never),
            Playing::Live | Playing::Stop(_) => None,
        })
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
    fn tell_dropped(&self) {
        let dropped = self.call.log_dropped;
        if dropped > 0 {
            let line = format!(
                "{dropped} more lines of this call were dropped: it may log {} bytes",
                self.limits.log
            );
            self.log.line(&self.who, Level::Warn, &line);
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

/// A call that was dropped or ran out of time counts too, and its last words are written.
impl Drop for Room {
    fn drop(&mut self) {
        self.finish();
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
