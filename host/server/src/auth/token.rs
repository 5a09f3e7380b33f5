//! A token taken apart, with every fault told by the name of the part.

use super::MAX_TOKEN;
use super::refusal::{Refused, Why};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The three parts, nothing of them believed yet.
pub(super) struct Parts<'a> {
    /// Header and claims as they were signed.
    pub(super) message: &'a str,
    pub(super) signature: &'a str,
    header: Map<String, Value>,
    claims: &'a str,
}

/// What the token says.
pub(super) struct Claims(Map<String, Value>);

/// Cuts a token into its parts.
pub(super) fn split(token: &str) -> Result<Parts<'_>, Refused> {
    if token.len() > MAX_TOKEN {
        return Err(Why::TooLarge.into());
    }
    let malformed = |what| Refused::from(Why::Malformed(what));
    let (message, signature) = token
        .rsplit_once('.')
        .ok_or_else(|| malformed("it does not have three parts"))?;
    let (header, claims) = message
        .split_once('.')
        .ok_or_else(|| malformed("it does not have three parts"))?;
    if claims.contains('.') {
        return Err(malformed("it has more than three parts"));
    }
    let header = object(header).ok_or_else(|| malformed("its header is not a JSON object in base64url"))?;
    if header.contains_key("crit") {
        return Err(malformed(
            "its header asks for an extension (`crit`) that is not known here",
        ));
    }
    if URL_SAFE_NO_PAD.decode(signature).is_err() {
        return Err(malformed("its signature is not base64url"));
    }
    Ok(Parts {
        message,
        signature,
        header,
        claims,
    })
}

fn object(part: &str) -> Option<Map<String, Value>> {
    match serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()? {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

impl Parts<'_> {
    pub(super) fn claims(&self) -> Result<Claims, Refused> {
        object(self.claims)
            .map(Claims)
            .ok_or_else(|| Why::Malformed("its claims are not a JSON object in base64url").into())
    }

    /// What the token says of its own signing; only ever compared with what the issuer's configuration says.
    pub(super) fn algorithm(&self) -> Result<&str, Refused> {
        let named = self.header.get("alg").and_then(Value::as_str);
        named.ok_or_else(|| Why::Malformed("its header does not name an algorithm").into())
    }
}

impl Claims {
    /// A claim that has to be there: text of 1 to 256 bytes, without control characters.
    pub(super) fn text(&self, name: &'static str) -> Result<&str, Refused> {
        self.optional_text(name)?.ok_or_else(|| {
            Why::Claim {
                name,
                wrong: "is missing",
            }
            .into()
        })
    }

    pub(super) fn optional_text(&self, name: &'static str) -> Result<Option<&str>, Refused> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text))
                if !text.is_empty() && text.len() <= 256 && !text.chars().any(char::is_control) =>
            {
                Ok(Some(text))
            }
            Some(_) => Err(Why::Claim {
                name,
                wrong: "is not a text of 1 to 256 bytes",
            }
            .into()),
        }
    }

    /// Who: nobody may be called as rules of the house are called in the record.
    pub(super) fn subject(&self) -> Result<&str, Refused> {
        let name = self.text("sub")?;
        if name.starts_with("rule ") {
            return Err(Why::Claim {
                name: "sub",
                wrong: "begins with `rule `, as the names of the house's own rules do",
            }
            .into());
        }
        Ok(name)
    }

    /// `roles`: a list of texts of 1 to 64 bytes; empty where it is not there.
    pub(super) fn roles(&self) -> Result<BTreeSet<String>, Refused> {
        let wrong = || {
            Refused::from(Why::Claim {
                name: "roles",
                wrong: "is not a list of at most 32 texts of 1 to 64 bytes",
            })
        };
        let list = match self.0.get("roles") {
            None | Some(Value::Null) => return Ok(BTreeSet::new()),
            Some(Value::Array(list)) if list.len() <= 32 => list,
            Some(_) => return Err(wrong()),
        };
        let role = |value: &Value| {
            let text = value.as_str().filter(|text| (1..=64).contains(&text.len()));
            text.map(str::to_owned).ok_or_else(wrong)
        };
        list.iter().map(role).collect()
    }

    /// A time that has to be there.
    pub(super) fn seconds(&self, name: &'static str) -> Result<i64, Refused> {
        match self.0.get(name) {
            None | Some(Value::Null) => Err(Why::Claim {
                name,
                wrong: "is missing",
            }
            .into()),
            Some(value) => whole(value).ok_or_else(|| {
                Why::Claim {
                    name,
                    wrong: "is not a whole number of seconds since 1970",
                }
                .into()
            }),
        }
    }

    /// `nbf`, or the beginning of time.
    pub(super) fn not_before(&self) -> Result<i64, Refused> {
        if self.0.contains_key("nbf") {
            self.seconds("nbf")
        } else {
            Ok(i64::MIN)
        }
    }

    /// The token is meant for us: `aud` is our name, or a list with it.
    pub(super) fn audience(&self, own: &str) -> Result<bool, Refused> {
        match self.0.get("aud") {
            Some(Value::String(text)) => Ok(text == own),
            Some(Value::Array(list)) => Ok(list.iter().any(|one| one.as_str() == Some(own))),
            _ => Err(Why::Claim {
                name: "aud",
                wrong: "is missing",
            }
            .into()),
        }
    }
}

/// JSON does not tell `1.0` from `1`; some libraries write the former.
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let number = value.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked: 2^53 is exact")]
        (number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0).then_some(number as i64)
    })
}
