//! Webhooks in, answers out, with a Graph API that is a value.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

use jackfield_channel_meta::Meta;
use jackfield_channel_meta::place::Place;
use jackfield_conform::networks::{Answered, Asked, Network as _, Said, answer, meta::Graph};
use jackfield_sdk::channel::*;
use jackfield_sdk::testing::{Scripted, response};
use jackfield_sdk::webhook::{Webhook as _, WebhookRequest};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// 2026-08-01T12:00:00Z.
const NOW: u64 = 1_785_585_600_000;
const HOUR: u64 = 3_600_000;
const SETTINGS: &str = r#"{"graph":"http://graph.test/v23.0","page":"100","instagram":"200","whatsapp":"300"}"#;

type Instead = Rc<RefCell<Option<Result<(u16, String), bool>>>>;

struct Line {
    graph: Rc<RefCell<Graph>>,
    host: Scripted<'static>,
    clock: Rc<Cell<u64>>,
    /// Instead of the answer to a POST: another, or none although (or because) it arrived.
    instead: Instead,
}

impl Line {
    fn new() -> Self {
        let graph = Rc::new(RefCell::new(Graph::default()));
        let clock = Rc::new(Cell::new(NOW));
        let instead: Instead = Rc::default();
        let (there, time, spoiled) = (graph.clone(), clock.clone(), instead.clone());
        let host = Scripted::new(NOW, move |request| {
            let mut graph = there.borrow_mut();
            let token = graph.token();
            let headers = request.headers.iter().map(|header| {
                let value = match &header.value {
                    Value::Plain(text) => text.clone(),
                    Value::Secret(secret) => format!("{}{token}{}", secret.before, secret.after),
                };
                (header.name.clone(), value)
            });
            let asked = Asked {
                headers: headers.collect(),
                body: request.body.clone(),
                ..Asked::new(&request.method, &request.url)
            };
            let spoil = spoiled.borrow().clone().filter(|_| request.method == "POST");
            match spoil {
                Some(Ok((status, body))) => return Ok(response(status, &body)),
                Some(Err(arrives)) => {
                    if arrives {
                        answer(&mut *graph, &asked, time.get());
                    }
                    return Err(HttpFailure::TimedOut);
                }
                None => {}
            }
            let Answered { status, headers, body } = answer(&mut *graph, &asked, time.get());
            Ok(HttpResponse { status, headers, body })
        });
        Self {
            graph,
            host,
            clock,
            instead,
        }
    }

    fn pass(&self, ms: u64) {
        self.host.pass(ms);
        self.clock.set(self.clock.get() + ms);
    }

    fn comment(&self, who: &str, text: &str, parent: Option<&str>) -> String {
        self.graph
            .borrow_mut()
            .speak(Said {
                who,
                text,
                parent,
                at_ms: self.clock.get(),
            })
            .unwrap()
    }

    fn hook(&self, body: &Json) -> Result<Vec<Event>, Trouble> {
        self.raw(body.to_string().as_bytes())
    }

    fn raw(&self, body: &[u8]) -> Result<Vec<Event>, Trouble> {
        let request = WebhookRequest {
            method: "POST".to_owned(),
            path: String::new(),
            query: String::new(),
            headers: Vec::new(),
            body: body.to_vec(),
            received_at: self.clock.get(),
        };
        Meta::ingest(&self.host, SETTINGS, request)
    }

    fn draft(&self, key: &str, place: &Place, parent: Option<&str>, text: &str, visibility: Visibility) -> Draft {
        Draft {
            key: key.to_owned(),
            thread: Some(place.name()),
            parent: parent.map(str::to_owned),
            visibility,
            text: text.to_owned(),
            language: None,
            asked_at: self.clock.get(),
            attachments: Vec::new(),
        }
    }

    fn publish(&self, draft: &Draft) -> Result<Receipt, Refusal> {
        Meta::publish(&self.host, SETTINGS, draft.clone())
    }

    fn reconcile(&self, draft: &Draft) -> Result<Option<Receipt>, Trouble> {
        Meta::reconcile(&self.host, SETTINGS, draft.clone())
    }

    fn count(&self, words: &str) -> usize {
        self.graph
            .borrow()
            .messages()
            .iter()
            .filter(|(_, text)| text.contains(words))
            .count()
    }
}

