//! The table of transitions.

use super::Stage;
use crate::condition::vocabulary;

vocabulary! {
    /// What happens to work.
    Cause {
        /// The person wrote something that addresses us.
        Said = "said",
        /// Triage, or an agent, found that it needs nobody.
        JudgedNoise = "judged-noise",
        /// Triage found a need, or abstained: then somebody looks at it.
        JudgedWork = "judged-work",
        /// Matching asked an agent to take it.
        Offered = "offered",
        /// That agent takes it.
        Accepted = "accepted",
        /// The offer was declined, not accepted in time, or its agent went.
        PassedOn = "passed-on",
        /// The agent who had it was not heard of for too long.
        Vanished = "vanished",
        /// An agent took it without being asked.
        Taken = "taken",
        /// It was given to an agent by name.
        HandedOver = "handed-over",
        /// Its agent gave it back to the queue.
        PutBack = "put-back",
        /// The network has an answer of ours.
        Answered = "answered",
        /// Somebody else has to do something first.
        AskedOthers = "asked-others",
        /// They did.
        OthersAnswered = "others-answered",
        /// Put away until a time.
        Snoozed = "snoozed",
        /// That time came.
        Woke = "woke",
        /// Somebody said that it is done.
        Resolved = "resolved",
        /// Somebody said that it is not.
        Reopened = "reopened",
        /// It was done for long enough.
        Rested = "rested",
    }
}

/// Where a cause leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// To this stage.
    To(Stage),
    /// It happened and changes nothing.
    Stays,
    /// It cannot happen here, and this is why and what to do instead.
    Refused(&'static str),
}

use Outcome::{Refused, Stays, To};
use Stage::{
    Assigned, Closed, New, Noise, Offered, Reopened, Resolved, Snoozed, Waiting, WaitingForOthers, WaitingForPerson,
};

const NOT_OFFERED: &str = "it is offered to nobody: it may have gone on to somebody else";
const DONE: &str = "it is done: reopen it first";
const NOBODY_HAS_IT: &str = "nobody has it: take it first";
const HAS_IT: &str = "somebody has it: they are asked, or hand it over";

