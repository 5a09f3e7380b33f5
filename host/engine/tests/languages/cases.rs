//! What a guest in JavaScript or Python does wrong with each import, and what must come of it.
//!
//! | behaviour | Rust (`hostile.rs`, `streams.rs`, `runtime.rs`, `network.rs`) | JavaScript, Python (here) |
//! |---|---|---|
//! | endless loop, recursion, memory, giant answer, panic | `loop` `recurse` `allocate` `giant` `panic` | `loop` `recurse` `allocate` `giant` `throw`; all of them in `ingest` too |
//! | log: flood, giant line, forged lines | `log` `log-text` | `log-flood` `log-stubborn` `log-giant` `print` |
//! | kv: number, length of keys, size of values, calls | `hoard` `kv-long` `kv-large` `kv-giant` `kv-million` | `kv-many` `kv-key` `kv-value` `kv-giant` `kv-flood` |
//! | random: more than there is | `random` `wasi-giant` | `random-many` |
//! | http: giant body, header smuggling, forged length | `network.rs`, `smuggle` | `http-large` `http-giant` `http-smuggle` `http-length` |
//! | http: another host's secret, redirect to a private address | `network.rs` | `http-foreign-secret` `http-redirect` |
//! | http: bodies never dropped, of another call, after a drop | `body-many` `body-kept` | `body-many` `body-kept` `body-dropped` |
//! | stream: no grant, secret in the clear, never closed, writes without end, reads of silence | `streams.rs` | `stream-denied` `stream-clear` `stream-many` `stream-endless` `stream-silence` |
//! | wasi:http: redirect, smuggling, length, secret, requests never read | `runtime.rs` | `fetch-...`, in JavaScript; a Python guest of this world has no `wasi:http` |
//! | wasi: printing without end | `wasi-print` | `print-flood` |
//! | calling back after a budget is used up | a trap cannot be caught | `log-stubborn` catches whatever its language can catch |

use jackfield_engine::{BreakKind, Limits};

/// What must come of a mode.
pub(crate) enum Ends {
    /// The sandbox stops it, for one of these causes, in these words.
    Broken(&'static [BreakKind], &'static str),
    /// The host refuses, and the guest lives to tell it: the words of the refusal.
    Says(&'static str),
}

/// One thing that a guest does wrong.
pub(crate) struct Case {
    /// The guest's mode.
    pub(crate) mode: &'static str,
    /// What it may use up.
    pub(crate) limits: fn(&mut Limits),
    /// What must come of it.
    pub(crate) ends: Ends,
}

const OVER: &[BreakKind] = &[BreakKind::OverBudget];
/// A language may run out of its own memory while it makes something that large ready for the host.
const LARGE: &[BreakKind] = &[BreakKind::OverBudget, BreakKind::OutOfMemory, BreakKind::Trap];

fn usual(_: &mut Limits) {}
fn few_calls(limits: &mut Limits) {
    limits.host_calls = 2_000;
}
fn few_bytes(limits: &mut Limits) {
    limits.bytes_out = 256 << 10;
}

const fn says(mode: &'static str, words: &'static str) -> Case {
    Case {
        mode,
        limits: usual,
        ends: Ends::Says(words),
    }
}

const fn breaks(mode: &'static str, limits: fn(&mut Limits), kinds: &'static [BreakKind], words: &'static str) -> Case {
    Case {
        mode,
        limits,
        ends: Ends::Broken(kinds, words),
    }
}

/// In every language.
pub(crate) const ALL: &[Case] = &[
    breaks("log-flood", few_calls, OVER, "2000 host calls"),
    breaks("log-stubborn", few_calls, OVER, "2000 host calls"),
    breaks("log-giant", usual, LARGE, ""),
    breaks("print-flood", few_calls, OVER, "2000 host calls"),
    breaks("kv-flood", few_calls, OVER, "2000 host calls"),
    breaks("kv-giant", usual, LARGE, ""),
    says("kv-many", "17 "),
    says("kv-key", "a key has 1 to 256 bytes; this one has 300"),
    says("kv-value", "a value has at most 65536 bytes; this one has 100000"),
    says("random-many", "1024"),
    says("http-large", "1048576"),
    breaks("http-giant", usual, LARGE, ""),
    says("http-smuggle", "header"),
    says("http-length", "`content-length`"),
    says("http-foreign-secret", "the secret token may not be sent to"),
    says("http-redirect", "may not"),
    says("body-many", "4 "),
    says("stream-denied", "tcp://127.0.0.1"),
    says("stream-clear", "clear"),
    says("stream-many", "4 "),
    Case {
        mode: "stream-endless",
        limits: few_bytes,
        ends: Ends::Says("bytes-out"),
    },
    breaks("stream-silence", |limits| limits.host_calls = 50, OVER, "50 host calls"),
];

/// In JavaScript, whose `fetch` is `wasi:http`.
pub(crate) const FETCH: &[Case] = &[
    says("fetch-redirect", "caught"),
    says("fetch-smuggle", "caught"),
    says("fetch-foreign-secret", "caught"),
    breaks("fetch-hoard", usual, LARGE, ""),
];

/// What is done in `ingest` instead of `poll`.
pub(crate) const INGEST: &[Case] = &[
    breaks(
        "loop",
        |limits| limits.cpu = std::time::Duration::from_millis(300),
        &[BreakKind::TimedOut],
        "300 ms",
    ),
    breaks("throw", usual, &[BreakKind::Trap], ""),
    breaks("allocate", usual, LARGE, ""),
    breaks("log-flood", few_calls, OVER, "2000 host calls"),
    breaks("kv-giant", usual, LARGE, ""),
];
