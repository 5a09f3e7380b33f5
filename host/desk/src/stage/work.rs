//! A stage, and who has the work.

use super::{Cause, Outcome, Stage, follow};
use jackfield_protocol::{AgentId, Millis, Status};
use serde::{Deserialize, Serialize};

/// Where the work stands, since when, and with whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Where it stands.
    pub stage: Stage,
    /// Since when.
    pub since: Millis,
    /// Whose it is or to whom it is offered; none where it is nobody's.
    pub agent: Option<AgentId>,
    /// Who had it last: matching keeps it for them.
    pub last: Option<AgentId>,
    /// When it comes back or goes on by itself: the end of an offer or of being put away.
    pub until: Option<Millis>,
}

/// A cause with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Happened {
    /// Matching asks an agent.
    Offered {
        /// Whom.
        agent: AgentId,
        /// Until when.
        until: Millis,
    },
    /// An agent accepted or took it, or was given it.
    Got {
        /// [`Cause::Accepted`], [`Cause::Taken`] or [`Cause::HandedOver`].
        how: Cause,
        /// Who has it now.
        agent: AgentId,
    },
    /// Put away.
    Snoozed {
        /// Until when.
        until: Millis,
    },
    /// Everything that needs no more words.
    Plain(Cause),
}

impl Happened {
    /// The cause without what belongs to it.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Offered { .. } => Cause::Offered,
            Self::Got { how, .. } => *how,
            Self::Snoozed { .. } => Cause::Snoozed,
            Self::Plain(cause) => *cause,
        }
    }
}

/// Something cannot happen where the work stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("It is {}, so it cannot be {}: {why}.", stage.as_str(), cause.as_str())]
pub struct NotNow {
    /// Where it stands.
    pub stage: Stage,
    /// What was to happen.
    pub cause: Cause,
    /// Why not, and what to do.
    pub why: &'static str,
}

impl Work {
    /// As it begins.
    pub fn new(at: Millis) -> Self {
        Self {
            stage: Stage::New,
            since: at,
            agent: None,
            last: None,
            until: None,
        }
    }

    /// The stage of a conversation from before there were stages: open and nobody's waits, open and somebody's is
    /// assigned or, once it is answered, waits for the person.
    pub fn of_before(status: Status, owner: Option<AgentId>, answered: bool, at: Millis) -> Self {
        let stage = match (status, &owner) {
            (Status::Resolved, _) => Stage::Resolved,
            (Status::Open, _) if answered => Stage::WaitingForPerson,
            (Status::Open, Some(_)) => Stage::Assigned,
            (Status::Open, None) => Stage::Waiting,
        };
        Self {
            stage,
            last: owner.clone(),
            agent: owner,
            ..Self::new(at)
        }
    }

    /// Resolved, closed and noise are "resolved", where nobody waits; everything else is "open".
    pub fn status(&self) -> Status {
        match self.stage {
            Stage::Resolved | Stage::Closed | Stage::Noise => Status::Resolved,
            _ => Status::Open,
        }
    }

    /// Who has it. An offer is not having it.
    pub fn owner(&self) -> Option<&AgentId> {
        self.agent.as_ref().filter(|_| self.stage != Stage::Offered)
    }

    /// It is the floor's business: it waits for an agent, is offered to one, or one works on it.
    pub fn on_the_floor(&self) -> bool {
        matches!(self.stage, Stage::Waiting | Stage::Offered | Stage::Assigned)
    }

    /// Something happened. True where the stage or its owner changed.
    ///
    /// # Errors
    /// Where it cannot happen, with the reason; nothing was changed.
    pub fn hear(&mut self, happened: &Happened, at: Millis) -> Result<bool, NotNow> {
        let cause = happened.cause();
        let before = (self.stage, self.agent.clone());
        let next = match follow(self.stage, cause) {
            Outcome::Refused(why) => {
                let stage = self.stage;
                return Err(NotNow { stage, cause, why });
            }
            Outcome::Stays => self.stage,
            Outcome::To(next) => next,
        };
        if next != self.stage {
            self.since = at;
            self.until = None;
        }
        self.stage = next;
        match happened {
            Happened::Offered { agent, until } => {
                self.agent = Some(agent.clone());
                self.until = Some(*until);
            }
            Happened::Got { agent, .. } => {
                self.agent = Some(agent.clone());
                self.last = Some(agent.clone());
            }
            Happened::Snoozed { until } => self.until = Some(*until),
            Happened::Plain(_) => {}
        }
        if matches!(
            next,
            Stage::New | Stage::Noise | Stage::Waiting | Stage::Closed | Stage::Reopened
        ) {
            self.agent = None;
        }
        Ok(before != (self.stage, self.agent.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn got(how: Cause, agent: &str) -> Happened {
        Happened::Got {
            how,
            agent: agent.into(),
        }
    }

    #[test]
    fn what_comes_back_is_nobodys_and_remembers_its_last_agent() {
        let mut work = Work::new(0);
        work.hear(&Happened::Plain(Cause::JudgedWork), 1).unwrap();
        let offered = Happened::Offered {
            agent: "mia".into(),
            until: 40,
        };
        work.hear(&offered, 10).unwrap();
        assert_eq!((work.owner(), work.until), (None, Some(40)));
        work.hear(&got(Cause::Accepted, "mia"), 20).unwrap();
        work.hear(&Happened::Plain(Cause::Answered), 30).unwrap();
        assert_eq!(
            (work.stage, work.owner()),
            (Stage::WaitingForPerson, Some(&"mia".into()))
        );
        work.hear(&Happened::Plain(Cause::Said), 40).unwrap();
        assert_eq!((work.stage, work.owner()), (Stage::Waiting, None));
        assert_eq!((work.last.clone(), work.since), (Some("mia".into()), 40));
    }

    #[test]
    fn a_refusal_changes_nothing_and_says_where_it_stands() {
        let mut work = Work::new(0);
        let before = work.clone();
        let refused = work.hear(&got(Cause::Accepted, "mia"), 5).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "It is new, so it cannot be accepted: it is offered to nobody: it may have gone on to somebody else."
        );
        assert_eq!(work, before);
    }

    #[test]
    fn the_desk_from_before_stages_is_a_view_of_them() {
        for (status, owner) in [
            (Status::Open, None),
            (Status::Open, Some(AgentId::from("mia"))),
            (Status::Resolved, Some("mia".into())),
        ] {
            for answered in [false, true] {
                let work = Work::of_before(status, owner.clone(), answered, 0);
                assert_eq!((work.status(), work.owner().cloned()), (status, owner.clone()));
            }
        }
    }
}
