//! Which queue a conversation comes to, what it asks for there, and who lacks it.

use super::carry::Carry;
use super::stage_of;
use crate::condition::{Around, Facts, Stage};
use crate::floor::Item;
use crate::policy::{Applied, Policies};
use crate::{Conversation, Event};
use jackfield_protocol::{AgentId, Millis};

/// The house routes: it has queues.
pub fn routed(policies: &Policies) -> bool {
    !policies.current.house.queues.0.is_empty()
}

/// The house says something about work: stages are written then.
pub(super) fn says_something(policies: &Policies) -> bool {
    let house = &policies.current.house;
    let (ladder, overspill) = (&house.ladder.tiers, &house.overspill.0);
    !(house.queues.0.is_empty() && house.targets.0.is_empty() && ladder.is_empty() && overspill.is_empty())
}

/// As routing looks at it: an item that waits, whoever was asked last. So that an offer does not change what is offered.
fn facts(state: &Conversation, now: Millis) -> Facts {
    let mut around = Around::of(state);
    around.stage = Some(Stage::Waiting);
    let mut facts = Facts::of(state, &around, now);
    facts.owner = None;
    facts
}

/// What a conversation is on the floor; none where no queue takes it.
pub fn item(state: &Conversation, policies: &Policies, now: Millis) -> Option<Item> {
    let applied = &policies.current;
    let queue = state
        .work
        .queue
        .as_ref()
        .and_then(|queue| applied.house.queues.named(&queue.name))?;
    let work = stage_of(state);
    let since = state.work.waits_since.unwrap_or(work.since);
    Some(queue.item(state.id(), &facts(state, now), &applied.calendars, work.last, since))
}

/// What an agent lacks for a conversation, in words; nothing where the house names no agents or no queue has taken it.
pub fn lacks(state: &Conversation, agent: &AgentId, policies: &Policies, now: Millis) -> Vec<String> {
    let staff = &policies.current.house.agents;
    if staff.is_empty() || !routed(policies) {
        return Vec::new();
    }
    let Some(agent) = staff.agent(agent) else {
        return vec![format!("{agent} is not among the agents of the policy")];
    };
    let Some(item) = item(state, policies, now) else {
        return Vec::new();
    };
    let mut against = Vec::new();
    if !agent.brands.contains(&item.brand) {
        against.push(format!("{} does not work for {}", agent.id, item.brand));
    }
    let needs = item.needs_at(now);
    for (skill, level) in agent.lacks(&needs) {
        let has = agent.level(skill);
        against.push(format!("{} {} at {has}, {level} is needed", agent.id, skill.doing()));
    }
    against
}

/// Done is nobody's queue's.
pub(super) fn is_done(stage: Stage) -> bool {
    matches!(stage, Stage::Noise | Stage::Resolved | Stage::Closed)
}

impl Carry<'_> {
    /// Where somebody put it by hand it stays until it is done; else the policy says, as often as something changes.
    pub(super) fn route(&mut self) {
        if !routed(self.rules.policies) || matches!(self.work.stage, Stage::New | Stage::Reopened) {
            return;
        }
        let known = self.state.work.queue.as_ref();
        if is_done(self.work.stage) {
            return;
        }
        let by_hand = known.filter(|queue| queue.by.is_some() && self.named(&queue.name));
        if by_hand.is_some() {
            return;
        }
        let Applied { house, calendars, .. } = self.applied();
        let facts = facts(&self.state, self.now);
        // What a rule said, where there is such a queue.
        let said = self.state.queue.as_ref().filter(|queue| self.named(queue)).cloned();
        let queue = said.or_else(|| house.queues.queue(&facts, calendars).map(|queue| queue.name.clone()));
        if queue != known.map(|queue| queue.name.clone()) {
            self.push(Event::Queued { queue, by: None });
        }
    }

    fn named(&self, queue: &str) -> bool {
        self.applied().house.queues.named(queue).is_some()
    }
}
