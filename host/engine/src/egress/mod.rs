//! Where a plugin may talk to, and what it may say there. Nothing in this folder knows wasmtime.
mod grant;
mod resolve;

pub use grant::{Grant, GrantError, Grants, Origin, Scheme};
pub use resolve::{Resolver, SystemResolver};
