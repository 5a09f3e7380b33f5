//! The lines to the networks: one task each, that polls, publishes and keeps its own breaker.
//!
//! - `breaker`: what state a line is in and when it is asked again; pure.
//! - `channel`: what a line needs of a plugin; a trait, so that tests need no WebAssembly.
//! - `line`: the task of one line.
//! - `outbox`: how a reply gets to the network once.
//! - `closing`: what becomes of replies whose line is taken away.
//! - `board`: all lines, started and stopped as the operator adds and removes connections.

mod board;
mod breaker;
mod channel;
pub mod closing;
mod line;
mod outbox;

pub use board::{Board, Opened, Opener};
pub use breaker::{Breaker, Outcome};
pub use channel::Channel;
pub use line::{Line, Timing};
