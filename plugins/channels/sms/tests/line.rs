//! The channel against the stand-in, by HTTP: what comes in by both ways, what goes out, and what goes wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

#[path = "../../../conform/tests/net/mod.rs"]
mod net;

use jackfield_channel_sms::Sms;
use jackfield_conform::sms;
use jackfield_sdk::channel::*;
use jackfield_sdk::testing::Scripted;
use jackfield_sdk::webhook::{Webhook, WebhookRequest};
use net::{Net, Spoil};
use proptest::prelude::*;
use std::time::SystemTime;

fn now() -> u64 {
    u64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap()
}

fn net() -> Net {
    Net::new(sms::start(), sms::LOGIN)
}

fn host(net: &Net) -> Scripted<'_> {
    Scripted::new(now(), |request| net.answer(request))
}

fn settings(net: &Net) -> String {
    serde_json::json!({
        "api": net.url(), "account": sms::ACCOUNT, "number": sms::NUMBER,
        "callback": "https://care.example/hooks/text",
    })
    .to_string()
}

fn draft(key: &str, to: &str, text: &str) -> Draft {
    Draft {
        key: key.to_owned(),
        thread: Some(to.to_owned()),
        parent: None,
        visibility: Visibility::Direct,
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

/// The request that the host would hand over for a message of the stand-in.
fn webhook(net: &Net, id: &str, query: &str) -> WebhookRequest {
    let pairs = net.people("GET", &format!("/_standin/webhooks/{id}"), "");
    let pairs: Vec<(String, String)> = serde_json::from_value(pairs).unwrap();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    request(&form(&pairs), query)
}

fn request(body: &str, query: &str) -> WebhookRequest {
    WebhookRequest {
        method: "POST".to_owned(),
        path: String::new(),
        query: query.to_owned(),
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
        received_at: now(),
    }
}

#[test]
fn a_message_is_one_whether_its_webhook_or_the_list_came_first() {
    let net = net();
    let (host, settings) = (host(&net), settings(&net));
    assert_eq!(
        Sms::check(&host, &settings).unwrap(),
        "Signed in to the account Northwind, which writes as +15005550006."
    );
    let body = r#"{"as":"+351912345678","status":"Onde está a encomenda? 👋","media":[["ME0","image/jpeg"]]}"#;
    let id = net.people("POST", "/_standin/statuses", body)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let pushed = Sms::ingest(&host, &settings, webhook(&net, &id, "")).unwrap();
    let polled = Sms::poll(&host, &settings, None, 50).unwrap().events;
    assert_eq!((pushed.len(), polled.len()), (1, 1));
    for event in [&pushed[0], &polled[0]] {
        assert_eq!((event.remote_id.as_str(), event.revision), (id.as_str(), 0));
        assert_eq!((event.thread.as_str(), event.ours), ("+351912345678", false));
        assert_eq!(event.visibility, Visibility::Direct);
        assert_eq!(content(event).text, "Onde está a encomenda? 👋");
        let file = &content(event).attachments[0];
        assert!(file.url.ends_with(&format!("/Messages/{id}/Media/ME0")), "{}", file.url);
        assert_eq!(file.media_type.as_deref(), Some("image/jpeg"));
    }
}

#[test]
fn an_answer_goes_out_once_however_its_answer_was_lost() {
    let net = net();
    let (host, settings) = (host(&net), settings(&net));
    let first = draft("key-1", "+15551230000", "It leaves today.");
    for (spoil, there) in [(Spoil::Status(503), 0), (Spoil::Lost, 1)] {
        *net.spoil.borrow_mut() = Some(spoil);
        let no = Sms::publish(&host, &settings, first.clone()).unwrap_err();
        assert_eq!(no, Refusal::Trouble(Trouble::Later(None)), "{spoil:?}");
        assert_eq!(
            net.people("GET", "/_standin/statuses", "").as_array().unwrap().len(),
            there
        );
    }
    host.kv.borrow_mut().clear();
    let found = Sms::reconcile(&host, &settings, first.clone()).unwrap().unwrap();
    let again = Sms::publish(&host, &settings, first.clone()).unwrap();
    assert_eq!(found.remote_id, again.remote_id);
    // The same words once more are another message.
    let second = Sms::publish(&host, &settings, draft("key-2", "+15551230000", "It leaves today.")).unwrap();
    assert_ne!(second.remote_id, again.remote_id);
    assert_eq!(
        Sms::reconcile(&host, &settings, draft("key-3", "+15551230000", "Other words.")).unwrap(),
        None
    );
    let events = Sms::poll(&host, &settings, None, 50).unwrap().events;
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| event.ours && event.thread == "+15551230000"));
}

