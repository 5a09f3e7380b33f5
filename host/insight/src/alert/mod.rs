//! What grows: fast, or slowly and steadily.
//!
//! - [`Surge`]: one score for each slot, of one series of counts. It knows nothing of labels; one threshold serves all.
//! - [`Cusum`]: growth too slow for any threshold.
//! - [`Watch`]: a brand's talk. An alert is growth beyond the seasonal expectation, times reach, times distinct authors,
//!   times what is still unanswered: one loud person is no crowd, and what was answered is no fire.

mod cusum;
mod surge;
mod watch;

pub use cusum::Cusum;
pub use surge::{Settings, Surge};
pub use watch::{Alert, Kind, Post, Rules, Watch};
