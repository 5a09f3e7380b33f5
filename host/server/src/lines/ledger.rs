//! The ledger of a line: what its calls were, took, used and how they ended; how its breaker went; how far behind its
//! network it is. One place, from which the status page and the metrics are both read, so that they cannot disagree.
//!
//! It holds figures, times, words of a closed list, and grants. Of a breakdown it holds the sandbox's sentence and
//! the host calls before it, both scrubbed. Never a message, never a secret.

use super::Histogram;
use super::breaker::Switch;
use super::budget::{Allowance, Amounts, Exhausted, Spending, Unit};
use jackfield_engine::{Breakdown, CallNote};
use jackfield_protocol::{Cause, Condition, Health, Millis};
use jackfield_store::Spent;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Turns of a breaker that are kept: a bad day of one line.
const TURNS: usize = 50;

/// A call that ended.
pub(super) struct Called<'a> {
    pub(super) function: &'static str,
    /// `good`, or a word for what it was.
    pub(super) ended: &'static str,
    pub(super) waited: Duration,
    pub(super) took: Duration,
    pub(super) note: &'a CallNote,
    /// Grants that let something through in it, and how often.
    pub(super) grants: &'a [(String, u64)],
    pub(super) broke: Option<&'a Breakdown>,
    /// Where the call's trace was put.
    pub(super) trace: Option<String>,
    pub(super) at: Millis,
}

/// What is known of a function's calls.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calls {
    /// How long they took, without the wait for their turn.
    pub took: Histogram,
    /// How many ended how: `good`, `later`, `credential`, `refused`, `unexpected`, `window-closed`, `rule`, or the
    /// kind of a breakdown.
    pub ended: BTreeMap<&'static str, u64>,
}

/// A breakdown, as an operator reads it and an author can use it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastBreak {
    /// When.
    pub at: Millis,
    /// `trap`, `timed-out`, `out-of-memory` …
    pub kind: String,
    /// The plugin and its version.
    pub plugin: String,
    /// The function that was called.
    pub function: String,
    /// What happened, in a sentence.
    pub detail: String,
    /// Guest functions, innermost first.
    pub stack: Vec<String>,
    /// The last host calls before it, oldest first.
    pub host_calls: Vec<String>,
    /// The file that holds what crossed the boundary in that call; none where the host keeps none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

/// A turn of the breaker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turned {
    /// When.
    pub at: Millis,
    /// How the line is from then on.
    pub health: Health,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// What happened, in words.
    pub action: String,
}

/// Everything added up since the host started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// Processor time, in steps of 10 ms.
    pub cpu_ms: u64,
    /// Calls of imports.
    pub host_calls: u64,
    /// HTTP requests, redirects included.
    pub requests: u64,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
    /// Log lines that were dropped.
    pub log_dropped: u64,
    /// Messages and other facts that were kept.
    pub events: u64,
    /// Bytes that were stored of them, about.
    pub stored_bytes: u64,
    /// The most memory an instance has had, bytes.
    pub memory: u64,
}

/// What a line has to tell.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// By function.
    pub calls: BTreeMap<&'static str, Calls>,
    /// How long calls waited for their turn.
    pub waited: Histogram,
    /// All of it.
    pub totals: Totals,
    /// Uses of grants that are not written down yet, and when the last of them was.
    pub grants: BTreeMap<String, (u64, Millis)>,
    /// Breakdowns by kind.
    pub breakdowns: BTreeMap<&'static str, u64>,
    /// The last of them.
    pub last_break: Option<LastBreak>,
    /// The last turns of the breaker, oldest first.
    pub turns: VecDeque<Turned>,
    /// How often it turned to each health, for each cause.
    pub turned: BTreeMap<(Health, Option<Cause>), u64>,
    /// Refusals for a budget, by unit and period.
    pub refused: BTreeMap<(&'static str, &'static str), u64>,
    /// The newest item of the network that was kept, by the network's clock, and when it was kept by ours.
    pub newest: Option<(Millis, Millis)>,
    /// The last poll said that more is waiting.
    pub more: bool,
    /// Where the breaker stands.
    pub switch: Option<Switch>,
    spending: Spending,
    /// As it was last kept.
    kept: Spending,
}

/// The ledger of a line.
pub struct Ledger {
    allowed: Allowance,
    books: Mutex<Books>,
}

impl Ledger {
    /// An empty one.
    pub fn new(allowed: Allowance) -> Self {
        Self {
            allowed,
            books: Mutex::default(),
        }
    }

    /// The same, of a line that had used so much when it was last kept.
    #[must_use]
    pub fn resumed(self, spent: &[Spent]) -> Self {
        {
            let mut books = self.books();
            books.spending = Spending::resumed(spent);
            books.kept = books.spending.clone();
        }
        self
    }

