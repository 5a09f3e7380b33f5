//! Faults on order: the next calls that match are answered wrongly, in one of the ways in which real servers are.

use super::{Shared, locked};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// `status` instead of the answer; nothing is done.
    Status,
    /// 429 with `Retry-After: retry_after`; nothing is done.
    Ratelimit,
    /// The answer comes after `ms`.
    Latency,
    /// 200 and something that is not JSON; nothing is done.
    Malformed,
    /// The answer is done and sent, and ends in its middle.
    CutBody,
    /// Nothing is done and nothing is answered for `ms`; then 503.
    Timeout,
    /// A list is answered with the page that was answered before on the same path.
    DuplicatePage,
    /// It is done, and the answer is held for `ms`: the caller cannot know.
    AcceptThenTimeout,
}

/// One order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    kind: Kind,
    /// How many matching calls it spoils.
    #[serde(default = "once")]
    times: u32,
    /// Only calls of this method.
    #[serde(default)]
    method: Option<String>,
    /// Only calls whose path begins so.
    #[serde(default)]
    path: Option<String>,
    /// For `status`.
    #[serde(default)]
    status: Option<u16>,
    /// For `ratelimit` and `status`: seconds.
    #[serde(default)]
    retry_after: Option<u64>,
    /// For the kinds that wait.
    #[serde(default)]
    ms: Option<u64>,
}

fn once() -> u32 {
    1
}

/// A wait that is longer than any client's patience, where an order names none.
const LONG_MS: u64 = 60_000;

impl Fault {
    /// What is wrong with the order itself.
    pub(crate) fn complaint(&self) -> Option<String> {
        match (self.kind, self.status) {
            (Kind::Status, None) => Some("`status` needs the field `status`, 400 to 599".to_owned()),
            (Kind::Status, Some(code)) if !(400..600).contains(&code) => {
                Some(format!("`status` must be 400 to 599, not {code}"))
            }
            _ if self.times == 0 => Some("`times` must be at least 1".to_owned()),
            _ => None,
        }
    }

    fn wait(&self) -> Duration {
        Duration::from_millis(self.ms.unwrap_or(LONG_MS))
    }
}

/// The orders, in order, and what was answered before.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    orders: Vec<Fault>,
    pages: HashMap<String, (HeaderMap, Bytes)>,
}

impl Faults {
    pub(crate) fn order(&mut self, fault: Fault) {
        self.orders.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.orders.clear();
    }

    pub(crate) fn waiting(&self) -> &[Fault] {
        &self.orders
    }

    /// The first order that matches this call; one use of it is gone.
    fn take(&mut self, method: &Method, path: &str) -> Option<Fault> {
        let at = self.orders.iter().position(|f| {
            f.method
                .as_deref()
                .is_none_or(|m| m.eq_ignore_ascii_case(method.as_str()))
                && f.path.as_deref().is_none_or(|p| path.starts_with(p))
        })?;
        let order = self.orders.get_mut(at)?;
        let fault = order.clone();
        order.times = order.times.saturating_sub(1);
        if order.times == 0 {
            self.orders.remove(at);
        }
        Some(fault)
    }
}

pub(super) async fn spoil(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let fault = locked(&shared.faults).take(&method, &path);
    let Some(fault) = fault else {
        return remember(&shared, &path, &method, next.run(request).await).await;
    };
    match fault.kind {
        Kind::Status => refusal(fault.status.unwrap_or(500), fault.retry_after),
        Kind::Ratelimit => refusal(429, Some(fault.retry_after.unwrap_or(1))),
        Kind::Latency => {
            tokio::time::sleep(fault.wait()).await;
            next.run(request).await
        }
        Kind::Malformed => (
            [(header::CONTENT_TYPE, "application/json")],
            "{\"id\": \"1\", \"content\": \"<p>half of",
        )
            .into_response(),
        Kind::CutBody => cut(next.run(request).await).await,
        Kind::Timeout => {
            tokio::time::sleep(fault.wait()).await;
            refusal(503, None)
        }
        Kind::DuplicatePage => {
            let before = locked(&shared.faults).pages.get(&path).cloned();
            match before {
                Some((headers, body)) => (headers, body).into_response(),
                None => next.run(request).await,
            }
        }
        Kind::AcceptThenTimeout => {
            let response = next.run(request).await;
            tokio::time::sleep(fault.wait()).await;
            response
        }
    }
}

fn refusal(status: u16, retry_after: Option<u64>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let words = if status == StatusCode::TOO_MANY_REQUESTS {
        "Too many requests"
    } else {
        "Ordered fault"
    };
    let mut response = (status, axum::Json(serde_json::json!({"error": words}))).into_response();
    if let Some(seconds) = retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Keeps the page of a list, so that it can be answered once more.
async fn remember(shared: &Shared, path: &str, method: &Method, response: Response) -> Response {
    if method != Method::GET || !response.status().is_success() || !response.headers().contains_key(header::LINK) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut headers = parts.headers.clone();
    let rates: Vec<HeaderName> = headers
        .keys()
        .filter(|k| k.as_str().starts_with("x-ratelimit"))
        .cloned()
        .collect();
    for name in rates {
        headers.remove(name);
    }
    locked(&shared.faults)
        .pages
        .insert(path.to_owned(), (headers, bytes.clone()));
    Response::from_parts(parts, Body::from(bytes))
}

/// The head and the first half of an answer; then the connection breaks.
async fn cut(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half = bytes.slice(..bytes.len() / 2);
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let chunks = [Ok(half), Err(std::io::Error::other("cut on order"))];
    Response::from_parts(parts, Body::from_stream(futures_util::stream::iter(chunks)))
}
