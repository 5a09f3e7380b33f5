//! Who is there. Presence is a lease: an open live feed renews it, and who says nothing until it ends is not there.

use jackfield_desk::floor::{Change, Floor, Presence};
use jackfield_protocol::{AgentId, Millis, PresenceView, WorkspaceId};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

use crate::clock::Clock;

/// How long somebody is there after their last sign of life. A page that is loaded again takes some seconds; three
/// renewals may be lost.
pub const LEASE: Duration = Duration::from_secs(30);
/// How often an open feed renews.
const RENEW: Duration = Duration::from_secs(10);

/// What somebody said of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Takes work.
    Here,
    /// Is there and takes nothing new.
    Paused,
    /// Is not there, open feed or not.
    Away,
}

#[derive(Debug, Clone, Copy)]
struct Sign {
    mode: Mode,
    until: Millis,
}

type Who = (WorkspaceId, AgentId);

/// Signs of life, and the floors that hear of them.
#[derive(Default)]
pub struct Presences {
    signs: Mutex<BTreeMap<Who, Sign>>,
    heard: Mutex<Vec<(Who, Change)>>,
    pub(super) floors: Mutex<BTreeMap<WorkspaceId, Floor>>,
    pub(super) changed: Notify,
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Presences {
    /// An open feed is a sign of life for as long as this is polled. It never ends by itself.
    pub(crate) async fn keep(&self, workspace: &WorkspaceId, agent: &AgentId, clock: &dyn Clock) {
        loop {
            self.sign(workspace, agent, None, clock.now());
            tokio::time::sleep(RENEW).await;
        }
    }

    /// Somebody says how they are; none for a sign of life alone.
    pub(crate) fn sign(&self, workspace: &WorkspaceId, agent: &AgentId, mode: Option<Mode>, now: Millis) {
        let who = (workspace.clone(), agent.clone());
        let until = now.saturating_add(Millis::try_from(LEASE.as_millis()).unwrap_or(0));
        let mut signs = locked(&self.signs);
        // Whose lease was over begins anew, whatever they had said before.
        let known = signs.get(&who).filter(|sign| sign.until > now).map(|sign| sign.mode);
        let mode = mode.or(known).unwrap_or(Mode::Here);
        signs.insert(who.clone(), Sign { mode, until });
        drop(signs);
        locked(&self.heard).push((who.clone(), change(&who.1, mode, until)));
        self.changed.notify_one();
    }

    /// What was heard since the last time.
    pub(super) fn take(&self) -> Vec<(Who, Change)> {
        std::mem::take(&mut *locked(&self.heard))
    }

    /// Everybody whose lease runs: for a floor that is built anew.
    pub(super) fn there(&self, workspace: &WorkspaceId, now: Millis) -> Vec<Change> {
        let signs = locked(&self.signs);
        let there = signs
            .iter()
            .filter(|((of, _), sign)| of == workspace && sign.until > now);
        there
            .map(|((_, agent), sign)| change(agent, sign.mode, sign.until))
            .collect()
    }

    /// How somebody is, as the floor sees it.
    pub(crate) fn view(&self, workspace: &WorkspaceId, agent: &AgentId, now: Millis) -> PresenceView {
        let floors = locked(&self.floors);
        let floor = floors.get(workspace);
        let presence = floor.and_then(|floor| floor.presence(agent));
        let (state, until) = match presence {
            Some(Presence::Here { until }) if until > now => ("here", Some(until)),
            Some(Presence::Paused { until }) if until > now => ("paused", Some(until)),
            Some(_) => ("away", None),
            None => ("unlisted", None),
        };
        let (load, capacity) = floor.and_then(|floor| floor.load(agent)).unwrap_or((0, 0));
        PresenceView {
            presence: state.to_owned(),
            until,
            load,
            capacity,
        }
    }
}

fn change(agent: &AgentId, mode: Mode, until: Millis) -> Change {
    let agent = agent.clone();
    match mode {
        Mode::Here => Change::Here { agent, until },
        Mode::Paused => Change::Paused { agent, until },
        Mode::Away => Change::Away(agent),
    }
}
