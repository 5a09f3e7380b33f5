//! How a stand-in is set up.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Everything a stand-in needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens; only loopback addresses are accepted. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The brand's account name.
    pub brand: String,
    /// The brand's access token; made from random bytes where none is given.
    pub token: Option<String>,
    /// Where the brand's token is written (mode 0600), for the program that will use it.
    pub token_file: Option<PathBuf>,
    /// How many people live there.
    pub people: usize,
    /// Mean time between two people who begin to write; none: nobody writes until [`crate::Standin::step`] or
    /// `POST /_standin/step` lets the next thing happen.
    pub pace: Option<Duration>,
    /// The same seed and the same replies give the same people, the same words, the same order.
    pub seed: u64,
    /// The greatest length of a post.
    pub max_characters: usize,
    /// Requests that one token may make in five minutes. Mastodon's own limit is 300; the default is greater so that
    /// a test does not meet it by accident.
    pub rate_limit: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            brand: "northwind".to_owned(),
            token: None,
            token_file: None,
            people: 12,
            pace: None,
            seed: 1,
            max_characters: 500,
            rate_limit: 7500,
        }
    }
}
