//! Making way: an item that found nobody may get the place of one that was given in this same round and can go elsewhere.
//!
//! This is the augmenting path of bipartite matching, over offers that nobody has seen yet. Items of equal weight only
//! change places, so that nobody has more room after an exchange than before it: what found nobody earlier still finds
//! nobody, and needs no second turn. An agent whom some unlucky item of another weight would suit keeps what they got:
//! otherwise that item, which is the more important one, could have used the place.

use super::fit::qualifies;
use super::people::Seat;
use super::round::{Round, Turn};
use jackfield_protocol::AgentId;
use std::collections::BTreeSet;

impl<'a> Round<'a> {
    /// Finds a place by moving others on; false where there is none, and then nothing was moved.
    pub(super) fn make_way(&mut self, turn: Turn<'a>) -> bool {
        if self.given.is_empty() || turn.kept_for.is_some() {
            return false;
        }
        let mut seen = BTreeSet::new();
        self.way(turn, &mut seen)
    }

    fn way(&mut self, turn: Turn<'a>, seen: &mut BTreeSet<&'a AgentId>) -> bool {
        let floor = self.floor;
        let holders: Vec<&'a AgentId> = self.by_agent.keys().copied().collect();
        for agent in holders {
            let Some(seat) = floor.seats.get(agent) else { continue };
            if seen.contains(agent) || !self.suits(turn, seat) || !self.may_exchange(turn, seat) {
                continue;
            }
            seen.insert(agent);
            let held: Vec<_> = self.by_agent.get(agent).into_iter().flatten().copied().collect();
            for id in held {
                let Some(other) = self.turn_of(id) else { continue };
                // Who is where they were last stays there.
                let settled = other.entry.item.last.as_ref().is_some_and(|last| last.agent == *agent);
                if settled || other.shape.weight != turn.shape.weight {
                    continue;
                }
                let mut others = floor.seats.values();
                let free = others.find(|to| to.agent.id != *agent && self.able(other, to));
                if let Some(to) = free {
                    self.give(other, &to.agent.id);
                    self.give(turn, agent);
                    return true;
                }
                if self.way(other, seen) {
                    self.give(turn, agent);
                    return true;
                }
            }
        }
        false
    }

    fn may_exchange(&self, turn: Turn<'a>, seat: &Seat) -> bool {
        let mut unlucky = self.unlucky.iter();
        !unlucky.any(|shape| shape.weight != turn.shape.weight && qualifies(shape, &seat.agent))
    }
}
