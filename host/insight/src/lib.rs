//! What the log tells about the work, as pure functions from facts to figures.
//!
//! No clock, no random source, no files: the same facts give the same figures. Where a simulation draws, it draws from a
//! seed that the caller names. Fractions go through the machine's logarithm, so the last digit of one may differ from
//! machine to machine; no count and no time does.
//!
//! - [`measure`]: response rate, first answer, gratitude, first-contact resolution; down to the items they count.
//! - [`staffing`]: how many people the work needs, on live and on written channels, and how many more for the peaks.
//! - [`forecast`]: what will come in, by models that have to win on the series itself, with a band and with doubts.
//! - [`alert`]: what grows, and when to wake somebody.
//! - [`incident`]: many people, one grievance.

pub mod alert;
pub mod draw;
pub mod forecast;
pub mod incident;
pub mod measure;
pub mod staffing;
