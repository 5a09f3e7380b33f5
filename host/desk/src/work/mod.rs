//! The work on a conversation: its stage, its queue, its clocks, its tier and what is owed in it.
//!
//! Each of these is a pure module of its own (`stage`, `floor`, `clocks`, `ladder`). Here they meet the log. Whatever a
//! command decides, [`carry`] adds what follows for the work, as events of the same commit: the log then says where the
//! work stood at each instant, and nobody has to compute it from a policy that has changed since.
//!
//! - [`Dossier`]: what these events add up to. It is part of the conversation.
//! - [`carry`]: what follows from events and from time that has passed.
//! - [`act`]: what an agent may do about the work beside writing.
//! - [`wake_at`]: when something happens by itself; of the state alone, so that a store can keep an index of it.
//!
//! Without a policy nothing of this is written: who answers has the conversation, as if there were no stages. What
//! [`stage_of`] says then is read from the conversation itself.

mod act;
mod carry;
mod clock;
mod dossier;
mod judge;
mod learn;
mod owed;
mod route;
mod tier;
mod wake;

pub(crate) use act::{act, lapsed, offer};
pub use act::{escalate, noise, snooze};
pub(crate) use carry::carry;
pub use dossier::{Dossier, InQueue, Owing};
pub(crate) use learn::learn;
pub use route::{item, lacks, routed};
pub use wake::wake_at;

use crate::Conversation;
use crate::stage::Work;

/// Where the work stands: as the log says it, else as the conversation itself does.
pub fn stage_of(state: &Conversation) -> Work {
    match &state.work.stage {
        Some(work) => work.clone(),
        None => {
            let answered = state.answered_at().is_some() && state.waiting().is_empty();
            // A log of before there were stages: since the person waits, or had our answer.
            let waits = state.waiting().first().map(|(_, message)| message.posted_at);
            let since = waits.or(state.answered_at()).unwrap_or(0);
            Work::of_before(state.status, state.owner.clone(), answered, since)
        }
    }
}
