//! An obligation: what one side took over for another is acknowledged, escalated and followed up, or waived by somebody
//! who may, with a reason. It has no other end.

use jackfield_protocol::{AgentId, BrandId, Millis};
use serde::{Deserialize, Serialize};

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The person has not been told that they were heard.
    Taken,
    /// They have; the other side has not been told yet.
    Acknowledged,
    /// The other side has it; the person still waits for what comes of it.
    Escalated,
    /// The person got it. An end.
    FollowedUp,
    /// Somebody said that nothing more is owed, and why. An end.
    Waived,
}

/// What is owed to a person, from its beginning to one of its two ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obligation {
    /// The brand it is owed for.
    pub brand: BrandId,
    /// Who took it over: the outsourcer, or the brand's own people out of hours.
    pub taken_by: String,
    /// To whom it is escalated.
    pub owed_to: String,
    /// The agreement it was taken over under.
    pub scope: String,
    /// When.
    pub since: Millis,
    /// How far it is.
    pub phase: Phase,
    /// Fixed when it began: a changed agreement moves none of them.
    pub acknowledge_by: Millis,
    /// As above.
    pub escalate_by: Millis,
    /// As above.
    pub follow_up_by: Millis,
    /// Who may waive it.
    pub waivers: Vec<AgentId>,
    /// What was done, by whom and when.
    pub acts: Vec<Owed>,
}

/// One act of an obligation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// When.
    pub at: Millis,
    /// Who.
    pub by: AgentId,
    /// What.
    pub act: Act,
}

/// What can be done about an obligation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "act")]
pub enum Act {
    /// The person was told that they were heard; the reply that did it.
    Acknowledge {
        /// The reply.
        reply: String,
    },
    /// The other side was told.
    Escalate {
        /// What they need to know.
        words: String,
    },
    /// The person was told what came of it.
    FollowUp {
        /// The reply.
        reply: String,
    },
    /// Nothing more is owed.
    Waive {
        /// Why.
        why: String,
    },
}

/// A deadline of an obligation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    /// When.
    pub at: Millis,
    /// The phase that has to be over by then.
    pub of: Phase,
}

/// Why an act is not possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the sentence says it")]
pub enum OweRefused {
    #[error("It is {phase}: {next}.")]
    NotYet { phase: &'static str, next: &'static str },
    #[error("{by} may not waive what is owed here: ask {who}.")]
    NotAuthorised { by: AgentId, who: String },
    #[error("Say why nothing more is owed, in a sentence that somebody can read in a year.")]
    WhyMissing,
    #[error("Name the reply that the person got: without one nobody was told anything.")]
    ReplyMissing,
    #[error("Say what {0} has to know.")]
    WordsMissing(String),
    #[error("It is over: it was {0}.")]
    Over(&'static str),
}

/// A reason of fewer letters is a sign and not a reason.
const WHY_MIN: usize = 10;

impl Phase {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Taken => "taken over",
            Self::Acknowledged => "acknowledged",
            Self::Escalated => "escalated",
            Self::FollowedUp => "followed up",
            Self::Waived => "waived",
        }
    }

    /// Nothing is owed any more.
    pub fn is_end(self) -> bool {
        matches!(self, Self::FollowedUp | Self::Waived)
    }
}

impl Obligation {
    /// The next deadline: exactly one while something is owed.
    pub fn next_deadline(&self) -> Option<Deadline> {
        let at = match self.phase {
            Phase::Taken => self.acknowledge_by,
            Phase::Acknowledged => self.escalate_by,
            Phase::Escalated => self.follow_up_by,
            Phase::FollowedUp | Phase::Waived => return None,
        };
        Some(Deadline { at, of: self.phase })
    }

    /// Does something about it.
    ///
    /// # Errors
    /// What is out of order, unreasoned or not for this person to do; nothing was changed.
    pub fn act(&mut self, act: Act, by: AgentId, at: Millis) -> Result<(), OweRefused> {
        if self.phase.is_end() {
            return Err(OweRefused::Over(self.phase.words()));
        }
        let not_yet = |next| {
            Err(OweRefused::NotYet {
                phase: self.phase.words(),
                next,
            })
        };
        let next = match (&act, self.phase) {
            (Act::Waive { why }, _) => {
                if !self.waivers.contains(&by) {
                    let who: Vec<&str> = self.waivers.iter().map(AgentId::as_str).collect();
                    let who = if who.is_empty() {
                        "the brand".to_owned()
                    } else {
                        who.join(" or ")
                    };
                    return Err(OweRefused::NotAuthorised { by, who });
                }
                if why.chars().filter(|c| c.is_alphanumeric()).count() < WHY_MIN {
                    return Err(OweRefused::WhyMissing);
                }
                Phase::Waived
            }
            (Act::Acknowledge { reply } | Act::FollowUp { reply }, _) if reply.trim().is_empty() => {
                return Err(OweRefused::ReplyMissing);
            }
            (Act::Escalate { words }, _) if words.trim().is_empty() => {
                return Err(OweRefused::WordsMissing(self.owed_to.clone()));
            }
            (Act::Acknowledge { .. }, Phase::Taken) => Phase::Acknowledged,
            (Act::Escalate { .. }, Phase::Acknowledged) => Phase::Escalated,
            (Act::FollowUp { .. }, Phase::Escalated) => Phase::FollowedUp,
            (_, Phase::Taken) => return not_yet("tell the person first that they were heard"),
            (_, Phase::Acknowledged) => return not_yet("the person was told, escalate it now"),
            (_, _) => return not_yet("the other side has it, follow up with the person"),
        };
        self.phase = next;
        self.acts.push(Owed { at, by, act });
        Ok(())
    }
}

/// May an item be resolved, for all that is owed in it?
///
/// # Errors
/// The first thing that stands against it, in words.
pub fn may_resolve<'a>(obligations: impl IntoIterator<Item = &'a Obligation>) -> Result<(), String> {
    let mut open = obligations.into_iter().filter(|obligation| !obligation.phase.is_end());
    match open.next() {
        None => Ok(()),
        Some(owed) => Err(format!(
            "{} owes this person a follow-up for {} ({}): follow up, or have it waived with a reason.",
            owed.taken_by,
            owed.brand,
            owed.phase.words()
        )),
    }
}
