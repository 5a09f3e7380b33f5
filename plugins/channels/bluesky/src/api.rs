//! Requests to the account's server: the session, the budget of one call, the rate limit, what an error means.
//!
//! The secret is a refresh token, for an app password would have to stand in a body, where a plugin can put no secret. Using
//! it gives an access token for two hours and the next refresh token; both are kept in `kv`. The server takes a refresh
//! token again for a while after it was used, so a call whose values were not stored does no harm.

use crate::settings::{self, Settings};
use crate::wire::Session;
use jackfield_sdk::channel::{Answer, Host, HttpFailure, Request, Trouble, query, trouble_of};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::cell::{Cell, RefCell};

/// The secret's name in `plugin.toml`.
const SECRET: &str = "refresh-token";
const KEY: &str = "session";
/// Requests that one poll makes at most: a server allows 3000 in five minutes to one address.
const REQUESTS: u32 = 40;

/// Who we are, and by what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Me {
    pub(crate) did: String,
    pub(crate) handle: String,
    access: String,
    refresh: String,
    server: String,
}

pub(crate) struct Api<'a> {
    pub(crate) host: &'a dyn Host,
    pub(crate) settings: Settings,
    me: RefCell<Option<Me>>,
    made: Cell<u32>,
    pause: Cell<Option<u64>>,
}

impl<'a> Api<'a> {
    pub(crate) fn new(host: &'a dyn Host, settings: &str) -> Result<Self, Trouble> {
        let settings = settings::read(settings)?;
        let kept: Option<Me> = host.get(KEY).and_then(|json| serde_json::from_slice(&json).ok());
        let me = kept.filter(|me| me.server == settings.server);
        Ok(Self {
            host,
            settings,
            me: RefCell::new(me),
            made: Cell::new(0),
            pause: Cell::new(None),
        })
    }

    pub(crate) fn may_ask(&self) -> bool {
        self.made.get() < REQUESTS
    }

    /// How long to leave the server alone, where little is left of its limit.
    pub(crate) fn pause_ms(&self) -> Option<u64> {
        self.pause.get()
    }

    /// Our account; makes a session where there is none.
    pub(crate) fn me(&self) -> Result<Me, Trouble> {
        if let Some(me) = self.me.borrow().clone() {
            return Ok(me);
        }
        self.renew(None)
    }

    /// A new session: by what was kept, else by the secret, which an operator may have replaced.
    fn renew(&self, old: Option<&Me>) -> Result<Me, Trouble> {
        let url = self.url("com.atproto.server.refreshSession", &[]);
        if let Some(old) = old {
            let kept = Request::post(url.as_str()).header("authorization", format!("Bearer {}", old.refresh));
            let answer = self.send(kept).map_err(|failure| trouble_of(&failure))?;
            if (200..300).contains(&answer.status()) {
                return self.keep(&answer);
            }
            if answer.status() >= 500 || answer.status() == 429 {
                return Err(self.trouble(&answer));
            }
        }
        let secret = Request::post(url).bearer(SECRET);
        let answer = self.send(secret).map_err(|failure| trouble_of(&failure))?;
        match answer.status() {
            200..=299 => self.keep(&answer),
            400 | 401 | 403 => Err(Trouble::Credential(format!(
                "{} no longer takes the session of this account ({}: {}). Make a new one with an app password and put its \
                 refreshJwt where this connection's secret `{SECRET}` is kept.",
                self.settings.server,
                answer.status(),
                answer.words()
            ))),
            _ => Err(self.trouble(&answer)),
        }
    }

    fn keep(&self, answer: &Answer) -> Result<Me, Trouble> {
        let session: Session = parse("com.atproto.server.refreshSession", answer.bytes())?;
        let me = Me {
            did: session.did,
            handle: session.handle,
            access: session.access_jwt,
            refresh: session.refresh_jwt,
            server: self.settings.server.clone(),
        };
        if let Ok(json) = serde_json::to_vec(&me) {
            let _ = self.host.set(KEY, &json);
        }
        *self.me.borrow_mut() = Some(me.clone());
        Ok(me)
    }

    pub(crate) fn url(&self, method: &str, pairs: &[(&str, &str)]) -> String {
        query(&format!("{}/xrpc/{method}", self.settings.server), pairs)
    }

