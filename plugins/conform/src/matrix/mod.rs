//! A stand-in of a Matrix homeserver: the client-server API as far as one account uses it, a public room, direct chats,
//! and the people in them.
//!
//! Events have one order; a token of `/sync` and `/messages` is a place in it (`s12`). A sync's timeline has a limit and
//! says so; what is before it is had by `/messages`. A transaction id makes one event however often it is sent. A
//! redaction takes the content away. The real server is installed by the tests of `plugins/channels/matrix`; this one is
//! for the kit, which wants an empty network for each case at once.

mod api;
mod state;

pub use api::{ME, ROOM, TOKEN, router, start};
