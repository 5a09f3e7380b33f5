//! A rule, as it is written.

use crate::condition::{Condition, vocabulary};
use crate::policy::Span;
use serde::{Deserialize, Deserializer, Serialize};

vocabulary! {
    /// What makes a rule look.
    On {
        /// Somebody said something, edited it or took it away.
        Message = "message",
        /// Triage read it.
        Verdict = "verdict",
        /// The work moved: it was taken, handed over, resolved, reopened, tagged.
        StateChanged = "state-changed",
        /// A clock warns.
        ClockWarning = "clock-warning",
        /// A clock was not met.
        ClockBreach = "clock-breach",
        /// Time alone made the condition hold.
        TimePassed = "time-passed",
    }
}

vocabulary! {
    /// What only one rule can set.
    Slot {
        /// Where the work waits.
        Queue = "queue",
        /// Who is to have it.
        Assignment = "assignment",
        /// Who answers for it.
        Tier = "tier",
        /// Whether it rests: put away, or closed as noise.
        Rest = "rest",
        /// The draft of an answer.
        Draft = "draft",
    }
}

/// On an event, when a condition holds, do something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rule {
    /// What makes it look.
    #[serde(deserialize_with = "one_or_more")]
    pub on: Vec<On>,
    /// What has to hold.
    #[serde(default, skip_serializing_if = "Condition::is_always")]
    pub when: Condition,
    /// What it does, in this order.
    #[serde(rename = "do")]
    pub acts: Vec<Action>,
    /// The greater one first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: i64,
    /// No rule after it, where it did something.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stop: bool,
    /// Written, and not in force.
    #[serde(default, skip_serializing_if = "is_default")]
    pub off: bool,
    /// What it is for, in the words of who wrote it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// Something that a rule does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Marks it.
    Tag(String),
    /// Takes a mark away.
    Untag(String),
    /// Puts it into a queue.
    Queue(String),
    /// Adds points to its priority, or takes some away; the rule's name is the reason that is shown.
    Priority(i64),
    /// Gives it to somebody.
    Assign(Assign),
    /// Lays out this canned reply as a draft. Nothing is published by a rule.
    Draft(String),
    /// Keeps a note for our own people.
    Note(String),
    /// Makes this tier answer for it.
    Escalate(String),
    /// Puts it away for this long.
    Snooze(Span),
    /// Tells this agent or role of it.
    Notify(String),
    /// It needs nobody.
    CloseAsNoise,
}

/// To whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields, rename_all = "kebab-case")]
pub enum Assign {
    /// To this one.
    Agent {
        /// Who.
        agent: String,
    },
    /// To somebody who can do this.
    Skill {
        /// What.
        skill: String,
        /// How well at least; 1 where nothing is said.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        level: u8,
    },
}

fn one() -> u8 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one(level: &u8) -> bool {
    *level == 1
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn one_or_more<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<On>, D::Error> {
    crate::condition::OneOrMore::deserialize(from).map(|all| all.0)
}

impl Action {
    /// What it sets that no other rule can set then; none where any number of rules can do the like.
    pub fn slot(&self) -> Option<Slot> {
        match self {
            Self::Queue(_) => Some(Slot::Queue),
            Self::Assign(_) => Some(Slot::Assignment),
            Self::Escalate(_) => Some(Slot::Tier),
            Self::Snooze(_) | Self::CloseAsNoise => Some(Slot::Rest),
            Self::Draft(_) => Some(Slot::Draft),
            Self::Tag(_) | Self::Untag(_) | Self::Priority(_) | Self::Note(_) | Self::Notify(_) => None,
        }
    }

    /// What it does, in words.
    pub fn words(&self) -> String {
        match self {
            Self::Tag(tag) => format!("tag it {tag}"),
            Self::Untag(tag) => format!("take the tag {tag} away"),
            Self::Queue(queue) => format!("put it into the queue {queue}"),
            Self::Priority(points) => format!("{points:+} to its priority"),
            Self::Assign(Assign::Agent { agent }) => format!("give it to {agent}"),
            Self::Assign(Assign::Skill { skill, level }) => {
                format!("give it to somebody with {skill} at level {level} or more")
            }
            Self::Draft(canned) => format!("lay out the canned reply {canned} as a draft"),
            Self::Note(text) => format!("note: {text}"),
            Self::Escalate(tier) => format!("escalate it to {tier}"),
            Self::Snooze(span) => format!("put it away for {span}"),
            Self::Notify(who) => format!("tell {who}"),
            Self::CloseAsNoise => "close it as noise".to_owned(),
        }
    }
}
