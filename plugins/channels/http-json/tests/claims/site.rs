//! A system of the test's own: answers by a function of method and path, over what it keeps; every request remembered.

use jackfield_channel_http_json::HttpJson;
use jackfield_sdk::channel::{Channel, Draft, Event, HttpFailure, HttpRequest, HttpResponse, Kind, Visibility};
use jackfield_sdk::testing::Scripted;
use serde_json::{Value, json};

pub(crate) const BASE: &str = "https://api.code.example";
/// 2026-08-01T16:00:00Z.
pub(crate) const NOW: u64 = 1_785_600_000_000;

pub(crate) fn settings(mapping: &str, values: &Value) -> String {
    json!({"mapping": mapping, "base": BASE, "values": values}).to_string()
}

/// A host over answers by `METHOD /path?query`; none is 404.
pub(crate) fn host<'a>(answer: impl Fn(&str, &HttpRequest) -> Option<HttpResponse> + 'a) -> Scripted<'a> {
    Scripted::new(NOW, move |request| {
        let path = request.url.strip_prefix(BASE).unwrap_or(&request.url);
        Ok(answer(&format!("{} {path}", request.method), request)
            .unwrap_or_else(|| status(404, "{\"error\":\"not found\"}")))
    })
}

/// A host that does not answer.
pub(crate) fn silent<'a>(failure: HttpFailure) -> Scripted<'a> {
    Scripted::new(NOW, move |_| Err(failure.clone()))
}

pub(crate) fn status(status: u16, body: &str) -> HttpResponse {
    jackfield_sdk::testing::response(status, body)
}

pub(crate) fn ok(body: &Value) -> Option<HttpResponse> {
    Some(status(200, &body.to_string()))
}

/// Polls until nothing more is waiting; every event, and the cursor.
pub(crate) fn drain(
    host: &Scripted<'_>,
    settings: &str,
    mut cursor: Option<Vec<u8>>,
    max: u32,
) -> (Vec<Event>, Option<Vec<u8>>) {
    let mut events = Vec::new();
    for _ in 0..1000 {
        let batch = HttpJson::poll(host, settings, cursor, max).expect("it polls");
        assert!(batch.events.len() <= max as usize, "never more than was asked for");
        assert!(batch.cursor.as_ref().is_some_and(|c| c.len() <= 4096));
        events.extend(batch.events);
        cursor = batch.cursor;
        if !batch.more {
            return (events, cursor);
        }
    }
    panic!("it never ends");
}

pub(crate) fn text(event: &Event) -> &str {
    match &event.kind {
        Kind::Said(content) => &content.text,
        Kind::Deleted => "deleted",
        Kind::Other(word) => word,
    }
}

pub(crate) fn ids(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.remote_id.as_str()).collect()
}

pub(crate) fn draft(key: &str, thread: &str, parent: Option<&str>, text: &str, visibility: Visibility) -> Draft {
    Draft {
        key: key.to_owned(),
        thread: Some(thread.to_owned()),
        parent: parent.map(str::to_owned),
        visibility,
        text: text.to_owned(),
        language: None,
        asked_at: NOW,
        attachments: Vec::new(),
    }
}
