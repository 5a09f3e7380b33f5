//! What is promised of mappings, in one program so that it is linked once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test says so out loud

mod bounds;
mod examples;
mod mistakes;
mod page;
mod repairs;
mod site;
mod walks;
mod webhooks;
