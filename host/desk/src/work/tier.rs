//! The tier that answers for a conversation, written down whenever it changes.

use super::carry::Carry;
use super::route::is_done;
use crate::condition::{Stage, Triage};
use crate::ladder::Rung;
use crate::{Conversation, Event};
use jackfield_protocol::Millis;

impl Carry<'_> {
    pub(super) fn climb(&mut self) {
        let applied = self.applied();
        if applied.house.ladder.tiers.is_empty() && self.state.work.tier.is_none() {
            return;
        }
        self.rise();
        if is_done(self.work.stage) {
            if self.state.work.tier.is_some() {
                self.push(Event::Rung(Rung::Ended));
            }
            return;
        }
        let waits = !self.state.waiting().is_empty();
        let applied = self.applied();
        let rung = match &self.state.work.tier {
            None if !waits || self.is_unread() => None,
            None => applied.house.ladder.begin(&self.facts(), &applied.calendars, self.now),
            // An answer stops its time, and the next word of the person starts it.
            Some(standing) if standing.due.is_some() && !waits => Some(Rung::Answered),
            Some(standing) if standing.due.is_none() && waits && self.person_spoke() => {
                let rung = applied.house.ladder.waits(standing, &applied.calendars, self.now);
                matches!(&rung, Rung::Waits { due: Some(_) }).then_some(rung)
            }
            Some(_) => None,
        };
        if let Some(rung) = rung {
            self.push(Event::Rung(rung));
        }
    }

    /// Nobody has said yet what it is; where a tier depends on it, it would begin with the wrong one.
    fn is_unread(&self) -> bool {
        matches!(self.work.stage, Stage::New | Stage::Reopened) && self.facts().triage == Triage::Unread
    }

    fn person_spoke(&self) -> bool {
        self.out
            .iter()
            .any(|event| matches!(event, Event::Inbound(fact) if !fact.ours && !fact.context))
    }

    /// Where a tier's time ran out, the next one has it since that instant.
    fn rise(&mut self) {
        while let Some(due) = overdue(&self.state, self.now) {
            let applied = self.applied();
            let next = applied.house.ladder.due(&due.then, &applied.calendars, due.at);
            self.push(Event::Rung(Rung::Rose {
                to: due.then,
                at: due.at,
                due: next,
            }));
        }
    }
}

fn overdue(state: &Conversation, now: Millis) -> Option<crate::ladder::Due> {
    let due = state.work.tier.as_ref()?.due.clone()?;
    (due.at <= now).then_some(due)
}
