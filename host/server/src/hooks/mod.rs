//! What networks send by themselves: `POST|GET /hooks/{connection}[/…]`.
//!
//! The order is the promise: size, then signature, then bytes on the disk, then the answer. Nothing is parsed before it is
//! verified and nothing is answered before it is durable; what was answered is ingested by the line's own task, in
//! order of arrival, woken at once and resumed after a crash. A request that was kept before is answered as it was the
//! first time and not kept again: a network that missed an answer is content, and who replays gains nothing.
//!
//! A stranger learns nothing. Whatever is refused gets one and the same answer, whether the line exists, takes webhooks,
//! or did not believe the signature; the operator reads the reason in the log and in the counts.
//!
//! - `receive`: the requests.
//! - `door`: how the requests of one line are verified, read anew when something changed.
//! - `count`: how many ended how.
//! - `keep`: what is old and done is thrown away.

mod count;
mod door;
mod keep;
mod receive;

pub use count::{Count, Counts, End};
pub use door::{Door, Verifier, secrets};
pub use keep::sweep;
pub use receive::{Hooks, reached, routes};