    /// What is to be kept of what was used: where `all`, whatever changed, else what a kill must not give back.
    pub(super) fn to_keep(&self, now: Millis, all: bool) -> Option<Spending> {
        let books = &mut *self.books();
        let far = books.spending.is_far_from(&books.kept, &self.allowed, now);
        (far || (all && books.spending != books.kept)).then(|| books.spending.clone())
    }

    /// That is kept now.
    pub(super) fn kept_spending(&self, spending: Spending) {
        self.books().kept = spending;
    }

    /// Takes the uses of grants out, to write them down.
    pub(super) fn take_grants(&self) -> BTreeMap<String, (u64, Millis)> {
        std::mem::take(&mut self.books().grants)
    }

    /// They were not written down.
    pub(super) fn give_back(&self, grants: BTreeMap<String, (u64, Millis)>) {
        let mut books = self.books();
        for (grant, (times, last)) in grants {
            let of = books.grants.entry(grant).or_default();
            *of = (of.0.saturating_add(times), of.1.max(last));
        }
    }

    /// What the line may use.
    pub fn allowed(&self) -> &Allowance {
        &self.allowed
    }

    /// Everything as it is now.
    pub fn read(&self) -> Books {
        self.books().clone()
    }

    /// What was used in this hour and on this day.
    pub fn used(&self, now: Millis) -> (Amounts, Amounts) {
        self.books().spending.used(now)
    }

    /// The budget that is used up, counted as a refusal where there is one.
    pub(super) fn refuses(&self, now: Millis) -> Option<Exhausted> {
        let mut books = self.books();
        let exhausted = books.spending.exhausted(&self.allowed, now)?;
        *books
            .refused
            .entry((exhausted.unit.word(), exhausted.period))
            .or_default() += 1;
        Some(exhausted)
    }

    pub(super) fn called(&self, call: &Called<'_>) {
        let mut books = self.books();
        let of = books.calls.entry(call.function).or_default();
        of.took.add(call.took);
        *of.ended.entry(call.ended).or_default() += 1;
        books.waited.add(call.waited);
        let usage = &call.note.usage;
        let cpu_ms = usage.cpu_ticks.saturating_mul(10);
        let totals = &mut books.totals;
        totals.cpu_ms += cpu_ms;
        totals.host_calls += u64::from(usage.host_calls);
        totals.requests += u64::from(usage.requests);
        totals.bytes_out += usage.bytes_out;
        totals.bytes_in += usage.bytes_in;
        totals.log_dropped += u64::from(usage.log_dropped);
        totals.memory = totals.memory.max(u64::try_from(usage.memory).unwrap_or(u64::MAX));
        let bytes = usage.bytes_in.saturating_add(usage.bytes_out);
        for (unit, amount) in [
            (Unit::CpuMs, cpu_ms),
            (Unit::Requests, u64::from(usage.requests)),
            (Unit::Bytes, bytes),
        ] {
            books.spending.spend(unit, amount, call.at);
        }
        for (grant, times) in call.grants {
            let of = books.grants.entry(grant.clone()).or_default();
            *of = (of.0.saturating_add(*times), call.at);
        }
        if let Some(broke) = call.broke {
            *books.breakdowns.entry(broke.kind.word()).or_default() += 1;
            books.last_break = Some(LastBreak {
                at: call.at,
                kind: broke.kind.word().to_owned(),
                plugin: broke.plugin.clone(),
                function: broke.function.clone(),
                detail: broke.detail.clone(),
                stack: broke.stack.clone(),
                host_calls: broke.host_calls.clone(),
                trace: call.trace.clone(),
            });
        }
    }

    /// What a call brought was kept. `newest` is the network's time of the newest of it.
    pub(super) fn kept(&self, events: usize, bytes: u64, newest: Option<Millis>, more: bool, now: Millis) {
        let mut books = self.books();
        books.totals.events += events as u64;
        books.totals.stored_bytes += bytes;
        books.spending.spend(Unit::StoredBytes, bytes, now);
        books.more = more;
        if let Some(at) = newest
            && books.newest.is_none_or(|(known, _)| known <= at)
        {
            books.newest = Some((at, now));
        }
    }

    pub(super) fn stands(&self, switch: Switch) {
        self.books().switch = Some(switch);
    }

    /// The line is in another condition than before.
    pub(super) fn turned(&self, to: &Condition) {
        let mut books = self.books();
        let last = books.turns.back().map(|last| (last.health, last.cause));
        if last == Some((to.health, to.cause)) || (last.is_none() && to.health == Health::Healthy) {
            return;
        }
        *books.turned.entry((to.health, to.cause)).or_default() += 1;
        if books.turns.len() == TURNS {
            books.turns.pop_front();
        }
        books.turns.push_back(Turned {
            at: to.since,
            health: to.health,
            cause: to.cause,
            action: to.action.clone(),
        });
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
