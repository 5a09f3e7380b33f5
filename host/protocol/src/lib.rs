//! The vocabulary of Jackfield: what the host, the desk, the store and the panel call things.
//!
//! Serde only, no I/O, compiles for the browser. A type lives here when it crosses a border
//! (HTTP, the event log, the live feed); what only one crate needs stays in that crate.

mod api;
mod counting;
mod feed;
mod health;
mod ids;
mod message;
mod plugin;
mod policy;
mod rehearsal;
mod reply;
mod view;
mod work;

pub use api::*;
pub use feed::*;
pub use health::*;
pub use ids::*;
pub use message::*;
pub use plugin::*;
pub use policy::*;
pub use rehearsal::*;
pub use reply::*;
pub use view::*;
pub use work::*;