    fn send(&self, request: Request) -> Result<Answer, HttpFailure> {
        self.made.set(self.made.get() + 1);
        let answer = request.header("accept", "application/json").try_send(self.host)?;
        let number = |name: &str| answer.header(name).and_then(|text| text.trim().parse::<u64>().ok());
        let told = (
            number("ratelimit-limit"),
            number("ratelimit-remaining"),
            number("ratelimit-reset"),
        );
        if let (Some(limit), Some(left), Some(reset)) = told {
            let wait = reset.saturating_mul(1000).saturating_sub(self.host.now_ms());
            self.pause.set((left < limit / 10).then_some(wait));
        }
        Ok(answer)
    }

    /// Sends a request as our account; an access token that is over is renewed once.
    pub(crate) fn signed(&self, make: &dyn Fn() -> Request) -> Result<Result<Answer, HttpFailure>, Trouble> {
        let me = self.me()?;
        let with = |me: &Me| make().header("authorization", format!("Bearer {}", me.access));
        let answer = match self.send(with(&me)) {
            Ok(answer) => answer,
            Err(failure) => return Ok(Err(failure)),
        };
        let over = matches!(error_of(&answer).as_str(), "ExpiredToken" | "InvalidToken");
        if answer.status() == 401 || (answer.status() == 400 && over) {
            let me = self.renew(Some(&me))?;
            return Ok(self.send(with(&me)));
        }
        Ok(Ok(answer))
    }

    /// A query, whatever the status.
    pub(crate) fn get(&self, method: &str, pairs: &[(&str, &str)]) -> Result<Answer, Trouble> {
        let answer = self.signed(&|| Request::get(self.url(method, pairs)))?;
        answer.map_err(|failure| trouble_of(&failure))
    }

    /// A query, a 2xx, and JSON of this shape.
    pub(crate) fn read<T: DeserializeOwned>(&self, method: &str, pairs: &[(&str, &str)]) -> Result<T, Trouble> {
        let answer = self.get(method, pairs)?;
        self.good(&answer)?;
        parse(method, answer.bytes())
    }

    /// The same; none where the server knows of no such record.
    pub(crate) fn find<T: DeserializeOwned>(&self, method: &str, pairs: &[(&str, &str)]) -> Result<Option<T>, Trouble> {
        let answer = self.get(method, pairs)?;
        let missing = ["RecordNotFound", "NotFound", "RepoNotFound", "BlockedActor"];
        let words = answer.text();
        let could_not = words.contains("Could not locate record") || words.contains("Could not find repo");
        if matches!(answer.status(), 400 | 404) && (could_not || missing.contains(&error_of(&answer).as_str())) {
            return Ok(None);
        }
        self.good(&answer)?;
        parse(method, answer.bytes()).map(Some)
    }

    pub(crate) fn good(&self, answer: &Answer) -> Result<(), Trouble> {
        match answer.status() {
            200..=299 => Ok(()),
            _ => Err(self.trouble(answer)),
        }
    }

    fn trouble(&self, answer: &Answer) -> Trouble {
        let reset = answer
            .header("ratelimit-reset")
            .and_then(|text| text.trim().parse::<u64>().ok());
        let wait = reset.map(|at| at.saturating_mul(1000).saturating_sub(self.host.now_ms()));
        match answer.status() {
            429 => Trouble::Later(answer.retry_after_ms().or(wait)),
            403 => Trouble::Credential(format!(
                "{} does not let this account do that (403: {}). It may be suspended, or the app password lacks a right.",
                self.settings.server,
                said(answer)
            )),
            400..=499 if answer.status() != 401 => {
                Trouble::Refused(format!("The server says no ({}): {}", answer.status(), said(answer)))
            }
            _ => answer.trouble(),
        }
    }
}

/// The name of an error, as the lexicons list them.
pub(crate) fn error_of(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(answer.bytes()).unwrap_or_default();
    body.get("error").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The server's words: the message, which is meant for people, else the name of the error.
pub(crate) fn said(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(answer.bytes()).unwrap_or_default();
    let message = body.get("message").and_then(Value::as_str);
    message.map_or_else(|| answer.words(), |words| words.chars().take(300).collect())
}

/// JSON of this shape, or what came instead.
pub(crate) fn parse<T: DeserializeOwned>(method: &str, body: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(body).map_err(|error| {
        let begin: String = String::from_utf8_lossy(body).chars().take(80).collect();
        Trouble::Unexpected(format!(
            "{method} answered with something that is not what its lexicon says ({error}): {begin:?}"
        ))
    })
}
