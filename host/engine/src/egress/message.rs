//! What goes out and what comes back, in the terms of the contract but without its bindings.

use super::policy::Denied;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use std::{fmt, time::Duration};

/// A request as a plugin asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, `PUT`, `PATCH`, `DELETE` or `HEAD`.
    pub method: String,
    /// Absolute.
    pub url: String,
    /// In order.
    pub headers: Vec<(String, Value)>,
    /// Bytes.
    pub body: Vec<u8>,
    /// Wall time; zero means the connection's own limit.
    pub timeout: Duration,
}

/// What a header holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// As it stands.
    Plain(String),
    /// A secret by name, with text around it.
    Secret {
        /// Which.
        name: String,
        /// Put before it.
        before: String,
        /// Put after it.
        after: String,
    },
}

/// A whole answer, scrubbed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Lower-case names; `set-cookie` is left out.
    pub headers: Vec<(String, String)>,
    /// Bytes.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Not without a grant.
    NotGranted(String),
    /// The request is malformed.
    Invalid(String),
    /// No answer from there.
    Unreachable(String),
    /// No whole answer in time.
    TimedOut,
    /// More than this many bytes.
    TooLarge(u64),
    /// The named budget of the call is used up.
    OverBudget(&'static str),
}

impl Failure {
    /// A word for the trail of host calls; never a text.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NotGranted(_) => "not-granted",
            Self::Invalid(_) => "invalid",
            Self::Unreachable(_) => "unreachable",
            Self::TimedOut => "timed-out",
            Self::TooLarge(_) => "too-large",
            Self::OverBudget(_) => "over-budget",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotGranted(text) | Self::Invalid(text) | Self::Unreachable(text) => f.write_str(text),
            Self::TimedOut => f.write_str("there was no whole answer in time"),
            Self::TooLarge(most) => write!(
                f,
                "the answer is larger than the {most} bytes that this connection allows"
            ),
            Self::OverBudget(which) => write!(f, "the budget of this call is used up: {which}"),
        }
    }
}

impl From<Denied> for Failure {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::NotGranted(text) => Self::NotGranted(text),
            Denied::Invalid(text) => Self::Invalid(text),
            Denied::Unreachable(text) => Self::Unreachable(text),
        }
    }
}

/// Headers that say how the message is carried. The host writes them; a plugin that could would be able to smuggle a
/// second request, or, with compression or ranges, to make a server echo a secret in pieces that no scrubbing finds.
const HOSTS_OWN: [HeaderName; 12] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::TE,
    header::UPGRADE,
    header::TRAILER,
    header::EXPECT,
    header::ACCEPT_ENCODING,
    header::RANGE,
    header::IF_RANGE,
    HeaderName::from_static("keep-alive"),
];

const MAX_HEADERS: usize = 64;

/// The method, where it is one of the contract.
pub(super) fn method(name: &str) -> Result<Method, Failure> {
    match name {
        "GET" => Ok(Method::GET),
        "POST" => Ok(Method::POST),
        "PUT" => Ok(Method::PUT),
        "PATCH" => Ok(Method::PATCH),
        "DELETE" => Ok(Method::DELETE),
        "HEAD" => Ok(Method::HEAD),
        _ => Err(Failure::Invalid(
            "the method must be GET, POST, PUT, PATCH, DELETE or HEAD".to_owned(),
        )),
    }
}

/// The headers, names checked; a secret's place is held by its index in `headers` until the destination is known.
pub(super) fn names(headers: &[(String, Value)]) -> Result<Vec<HeaderName>, Failure> {
    if headers.len() > MAX_HEADERS {
        return Err(Failure::Invalid(format!(
            "{} headers; at most {MAX_HEADERS} are sent",
            headers.len()
        )));
    }
    headers
        .iter()
        .map(|(name, _)| {
            let parsed = HeaderName::try_from(name.as_str())
                .map_err(|_| Failure::Invalid("a header's name holds a character that names may not".to_owned()))?;
            if HOSTS_OWN.contains(&parsed) || parsed.as_str().starts_with("proxy-") {
                return Err(Failure::Invalid(format!(
                    "the header `{parsed}` belongs to the host; leave it out"
                )));
            }
            Ok(parsed)
        })
        .collect()
}

/// A header's value, or that it holds a character a header may not. The text never repeats the value.
pub(super) fn value(name: &HeaderName, text: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_| {
        Failure::Invalid(format!(
            "the header `{name}` holds a line break or another control character"
        ))
    })
}

/// What a plugin may see of the answer's headers.
pub(super) fn visible(headers: &HeaderMap) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
    headers.iter().filter(|(name, _)| **name != header::SET_COOKIE)
}

/// Bytes of headers, as budgets count them.
pub(super) fn weight(headers: &HeaderMap) -> u64 {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() as u64 + value.len() as u64 + 4)
        .sum()
}
