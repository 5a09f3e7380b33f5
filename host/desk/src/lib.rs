//! The contact centre as pure functions: `decide(state, command, policy, now) -> events`, `apply(state, event)`.
//!
//! No clock, no random source, no environment, no I/O: the same events give the same state, on any machine, for ever.

mod event;

pub use event::*;
