//! `wasi:http/outgoing-handler`: from the standard's request to the one that the connection's exit takes, and back from
//! its failures to the standard's codes.
//!
//! `fetch` knows no secrets by name, so a header may name one: `authorization: Bearer {{secret:access-token}}`. The
//! host reads the mark in values of headers and nowhere else; an address or a body that holds it is sent as it stands.

use super::http::{Awaited, Options, Sketch};
use crate::{
    bindings::{
        Level,
        runtime::wasi::http::{
            outgoing_handler,
            types::{ErrorCode, Method, Scheme},
        },
    },
    egress::{self, Failure, Request, Value},
    room::Room,
};
use std::time::Duration;
use wasmtime::component::Resource;

/// Longer parts of an address are not kept: the policy refuses longer URLs.
pub(super) const MAX_URL: usize = 8 * 1024;

const OPEN: &str = "{{secret:";
const CLOSE: &str = "}}";

/// Headers that runtimes write by themselves and that the host writes anew. Others of the host's own are refused by
/// the policy, because a guest that sets them means something by it.
const REWRITTEN: [&str; 6] = [
    "host",
    "content-length",
    "connection",
    "transfer-encoding",
    "accept-encoding",
    "keep-alive",
];

impl outgoing_handler::Host for Room {
    fn handle(
        &mut self,
        request: Resource<Sketch>,
        options: Option<Resource<Options>>,
    ) -> wasmtime::Result<Result<Resource<Awaited>, ErrorCode>> {
        self.wasi("wasi:http")?;
        let sketch = self.table.delete(request)?;
        let timeout = match options {
            Some(options) => self.table.delete(options)?.timeout(),
            None => Duration::ZERO,
        };
        let body = sketch.body.clone();
        match translated(sketch, timeout) {
            Ok(request) => Ok(Ok(self.keep(Awaited::new(request, body))?)),
            Err(what) => Ok(Err(self.told(Failure::Invalid(what)))),
        }
    }
}

impl Room {
    /// One exchange, with its failure in the standard's words.
    pub(super) async fn fetch(&mut self, request: Request) -> wasmtime::Result<Result<egress::Response, ErrorCode>> {
        let outcome = self.exchange(request).await?;
        Ok(outcome.map_err(|failure| self.told(failure)))
    }

    /// The standard's codes have no room for sentences, and `fetch` shows its caller not even the code; so the
    /// sentence becomes a line of the plugin's log.
    fn told(&mut self, failure: Failure) -> ErrorCode {
        self.line(Level::Warn, &format!("wasi:http: {failure}"));
        match failure {
            Failure::NotGranted(_) => ErrorCode::HttpRequestDenied,
            Failure::TimedOut => ErrorCode::HttpResponseTimeout,
            Failure::TooLarge(most) => ErrorCode::HttpResponseBodySize(Some(most)),
            Failure::OverBudget(_) => ErrorCode::ConnectionLimitReached,
            Failure::Invalid(text) | Failure::Unreachable(text) => ErrorCode::InternalError(Some(text)),
        }
    }
}

fn translated(sketch: Sketch, timeout: Duration) -> Result<Request, String> {
    let method = match sketch.method {
        Method::Get => "GET".to_owned(),
        Method::Head => "HEAD".to_owned(),
        Method::Post => "POST".to_owned(),
        Method::Put => "PUT".to_owned(),
        Method::Delete => "DELETE".to_owned(),
        Method::Patch => "PATCH".to_owned(),
        Method::Connect => "CONNECT".to_owned(),
        Method::Options => "OPTIONS".to_owned(),
        Method::Trace => "TRACE".to_owned(),
        Method::Other(other) => other,
    };
    let scheme = match sketch.scheme {
        None | Some(Scheme::Https) => "https".to_owned(),
        Some(Scheme::Http) => "http".to_owned(),
        Some(Scheme::Other(other)) => other,
    };
    let authority = sketch.authority.ok_or("the request names no host")?;
    let path = sketch.path.unwrap_or_else(|| "/".to_owned());
    let slash = if path.starts_with('/') { "" } else { "/" };
    let headers = sketch
        .headers
        .entries
        .into_iter()
        .filter(|(name, _)| !REWRITTEN.contains(&name.as_str()))
        .map(|(name, value)| {
            let text = String::from_utf8(value).map_err(|_| format!("the header `{name}` is not UTF-8"))?;
            let value = placed(text).map_err(|what| format!("the header `{name}` {what}"))?;
            Ok((name, value))
        })
        .collect::<Result<_, String>>()?;
    Ok(Request {
        method,
        url: format!("{scheme}://{authority}{slash}{path}"),
        headers,
        body: Vec::new(),
        timeout,
    })
}

/// What a header's value means: text, or a secret between two texts.
fn placed(text: String) -> Result<Value, String> {
    let marked = text.split_once(OPEN).and_then(|(before, rest)| {
        let (name, after) = rest.split_once(CLOSE)?;
        Some((before, name, after))
    });
    let Some((before, name, after)) = marked else {
        return Ok(Value::Plain(text));
    };
    if after.contains(OPEN) {
        return Err(format!("names two secrets; it can hold one `{OPEN}NAME{CLOSE}`"));
    }
    Ok(Value::Secret {
        name: name.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(before: &str, name: &str, after: &str) -> Value {
        Value::Secret {
            name: name.to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
        }
    }

    #[test]
    fn a_mark_in_a_header_is_a_secret_and_half_a_mark_is_text() {
        for (text, expected) in [
            ("Bearer {{secret:token}}", secret("Bearer ", "token", "")),
            ("{{secret:a}}; x", secret("", "a", "; x")),
            ("{{secret:}}", secret("", "", "")),
            ("{{secret:token", Value::Plain("{{secret:token".to_owned())),
            ("{{token}}", Value::Plain("{{token}}".to_owned())),
        ] {
            assert_eq!(placed(text.to_owned()).unwrap(), expected, "{text}");
        }
        assert!(
            placed("{{secret:a}} {{secret:b}}".to_owned())
                .unwrap_err()
                .contains("two secrets")
        );
    }
}