/// Where a cause leads from a stage.
pub fn follow(from: Stage, cause: Cause) -> Outcome {
    match cause {
        Cause::Said => match from {
            New | Waiting | Offered | Assigned | WaitingForOthers | Reopened => Stays,
            // Each message of somebody who made noise is judged for itself.
            Noise => To(New),
            WaitingForPerson | Snoozed => To(Waiting),
            Resolved | Closed => To(Reopened),
        },
        Cause::JudgedNoise => match from {
            New | Waiting => To(Noise),
            // "Thank you" after it was done leaves it done.
            Reopened => To(Resolved),
            Noise | Resolved | Closed => Stays,
            Offered | Assigned => Refused("somebody looks at it already: they say what it is"),
            WaitingForPerson | WaitingForOthers | Snoozed => Refused("somebody found work in it: they resolve it"),
        },
        Cause::JudgedWork => match from {
            New | Noise | Reopened => To(Waiting),
            Waiting | Offered | Assigned | WaitingForPerson | WaitingForOthers | Snoozed | Resolved | Closed => Stays,
        },
        Cause::Offered => match from {
            Waiting => To(Offered),
            New | Reopened => Refused("nobody has found out yet what it needs"),
            Noise => Refused("it needs nobody"),
            Offered | Assigned => Refused(HAS_IT),
            WaitingForPerson | WaitingForOthers | Snoozed => Refused("it does not wait for us now"),
            Resolved | Closed => Refused(DONE),
        },
        Cause::Accepted => match from {
            Offered => To(Assigned),
            New | Noise | Waiting | Assigned | WaitingForPerson | WaitingForOthers | Snoozed | Resolved | Closed
            | Reopened => Refused(NOT_OFFERED),
        },
        Cause::PassedOn => match from {
            Offered => To(Waiting),
            New | Noise | Waiting | Assigned | WaitingForPerson | WaitingForOthers | Snoozed | Resolved | Closed
            | Reopened => Refused(NOT_OFFERED),
        },
        Cause::Vanished => match from {
            Offered | Assigned | WaitingForOthers => To(Waiting),
            // When the person writes or the time comes, it waits for somebody who is there.
            WaitingForPerson | Snoozed => Stays,
            New | Noise | Waiting | Resolved | Closed | Reopened => Refused("nobody has it who could vanish"),
        },
        Cause::Taken => match from {
            New | Noise | Waiting | Offered | WaitingForPerson | WaitingForOthers | Snoozed | Reopened => To(Assigned),
            Assigned => Refused(HAS_IT),
            Resolved | Closed => Refused(DONE),
        },
        Cause::HandedOver => match from {
            New | Noise | Waiting | Offered | WaitingForPerson | WaitingForOthers | Snoozed | Reopened => To(Assigned),
            Assigned => Stays,
            Resolved | Closed => Refused(DONE),
        },
        Cause::PutBack => match from {
            Assigned | WaitingForPerson | WaitingForOthers | Snoozed => To(Waiting),
            Waiting => Stays,
            Offered => Refused("it is only offered: decline it"),
            New | Noise | Reopened => Refused("nobody has it who could give it back"),
            Resolved | Closed => Refused(DONE),
        },
        Cause::Answered => match from {
            // A post of our own account by other means answers, too.
            New | Waiting | Offered | Assigned | Reopened => To(WaitingForPerson),
            Noise | WaitingForPerson | WaitingForOthers | Snoozed | Resolved | Closed => Stays,
        },
        Cause::AskedOthers => match from {
            Assigned | WaitingForPerson => To(WaitingForOthers),
            WaitingForOthers => Stays,
            New | Noise | Waiting | Offered | Reopened => Refused(NOBODY_HAS_IT),
            Snoozed => Refused("it is put away: take it first"),
            Resolved | Closed => Refused(DONE),
        },
        Cause::OthersAnswered => match from {
            WaitingForOthers => To(Waiting),
            // An answer that comes late is a note in the thread.
            New | Noise | Waiting | Offered | Assigned | WaitingForPerson | Snoozed | Resolved | Closed | Reopened => {
                Stays
            }
        },
        Cause::Snoozed => match from {
            Assigned | WaitingForPerson | WaitingForOthers => To(Snoozed),
            Snoozed => Stays,
            New | Noise | Waiting | Offered | Reopened => Refused(NOBODY_HAS_IT),
            Resolved | Closed => Refused(DONE),
        },
        Cause::Woke => match from {
            Snoozed => To(Waiting),
            // An alarm for what was taken up since.
            New | Noise | Waiting | Offered | Assigned | WaitingForPerson | WaitingForOthers | Resolved | Closed
            | Reopened => Stays,
        },
        Cause::Resolved => match from {
            New | Noise | Waiting | Offered | Assigned | WaitingForPerson | WaitingForOthers | Snoozed | Reopened => {
                To(Resolved)
            }
            Resolved | Closed => Stays,
        },
        Cause::Reopened => match from {
            Resolved => To(Reopened),
            Closed => Refused("it was closed: a message of the person opens it, or begin a follow-up that names it"),
            New | Noise | Waiting | Offered | Assigned | WaitingForPerson | WaitingForOthers | Snoozed | Reopened => {
                Stays
            }
        },
        Cause::Rested => match from {
            Resolved | Noise => To(Closed),
            Closed | New | Waiting | Offered | Assigned | WaitingForPerson | WaitingForOthers | Snoozed | Reopened => {
                Stays
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn reachable(from: Stage) -> BTreeSet<Stage> {
        let mut found = BTreeSet::from([from]);
        let mut new = vec![from];
        while let Some(stage) = new.pop() {
            for cause in Cause::ALL {
                if let To(next) = follow(stage, *cause)
                    && found.insert(next)
                {
                    new.push(next);
                }
            }
        }
        found
    }

    #[test]
    fn every_stage_is_reached_from_new_and_has_a_way_to_closed_and_back_to_work() {
        let all: BTreeSet<Stage> = Stage::ALL.iter().copied().collect();
        assert_eq!(reachable(New), all);
        for stage in Stage::ALL {
            let on = reachable(*stage);
            assert!(on.contains(&Closed), "{stage:?} never ends");
            assert!(on.contains(&Assigned), "{stage:?} never comes before anybody again");
        }
    }

    #[test]
    fn every_cause_moves_something_and_every_refusal_says_more_than_no() {
        for cause in Cause::ALL {
            let outcomes: Vec<Outcome> = Stage::ALL.iter().map(|stage| follow(*stage, *cause)).collect();
            assert!(outcomes.iter().any(|o| matches!(o, To(_))), "{cause:?} moves nothing");
            for outcome in outcomes {
                if let Refused(words) = outcome {
                    assert!(words.split(' ').count() >= 3, "{cause:?}: {words}");
                }
            }
        }
    }

    #[test]
    fn nothing_leads_to_where_it_is_and_nobody_is_asked_outside_the_line() {
        for stage in Stage::ALL {
            for cause in Cause::ALL {
                assert_ne!(follow(*stage, *cause), To(*stage), "{stage:?} {cause:?}");
            }
            let to_offered = matches!(follow(*stage, Cause::Offered), To(_));
            assert_eq!(to_offered, *stage == Waiting);
        }
    }

    #[test]
    fn a_person_who_writes_is_never_left_in_a_stage_where_nobody_looks() {
        for stage in Stage::ALL {
            let after = match follow(*stage, Cause::Said) {
                To(next) => next,
                Stays => *stage,
                Refused(words) => panic!("{stage:?} refuses what happened: {words}"),
            };
            assert!(
                matches!(after, New | Waiting | Offered | Assigned | WaitingForOthers | Reopened),
                "{stage:?} leads to {after:?}"
            );
        }
    }
}
