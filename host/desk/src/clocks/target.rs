//! Targets as an operator writes them. Their order is their meaning: of each clock, the first that fits counts.

use super::{Kind, Why};
use crate::calendar::Calendars;
use crate::condition::{Condition, Facts};
use crate::policy::{Faults, House, Name, Span};
use serde::{Deserialize, Serialize};

/// How soon something is to happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Target {
    /// By this clocks and reports name it.
    pub name: String,
    /// Which clock.
    pub clock: Kind,
    /// For what; everything where it is not written.
    #[serde(default = "Condition::always", skip_serializing_if = "Condition::is_always")]
    pub when: Condition,
    /// How soon.
    pub within: Span,
    /// The calendar whose hours count; every hour where none is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// How long before it is due somebody is warned, in the same hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn: Option<Span>,
    /// What makes it stand still.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pause: Vec<Why>,
}

/// The targets in their order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Targets(pub Vec<Target>);

impl Targets {
    /// The one that counts.
    pub fn first(&self, kind: Kind, facts: &Facts, calendars: &Calendars) -> Option<&Target> {
        let mut fitting = self.0.iter().filter(|target| target.clock == kind);
        fitting.find(|target| target.when.holds(facts, calendars))
    }

    /// By its name.
    pub fn named(&self, name: &str) -> Option<&Target> {
        self.0.iter().find(|target| target.name == name)
    }

    /// What is wrong with them.
    pub fn check(&self, house: &House, at: &str, faults: &mut Faults) {
        for (index, target) in self.0.iter().enumerate() {
            let at = format!("{at}[{index}]");
            let before = self.0.get(..index).unwrap_or_default();
            faults.name(&format!("{at}.name"), &target.name);
            if before.iter().any(|other| other.name == target.name) {
                let what = format!("there are two targets {:?}", target.name);
                faults.add(format!("{at}.name"), what, "give each a name of its own");
            }
            target.when.check(house, &format!("{at}.when"), faults);
            if let Some(hours) = &target.hours {
                house.check_name(Name::Calendar, hours, &format!("{at}.hours"), faults);
            }
            if target.within.0 <= 0 {
                faults.add(
                    format!("{at}.within"),
                    "no time at all cannot be kept",
                    "write a span such as 2h",
                );
            }
            if target.warn.is_some_and(|warn| warn >= target.within) {
                let what = "the warning would come before the clock has begun";
                faults.add(format!("{at}.warn"), what, "write a span that is shorter than within");
            }
            // What stands behind a target that takes everything is never reached.
            let above = before
                .iter()
                .find(|other| other.clock == target.clock && (other.when.is_always() || other.when == target.when));
            if let Some(above) = above {
                let what = format!("{:?} above takes everything that this would", above.name);
                faults.add(
                    format!("{at}.when"),
                    what,
                    "move this one above it, or take one of them away",
                );
            }
        }
    }
}
