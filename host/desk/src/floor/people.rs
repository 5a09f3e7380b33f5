//! Agents: what they can do, whether they are there, and how much they have.

use super::{Level, Needs, Skill};
use jackfield_protocol::{AgentId, BrandId, ConversationId, Millis};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// An agent, as a supervisor describes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Agent {
    /// As the token's `sub`.
    pub id: AgentId,
    /// The brands they work for. No wait and no relaxation opens another.
    pub brands: BTreeSet<BrandId>,
    /// What they can do.
    #[serde(default)]
    pub skills: BTreeMap<Skill, Level>,
    /// How many units of work they have at once.
    pub capacity: u32,
    /// Reserved for these queues; empty for all.
    #[serde(default)]
    pub only: BTreeSet<String>,
}

impl Agent {
    /// The level of a skill; 0 without it.
    pub fn level(&self, skill: &Skill) -> Level {
        self.skills.get(skill).copied().unwrap_or(0)
    }

    /// The needs that this agent does not meet.
    pub fn lacks<'a>(&self, needs: &'a Needs) -> Vec<(&'a Skill, Level)> {
        let lacking = needs.iter().filter(|(skill, level)| self.level(skill) < **level);
        lacking.map(|(skill, level)| (skill, *level)).collect()
    }
}

/// Whether an agent is there. Who says nothing for the length of their lease is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "presence")]
pub enum Presence {
    /// At work, until the lease ends.
    Here {
        /// When it ends unless it is renewed.
        until: Millis,
    },
    /// There, and takes nothing new.
    Paused {
        /// When the lease ends unless it is renewed.
        until: Millis,
    },
    /// Not there.
    Away {
        /// When what they had goes back; none where they had nothing.
        back_at: Option<Millis>,
    },
}

/// An agent's place on the floor.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seat {
    pub(super) agent: Agent,
    pub(super) presence: Presence,
    /// Units of what they hold, offers included.
    pub(super) load: u32,
    pub(super) holds: BTreeSet<ConversationId>,
    /// Writing up what they finished: nothing new before this.
    pub(super) wrap_until: Option<Millis>,
    /// The number of their newest offer: who had none for longest comes first among equals.
    pub(super) turn: u64,
    pub(super) timer: Option<Millis>,
}

impl Seat {
    pub(super) fn new(agent: Agent) -> Self {
        Self {
            agent,
            presence: Presence::Away { back_at: None },
            load: 0,
            holds: BTreeSet::new(),
            wrap_until: None,
            turn: 0,
            timer: None,
        }
    }

    /// There, and taking new work.
    pub(super) fn takes(&self, now: Millis) -> bool {
        matches!(self.presence, Presence::Here { until } if until > now) && self.wrap_until.is_none_or(|at| at <= now)
    }

    pub(super) fn room(&self) -> u32 {
        self.agent.capacity.saturating_sub(self.load)
    }

    /// When something about this seat changes by itself.
    pub(super) fn next_change(&self) -> Option<Millis> {
        let presence = match self.presence {
            Presence::Here { until } | Presence::Paused { until } => Some(until),
            Presence::Away { back_at } => back_at,
        };
        presence.into_iter().chain(self.wrap_until).min()
    }
}
