//! What came in by itself becomes messages: stored input is ingested in its order of arrival, each input in one
//! transaction with the mark that it is done.
//!
//! What goes wrong with one input is that input's matter and not the line's. After [`TRIES`] breakdowns, refusals or
//! answers outside the contract it is **poison**: set aside with the reason and the plugin's last host calls, and what
//! came after it goes on. Patience and a credential are the network's and the operator's matter and make nothing poison,
//! however long they last: such an input is passed over until its time, and the desk takes messages in any order.
//!
//! For polls, poison is an event, never a request: there is nothing else to set aside, for only the plugin knows what its
//! cursor means. An event that is outside the contract, or that the desk cannot keep, is asked for [`TRIES`] times; then
//! it is set aside and the rest of its batch goes on with the cursor. A plugin that breaks in a poll hands over no
//! events at all; nothing could be skipped that is known not to be a message, so the breaker keeps it as it does.

use super::channel::Channel;
use super::line::{Line, Works, weight};
use super::outcome::{Outcome, waited};
use crate::convert;
use crate::work::{Aside, Undone, for_people};
use jackfield_engine::bindings::RawRequest as ForPlugin;
use jackfield_engine::{BreakKind, CallError, CallNote};
use jackfield_protocol::{InboundFact, Millis};
use jackfield_store::{Progress, RawId, RawInput, RawKind, Reason, StoreError};
use std::collections::BTreeMap;

/// A fault that happens three times in a row to the same input is that input's: the first may be a shortage, the second
/// an accident.
pub(super) const TRIES: u32 = 3;
/// Inputs read at a time; with the greatest body that bounds what a line holds of memory.
const READ: u32 = 8;
/// Inputs in one turn, so that what is to be sent and the poll have theirs.
const TURN: u32 = 64;
/// Inputs that ask for patience one after the other: the network is down, and the next one would say the same.
const PATIENCE: u32 = 3;

/// No input waits longer than this for its next try unless it asks to.
const LONGEST: Millis = 300_000;

/// What a line knows of its inputs between two turns.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// Inputs that were passed over.
    later: BTreeMap<RawId, Wait>,
    /// How often a poll from the same place brought something that could not be kept.
    pub(super) spoilt: Option<(Option<Vec<u8>>, u32)>,
}

/// When an input that was passed over is tried again, and how often it was.
#[derive(Debug, Clone, Copy)]
struct Wait {
    until: Millis,
    times: u32,
}

/// What a turn did.
#[derive(Debug, Default)]
pub(super) struct Drained {
    /// Something that concerns the whole line.
    pub(super) outcome: Option<Outcome>,
    /// When there is something to do again.
    pub(super) again: Option<Millis>,
    /// Messages came in.
    pub(super) messages: bool,
}

/// How one input ended.
enum Ended {
    Done {
        messages: bool,
    },
    /// Not now: this input.
    Later(Outcome, Option<u64>),
    /// Not now: none.
    Stop(Outcome),
    /// This input, for this reason.
    Failed(Reason),
}

