//! The floor: seats, items, lines of waiting items, and what was touched since the last step.

use super::item::{Item, Key, Shape};
use super::people::{Agent, Presence, Seat};
use super::step::Lapse;
use jackfield_protocol::{AgentId, ConversationId, Millis};
use std::collections::{BTreeMap, BTreeSet};

/// Everybody who works and everything that needs somebody. Made by [`super::Change`]s, read by [`Floor::step`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Floor {
    pub(super) seats: BTreeMap<AgentId, Seat>,
    pub(super) items: BTreeMap<ConversationId, Entry>,
    /// The waiting items in the order of their turns, by what they have in common.
    pub(super) lines: BTreeMap<Shape, BTreeSet<Key>>,
    /// Items that were last with an agent: they change when that agent comes or goes.
    pub(super) followers: BTreeMap<AgentId, BTreeSet<ConversationId>>,
    /// What changes by itself, and when: exactly one entry for each seat and item that has such an instant.
    pub(super) timers: BTreeSet<(Millis, Timer)>,
    /// Agents who may take something that they could not take before.
    pub(super) touched_agents: BTreeSet<AgentId>,
    /// Items that may be taken by somebody who could not take them before.
    pub(super) touched_items: BTreeSet<ConversationId>,
    /// What ended by itself and was not told yet.
    pub(super) lapses: Vec<Lapse>,
    /// How many offers there were.
    pub(super) turns: u64,
}

/// Whose instant it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    Agent(AgentId),
    Item(ConversationId),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) item: Item,
    pub(super) place: Whereabouts,
    /// Its line and its place in it, while it waits.
    pub(super) line: Option<(Shape, Key)>,
    /// Who let it pass, and until when they are spared.
    pub(super) passed: BTreeMap<AgentId, Millis>,
    pub(super) timer: Option<Millis>,
}

/// Where an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whereabouts {
    /// Waiting for an agent.
    Waiting,
    /// On an agent's screen, to be accepted.
    Offered {
        /// Whose.
        agent: AgentId,
        /// When it goes on.
        until: Millis,
    },
    /// An agent has it.
    Assigned {
        /// Who.
        agent: AgentId,
    },
}

impl Whereabouts {
    /// The agent whose room it takes.
    pub fn agent(&self) -> Option<&AgentId> {
        match self {
            Self::Waiting => None,
            Self::Offered { agent, .. } | Self::Assigned { agent } => Some(agent),
        }
    }
}

impl Floor {
    /// Where an item is; none where the floor has nothing to do with it.
    pub fn whereabouts(&self, item: &ConversationId) -> Option<&Whereabouts> {
        self.items.get(item).map(|entry| &entry.place)
    }

    /// An item as it was told.
    pub fn item(&self, item: &ConversationId) -> Option<&Item> {
        self.items.get(item).map(|entry| &entry.item)
    }

    /// An agent as they were described.
    pub fn agent(&self, agent: &AgentId) -> Option<&Agent> {
        self.seats.get(agent).map(|seat| &seat.agent)
    }

    /// Whether an agent is there.
    pub fn presence(&self, agent: &AgentId) -> Option<Presence> {
        self.seats.get(agent).map(|seat| seat.presence)
    }

    /// The units of an agent that are taken, and all of them.
    pub fn load(&self, agent: &AgentId) -> Option<(u32, u32)> {
        self.seats.get(agent).map(|seat| (seat.load, seat.agent.capacity))
    }

    /// The items that wait, in no order of importance.
    pub fn waiting(&self) -> impl Iterator<Item = &Item> {
        let waiting = self.items.values().filter(|entry| entry.line.is_some());
        waiting.map(|entry| &entry.item)
    }

    /// How many items wait.
    pub fn waiting_count(&self) -> usize {
        self.lines.values().map(BTreeSet::len).sum()
    }

    /// Looks at everything in the next step: for a floor that was built anew.
    pub fn reconsider(&mut self) {
        self.touched_agents.extend(self.seats.keys().cloned());
        self.touched_items
            .extend(self.lines.values().flatten().map(|key| key.id.clone()));
    }

