//! How networks ask whether an address is really ours, before they send anything there.
//!
//! X asks for an HMAC of a word of its choice under the very secret that signs its messages. Whoever asks gets one,
//! so the word is held to the alphabet of a token: no JSON can be written in it, and no answer can be used as the
//! signature of a message.

use super::{
    mac::{self, Algorithm},
    verify::Incoming,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};

/// Longer words are not given back: no network asks with one.
const LONGEST: usize = 1024;

/// How a network asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// `GET` with `hub.mode`, `hub.verify_token` and `hub.challenge`; the token is the secret of this name.
    Meta {
        /// The secret.
        secret: String,
    },
    /// `GET` with `crc_token`.
    XCrc,
    /// A signed `POST` with `{"type":"url_verification","challenge":"…"}`.
    Slack,
}

/// What a challenge is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its media type.
    pub media_type: &'static str,
    /// Its text.
    pub text: String,
}

/// What an unsigned `GET` asks.
pub(super) enum Asked {
    /// Something that is to be verified like every request.
    Nothing,
    /// The right question.
    Answer(Answer),
    /// A challenge with a wrong token, or one that no network would write.
    Wrong(&'static str),
}

impl Challenge {
    /// Looks at a `GET`, before signatures: these requests have none.
    pub(super) fn asked<'a>(
        &self,
        incoming: &Incoming<'_>,
        keys: impl Iterator<Item = &'a [u8]>,
        tokens: impl Iterator<Item = &'a [u8]>,
    ) -> Asked {
        if incoming.method != "GET" {
            return Asked::Nothing;
        }
        let value = |name: &str| {
            url::form_urlencoded::parse(incoming.query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        match self {
            Self::Meta { .. } => {
                let (Some(mode), Some(token), Some(word)) =
                    (value("hub.mode"), value("hub.verify_token"), value("hub.challenge"))
                else {
                    return Asked::Nothing;
                };
                let mut right = false;
                for known in tokens {
                    right |= mac::same(known, token.as_bytes());
                }
                match mode == "subscribe" && right && is_word(&word) {
                    true => Asked::Answer(text(word)),
                    false => Asked::Wrong("a challenge whose hub.verify_token is not ours"),
                }
            }
            Self::XCrc => {
                let Some(word) = value("crc_token") else {
                    return Asked::Nothing;
                };
                let Some(key) = keys.into_iter().next().filter(|_| is_word(&word)) else {
                    return Asked::Wrong("a challenge whose crc_token is no token");
                };
                let signature = mac::sign(Algorithm::Sha256, key, &[word.as_bytes()]);
                let signature = BASE64_STANDARD.encode(signature);
                Asked::Answer(Answer {
                    media_type: "application/json",
                    text: format!("{{\"response_token\":\"sha256={signature}\"}}"),
                })
            }
            Self::Slack => Asked::Nothing,
        }
    }

    /// Looks at a request that was verified.
    pub(super) fn verified(&self, incoming: &Incoming<'_>) -> Option<Answer> {
        #[derive(serde::Deserialize)]
        struct Verification {
            r#type: String,
            challenge: String,
        }
        if *self != Self::Slack || incoming.body.len() > 4 * LONGEST {
            return None;
        }
        let asked: Verification = serde_json::from_slice(incoming.body).ok()?;
        (asked.r#type == "url_verification" && is_word(&asked.challenge)).then(|| text(asked.challenge))
    }
}

fn text(text: String) -> Answer {
    Answer {
        media_type: "text/plain; charset=utf-8",
        text,
    }
}

/// Letters, digits and what Base64, UUIDs and dotted tokens put between them. What is given back as it came can be
/// neither markup nor JSON.
fn is_word(word: &str) -> bool {
    !word.is_empty()
        && word.len() <= LONGEST
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(&byte))
}
