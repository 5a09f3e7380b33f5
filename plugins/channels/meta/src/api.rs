//! Requests to the Graph API, and what its errors mean. Meta numbers them; the numbers are in its documents of each product.

use crate::settings::{self, Settings};
use jackfield_sdk::channel::{Answer, Host, HttpFailure, Refusal, Request, Trouble, query, trouble_of};
use serde_json::Value;

const TOKEN: &str = "access-token";

pub(crate) struct Api<'a> {
    pub(crate) host: &'a dyn Host,
    pub(crate) settings: Settings,
}

impl<'a> Api<'a> {
    pub(crate) fn new(host: &'a dyn Host, settings: &str) -> Result<Self, Trouble> {
        let settings = settings::read(settings)?;
        Ok(Self { host, settings })
    }

    fn url(&self, path: &str, pairs: &[(&str, &str)]) -> String {
        query(&format!("{}/{path}", self.settings.graph), pairs)
    }

    pub(crate) fn get(&self, path: &str, pairs: &[(&str, &str)]) -> Result<Value, Trouble> {
        let answer = Request::get(self.url(path, pairs)).bearer(TOKEN).send(self.host)?;
        match meaning(&answer) {
            None => parse(path, &answer),
            Some(Refusal::Trouble(trouble)) => Err(trouble),
            Some(_) => Err(Trouble::Refused(said(&answer))),
        }
    }

    /// Asks for something new. A doubt about whether it arrived is `later`.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, Refusal> {
        let request = Request::post(self.url(path, &[])).bearer(TOKEN);
        let answer = match request.body("application/json", body.to_string()).try_send(self.host) {
            Ok(answer) => answer,
            Err(failure @ (HttpFailure::NotGranted(_) | HttpFailure::Invalid(_))) => {
                return Err(trouble_of(&failure).into());
            }
            Err(_) => return Err(Trouble::Later(None).into()),
        };
        match meaning(&answer) {
            None => parse(path, &answer).map_err(|_| Trouble::Later(None).into()),
            Some(refusal) => Err(refusal),
        }
    }
}

fn parse(path: &str, answer: &Answer) -> Result<Value, Trouble> {
    serde_json::from_slice(answer.bytes()).map_err(|error| {
        let begin: String = answer.text().chars().take(80).collect();
        Trouble::Unexpected(format!(
            "/{path} answered with something that is not what Meta documents ({error}): {begin:?}"
        ))
    })
}

fn field(answer: &Answer, name: &str) -> Option<u64> {
    let body: Value = serde_json::from_slice(answer.bytes()).ok()?;
    body.get("error")?.get(name)?.as_u64()
}

/// Meta's words: what it wrote for people where it did, else for developers.
fn said(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(answer.bytes()).unwrap_or_default();
    let error = body.get("error");
    let text = |name: &str| error.and_then(|error| error.pointer(name)).and_then(Value::as_str);
    let words = text("/error_user_msg")
        .or_else(|| text("/error_data/details"))
        .or_else(|| text("/message"));
    words.map_or_else(|| answer.words(), |words| words.chars().take(300).collect())
}

/// What an answer means, where it is no success.
pub(crate) fn meaning(answer: &Answer) -> Option<Refusal> {
    if (200..300).contains(&answer.status()) {
        return None;
    }
    let (code, sub) = (
        field(answer, "code").unwrap_or(0),
        field(answer, "error_subcode").unwrap_or(0),
    );
    let trouble = |trouble: Trouble| Some(Refusal::Trouble(trouble));
    match (code, sub) {
        // Messenger and Instagram: outside the allowed window. WhatsApp: more than 24 hours since the last message.
        (10, 2_018_278 | 2_534_022) | (131_047, _) | (_, 2_018_278) => Some(Refusal::WindowClosed),
        (190 | 102, _) => trouble(credential(answer)),
        // Limits of an application, a user, a page, an account, a number, a pair of numbers.
        (4 | 17 | 32 | 613 | 80_001..=80_014 | 130_429 | 131_048 | 131_056, _) => {
            trouble(Trouble::Later(answer.retry_after_ms()))
        }
        (1 | 2 | 131_000 | 131_016, _) => trouble(Trouble::Later(answer.retry_after_ms())),
        (3 | 10 | 200..=299 | 131_005, _) => trouble(Trouble::Credential(format!(
            "The token lacks a right or an asset ({code}): {}. Give the system user the account and the permission, make a new \
             token and put it where this connection's secret `{TOKEN}` is kept.",
            said(answer)
        ))),
        (100 | 131_008 | 131_009 | 132_000..=132_999, _) => {
            Some(Refusal::Rule(format!("Meta says ({code}): {}", said(answer))))
        }
        _ if answer.status() == 401 => trouble(credential(answer)),
        _ if (400..500).contains(&answer.status()) && answer.status() != 429 => trouble(Trouble::Refused(format!(
            "Meta says no ({}, {code}): {}",
            answer.status(),
            said(answer)
        ))),
        _ => trouble(answer.trouble()),
    }
}

fn credential(answer: &Answer) -> Trouble {
    Trouble::Credential(format!(
        "Meta no longer accepts the access token ({}). Make a new one for the system user and put it where this connection's \
         secret `{TOKEN}` is kept.",
        said(answer)
    ))
}
