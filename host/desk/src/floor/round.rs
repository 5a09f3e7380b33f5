//! One round of matching: the turns, and what was given in them. The floor itself is only read.

use super::fit::{fit, qualifies, spared};
use super::item::{Key, Shape};
use super::people::Seat;
use super::state::{Entry, Floor};
use jackfield_protocol::{AgentId, ConversationId, Millis};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};

/// What is given in this round.
pub(super) struct Round<'a> {
    pub(super) floor: &'a Floor,
    pub(super) now: Millis,
    /// Who gets what.
    pub(super) given: BTreeMap<&'a ConversationId, &'a AgentId>,
    /// The same, by agent.
    pub(super) by_agent: BTreeMap<&'a AgentId, BTreeSet<&'a ConversationId>>,
    /// Units given to each agent.
    pub(super) used: BTreeMap<&'a AgentId, u32>,
    /// Shapes of which somebody had a turn and found nobody.
    pub(super) unlucky: BTreeSet<&'a Shape>,
}

/// An item in its turn.
#[derive(Clone, Copy)]
pub(super) struct Turn<'a> {
    pub(super) entry: &'a Entry,
    pub(super) shape: &'a Shape,
    pub(super) id: &'a ConversationId,
    /// The one agent it waits for.
    pub(super) kept_for: Option<&'a AgentId>,
}

/// Whose turn a place in the order is: one touched item, or the head of a line for the touched agents.
enum Whose<'a> {
    Item,
    Line(&'a Shape),
}

impl<'a> Round<'a> {
    pub(super) fn new(floor: &'a Floor, now: Millis) -> Self {
        Self {
            floor,
            now,
            given: BTreeMap::new(),
            by_agent: BTreeMap::new(),
            used: BTreeMap::new(),
            unlucky: BTreeSet::new(),
        }
    }

    /// Everything that was touched has its turn, in order of priority.
    pub(super) fn run(mut self) -> BTreeMap<&'a ConversationId, &'a AgentId> {
        let floor = self.floor;
        let touched: Vec<&Seat> = floor
            .touched_agents
            .iter()
            .filter_map(|agent| floor.seats.get(agent))
            .filter(|seat| seat.takes(self.now) && seat.room() > 0)
            .collect();
        let mut turns: BTreeMap<&Key, Whose<'_>> = BTreeMap::new();
        for id in &floor.touched_items {
            if let Some((_, key)) = floor.items.get(id).and_then(|entry| entry.line.as_ref()) {
                turns.insert(key, Whose::Item);
            }
        }
        if !touched.is_empty() {
            for (shape, line) in &floor.lines {
                let fits = |seat: &&Seat| seat.room() >= shape.weight && qualifies(shape, &seat.agent);
                if touched.iter().any(fits)
                    && let Some(key) = self.next(line.iter())
                {
                    turns.insert(key, Whose::Line(shape));
                }
            }
        }
        while let Some((key, whose)) = turns.pop_first() {
            let Some(turn) = self.turn(key) else { continue };
            match whose {
                Whose::Item => drop(self.place(turn, floor.seats.values())),
                Whose::Line(shape) => {
                    let placed = self.place(turn, touched.iter().copied());
                    // Who is kept for one agent, or was let pass by one, says nothing about those behind.
                    let single = turn.kept_for.is_some() || !turn.entry.passed.is_empty();
                    if (placed || single)
                        && let Some(line) = floor.lines.get(shape)
                        && let Some(next) = self.next(line.range::<Key, _>((Excluded(key), Unbounded)))
                    {
                        turns.insert(next, Whose::Line(shape));
                    }
                }
            }
        }
        self.given
    }

    /// The next of a line that is not to have a turn of its own.
    fn next(&self, mut line: impl Iterator<Item = &'a Key>) -> Option<&'a Key> {
        line.find(|key| !self.floor.touched_items.contains(&key.id))
    }

    fn turn(&self, key: &'a Key) -> Option<Turn<'a>> {
        let entry = self.floor.items.get(&key.id)?;
        let (shape, key) = entry.line.as_ref()?;
        Some(Turn {
            entry,
            shape,
            id: &key.id,
            kept_for: self.floor.kept_for(entry, shape, self.now),
        })
    }

    /// Gives an item to the best of these, or moves others on to make way for it.
    fn place(&mut self, turn: Turn<'a>, seats: impl Iterator<Item = &'a Seat>) -> bool {
        let able = seats.filter(|seat| self.able(turn, seat));
        let best = able.min_by_key(|seat| fit(turn.entry, turn.shape, seat, self.load(seat)));
        if let Some(seat) = best {
            self.give(turn, &seat.agent.id);
            return true;
        }
        if self.make_way(turn) {
            return true;
        }
        self.unlucky.insert(turn.shape);
        false
    }

    pub(super) fn give(&mut self, turn: Turn<'a>, agent: &'a AgentId) {
        if let Some(before) = self.given.insert(turn.id, agent) {
            self.by_agent.entry(before).or_default().remove(turn.id);
            let used = self.used.entry(before).or_default();
            *used = used.saturating_sub(turn.entry.item.weight);
        }
        self.by_agent.entry(agent).or_default().insert(turn.id);
        let used = self.used.entry(agent).or_default();
        *used = used.saturating_add(turn.entry.item.weight);
    }

    pub(super) fn load(&self, seat: &Seat) -> u32 {
        let used = self.used.get(&seat.agent.id).copied().unwrap_or(0);
        seat.load.saturating_add(used)
    }

    /// Could take it if there were room.
    pub(super) fn suits(&self, turn: Turn<'a>, seat: &Seat) -> bool {
        seat.takes(self.now)
            && turn.kept_for.is_none_or(|only| *only == seat.agent.id)
            && qualifies(turn.shape, &seat.agent)
            && !spared(turn.entry, &seat.agent.id, self.now)
    }

    pub(super) fn able(&self, turn: Turn<'a>, seat: &Seat) -> bool {
        let load = self.load(seat);
        let room = seat.agent.capacity.saturating_sub(load);
        room >= turn.shape.weight && self.suits(turn, seat)
    }

    /// The turn of an item that was given something in this round.
    pub(super) fn turn_of(&self, id: &'a ConversationId) -> Option<Turn<'a>> {
        let entry = self.floor.items.get(id)?;
        let (shape, _) = entry.line.as_ref()?;
        Some(Turn {
            entry,
            shape,
            id,
            kept_for: self.floor.kept_for(entry, shape, self.now),
        })
    }
}
