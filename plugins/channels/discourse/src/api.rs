//! Requests to the forum: their budget in one call, and what a "no" means on Discourse.

use crate::settings::{self, Settings};
use jackfield_sdk::channel::{Answer, Host, HttpFailure, Request, Trouble, query, trouble_of};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::cell::Cell;

/// The secret's name in `plugin.toml`.
const KEY: &str = "api-key";

/// Requests that one poll makes at most. A key may make 60 in a minute (`max_admin_api_reqs_per_minute`), and answers
/// need some of them.
const REQUESTS: u32 = 15;

pub(crate) struct Api<'a> {
    pub(crate) host: &'a dyn Host,
    pub(crate) settings: Settings,
    made: Cell<u32>,
}

impl<'a> Api<'a> {
    pub(crate) fn new(host: &'a dyn Host, settings: &str) -> Result<Self, Trouble> {
        let settings = settings::read(settings)?;
        Ok(Self {
            host,
            settings,
            made: Cell::new(0),
        })
    }

    pub(crate) fn url(&self, path: &str, pairs: &[(&str, &str)]) -> String {
        query(&format!("{}{path}", self.settings.server), pairs)
    }

    /// May one more request be made in this call?
    pub(crate) fn may_ask(&self) -> bool {
        self.made.get() < REQUESTS
    }

    pub(crate) fn send(&self, request: Request) -> Result<Answer, HttpFailure> {
        self.made.set(self.made.get() + 1);
        request
            .secret_header("api-key", KEY, "", "")
            .header("api-username", self.settings.account.as_str())
            .header("accept", "application/json")
            .try_send(self.host)
    }

    /// `GET`, whatever the status.
    pub(crate) fn get(&self, path: &str, pairs: &[(&str, &str)]) -> Result<Answer, Trouble> {
        self.send(Request::get(self.url(path, pairs)))
            .map_err(|failure| trouble_of(&failure))
    }

    /// `GET`, a 2xx, and JSON of this shape.
    pub(crate) fn read<T: DeserializeOwned>(&self, path: &str, pairs: &[(&str, &str)]) -> Result<T, Trouble> {
        let answer = self.get(path, pairs)?;
        self.good(&answer)?;
        parse(path, answer.bytes())
    }

    /// The same; none where it is not there, or not for us.
    pub(crate) fn find<T: DeserializeOwned>(&self, path: &str, pairs: &[(&str, &str)]) -> Result<Option<T>, Trouble> {
        let answer = self.get(path, pairs)?;
        match answer.status() {
            404 | 410 => Ok(None),
            403 if !about_the_key(&answer) => Ok(None),
            _ => {
                self.good(&answer)?;
                parse(path, answer.bytes()).map(Some)
            }
        }
    }

    /// A 2xx, or what it means instead.
    pub(crate) fn good(&self, answer: &Answer) -> Result<(), Trouble> {
        match answer.status() {
            200..=299 => Ok(()),
            code @ (401 | 403) if code == 401 || about_the_key(answer) => Err(Trouble::Credential(format!(
                "{} does not accept the key of {} ({code}: {}). Make a new one there under Admin > API, for this user, and \
                 put it where this connection's secret `{KEY}` is kept.",
                self.settings.server,
                self.settings.account,
                words(answer)
            ))),
            429 => Err(Trouble::Later(
                answer
                    .retry_after_ms()
                    .or_else(|| wait_seconds(answer).map(|s| s.saturating_mul(1000))),
            )),
            400..=499 => Err(Trouble::Refused(format!(
                "The forum says no ({}): {}",
                answer.status(),
                words(answer)
            ))),
            _ => Err(answer.trouble()),
        }
    }
}

/// Discourse answers a wrong key with 403 and these words, and everything that is merely not allowed with 403 too.
fn about_the_key(answer: &Answer) -> bool {
    answer.text().contains("API username or key")
}

fn wait_seconds(answer: &Answer) -> Option<u64> {
    let body: Value = serde_json::from_slice(answer.bytes()).ok()?;
    body.pointer("/extras/wait_seconds")?.as_u64()
}

/// The forum's own words about a refusal: `errors` is a list of sentences.
pub(crate) fn words(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(answer.bytes()).unwrap_or_default();
    let errors = body.get("errors").and_then(Value::as_array);
    let said: Vec<&str> = errors.into_iter().flatten().filter_map(Value::as_str).collect();
    if said.is_empty() {
        return answer.words();
    }
    said.join(" ").chars().take(300).collect()
}

/// JSON of this shape, or what came instead.
pub(crate) fn parse<T: DeserializeOwned>(path: &str, body: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(body).map_err(|error| {
        let begin: String = String::from_utf8_lossy(body).chars().take(80).collect();
        Trouble::Unexpected(format!(
            "{path} answered with something that is not what Discourse documents ({error}): {begin:?}"
        ))
    })
}