    /// Puts an item into the line it belongs to now, or takes it out where it does not wait; sets its timer.
    pub(super) fn file(&mut self, id: &ConversationId, now: Millis) {
        let Some(entry) = self.items.get_mut(id) else { return };
        let line = (entry.place == Whereabouts::Waiting).then(|| (entry.item.shape_at(now), entry.item.key_at(now)));
        if entry.line != line {
            if let Some((shape, key)) = entry.line.take() {
                leave(&mut self.lines, &shape, &key);
            }
            if let Some((shape, key)) = &line {
                self.lines.entry(shape.clone()).or_default().insert(key.clone());
            }
            entry.line = line;
        }
        entry.passed.retain(|_, until| *until > now);
        let timer = match &entry.place {
            Whereabouts::Waiting => entry.item.next_change(now, &entry.passed),
            Whereabouts::Offered { until, .. } => Some(*until),
            Whereabouts::Assigned { .. } => None,
        };
        reset(&mut self.timers, &mut entry.timer, timer, || Timer::Item(id.clone()));
    }

    /// Sets the timer of a seat to the next thing that happens there by itself.
    pub(super) fn seat_timer(&mut self, id: &AgentId) {
        if let Some(seat) = self.seats.get_mut(id) {
            let next = seat.next_change();
            reset(&mut self.timers, &mut seat.timer, next, || Timer::Agent(id.clone()));
        }
    }

    /// Takes an item from whoever has it, and out of its line. The agent's room is theirs again.
    pub(super) fn free(&mut self, id: &ConversationId) -> Option<AgentId> {
        let entry = self.items.get_mut(id)?;
        let agent = entry.place.agent().cloned();
        if let Some((shape, key)) = entry.line.take() {
            leave(&mut self.lines, &shape, &key);
        }
        entry.place = Whereabouts::Waiting;
        let weight = entry.item.weight;
        if let Some(seat) = agent.as_ref().and_then(|agent| self.seats.get_mut(agent))
            && seat.holds.remove(id)
        {
            seat.load = seat.load.saturating_sub(weight);
            self.touched_agents.insert(seat.agent.id.clone());
        }
        agent
    }

    /// Gives an item to an agent, whoever had it.
    pub(super) fn give(&mut self, id: &ConversationId, place: Whereabouts, now: Millis) {
        self.free(id);
        let Some(entry) = self.items.get_mut(id) else { return };
        if let Some(seat) = place.agent().and_then(|agent| self.seats.get_mut(agent))
            && seat.holds.insert(id.clone())
        {
            seat.load = seat.load.saturating_add(entry.item.weight);
            if let Presence::Away { back_at } = &mut seat.presence {
                let back = now.saturating_add(entry.item.terms.return_after);
                *back_at = Some(back_at.unwrap_or(back).min(back));
            }
        }
        let agent = place.agent().cloned();
        entry.place = place;
        self.touched_items.remove(id);
        self.file(id, now);
        if let Some(agent) = agent {
            self.seat_timer(&agent);
        }
    }

    /// Back into its line: it waits again, since when it waited.
    pub(super) fn put_back(&mut self, id: &ConversationId, now: Millis) {
        self.free(id);
        self.file(id, now);
        self.touched_items.insert(id.clone());
    }

    /// Items that were last with this agent may go to others now.
    pub(super) fn touch_followers(&mut self, agent: &AgentId) {
        if let Some(followers) = self.followers.get(agent) {
            self.touched_items.extend(followers.iter().cloned());
        }
    }

    pub(super) fn follow(&mut self, id: &ConversationId) {
        if let Some(last) = self.items.get(id).and_then(|entry| entry.item.last.as_ref()) {
            self.followers.entry(last.agent.clone()).or_default().insert(id.clone());
        }
    }

    pub(super) fn unfollow(&mut self, id: &ConversationId) {
        let Some(last) = self.items.get(id).and_then(|entry| entry.item.last.as_ref()) else {
            return;
        };
        if let Some(followers) = self.followers.get_mut(&last.agent) {
            followers.remove(id);
            if followers.is_empty() {
                self.followers.remove(&last.agent);
            }
        }
    }
}

fn leave(lines: &mut BTreeMap<Shape, BTreeSet<Key>>, shape: &Shape, key: &Key) {
    if let Some(line) = lines.get_mut(shape) {
        line.remove(key);
        if line.is_empty() {
            lines.remove(shape);
        }
    }
}

pub(super) fn reset(
    timers: &mut BTreeSet<(Millis, Timer)>,
    slot: &mut Option<Millis>,
    next: Option<Millis>,
    whose: impl Fn() -> Timer,
) {
    if *slot == next {
        return;
    }
    if let Some(old) = *slot {
        timers.remove(&(old, whose()));
    }
    if let Some(new) = next {
        timers.insert((new, whose()));
    }
    *slot = next;
}
