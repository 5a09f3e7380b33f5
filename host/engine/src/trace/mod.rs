//! What crosses the boundary between host and plugin, written down: each export call with its arguments and its
//! answer, each import call with its arguments and its result, in order and byte for byte.
//!
//! A trace is taken on the plugin's side of the wall. A request is written before the host puts a secret into it, an
//! answer after the host took secrets out of it; what a plugin cannot see is not in its trace. Every text passes the
//! connection's scrubber once more on its way out, so that a value pasted into settings or into a message is not in
//! it either.
//!
//! | module | what is in it |
//! |---|---|
//! | [`Event`], [`Recorder`] | one thing that crossed; who wants to know |
//! | `bytes` | bytes in JSON: text where they are text, Base64 where not |
//! | `tape` | where a running call meets its trace: records, plays back, keeps the last call |
//! | `say` | calls and answers of the contract as JSON |
//! | `http` | requests and answers as JSON |
//! | `file` | a trace as lines of JSON, with a header |
//! | `identity`, `script` | which request is the same request; a player that answers from a trace |
//! | `replay`, `differ` | a trace run again; the first difference as a person reads it |
//! | `fault`, `hold` | what goes wrong on order; what must hold then |

mod bytes;
mod differ;
mod event;
mod fault;
mod file;
mod hold;
pub(crate) mod http;
mod identity;
mod replay;
pub(crate) mod say;
mod script;
mod tape;

pub use bytes::Bytes;
pub use differ::Difference;
pub use event::{Event, Memory, Player, Playing, Recorder};
pub use fault::Fault;
pub use file::{FORMAT, Header, Trace, TraceError, TraceFile};
pub use hold::{Held, held};
pub use replay::{Gave, Outcome, ReplayError, Replayed, Replaying};
pub use script::{Matching, Script};
pub(crate) use tape::{Ring, Tape};
