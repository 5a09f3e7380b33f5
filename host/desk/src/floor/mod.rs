//! Who gets what: waiting items on one side, agents with room on the other, and the reason for every pair.
//!
//! A [`Floor`] hears [`Change`]s (somebody came, an item waits, an offer was accepted) and [`Floor::step`] answers with
//! the [`Offer`]s that follow. Nothing is asked of a clock: the host says what time it is, and `wake_at` says when to
//! ask again if nothing is heard until then. The same changes at the same instants give the same offers.
//!
//! # What is promised after every step
//! 1. No item is offered to an agent who lacks a need of it, works for another brand or has no room for it.
//! 2. No item waits beside an agent who could take it.
//! 3. No agent is offered an item while one of greater priority waits that this agent could take in its place.
//!
//! # How
//! Items have their turn by priority: the greatest sum of points first, of equals the longest waiting. An item goes to
//! the best fitting agent who can take it. Room only shrinks while a step runs, so what found nobody in its turn finds
//! nobody at the end: that is promise 2. Where an item finds nobody, offers *of this step* may move on to other agents
//! to make way for it (an augmenting path, in `exchange`); so with items of equal weight as many are placed as
//! there can be, the most important first. Offers of earlier steps are on somebody's screen and stay where they are.
//!
//! # What makes it cheap
//! Between two steps only what was touched is looked at. Waiting items of the same needs, brand, queue and weight stand
//! in one line (a *shape*): where its head finds nobody, nobody behind it does. So an agent who gets room is compared
//! with some dozens of lines and not with ten thousand items, and a new item with the agents and not with the items.
//! How much that is worth is not measured yet.

mod change;
mod exchange;
mod explain;
mod fit;
mod item;
mod people;
mod round;
mod routing;
mod skill;
mod staff;
mod state;
mod step;

pub use change::{Change, Refused};
pub use item::{Item, Last, Raise, Reason, Relaxation, Relaxed, Terms};
pub use people::{Agent, Presence};
pub use routing::{Points, Queue, Queues, Relax};
pub use skill::{Level, Needs, Skill, SkillMalformed};
pub use staff::{Staff, StaffMember};
pub use state::{Floor, Whereabouts};
pub use step::{Lapse, LapseCause, Offer, Step};

pub(crate) use explain::span_in_words;
