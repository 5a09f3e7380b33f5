//! Makes the tables of the learned judges, and says how good they are.
//!
//! `cargo xtask train` and `cargo xtask eval` start it. It reads data sets from a folder that the caller names, learns
//! from their train parts, and measures on their validation parts; test parts are never opened.
//!
//! | module | what is in it |
//! |---|---|
//! | [`data`] | readers of the data sets, and of our own messages |
//! | [`learn`] | texts as rows, and the learner |
//! | [`make`] | weights to a table of bytes |
//! | [`score`] | measures |
//! | [`eval`] | every figure beside what others reached |
//! | [`tables`] | what each table is made of |

pub mod data;
pub mod eval;
pub mod learn;
pub mod make;
pub mod score;
pub mod tables;
