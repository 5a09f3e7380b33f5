//! What is due, when, and what was kept: computed from facts that the log has.
//!
//! - [`History`]: who asked, who answered, what pauses; [`History::of`] reads it from a log. What a network says of the
//!   future counts from our receipt, and a reply is never older than the message it was written under.
//! - A **round** is one wait: it begins with the first message that nobody answered and ends with what the clock is
//!   about. [`choose`] finds its target once, when it begins: the first target whose condition holds. The choice is a
//!   fact with the version of the policy, so a later policy rewrites nothing.
//! - [`due`]: the clocks of a conversation, out of history and the editions of the policy that started them.
//! - [`next_wake`] and [`ringing`]: when somebody has to be told, and what of.
//! - [`promise`](promise()): the sentence to publish, out of the same targets. [`say`](say()): one clock in words.

mod history;
mod promise;
mod reckon;
mod rounds;
mod say;
mod target;
mod words;

pub use history::{History, Step, What, Why};
pub use promise::promise;
pub use reckon::{Clock, choose, due, next_wake, ringing};
pub use rounds::End;
pub use say::say;
pub use target::{Target, Targets};
pub use words::Language;

use crate::calendar::Calendars;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a clock is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// From the person's first message to the first reply of a human.
    FirstResponse,
    /// From the first message that nobody answered, later on, to the next reply of a human.
    NextResponse,
    /// To the first word of ours that the network accepted, be it automatic.
    Acknowledge,
    /// To a reply that answers, not one that only confirms.
    Answer,
    /// To "resolved".
    Resolve,
}

/// Which round of which clock has which target: a fact of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// The clock.
    pub kind: Kind,
    /// Counted from 0 for each kind.
    pub round: u32,
    /// The target's name; none where no target was for it.
    pub target: Option<String>,
    /// The version of the policy.
    pub version: u64,
}

/// What rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bell {
    /// It will soon be due.
    Warning,
    /// It is due now.
    Due,
}

/// A bell of a clock and its instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ring {
    /// The clock.
    pub kind: Kind,
    /// Its round.
    pub round: u32,
    /// Which.
    pub bell: Bell,
    /// For when it was set. Where that moves to later, it rings again.
    pub at: jackfield_protocol::Millis,
}

/// One version of the policy, as far as clocks need it. It is kept as long as a clock refers to it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Edition {
    /// Its targets.
    pub targets: Targets,
    /// Its calendars.
    pub calendars: Calendars,
}

/// The versions that clocks refer to.
pub type Book = BTreeMap<u64, Edition>;
