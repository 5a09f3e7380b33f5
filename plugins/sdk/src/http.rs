//! Requests, answers, and what a failed exchange means in the terms of the contract.
//!
//! The mapping is the same for every network that speaks HTTP: a slow or broken server is `later`, a credential that
//! is not accepted is `credential`, any other "no" is `refused` with the network's own words. A plugin that knows
//! better looks at the status itself before it calls [`Answer::ok`].

use crate::channel::{Body, Host, HttpFailure, HttpHead, HttpRequest, HttpResponse, Secret, Trouble, Value, form};
use crate::host::Header;
use crate::time;

/// A request in the making.
#[derive(Debug, Clone)]
pub struct Request(HttpRequest);

impl Request {
    /// A request of any method.
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        Self(HttpRequest {
            method: method.to_owned(),
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout_ms: 0,
        })
    }

    /// `GET url`.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// `POST url`.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new("POST", url)
    }

    /// A header as it stands.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.headers.push(Header {
            name: name.to_owned(),
            value: Value::Plain(value.into()),
        });
        self
    }

    /// A header that holds a secret: the host puts the value in on its way out, between `before` and `after`.
    #[must_use]
    pub fn secret_header(mut self, header: &str, secret: &str, before: &str, after: &str) -> Self {
        let value = Secret {
            name: secret.to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
        };
        self.0.headers.push(Header {
            name: header.to_owned(),
            value: Value::Secret(value),
        });
        self
    }

    /// `Authorization: Bearer …` with the secret of this name.
    #[must_use]
    pub fn bearer(self, secret: &str) -> Self {
        self.secret_header("authorization", secret, "Bearer ", "")
    }

    /// A body and its type.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.0.body = body.into();
        self.header("content-type", content_type)
    }

    /// A form body.
    #[must_use]
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        self.body("application/x-www-form-urlencoded", form(pairs))
    }

    /// Wall time for the whole exchange; the connection's own limit unless given.
    #[must_use]
    pub fn timeout_ms(mut self, ms: u32) -> Self {
        self.0.timeout_ms = ms;
        self
    }

    /// Sends it; a failure on the way is turned into the trouble it means.
    pub fn send(self, host: &dyn Host) -> Result<Answer, Trouble> {
        self.try_send(host).map_err(|failure| trouble_of(&failure))
    }

    /// Sends it and reads the answer's body in pieces.
    pub fn open(self, host: &dyn Host) -> Result<(HttpHead, Box<dyn Body>), HttpFailure> {
        host.open(&self.0)
    }

    /// Sends it; the caller looks at the failure.
    pub fn try_send(self, host: &dyn Host) -> Result<Answer, HttpFailure> {
        let response = host.send(&self.0)?;
        Ok(Answer {
            response,
            now_ms: host.now_ms(),
        })
    }
}

/// What a failure on the way means.
pub fn trouble_of(failure: &HttpFailure) -> Trouble {
    match failure {
        HttpFailure::NotGranted(text) | HttpFailure::Invalid(text) => Trouble::Refused(text.clone()),
        HttpFailure::Unreachable(_) | HttpFailure::TimedOut | HttpFailure::OverBudget(_) => Trouble::Later(None),
        HttpFailure::TooLarge(limit) => Trouble::Unexpected(format!(
            "The answer is larger than the {limit} bytes this connection allows."
        )),
    }
}

/// What the network answered.
#[derive(Debug, Clone)]
pub struct Answer {
    response: HttpResponse,
    now_ms: u64,
}

impl Answer {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.response.status
    }

    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response
            .headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as it came.
    pub fn bytes(&self) -> &[u8] {
        &self.response.body
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.response.body).into_owned()
    }

    /// This answer where the status is 2xx, else the trouble it means.
    pub fn ok(self) -> Result<Self, Trouble> {
        if (200..300).contains(&self.response.status) {
            Ok(self)
        } else {
            Err(self.trouble())
        }
    }

    /// What a status outside 2xx means.
    pub fn trouble(&self) -> Trouble {
        let status = self.response.status;
        match status {
            401 => Trouble::Credential(format!(
                "The network does not accept the credential (401): {}",
                self.words()
            )),
            408 | 425 | 429 | 500..=599 => Trouble::Later(self.retry_after_ms()),
            300..=399 => Trouble::Unexpected(format!(
                "The network sends us elsewhere ({status}) and the way ends there."
            )),
            _ => Trouble::Refused(format!("The network says no ({status}): {}", self.words())),
        }
    }

    /// How long the network asks us to wait: `Retry-After` in seconds or as a date, else `X-RateLimit-Reset`.
    pub fn retry_after_ms(&self) -> Option<u64> {
        let asked = self.header("retry-after").and_then(|text| {
            let text = text.trim();
            let seconds = text.parse::<u64>().ok().map(|s| s.saturating_mul(1000));
            seconds.or_else(|| time::http_date_ms(text).map(|at| at.saturating_sub(self.now_ms)))
        });
        asked.or_else(|| (self.status() == 429).then(|| self.rate_reset_ms()).flatten())
    }

    /// Milliseconds until `X-RateLimit-Reset`, which networks write as a time, as seconds since 1970 or as seconds
    /// from now.
    pub fn rate_reset_ms(&self) -> Option<u64> {
        // A number of seconds below this cannot be a time since 1970 that matters (it would be 2001).
        const SINCE_1970: u64 = 1_000_000_000;
        let text = self.header("x-ratelimit-reset")?.trim();
        if let Ok(number) = text.parse::<u64>() {
            let ms = number.saturating_mul(1000);
            return Some(if number >= SINCE_1970 {
                ms.saturating_sub(self.now_ms)
            } else {
                ms
            });
        }
        Some(time::parse_ms(text)?.saturating_sub(self.now_ms))
    }

    /// Requests left before the network's limit (`X-RateLimit-Remaining`).
    pub fn rate_remaining(&self) -> Option<u64> {
        self.header("x-ratelimit-remaining")?.trim().parse().ok()
    }

    /// Requests allowed in one window (`X-RateLimit-Limit`).
    pub fn rate_limit(&self) -> Option<u64> {
        self.header("x-ratelimit-limit")?.trim().parse().ok()
    }

    /// The network's own words about a refusal: the text of `"error"`, `"message"` or `"detail"` in a JSON body, else
    /// the beginning of the body.
    pub fn words(&self) -> String {
        let text = self.text();
        let said = ["error_description", "error", "message", "detail"]
            .iter()
            .find_map(|key| json_string(&text, key));
        let words = said.unwrap_or(text);
        let words: String = words
            .trim()
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(300)
            .collect();
        if words.is_empty() {
            "no reason was given".to_owned()
        } else {
            words
        }
    }
}

