//! The panel without a browser: what it knows, what it may send, which rows it draws.
//!
//! Everything here is a function of its inputs: no clock, no network, no DOM. `jackfield-panel` asks the browser and
//! does what these machines say, so their promises are tested by properties on any machine.

#[cfg(test)]
mod model;
#[cfg(test)]
mod samples;

mod backoff;
mod clock;
mod compose;
pub mod desk;
mod feed;
pub mod json;
mod nest;
mod outbox;
pub mod react;
mod rows;
mod segments;
mod sse;
mod thread;
mod window;
pub mod wire;
pub mod words;

pub use clock::*;
pub use compose::*;
pub use feed::*;
pub use nest::*;
pub use outbox::*;
pub use rows::*;
pub use segments::*;
pub use sse::{Event, Parser, TooLong};
pub use thread::*;
pub use window::*;
