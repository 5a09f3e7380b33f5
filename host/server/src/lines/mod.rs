//! The lines to the networks: one task each, that polls, publishes and keeps its own breaker.
//!
//! - `outcome`: how a call ended, as a line sees it.
//! - `breaker`: what state a line is in, why, and when it is asked again; pure.
//! - `budget`: what a connection may use in an hour and in a day; pure.
//! - `gate`: how many calls run at once, and who is next.
//! - `grants`: the one count of the use of grants.
//! - `ledger`, `histogram`: what there is to tell of a line: calls, times, budgets, breakdowns, turns of the breaker.
//! - `metered`: a connection whose every call takes its turn and is written into the ledger.
//! - `channel`: what a line needs of a plugin; a trait, so that tests need no WebAssembly.
//! - `intake`: what came in by itself becomes messages; what cannot is set aside.
//! - `line`: the task of one line.
//! - `outbox`: how a reply gets to the network once.
//! - `closing`: what becomes of replies whose line is taken away.
//! - `status`: the page of a line, for the operator.
//! - `board`: all lines, started and stopped as the operator adds and removes connections.

mod board;
mod breaker;
pub mod budget;
mod channel;
pub mod closing;
mod gate;
mod grants;
mod histogram;
mod intake;
mod ledger;
mod line;
mod metered;
mod outbox;
mod outcome;
pub mod status;

pub use board::{Board, Opened, Opener};
pub use breaker::{Breaker, Switch};
pub use channel::Channel;
pub use gate::{Cost, Gate, Pass};
pub use grants::{GrantState, grants};
pub use histogram::Histogram;
pub use ledger::{Books, Calls, LastBreak, Ledger, Totals, Turned};
pub use line::{Line, Timing};
pub(crate) use metered::word;
pub use outcome::Outcome;
