//! The contact centre as pure functions: `decide(state, command, rules, now) -> events`, `apply(state, event)`.
//!
//! No clock, no random source, no environment, no I/O: the same events give the same state, on any machine, for ever.
//!
//! - [`event`](Event): what the log holds. Its JSON is frozen by snapshots.
//! - [`Conversation`]: what the events add up to.
//! - [`decide`]: what a [`Command`] makes happen, or the [`Refusal`] that says why not.
//! - [`policy`]: what an operator writes, and [`condition`]: the one language in which it says "when".
//! - [`calendar`]: business time; [`clocks`]: what is due, when, and the promise that is published.
//! - [`automation`]: rules that do something by themselves.
//! - [`view`]: what people see of it.
//! - [`ladder`]: which tier answers for a conversation at each instant, and what is owed until it is followed up.
//! - [`stage`]: where the work stands, and what moves it.
//! - [`gate`]: what is to be said about a reply before anybody reads it; [`approval`]: who reads it; [`authority`]: who may.
//! - [`passage`]: gate, authority and risk as one judgement, and what a reply carries of it.
//! - [`work`]: where these meet the log: what follows for the work from whatever was decided.
//! - [`floor`]: which agent is offered which conversation, and why.

mod apply;
pub mod approval;
pub mod authority;
pub mod automation;
pub mod calendar;
pub mod clocks;
mod command;
pub mod condition;
mod decide;
mod event;
pub mod floor;
pub mod gate;
mod ids;
pub mod ladder;
pub mod passage;
pub mod policy;
mod refusal;
mod rules;
pub mod stage;
mod state;
pub mod view;
pub mod work;

pub use apply::{apply, fold};
pub use command::Command;
pub use decide::{ReadAct, Reading, Writing, alarm_at, decide};
pub use event::*;
pub use ids::{conversation_id, publish_key};
pub use refusal::Refusal;
pub use rules::{LineRules, Rules};
pub use state::*;
