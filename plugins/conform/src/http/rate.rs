//! The rate limit: requests per token in a fixed window, told in every answer as Mastodon tells it.

use super::ask::{No, bearer};
use super::{Shared, locked};
use crate::clock::{now_ms, rfc3339};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;
use std::sync::Arc;

/// Five minutes, as Mastodon has it.
const WINDOW_MS: u64 = 300_000;

/// How much each token has used of the present window.
#[derive(Debug)]
pub(crate) struct Rates {
    limit: u32,
    window: u64,
    used: HashMap<String, u32>,
}

impl Rates {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            limit,
            window: 0,
            used: HashMap::new(),
        }
    }

    /// Counts one request; what is left after it, or none where nothing was.
    fn count(&mut self, who: &str, now: u64) -> Option<u32> {
        let window = now / WINDOW_MS;
        if window != self.window {
            self.window = window;
            self.used.clear();
        }
        let used = self.used.entry(who.to_owned()).or_default();
        let left = self.limit.checked_sub(*used + 1);
        if left.is_some() {
            *used += 1;
        }
        left
    }
}

pub(super) async fn count(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let now = now_ms();
    let who = bearer(request.headers()).unwrap_or_default().to_owned();
    let (left, limit) = {
        let mut rates = locked(&shared.rates);
        (rates.count(&who, now), rates.limit)
    };
    let mut response = match left {
        Some(_) => next.run(request).await,
        None => No(StatusCode::TOO_MANY_REQUESTS, "Too many requests".to_owned()).into_response(),
    };
    let reset = rfc3339((now / WINDOW_MS + 1) * WINDOW_MS);
    let told = [
        ("x-ratelimit-limit", limit.to_string()),
        ("x-ratelimit-remaining", left.unwrap_or(0).to_string()),
        ("x-ratelimit-reset", reset),
    ];
    for (name, value) in told {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_its_limit_and_ends() {
        let mut rates = Rates::new(2);
        assert_eq!(
            [rates.count("a", 1), rates.count("a", 2), rates.count("a", 3)],
            [Some(1), Some(0), None]
        );
        assert_eq!(rates.count("b", 4), Some(1), "each token has its own");
        assert_eq!(rates.count("a", WINDOW_MS), Some(1), "the next window begins anew");
    }
}
