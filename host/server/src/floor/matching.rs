//! The task that keeps the floors and makes their steps true.

use super::presence::{Presences, locked};
use crate::work::{Desk, Undone};
use jackfield_desk::floor::{Change, Floor, LapseCause, Offer, Step, Whereabouts};
use jackfield_desk::stage::{Cause, Stage};
use jackfield_desk::{Command, Conversation, Event, LineRules, work};
use jackfield_protocol::{AgentId, ConversationId, Millis, WorkspaceId};
use jackfield_store::Committed;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio_util::sync::CancellationToken;

/// Conversations read at a time.
const PAGE: u32 = 200;
/// A storage that does not answer is asked again after this.
const AGAIN: Duration = Duration::from_secs(5);

/// The task.
pub struct Matching {
    desk: Desk,
    presences: Arc<Presences>,
    /// The newest version of each conversation that the floors know: what was committed before it is old news.
    known: BTreeMap<ConversationId, u64>,
    /// Offers of a host that is no more: nobody has them on a screen.
    orphans: Vec<(ConversationId, AgentId)>,
}

impl Matching {
    /// Nobody is on the floor yet.
    pub fn new(desk: Desk, presences: Arc<Presences>) -> Self {
        Self {
            desk,
            presences,
            known: BTreeMap::new(),
            orphans: Vec::new(),
        }
    }