fn words(event: &Event) -> &str {
    match &event.kind {
        Kind::Said(content) => &content.text,
        other => panic!("{other:?}"),
    }
}

fn whatsapp(messages: &Json, statuses: &Json) -> Json {
    let value = json!({
        "messaging_product": "whatsapp", "metadata": {"display_phone_number": "15550100", "phone_number_id": "300"},
        "contacts": [{"profile": {"name": "Ana"}, "wa_id": "351900"}], "messages": messages, "statuses": statuses,
    });
    json!({"object": "whatsapp_business_account", "entry": [{"id": "900", "changes": [{"field": "messages", "value": value}]}]})
}

#[test]
fn the_check_names_everything_that_the_token_reaches() {
    let line = Line::new();
    assert_eq!(
        Meta::check(&line.host, SETTINGS).unwrap(),
        "The token reaches the Page Northwind, Instagram northwind, WhatsApp +1 555 0100."
    );
    let none = Meta::check(&line.host, r#"{"graph":"http://graph.test/v23.0"}"#);
    assert!(
        matches!(&none, Err(Trouble::Refused(words)) if words.contains("`whatsapp`")),
        "{none:?}"
    );
    line.graph.borrow_mut().revoke();
    assert!(matches!(Meta::check(&line.host, SETTINGS), Err(Trouble::Credential(_))));
}

#[test]
fn a_batch_of_entries_and_changes_becomes_events_and_others_are_passed_over() {
    let line = Line::new();
    let first = line.comment("7", "my lid is broken", None);
    let second = line.comment("8", "mine too", Some(&first));
    let ours = line.comment("100", "sorry!", Some(&second));
    let mut body = line.graph.borrow().hook(&first, "add", NOW);
    let entries = body["entry"].as_array_mut().unwrap();
    for id in [&second, &ours] {
        entries.push(line.graph.borrow().hook(id, "add", NOW)["entry"][0].clone());
    }
    let mut other = entries[0].clone();
    other["id"] = json!("999");
    entries.push(other);
    entries.push(json!({"id": "100", "changes": [{"field": "feed", "value": {"item": "reaction", "verb": "add", "post_id": "500_1"}}]}));
    let events = line.hook(&body).unwrap();
    assert_eq!(line.hook(&body).unwrap(), events, "asked again it gives the same");
    let seen: Vec<(&str, Option<&str>, bool)> = events
        .iter()
        .map(|event| (event.remote_id.as_str(), event.parent.as_deref(), event.ours))
        .collect();
    assert_eq!(
        seen,
        [
            (first.as_str(), Some("500_1"), false),
            (second.as_str(), Some(first.as_str()), false),
            (ours.as_str(), Some(second.as_str()), true)
        ]
    );
    assert!(
        events
            .iter()
            .all(|event| event.thread == "post:500_1" && event.visibility == Visibility::Public)
    );
}

#[test]
fn edits_deletions_and_hiding_are_new_facts() {
    let line = Line::new();
    let id = line.comment("7", "frist", None);
    let later = NOW + HOUR;
    line.graph.borrow_mut().edit(&id, "first", later);
    let edited = line.hook(&line.graph.borrow().hook(&id, "edited", later)).unwrap();
    assert_eq!((words(&edited[0]), edited[0].revision), ("first", later));
    let gone = line.hook(&line.graph.borrow().hook(&id, "remove", later)).unwrap();
    assert_eq!((&gone[0].kind, &gone[0].remote_id), (&Kind::Deleted, &id));
    let hidden = line.hook(&line.graph.borrow().hook(&id, "hide", later)).unwrap();
    assert_eq!(
        (&hidden[0].kind, hidden[0].context),
        (&Kind::Other("hide".to_owned()), true)
    );
}

#[test]
fn messages_of_each_product_are_direct_and_know_whose_they_are() {
    let line = Line::new();
    let message = |sender: &str, recipient: &str, message: Json| json!({"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": NOW, "message": message});
    let entry = |own: &str, object: &str, messages: Json| json!({"object": object, "entry": [{"id": own, "time": NOW, "messaging": messages}]});
    let file = json!([{"type": "image", "payload": {"url": "https://cdn.example/x"}}, {"type": "story_mention", "payload": {}}]);
    let events = line
        .hook(&entry("100", "page", json!([
            message("7", "100", json!({"mid": "m1", "text": "where is it", "attachments": file})),
            message("100", "7", json!({"mid": "m2", "text": "on its way", "is_echo": true, "reply_to": {"mid": "m1"}})),
            {"sender": {"id": "7"}, "recipient": {"id": "100"}, "timestamp": NOW, "delivery": {"mids": ["m2"], "watermark": NOW}},
            {"sender": {"id": "7"}, "recipient": {"id": "100"}, "timestamp": NOW, "read": {"watermark": NOW}},
            {"sender": {"id": "7"}, "recipient": {"id": "100"}, "timestamp": NOW, "postback": {"mid": "m3", "title": "Start", "payload": "X"}},
        ])))
        .unwrap();
    assert_eq!(events.len(), 5);
    assert!(
        events
            .iter()
            .all(|event| event.thread == "messenger:7" && event.visibility == Visibility::Direct)
    );
    assert_eq!(
        (words(&events[0]), events[1].ours),
        ("where is it[story_mention]", true)
    );
    assert_eq!(events[1].parent.as_deref(), Some("m1"));
    let events = line
        .hook(&entry("200", "instagram", json!([
            message("9", "200", json!({"mid": "i1", "is_deleted": true})),
            {"sender": {"id": "9"}, "recipient": {"id": "200"}, "timestamp": NOW, "message_edit": {"mid": "i2", "text": "first", "num_edit": 2}},
        ])))
        .unwrap();
    assert_eq!(
        (&events[0].kind, events[0].thread.as_str()),
        (&Kind::Deleted, "instagram:9")
    );
    assert_eq!((words(&events[1]), events[1].revision), ("first", 2));
    let sent = json!([
        {"from": "351900", "id": "wamid.1", "timestamp": "1785585600", "type": "text", "text": {"body": "olá"}},
        {"from": "351900", "id": "wamid.2", "timestamp": "1785585601", "type": "image", "image": {"id": "5", "caption": "a lid"}, "context": {"id": "wamid.1"}},
        {"from": "351900", "id": "wamid.3", "timestamp": "1785585602", "type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": "👍"}},
        {"from": "351900", "id": "wamid.4", "timestamp": "1785585603", "type": "interactive", "interactive": {"button_reply": {"title": "Yes"}}},
        {"from": "351900", "id": "wamid.5", "timestamp": "1785585604", "type": "unsupported", "errors": [{"code": 131051}]},
    ]);
    let events = line.hook(&whatsapp(&sent, &json!([]))).unwrap();
    assert_eq!(events.len(), 5);
    assert_eq!(
        [0, 1, 3, 4].map(|n| words(&events[n])),
        ["olá", "[image] a lid", "Yes", "[unsupported]"]
    );
    let Kind::Said(content) = &events[0].kind else { panic!() };
    assert_eq!(
        (content.author.handle.as_str(), events[0].thread.as_str()),
        ("Ana", "whatsapp:351900")
    );
}

