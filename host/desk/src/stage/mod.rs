//! Where the work on a conversation stands: eleven stages, what moves it from one to another, and why something does not.
//!
//! [`follow`] is the whole table. For every stage and every [`Cause`] it says where that leads, that it changes nothing,
//! or in words why it cannot be; there is no case that nobody thought of. [`Work`] adds who has it.
//!
//! Work leaves an agent's hands when the person or somebody else has the next word, when it is snoozed, and when it is
//! done; the agent's room is free then. Whatever comes back from there comes back through `waiting`, where matching
//! keeps it for its last agent while they are there. So room is counted in one place, and nothing lies with somebody
//! who went home.
//!
//! What the desk knew before there were stages is a view of them: [`Work::status`] and [`Work::owner`].

mod table;
mod work;

pub use crate::condition::Stage;
pub use table::{Cause, Outcome, follow};
pub use work::{Happened, NotNow, Work};
