//! What is taken over for others, and what of it was not done in time.

use super::carry::Carry;
use super::route::is_done;
use crate::condition::Stage;
use crate::ladder::{Act, Phase};
use crate::{Conversation, Event};
use jackfield_protocol::Millis;

impl Carry<'_> {
    pub(super) fn owe(&mut self) {
        while let Some((number, phase, at)) = late(&self.state, self.now) {
            self.push(Event::OwedLate { number, phase, at });
        }
        self.acknowledge();
        self.take_over();
    }

    /// A reply that the network has is a word to the person.
    fn acknowledge(&mut self) {
        let sent = self.out.iter().find_map(|event| match event {
            Event::ReplySent { command, .. } => Some(command.clone()),
            _ => None,
        });
        let Some(reply) = sent else { return };
        let Some(by) = self.state.replies.get(&reply).map(|reply| reply.by.clone()) else {
            return;
        };
        let open = self
            .state
            .work
            .owing
            .iter()
            .position(|owing| owing.obligation.phase == Phase::Taken);
        if let Some(number) = open.and_then(|n| u32::try_from(n).ok()) {
            let reply = reply.0;
            let act = Act::Acknowledge { reply };
            self.push(Event::Owed { number, by, act });
        }
    }

    fn take_over(&mut self) {
        let applied = self.applied();
        let unread = matches!(self.work.stage, Stage::New | Stage::Reopened);
        if applied.house.overspill.0.is_empty() || is_done(self.work.stage) || unread {
            return;
        }
        let Some((_, oldest)) = self.state.waiting().first().copied() else {
            return;
        };
        // Once for each wait: what was owed and is over is not owed anew for the same words.
        let owing = &self.state.work.owing;
        if owing
            .iter()
            .any(|owing| !owing.obligation.phase.is_end() || owing.obligation.since >= oldest.posted_at)
        {
            return;
        }
        let obligation = applied
            .house
            .overspill
            .take_over(&self.facts(), &applied.calendars, self.now);
        if let Some(obligation) = obligation {
            self.push(Event::Owes(Box::new(obligation)));
        }
    }
}

/// The next deadline that was not kept and is not written down.
pub(super) fn deadlines(state: &Conversation) -> impl Iterator<Item = (u32, Phase, Millis)> {
    let owing = (0_u32..).zip(&state.work.owing);
    owing.filter_map(|(number, owing)| {
        let deadline = owing.obligation.next_deadline()?;
        (!owing.late.contains(&deadline.of)).then_some((number, deadline.of, deadline.at))
    })
}

fn late(state: &Conversation, now: Millis) -> Option<(u32, Phase, Millis)> {
    deadlines(state).find(|(_, _, at)| *at <= now)
}
