//! Who lives in the stand-in: seeded people with characters who write to the brand and react to what it answers.
//!
//! Nothing here is a list of replies. A person opens with something that went wrong or that they want to know; the
//! brand's answer is *read* ([`read`]) for what it does (asks, apologises, solves, puts off, asks for a private
//! word); the person's character decides what they make of that; the words are drawn for it. What is to happen stands
//! in an agenda with a time each, so that a test can let it happen at once.

mod cast;
mod character;
mod read;
mod words;

pub use cast::Cast;
pub use character::{Character, Move};
pub use read::{Reading, read};
