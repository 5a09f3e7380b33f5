//! Rules: on an event, when a condition holds, do something.
//!
//! ```toml
//! [rules.loud-complaint]
//! on = ["message", "verdict"]
//! when = { label = "complaint", margin = 0.2, reach = { at-least = 10000 } }
//! do = [{ tag = "loud" }, { priority = 5 }, { escalate = "pr" }]
//! priority = 50
//! stop = true
//! ```
//!
//! The greater priority runs first, of two the same the one whose name comes first. What an earlier rule set is not set
//! again by a later one; that is a conflict, and shown. A rule with `stop` that did something is the last one.
//!
//! - [`Ruleset`]: rules made ready. It finds the few that may hold of an event by an index ([`index`](self)), so that a thousand
//!   rules cost what their matches cost.
//! - [`Ruleset::run`]: what an event makes happen. It is data; the host carries it out.
//! - [`Ruleset::wake_at`]: when a rule on time passed is to be asked again. Nothing polls.
//! - [`dry_run`]: what rules would have touched.
//!
//! **Loops.** What a rule does is an event, too. Each event of a rule carries the chain of rules that led to it. No rule
//! of the chain runs on it, and at its [`CHAIN`]th link no rule does.

mod check;
mod dry;
mod index;
mod overlap;
mod rule;
mod run;

pub use check::check;
pub use dry::{Example, Touched, dry_run};
pub use overlap::{Overlap, Relation, overlaps, relation};
pub use rule::{Action, Assign, On, Rule, Slot};
pub use run::{Act, Conflict, Outcome, Ruleset, Trigger};

/// How many events of rules may follow from one another. Nobody who reads a policy follows a longer chain in their head.
pub const CHAIN: usize = 8;