impl Line {
    /// Ingests what waits.
    pub(super) async fn drain(&self, works: &Works, channel: &dyn Channel, passed: &mut Passed) -> Drained {
        let mut drained = Drained::default();
        let (mut after, mut taken, mut patience) = (RawId(0), 0, 0);
        let mut still = BTreeMap::new();
        'turn: while taken < TURN && !works.stop.is_cancelled() {
            let waiting = match works.desk.store.waiting(&self.place.connection, after, READ).await {
                Ok(waiting) => waiting,
                Err(error) => {
                    drained.outcome = Some(self.storage(&error));
                    break;
                }
            };
            if waiting.is_empty() {
                // Everything that waits was seen: what is not among it is done or gone.
                passed.later = std::mem::take(&mut still);
                break;
            }
            for raw in waiting {
                after = raw.id;
                let now = works.desk.clock.now();
                let before = passed.later.get(&raw.id).copied();
                if let Some(wait) = before.filter(|wait| wait.until > now) {
                    still.insert(raw.id, wait);
                    continue;
                }
                let times = before.map_or(1, |wait| wait.times.saturating_add(1));
                taken += 1;
                let id = raw.id;
                let tries = raw.tries + 1;
                match self.ingest(works, channel, raw).await {
                    Ended::Done { messages } => {
                        patience = 0;
                        drained.messages |= messages;
                    }
                    Ended::Stop(outcome) => {
                        drained.outcome = Some(outcome);
                        break 'turn;
                    }
                    Ended::Later(outcome, ms) => {
                        let asked = ms.and_then(|ms| Millis::try_from(ms).ok()).unwrap_or_default();
                        let until = now.saturating_add(asked.max(backoff(works.interval(), times)));
                        still.insert(id, Wait { until, times });
                        patience += 1;
                        // One input's patience is its own; the line is told of what the next ones would say too.
                        if matches!(outcome, Outcome::Credential(_)) || patience >= PATIENCE {
                            drained.outcome = Some(outcome);
                            break 'turn;
                        }
                    }
                    Ended::Failed(reason) => {
                        let aside = tries >= TRIES;
                        self.tell_failed(id, tries, aside, &reason);
                        if let Err(error) = works.desk.store.failed(id, reason, aside).await {
                            drained.outcome = Some(self.storage(&error));
                            break 'turn;
                        }
                        if !aside {
                            let until = now.saturating_add(works.interval());
                            still.insert(id, Wait { until, times });
                        }
                    }
                }
            }
        }
        passed.later.append(&mut still);
        drained.again = passed.later.values().map(|wait| wait.until).min();
        if taken >= TURN {
            drained.again = Some(0);
        }
        drained
    }

    async fn ingest(&self, works: &Works, channel: &dyn Channel, raw: RawInput) -> Ended {
        let store = &works.desk.store;
        let connection = &self.place.connection;
        let read = async { Ok((store.cursor(connection).await?, store.kv(connection).await?)) };
        let (from, kv) = match read.await {
            Ok(read) => read,
            Err(error) => return Ended::Stop(self.storage(&error)),
        };
        let (facts, kv) = match raw.kind {
            RawKind::Facts => match serde_json::from_slice::<Vec<InboundFact>>(&raw.request.body) {
                Ok(facts) => (facts, Vec::new()),
                Err(error) => return Ended::Failed(reason(format!("these are no facts: {error}"))),
            },
            RawKind::Request => {
                let request = ForPlugin {
                    method: raw.request.method,
                    path: raw.request.path,
                    query: raw.request.query,
                    headers: raw.request.headers,
                    body: raw.request.body,
                    received_at: u64::try_from(raw.received_at).unwrap_or_default(),
                };
                match channel.ingest(request, kv).await {
                    Ok(found) => {
                        let facts = found.events.into_iter().filter_map(convert::fact);
                        (facts.collect::<Vec<_>>(), found.kv_writes)
                    }
                    Err(error) => return ended(&error, &channel.last_call()),
                }
            }
        };
        let newest = facts.iter().filter(|fact| !fact.ours).map(|fact| fact.at).max();
        let bytes = u64::try_from(facts.iter().map(weight).sum::<usize>()).unwrap_or(u64::MAX);
        let progress = Progress {
            connection: connection.clone(),
            from,
            to: None,
            kv,
        };
        match works.desk.ingest_raw(self.place.clone(), facts, progress, raw.id).await {
            Ok(events) => {
                self.ledger.kept(events, bytes, newest, false, works.desk.clock.now());
                Ended::Done { messages: events > 0 }
            }
            Err(Undone::Refused(refusal)) => {
                Ended::Failed(reason(format!("what the plugin made of it cannot be kept: {refusal}")))
            }
            // Somebody dropped it, or it was ingested and the answer of the store was lost.
            Err(Undone::Store(StoreError::NotFound(_))) => Ended::Done { messages: false },
            Err(Undone::Store(error)) => Ended::Stop(self.storage(&error)),
        }
    }

    fn tell_failed(&self, id: RawId, tries: u32, aside: bool, reason: &Reason) {
        let connection = &self.place.connection;
        let calls = &reason.host_calls;
        match aside {
            false => {
                tracing::warn!(%connection, input = %id, tries, ?calls, "what was sent could not be ingested: {}", reason.words)
            }
            true => tracing::error!(
                %connection, input = %id, tries, ?calls,
                "what was sent could not be ingested and is set aside: {}. See: jackfield connection poison list {connection}",
                reason.words
            ),
        }
    }

    pub(super) fn storage(&self, error: &StoreError) -> Outcome {
        tracing::warn!(connection = %self.place.connection, %error, "storage");
        Outcome::Host(for_people(error).to_owned())
    }

    /// Whether a poll from `from` that brought something spoilt is to go on without it: at the third time.
    pub(super) fn spares(&self, passed: &mut Passed, from: Option<&Vec<u8>>) -> bool {
        let times = match &passed.spoilt {
            Some((place, times)) if place.as_ref() == from => times + 1,
            _ => 1,
        };
        passed.spoilt = Some((from.cloned(), times));
        times >= TRIES
    }

    /// What is set aside of a poll, told.
    pub(super) fn tell_spared(&self, asides: &[Aside]) {
        let connection = &self.place.connection;
        for aside in asides {
            tracing::error!(
                %connection,
                "something that a poll brought cannot be kept and is set aside; the line goes on: {}. See: jackfield connection poison list {connection}",
                aside.reason.words
            );
        }
    }
}

/// 1, 2, 4 … times the interval, up to [`LONGEST`].
fn backoff(interval: Millis, times: u32) -> Millis {
    interval
        .saturating_mul(1 << times.saturating_sub(1).min(16))
        .min(LONGEST)
}

fn reason(words: String) -> Reason {
    Reason {
        words,
        ..Reason::default()
    }
}

fn ended(error: &CallError, note: &CallNote) -> Ended {
    match error {
        CallError::Later { after_ms } => Ended::Later(Outcome::of(error, note), *after_ms),
        CallError::Credential(_) => Ended::Later(Outcome::of(error, note), None),
        CallError::Refused(_) | CallError::Unexpected(_) => Ended::Failed(reason(error.to_string())),
        CallError::Broken(broken) if broken.kind == BreakKind::NoRoom => Ended::Stop(Outcome::Host(broken.to_string())),
        CallError::Broken(broken) if waited(broken, note) => Ended::Later(Outcome::of(error, note), None),
        CallError::Broken(broken) => Ended::Failed(Reason {
            words: broken.to_string(),
            host_calls: broken.host_calls.clone(),
            stack: broken.stack.clone(),
        }),
    }
}
