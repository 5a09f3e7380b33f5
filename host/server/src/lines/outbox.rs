//! How a reply gets to its network once.
//!
//! "Sending" is in the log before the network is asked. Whatever then happens, the next step follows from the log alone:
//! a receipt is "sent"; a plain no is "failed"; anything else is a doubt, and a doubt is cleared by `reconcile` before the
//! network is asked to publish again, with the same key. A host that was killed between any two of these steps finds
//! "sending" when it starts, which is a doubt like any other.

mod report;

use super::Outcome;
use super::channel::{Channel, Kv};
use crate::convert;
use crate::work::{Desk, Undone};
use jackfield_desk::{Command, Conversation, LineRules, Reply, ReplyState};
use jackfield_engine::bindings::{Draft, Receipt};
use jackfield_engine::{CallError, PublishError};
use jackfield_protocol::{CommandId, ConnectionId, ConversationId, Millis, Unsent};
use jackfield_store::{OutboxItem, OutboxState};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Tries until somebody has to look: with waits that double to ten minutes, more than an hour.
const TRIES: u32 = 12;
/// Questions after one reply until somebody has to look: with the same waits, some three hours.
const QUESTIONS: u32 = 24;
/// Questions after one reply that fail until the operator reads of it: one may be bad luck, and the breaker tells that.
const SHOWN: u32 = 3;
/// The longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(600);
/// Replies looked at in one go.
const BATCH: u32 = 500;
/// Calls in one go; then what comes in has its turn.
const CALLS: u32 = 20;

/// The outbox of one line.
pub(super) struct Outbox {
    connection: ConnectionId,
    base: Duration,
    /// Doubts that could not be cleared yet: how often it was tried, and not before when again.
    doubts: HashMap<CommandId, (u32, Millis)>,
    /// Why replies could not be looked for when they were asked after last; those for which it was often enough.
    unclear: HashMap<CommandId, Unclear>,
    /// Replies that the network said it does not have, and that were not sent since.
    asked: HashSet<CommandId>,
}

/// A reply that is asked after again and again, and the question fails.
#[derive(Clone)]
pub(super) struct Unclear {
    /// How often.
    pub(super) times: u32,
    /// Since when it is told.
    pub(super) since: Millis,
    /// When it is asked after next.
    pub(super) next: Millis,
    /// What the plugin said, in words.
    pub(super) why: String,
}

/// What one look at the outbox found.
pub(super) struct Looked {
    /// When to look again, where something waits.
    pub(super) again: Option<Millis>,
    /// How the last call ended, for the line's breaker.
    pub(super) outcome: Option<Outcome>,
}

impl Outbox {
    pub(super) fn new(connection: ConnectionId, base: Duration) -> Self {
        Self {
            connection,
            base,
            doubts: HashMap::new(),
            unclear: HashMap::new(),
            asked: HashSet::new(),
        }
    }

    /// Does everything that is due, oldest first; within a conversation strictly in order.
    pub(super) async fn deliver(
        &mut self,
        desk: &Desk,
        channel: &dyn Channel,
        stop: &CancellationToken,
    ) -> Result<Looked, Undone> {
        let mut calls = 0;
        let mut looked = Looked {
            again: None,
            outcome: None,
        };
        let mut held: HashSet<ConversationId> = HashSet::new();
        for item in desk.store.outbox(&self.connection, desk.clock.now(), BATCH).await? {
            let now = desk.clock.now();
            if let Some((_, not_before)) = self.doubts.get(&item.command)
                && *not_before > now
            {
                looked.sooner(*not_before);
                held.insert(item.conversation);
                continue;
            }
            if held.contains(&item.conversation) {
                continue;
            }
            let Some(state) = desk.store.load(&item.conversation).await? else {
                continue;
            };
            let Some(reply) = state.replies.get(&item.command) else {
                continue;
            };
            if calls == CALLS || stop.is_cancelled() {
                looked.sooner(now);
                break;
            }
            if let Some(not_before) = earlier_waits(&state, &item.command, reply, now) {
                looked.sooner(not_before);
                continue;
            }
            calls += 1;
            let outcome = self.step(desk, channel, &item, &state, reply).await?;
            let stop = !matches!(outcome, Outcome::Good);
            looked.outcome = Some(outcome);
            if let Some((_, not_before)) = self.doubts.get(&item.command) {
                looked.sooner(*not_before);
            }
            if let Some(not_before) = waits_until(desk, &item).await? {
                looked.sooner(not_before);
            }
            if stop {
                // The rest of the line waits as well: what failed for one is not asked fifty times over.
                looked.sooner(
                    desk.clock
                        .now()
                        .saturating_add(i64::try_from(self.base.as_millis()).unwrap_or(1000)),
                );
                break;
            }
        }
        Ok(looked)
    }

