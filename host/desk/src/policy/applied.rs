//! A policy as it is in force, read once; and those before it, as long as something that they began still runs.

use super::{Faults, House};
use crate::calendar::Calendars;
use crate::clocks::{Book, Edition};
use std::sync::LazyLock;

/// One version of the policy, with its calendars read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Applied {
    /// 1 for the first that was applied, then one more each; 0 where none was.
    pub number: u64,
    /// What it says.
    pub house: House,
    /// What its calendars mean.
    pub calendars: Calendars,
}

impl Applied {
    /// A policy under its number. A calendar that has faults is left out: what is applied was checked before.
    pub fn new(number: u64, house: House) -> Self {
        let calendars = house.read_calendars(&mut Faults::default());
        Self {
            number,
            house,
            calendars,
        }
    }

    /// As far as clocks need it.
    pub fn edition(&self) -> Edition {
        Edition {
            targets: self.house.targets.clone(),
            calendars: self.calendars.clone(),
        }
    }
}

/// The policy in force and what clocks still refer to. Without any policy nothing is routed, nothing is due and nothing
/// is held up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policies {
    /// The one in force.
    pub current: Applied,
    /// Each version that was ever applied, the one in force among them.
    pub book: Book,
}

impl Policies {
    /// All that were applied, in any order: the one of the greatest number is in force.
    pub fn of(all: impl IntoIterator<Item = Applied>) -> Self {
        let mut policies = Self::default();
        for one in all {
            policies.book.insert(one.number, one.edition());
            if one.number >= policies.current.number {
                policies.current = one;
            }
        }
        policies
    }

    /// Before anything was applied.
    pub fn none() -> &'static Self {
        static NONE: LazyLock<Policies> = LazyLock::new(Policies::default);
        &NONE
    }

    /// Nothing was ever applied.
    pub fn is_none(&self) -> bool {
        self.current.number == 0
    }
}
