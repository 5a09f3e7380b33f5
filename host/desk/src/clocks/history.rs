//! What happened, as far as clocks are concerned, in the order in which we learned of it.

use super::{Chosen, Ring};
use crate::{Event, Recorded};
use jackfield_protocol::{FactKind, Millis, RemoteId, Visibility};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// In the order of learning; times may jump back where a network was slow to tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History(pub Vec<Step>);

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When it counts from: the network's time, our time where there is none.
    pub at: Millis,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// The person wrote. The same message again with an earlier time corrects its time.
    Asked(RemoteId),
    /// The person took a message away.
    Withdrawn(RemoteId),
    /// The network accepted a word of ours.
    Replied {
        /// A human wrote it.
        human: bool,
        /// It answers; else it only confirms that we have read.
        answers: bool,
    },
    /// Somebody said that we wait.
    Waits(Why),
    /// Put off until an instant.
    Snoozed(Millis),
    /// Taken up again.
    Resumed,
    /// Done.
    Resolved,
    /// Somebody took "resolved" back: the wait was never over.
    TakenBack,
    /// A round got its target.
    Chosen(Chosen),
    /// A bell rang.
    Rang(Ring),
}

/// Why a clock may stand still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The person is to say something. It is so by itself once nothing of theirs waits for us.
    WaitingForPerson,
    /// Somebody outside is to do something.
    WaitingForOthers,
    /// Put off.
    Snoozed,
}

impl History {
    /// Adds a step.
    pub fn push(&mut self, at: Millis, what: What) {
        self.0.push(Step { at, what });
    }

    /// What the log of a conversation says. Choices and bells are added by whoever keeps them.
    pub fn of<'a>(log: impl IntoIterator<Item = &'a Recorded>) -> Self {
        let mut history = Self::default();
        let mut asked: BTreeMap<RemoteId, Millis> = BTreeMap::new();
        let mut ours: BTreeMap<RemoteId, Millis> = BTreeMap::new();
        let mut parents = BTreeMap::new();
        for recorded in log {
            match &recorded.event {
                Event::Inbound(fact) => {
                    // A network's clock that is fast does not give us time.
                    let at = fact.at.min(recorded.at);
                    match &fact.kind {
                        FactKind::Deleted if asked.contains_key(&fact.remote_id) => {
                            history.push(at, What::Withdrawn(fact.remote_id.clone()));
                        }
                        FactKind::Deleted => {}
                        FactKind::Said(_) if fact.ours => {
                            if fact.visibility != Visibility::Internal && !ours.contains_key(&fact.remote_id) {
                                ours.insert(fact.remote_id.clone(), at);
                                let (human, answers) = (true, true);
                                history.push(at, What::Replied { human, answers });
                            }
                        }
                        FactKind::Said(_) if fact.context => {}
                        FactKind::Said(_) => {
                            let known = asked.entry(fact.remote_id.clone()).or_insert(Millis::MAX);
                            if at < *known {
                                *known = at;
                                history.push(at, What::Asked(fact.remote_id.clone()));
                            }
                        }
                    }
                }
                Event::ReplyAsked { command, parent, .. } => {
                    parents.insert(command.clone(), parent.clone());
                }
                Event::ReplySent {
                    command, remote_id, at, ..
                } => {
                    let parent = parents.get(command).and_then(Option::as_ref);
                    let answered = parent.and_then(|parent| asked.get(parent)).copied();
                    let at = (*at).min(recorded.at).max(answered.unwrap_or(Millis::MIN));
                    ours.insert(remote_id.clone(), at);
                    let (human, answers) = (true, true);
                    history.push(at, What::Replied { human, answers });
                }
                Event::Resolved { .. } => history.push(recorded.at, What::Resolved),
                Event::Reopened { by: Some(_), .. } => history.push(recorded.at, What::TakenBack),
                _ => {}
            }
        }
        history
    }
}