#[test]
fn the_callback_of_a_message_names_our_key_and_its_state() {
    let net = net();
    let (lost, settings) = (host(&net), settings(&net));
    *net.spoil.borrow_mut() = Some(Spoil::Lost);
    let asked = draft("key-9", "+15551230000", "Hello.");
    Sms::publish(&lost, &settings, asked.clone()).unwrap_err();
    let sent = lost.sent.borrow();
    let body = String::from_utf8(sent.last().unwrap().body.clone()).unwrap();
    assert!(
        body.contains("StatusCallback=https%3A%2F%2Fcare.example%2Fhooks%2Ftext%3Fkey%3Dkey-9"),
        "{body}"
    );
    let id = net.people("GET", "/_standin/statuses", "")[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    // A network that answers nothing any more: what the callback said is enough.
    let host = Scripted::new(now(), |_| Err(HttpFailure::TimedOut));
    let events = Sms::ingest(&host, &settings, webhook(&net, &id, "key=key-9")).unwrap();
    assert_eq!(events[0].kind, Kind::Other("delivered".to_owned()));
    assert_eq!(events[0].parent.as_deref(), Some(id.as_str()));
    assert_eq!(Sms::reconcile(&host, &settings, asked).unwrap().unwrap().remote_id, id);
}

#[test]
fn what_breaks_a_rule_is_refused_before_anything_is_sent() {
    let net = net();
    let (host, settings) = (host(&net), settings(&net));
    let rule = |change: &dyn Fn(&mut Draft)| {
        let mut draft = draft("k", "+15551230000", "hello");
        change(&mut draft);
        match Sms::publish(&host, &settings, draft) {
            Err(Refusal::Rule(words)) => words,
            other => panic!("{other:?}"),
        }
    };
    assert!(rule(&|d| d.text = "x".repeat(1605)).contains("take 5 away"));
    assert!(rule(&|d| d.text = " ".to_owned()).contains("empty"));
    assert!(rule(&|d| d.visibility = Visibility::Public).contains("one person"));
    assert!(rule(&|d| d.thread = Some("anonymous".to_owned())).contains("only be read"));
    let words = rule(&|d| d.text = format!("it{}s {}", '’', "x".repeat(500)));
    assert!(words.contains("8 parts") && words.contains("without '’'"), "{words}");
    let file = AttachmentRef {
        url: "http://a.example/b.png".to_owned(),
        media_type: None,
        size: None,
        alt: None,
    };
    assert!(rule(&|d| d.attachments = vec![file.clone()]).contains("by https"));
    assert!(host.sent.borrow().is_empty());
}

#[test]
fn who_wrote_stop_gets_nothing_and_the_agent_reads_why() {
    let net = net();
    let (host, settings) = (host(&net), settings(&net));
    net.people("POST", "/_standin/statuses", r#"{"as":"+15551230000","status":"STOP"}"#);
    let refused = Sms::publish(&host, &settings, draft("k", "+15551230000", "hello")).unwrap_err();
    assert!(
        matches!(&refused, Refusal::Trouble(Trouble::Refused(words)) if words.contains("STOP")),
        "{refused:?}"
    );
}

#[test]
fn a_voice_mail_comes_with_its_words_and_its_recording() {
    let net = net();
    let (host, settings) = (host(&net), settings(&net));
    let form = form(&[
        ("AccountSid", sms::ACCOUNT),
        ("TranscriptionSid", "TR1"),
        ("TranscriptionStatus", "completed"),
        ("TranscriptionText", "Please call me back."),
        ("RecordingUrl", "https://api.example/Recordings/RE1"),
        ("From", "+15551230000"),
        ("To", sms::NUMBER),
    ]);
    let events = Sms::ingest(&host, &settings, request(&form, "")).unwrap();
    assert_eq!(content(&events[0]).text, "Please call me back.");
    assert_eq!(
        content(&events[0]).attachments[0].url,
        "https://api.example/Recordings/RE1"
    );
    assert_eq!(
        events,
        Sms::ingest(&host, &settings, request(&form, ""))
            .map(|mut again| {
                again[0].at = events[0].at;
                again
            })
            .unwrap()
    );
}

#[test]
fn forms_of_others_and_strange_ones_do_no_harm() {
    let net = net();
    let (host, settings) = (host(&net), settings(&net));
    let account = ("AccountSid", sms::ACCOUNT);
    let none = |pairs: &[(&str, &str)]| {
        Sms::ingest(&host, &settings, request(&form(pairs), ""))
            .unwrap()
            .is_empty()
    };
    assert!(none(&[account]));
    assert!(none(&[
        account,
        ("MessageSid", "SM1"),
        ("To", "+15550000000"),
        ("From", "+1555")
    ]));
    assert!(none(&[account, ("MessageSid", ""), ("Body", "x")]));
    let other = Sms::ingest(
        &host,
        &settings,
        request("AccountSid=ACffffffffffffffffffffffffffffffff", ""),
    );
    assert!(matches!(other, Err(Trouble::Refused(_))));
    // A count of files that is a lie, bytes that are no UTF-8.
    let body = format!(
        "AccountSid={}&MessageSid=SM2&To=%2B15005550006&From=%2B15551&Body=%FF%FEcaf%C3%A9&NumMedia=99999999&MediaUrl0=u",
        sms::ACCOUNT
    );
    let events = Sms::ingest(&host, &settings, request(&body, "")).unwrap();
    assert_eq!(content(&events[0]).text, "\u{fffd}\u{fffd}café");
    assert_eq!(content(&events[0]).attachments.len(), 1);
}

#[test]
fn a_page_of_odd_messages_hides_none_of_the_others() {
    let page = r#"{"messages":[{"sid":7},{"sid":"SM1","date_created":"yesterday"},null,
        {"sid":"SM2","direction":"inbound","from":null,"body":null,"date_created":"Fri, 24 May 2019 17:44:46 +0000","num_media":"many"},
        {"sid":"SM2","direction":"inbound","date_created":"Fri, 24 May 2019 17:44:46 +0000"}],"next_page_uri":null}"#;
    let host = Scripted::new(1_558_720_000_000, |_| Ok(jackfield_sdk::testing::response(200, page)));
    let settings = format!(
        r#"{{"api":"https://api.example","account":"{}","number":"{}"}}"#,
        sms::ACCOUNT,
        sms::NUMBER
    );
    let events = Sms::poll(&host, &settings, None, 50).unwrap().events;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].thread.as_str(), events[0].at),
        ("anonymous", 1_558_719_886_000)
    );
    let elsewhere = page
        .replace("null}", "\"https://evil.example/x\"}")
        .replace("yesterday", "Fri, 24 May 2030 17:44:46 +0000");
    let host = Scripted::new(1_558_720_000_000, |_| {
        Ok(jackfield_sdk::testing::response(200, &elsewhere))
    });
    assert!(matches!(
        Sms::poll(&host, &settings, None, 50),
        Err(Trouble::Unexpected(_))
    ));
}

proptest! {
    #[test]
    fn no_form_breaks_the_channel_and_every_event_keeps_the_contracts_bounds(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let host = Scripted::new(0, |_| Err(HttpFailure::TimedOut));
        let settings = format!(r#"{{"api":"https://api.example","account":"{}","number":"{}"}}"#, sms::ACCOUNT, sms::NUMBER);
        let mut whole = format!("AccountSid={}&To=%2B15005550006&MessageSid=SM1&", sms::ACCOUNT).into_bytes();
        whole.extend(body);
        let request = WebhookRequest { body: whole, ..request("", "") };
        for event in Sms::ingest(&host, &settings, request).unwrap() {
            prop_assert!(!event.remote_id.is_empty() && !event.thread.is_empty());
        }
    }
}
