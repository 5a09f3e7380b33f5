//! What an operator writes: calendars, targets, queues, people's authority, rules, as reviewed files.
//!
//! [`House`] is all of it. Each section is a type of the module that lives by it, read by serde (kebab-case, unknown
//! fields refused), and has a `check` that looks at the whole house, since sections name one another: a rule names a
//! calendar, a target names a brand. What is wrong is collected, not thrown: whoever writes a policy wants all of it at
//! once.

mod applied;
mod diff;
mod fault;
mod files;
mod normal;
mod place;
mod span;

pub use applied::{Applied, Policies};
pub use diff::{Change, Changed, diff};
pub use fault::{Fault, Faults, is_name, nearest};
pub use files::{Text, Wrong, read};
pub use normal::Line;
pub use span::Span;

use crate::automation::{self, Rule};
use crate::calendar::{self, Calendars};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything an operator writes, one field per section. A section that is not written is empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct House {
    /// Hours of opening, by name.
    pub calendars: BTreeMap<String, calendar::Written>,
    /// How soon something is to happen.
    pub targets: crate::clocks::Targets,
    /// Where work waits, and what it needs there.
    pub queues: crate::floor::Queues,
    /// Who works here: what they can do, for whom, and how much at once.
    pub agents: crate::floor::Staff,
    /// Which tier answers for an item, and for how long.
    pub ladder: crate::ladder::Ladder,
    /// What others take over for a brand.
    pub overspill: crate::ladder::Overspills,
    /// What replies may hold, by brand.
    pub voices: BTreeMap<String, crate::gate::Voice>,
    /// Who may promise, refund, apologise, speak for a brand.
    pub authority: crate::authority::Authority,
    /// The people who write, by the `sub` of their tokens.
    pub team: BTreeMap<String, crate::authority::Member>,
    /// What is done by itself.
    pub rules: BTreeMap<String, Rule>,
}

/// What sections name in one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// Hours of opening.
    Calendar,
    /// Where work waits.
    Queue,
    /// Who answers for it, from the community to the specialist.
    Tier,
    /// Something an agent can do.
    Skill,
    /// A brand.
    Brand,
    /// A text that is ready.
    Canned,
}

impl Name {
    /// As people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Calendar => "calendar",
            Self::Queue => "queue",
            Self::Tier => "tier",
            Self::Skill => "skill",
            Self::Brand => "brand",
            Self::Canned => "canned reply",
        }
    }
}

impl House {
    /// Everything that is wrong in it.
    pub fn check(&self) -> Faults {
        let mut faults = Faults::default();
        if let Err(why) = self.written() {
            // Its version is of what is written down: what cannot be has none.
            faults.add(
                "",
                format!("it cannot be kept: {why}"),
                "leave out what was added last, and report this",
            );
        }
        self.read_calendars(&mut faults);
        self.targets.check(self, "targets", &mut faults);
        self.queues.check(self, "queues", &mut faults);
        self.agents.check("agents", &mut faults);
        self.ladder.check(self, "ladder", &mut faults);
        self.overspill.check(self, "overspill", &mut faults);
        for (brand, voice) in &self.voices {
            let at = format!("voices.{brand}");
            self.check_name(Name::Brand, brand, &at, &mut faults);
            voice.check(self, &at, &mut faults);
        }
        self.authority.check(self, "authority", &mut faults);
        crate::authority::check_team(&self.team, self, &mut faults);
        automation::check(&self.rules, self, "rules", &mut faults);
        faults
    }

    /// What its calendars mean. One that has faults is left out.
    pub fn read_calendars(&self, faults: &mut Faults) -> Calendars {
        Calendars::read(&self.calendars, faults)
    }

    /// The names of one sort that its sections define; none where no section defines that sort, so that any will do.
    pub fn names(&self, of: Name) -> Option<Vec<&str>> {
        match of {
            Name::Calendar => Some(self.calendars.keys().map(String::as_str).collect()),
            Name::Queue => Some(self.queues.names()).filter(|names| !names.is_empty()),
            Name::Tier => Some(self.ladder.names()).filter(|names| !names.is_empty()),
            Name::Skill | Name::Brand | Name::Canned => None,
        }
    }

    /// A name that another section has to have.
    pub fn check_name(&self, of: Name, name: &str, at: &str, faults: &mut Faults) {
        faults.known(at, of.word(), name, self.names(of).as_deref());
    }
}
