//! What the tests that cross crates share: the real program in a fresh folder, a client of its API, the networks it
//! talks to, and the faults between them.
//!
//! Nothing here knows a crate of the host from inside. A test starts `jackfield` as an operator does, through its
//! command line, and believes only what the API, the feed and the network at the other end say. Waiting is always
//! [`eventually`]: a condition asked again until it holds or its deadline passes; nothing sleeps for a fixed time.
//!
//! | module | what is in it |
//! |---|---|
//! | [`places`] | where the program, the bundled plugins and the Python environment are |
//! | [`host`] | a folder made by `jackfield init`, its configuration, the running program, `SIGKILL` |
//! | [`api`], [`feed`], [`token`] | a client that mints its own tokens |
//! | [`mock`], [`driver`] | `mastodon-mock` and Mastodon.py, which nobody of this project wrote |
//! | [`isso`] | the comments of a blog, a real server |
//! | [`wire`] | a TCP relay that loses answers: the network accepted, and nobody was told |
//! | [`steps`] | death before a chosen step of the program |
//! | [`hook`] | the guest whose network sends by itself |
//! | [`packages`] | the next version of a plugin, packed and signed |
//! | [`trials`] | a test that cannot run here says what is missing |
// A harness says "this cannot be" out loud: a panic here is a failed test with its reason.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod api;
pub mod driver;
pub mod feed;
pub mod hook;
pub mod host;
pub mod isso;
pub mod mock;
pub mod packages;
pub mod places;
pub mod steps;
pub mod token;
pub mod trials;
pub mod wait;
pub mod wire;

pub use wait::eventually;

/// A client for HTTP on this machine. TLS is not used, but the client wants a provider before it is built.
pub fn http() -> reqwest::Client {
    // Installed by whoever comes first; a second installation is refused and means the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client without options can be built")
}
