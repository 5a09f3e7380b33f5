//! The channel against the stand-in, by HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

#[path = "../../../conform/tests/net/mod.rs"]
mod net;

use jackfield_channel_matrix::Matrix;
use jackfield_conform::matrix;
use jackfield_sdk::channel::*;
use jackfield_sdk::testing::Scripted;
use net::{Net, Spoil};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::time::SystemTime;

fn now() -> u64 {
    u64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap()
}

struct Line {
    net: Net,
    settings: String,
}

impl Line {
    fn new() -> Self {
        let net = Net::new(matrix::start(), matrix::TOKEN);
        let settings = json!({"server": net.url()}).to_string();
        Self { net, settings }
    }

    fn host(&self) -> Scripted<'_> {
        Scripted::new(now(), |request| self.net.answer(request))
    }

    fn says(&self, body: &Json) -> String {
        let said = self.net.people("POST", "/_standin/statuses", &body.to_string());
        said["id"].as_str().unwrap().to_owned()
    }

    fn drain(&self, host: &Scripted<'_>, cursor: &mut Option<Vec<u8>>, most: u32) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..1000 {
            let batch = Matrix::poll(host, &self.settings, cursor.take(), most).unwrap();
            assert!(batch.events.len() <= most as usize);
            *cursor = batch.cursor;
            events.extend(batch.events);
            if !batch.more {
                return events;
            }
        }
        panic!("a thousand polls and still more")
    }
}

fn draft(key: &str, event: &Event, text: &str) -> Draft {
    Draft {
        key: key.to_owned(),
        thread: Some(event.thread.clone()),
        parent: Some(event.remote_id.clone()),
        visibility: event.visibility.clone(),
        text: text.to_owned(),
        language: None,
        asked_at: now(),
        attachments: Vec::new(),
    }
}

