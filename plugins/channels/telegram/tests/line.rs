//! The channel against the stand-in, by HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

#[path = "../../../conform/tests/net/mod.rs"]
mod net;

use jackfield_channel_telegram::map::{event, spans};
use jackfield_channel_telegram::wire::{Update, User};
use jackfield_channel_telegram::{SIGNED, Telegram};
use jackfield_conform::telegram;
use jackfield_sdk::channel::*;
use jackfield_sdk::testing::{Scripted, response};
use jackfield_sdk::webhook::{Algorithm, Keys, Verify, Webhook, WebhookRequest};
use net::{Net, Spoil};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

struct Line {
    net: Net,
    settings: String,
}

impl Line {
    fn new() -> Self {
        let net = Net::new(telegram::start(), telegram::TOKEN);
        let settings = json!({"server": net.url()}).to_string();
        Self { net, settings }
    }

    fn host(&self) -> Scripted<'_> {
        Scripted::new(0, |request| {
            // Only sending is spoiled: asking is a POST here, too.
            if request.url.ends_with("/sendMessage") {
                self.net.answer(request)
            } else {
                self.net.exchange(request)
            }
        })
    }

    fn says(&self, body: &Json) -> String {
        let said = self.net.people("POST", "/_standin/statuses", &body.to_string());
        said["id"].as_str().unwrap().to_owned()
    }

    fn poll(&self, host: &Scripted<'_>, cursor: &mut Option<Vec<u8>>, most: u32) -> Batch {
        let batch = Telegram::poll(host, &self.settings, cursor.clone(), most).unwrap();
        *cursor = batch.cursor.clone().or(cursor.take());
        batch
    }
}

fn content(event: &Event) -> &Content {
    match &event.kind {
        Kind::Said(content) => content,
        other => panic!("{other:?}"),
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
        asked_at: 0,
        attachments: Vec::new(),
    }
}

#[test]
fn what_was_not_stored_comes_again_and_what_was_stored_does_not() {
    let line = Line::new();
    let (host, mut cursor) = (line.host(), None);
    assert_eq!(
        Telegram::check(&host, &line.settings).unwrap(),
        "The bot is @northwind_bot."
    );
    let ids: Vec<String> = (0..7)
        .map(|n| line.says(&json!({"as": "ana", "status": format!("number {n}")})))
        .collect();
    let lost = Telegram::poll(&host, &line.settings, None, 3).unwrap();
    let mut got = Vec::new();
    loop {
        let batch = line.poll(&host, &mut cursor, 3);
        got.extend(batch.events);
        if !batch.more {
            break;
        }
    }
    assert_eq!(lost.events, got[..3]);
    assert_eq!(got.iter().map(|event| event.remote_id.clone()).collect::<Vec<_>>(), ids);
    assert!(line.poll(&host, &mut cursor, 3).events.is_empty());
}

#[test]
fn whom_a_message_is_for_its_edits_and_its_files_are_known() {
    let line = Line::new();
    let (host, mut cursor) = (line.host(), None);
    let group = json!({"id": -7, "type": "supergroup", "title": "Square", "username": "square"});
    let entity = json!([{"type": "mention", "offset": 3, "length": 14}]);
    line.says(&json!({"as": "ana", "status": "👋 @northwind_bot hello", "chat": group, "more": {"entities": entity}}));
    line.says(&json!({"as": "ben", "status": "chatter", "chat": group}));
    let photo = json!({"photo": [{"file_id": "small"}, {"file_id": "la/rge", "file_size": 9}]});
    let private = line.says(&json!({"as": "cem", "status": "see", "more": photo}));
    let events = line.poll(&host, &mut cursor, 50).events;
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.context, event.visibility.clone(), event.thread.starts_with("-7")))
        .collect();
    assert_eq!(
        told,
        [
            (false, Visibility::Public, true),
            (true, Visibility::Public, true),
            (false, Visibility::Direct, false)
        ]
    );
    assert_eq!(events[0].url.as_deref(), Some("https://t.me/square/1"));
    assert!(
        content(&events[2]).attachments[0]
            .url
            .ends_with("/bot/getFile?file_id=la%2Frge")
    );
    line.net
        .people("PUT", &format!("/_standin/statuses/{private}"), r#"{"status":"look"}"#);
    let edit = line.poll(&host, &mut cursor, 50).events.remove(0);
    assert_eq!(
        (edit.remote_id.as_str(), content(&edit).text.as_str(), edit.revision > 0),
        (private.as_str(), "look", true)
    );
    let wider = Telegram::publish(
        &host,
        &line.settings,
        Draft {
            visibility: Visibility::Direct,
            ..draft("k", &events[0], "x")
        },
    );
    assert!(matches!(wider, Err(Refusal::Rule(words)) if words.contains("Everybody")));
}

