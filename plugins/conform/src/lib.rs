//! Stand-ins of the networks: programs with state, people and faults of their own, for demos and tests without a
//! network.
//!
//! `jackfield-standin` (and [`Standin`] for tests) is a small Mastodon server. It speaks the client API that a
//! connector uses, keeps the rules that matter to one (who may see what, idempotency keys, page borders, edits with
//! their history, deletions, rate limits), and is inhabited: seeded people with characters write to the brand, read
//! what it answers and react to that. Faults can be ordered for the next calls under `/_standin/`.
//!
//! The same server has a second face, a guestbook under `/book/`: a small API of the kind that comment, ticket and blog
//! systems have, for which the templates of plugins are written.
//!
//! | module | what is in it |
//! |---|---|
//! | [`mastodon`] | the server's state and rules, without HTTP; its JSON |
//! | [`people`] | who lives there and what they do |
//! | `http` | the API, the faults and the admin calls |
//! | [`Standin`] | all of it, listening |
//! | [`program`] | the stand-ins of other networks, each a program for the kit: |
//! | [`matrix`] | a Matrix homeserver |
//! | [`sms`] | Twilio's Messages API |
//! | [`telegram`] | Telegram's Bot API, behind a proxy |
//! | [`networks`] | stand-ins of other networks, each a value that answers requests |
//!
//! What it leaves out, because no connector of ours asks for it: media upload, streaming, lists, filters, boosts,
//! federation. `tests/shape.rs` compares its JSON with recordings of a real server.

pub mod mastodon;
pub mod matrix;
pub mod networks;
pub mod people;
pub mod program;
pub mod sms;
pub mod telegram;

mod clock;
mod config;
mod http;
mod standin;

pub use config::Config;
pub use standin::Standin;
