//! What will come in, slot by slot.
//!
//! - [`Model`]: the simple ways first (last week, the mean and the median of eight weeks), then the others.
//! - [`choose`]: by rolling origin, on this very series. Nothing is used that loses to the same slot a week before; what is
//!   costly has to win clearly. How wrong the chosen one was in the past is the band around what it says now.
//! - [`outside`]: other series (search interest, noise on networks that are not ours) and planned events. They have to gain
//!   on days that they were not fitted on, or they are off and it is said why.
//! - [`flag`]: peaks in a forecast that nothing supports, and blips that grow.

mod choose;
mod decompose;
pub mod flag;
mod model;
pub mod outside;
pub(crate) mod stat;

pub use choose::{Band, Chosen, Score, choose};
pub use model::{Model, Series};
