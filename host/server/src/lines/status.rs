//! The page of a line: everything there is to tell of one plugin on one connection. What the admin API gives, and what
//! `jackfield status` prints.

use super::board::Board;
use super::breaker::Switch;
use super::budget::Unit;
use super::closing;
use super::grants::{GrantState, Uses};
use super::ledger::{Books, LastBreak, Ledger, Totals, Turned};
use jackfield_protocol::{Condition, ConnectionRecord, ConnectionView, Millis};
use jackfield_store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// More replies than this are told as this many.
const COUNTED: u32 = 10_000;

/// Everything about one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The line.
    pub id: String,
    /// What the operator calls it.
    pub name: String,
    /// Its plugin.
    pub plugin: String,
    /// The network's name.
    pub network: String,
    /// Whose it is.
    pub workspace: String,
    /// Whose it is.
    pub brand: String,
    /// How it is and why.
    pub condition: Condition,
    /// Whether calls go through; none before its first turn, and while it is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<Switch>,
    /// The last turns of the breaker, oldest first.
    pub turns: Vec<Turned>,
    /// By function.
    pub calls: BTreeMap<String, CallsStatus>,
    /// How long calls waited for their turn at the gate.
    pub waited: Times,
    /// Everything added up since the host started.
    pub totals: Totals,
    /// What was used of each budget.
    pub budgets: Vec<BudgetStatus>,
    /// How far behind its network it is; none before it has brought something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<Lag>,
    /// Replies on their way.
    pub outbox: OutboxStatus,
    /// What came in by itself and is not ingested yet.
    pub intake: IntakeStatus,
    /// Where it may talk to, and whether it ever did.
    pub grants: Vec<GrantState>,
    /// The last breakdown of the plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_break: Option<LastBreak>,
}

/// What is known of a function's calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallsStatus {
    /// How long they took.
    pub took: Times,
    /// How many ended how.
    pub ended: BTreeMap<String, u64>,
}

/// Times in milliseconds, as well as the histogram can tell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// How many.
    pub count: u64,
    /// Half took at most this.
    pub p50_ms: f64,
    /// Ninety-nine of a hundred took at most this.
    pub p99_ms: f64,
    /// The longest.
    pub most_ms: f64,
}

/// One budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BudgetStatus {
    /// Of what.
    pub unit: Unit,
    /// `hour` or `day`.
    pub period: String,
    /// Used in it until now.
    pub used: u64,
    /// What may be used.
    pub limit: u64,
    /// How often the line had to wait for it.
    pub refused: u64,
}

/// How far behind a line is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Lag {
    /// The newest item that was kept, by the network's clock.
    pub newest_at: Millis,
    /// When it was kept.
    pub kept_at: Millis,
    /// The time between them; where more is waiting, the time between the item and now.
    pub behind_ms: Millis,
    /// The network has more that was not fetched yet.
    pub more: bool,
}

/// Replies on their way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct OutboxStatus {
    /// How many, at most 10 000.
    pub replies: u64,
    /// When the oldest of them was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_at: Option<Millis>,
}

/// What came in by itself and waits to be ingested.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct IntakeStatus {
    /// How many inputs.
    pub waiting: u64,
    /// When the oldest of them came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_at: Option<Millis>,
}

impl Times {
    fn of(histogram: &super::Histogram) -> Self {
        let percentile = |share| round(histogram.percentile_ms(share).unwrap_or_default());
        Self {
            count: histogram.count(),
            p50_ms: percentile(0.5),
            p99_ms: percentile(0.99),
            most_ms: round(histogram.most_ms()),
        }
    }
}

fn round(ms: f64) -> f64 {
    (ms * 100.0).round() / 100.0
}

impl Board {
    /// The page of every line, by id.
    pub async fn statuses(&self, store: &dyn Store, now: Millis) -> Result<Vec<Status>, StoreError> {
        let mut all = Vec::new();
        let (mut uses, backlog) = (Uses::read(store).await?, store.backlog().await?);
        for (record, view, ledger) in self.books() {
            let outbox = outbox(store, &record).await?;
            uses.add(&record, &ledger);
            let waits = backlog.iter().find(|one| one.connection == record.id);
            let intake = waits.map_or_else(IntakeStatus::default, |one| IntakeStatus {
                waiting: one.waiting,
                oldest_at: Some(one.oldest_at),
            });
            let grants = uses.of(&record);
            all.push(status(record, view, &ledger, (outbox, intake, grants), now));
        }
        Ok(all)
    }
}

async fn outbox(store: &dyn Store, record: &ConnectionRecord) -> Result<OutboxStatus, StoreError> {
    let open = closing::pending(store, &record.id, COUNTED).await?;
    let Some(first) = open.first() else {
        return Ok(OutboxStatus::default());
    };
    let state = store.load(&first.conversation).await?;
    Ok(OutboxStatus {
        replies: open.len() as u64,
        oldest_at: state.and_then(|state| state.replies.get(&first.command).map(|reply| reply.asked_at)),
    })
}

fn status(
    record: ConnectionRecord,
    view: ConnectionView,
    ledger: &Arc<Ledger>,
    (outbox, intake, grants): (OutboxStatus, IntakeStatus, Vec<GrantState>),
    now: Millis,
) -> Status {
    let books = ledger.read();
    let calls = books.calls.iter().map(|(function, calls)| {
        let ended = calls.ended.iter().map(|(word, n)| ((*word).to_owned(), *n)).collect();
        let took = Times::of(&calls.took);
        ((*function).to_owned(), CallsStatus { took, ended })
    });
    Status {
        calls: calls.collect(),
        waited: Times::of(&books.waited),
        totals: books.totals,
        budgets: budgets(ledger, &books, now),
        lag: books.newest.map(|(newest_at, kept_at)| Lag {
            newest_at,
            kept_at,
            behind_ms: if books.more { now } else { kept_at }.saturating_sub(newest_at).max(0),
            more: books.more,
        }),
        outbox,
        intake,
        grants,
        last_break: books.last_break,
        breaker: books.switch.filter(|_| !record.paused),
        turns: books.turns.into(),
        condition: Condition {
            health: view.health,
            cause: view.cause,
            since: view.since,
            next_try: view.next_try,
            action: view.action,
        },
        id: record.id.0,
        name: record.name,
        plugin: record.plugin,
        network: view.network,
        workspace: record.workspace.0,
        brand: record.brand.0,
    }
}

fn budgets(ledger: &Ledger, books: &Books, now: Millis) -> Vec<BudgetStatus> {
    let (hour, day) = ledger.used(now);
    let allowed = ledger.allowed();
    let periods = [("hour", hour, allowed.hour), ("day", day, allowed.day)];
    let of = |(period, used, limit): (&'static str, super::budget::Amounts, super::budget::Amounts)| {
        Unit::ALL.map(|unit| BudgetStatus {
            unit,
            period: period.to_owned(),
            used: used.of(unit),
            limit: limit.of(unit),
            refused: books.refused.get(&(unit.word(), period)).copied().unwrap_or_default(),
        })
    };
    periods.into_iter().flat_map(of).collect()
}