#[test]
fn mentions_are_asked_for_in_their_own_words() {
    let line = Line::new();
    let elsewhere = line.comment("7", "ask @Northwind", None);
    let change = |object: &str, own: &str, field: &str, value: Json| json!({"object": object, "entry": [{"id": own, "time": NOW, "changes": [{"field": field, "value": value}]}]});
    let page = change(
        "page",
        "100",
        "mention",
        json!({"post_id": "9_1", "comment_id": elsewhere, "item": "comment", "verb": "add"}),
    );
    let events = line.hook(&page).unwrap();
    assert_eq!(
        (words(&events[0]), events[0].thread.as_str()),
        ("ask @Northwind", "post:9_1")
    );
    let instagram = change(
        "instagram",
        "200",
        "mentions",
        json!({"media_id": "17", "comment_id": "18"}),
    );
    let events = line.hook(&instagram).unwrap();
    assert_eq!(
        (words(&events[0]), events[0].thread.as_str()),
        ("ask @northwind", "media:17")
    );
    let comment = json!({"id": "19", "text": "nice", "from": {"id": "5", "username": "ana"}, "media": {"id": "17"}});
    let events = line.hook(&change("instagram", "200", "comments", comment)).unwrap();
    assert_eq!(
        (words(&events[0]), events[0].visibility.clone()),
        ("nice", Visibility::Public)
    );
}

