//! What happens by itself: one timer for the soonest instant of all conversations.
//!
//! Nothing is polled. The desk says of each conversation when something happens in it by itself (a clock warns, a tier
//! loses it, it was put away until now); the first of these instants is slept to, and then the desk is told that time
//! has passed. At the start, and whenever another policy is applied, the instants are read from the store, so what was
//! due while the host was down happens as soon as it is up again, under its own time.

use crate::work::Desk;
use jackfield_desk::{Command, Conversation, LineRules, Rules, alarm_at};
use jackfield_protocol::{ConversationId, Millis};
use jackfield_store::StoreError;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// Conversations that are told at a time.
const BATCH: u32 = 200;
/// How often something may follow from itself at one instant: rules that undo one another would go on for ever.
const PASSES: u32 = 16;
/// A storage that does not answer is asked again after this.
const AGAIN: Duration = Duration::from_secs(5);

/// The timer.
pub struct Alarm {
    desk: Desk,
    /// Instants that only the policy in force knows, by conversation: the expiry of an approval, a rule on time passed.
    /// Those of the work stand in the store.
    instants: BTreeMap<ConversationId, Millis>,
}

impl Alarm {
    /// It is not wound yet.
    pub fn new(desk: Desk) -> Self {
        Self {
            desk,
            instants: BTreeMap::new(),
        }
    }

    /// Wakes conversations until it is stopped.
    pub async fn run(mut self, stop: CancellationToken) {
        // Who listens first misses nothing that is committed while the store is read.
        let mut heard = self.desk.hub.watch();
        let mut policies = self.desk.policies.changed();
        let mut next = self.all().await;
        loop {
            tokio::select! {
                () = self.until(next) => next = self.due().await,
                event = heard.recv() => match event {
                    Ok(event) => {
                        let at = self.note(&event.conversation, &event.state);
                        next = [at, next].into_iter().flatten().min();
                    }
                    // What was committed in between may have instants of its own.
                    Err(RecvError::Lagged(_)) => next = self.all().await,
                    Err(RecvError::Closed) => return,
                },
                changed = policies.changed() => match changed {
                    Ok(()) => next = self.all().await,
                    Err(_) => return,
                },
                () = stop.cancelled() => return,
            }
        }
    }

    /// When something happens in a conversation by itself.
    fn note(&mut self, id: &ConversationId, state: &Conversation) -> Option<Millis> {
        let policies = self.desk.policies.now();
        let rules = Rules {
            line: LineRules::free(),
            policies: &policies,
        };
        let at = alarm_at(state, &rules, self.desk.clock.now());
        match at {
            Some(at) => drop(self.instants.insert(id.clone(), at)),
            None => drop(self.instants.remove(id)),
        }
        at
    }

    async fn until(&self, next: Option<Millis>) {
        let Some(next) = next else {
            return std::future::pending().await;
        };
        let left = next.saturating_sub(self.desk.clock.now());
        tokio::time::sleep(Duration::from_millis(u64::try_from(left).unwrap_or(0))).await;
    }

    /// Every open conversation is looked at: another policy may route it elsewhere, or begin a clock.
    async fn all(&mut self) -> Option<Millis> {
        self.instants.clear();
        let mut after = None;
        loop {
            let page = match self.desk.store.open_ones(after.clone(), BATCH).await {
                Ok(page) => page,
                Err(error) => return Some(self.later(&error)),
            };
            for (id, _) in &page {
                if let Err(again) = self.pass(id).await {
                    self.instants.insert(id.clone(), again);
                }
            }
            match page.last() {
                Some((id, _)) => after = Some(id.clone()),
                None => return self.due().await,
            }
        }
    }

    /// Everything that is due happens. Answers when the next thing does.
    async fn due(&mut self) -> Option<Millis> {
        let mut passes: BTreeMap<ConversationId, u32> = BTreeMap::new();
        loop {
            let now = self.desk.clock.now();
            let mut due = match self.desk.store.due(now, BATCH).await {
                Ok(due) => due,
                Err(error) => return Some(self.later(&error)),
            };
            let here = self
                .instants
                .iter()
                .filter(|(_, at)| **at <= now)
                .map(|(id, _)| id.clone());
            due.extend(here);
            due.sort();
            due.dedup();
            let (mut moved, mut failed) = (false, Vec::new());
            for id in &due {
                let passes = passes.entry(id.clone()).or_insert(0);
                *passes += 1;
                match self.pass(id).await {
                    Ok(happened) => moved |= happened && *passes < PASSES,
                    Err(again) => failed.push((id.clone(), again)),
                }
            }
            if moved {
                continue;
            }
            // Trouble ends, and what is due stays so.
            let again = failed.iter().map(|(_, again)| *again).min();
            due.retain(|id| !failed.iter().any(|(of, _)| of == id));
            // What did not move, though its time is over, would be asked for ever: it waits for something else.
            for id in due {
                self.instants.remove(&id);
                tracing::warn!(conversation = %id, "something was due in it and did not happen; it waits for the next event");
            }
            return match self.desk.store.next_due(now).await {
                Ok(next) => self
                    .instants
                    .values()
                    .copied()
                    .filter(|at| *at > now)
                    .chain(next)
                    .chain(again)
                    .min(),
                Err(error) => Some(self.later(&error)),
            };
        }
    }

    /// Whether anything happened; when to ask again, where nobody knows.
    async fn pass(&mut self, id: &ConversationId) -> Result<bool, Millis> {
        match self.desk.act(id, Command::TimePassed, LineRules::default()).await {
            Ok(done) => {
                self.note(id, &done.state);
                Ok(!done.events.is_empty())
            }
            Err(error) => {
                tracing::warn!(conversation = %id, %error, "time did not pass in it; it is asked again");
                Err(self.again())
            }
        }
    }

    fn later(&self, error: &StoreError) -> Millis {
        tracing::warn!(%error, "what is due is not known; it is asked again");
        self.again()
    }

    fn again(&self) -> Millis {
        let again = Millis::try_from(AGAIN.as_millis()).unwrap_or(Millis::MAX);
        self.desk.clock.now().saturating_add(again)
    }
}
