//! What only the full-page console knows: the work on a conversation with its clocks, what the gate found in a draft, the
//! readers of a reply, who is looking, the policies in words. As everything of the core, functions of their inputs.
//!
//! The server's answers are those of the panel with more in them. What is more is read here, out of the same texts, so
//! that the panel in other people's pages carries none of it.

mod approval;
mod check;
mod due;
mod marks;
mod wire;
mod words;
mod work;

pub use approval::*;
pub use check::*;
pub use due::*;
pub use marks::*;
pub use wire::{Heard, More, Value, act, done_of_reply, hear, more_of_page, more_of_view, pairs, read};
pub use words::{Texts, Tone};
pub use work::*;