fn content(event: &Event) -> &Content {
    match &event.kind {
        Kind::Said(content) => content,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_gap_that_is_longer_than_a_sync_is_filled_and_handed_over_once() {
    let line = Line::new();
    let ids: Vec<String> = (0..330)
        .map(|n| line.says(&json!({"as": "ana", "status": format!("number {n}")})))
        .collect();
    let (host, mut cursor) = (line.host(), None);
    let got: Vec<String> = line
        .drain(&host, &mut cursor, 100)
        .into_iter()
        .map(|event| event.remote_id)
        .collect();
    assert_eq!(got, ids);
    let more: Vec<String> = (0..120)
        .map(|n| line.says(&json!({"as": "ben", "status": format!("again {n}")})))
        .collect();
    let got: Vec<String> = line
        .drain(&host, &mut cursor, 7)
        .into_iter()
        .map(|event| event.remote_id)
        .collect();
    assert_eq!(got, more);
}

#[test]
fn whom_a_message_is_for_is_known_from_names_answers_and_direct_chats() {
    let line = Line::new();
    let (host, mut cursor) = (line.host(), None);
    let named = line.says(&json!({"as": "ana", "status": "Northwind: where is it?"}));
    line.says(&json!({"as": "ben", "status": "northwinds are cold"}));
    line.says(&json!({"as": "cem", "status": "hello", "content": {"m.mentions": {"user_ids": [matrix::ME]}}}));
    line.says(&json!({"as": "dea", "status": "a private word", "direct": true}));
    let events = line.drain(&host, &mut cursor, 50);
    let told: Vec<_> = events
        .iter()
        .map(|event| (content(event).text.as_str(), event.context))
        .collect();
    assert_eq!(
        told,
        [
            ("Northwind: where is it?", false),
            ("northwinds are cold", true),
            ("hello", false)
        ]
    );
    assert_eq!(content(&events[0]).author.display_name.as_deref(), Some("ana"));
    // The invitation is taken up in that poll, the words come with the next.
    let private = line.drain(&host, &mut cursor, 50);
    assert_eq!(private.len(), 1, "{private:?}");
    assert_eq!(
        (private[0].thread.as_str(), &private[0].visibility),
        ("!dea:standin.test", &Visibility::Direct)
    );
    let first = events.iter().find(|event| event.remote_id == named).unwrap();
    let sent = Matrix::publish(&host, &line.settings, draft("key-1", first, "It leaves today.")).unwrap();
    line.says(&json!({"as": "ana", "status": "thanks", "in_reply_to_id": sent.remote_id}));
    let events = line.drain(&host, &mut cursor, 50);
    assert_eq!(events.len(), 2);
    assert!(events[0].ours && events[0].parent.as_deref() == Some(&named));
    assert_eq!(
        (events[1].context, events[1].thread.as_str()),
        (false, first.thread.as_str())
    );
}

#[test]
fn edits_and_deletions_are_new_facts_and_only_of_whoever_wrote() {
    let line = Line::new();
    let (host, mut cursor) = (line.host(), None);
    let root = line.says(&json!({"as": "ana", "status": "frist"}));
    let answer = line.says(&json!({"as": "ben", "status": "second", "in_reply_to_id": root}));
    let events = line.drain(&host, &mut cursor, 50);
    line.net
        .people("PUT", &format!("/_standin/statuses/{root}"), r#"{"status":"first"}"#);
    let forged = json!({"rel_type": "m.replace", "event_id": root});
    line.says(&json!({"as": "eve", "status": "x", "content": {"m.relates_to": forged, "m.new_content": {"body": "I am a thief"}}}));
    line.says(&json!({"as": "eve", "status": "x", "content": {"m.relates_to": {"rel_type": "m.replace", "event_id": "$none"}, "m.new_content": {}}}));
    line.net.people("DELETE", &format!("/_standin/statuses/{answer}"), "");
    let changes = line.drain(&host, &mut cursor, 50);
    assert_eq!(changes.len(), 2, "{changes:?}");
    assert_eq!(
        (changes[0].remote_id.as_str(), content(&changes[0]).text.as_str()),
        (root.as_str(), "first")
    );
    assert!(changes[0].revision > 0);
    assert_eq!(
        (changes[1].remote_id.as_str(), &changes[1].kind),
        (answer.as_str(), &Kind::Deleted)
    );
    assert!(changes.iter().all(|event| event.thread == events[0].thread));
}

#[test]
fn an_answer_goes_out_once_however_its_answer_was_lost() {
    let line = Line::new();
    let (host, mut cursor) = (line.host(), None);
    line.says(&json!({"as": "ana", "status": "northwind: hello"}));
    let asked = line.drain(&host, &mut cursor, 50).remove(0);
    let first = draft("key-1", &asked, "It leaves today.");
    for (spoil, there) in [(Spoil::Status(502), false), (Spoil::Lost, true)] {
        *line.net.spoil.borrow_mut() = Some(spoil);
        let no = Matrix::publish(&host, &line.settings, first.clone()).unwrap_err();
        assert_eq!(no, Refusal::Trouble(Trouble::Later(None)));
        assert_eq!(
            Matrix::reconcile(&host, &line.settings, first.clone())
                .unwrap()
                .is_some(),
            there
        );
    }
    let again = Matrix::publish(&host, &line.settings, first.clone()).unwrap();
    let found = Matrix::reconcile(&host, &line.settings, first).unwrap().unwrap();
    assert_eq!(found.remote_id, again.remote_id);
    let same = Matrix::publish(&host, &line.settings, draft("key-2", &asked, "It leaves today.")).unwrap();
    assert_ne!(same.remote_id, again.remote_id);
}

#[test]
fn what_breaks_a_rule_is_refused_before_anything_is_sent() {
    let line = Line::new();
    let (host, mut cursor) = (line.host(), None);
    line.says(&json!({"as": "ana", "status": "northwind: hello"}));
    let asked = line.drain(&host, &mut cursor, 50).remove(0);
    let rule = |change: &dyn Fn(&mut Draft)| {
        let mut draft = draft("k", &asked, "hello");
        change(&mut draft);
        Matrix::publish(&host, &line.settings, draft).unwrap_err()
    };
    let says = |refusal: &Refusal, word: &str| matches!(refusal, Refusal::Rule(words) if words.contains(word));
    assert!(says(&rule(&|d| d.text = " ".to_owned()), "empty"));
    assert!(says(&rule(&|d| d.text = "é".repeat(15_001)), "take 2 away"));
    assert!(says(&rule(&|d| d.visibility = Visibility::Direct), "room is public"));
    let gone = rule(&|d| d.parent = Some("$gone".to_owned()));
    assert!(
        matches!(&gone, Refusal::Trouble(Trouble::Refused(words)) if words.contains("any more")),
        "{gone:?}"
    );
    assert!(host.sent.borrow().iter().all(|request| request.method == "GET"));
}

#[test]
fn a_limit_is_read_from_the_body_where_there_is_no_header() {
    let body = r#"{"errcode":"M_LIMIT_EXCEEDED","error":"Too Many Requests","retry_after_ms":4321}"#;
    let host = Scripted::new(0, |_| Ok(jackfield_sdk::testing::response(429, body)));
    let told = Matrix::poll(&host, r#"{"server":"https://m.example"}"#, None, 50).unwrap_err();
    assert_eq!(told, Trouble::Later(Some(4321)));
}

#[test]
fn a_thread_of_ten_thousand_answers_keeps_its_root_and_its_bounds() {
    let me = matrix::ME;
    // A server on which each message answers the one before; the newest 300 come in the sync.
    let answer = |number: u64| {
        let relates = if number == 0 {
            json!({})
        } else {
            json!({"m.in_reply_to": {"event_id": format!("${}", number - 1)}})
        };
        json!({"event_id": format!("${number}"), "type": "m.room.message", "sender": "@a:b", "origin_server_ts": 5_000_000_000_u64 + number,
            "content": {"msgtype": "m.text", "body": "deeper", "m.relates_to": relates}})
    };
    let host = Scripted::new(5_000_000_000, |request| {
        let path = request.url.split('?').next().unwrap();
        let body = if path.ends_with("/whoami") {
            json!({"user_id": me})
        } else if path.ends_with("/sync") {
            let events: Vec<Json> = (9_700..10_000).map(answer).collect();
            json!({"next_batch": "n", "rooms": {"join": {"!r:b": {"timeline": {"events": events, "limited": false}}}}})
        } else if let Some(id) = path.split("/event/%24").nth(1) {
            answer(id.parse().unwrap())
        } else {
            json!({"join_rule": "public"})
        };
        Ok(jackfield_sdk::testing::response(200, &body.to_string()))
    });
    let batch = Matrix::poll(&host, r#"{"server":"https://m.example"}"#, None, 200).unwrap();
    assert_eq!(batch.events.len(), 200);
    assert!(batch.events.iter().all(|event| event.thread == batch.events[0].thread));
    assert!(host.sent.borrow().len() < 60, "{} requests", host.sent.borrow().len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_timeline_breaks_a_poll(kinds in proptest::collection::vec((0_usize..8, "\\PC{0,20}", 0_usize..4), 0..12)) {
        let events: Vec<Json> = kinds.iter().enumerate().map(|(at, (kind, text, of))| {
            let target = format!("$e{of}");
            let (kind, content) = match kind {
                0 => ("m.room.message", json!({"msgtype": "m.text", "body": text})),
                1 => ("m.room.message", json!({"msgtype": 7, "body": [text], "m.relates_to": "no"})),
                2 => ("m.room.message", json!({"body": text, "m.new_content": text, "m.relates_to": {"rel_type": "m.replace", "event_id": target}})),
                3 => ("m.reaction", json!({"m.relates_to": {"rel_type": "m.annotation", "event_id": target, "key": text}})),
                4 => ("m.room.redaction", json!({"redacts": target})),
                5 => ("m.room.message", json!({"msgtype": "m.image", "url": text, "info": {"size": -1}})),
                6 => ("m.room.message", json!({"body": text, "m.relates_to": {"rel_type": "m.thread", "event_id": target}})),
                _ => ("m.room.encrypted", Json::Null),
            };
            json!({"event_id": format!("$e{at}"), "type": kind, "sender": "@a:b", "origin_server_ts": at, "content": content})
        }).collect();
        let found = events.clone();
        let host = Scripted::new(1, move |request| {
            let path = request.url.split('?').next().unwrap().to_owned();
            let body = if path.ends_with("/whoami") {
                json!({"user_id": "@me:b"})
            } else if path.ends_with("/sync") {
                let mut all = events.clone();
                all.push(json!({"event_id": 4}));
                json!({"next_batch": "n", "rooms": {"join": {"!r:b": {"timeline": {"events": all}}}}})
            } else if let Some(id) = path.split("/event/%24e").nth(1) {
                match found.get(id.parse::<usize>().unwrap()) {
                    Some(event) => event.clone(),
                    None => return Ok(jackfield_sdk::testing::response(404, "{}")),
                }
            } else {
                json!({"join_rule": "public"})
            };
            Ok(jackfield_sdk::testing::response(200, &body.to_string()))
        });
        let batch = Matrix::poll(&host, r#"{"server":"https://m.example","history-days":0}"#, Some(br#"{"s":"x"}"#.to_vec()), 100).unwrap();
        for event in &batch.events {
            prop_assert!(!event.remote_id.is_empty() && event.thread.starts_with("!r:b/$"));
        }
    }
}