/// The string under `"key"` in a small JSON object: enough to read a refusal without a JSON parser in every plugin.
/// Escapes that it does not know are left as they are.
fn json_string(text: &str, key: &str) -> Option<String> {
    let from = text.find(&format!("\"{key}\""))?;
    let rest = text
        .get(from + key.len() + 2..)?
        .trim_start()
        .strip_prefix(':')?
        .trim_start()
        .strip_prefix('"')?;
    let mut out = String::new();
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Some(out).filter(|s| !s.is_empty()),
            '\\' => match chars.next()? {
                'n' => out.push('\n'),
                'u' => {
                    let code: String = chars.by_ref().take(4).collect();
                    out.push(
                        u32::from_str_radix(&code, 16)
                            .ok()
                            .and_then(char::from_u32)
                            .unwrap_or('\u{fffd}'),
                    );
                }
                other => out.push(other),
            },
            other => out.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers = headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        Answer {
            response: HttpResponse {
                status,
                headers,
                body: body.as_bytes().to_vec(),
            },
            now_ms: 1_785_600_000_000,
        }
    }

    #[test]
    fn each_status_means_what_the_contract_says() {
        let cases = [
            (401, r#"{"error":"The access token is invalid"}"#, "credential"),
            (403, r#"{"error":"outside the scopes"}"#, "refused"),
            (404, "", "refused"),
            (422, r#"{"error":"Validation failed"}"#, "refused"),
            (429, "", "later"),
            (500, "<html>", "later"),
            (503, "", "later"),
            (302, "", "unexpected"),
        ];
        for (status, body, expected) in cases {
            let got = match answer(status, &[], body).ok() {
                Ok(_) => "ok",
                Err(Trouble::Later(_)) => "later",
                Err(Trouble::Credential(_)) => "credential",
                Err(Trouble::Refused(_)) => "refused",
                Err(Trouble::Unexpected(_)) => "unexpected",
            };
            assert_eq!(got, expected, "{status}");
        }
        assert!(answer(200, &[], "").ok().is_ok());
    }

    #[test]
    fn the_wait_is_read_in_every_spelling() {
        let wait = |headers: &[(&str, &str)]| answer(429, headers, "").retry_after_ms();
        assert_eq!(wait(&[("retry-after", "7")]), Some(7_000));
        assert_eq!(wait(&[("retry-after", "Sat, 01 Aug 2026 16:00:09 GMT")]), Some(9_000));
        assert_eq!(wait(&[("x-ratelimit-reset", "2026-08-01T16:01:00.500Z")]), Some(60_500));
        assert_eq!(wait(&[("x-ratelimit-reset", "1785600030")]), Some(30_000));
        assert_eq!(wait(&[("x-ratelimit-reset", "12")]), Some(12_000));
        assert_eq!(wait(&[("x-ratelimit-reset", "soon")]), None);
        assert_eq!(wait(&[]), None);
        assert_eq!(
            answer(503, &[("x-ratelimit-reset", "12")], "").retry_after_ms(),
            None,
            "only a 429 speaks of limits"
        );
    }

    #[test]
    fn the_networks_words_are_found_and_cut() {
        assert_eq!(
            answer(422, &[], r#"{"error": "Text can\u0027t be \"blank\""}"#).words(),
            "Text can't be \"blank\""
        );
        assert_eq!(
            answer(422, &[], r#"{"error":"invalid_grant","error_description":"Expired"}"#).words(),
            "Expired"
        );
        assert_eq!(answer(500, &[], "").words(), "no reason was given");
        assert_eq!(answer(500, &[], &"x".repeat(5000)).words().len(), 300);
        assert_eq!(answer(500, &[], r#"{"error":"cut of"#).words(), r#"{"error":"cut of"#);
    }
}
