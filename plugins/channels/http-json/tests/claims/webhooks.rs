//! What a system sends by itself: signed as the mapping says, read by the same message section as a poll.

use crate::site::{NOW, host, ids, settings, status};
use jackfield_channel_http_json::{HttpJson, Mapping, lines};
use jackfield_sdk::channel::{Channel, Kind, Trouble};
use jackfield_sdk::webhook::{Algorithm, Keys, Verify, Webhook, WebhookRequest};
use serde_json::{Value, json};
use std::cell::RefCell;

const MAPPING: &str = r#"mapping = 1
name = "Desk"
[poll.comments]
url = "/comments"
items = "$"
message = "comment"
[message.comment]
id = "$.id"
at = "$.at"
text = "$.text"
visibility = "public"
author = { id = "$.who" }
[webhook]
items = "$.comment"
message = "comment"
kind = { value = "{root.action}", words = { created = "said", edited = "edited", deleted = "deleted" }, else = "ignored" }
[webhook.verify]
secret = "signing"
header = "X-Signature"
prefix = "v0="
over = "v0:{header.x-time}:{body}"
timestamp = "X-Time"
"#;

fn request(body: &str, headers: &[(&str, &str)]) -> WebhookRequest {
    WebhookRequest {
        method: "POST".to_owned(),
        path: String::new(),
        query: String::new(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: body.as_bytes().to_vec(),
        received_at: NOW,
    }
}

fn sent(action: &str, comment: &Value) -> WebhookRequest {
    request(&json!({"action": action, "comment": comment}).to_string(), &[])
}

fn comment(id: u64, text: &str) -> Value {
    json!({"id": id, "at": "2026-08-01T15:00:00Z", "text": text, "who": "ana"})
}

#[test]
fn what_is_sent_is_read_and_the_poll_does_not_hand_it_over_again() {
    let kept = RefCell::new(json!([comment(7, "hello")]));
    let host = host(|ask, _| (ask == "GET /comments").then(|| status(200, &kept.borrow().to_string())));
    let settings = settings(MAPPING, &json!({}));
    let ingest =
        |action: &str, text: &str| HttpJson::ingest(&host, &settings, sent(action, &comment(7, text))).unwrap();
    let said = ingest("created", "hello");
    assert_eq!((ids(&said), said[0].revision), (vec!["7"], 0));
    assert_eq!(
        ingest("created", "hello"),
        said,
        "the same request gives the same events"
    );
    assert!(
        ingest("opened", "hello").is_empty(),
        "what the mapping does not know is ignored"
    );
    assert!(
        HttpJson::poll(&host, &settings, None, 50).unwrap().events.is_empty(),
        "known already"
    );
    let edited = ingest("edited", "hello!");
    assert_eq!(
        edited[0].revision, NOW,
        "an edit without a number counts from when it came"
    );
    kept.borrow_mut()[0]["text"] = json!("hello!");
    assert!(HttpJson::poll(&host, &settings, None, 50).unwrap().events.is_empty());
    assert_eq!(ingest("deleted", "hello!")[0].kind, Kind::Deleted);
}

#[test]
fn what_cannot_be_read_is_set_aside_with_the_reason() {
    let host = host(|_, _| None);
    let good = settings(MAPPING, &json!({}));
    let none = settings(&MAPPING[..MAPPING.find("[webhook]").unwrap()], &json!({}));
    let no = |settings: &str, body: &str| match HttpJson::ingest(&host, settings, request(body, &[])).unwrap_err() {
        Trouble::Unexpected(words) | Trouble::Refused(words) => words,
        other => panic!("{other:?}"),
    };
    assert!(no(&good, "<html>").contains("no JSON"));
    let unreadable = r#"{"action":"created","comment":{"id":1,"text":"x","who":"ana"}}"#;
    assert!(no(&good, unreadable).contains("`message.comment.at`"));
    assert!(no(&none, "{}").contains("no [webhook] section"));
}

/// Keys that know what they were asked, and one signature.
#[derive(Default)]
struct OneKey(RefCell<Vec<(String, String)>>);

impl Keys for OneKey {
    fn is_signed(&self, secret: &str, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.0
            .borrow_mut()
            .push((secret.to_owned(), String::from_utf8_lossy(message).into_owned()));
        algorithm == Algorithm::Sha256 && signature == [0xab, 0xcd]
    }
}

#[test]
fn a_signature_is_looked_for_where_the_mapping_says() {
    let keys = OneKey::default();
    let settings = settings(MAPPING, &json!({}));
    let time = (NOW / 1000).to_string();
    let late = (NOW / 1000 - 301).to_string();
    let verify = |headers: &[(&str, &str)]| HttpJson::verify(&keys, &settings, &request("{\"a\":1}", headers));
    assert_eq!(verify(&[("x-signature", "v0=abcd"), ("x-time", &time)]), Ok(()));
    assert_eq!(
        keys.0.borrow()[0],
        ("signing".to_owned(), format!("v0:{time}:{{\"a\":1}}"))
    );
    let cases: [(&[(&str, &str)], &str); 7] = [
        (&[("x-signature", "v0=abce"), ("x-time", &time)], "another one"),
        (&[("x-time", &time)], "no header x-signature"),
        (&[("x-signature", "abcd"), ("x-time", &time)], "begin with"),
        (&[("x-signature", "v0=xyz"), ("x-time", &time)], "no signature"),
        (&[("x-signature", "v0=abcd")], "no header x-time"),
        (&[("x-signature", "v0=abcd"), ("x-time", "soon")], "no time"),
        (&[("x-signature", "v0=abcd"), ("x-time", &late)], "301 seconds"),
    ];
    for (headers, word) in cases {
        let why = verify(headers).unwrap_err();
        assert!(why.contains(word), "{headers:?}: {why}");
    }
}

#[test]
fn a_webhook_that_anybody_could_send_is_refused() {
    let told = |from: &str, to: &str| lines(&Mapping::read(&MAPPING.replace(from, to)).unwrap_err());
    let at = MAPPING.find("[webhook.verify]").unwrap();
    let open = lines(&Mapping::read(&MAPPING[..at]).unwrap_err());
    assert!(
        open.contains("`webhook.verify`") && open.contains("could be from anybody"),
        "{open}"
    );
    assert!(
        told("over = \"v0:{header.x-time}:{body}\"", "over = \"v0:{header.x-time}\"")
            .contains("anybody could change it")
    );
    assert!(told("secret = \"signing\"", "secret = \"a b\"").contains("given with --secret"));
    assert_eq!(Mapping::read(MAPPING).unwrap().secrets(), ["signing"]);
}
