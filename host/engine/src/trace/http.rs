//! Requests and answers of `http.send` as a trace writes them.

use super::Bytes;
use crate::egress::{Failure, Request, Response, Value as Held};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the plugin asked for; a secret stands there by name.
pub(crate) fn asked(request: &Request) -> Value {
    let headers: Vec<Value> = request
        .headers
        .iter()
        .map(|(name, held)| match held {
            Held::Plain(text) => json!([name, text]),
            Held::Secret {
                name: secret,
                before,
                after,
            } => {
                json!([name, {"secret": secret, "before": before, "after": after}])
            }
        })
        .collect();
    json!({
        "method": request.method,
        "url": request.url,
        "headers": headers,
        "body": Bytes(request.body.clone()),
        "timeout_ms": u64::try_from(request.timeout.as_millis()).unwrap_or(u64::MAX),
    })
}

/// What the plugin got.
pub(crate) fn gave(outcome: &Result<Response, Failure>) -> Value {
    let wire: Result<Answered, Failed> = match outcome {
        Ok(response) => Ok(Answered {
            status: response.status,
            headers: response.headers.clone(),
            body: Bytes(response.body.clone()),
        }),
        Err(failure) => Err(failure.clone().into()),
    };
    json!(wire)
}

/// The other way: what a trace says that the plugin got.
pub(crate) fn read(gave: &Value) -> Result<Result<Response, Failure>, String> {
    let wire: Result<Answered, Failed> =
        Deserialize::deserialize(gave).map_err(|error| format!("this is no answer of `http.send`: {error}"))?;
    Ok(match wire {
        Ok(answered) => Ok(Response {
            status: answered.status,
            headers: answered.headers,
            body: answered.body.0,
        }),
        Err(failed) => Err(failed.into()),
    })
}

#[derive(Serialize, Deserialize)]
struct Answered {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Failed {
    NotGranted(String),
    Invalid(String),
    Unreachable(String),
    TimedOut,
    TooLarge(u64),
    OverBudget(String),
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotGranted(text) => Self::NotGranted(text),
            Failure::Invalid(text) => Self::Invalid(text),
            Failure::Unreachable(text) => Self::Unreachable(text),
            Failure::TimedOut => Self::TimedOut,
            Failure::TooLarge(most) => Self::TooLarge(most),
            Failure::OverBudget(which) => Self::OverBudget(which.to_owned()),
        }
    }
}

impl From<Failed> for Failure {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::NotGranted(text) => Self::NotGranted(text),
            Failed::Invalid(text) => Self::Invalid(text),
            Failed::Unreachable(text) => Self::Unreachable(text),
            Failed::TimedOut => Self::TimedOut,
            Failed::TooLarge(most) => Self::TooLarge(most),
            // The budgets that there are; a trace of a later version may know more.
            Failed::OverBudget(which) => Self::OverBudget(match which.as_str() {
                "requests" => "requests",
                "bytes-out" => "bytes-out",
                "bytes-in" => "bytes-in",
                _ => "another budget",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_comes_back_as_it_was() {
        let response = Response {
            status: 207,
            headers: vec![("x".to_owned(), "1".to_owned()), ("x".to_owned(), "2".to_owned())],
            body: vec![0xff, b'a'],
        };
        for outcome in [
            Ok(response),
            Err(Failure::NotGranted("no".to_owned())),
            Err(Failure::Invalid("no".to_owned())),
            Err(Failure::Unreachable("no".to_owned())),
            Err(Failure::TimedOut),
            Err(Failure::TooLarge(9)),
            Err(Failure::OverBudget("bytes-in")),
        ] {
            assert_eq!(read(&gave(&outcome)).unwrap(), outcome);
        }
        assert!(
            read(&json!({"Ok": {"status": "two"}}))
                .unwrap_err()
                .contains("http.send")
        );
    }
}
