//! A policy as it is in force, read once; and those before it, as long as something that they began still runs.

use super::{Faults, House};
use crate::automation::Ruleset;
use crate::calendar::Calendars;
use crate::clocks::{Book, Edition};
use crate::gate::Dictionaries;
use crate::passage::Gates;
use std::sync::{Arc, LazyLock};

/// One version of the policy, with its calendars read.
#[derive(Debug, Clone, Default)]
pub struct Applied {
    /// 1 for the first that was applied, then one more each; 0 where none was.
    pub number: u64,
    /// What it says.
    pub house: House,
    /// What its calendars mean.
    pub calendars: Calendars,
    /// The hash of what it says; empty where nothing was applied.
    pub version: String,
    /// Its rules, made ready.
    pub rules: Ruleset,
    /// Its voices, made ready. Only the one in force has them: the others judge nothing any more.
    pub gates: Gates,
}

impl Applied {
    /// A policy under its number. A calendar that has faults is left out: what is applied was checked before.
    pub fn new(number: u64, house: House) -> Self {
        let calendars = house.read_calendars(&mut Faults::default());
        Self {
            number,
            version: house.version(),
            rules: Ruleset::new(&house.rules),
            house,
            calendars,
            gates: Gates::default(),
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
#[derive(Debug, Clone, Default)]
pub struct Policies {
    /// The one in force.
    pub current: Applied,
    /// Each version that was ever applied, the one in force among them.
    pub book: Book,
}

impl Policies {
    /// All that were applied, in any order: the one of the greatest number is in force.
    pub fn of(all: impl IntoIterator<Item = Applied>) -> Self {
        Self::spelt(all, &Arc::default())
    }

    /// The same with dictionaries, by which spelling is looked at.
    pub fn spelt(all: impl IntoIterator<Item = Applied>, dictionaries: &Arc<Dictionaries>) -> Self {
        let mut policies = Self::default();
        for one in all {
            policies.book.insert(one.number, one.edition());
            if one.number >= policies.current.number {
                policies.current = one;
            }
        }
        if !policies.is_none() {
            policies.current.gates = Gates::of(&policies.current.house, dictionaries);
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
