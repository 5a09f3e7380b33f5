//! The whole plugin on this machine, without a sandbox and without a network: `cargo test`.
//!
//! The network is a function from a request to an answer. `jackfield plugin test` runs the same plugin in the sandbox
//! against a stand-in that has state and faults.

use jackfield_sdk::channel::*;
use jackfield_sdk::testing::{Scripted, header_of, response};
use my_channel::MyChannel;

const SETTINGS: &str = r#"{"server":"https://book.example/"}"#;
const ME: &str = r#"{"id":"1","name":"northwind","display":"","page":null,"readers":5210,"automated":false}"#;
const NOW: u64 = 1_793_612_400_000;

/// A guestbook that answers with the fixture.
fn book(request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
    assert_eq!(header_of(request, "authorization").as_deref(), Some("Bearer {token}"));
    let path = request.url.strip_prefix("https://book.example").unwrap();
    Ok(match path {
        "/book/me" => response(200, ME),
        "/book/changes?after=6&limit=50" => response(200, include_str!("../fixtures/changes.json")),
        other => panic!("nobody asked for {other}"),
    })
}

fn draft(visibility: Visibility) -> Draft {
    Draft {
        key: "key-1".to_owned(),
        thread: Some("3".to_owned()),
        parent: Some("115".to_owned()),
        visibility,
        text: "From nine to six.".to_owned(),
        language: None,
        asked_at: NOW,
        attachments: Vec::new(),
    }
}

#[test]
fn what_happened_becomes_events() {
    let host = Scripted::new(NOW, book);
    let batch = MyChannel::poll(&host, SETTINGS, Some(b"6".to_vec()), 200).unwrap();
    assert_eq!((batch.cursor, batch.more), (Some(b"10".to_vec()), true));
    let [posted, edited, answer, deleted] = batch.events.as_slice() else {
        panic!("{:?}", batch.events);
    };
    assert_eq!((posted.revision, edited.revision), (0, 1_793_611_860_500));
    assert!(matches!(&edited.kind, Kind::Said(content) if content.text.contains("Tuesday")));
    assert_eq!((posted.ours, answer.ours), (false, true), "our own answers are told apart");
    assert_eq!(answer.visibility, Visibility::Direct);
    assert_eq!((answer.thread.as_str(), answer.parent.as_deref()), ("3", Some("115")));
    assert_eq!(deleted.kind, Kind::Deleted);
}

#[test]
fn an_answer_carries_its_key_and_never_goes_wider() {
    let host = Scripted::new(NOW, |request: &HttpRequest| {
        assert_eq!(header_of(request, "idempotency-key").as_deref(), Some("key-1"));
        assert!(String::from_utf8_lossy(&request.body).contains("\"private\":true"));
        Ok(response(
            201,
            r#"{"id":"117","thread":"3","author":{"id":"1","name":"northwind"},"text":"x","posted":"2026-11-02T09:36:00Z","private":true}"#,
        ))
    });
    let receipt = MyChannel::publish(&host, SETTINGS, draft(Visibility::Direct)).unwrap();
    assert_eq!((receipt.remote_id.as_str(), receipt.at), ("117", 1_793_612_160_000));
    let refused = MyChannel::publish(&host, SETTINGS, draft(Visibility::Followers)).unwrap_err();
    assert!(matches!(refused, Refusal::Rule(_)));
    assert_eq!(host.sent.borrow().len(), 1, "what cannot be kept private is not sent");
}

#[test]
fn what_the_network_says_no_with_is_told_apart() {
    let answers = [
        (401, "credential"),
        (429, "later"),
        (503, "later"),
        (403, "refused"),
        (200, "unexpected"),
    ];
    for (status, expected) in answers {
        let host = Scripted::new(NOW, move |_: &HttpRequest| Ok(response(status, "half of")));
        let got = match MyChannel::poll(&host, SETTINGS, None, 10).unwrap_err() {
            Trouble::Later(_) => "later",
            Trouble::Credential(_) => "credential",
            Trouble::Refused(_) => "refused",
            Trouble::Unexpected(_) => "unexpected",
        };
        assert_eq!(got, expected, "{status}");
    }
}

#[test]
fn in_doubt_it_is_asked_for_and_not_sent_again() {
    let cut = Scripted::new(NOW, |_: &HttpRequest| Err(HttpFailure::TimedOut));
    let doubt = MyChannel::publish(&cut, SETTINGS, draft(Visibility::Public)).unwrap_err();
    assert!(matches!(doubt, Refusal::Trouble(Trouble::Later(None))));

    let host = Scripted::new(NOW, |request: &HttpRequest| {
        assert_eq!((request.method.as_str(), request.url.as_str()), ("GET", "https://book.example/book/entries?key=key-1"));
        Ok(response(200, r#"{"entries":[]}"#))
    });
    let found = MyChannel::reconcile(&host, SETTINGS, draft(Visibility::Public)).unwrap();
    assert!(found.is_none());
}
