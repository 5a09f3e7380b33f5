//! Which request is the same request. A plugin that was changed a little sorts its query otherwise, sends another
//! `accept`, a new idempotency key; its trace should still answer it. Of a request, what says what is asked stays:
//! method, address with its query in order of name, body (JSON by what it says), and the headers that are left when
//! those are taken away that differ from run to run.

use super::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

/// Headers that say nothing of what is asked for, or are different each time.
const VOLATILE: [&str; 16] = [
    "accept",
    "accept-charset",
    "accept-language",
    "cache-control",
    "content-length",
    "date",
    "idempotency-key",
    "if-modified-since",
    "if-none-match",
    "pragma",
    "traceparent",
    "tracestate",
    "user-agent",
    "x-correlation-id",
    "x-request-id",
    "x-requested-with",
];

/// What stays of an import call; two calls of the same identity may be given the same answer.
pub(super) fn of(import: &str, with: &Value) -> Value {
    if import != "http.send" {
        return json!([import, with]);
    }
    let text = |name: &str| with.get(name).and_then(Value::as_str).unwrap_or_default();
    let body = with.get("body").cloned().unwrap_or(Value::Null);
    let said = Bytes::deserialize(&body)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes.0).ok());
    let mut headers: Vec<(String, &Value)> = with
        .get("headers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|header| Some((header.get(0)?.as_str()?.to_ascii_lowercase(), header.get(1)?)))
        .filter(|(name, _)| !VOLATILE.contains(&name.as_str()))
        .collect();
    headers.sort_by(|a, b| (&a.0, a.1.to_string()).cmp(&(&b.0, b.1.to_string())));
    json!([
        import,
        text("method"),
        address(text("url")),
        headers,
        said.unwrap_or(body)
    ])
}

/// The same without query, headers and body: the list that is asked for, whatever part of it.
pub(super) fn loosely(import: &str, with: &Value) -> Value {
    let text = |name: &str| with.get(name).and_then(Value::as_str).unwrap_or_default();
    json!([import, text("method"), path(text("url"))])
}

/// The address without its query.
pub(super) fn path(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

fn address(url: &str) -> Value {
    let Ok(parsed) = Url::parse(url) else {
        return json!(url);
    };
    let mut query: Vec<(String, String)> = parsed.query_pairs().into_owned().collect();
    query.sort();
    json!([path(parsed.as_str()), query])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(url: &str, headers: &Value, body: &str) -> Value {
        of(
            "http.send",
            &json!({"method": "POST", "url": url, "headers": headers, "body": body, "timeout_ms": 0}),
        )
    }

    #[test]
    fn a_request_is_the_same_however_it_is_spelled_and_another_one_is_another() {
        let base = request(
            "https://a.example/x?b=2&a=1",
            &json!([["Accept", "application/json"], ["X-App", "1"]]),
            r#"{"a": 1, "b": [2]}"#,
        );
        let same = [
            request(
                "https://A.example:443/x?a=1&b=2#top",
                &json!([["x-app", "1"]]),
                r#"{"b":[2],"a":1}"#,
            ),
            request(
                "https://a.example/x?b=2&a=1",
                &json!([["idempotency-key", "k2"], ["x-app", "1"], ["user-agent", "u"]]),
                r#"{"a":1,"b":[2]}"#,
            ),
        ];
        for other in same {
            assert_eq!(base, other);
        }
        let others = [
            request(
                "https://a.example/x?b=2&a=2",
                &json!([["x-app", "1"]]),
                r#"{"a":1,"b":[2]}"#,
            ),
            request(
                "https://a.example/y?b=2&a=1",
                &json!([["x-app", "1"]]),
                r#"{"a":1,"b":[2]}"#,
            ),
            request(
                "https://a.example/x?b=2&a=1",
                &json!([["x-app", "2"]]),
                r#"{"a":1,"b":[2]}"#,
            ),
            request(
                "https://a.example/x?b=2&a=1",
                &json!([["x-app", "1"]]),
                r#"{"a":1,"b":[3]}"#,
            ),
        ];
        for other in others {
            assert_ne!(base, other);
        }
    }
}
