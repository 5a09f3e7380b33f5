//! Matching in the running host: the floor of the desk, fed with what happens and made true in the log.
//!
//! The floor itself is pure ([`jackfield_desk::floor`]). Here it hears of every commit, of everybody who comes and goes,
//! and of another policy; it steps when it heard something or when an instant of its own has come, never by the clock
//! alone. What it offers and what lapses becomes an event of the conversation. The log is what counts: the floor is built
//! anew from the store at the start, and a conversation that it has wrong is read again.

mod matching;
mod presence;

pub use matching::Matching;
pub(crate) use presence::Mode;
pub use presence::{LEASE, Presences};
