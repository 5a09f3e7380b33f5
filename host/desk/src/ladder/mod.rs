//! Who answers for an item: tiers from the community to the spokesperson, each with the time it has.
//!
//! At every instant exactly one tier owns an open item. It is computed from what happened ([`Rung`]s in the item's own
//! log) and the instant: where a tier's time ran out, the item belongs to the next one from that instant on, whether or
//! not the host has come to write it down. What was due when a rung was written stays due: a ladder that is changed
//! moves nothing that stands on it.
//!
//! [`Obligation`] is the other half: what is taken over from a brand outside its hours, or in an overspill, is owed to
//! the person until somebody has followed up, and no way around that is silent.

mod obligation;
mod scope;
mod standing;
mod tiers;

pub use obligation::{Act, Deadline, Obligation, OweRefused, Owed, Phase, may_resolve};
pub use scope::{Overspill, Overspills};
pub(crate) use standing::hear;
pub use standing::{Due, Rung, Standing, Stood, Way, due_rungs, standing};
pub use tiers::{Ladder, MoveRefused, Start, Tier};