    /// Matches until it is stopped.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut heard = self.desk.hub.watch();
        let mut policies = self.desk.policies.changed();
        let mut whole = self.rebuild().await;
        loop {
            let wake = self.steps().await;
            tokio::select! {
                () = self.until(if whole { wake } else { self.soon(wake) }) => {
                    if !whole {
                        whole = self.rebuild().await;
                    }
                }
                () = self.presences.changed.notified() => {}
                event = heard.recv() => match event {
                    Ok(event) => {
                        self.told(&event);
                        whole &= self.drain(&mut heard);
                    }
                    Err(RecvError::Lagged(_)) => whole = self.rebuild().await,
                    Err(RecvError::Closed) => return,
                },
                changed = policies.changed() => match changed {
                    Ok(()) => whole = self.rebuild().await,
                    Err(_) => return,
                },
                () = stop.cancelled() => return,
            }
        }
    }

    fn soon(&self, wake: Option<Millis>) -> Option<Millis> {
        let again = Millis::try_from(AGAIN.as_millis()).unwrap_or(0);
        let again = self.desk.clock.now().saturating_add(again);
        Some(wake.map_or(again, |wake| wake.min(again)))
    }

    async fn until(&self, wake: Option<Millis>) {
        let Some(wake) = wake else {
            return std::future::pending().await;
        };
        let left = wake.saturating_sub(self.desk.clock.now());
        tokio::time::sleep(Duration::from_millis(u64::try_from(left).unwrap_or(0))).await;
    }

    /// Whatever else was told meanwhile, so that one step answers all of it. False where some of it is lost.
    fn drain(&mut self, heard: &mut Receiver<Arc<Committed>>) -> bool {
        loop {
            match heard.try_recv() {
                Ok(event) => self.told(&event),
                Err(TryRecvError::Lagged(_)) => return false,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return true,
            }
        }
    }

    /// Everything from the store. False where it did not answer.
    async fn rebuild(&mut self) -> bool {
        locked(&self.presences.floors).clear();
        self.known.clear();
        if !work::routed(&self.desk.policies.now()) {
            return true;
        }
        let mut after = None;
        loop {
            let page = match self.desk.store.open_ones(after.clone(), PAGE).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::warn!(%error, "matching waits for the storage");
                    return false;
                }
            };
            for (id, state) in &page {
                self.sync(id, state);
            }
            match page.last() {
                Some((id, _)) => after = Some(id.clone()),
                None => break,
            }
        }
        true
    }

    /// A floor, with everybody who works there.
    fn with<T>(&self, workspace: &WorkspaceId, work: impl FnOnce(&mut Floor) -> T) -> T {
        let mut floors = locked(&self.presences.floors);
        let floor = floors.entry(workspace.clone()).or_insert_with(|| {
            let mut floor = Floor::default();
            let now = self.desk.clock.now();
            let staff = &self.desk.policies.now().current.house.agents;
            let works = staff.agents().map(Change::Works);
            for change in works.chain(self.presences.there(workspace, now)) {
                // Who is not on the staff has a feed like everybody else, and no place here.
                let _ = floor.hear(change, now);
            }
            floor
        });
        work(floor)
    }

    /// Something was committed.
    fn told(&mut self, event: &Committed) {
        let id = &event.conversation;
        if !work::routed(&self.desk.policies.now())
            || self.known.get(id).is_some_and(|known| *known > event.state.version)
        {
            return;
        }
        if let Event::Staged { cause, .. } = &event.recorded.event {
            self.with(&event.workspace, |floor| {
                let offered = match floor.whereabouts(id) {
                    Some(Whereabouts::Offered { agent, .. }) => Some(agent.clone()),
                    _ => None,
                };
                let item = id.clone();
                let change = match (cause, offered) {
                    (Cause::Accepted, Some(agent)) => Change::Accepted { item, agent },
                    (Cause::PassedOn, Some(agent)) => Change::Declined { item, agent },
                    (Cause::PutBack, _) => Change::Returned { item },
                    _ => return,
                };
                let _ = floor.hear(change, self.desk.clock.now());
            });
        }
        // The events of one commit come with the same state: it is looked at once.
        if event.recorded.seq == event.state.version {
            self.sync(id, &event.state);
        }
    }

    /// Brings the floor to where the log has a conversation.
    fn sync(&mut self, id: &ConversationId, state: &Conversation) {
        self.known.insert(id.clone(), state.version);
        let (now, policies) = (self.desk.clock.now(), self.desk.policies.now());
        let stands = work::stage_of(state);
        let on_the_floor = state.is_listed() && stands.on_the_floor();
        let item = work::item(state, &policies, now).filter(|_| on_the_floor);
        let orphan = self.with(&state.place.workspace, |floor| {
            let place = floor.whereabouts(id).cloned();
            let Some(item) = item else {
                if place.is_some() {
                    let _ = floor.hear(Change::Done(id.clone()), now);
                }
                return None;
            };
            match (stands.stage, stands.agent, place) {
                (Stage::Offered, Some(agent), Some(Whereabouts::Offered { agent: to, .. })) if agent == to => {
                    let changed = floor.item(id).is_some_and(|known| {
                        (&known.needs, &known.queue, known.weight) != (&item.needs, &item.queue, item.weight)
                    });
                    if changed {
                        let _ = floor.hear(Change::Waits(item), now);
                    }
                    None
                }
                (Stage::Offered, agent, _) => agent,
                (Stage::Assigned, Some(agent), place) => {
                    let _ = floor.hear(Change::Waits(item), now);
                    let theirs = matches!(&place, Some(Whereabouts::Assigned { agent: has }) if *has == agent);
                    let item = id.clone();
                    if !theirs && floor.hear(Change::Assigned { item, agent }, now).is_err() {
                        // Somebody has it who is not on the staff: it takes nobody's room.
                        let _ = floor.hear(Change::Done(id.clone()), now);
                    }
                    None
                }
                (_, _, place) => {
                    if place.is_some_and(|place| place != Whereabouts::Waiting) {
                        let _ = floor.hear(Change::Done(id.clone()), now);
                    }
                    let _ = floor.hear(Change::Waits(item), now);
                    None
                }
            }
        });
        if let Some(agent) = orphan {
            self.orphans.push((id.clone(), agent));
        }
    }

    /// Steps every floor until nothing more follows. Answers when something happens on one by itself.
    async fn steps(&mut self) -> Option<Millis> {
        for (id, agent) in std::mem::take(&mut self.orphans) {
            let because = "nobody has the offer on a screen any more".to_owned();
            self.lapsed(&id, agent, false, because).await;
        }
        for ((workspace, _), change) in self.presences.take() {
            if work::routed(&self.desk.policies.now()) {
                let now = self.desk.clock.now();
                let _ = self.with(&workspace, |floor| floor.hear(change, now));
            }
        }
        let workspaces: Vec<WorkspaceId> = locked(&self.presences.floors).keys().cloned().collect();
        let mut wake = None;
        for workspace in workspaces {
            let now = self.desk.clock.now();
            let Step {
                lapses,
                offers,
                wake_at,
            } = self.with(&workspace, |floor| floor.step(now));
            for lapse in lapses {
                let vanished = matches!(lapse.cause, LapseCause::Vanished | LapseCause::WentAway);
                let because = lapse.cause.words().to_owned();
                self.lapsed(&lapse.item, lapse.agent, vanished, because).await;
            }
            for offer in offers {
                self.offer(offer).await;
            }
            wake = [wake, wake_at].into_iter().flatten().min();
        }
        wake
    }

    async fn lapsed(&mut self, item: &ConversationId, agent: AgentId, vanished: bool, because: String) {
        let command = Command::Lapsed {
            agent,
            vanished,
            because,
        };
        self.act(item, command).await;
    }

    async fn offer(&mut self, offer: Offer) {
        let reasons = offer
            .priority
            .iter()
            .map(|reason| format!("{} {:+}", reason.words, reason.points));
        let command = Command::Offer {
            agent: offer.agent,
            until: offer.until,
            because: offer.because.into_iter().chain(reasons).collect(),
        };
        self.act(&offer.item, command).await;
    }

    /// What the log does not take is not so: the conversation is read again.
    async fn act(&mut self, id: &ConversationId, command: Command) {
        match self.desk.act(id, command, LineRules::default()).await {
            Ok(done) if !done.events.is_empty() => {
                self.known.insert(id.clone(), done.state.version);
                return;
            }
            Ok(_) | Err(Undone::Refused(_)) => {}
            Err(error) => tracing::warn!(conversation = %id, %error, "a step of matching was not written down"),
        }
        if let Ok(Some(state)) = self.desk.store.load(id).await {
            self.sync(id, &state);
        }
    }
}
