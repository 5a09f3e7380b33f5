//! What goes wrong in a replay: the answers that real networks give on bad days, put in place of recorded ones.

use serde_json::{Value, json};
use std::{fmt, str::FromStr};

/// A bad day of a network, or of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// 429 with `Retry-After: 30`, to this and every later request of the call.
    RateLimited,
    /// 503, once.
    ServerError,
    /// The connection breaks in the middle of the answer, once.
    CutBody,
    /// 200 and the first half of the body, once.
    HalfBody,
    /// No whole answer in time, once. A request that changes something may have arrived.
    SlowBody,
    /// A list is answered with the page that was answered before on the same address, once.
    DuplicatePage,
    /// 401, to this and every later request of the call.
    ExpiredToken,
    /// From the second look at it on, the clock is a day ahead.
    ClockJump,
}

impl Fault {
    /// All there are.
    pub const ALL: [Self; 8] = [
        Self::RateLimited,
        Self::ServerError,
        Self::CutBody,
        Self::HalfBody,
        Self::SlowBody,
        Self::DuplicatePage,
        Self::ExpiredToken,
        Self::ClockJump,
    ];

    /// Its name on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::RateLimited => "429",
            Self::ServerError => "5xx",
            Self::CutBody => "cut-body",
            Self::HalfBody => "half-body",
            Self::SlowBody => "slow-body",
            Self::DuplicatePage => "duplicate-page",
            Self::ExpiredToken => "expired-token",
            Self::ClockJump => "clock-jump",
        }
    }

    /// Whether every later request of the call meets it, too.
    pub fn lasts(self) -> bool {
        matches!(self, Self::RateLimited | Self::ExpiredToken)
    }

    /// Whether the network has done what was asked for, and only its answer goes wrong.
    pub fn is_done(self) -> bool {
        matches!(self, Self::CutBody | Self::HalfBody | Self::SlowBody)
    }

    /// What comes instead of `recorded`; none where it is something else than another answer.
    pub fn instead_of(self, recorded: Option<&Value>) -> Option<Value> {
        let refusal = |status: u16, headers: Value, body: &str| {
            Some(json!({"Ok": {"status": status, "headers": headers, "body": body}}))
        };
        match self {
            Self::RateLimited => refusal(
                429,
                json!([["content-type", "application/json"], ["retry-after", "30"]]),
                "{\"error\":\"Too many requests\"}",
            ),
            Self::ServerError => refusal(
                503,
                json!([["content-type", "text/html"]]),
                "<h1>Service Unavailable</h1>",
            ),
            Self::ExpiredToken => refusal(
                401,
                json!([["content-type", "application/json"]]),
                "{\"error\":\"The access token expired\"}",
            ),
            // The words of the host's own reading of a broken answer.
            Self::CutBody => Some(json!({"Err": {"unreachable": "the answer was cut off"}})),
            Self::SlowBody => Some(json!({"Err": "timed-out"})),
            Self::HalfBody => {
                let mut half = recorded?.clone();
                let body = half.pointer_mut("/Ok/body")?;
                let text = body.as_str()?;
                let kept = text.get(..text.floor_char_boundary(text.len() / 2))?.to_owned();
                *body = kept.into();
                Some(half)
            }
            Self::DuplicatePage | Self::ClockJump => None,
        }
    }
}

/// How far the clock jumps.
pub(crate) const JUMP_MS: u64 = 86_400_000;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|fault| fault.word() == word).ok_or_else(|| {
            let all: Vec<_> = Self::ALL.iter().map(|fault| fault.word()).collect();
            format!("there is no fault {word:?}; write one of {}", all.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_a_word_and_is_found_by_it() {
        for fault in Fault::ALL {
            assert_eq!(fault.word().parse(), Ok(fault));
        }
        assert!("500".parse::<Fault>().unwrap_err().contains("5xx"));
    }

    #[test]
    fn half_a_body_ends_on_a_character_border() {
        let recorded = json!({"Ok": {"status": 200, "headers": [], "body": "aüüü"}});
        let half = Fault::HalfBody.instead_of(Some(&recorded)).unwrap();
        assert_eq!(half["Ok"]["body"], "aü");
        assert_eq!(Fault::HalfBody.instead_of(None), None);
    }
}