#[test]
fn an_answer_goes_where_the_conversation_is_and_once() {
    let line = Line::new();
    let comment = line.comment("7", "my lid is broken", None);
    let asked = line.graph.borrow_mut().message("8", "hello", NOW);
    line.graph.borrow_mut().message("351900", "olá", NOW);
    let (post, media) = (Place::PagePost("500_1".to_owned()), Place::Media("17".to_owned()));
    let (talk, number) = (Place::Messenger("8".to_owned()), Place::WhatsApp("351900".to_owned()));
    let cases = [
        (&post, Some(comment.as_str()), Visibility::Public),
        (&post, Some(comment.as_str()), Visibility::Direct),
        (&media, Some(comment.as_str()), Visibility::Public),
        (&talk, Some(asked.as_str()), Visibility::Direct),
        (&number, Some("wamid.1"), Visibility::Direct),
    ];
    for (n, (place, parent, visibility)) in cases.into_iter().enumerate() {
        for arrives in [true, false] {
            let text = format!("we look into it, {n} {arrives}");
            let draft = line.draft(&format!("key-{n}-{arrives}"), place, parent, &text, visibility.clone());
            *line.instead.borrow_mut() = Some(Err(arrives));
            assert_eq!(
                line.publish(&draft).unwrap_err(),
                Refusal::Trouble(Trouble::Later(None)),
                "{n}"
            );
            *line.instead.borrow_mut() = None;
            if matches!(place, Place::WhatsApp(_)) {
                // Nobody can look; the status tells, or a person has to.
                assert_eq!(line.reconcile(&draft), Err(Trouble::Later(Some(30_000))));
                if arrives {
                    let status = json!([{"id": "wamid.x_9", "status": "sent", "timestamp": "1785585600", "recipient_id": "351900", "biz_opaque_callback_data": draft.key}]);
                    line.hook(&whatsapp(&json!([]), &status)).unwrap();
                    assert_eq!(line.reconcile(&draft).unwrap().unwrap().remote_id, "wamid.x_9");
                    assert_eq!(line.publish(&draft).unwrap().remote_id, "wamid.x_9");
                } else {
                    line.pass(HOUR);
                    assert!(matches!(line.reconcile(&draft), Err(Trouble::Unexpected(_))));
                }
                continue;
            }
            assert_eq!(line.reconcile(&draft).unwrap().is_some(), arrives, "{n} {arrives}");
            line.publish(&draft).unwrap();
            assert_eq!(line.count(&text), 1, "{n} {arrives}");
        }
    }
}

#[test]
fn the_window_of_a_day_is_kept_by_us_and_by_meta_and_a_template_goes_through_it() {
    let line = Line::new();
    let number = Place::WhatsApp("351900".to_owned());
    let message = json!([{"from": "351900", "id": "wamid.1", "timestamp": (NOW / 1000).to_string(), "type": "text", "text": {"body": "olá"}}]);
    line.graph.borrow_mut().message("351900", "olá", NOW);
    line.hook(&whatsapp(&message, &json!([]))).unwrap();
    assert!(
        line.publish(&line.draft("a", &number, None, "hello", Visibility::Direct))
            .is_ok()
    );
    line.pass(25 * HOUR);
    let late = line.draft("b", &number, None, "hello again", Visibility::Direct);
    line.host.sent.borrow_mut().clear();
    assert_eq!(line.publish(&late), Err(Refusal::WindowClosed));
    assert!(line.host.sent.borrow().is_empty(), "nothing was sent to find that out");
    line.host.kv.borrow_mut().clear();
    assert_eq!(
        line.publish(&late),
        Err(Refusal::WindowClosed),
        "and where we do not know, Meta does"
    );
    let template = line.draft(
        "c",
        &number,
        None,
        "/template parcel_late pt_PT | Ana | 4711",
        Visibility::Direct,
    );
    line.publish(&template).unwrap();
    let sent = line.graph.borrow().sent().last().unwrap().clone();
    assert_eq!(sent["template"]["name"], "parcel_late");
    assert_eq!(sent["template"]["components"][0]["parameters"][1]["text"], "4711");
    let wrong = line.draft("d", &number, None, "/template only_a_name", Visibility::Direct);
    assert!(matches!(line.publish(&wrong), Err(Refusal::Rule(words)) if words.contains("/template NAME LANGUAGE")));
    line.graph.borrow_mut().message("8", "hi", NOW);
    let talk = line.draft("e", &Place::Messenger("8".to_owned()), None, "hi", Visibility::Direct);
    assert_eq!(line.publish(&talk), Err(Refusal::WindowClosed));
}