#[test]
fn an_answer_whose_fate_nobody_knows_is_said_to_be_that() {
    let line = Line::new();
    let (host, mut cursor) = (line.host(), None);
    line.says(&json!({"as": "ana", "status": "where is it?"}));
    let asked = line.poll(&host, &mut cursor, 50).events.remove(0);
    let receipt = Telegram::publish(&host, &line.settings, draft("key-1", &asked, "It leaves today.")).unwrap();
    assert_eq!(
        Telegram::publish(&host, &line.settings, draft("key-1", &asked, "It leaves today.")).unwrap(),
        receipt
    );
    assert_eq!(
        Telegram::reconcile(&host, &line.settings, draft("key-1", &asked, "")).unwrap(),
        Some(receipt)
    );
    *line.net.spoil.borrow_mut() = Some(Spoil::Lost);
    let doubt = Telegram::publish(&host, &line.settings, draft("key-2", &asked, "And more.")).unwrap_err();
    assert_eq!(doubt, Refusal::Trouble(Trouble::Later(None)));
    let unknown = Telegram::reconcile(&host, &line.settings, draft("key-2", &asked, "")).unwrap_err();
    assert!(matches!(&unknown, Trouble::Unexpected(words) if words.contains("Look into the chat")));
    assert_eq!(
        line.net
            .people("GET", "/_standin/statuses", "")
            .as_array()
            .unwrap()
            .len(),
        3
    );
    // A limit is surely no delivery.
    let limited = Scripted::new(0, |_| {
        Ok(response(429, r#"{"ok":false,"parameters":{"retry_after":5}}"#))
    });
    let no = Telegram::publish(&limited, &line.settings, draft("key-3", &asked, "x")).unwrap_err();
    assert_eq!(no, Refusal::Trouble(Trouble::Later(Some(5000))));
    assert_eq!(
        Telegram::reconcile(&limited, &line.settings, draft("key-3", &asked, "")).unwrap(),
        None
    );
    let blocked = Scripted::new(0, |_| {
        Ok(response(
            403,
            r#"{"ok":false,"description":"Forbidden: bot was blocked by the user"}"#,
        ))
    });
    let no = Telegram::publish(&blocked, &line.settings, draft("key-4", &asked, "x")).unwrap_err();
    assert!(
        matches!(&no, Refusal::Trouble(Trouble::Refused(words)) if words.contains("blocked by the user")),
        "{no:?}"
    );
    let long = Telegram::publish(&host, &line.settings, draft("key-5", &asked, &"x".repeat(4100))).unwrap_err();
    assert!(
        matches!(&long, Refusal::Rule(words) if words.contains("take 4 away")),
        "{long:?}"
    );
}

struct OneKey;
impl Keys for OneKey {
    fn is_signed(&self, secret: &str, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        (secret, message, signature) == ("webhook-key", SIGNED, &[0xab, 0xcd][..])
            && matches!(algorithm, Algorithm::Sha256)
    }
}

#[test]
fn a_webhook_is_believed_by_its_word_and_gives_the_message_of_a_poll() {
    let line = Line::new();
    let host = line.host();
    let request = |word: &str| WebhookRequest {
        method: "POST".to_owned(),
        path: String::new(),
        query: String::new(),
        headers: vec![("x-telegram-bot-api-secret-token".to_owned(), word.to_owned())],
        body: json!({"update_id": 9, "message": {"message_id": 4, "date": 7, "chat": {"id": 5, "type": "private"},
            "from": {"id": 5, "first_name": "Ana"}, "text": "hello"}})
        .to_string()
        .into_bytes(),
        received_at: 0,
    };
    assert!(Telegram::verify(&OneKey, &line.settings, &request("ABcd")).is_ok());
    for bad in ["", "abc", "abce", "xyz", "ab cd"] {
        assert!(
            Telegram::verify(&OneKey, &line.settings, &request(bad)).is_err(),
            "{bad}"
        );
    }
    let events = Telegram::ingest(&host, &line.settings, request("abcd")).unwrap();
    assert_eq!(
        (
            events[0].remote_id.as_str(),
            events[0].at,
            content(&events[0]).text.as_str()
        ),
        ("5:4", 7000, "hello")
    );
}

proptest! {
    #[test]
    fn no_entities_break_a_text(text in "[a-z👋é @#]{0,30}", list in proptest::collection::vec((any::<u64>(), 0_u64..40, 0_u64..12, 0_usize..4), 0..8)) {
        let kinds = ["mention", "text_link", "bold", "odd"];
        let entities: Vec<Json> = list.iter().map(|(far, offset, length, kind)| {
            let offset = if far % 7 == 0 { *far } else { *offset };
            json!({"type": kinds[*kind], "offset": offset, "length": length})
        }).collect();
        for span in spans(&text, &entities) {
            prop_assert!(text.get(span.start as usize..span.end as usize).is_some_and(|words| !words.is_empty()));
        }
    }

    #[test]
    fn no_update_breaks_it(id in any::<u64>(), chat in any::<i64>(), text in "\\PC{0,40}", kind in 0_usize..3) {
        let message = json!({"message_id": chat, "chat": {"id": chat, "type": text}, "text": text, "date": id, "photo": [text, {"file_id": text}]});
        let update = json!({"update_id": id, (["message", "edited_message", "channel_post"][kind]): message});
        let update: Update = serde_json::from_value(update).unwrap();
        if let Some(event) = event(&update, &User::default(), &Default::default()) {
            prop_assert!(!event.remote_id.is_empty() && (kind == 1) == (event.revision > 0));
        }
    }
}
