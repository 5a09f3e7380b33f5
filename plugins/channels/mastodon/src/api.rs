//! Requests to the server: their budget in one call, the rate limit, and what a "no" means on Mastodon.

use crate::settings::{self, Settings};
use jackfield_sdk::channel::{Answer, Host, Request, Trouble, query};
use serde::de::DeserializeOwned;
use std::cell::Cell;

/// The secret's name in `plugin.toml`.
const TOKEN: &str = "access-token";

/// Requests that one poll makes at most. Mastodon allows 300 in five minutes; a poll every few seconds must leave
/// room for answers.
const REQUESTS: u32 = 24;

pub(crate) struct Api<'a> {
    pub(crate) host: &'a dyn Host,
    pub(crate) settings: Settings,
    made: Cell<u32>,
    rate: Cell<Option<Rate>>,
}

/// What the last answer said of the rate limit.
#[derive(Debug, Clone, Copy)]
struct Rate {
    limit: u64,
    remaining: u64,
    reset_ms: u64,
}

impl<'a> Api<'a> {
    pub(crate) fn new(host: &'a dyn Host, settings: &str) -> Result<Self, Trouble> {
        let settings = settings::read(settings)?;
        Ok(Self {
            host,
            settings,
            made: Cell::new(0),
            rate: Cell::new(None),
        })
    }

    pub(crate) fn server(&self) -> &str {
        &self.settings.server
    }

    pub(crate) fn url(&self, path: &str, pairs: &[(&str, &str)]) -> String {
        query(&format!("{}{path}", self.settings.server), pairs)
    }

    /// May one more request be made in this call?
    pub(crate) fn may_ask(&self) -> bool {
        let rate_left = self.rate.get().is_none_or(|r| r.remaining > 0);
        self.made.get() < REQUESTS && rate_left
    }

    /// May one more request be made that can as well be made later? A quarter of the rate limit is kept for answers.
    pub(crate) fn may_ask_idly(&self) -> bool {
        self.may_ask() && self.rate.get().is_none_or(|r| r.remaining > r.limit / 4)
    }

    /// How long to leave the server alone after this call: until the limit ends where nothing is left of it, spread
    /// over what is left where that is little.
    pub(crate) fn pause_ms(&self) -> Option<u64> {
        let rate = self.rate.get()?;
        (rate.remaining < rate.limit / 5).then(|| rate.reset_ms / (rate.remaining + 1))
    }

    /// Sends a request with our token and keeps in mind what the answer says of the rate limit.
    pub(crate) fn send(&self, request: Request) -> Result<Answer, jackfield_sdk::channel::HttpFailure> {
        self.made.set(self.made.get() + 1);
        let answer = request
            .bearer(TOKEN)
            .header("accept", "application/json")
            .try_send(self.host)?;
        let told = (answer.rate_limit(), answer.rate_remaining(), answer.rate_reset_ms());
        if let (Some(limit), Some(remaining), Some(reset_ms)) = told {
            self.rate.set(Some(Rate {
                limit,
                remaining,
                reset_ms,
            }));
        }
        Ok(answer)
    }

    /// `GET`, whatever the status.
    pub(crate) fn get(&self, path: &str, pairs: &[(&str, &str)]) -> Result<Answer, Trouble> {
        let request = Request::get(self.url(path, pairs));
        self.send(request)
            .map_err(|failure| jackfield_sdk::channel::trouble_of(&failure))
    }

    /// `GET`, a 2xx, and JSON of this shape.
    pub(crate) fn read<T: DeserializeOwned>(&self, path: &str, pairs: &[(&str, &str)]) -> Result<T, Trouble> {
        let answer = self.get(path, pairs)?;
        self.good(&answer)?;
        parse(path, answer.bytes())
    }

    /// A 2xx, or what it means instead.
    pub(crate) fn good(&self, answer: &Answer) -> Result<(), Trouble> {
        match answer.status() {
            200..=299 => Ok(()),
            code @ (401 | 403) => Err(Trouble::Credential(format!(
                "{} does not accept the access token ({code}: {}). Make a new one there under Preferences > Development, \
                 with the scopes read and write:statuses, and put it where this connection's secret `{TOKEN}` is kept.",
                self.server(),
                answer.words()
            ))),
            _ => Err(answer.trouble()),
        }
    }
}

/// JSON of this shape, or what came instead.
pub(crate) fn parse<T: DeserializeOwned>(path: &str, body: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(body).map_err(|error| {
        let begin: String = String::from_utf8_lossy(body).chars().take(80).collect();
        Trouble::Unexpected(format!(
            "{path} answered with something that is not what Mastodon documents ({error}): {begin:?}"
        ))
    })
}

/// Ids are numbers that may be too long for one, or words that grow: the longer is the greater, else the letters tell.
pub(crate) fn newer(id: &str, than: &str) -> bool {
    (id.len(), id) > (than.len(), than)
}
