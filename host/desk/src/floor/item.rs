//! Items: what they ask for, how much they weigh, and why one goes before another.

use super::{Level, Needs, Skill};
use jackfield_protocol::{AgentId, BrandId, ConversationId, Millis};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A conversation that needs an agent. All spans are milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Item {
    /// The conversation.
    pub id: ConversationId,
    /// Whose it is.
    pub brand: BrandId,
    /// The queue it came to.
    pub queue: String,
    /// What its agent must be able to do.
    pub needs: Needs,
    /// How many units of an agent it takes.
    pub weight: u32,
    /// Why it goes before others. Its priority is their sum and nothing else.
    pub reasons: Vec<Reason>,
    /// Reasons that come with waiting.
    pub raises: Vec<Raise>,
    /// Needs that are given up with waiting.
    pub relaxations: Vec<Relaxation>,
    /// Since when the person waits for an agent: all the waits above count from here.
    pub since: Millis,
    /// Who had it last.
    pub last: Option<Last>,
    /// How it is offered.
    pub terms: Terms,
}

/// Points, and what they are for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reason {
    /// How much it counts; less than nothing where it can wait.
    pub points: i32,
    /// In words.
    pub words: String,
}

/// A reason that comes with waiting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Raise {
    /// After this wait.
    pub after: Millis,
    /// What counts from then on.
    pub reason: Reason,
}

/// Something that is given up after a wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Relaxation {
    /// After this wait.
    pub after: Millis,
    /// What is given up.
    pub what: Relaxed,
}

/// What waiting can give up. A brand it cannot, and of a licence the level but never the licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relaxed {
    /// A lower level is enough; 0 for none.
    Level {
        /// Of what.
        skill: Skill,
        /// The level.
        to: Level,
    },
    /// Agents who are reserved for other queues may take it.
    Reserved,
}

/// Who had an item last, and for how long it waits for them alone while they are there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Last {
    /// Who.
    pub agent: AgentId,
    /// How long it waits for them.
    pub keep: Millis,
}

/// How an item is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Terms {
    /// An offer that nobody accepts for this long goes on.
    pub accept_within: Millis,
    /// Whoever let it pass is not asked again for this long.
    pub spare_for: Millis,
    /// Who finished it gets nothing new for this long.
    pub wrap_up: Millis,
    /// Where its agent vanished, it goes back this long after the lease ended.
    pub return_after: Millis,
}

impl Default for Terms {
    /// Half a minute to accept, ten to be spared, none to wrap up, a quarter of an hour to come back: a queue says its own.
    fn default() -> Self {
        Self {
            accept_within: 30_000,
            spare_for: 600_000,
            wrap_up: 0,
            return_after: 900_000,
        }
    }
}

/// What two items have in common where every agent can take both or none. Items of a shape stand in one line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape {
    pub(super) brand: BrandId,
    pub(super) queue: String,
    pub(super) needs: Needs,
    pub(super) weight: u32,
    pub(super) reserved_too: bool,
}

/// The order of turns: most points, then the longest wait, then the id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) points: Reverse<i64>,
    pub(super) since: Millis,
    pub(super) id: ConversationId,
}

impl Item {
    /// What it asks for after the waits until now.
    pub fn needs_at(&self, now: Millis) -> Needs {
        let mut needs = self.needs.clone();
        for relaxation in self
            .relaxations
            .iter()
            .filter(|r| self.since.saturating_add(r.after) <= now)
        {
            if let Relaxed::Level { skill, to } = &relaxation.what
                && let Some(level) = needs.get_mut(skill)
            {
                *level = (*level).min(least(skill, *to));
            }
        }
        needs.retain(|_, level| *level > 0);
        needs
    }

    /// The reasons that count now.
    pub fn reasons_at(&self, now: Millis) -> Vec<Reason> {
        let raised = self
            .raises
            .iter()
            .filter(|raise| self.since.saturating_add(raise.after) <= now);
        self.reasons
            .iter()
            .chain(raised.map(|raise| &raise.reason))
            .cloned()
            .collect()
    }

    /// The sum of the reasons that count now.
    pub fn points_at(&self, now: Millis) -> i64 {
        let raised = self
            .raises
            .iter()
            .filter(|raise| self.since.saturating_add(raise.after) <= now);
        let all = self.reasons.iter().chain(raised.map(|raise| &raise.reason));
        all.map(|reason| i64::from(reason.points)).sum()
    }

    /// Until when it waits for its last agent alone, where that one is there.
    pub(super) fn kept_until(&self) -> Option<Millis> {
        self.last.as_ref().map(|last| self.since.saturating_add(last.keep))
    }

    pub(super) fn shape_at(&self, now: Millis) -> Shape {
        let reserved_too = self
            .relaxations
            .iter()
            .any(|r| r.what == Relaxed::Reserved && self.since.saturating_add(r.after) <= now);
        Shape {
            brand: self.brand.clone(),
            queue: self.queue.clone(),
            needs: self.needs_at(now),
            weight: self.weight,
            reserved_too,
        }
    }

    pub(super) fn key_at(&self, now: Millis) -> Key {
        Key {
            points: Reverse(self.points_at(now)),
            since: self.since,
            id: self.id.clone(),
        }
    }

    /// The next instant after now at which its needs, its points or its being kept change.
    pub(super) fn next_change(&self, now: Millis, passed: &BTreeMap<AgentId, Millis>) -> Option<Millis> {
        let raises = self.raises.iter().map(|raise| raise.after);
        let relaxations = self.relaxations.iter().map(|relaxation| relaxation.after);
        let waits = raises.chain(relaxations).map(|after| self.since.saturating_add(after));
        let instants = waits.chain(self.kept_until()).chain(passed.values().copied());
        instants.filter(|at| *at > now).min()
    }
}

/// A licence is never given up whole: nobody writes to people who was never allowed to.
fn least(skill: &Skill, to: Level) -> Level {
    match skill {
        Skill::Licence(_) => to.max(1),
        _ => to,
    }
}
