//! Who may take what, who fits best, and both in words.

use super::item::Shape;
use super::people::{Agent, Presence, Seat};
use super::state::{Entry, Floor};
use super::{Level, Needs, Refused};
use jackfield_protocol::{AgentId, ConversationId, Millis};
use std::cmp::Reverse;

/// How well an agent fits; the least is the best.
pub(super) type Fit = (bool, u32, bool, u32, u32, u64);

/// The walls and the needs: what no room and no presence can make up for.
pub(super) fn qualifies(shape: &Shape, agent: &Agent) -> bool {
    agent.brands.contains(&shape.brand)
        && (agent.only.is_empty() || agent.only.contains(&shape.queue) || shape.reserved_too)
        && shape.needs.iter().all(|(skill, level)| agent.level(skill) >= *level)
}

impl Floor {
    /// The last agent of an item, while it waits for them alone: they are there, could take it and did not let it pass.
    pub(super) fn kept_for<'a>(&'a self, entry: &'a Entry, shape: &Shape, now: Millis) -> Option<&'a AgentId> {
        let last = entry.item.last.as_ref()?;
        let seat = self.seats.get(&last.agent)?;
        let there = matches!(seat.presence, Presence::Here { until } if until > now);
        let kept = entry.item.kept_until().is_some_and(|until| until > now);
        (kept && there && qualifies(shape, &seat.agent) && !spared(entry, &last.agent, now)).then_some(&last.agent)
    }

    /// May this agent have this item by taking it or being handed it? Room and presence are theirs to judge; walls and
    /// needs are not.
    ///
    /// # Errors
    /// What stands against it, in words.
    pub fn may_take(
        &self,
        item: &ConversationId,
        agent: &AgentId,
        now: Millis,
    ) -> Result<Result<(), Vec<String>>, Refused> {
        let entry = self.items.get(item).ok_or_else(|| Refused::NoItem(item.clone()))?;
        let seat = self
            .seats
            .get(agent)
            .ok_or_else(|| Refused::NobodyNamed(agent.clone()))?;
        let shape = entry.item.shape_at(now);
        let mut against = Vec::new();
        if !seat.agent.brands.contains(&shape.brand) {
            against.push(format!("{agent} does not work for {}", shape.brand));
        }
        for (skill, level) in seat.agent.lacks(&shape.needs) {
            against.push(format!(
                "{agent} {} at {}, {level} is needed",
                skill.doing(),
                seat.agent.level(skill)
            ));
        }
        Ok(if against.is_empty() { Ok(()) } else { Err(against) })
    }
}

pub(super) fn spared(entry: &Entry, agent: &AgentId, now: Millis) -> bool {
    entry.passed.get(agent).is_some_and(|until| *until > now)
}

/// Of those who can take it: the last agent, then whoever needs no relaxation, then who is reserved for this queue, then
/// who has least to do (in quarters of their capacity), then who has least that would be wasted here, then who had no
/// offer for longest.
pub(super) fn fit(entry: &Entry, shape: &Shape, seat: &Seat, load: u32) -> Fit {
    let agent = &seat.agent;
    let last = entry.item.last.as_ref().is_some_and(|last| last.agent == agent.id);
    let short = lacking(&entry.item.needs, agent);
    let reserved = agent.only.contains(&shape.queue);
    let quarter = load.saturating_mul(4) / agent.capacity.max(1);
    let all: u32 = agent.skills.values().map(|level| u32::from(*level)).sum();
    let used: u32 = shape.needs.values().map(|level| u32::from(*level)).sum();
    (!last, short, !reserved, quarter, all.saturating_sub(used), seat.turn)
}

fn lacking(needs: &Needs, agent: &Agent) -> u32 {
    let gap = |skill, level: Level| u32::from(level.saturating_sub(agent.level(skill)));
    needs.iter().map(|(skill, level)| gap(skill, *level)).sum()
}

/// Why this agent: in the order in which it was decided.
pub(super) fn because(entry: &Entry, shape: &Shape, seat: &Seat, load: u32, now: Millis) -> Vec<String> {
    let agent = &seat.agent;
    let mut words = Vec::new();
    if entry.item.last.as_ref().is_some_and(|last| last.agent == agent.id) {
        words.push("had this conversation last".to_owned());
    }
    let relaxed = entry.item.needs.iter();
    for (skill, asked) in relaxed {
        let (has, needed) = (agent.level(skill), shape.needs.get(skill).copied().unwrap_or(0));
        let waited = super::span_in_words(now.saturating_sub(entry.item.since));
        words.push(match needed {
            0 if has < *asked => format!("{} is not asked for after {waited} of waiting", skill),
            _ if needed < *asked => format!(
                "{} {has} of {needed} needed ({asked} until it had waited)",
                skill.doing()
            ),
            _ => format!("{} {has} of {needed} needed", skill.doing()),
        });
    }
    if agent.only.contains(&shape.queue) {
        words.push(format!("is reserved for {}", shape.queue));
    } else if !agent.only.is_empty() {
        words.push("is reserved for other queues, which waiting opened".to_owned());
    }
    words.push(format!(
        "{} of {} units free",
        agent.capacity.saturating_sub(load),
        agent.capacity
    ));
    words
}

/// Most important first, as it is shown.
pub(super) fn sorted(mut reasons: Vec<super::Reason>) -> Vec<super::Reason> {
    reasons.sort_by_key(|reason| Reverse(reason.points));
    reasons
}
