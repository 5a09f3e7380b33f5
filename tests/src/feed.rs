//! The live feed, read as it is on the wire.

use crate::api::Api;
use jackfield_protocol::FeedMessage;
use reqwest::Method;
use std::time::Duration;

/// An open stream of the feed.
#[derive(Debug)]
pub struct Feed {
    response: reqwest::Response,
    buffer: Vec<u8>,
}

impl Feed {
    /// Opens the feed after a number; none takes what comes from now on.
    pub async fn open(api: &Api, after: Option<u64>) -> Self {
        let path = after.map_or_else(|| "/api/v1/feed".to_owned(), |n| format!("/api/v1/feed?after={n}"));
        let token = api.issuer.token(&api.agent, &api.brand);
        let request = crate::http()
            .request(Method::GET, format!("{}{path}", api.base))
            .bearer_auth(token);
        let response = request.send().await.expect("the host answers the feed");
        assert_eq!(response.status(), 200, "the feed is open to this token");
        Self {
            response,
            buffer: Vec::new(),
        }
    }

    /// The next message; none where the stream ended or nothing came in time.
    pub async fn next(&mut self, within: Duration) -> Option<FeedMessage> {
        tokio::time::timeout(within, self.read()).await.ok().flatten()
    }

    async fn read(&mut self) -> Option<FeedMessage> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|two| two == b"\n\n") {
                let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
                let block = String::from_utf8(block).expect("the feed is UTF-8");
                let data: Vec<&str> = block
                    .lines()
                    .filter_map(|l| l.strip_prefix("data:"))
                    .map(str::trim_start)
                    .collect();
                if data.is_empty() {
                    continue; // a comment that keeps the line open
                }
                let text = data.join("\n");
                return Some(
                    serde_json::from_str(&text).unwrap_or_else(|e| panic!("not a feed message: {text} ({e})")),
                );
            }
            self.buffer.extend_from_slice(&self.response.chunk().await.ok()??);
        }
    }
}