#[test]
fn each_error_of_meta_means_what_its_documents_say() {
    let line = Line::new();
    let comment = line.comment("7", "help", None);
    let error = |code: u64| json!({"error": {"message": "words of Meta", "code": code}}).to_string();
    let cases: [(u16, u64, &str); 10] = [
        (401, 190, "Credential"),
        (400, 10, "Credential"),
        (400, 200, "Credential"),
        (400, 4, "Later"),
        (400, 80_007, "Later"),
        (400, 130_429, "Later"),
        (500, 2, "Later"),
        (400, 100, "Rule"),
        (400, 132_001, "Rule"),
        (400, 368, "Refused"),
    ];
    for (n, (status, code, means)) in cases.into_iter().enumerate() {
        *line.instead.borrow_mut() = Some(Ok((status, error(code))));
        let draft = line.draft(
            &format!("k{n}"),
            &Place::PagePost("500_1".to_owned()),
            Some(&comment),
            "x",
            Visibility::Public,
        );
        let refusal = format!("{:?}", line.publish(&draft).unwrap_err());
        assert!(refusal.contains(means), "{code}: {refusal}");
    }
}

#[test]
fn an_answer_is_never_wider_than_it_was_meant() {
    let line = Line::new();
    let talk = Place::Messenger("8".to_owned());
    let rule = |draft: Draft, word: &str| {
        let refusal = line.publish(&draft).unwrap_err();
        assert!(
            matches!(&refusal, Refusal::Rule(words) if words.contains(word)),
            "{refusal:?}"
        );
    };
    rule(
        line.draft("a", &talk, None, "hello", Visibility::Public),
        "choose direct",
    );
    rule(
        line.draft("b", &talk, None, &"x".repeat(1_001), Visibility::Direct),
        "take 1 away",
    );
    rule(
        line.draft("c", &Place::PagePost("1".to_owned()), None, "hello", Visibility::Public),
        "choose one",
    );
    rule(line.draft("d", &talk, None, " ", Visibility::Direct), "empty");
    let path = Draft {
        thread: Some("post:../../me".to_owned()),
        ..line.draft("e", &talk, Some("../x"), "hello", Visibility::Public)
    };
    rule(path, "no conversation");
}

#[test]
fn what_is_no_webhook_of_meta_is_set_aside_with_a_reason() {
    let line = Line::new();
    let cases: [&[u8]; 4] = [b"", b"\xff", b"[]", b"{\"object\":\"page\"}"];
    for body in cases {
        assert!(matches!(line.raw(body), Err(Trouble::Unexpected(_))));
    }
    let many: Vec<Json> = (0..300).map(|n| json!({"sender": {"id": "7"}, "recipient": {"id": "100"}, "timestamp": NOW, "message": {"mid": format!("m{n}"), "text": "x"}})).collect();
    assert!(
        line.hook(&json!({"object": "page", "entry": [{"id": "100", "messaging": many}]}))
            .is_err()
    );
}

proptest! {
    #[test]
    fn no_json_breaks_a_webhook(inner in "(\\{|\\}|\\[|\\]|\"message\"|\"mid\"|\"sender\"|\"value\"|\"changes\"|\"field\"|\"feed\"|\"id\"|:|,|1|null|\"x\"|true){0,40}") {
        let line = Line::new();
        let _ = line.raw(inner.as_bytes());
        for object in ["page", "instagram", "whatsapp_business_account"] {
            let _ = line.raw(format!("{{\"object\":\"{object}\",\"entry\":[{{\"id\":\"100\",\"messaging\":[{inner}],\"changes\":[{inner}]}}]}}").as_bytes());
        }
    }

    #[test]
    fn no_thread_becomes_a_path(thread in "\\PC{0,40}") {
        if let Some(place) = Place::read(&thread) {
            let name = place.name();
            prop_assert!(!name.contains(['/', '?', '#', ' ']));
            prop_assert_eq!(Place::read(&name), Some(place));
        }
    }
}
