//! What the author of a Jackfield plugin depends on.
//!
//! A plugin is an ordinary Rust library: a type, a trait, one macro. This is a whole channel:
//!
//! ```
//! use jackfield_sdk::channel::*;
//!
//! struct Guestbook;
//!
//! impl Channel for Guestbook {
//!     fn describe() -> Description {
//!         Description::new("guestbook", "0.1.0").can([Ability::Poll])
//!     }
//!     fn check(host: &dyn Host, _settings: &str) -> Result<String, Trouble> {
//!         Request::get("https://guestbook.example/lines").bearer("token").send(host)?.ok()?;
//!         Ok("The guestbook answers.".to_owned())
//!     }
//!     fn poll(host: &dyn Host, _settings: &str, cursor: Option<Vec<u8>>, _max: u32) -> Result<Batch, Trouble> {
//!         let seen: usize = cursor.and_then(|c| String::from_utf8(c).ok()?.parse().ok()).unwrap_or(0);
//!         let page = Request::get("https://guestbook.example/lines").bearer("token").send(host)?.ok()?.text();
//!         let new = page.lines().enumerate().skip(seen).take(50);
//!         let events = new.map(|(n, line)| said(&n.to_string(), Author::named("guest"), line, host.now_ms()));
//!         let events: Vec<Event> = events.collect();
//!         Ok(Batch::new(events.clone()).cursor((seen + events.len()).to_string()))
//!     }
//! }
//!
//! jackfield_sdk::channel!(Guestbook);
//! # fn main() {}
//! ```
//!
//! Every function is handed its [`Host`]: in the sandbox that is the real one, in a native test it is
//! [`testing::Scripted`], so the whole of a plugin runs under `cargo test` with no sandbox and no network.
//!
//! | module | what is in it |
//! |---|---|
//! | [`channel`] | all names that a channel needs; `use jackfield_sdk::channel::*` |
//! | [`webhook`] | what a channel needs besides, to read what its network sends by itself |
//! | [`triage`] | all names that a judge of messages needs |
//! | [`stream`] | byte streams, lines, bodies in pieces |
//! | [`html`] | HTML to plain text with spans |
//! | [`time`] | RFC 3339 times to milliseconds and back |
//! | [`testing`] | a host for native tests |
//! | [`bindings`] | the contract as generated |

pub mod bindings;
pub mod channel;
mod convert;
mod describe;
mod encode;
mod host;
pub mod html;
mod http;
pub mod stream;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
pub mod time;
pub mod triage;
pub mod webhook;
