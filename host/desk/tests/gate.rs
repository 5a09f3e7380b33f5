//! The compose gate on planted faults and on ordinary replies, in several languages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

#[path = "gate/mod.rs"]
mod stage;

#[path = "gate/forbidden.rs"]
mod forbidden;
#[path = "gate/ordinary.rs"]
mod ordinary;
#[path = "gate/typos.rs"]
mod typos;
#[path = "gate/wrong.rs"]
mod wrong;
