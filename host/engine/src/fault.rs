//! From wasmtime's error to the sandbox's word: which of a trap's many causes it was.

use crate::{
    BreakKind, Breakdown, Limits, Scrubber,
    room::{Room, Stop},
    trail::Trail,
};
use wasmtime::{FrameInfo, PoolConcurrencyLimitError, Trap, WasmBacktrace};

/// Of the 32 innermost calls. A parser that goes down into brackets comes nowhere near it at the moment of a fault by
/// accident; a function that never returns fills them all.
const RECURSION: usize = 10;

/// What is needed to describe a fault after the store is gone.
pub(crate) struct Witness<'a> {
    pub(crate) plugin: &'a str,
    pub(crate) function: &'a str,
    pub(crate) trail: &'a Trail,
    pub(crate) scrub: &'a Scrubber,
}

impl Witness<'_> {
    pub(crate) fn breakdown(&self, kind: BreakKind, detail: &str) -> Breakdown {
        Breakdown {
            kind,
            plugin: self.plugin.to_owned(),
            function: self.function.to_owned(),
            detail: self.scrub.text(detail).into_owned(),
            stack: Vec::new(),
            host_calls: self.trail.read(),
        }
    }

    /// Why a plugin that broke while it was loaded is not used; the caller's error names the plugin.
    pub(crate) fn unloadable(&self, error: &wasmtime::Error, room: &Room) -> String {
        let breakdown = self.trapped(error, Some(room));
        format!("it broke in `{}`: {}", breakdown.function, breakdown.detail)
    }

    pub(crate) fn timed_out(&self, limits: &Limits) -> Breakdown {
        let detail = format!("it took longer than {} s, waiting included", limits.wall.as_secs_f32());
        self.breakdown(BreakKind::TimedOut, &detail)
    }

    pub(crate) fn bad_answer(&self, what: &str) -> Breakdown {
        let detail = format!("its answer is outside the contract: {what}. Nothing of the answer was used");
        self.breakdown(BreakKind::BadAnswer, &detail)
    }

    /// The cause of `error`. `room` is the store's, where the call got that far.
    pub(crate) fn trapped(&self, error: &wasmtime::Error, room: Option<&Room>) -> Breakdown {
        let (kind, detail) = cause(error, room);
        let mut breakdown = self.breakdown(kind, &detail);
        if let Some(trace) = error.downcast_ref::<WasmBacktrace>() {
            breakdown.stack = functions(trace);
        }
        breakdown
    }
}

fn cause(error: &wasmtime::Error, room: Option<&Room>) -> (BreakKind, String) {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return (stop.kind, stop.detail.clone());
    }
    if error.downcast_ref::<PoolConcurrencyLimitError>().is_some() {
        return (
            BreakKind::NoRoom,
            "the host has no free instance for it; raise `limits.instances`, or run fewer connections on this host"
                .to_owned(),
        );
    }
    let refused = room.and_then(|room| room.gauge.refused.map(|bytes| (bytes, room.limits.memory)));
    let trap = error.downcast_ref::<Trap>();
    let too_deep = "its call stack is used up: it calls itself too deeply".to_owned();
    match (trap, refused) {
        (Some(Trap::MemoryOutOfBounds), _) if recursed(error) => (BreakKind::StackOverflow, too_deep),
        (Some(Trap::OutOfFuel), _) => (
            BreakKind::TimedOut,
            "it computed for more instructions than one call may have".to_owned(),
        ),
        (Some(Trap::StackOverflow), _) => (BreakKind::StackOverflow, too_deep),
        (_, Some((asked, limit))) => (
            BreakKind::OutOfMemory,
            format!(
                "it asked for {} MiB of memory in all and may have {} MiB",
                asked >> 20,
                limit >> 20
            ),
        ),
        (Some(Trap::UnreachableCodeReached), _) => (
            BreakKind::Trap,
            "it gave up: a panic, or code that must not be reached".to_owned(),
        ),
        (Some(trap), _) => (
            BreakKind::Trap,
            trap.to_string().trim_start_matches("wasm trap: ").to_owned(),
        ),
        (None, _) => {
            let root = error.root_cause().to_string();
            if root.contains("fuel allocated for hostcalls") {
                (
                    BreakKind::OverBudget,
                    "it handed over more bytes at once than one crossing may carry".to_owned(),
                )
            } else {
                // What is left are values that do not exist in the contract: text that is not UTF-8, a case number
                // without a case, a list that lies outside the memory.
                (
                    BreakKind::BadAnswer,
                    format!("it handed over a value that is none: {root}"),
                )
            }
        }
    }
}

/// The functions of a stack, innermost first, under readable names; one that calls itself is counted, not repeated.
fn functions(trace: &WasmBacktrace) -> Vec<String> {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for name in trace.frames().iter().filter_map(|frame| frame.func_name()) {
        let name = format!("{:#}", rustc_demangle::demangle(name));
        match counted.last_mut() {
            Some((last, times)) if *last == name => *times += 1,
            _ => counted.push((name, 1)),
        }
    }
    let shown = counted.into_iter().map(|(name, times)| {
        if times == 1 {
            name
        } else {
            format!("{name} (x {times})")
        }
    });
    shown.collect()
}

/// A compiled guest keeps part of its stack in its own memory and runs off the end of it. That is an access out of
/// bounds to wasmtime; what gives it away is a function that stands on the stack many times.
fn recursed(error: &wasmtime::Error) -> bool {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else {
        return false;
    };
    let mut seen: Vec<u32> = trace.frames().iter().map(FrameInfo::func_index).collect();
    seen.sort_unstable();
    seen.chunk_by(|a, b| a == b).any(|same| same.len() >= RECURSION)
}
