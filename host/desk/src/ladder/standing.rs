//! Which tier owns an item at an instant, from what happened.

use super::tiers::Ladder;
use crate::condition::Times;
use jackfield_protocol::{AgentId, Millis};
use serde::{Deserialize, Serialize};

/// When a tier loses an item, and to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// At this instant it is no longer theirs.
    pub at: Millis,
    /// From then on it is this tier's.
    pub then: String,
}

/// The direction of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// To a higher tier.
    Up,
    /// Back to a lower one.
    Down,
    /// To another desk of the same tier.
    Sideways,
}

impl Way {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Sideways => "sideways",
        }
    }

    pub(super) fn beside(self) -> &'static str {
        match self {
            Self::Up => "above",
            Self::Down => "below",
            Self::Sideways => "beside",
        }
    }
}

/// Something that happened to an item on its ladder. `due` is what followed from the ladder of that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "rung")]
pub enum Rung {
    /// It came to its first tier.
    Began {
        /// Which.
        tier: String,
        /// Until when.
        due: Option<Due>,
    },
    /// The person waits for the tier that owns it.
    Waits {
        /// Until when.
        due: Option<Due>,
    },
    /// The tier that owns it answered: its time no longer runs.
    Answered,
    /// Its tier's time ran out.
    Rose {
        /// To.
        to: String,
        /// At this instant, however late it was written down.
        at: Millis,
        /// Until when.
        due: Option<Due>,
    },
    /// Somebody moved it.
    Moved {
        /// To which tier.
        to: String,
        /// In which direction.
        way: Way,
        /// To which desk of it.
        desk: Option<String>,
        /// Who.
        by: AgentId,
        /// Why, in their words.
        why: String,
        /// Until when.
        due: Option<Due>,
    },
    /// It is done.
    Ended,
}

/// A rung and when it was written down.
pub type Stood = (Millis, Rung);

/// The one tier that owns an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Which.
    pub tier: String,
    /// Which desk of it, where it has several.
    pub desk: Option<String>,
    /// Since when.
    pub since: Millis,
    /// When it loses the item, and to whom; none while its time does not run.
    pub due: Option<Due>,
    /// Why it is the owner.
    pub because: String,
}

/// Who owns an item at `now`; none before it began and after it ended. Rungs are in the order of their writing.
pub fn standing(ladder: &Ladder, times: &dyn Times, rungs: &[Stood], now: Millis) -> Option<Standing> {
    let mut owner = None;
    for (at, rung) in rungs.iter().filter(|(at, _)| *at <= now) {
        run_out(&mut owner, ladder, times, rung_instant(*at, rung));
        hear(&mut owner, *at, rung);
    }
    run_out(&mut owner, ladder, times, now);
    owner
}

/// The rungs that are to be written down at `now` because a tier's time ran out; none where nothing did.
pub fn due_rungs(ladder: &Ladder, times: &dyn Times, rungs: &[Stood], now: Millis) -> Vec<Rung> {
    let mut owner = None;
    for (at, rung) in rungs {
        run_out(&mut owner, ladder, times, rung_instant(*at, rung));
        hear(&mut owner, *at, rung);
    }
    let mut rose = Vec::new();
    while let Some(due) = owner
        .as_ref()
        .and_then(|owner| owner.due.clone())
        .filter(|due| due.at <= now)
    {
        rise(&mut owner, ladder, times, &due);
        rose.push(Rung::Rose {
            to: due.then.clone(),
            at: due.at,
            due: owner.as_ref().and_then(|owner| owner.due.clone()),
        });
    }
    rose
}

/// What ran out by itself happened before a rung that was written later, but not before the rung that says so.
fn rung_instant(at: Millis, rung: &Rung) -> Millis {
    match rung {
        Rung::Rose { at, .. } => at.saturating_sub(1),
        _ => at,
    }
}

fn run_out(owner: &mut Option<Standing>, ladder: &Ladder, times: &dyn Times, until: Millis) {
    while let Some(due) = owner
        .as_ref()
        .and_then(|owner| owner.due.clone())
        .filter(|due| due.at <= until)
    {
        rise(owner, ladder, times, &due);
    }
}

fn rise(owner: &mut Option<Standing>, ladder: &Ladder, times: &dyn Times, due: &Due) {
    let from = owner.take();
    let before = from.as_ref().map_or("nobody", |from| from.tier.as_str());
    *owner = Some(Standing {
        because: format!("{before} did not answer in its time"),
        tier: due.then.clone(),
        desk: None,
        since: due.at,
        due: ladder.due(&due.then, times, due.at),
    });
}

/// Hears one rung more.
pub(crate) fn hear(owner: &mut Option<Standing>, at: Millis, rung: &Rung) {
    match rung {
        Rung::Began { tier, due } => {
            *owner = Some(Standing {
                tier: tier.clone(),
                desk: None,
                since: at,
                due: due.clone(),
                because: "it began there".to_owned(),
            });
        }
        // A time that runs already goes on running: a second message makes nobody's day longer.
        Rung::Waits { due } => {
            if let Some(owner) = owner.as_mut().filter(|owner| owner.due.is_none()) {
                owner.due.clone_from(due);
            }
        }
        Rung::Answered => {
            if let Some(owner) = owner {
                owner.due = None;
            }
        }
        Rung::Rose { to, at, due } => {
            let before = owner.as_ref().map_or("nobody", |from| from.tier.as_str());
            *owner = Some(Standing {
                because: format!("{before} did not answer in its time"),
                tier: to.clone(),
                desk: None,
                since: *at,
                due: due.clone(),
            });
        }
        Rung::Moved {
            to,
            way,
            desk,
            by,
            why,
            due,
        } => {
            *owner = Some(Standing {
                because: format!("{by} moved it {}: {why}", way.word()),
                tier: to.clone(),
                desk: desk.clone(),
                since: at,
                due: due.clone(),
            });
        }
        Rung::Ended => *owner = None,
    }
}
