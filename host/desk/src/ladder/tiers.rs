//! The tiers of a ladder, where an item begins on it, and what moves somebody may make.

use super::standing::{Due, Rung, Standing, Way};
use crate::condition::{Condition, Facts, Times};
use crate::policy::{Faults, House, Name, Span};
use jackfield_protocol::{AgentId, Millis};
use serde::{Deserialize, Serialize};

/// Tiers, the lowest first, and where an item begins.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Ladder {
    /// From the community up.
    pub tiers: Vec<Tier>,
    /// The first that holds says where an item begins; where none does, it begins with the lowest tier.
    pub starts: Vec<Start>,
}

/// A tier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tier {
    /// Its name: `community`, `super-user`, `agent`, `specialist`, `pr`.
    pub name: String,
    /// How long it has to answer before the item goes to the next one. The highest has none: nobody is above it.
    #[serde(default)]
    pub within: Option<Span>,
    /// The calendar in which that time counts; none for every hour.
    #[serde(default)]
    pub calendar: Option<String>,
}

/// Where some items begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Start {
    /// Which.
    #[serde(default)]
    pub when: Condition,
    /// Where.
    pub tier: String,
}

/// A move that nobody may make.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the sentence says it")]
pub enum MoveRefused {
    #[error("There is no tier {0:?} on this ladder: name one of {1}.")]
    NoTier(String, String),
    #[error("It is not on the ladder: begin with a tier.")]
    NotOnLadder,
    #[error("Say why it moves, so that the tier that gets it knows.")]
    WhyMissing,
    #[error("{to} is not {wanted} {from}: the way from {from} to {to} is {way}.")]
    OtherWay {
        from: String,
        to: String,
        wanted: &'static str,
        way: &'static str,
    },
    #[error("It is with {0} already: name another desk of this tier to move it sideways.")]
    Nowhere(String),
}

impl Ladder {
    /// The first rung of an item.
    pub fn begin(&self, facts: &Facts, times: &dyn Times, now: Millis) -> Option<Rung> {
        let start = self.starts.iter().find(|start| start.when.holds(facts, times));
        let tier = match start {
            Some(start) => start.tier.clone(),
            None => self.tiers.first()?.name.clone(),
        };
        let due = self.due(&tier, times, now);
        Some(Rung::Began { tier, due })
    }

    /// The person waits for the tier that owns it: its time runs from now.
    pub fn waits(&self, standing: &Standing, times: &dyn Times, now: Millis) -> Rung {
        Rung::Waits {
            due: self.due(&standing.tier, times, now),
        }
    }

    /// Moves an item to another tier, or to another desk of its tier.
    ///
    /// # Errors
    /// A move that leads elsewhere than it says, or says no reason.
    #[allow(
        clippy::too_many_arguments,
        reason = "each is a part of one sentence: who moves what where, how and why"
    )]
    pub fn move_to(
        &self,
        standing: Option<&Standing>,
        way: Way,
        to: &str,
        desk: Option<String>,
        by: AgentId,
        why: &str,
        times: &dyn Times,
        now: Millis,
    ) -> Result<Rung, MoveRefused> {
        let standing = standing.ok_or(MoveRefused::NotOnLadder)?;
        let goal = self.place(to).ok_or_else(|| self.no_tier(to))?;
        let from = self.place(&standing.tier).ok_or_else(|| self.no_tier(&standing.tier))?;
        let leads = match goal.cmp(&from) {
            std::cmp::Ordering::Greater => Way::Up,
            std::cmp::Ordering::Less => Way::Down,
            std::cmp::Ordering::Equal => Way::Sideways,
        };
        if leads != way {
            return Err(MoveRefused::OtherWay {
                from: standing.tier.clone(),
                to: to.to_owned(),
                wanted: way.beside(),
                way: leads.word(),
            });
        }
        if way == Way::Sideways && desk == standing.desk {
            return Err(MoveRefused::Nowhere(desk.unwrap_or_else(|| to.to_owned())));
        }
        if why.trim().is_empty() {
            return Err(MoveRefused::WhyMissing);
        }
        Ok(Rung::Moved {
            to: to.to_owned(),
            way,
            desk,
            by,
            why: why.to_owned(),
            due: self.due(to, times, now),
        })
    }

    /// Which way a move leads; none where one of the tiers is not on the ladder.
    pub fn way(&self, from: &str, to: &str) -> Option<Way> {
        Some(match self.place(to)?.cmp(&self.place(from)?) {
            std::cmp::Ordering::Greater => Way::Up,
            std::cmp::Ordering::Less => Way::Down,
            std::cmp::Ordering::Equal => Way::Sideways,
        })
    }

    /// When a tier that gets an item at `from` loses it, and to whom.
    pub fn due(&self, tier: &str, times: &dyn Times, from: Millis) -> Option<Due> {
        let place = self.place(tier)?;
        let then = self.tiers.get(place.saturating_add(1))?.name.clone();
        let tier = self.tiers.get(place)?;
        let span = tier.within?.0;
        let at = match &tier.calendar {
            Some(calendar) => times.after(calendar, from, span)?,
            None => from.saturating_add(span),
        };
        Some(Due { at, then })
    }

    /// The names of the tiers.
    pub fn names(&self) -> Vec<&str> {
        self.tiers.iter().map(|tier| tier.name.as_str()).collect()
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.tiers.iter().position(|tier| tier.name == name)
    }

    fn no_tier(&self, name: &str) -> MoveRefused {
        MoveRefused::NoTier(name.to_owned(), self.names().join(", "))
    }

    /// What is wrong in it.
    pub fn check(&self, house: &House, at: &str, faults: &mut Faults) {
        for (n, tier) in self.tiers.iter().enumerate() {
            let here = format!("{at}.tiers[{n}]");
            faults.name(&format!("{here}.name"), &tier.name);
            if self.place(&tier.name) != Some(n) {
                faults.add(
                    format!("{here}.name"),
                    format!("{:?} is there twice", tier.name),
                    "give each tier a name of its own",
                );
            }
            let last = n.saturating_add(1) == self.tiers.len();
            match (last, tier.within) {
                (true, Some(_)) => faults.add(
                    format!("{here}.within"),
                    format!(
                        "{:?} is the highest tier, so there is nobody to go to after this time",
                        tier.name
                    ),
                    "take `within` out, or add a tier above",
                ),
                (false, None) => faults.add(
                    format!("{here}.within"),
                    format!(
                        "{:?} has no time, so the tiers above it never get anything by themselves",
                        tier.name
                    ),
                    "write how long it has: within = \"2h\"",
                ),
                (false, Some(Span(0))) => faults.add(
                    format!("{here}.within"),
                    format!("{:?} has no time at all", tier.name),
                    "write a time above zero, or take the tier out",
                ),
                _ => {}
            }
            if let Some(calendar) = &tier.calendar {
                house.check_name(Name::Calendar, calendar, &format!("{here}.calendar"), faults);
            }
        }
        for (n, start) in self.starts.iter().enumerate() {
            let here = format!("{at}.starts[{n}]");
            start.when.check(house, &format!("{here}.when"), faults);
            faults.known(&format!("{here}.tier"), "tier", &start.tier, Some(&self.names()));
        }
    }
}
