//! How many people the work needs.
//!
//! - [`live`]: channels on which people wait in line (voice, chat): Erlang C, and Erlang A where they may leave.
//! - [`written`]: channels with a promise of minutes or hours (mail, social, forum): a queue by deadline. Erlang's formulas
//!   say nothing about these, since nobody holds the line.
//! - [`roster`]: from people at work to people on the roster (shrinkage), and several conversations at once (concurrency).
//! - [`bench`]: how many more have to be trained for the peaks, out of the peaks that there were, beside the flat 30 %.
//! - [`what_if`]: the same questions with other figures, for a slider.

pub mod bench;
pub mod live;
pub mod roster;
pub mod what_if;
pub mod written;
