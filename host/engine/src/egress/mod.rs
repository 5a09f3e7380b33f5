//! Where a plugin may talk to, and what it may say there. Nothing in this folder knows wasmtime.
//!
//! A name is not an address, and an address has many spellings; a name under somebody else's control that resolves to
//! `127.0.0.1` would otherwise turn a connector into a key to the host's own network. So the path is: the URL is read
//! by the parser of the client that dials it ([`policy`]); its origin must be granted ([`Grants`]); the name is
//! resolved once ([`Resolver`]) and every answer is judged ([`address`]); the client can dial those answers and
//! nothing else; a redirect starts the path anew. [`Exit`] walks it.

pub mod address;
mod dial;
mod exchange;
mod grant;
mod line;
mod message;
pub mod policy;
mod reader;
mod redirect;
mod resolve;
mod tls;

pub use exchange::{Exit, Used};
pub(crate) use grant::private;
pub use grant::{Grant, GrantError, Grants, Origin, Scheme};
pub use line::{Line, LineFailure, Part, Piece, Security};
pub use message::{Failure, Request, Response, Value};
pub use policy::{Denied, Destination};
pub use reader::Reader;
pub use resolve::{Resolver, SystemResolver};
pub use tls::Tls;
