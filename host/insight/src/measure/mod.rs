//! The measures of the work, each by one written definition.
//!
//! - **First response time**: from the network's time of a person's post to the first human reply that the network
//!   accepted, in calendar time and in business time. A reply answers everything of its conversation that was posted up to
//!   its own time. Who still waits is in the figure ([`Waits`]), never left out of it.
//! - **Response rate**: needs that got a human reply, of all needs. A post that its author took away before an answer is
//!   counted apart: nobody can answer it any more.
//! - **Acknowledged** and **answered** are two clocks. An answer acknowledges too; what a machine sent does not answer.
//! - **Resolved** is said by somebody; never guessed from silence.
//! - **First-contact resolution**: resolved and not opened again, at most one reply episode before, and no need of the same
//!   person on the same issue on any channel within seven days. It is known seven days later; until then it is pending. What
//!   an agent flagged and what the person confirmed are reported beside it, never mixed in.
//! - **Gratitude**: resolved conversations in which the person, after a reply of ours, sincerely thanks us, of all resolved
//!   conversations.
//!
//! [`Rows::read`] folds [facts](Fact) to one row for each post and one for each resolved conversation; [`Board`] adds rows
//! up by brand, channel, team, date and hour. A share on the board and the list of its items ask the same function of a
//! row, so they cannot disagree.
//!
//! Dates and hours are those of the brand's own wall. An hour that comes twice when the clocks go back is one hour with
//! twice the time in it; the one that is left out has nothing.

mod board;
mod csv;
mod fact;
mod fold;
mod row;
mod share;
mod sketch;
mod survival;

pub use board::{Board, Cell, Dim, Drill, Filter, Tally, drill};
pub use csv::{facts_csv, messages_csv, talks_csv};
pub use fact::{Fact, Thanks, What};
pub use fold::{House, Rows};
pub use row::{Message, Number, Talk, Wait};
pub use share::Share;
pub use sketch::{Sketch, kept};
pub use survival::{Step, Waits, Z95};
