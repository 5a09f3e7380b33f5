//! What is known of the work on a conversation.

use crate::clocks::{Clock, History};
use crate::ladder::{Obligation, Phase, Standing};
use crate::stage::Work;
use jackfield_protocol::{AgentId, Millis, RemoteId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the events of the work add up to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dossier {
    /// Where it stands; none where no event has said it: then the conversation itself does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Work>,
    /// Where it waits; none where no queue has taken it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<InQueue>,
    /// Why it is offered to, or with, the one who has it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
    /// Since when the person waits for an agent: an offer that came to nothing does not begin it anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_since: Option<Millis>,
    /// What clocks go by.
    #[serde(skip_serializing_if = "nothing_yet")]
    pub history: History,
    /// The person's messages, as far as clocks go by them, each with its earliest time.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub asked: BTreeMap<RemoteId, Millis>,
    /// Posts of ours that clocks know.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub ours: BTreeSet<RemoteId>,
    /// The clocks as of the last event.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Clock>,
    /// The tier that answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<Standing>,
    /// What was taken over for others in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owing: Vec<Owing>,
}

fn nothing_yet(history: &History) -> bool {
    history.0.is_empty()
}

/// In which queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InQueue {
    /// Its name.
    pub name: String,
    /// Who put it there; none for the policy, which may put it elsewhere again.
    pub by: Option<AgentId>,
    /// Since when.
    pub since: Millis,
}

/// An obligation and what was missed of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owing {
    /// What is owed.
    pub obligation: Obligation,
    /// The phases that were not over in time.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub late: BTreeSet<Phase>,
}

impl Dossier {
    /// No event of the work has ever been written.
    pub fn is_untouched(&self) -> bool {
        self.stage.is_none()
            && self.queue.is_none()
            && self.clocks.is_empty()
            && self.tier.is_none()
            && self.owing.is_empty()
    }
}