    async fn step(
        &mut self,
        desk: &Desk,
        channel: &dyn Channel,
        item: &OutboxItem,
        state: &Conversation,
        reply: &Reply,
    ) -> Result<Outcome, Undone> {
        let now = desk.clock.now();
        let draft = draft(state, reply, now);
        let mut kv = desk.store.kv(&self.connection).await?;
        match item.state {
            OutboxState::Queued => {
                if item.attempts > 0 && !self.asked.contains(&item.command) {
                    if let Some(outcome) = self.ask_first(desk, channel, item, draft.clone(), kv).await? {
                        return Ok(outcome);
                    }
                    kv = desk.store.kv(&self.connection).await?;
                }
                self.asked.remove(&item.command);
                let sending = Command::Sending {
                    reply: item.command.clone(),
                };
                let begun = desk.act(&item.conversation, sending, LineRules::default()).await?;
                if begun.events.is_empty() {
                    // It was "sending" already: somebody else has it in hand, and that is a doubt.
                    return self.clear_doubt(desk, channel, item, draft, kv).await;
                }
                let reply = begun.state.replies.get(&item.command).unwrap_or(reply);
                let draft = self::draft(&begun.state, reply, now);
                self.publish(desk, channel, item, draft, kv).await
            }
            OutboxState::Sending | OutboxState::Unknown => self.clear_doubt(desk, channel, item, draft, kv).await,
        }
    }

    /// Every try but the first begins with the question, also the one that a person asked for: they may have looked at
    /// the wrong thread. Answers how it ended, or nothing where the network does not have it.
    async fn ask_first(
        &mut self,
        desk: &Desk,
        channel: &dyn Channel,
        item: &OutboxItem,
        draft: Draft,
        kv: Kv,
    ) -> Result<Option<Outcome>, Undone> {
        let reply = item.command.clone();
        let (command, outcome, kv) = match channel.reconcile(draft, kv).await {
            Ok(found) => match found.receipt {
                Some(receipt) => (sent(reply, receipt), Outcome::Good, found.kv_writes),
                None => {
                    self.asked.insert(reply);
                    self.keep(desk, found.kv_writes).await?;
                    return Ok(None);
                }
            },
            Err(error) => {
                let not_before = desk.clock.now().saturating_add(millis(self.wait(item.attempts)));
                let reason = format!("Before it is sent again the network is asked whether it has it, and {error}.");
                let waits = Command::Waits {
                    reply,
                    reason,
                    not_before,
                };
                (waits, ended(channel, &error), Vec::new())
            }
        };
        self.report(desk, item, command, kv).await?;
        Ok(Some(outcome))
    }

    async fn publish(
        &mut self,
        desk: &Desk,
        channel: &dyn Channel,
        item: &OutboxItem,
        draft: Draft,
        kv: Kv,
    ) -> Result<Outcome, Undone> {
        let reply = item.command.clone();
        let (command, outcome, kv) = match channel.publish(draft, kv).await {
            Ok(published) => (sent(reply, published.receipt), Outcome::Good, published.kv_writes),
            Err(PublishError::WindowClosed) => {
                let reason =
                    "The network no longer takes an answer in this conversation. Reach the person another way."
                        .to_owned();
                (failed(reply, reason, Unsent::WindowClosed), Outcome::Good, Vec::new())
            }
            Err(PublishError::Rule(reason)) => (failed(reply, reason, Unsent::Rule), Outcome::Good, Vec::new()),
            Err(PublishError::Call(CallError::Refused(text))) => {
                let reason = format!("The network refused: {text}");
                (failed(reply, reason, Unsent::Refused), Outcome::Good, Vec::new())
            }
            Err(PublishError::Call(error @ CallError::Credential(_))) if item.attempts >= TRIES => {
                let reason = format!("{error}. It was tried {TRIES} times; renew the credential, then try again.");
                (
                    failed(reply, reason, Unsent::CredentialExpired),
                    ended(channel, &error),
                    Vec::new(),
                )
            }
            // The network did not let us in, so it surely does not have the message.
            Err(PublishError::Call(error @ CallError::Credential(_))) => {
                let not_before = desk.clock.now().saturating_add(millis(self.wait(item.attempts)));
                let reason = format!("{error}. It is sent once the credential is renewed.");
                (
                    Command::Waits {
                        reply,
                        reason,
                        not_before,
                    },
                    ended(channel, &error),
                    Vec::new(),
                )
            }
            Err(PublishError::Call(error)) => {
                self.doubt(desk, &item.command, &error);
                let reason = format!("When it was sent, {error}.");
                (Command::Unknown { reply, reason }, ended(channel, &error), Vec::new())
            }
        };
        self.report(desk, item, command, kv).await?;
        Ok(outcome)
    }

