//! How things end: what is owed is followed up, others answer, and what is done rests.

use super::time::{DAY, HOUR, MINUTE, Office};
use super::{Next, Outcome, World};
use jackfield_desk::floor::Change;
use jackfield_desk::ladder::{Act, Phase, Rung, may_resolve, standing};
use jackfield_desk::stage::{Cause, Stage};
use jackfield_protocol::{AgentId, Command as Wish, CommandId, ConversationId};

impl World {
    /// A reply acknowledges what is owed, or is the follow-up.
    pub(super) fn owed_by_reply(&mut self, id: &ConversationId, reply: &CommandId) -> Outcome {
        let by: AgentId = self.cases[id].work.last.clone().ok_or("a reply of nobody")?;
        let at = self.now;
        let Some(owed) = self.cases.get_mut(id).and_then(|case| case.owed.as_mut()) else {
            return Ok(());
        };
        let reply = reply.to_string();
        match owed.phase {
            Phase::Taken => {
                owed.act(Act::Acknowledge { reply }, by, at)
                    .map_err(|no| no.to_string())?;
                let later = self.random.wait(10 * MINUTE);
                self.after(later, Next::Owes(id.clone()));
            }
            Phase::Escalated => {
                owed.act(Act::FollowUp { reply }, by, at).map_err(|no| no.to_string())?;
                self.counts.followed_up += 1;
            }
            Phase::Acknowledged | Phase::FollowedUp | Phase::Waived => {}
        }
        Ok(())
    }

    /// The other side is told, and comes back with what the person is to hear.
    pub(super) fn owes(&mut self, id: &ConversationId) -> Outcome {
        let (at, waives) = (self.now, self.random.percent(5));
        let Some(owed) = self.cases.get_mut(id).and_then(|case| case.owed.as_mut()) else {
            return Ok(());
        };
        self.touched.insert(id.clone());
        match owed.phase {
            Phase::Acknowledged => {
                let words = "what she wants, and by when".to_owned();
                owed.act(Act::Escalate { words }, "a000".into(), at)
                    .map_err(|no| no.to_string())?;
                let later = self.random.wait(4 * HOUR);
                self.after(later, Next::Owes(id.clone()));
            }
            Phase::Escalated if waives => {
                let why = "she withdrew what she had asked for".to_owned();
                owed.act(Act::Waive { why }, "chief".into(), at)
                    .map_err(|no| no.to_string())?;
                self.counts.waived += 1;
            }
            Phase::Escalated => match self.cases[id].work.stage {
                Stage::WaitingForPerson => {
                    self.plain(id, Cause::PutBack)?;
                    self.let_go(id, "there is news from the brand")?;
                    if let Some(stands) = standing(&self.house.ladder, &Office, &self.cases[id].rungs, at) {
                        let waits = self.house.ladder.waits(&stands, &Office, at);
                        self.rung(id, waits);
                    }
                    self.onto_floor(id)?;
                }
                // Somebody is at it: their reply is the follow-up.
                _ => self.after(6 * HOUR, Next::Owes(id.clone())),
            },
            Phase::Taken | Phase::FollowedUp | Phase::Waived => {}
        }
        Ok(())
    }

    pub(super) fn peer_answers(&mut self, id: &ConversationId) -> Outcome {
        let Some(case) = self.cases.get(id) else { return Ok(()) };
        let theirs = self
            .tier(id)
            .is_some_and(|tier| tier == "community" || tier == "super-user");
        if !theirs || case.work.stage != Stage::Waiting {
            return Ok(());
        }
        self.resolve(id)
    }

    pub(super) fn others_answer(&mut self, id: &ConversationId, hands: u64) -> Outcome {
        let waits = self
            .cases
            .get(id)
            .is_some_and(|c| c.hands == hands && c.work.stage == Stage::WaitingForOthers);
        if !waits {
            return Ok(());
        }
        self.plain(id, Cause::OthersAnswered)?;
        self.let_go(id, "the others answered")?;
        self.onto_floor(id)
    }

    /// Nobody said anything for a day.
    pub(super) fn quiet(&mut self, id: &ConversationId, version: u64) -> Outcome {
        let Some(case) = self.cases.get(id) else { return Ok(()) };
        if case.work.stage == Stage::WaitingForPerson && case.state.version == version {
            return self.resolve(id);
        }
        Ok(())
    }

    /// Done, unless something is owed: that is tried, too, and must be refused.
    pub(super) fn resolve(&mut self, id: &ConversationId) -> Outcome {
        let case = &self.cases[id];
        if let Err(words) = may_resolve(case.owed.as_ref()) {
            self.counts.silent_ends_refused += 1;
            if words.is_empty() {
                return Err(format!("{id} is refused its end without a word"));
            }
            let version = case.state.version;
            self.after(6 * HOUR, Next::Quiet(id.clone(), version));
            return Ok(());
        }
        let by = case.state.owner.clone().unwrap_or_else(|| "desk".into());
        self.wish(id, &by, Wish::Resolve)?;
        self.plain(id, Cause::Resolved)?;
        self.rung(id, Rung::Ended);
        self.hear(&Change::Done(id.clone()));
        self.counts.resolved += 1;
        if self.random.percent(6) {
            let later = self.random.wait(2 * DAY);
            self.after(later, Next::Writes2(id.clone()));
        }
        self.rests_later(id);
        Ok(())
    }

    pub(super) fn rests_later(&mut self, id: &ConversationId) {
        let since = self.cases[id].work.since;
        self.after(7 * DAY, Next::Rests(id.clone(), since));
    }

    pub(super) fn rests(&mut self, id: &ConversationId, since: i64) -> Outcome {
        let Some(case) = self.cases.get(id) else { return Ok(()) };
        if case.work.since == since && matches!(case.work.stage, Stage::Resolved | Stage::Noise) {
            self.plain(id, Cause::Rested)?;
        }
        Ok(())
    }
}
