//! Requests that a network sends by itself: whether they are from it, said before anything of them is read.
//!
//! A plugin's `plugin.toml` describes how its network signs (a [`Recipe`]); the host does the arithmetic. So a plugin
//! never holds the secret, no plugin compares signatures in its own way, and nothing is parsed before it is known
//! to be from the network. What a signature does not cover is not believed: a recipe that would leave the body
//! uncovered is refused when it is read.
//!
//! - `recipe`: the recipe as it is written, checked, with the line of every fault.
//! - `template`: what is signed, where it is more than the body.
//! - `form`: an address and sorted form fields, as Twilio signs them.
//! - `mac`: the HMACs, compared in constant time.
//! - `challenge`: how networks ask whether an address is really ours.
//! - `verify`: a request against a recipe and the secrets.
//!
//! Pure: no clock, no network, no WebAssembly; the caller says what time it is.

mod challenge;
mod form;
pub(crate) mod mac;
mod recipe;
mod template;
mod verify;

pub use challenge::Answer;
pub(crate) use recipe::Raw;
pub use recipe::{Recipe, RecipeError};
pub use verify::{Incoming, Refusal, Verdict};
