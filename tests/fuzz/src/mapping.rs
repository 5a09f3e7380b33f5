//! Mapping files of `http-json`: read, and obeyed against whatever their system answers.
//!
//! An input is a mapping and an answer with a line `=====` between them.

use jackfield_channel_http_json::{HttpJson, Mapping, lines};
use jackfield_sdk::channel::{Channel, Draft, Event, HttpRequest, HttpResponse, Kind, Visibility};
use jackfield_sdk::testing::Scripted;
use jackfield_sdk::webhook::{Webhook, WebhookRequest};
use serde_json::{Value, json};

/// 2026-08-01T16:00:00Z.
const NOW: u64 = 1_785_600_000_000;
const MOST: u32 = 20;

pub fn mapping(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (text, answer) = text.split_once("\n=====\n").unwrap_or((text, "[]"));
    if let Err(faults) = Mapping::read(text) {
        assert!(!faults.is_empty() && faults.len() <= 50, "{} faults", faults.len());
        let written = lines(&faults);
        assert!(!written.is_empty() && written.len() < 100_000);
        return;
    }
    let values = text
        .parse::<toml::Table>()
        .ok()
        .and_then(|table| table.get("values").cloned());
    let values: serde_json::Map<String, Value> = values
        .as_ref()
        .and_then(toml::Value::as_table)
        .into_iter()
        .flat_map(toml::Table::keys)
        .map(|name| (name.clone(), json!("a value")))
        .collect();
    let settings = json!({"mapping": text, "base": "https://api.example", "values": values}).to_string();
    let respond = |request: &HttpRequest| {
        assert!(request.url.starts_with("https://"), "it asks {:?}", request.url);
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let body = answer.as_bytes().to_vec();
        Ok(HttpResponse {
            status: 200,
            headers,
            body,
        })
    };
    let host = Scripted::new(NOW, respond);
    let _ = HttpJson::check(&host, &settings);
    let mut cursor = None;
    for _ in 0..3 {
        let Ok(batch) = HttpJson::poll(&host, &settings, cursor.clone(), MOST) else {
            break;
        };
        assert!(batch.events.len() <= MOST as usize, "{} events", batch.events.len());
        assert!(
            batch.cursor.as_ref().is_none_or(|cursor| cursor.len() <= 4096),
            "a cursor has at most 4 KiB"
        );
        batch.events.iter().for_each(within_the_contract);
        cursor = batch.cursor;
        host.pass(60_000);
    }
    let request = WebhookRequest {
        method: "POST".to_owned(),
        path: String::new(),
        query: String::new(),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: answer.as_bytes().to_vec(),
        received_at: NOW,
    };
    if let Ok(events) = HttpJson::ingest(&host, &settings, request) {
        events.iter().for_each(within_the_contract);
    }
    let draft = Draft {
        key: "0197f0a0-0000-7000-8000-000000000000".to_owned(),
        thread: Some("a thread".to_owned()),
        parent: Some("42".to_owned()),
        visibility: Visibility::Public,
        text: "An answer, \"quoted\" & <marked>.".to_owned(),
        language: None,
        asked_at: NOW,
        attachments: Vec::new(),
    };
    let _ = HttpJson::publish(&host, &settings, draft.clone());
    let _ = HttpJson::reconcile(&host, &settings, draft);
    assert!(host.sent.borrow().len() < 1000, "{} requests", host.sent.borrow().len());
}

/// What the host would refuse a batch for: a mapping must not be able to make that.
fn within_the_contract(event: &Event) {
    assert!(
        !event.remote_id.is_empty() && event.remote_id.len() <= 512,
        "remote-id {:?}",
        event.remote_id
    );
    assert!(
        !event.thread.is_empty() && event.thread.len() <= 512,
        "thread {:?}",
        event.thread
    );
    assert!(event.parent.as_ref().is_none_or(|parent| parent.len() <= 512));
    let Kind::Said(content) = &event.kind else { return };
    assert!(content.text.len() <= 1 << 20, "{} bytes", content.text.len());
    assert!(content.spans.len() <= 4096 && content.attachments.len() <= 64);
    assert!(
        !content.author.id.is_empty() && content.author.id.len() <= 512,
        "author {:?}",
        content.author.id
    );
    assert!(content.author.handle.len() <= 512);
    for span in &content.spans {
        let (start, end) = (span.start as usize, span.end as usize);
        assert!(
            start < end && content.text.get(start..end).is_some(),
            "{start}..{end} of {}",
            content.text.len()
        );
    }
}
