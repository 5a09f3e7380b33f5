//! Requests to the homeserver.

use crate::settings::{self, Settings};
use jackfield_sdk::channel::{Answer, Host, HttpFailure, Request, Trouble, percent, query, trouble_of};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::cell::Cell;

/// The secret's name in `plugin.toml`.
const TOKEN: &str = "access-token";

/// Requests after which a poll begins no further message. A call may make 250, and the longest thread needs 40 of them.
const REQUESTS: u32 = 150;

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

    pub(crate) fn server(&self) -> &str {
        &self.settings.server
    }

    /// An address of the client API. `parts` are percent-encoded each.
    pub(crate) fn url(&self, parts: &[&str], pairs: &[(&str, &str)]) -> String {
        let path: String = parts.iter().map(|part| format!("/{}", percent(part))).collect();
        query(&format!("{}/_matrix/client/v3{path}", self.settings.server), pairs)
    }

    /// May one more message be looked into? Some need several requests.
    pub(crate) fn may_ask(&self) -> bool {
        self.made.get() < REQUESTS
    }

    pub(crate) fn send(&self, request: Request) -> Result<Answer, HttpFailure> {
        self.made.set(self.made.get() + 1);
        request
            .bearer(TOKEN)
            .header("accept", "application/json")
            .try_send(self.host)
    }

    /// A 2xx, or what it means instead.
    pub(crate) fn good(&self, answer: &Answer) -> Result<(), Trouble> {
        match answer.status() {
            200..=299 => Ok(()),
            401 => Err(Trouble::Credential(format!(
                "{} does not accept the access token ({}). Sign in anew as the README says and put the token where this \
                 connection's secret `{TOKEN}` is kept.",
                self.server(),
                answer.words()
            ))),
            429 => Err(Trouble::Later(patience(answer))),
            _ => Err(answer.trouble()),
        }
    }

    /// `GET`, whatever the status.
    pub(crate) fn get(&self, url: &str) -> Result<Answer, Trouble> {
        self.send(Request::get(url)).map_err(|failure| trouble_of(&failure))
    }

    /// `GET`, a 2xx, and JSON of this shape.
    pub(crate) fn read<T: DeserializeOwned>(&self, url: &str) -> Result<T, Trouble> {
        let answer = self.get(url)?;
        self.good(&answer)?;
        parse(answer.bytes())
    }

    /// The same; none where the server has no such thing, or does not show it to us.
    pub(crate) fn find<T: DeserializeOwned>(&self, url: &str) -> Result<Option<T>, Trouble> {
        let answer = self.get(url)?;
        if matches!(answer.status(), 403 | 404) {
            return Ok(None);
        }
        self.good(&answer)?;
        parse(answer.bytes()).map(Some)
    }

    /// Who we are, asked once for each token that a host keeps under this server.
    pub(crate) fn who(&self) -> Result<String, Trouble> {
        #[derive(Deserialize)]
        struct Who {
            user_id: String,
        }
        let who: Who = self.read(&self.url(&["account", "whoami"], &[]))?;
        let _ = self
            .host
            .set("me", format!("{} {}", self.server(), who.user_id).as_bytes());
        Ok(who.user_id)
    }

    /// The same, from memory where it is there.
    pub(crate) fn me(&self) -> Result<String, Trouble> {
        let kept = self.host.get("me").and_then(|bytes| String::from_utf8(bytes).ok());
        match kept.as_deref().and_then(|kept| kept.split_once(' ')) {
            Some((server, me)) if server == self.server() => Ok(me.to_owned()),
            _ => self.who(),
        }
    }
}

/// How long a 429 asks us to wait: in the header, or in the body where older servers write it.
fn patience(answer: &Answer) -> Option<u64> {
    #[derive(Deserialize)]
    struct Limited {
        retry_after_ms: Option<u64>,
    }
    let said = serde_json::from_slice::<Limited>(answer.bytes()).ok();
    answer.retry_after_ms().or_else(|| said?.retry_after_ms)
}

/// JSON of this shape, or what came instead.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(body).map_err(|error| {
        let begin: String = String::from_utf8_lossy(body).chars().take(80).collect();
        Trouble::Unexpected(format!(
            "The homeserver answered with something that Matrix does not document ({error}): {begin:?}"
        ))
    })
}
