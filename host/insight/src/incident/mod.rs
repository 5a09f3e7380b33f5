//! Many people, one grievance.
//!
//! Two ways lead a post to a group. A **copy** (shared again, cut, with slips) is found by MinHash among all earlier posts
//! and verified by the likeness of the texts themselves; SimHash is for web pages and misses half of such short copies.
//! **Other words** are found by the words that matter, against each group's centre; groups that have gone quiet are left
//! alone. A [`Book`] keeps the groups, counts a person once, and does as it is told: merge, split, name.

mod book;
mod copies;
mod words;

pub use book::{Book, Group, How, Placed, Plan, Post};
pub use copies::{Copies, likeness};
