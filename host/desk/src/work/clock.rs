//! Clocks: which target each has, what rings, and when each is due, written down.

use super::carry::Carry;
use crate::Event;
use crate::clocks::{Clock, choose, due, ringing};
use crate::condition::{Condition, Field, Stage};

impl Carry<'_> {
    pub(super) fn wind(&mut self) {
        let policies = self.rules.policies;
        let targets = &policies.current.house.targets;
        if targets.0.is_empty() && self.state.work.clocks.is_empty() {
            return;
        }
        let unread = matches!(self.work.stage, Stage::New | Stage::Reopened);
        let waits_for_triage = unread && targets.0.iter().any(|target| asks_triage(&target.when));
        if let Some(edition) = policies.book.get(&policies.current.number)
            && !targets.0.is_empty()
            && !waits_for_triage
        {
            let facts = self.facts();
            for chosen in choose(&self.state.work.history, policies.current.number, edition, &facts) {
                self.push(Event::Chosen(chosen));
            }
        }
        let Some(clocks) = self.due() else { return };
        let rings = ringing(&clocks, self.now);
        let rang = !rings.is_empty();
        for ring in rings {
            self.push(Event::Rang(ring));
        }
        let Some(clocks) = (if rang { self.due() } else { Some(clocks) }) else {
            return;
        };
        let known = &self.state.work.clocks;
        let changed: Vec<Clock> = clocks.into_iter().filter(|clock| !known.contains(clock)).collect();
        if !changed.is_empty() {
            self.push(Event::Clocks { changed });
        }
    }

    /// A version that nobody has kept leaves its clocks as they were written last.
    fn due(&self) -> Option<Vec<Clock>> {
        due(&self.state.work.history, &self.rules.policies.book).ok()
    }
}

/// Something in it is known only once triage has read the message. Clocks count from the message all the same.
fn asks_triage(condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(asks_triage),
        Condition::Not(part) => asks_triage(part),
        Condition::Label { .. } => true,
        Condition::Is(field, _) => matches!(field, Field::Triage | Field::Stage | Field::Queue | Field::Tier),
        Condition::Known(fields) => fields.iter().any(|field| matches!(field, Field::Queue | Field::Tier)),
        _ => false,
    }
}
