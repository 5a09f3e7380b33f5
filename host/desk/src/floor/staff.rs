//! Who works here, as a supervisor writes it: a table for each agent, by the `sub` of their tokens.

use super::{Agent, Level, Skill};
use crate::policy::Faults;
use jackfield_protocol::{AgentId, BrandId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Everybody who is offered work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Staff(pub BTreeMap<String, StaffMember>);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StaffMember {
    /// The brands they work for.
    pub brands: BTreeSet<BrandId>,
    /// What they can do, and how well.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub skills: BTreeMap<Skill, Level>,
    /// How many units of work they have at once.
    #[serde(default = "capacity")]
    pub capacity: u32,
    /// Reserved for these queues; for all where it is left out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub only: BTreeSet<String>,
}

/// As many conversations as people who write keep apart, where nobody says another number.
fn capacity() -> u32 {
    4
}

impl Staff {
    /// Nobody is named: everybody may take everything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Somebody, as the floor knows them.
    pub fn agent(&self, id: &AgentId) -> Option<Agent> {
        self.0.get(id.as_str()).map(|member| member.agent(id.clone()))
    }

    /// Everybody.
    pub fn agents(&self) -> impl Iterator<Item = Agent> {
        self.0.iter().map(|(id, member)| member.agent(AgentId(id.clone())))
    }

    /// What is wrong with them.
    pub fn check(&self, at: &str, faults: &mut Faults) {
        for (id, member) in &self.0 {
            let here = format!("{at}.{id}");
            if member.brands.is_empty() {
                faults.add(
                    format!("{here}.brands"),
                    "who works for no brand is offered nothing",
                    "name one brand or more",
                );
            }
            if member.capacity == 0 {
                faults.add(
                    format!("{here}.capacity"),
                    "nobody can take anything with no room at all",
                    "write 1 or more, or take the agent out",
                );
            }
        }
    }
}

impl StaffMember {
    fn agent(&self, id: AgentId) -> Agent {
        Agent {
            id,
            brands: self.brands.clone(),
            skills: self.skills.clone(),
            capacity: self.capacity,
            only: self.only.clone(),
        }
    }
}
