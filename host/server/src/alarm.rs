//! Wakes conversations when something of theirs is due: a reply that nobody read in time, a rule that waits for a time.
//!
//! Nothing polls. [`jackfield_desk::alarm_at`] says of each conversation when its time comes, and is asked again after each
//! of its events and when another policy comes into force. What is due is the desk's to decide (`TimePassed`); an alarm
//! that rings for nothing changes nothing, and one that is lost with the process is set again at the next start, when all
//! open conversations are asked once.

use crate::feed::Told;
use crate::work::Desk;
use jackfield_desk::{Command, Conversation, LineRules, Rules, alarm_at};
use jackfield_protocol::{BrandId, ConversationId, Millis, Status, WorkspaceId};
use jackfield_store::{Filter, StoreError};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// The longest sleep: a clock that is set while we sleep is noticed by then.
const LONGEST: Duration = Duration::from_secs(60);
/// The shortest: what is due now and stays due (another host has the conversation, the disk is full) is not asked in a
/// loop without end.
const SHORTEST: Duration = Duration::from_millis(20);
/// How long something rests that could not be done.
const REST: Millis = 5_000;

/// When each conversation is to be woken.
#[derive(Default)]
struct Due {
    order: BTreeSet<(Millis, ConversationId)>,
    at: HashMap<ConversationId, Millis>,
}

impl Due {
    fn set(&mut self, id: &ConversationId, at: Option<Millis>) {
        if let Some(before) = self.at.remove(id) {
            self.order.remove(&(before, id.clone()));
        }
        if let Some(at) = at {
            self.order.insert((at, id.clone()));
            self.at.insert(id.clone(), at);
        }
    }

    fn first(&self) -> Option<Millis> {
        self.order.first().map(|(at, _)| *at)
    }

    fn take(&mut self, now: Millis) -> Option<ConversationId> {
        let (at, id) = self.order.first().filter(|(at, _)| *at <= now)?.clone();
        self.order.remove(&(at, id.clone()));
        self.at.remove(&id);
        Some(id)
    }
}

/// Wakes the conversations of these brands until it is stopped. One task for each brand listens; one wakes.
pub async fn run(desk: Desk, brands: BTreeSet<(WorkspaceId, BrandId)>, stop: CancellationToken) {
    let tasks: Vec<_> = brands
        .into_iter()
        .map(|(workspace, brand)| {
            let alarm = Alarm {
                desk: desk.clone(),
                workspace,
                brand,
                due: Due::default(),
            };
            tokio::spawn(alarm.run(stop.clone()))
        })
        .collect();
    for task in tasks {
        if let Err(error) = task.await {
            tracing::error!(%error, "an alarm broke off");
        }
    }
}

/// The alarms of a brand.
struct Alarm {
    desk: Desk,
    workspace: WorkspaceId,
    brand: BrandId,
    due: Due,
}

impl Alarm {
    async fn run(mut self, stop: CancellationToken) {
        let mut told = self.desk.hub.listen(&self.workspace, &self.brand);
        let mut policy = self.desk.policies.changed();
        let mut anew = true;
        loop {
            if std::mem::take(&mut anew)
                && let Err(error) = self.all().await
            {
                tracing::warn!(%error, brand = %self.brand, "alarms are not set; it is tried again");
                anew = true;
            }
            let now = self.desk.clock.now();
            let wait = self.due.first().map_or(LONGEST, |at| {
                Duration::from_millis(u64::try_from(at.saturating_sub(now)).unwrap_or(0)).clamp(SHORTEST, LONGEST)
            });
            tokio::select! {
                () = stop.cancelled() => return,
                changed = policy.changed() => anew |= changed.is_ok(),
                event = told.recv() => match event {
                    Ok(Told::Entry(event)) => self.set(&event.conversation, &event.state),
                    Ok(Told::Connection(_)) => {}
                    Err(RecvError::Lagged(_)) => anew = true,
                    Err(RecvError::Closed) => return,
                },
                () = tokio::time::sleep(wait) => self.ring().await,
            }
        }
    }

    fn set(&mut self, id: &ConversationId, state: &Conversation) {
        let policies = self.desk.policies.now();
        let rules = Rules {
            line: LineRules::free(),
            policies: &policies,
        };
        self.due.set(id, alarm_at(state, &rules, self.desk.clock.now()));
    }

    /// Asks every open conversation of the brand.
    async fn all(&mut self) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let filter = Filter {
                workspace: self.workspace.clone(),
                brand: self.brand.clone(),
                status: Some(Status::Open),
                owner: None,
                handles: Vec::new(),
                words: None,
                after,
                limit: 200,
            };
            let page = self.desk.store.list(filter).await?;
            for (id, state) in &page.items {
                self.set(id, state);
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Everything that is due now. What came of it comes back as events, and sets the next alarm.
    async fn ring(&mut self) {
        let mut rest = BTreeMap::new();
        while let Some(id) = self.due.take(self.desk.clock.now()) {
            match self.desk.act(&id, Command::TimePassed, LineRules::default()).await {
                // Nothing was due after all: what is due next has not changed by an event, so it is asked here.
                Ok(done) if done.events.is_empty() => {
                    let state = Arc::clone(&done.state);
                    self.set(&id, &state);
                    if self.due.at.get(&id).is_some_and(|at| *at <= self.desk.clock.now()) {
                        self.due.set(&id, None);
                        rest.insert(id, self.desk.clock.now().saturating_add(REST));
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, conversation = %id, "what is due is not done; it is tried again");
                    rest.insert(id, self.desk.clock.now().saturating_add(REST));
                }
            }
        }
        for (id, at) in rest {
            self.due.set(&id, Some(at));
        }
    }
}
