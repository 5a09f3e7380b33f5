//! From wasmtime's error to the sandbox's word: which of a trap's many causes it was.

use crate::{
    BreakKind, Breakdown, Limits, Scrubber,
    room::{Room, Stop},
    trail::Trail,
};
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};

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
            breakdown.stack = trace
                .frames()
                .iter()
                .filter_map(|frame| frame.func_name().map(readable))
                .collect();
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
    match (trap, refused) {
        (Some(Trap::StackOverflow), _) => (
            BreakKind::StackOverflow,
            "its call stack is used up: it calls itself too deeply".to_owned(),
        ),
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

/// A Rust symbol without its hash: `_ZN4core9panicking5panic17h0123456789abcdefE` is `core::panicking::panic`.
fn readable(symbol: &str) -> String {
    let Some(mut rest) = symbol.strip_prefix("_ZN").and_then(|rest| rest.strip_suffix('E')) else {
        return symbol.to_owned();
    };
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let Some((length, tail)) = rest.split_at_checked(digits) else {
            break;
        };
        let Some((part, tail)) = length.parse().ok().and_then(|length| tail.split_at_checked(length)) else {
            return symbol.to_owned();
        };
        parts.push(part);
        rest = tail;
    }
    parts.pop_if(|last| last.len() == 17 && last.starts_with('h'));
    parts.join("::")
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn a_symbol_is_shown_without_its_hash() {
        assert_eq!(
            readable("_ZN4core9panicking5panic17h0123456789abcdefE"),
            "core::panicking::panic"
        );
        assert_eq!(readable("poll"), "poll");
        assert_eq!(readable("_ZN99xE"), "_ZN99xE");
    }
}