    /// Asks the network whether it has the reply. Only a plain "no" lets it be sent again.
    async fn clear_doubt(
        &mut self,
        desk: &Desk,
        channel: &dyn Channel,
        item: &OutboxItem,
        draft: Draft,
        kv: Kv,
    ) -> Result<Outcome, Undone> {
        let reply = item.command.clone();
        let (command, outcome, kv) = match channel.reconcile(draft, kv).await {
            Ok(found) => {
                self.doubts.remove(&item.command);
                self.unclear.remove(&item.command);
                self.asked.insert(item.command.clone());
                let command = match found.receipt {
                    Some(receipt) => sent(reply, receipt),
                    None if item.attempts >= TRIES => Command::Failed {
                        reply,
                        cause: Some(Unsent::NotTaken),
                        reason: format!(
                            "The network did not take it in {TRIES} tries. Try again when the line is well."
                        ),
                    },
                    None if item.attempts <= 1 => Command::PublishAgain { reply },
                    None => {
                        let not_before = desk.clock.now().saturating_add(millis(self.wait(item.attempts)));
                        let reason = format!(
                            "The network did not take it in {} tries; it is sent again.",
                            item.attempts
                        );
                        Command::Waits {
                            reply,
                            reason,
                            not_before,
                        }
                    }
                };
                (command, Outcome::Good, found.kv_writes)
            }
            Err(error)
                if self
                    .doubts
                    .get(&item.command)
                    .is_some_and(|(tries, _)| *tries >= QUESTIONS) =>
            {
                self.doubts.remove(&item.command);
                self.unclear.remove(&item.command);
                let reason = format!(
                    "It could not be found out whether the network has it: {error}. Look at the thread on the network; where it is missing, try again."
                );
                (
                    failed(reply, reason, Unsent::Unclear),
                    ended(channel, &error),
                    Vec::new(),
                )
            }
            Err(error) => {
                self.doubt(desk, &item.command, &error);
                self.stays_unclear(desk, &item.command, &error);
                let reason = format!("The network was asked whether it has the reply, and {error}.");
                (Command::Unknown { reply, reason }, ended(channel, &error), Vec::new())
            }
        };
        self.report(desk, item, command, kv).await?;
        Ok(outcome)
    }
}

fn failed(reply: CommandId, reason: String, cause: Unsent) -> Command {
    let cause = Some(cause);
    Command::Failed { reply, reason, cause }
}

fn ended(channel: &dyn Channel, error: &CallError) -> Outcome {
    Outcome::of(error, &channel.last_call())
}

impl Looked {
    fn sooner(&mut self, at: Millis) {
        self.again = Some(self.again.map_or(at, |other| other.min(at)));
    }
}

/// When a reply that was just dealt with is to be sent again.
async fn waits_until(desk: &Desk, item: &OutboxItem) -> Result<Option<Millis>, Undone> {
    let state = desk.store.load(&item.conversation).await?;
    let reply = state.as_ref().and_then(|state| state.replies.get(&item.command));
    Ok(match reply.map(|reply| &reply.state) {
        Some(ReplyState::Queued { not_before, .. }) => Some(*not_before),
        _ => None,
    })
}

/// An earlier reply of the same conversation is still on its way: this one waits for it.
fn earlier_waits(state: &Conversation, command: &CommandId, reply: &Reply, now: Millis) -> Option<Millis> {
    let before = |id: &CommandId, other: &Reply| {
        other.is_pending() && id != command && (other.asked_at, id) < (reply.asked_at, command)
    };
    state
        .replies
        .iter()
        .any(|(id, other)| before(id, other))
        .then(|| now.saturating_add(1000))
}

fn sent(reply: CommandId, receipt: Receipt) -> Command {
    Command::Sent {
        reply,
        remote_id: receipt.remote_id.into(),
        url: receipt.url,
        at: convert::millis(receipt.at),
    }
}

/// The draft as the plugin gets it. The network cannot have it from before its first try, which may be long after a
/// person asked for it: a line that was down for a day does not make `reconcile` read a day of posts.
fn draft(state: &Conversation, reply: &Reply, now: Millis) -> Draft {
    Draft {
        key: reply.key.clone(),
        thread: Some(state.place.thread.clone()),
        parent: reply.parent.as_ref().map(|id| id.0.clone()),
        visibility: convert::seen_by(&reply.visibility),
        text: reply.text.clone(),
        language: None,
        asked_at: u64::try_from(reply.tried_at.unwrap_or(now)).unwrap_or(0),
        attachments: Vec::new(),
    }
}

fn millis(wait: Duration) -> Millis {
    Millis::try_from(wait.as_millis()).unwrap_or(Millis::MAX)
}
