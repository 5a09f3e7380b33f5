//! A line to a server with an AppView behind it, which may be away.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

use jackfield_channel_bluesky::Bluesky;
use jackfield_conform::networks::{Answered, Asked, Network as _, Said, answer, bluesky::Sky};
use jackfield_sdk::channel::*;
use jackfield_sdk::testing::Scripted;
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// 2026-08-01T12:00:00Z.
const NOW: u64 = 1_785_585_600_000;
const SETTINGS: &str = r#"{"server":"http://pds.test"}"#;

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// The next that changes something is done, and its answer is lost.
    Lost,
    /// The next that changes something is not done.
    Down,
    Limited,
}

struct Line {
    sky: Rc<RefCell<Sky>>,
    host: Scripted<'static>,
    cursor: RefCell<Option<Vec<u8>>>,
    clock: Rc<Cell<u64>>,
    fault: Rc<Cell<Fault>>,
}

impl Line {
    fn new() -> Self {
        let sky = Rc::new(RefCell::new(Sky::default()));
        let clock = Rc::new(Cell::new(NOW));
        let fault = Rc::new(Cell::new(Fault::None));
        let (there, time, spoiled) = (sky.clone(), clock.clone(), fault.clone());
        let host = Scripted::new(NOW, move |request| {
            let mut sky = there.borrow_mut();
            let token = sky.token();
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
            let changes = asked.path.ends_with("createRecord");
            match spoiled.get() {
                Fault::Limited => {
                    let headers = [("ratelimit-limit", "3000"), ("ratelimit-remaining", "0")];
                    let mut headers: Vec<(String, String)> = headers
                        .map(|(name, value)| (name.to_owned(), value.to_owned()))
                        .to_vec();
                    headers.push(("ratelimit-reset".to_owned(), (time.get() / 1000 + 42).to_string()));
                    return Ok(HttpResponse {
                        status: 429,
                        headers,
                        body: Vec::new(),
                    });
                }
                Fault::Down if changes => return Ok(jackfield_sdk::testing::response(503, "")),
                _ => {}
            }
            let Answered { status, headers, body } = answer(&mut *sky, &asked, time.get());
            if spoiled.get() == Fault::Lost && changes {
                return Err(HttpFailure::TimedOut);
            }
            Ok(HttpResponse { status, headers, body })
        });
        Self {
            sky,
            host,
            cursor: RefCell::default(),
            clock,
            fault,
        }
    }

    fn pass(&self, ms: u64) {
        self.host.pass(ms);
        self.clock.set(self.clock.get() + ms);
    }

    fn say(&self, who: &str, text: &str, parent: Option<&str>) -> String {
        self.pass(1);
        let said = Said {
            who,
            text,
            parent,
            at_ms: self.clock.get(),
        };
        self.sky.borrow_mut().speak(said).unwrap()
    }

    fn poll(&self, max: u32) -> Result<Batch, Trouble> {
        let before = self.host.kv.borrow().clone();
        self.host.sent.borrow_mut().clear();
        let polled = Bluesky::poll(&self.host, SETTINGS, self.cursor.borrow().clone(), max);
        match &polled {
            Ok(batch) => {
                assert!(batch.events.len() <= max as usize);
                if let Some(cursor) = &batch.cursor {
                    assert!(cursor.len() <= 4096, "{}", cursor.len());
                    *self.cursor.borrow_mut() = Some(cursor.clone());
                }
            }
            Err(_) => *self.host.kv.borrow_mut() = before,
        }
        polled
    }

    fn drain(&self, max: u32) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..500 {
            let batch = self.poll(max).unwrap();
            events.extend(batch.events);
            if !batch.more {
                return events;
            }
        }
        panic!("more and more");
    }

    fn draft(&self, key: &str, parent: &str, text: &str) -> Draft {
        Draft {
            key: key.to_owned(),
            thread: Some(parent.to_owned()),
            parent: Some(parent.to_owned()),
            visibility: Visibility::Public,
            text: text.to_owned(),
            language: Some("en".to_owned()),
            asked_at: self.clock.get(),
            attachments: Vec::new(),
        }
    }

    fn publish(&self, draft: &Draft) -> Result<Receipt, Refusal> {
        Bluesky::publish(&self.host, SETTINGS, draft.clone())
    }

    fn reconcile(&self, draft: &Draft) -> Result<Option<Receipt>, Trouble> {
        Bluesky::reconcile(&self.host, SETTINGS, draft.clone())
    }

    fn count(&self, words: &str) -> usize {
        self.sky
            .borrow()
            .messages()
            .iter()
            .filter(|(_, text)| text.contains(words))
            .count()
    }
}

fn ids(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| event.remote_id.clone()).collect()
}

#[test]
fn hundreds_of_mentions_arrive_once_each_in_order_with_the_reach_of_their_authors() {
    let line = Line::new();
    assert_eq!(
        Bluesky::check(&line.host, SETTINGS).unwrap(),
        "Signed in to http://pds.test as @northwind.test."
    );
    assert!(line.drain(50).is_empty());
    let said: Vec<String> = (0..260)
        .map(|n| line.say("ana", &format!("@northwind.test number {n}"), None))
        .collect();
    let events = line.drain(37);
    assert_eq!(ids(&events), said);
    let Kind::Said(content) = &events[5].kind else { panic!() };
    assert_eq!(
        (content.author.handle.as_str(), content.author.reach),
        ("ana.test", Some(41))
    );
    assert!(line.drain(37).is_empty());
}

#[test]
fn what_was_answered_comes_as_context_in_one_thread() {
    let line = Line::new();
    let root = line.say("ana", "my lid is broken", None);
    let second = line.say("ben", "mine too", Some(&root));
    let third = line.say("cem", "@northwind.test what do you say", Some(&second));
    let events = line.drain(50);
    assert_eq!(ids(&events), [root.clone(), second.clone(), third.clone()]);
    assert_eq!(
        events.iter().map(|event| event.context).collect::<Vec<_>>(),
        [true, true, false]
    );
    assert!(events.iter().all(|event| event.thread == root));
    assert_eq!(events[2].parent, Some(second));
    let quote = json!({"$type": "app.bsky.feed.post", "text": "look", "createdAt": "2026-08-01T12:00:00Z",
        "embed": {"$type": "app.bsky.embed.record", "record": {"uri": "at://did:plc:northwindtest/app.bsky.feed.post/3k", "cid": "x"}}});
    let quote = line.sky.borrow_mut().write("dea.test", quote, NOW + 99);
    let events = line.drain(50);
    let Kind::Said(content) = &events[0].kind else { panic!() };
    assert_eq!(ids(&events), [quote]);
    assert!(
        content
            .text
            .ends_with("https://bsky.app/profile/did:plc:northwindtest/post/3k"),
        "{}",
        content.text
    );
}

#[test]
fn a_thread_without_end_is_bounded_and_a_deleted_parent_stops_nothing() {
    let line = Line::new();
    let mut last = line.say("ana", "down we go", None);
    for n in 0..10_000 {
        last = line.say("ben", &format!("level {n}"), Some(&last));
    }
    let named = line.say("cem", "@northwind.test and here", Some(&last));
    let events = line.drain(100);
    assert_eq!(
        (events.len(), events.last().unwrap().remote_id.as_str()),
        (41, named.as_str())
    );
    assert_eq!(line.drain(100).len(), 0);
    let gone = line.say("ana", "to be deleted", None);
    let below = line.say("cem", "@northwind.test below it", Some(&gone));
    line.sky.borrow_mut().take_away(&gone, NOW);
    assert_eq!(ids(&line.drain(10)), [below]);
}

#[test]
fn a_post_that_is_missing_twice_is_deleted_and_one_that_is_missing_once_is_not() {
    let line = Line::new();
    let gone = line.say("ana", "@northwind.test written in anger", None);
    line.say("ben", "@northwind.test this one stays", None);
    line.drain(50);
    line.sky.borrow_mut().take_away(&gone, NOW);
    line.pass(60_000);
    assert!(line.drain(50).is_empty(), "the first time may be a mistake");
    line.pass(60_000);
    let events = line.drain(50);
    assert_eq!((ids(&events), &events[0].kind), (vec![gone], &Kind::Deleted));
    line.pass(600_000);
    assert!(line.drain(50).is_empty());
}

#[test]
fn an_answer_is_written_once_with_its_facets_and_comes_back_as_ours() {
    let line = Line::new();
    let root = line.say("ana", "@northwind.test help", None);
    line.drain(50);
    let text = "@ana.test schön: see (https://x.example/ä?b=1), #Größe1 @nobody.invalid";
    let receipt = line.publish(&line.draft("k1", &root, text)).unwrap();
    let sky = line.sky.borrow();
    let record = sky.record(&receipt.remote_id).unwrap();
    assert_eq!(
        (&record["reply"]["root"]["uri"], &record["reply"]["parent"]["uri"]),
        (&json!(root), &json!(root))
    );
    let shown: Vec<(&str, &str)> = record["facets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|facet| {
            let at = |name: &str| usize::try_from(facet["index"][name].as_u64().unwrap()).unwrap();
            let kind = facet["features"][0]["$type"]
                .as_str()
                .unwrap()
                .rsplit('#')
                .next()
                .unwrap();
            (text.get(at("byteStart")..at("byteEnd")).unwrap(), kind)
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("@ana.test", "mention"),
            ("https://x.example/ä?b=1", "link"),
            ("#Größe1", "tag")
        ]
    );
    drop(sky);
    let events = line.drain(50);
    assert_eq!((ids(&events), events[0].ours), (vec![receipt.remote_id], true));
    let Kind::Said(content) = &events[0].kind else { panic!() };
    assert_eq!(content.spans.len(), 3);
}

#[test]
fn one_draft_is_one_post_whatever_happens_to_the_answer() {
    let line = Line::new();
    let root = line.say("ana", "@northwind.test help", None);
    for (n, (fault, arrived)) in [(Fault::Lost, true), (Fault::Down, false)].into_iter().enumerate() {
        let draft = line.draft(&format!("k{n}"), &root, &format!("on its way {n}"));
        line.fault.set(fault);
        assert!(matches!(line.publish(&draft), Err(Refusal::Trouble(Trouble::Later(_)))));
        line.fault.set(Fault::None);
        line.host.kv.borrow_mut().clear();
        assert_eq!(line.reconcile(&draft).unwrap().is_some(), arrived);
        let receipt = line.publish(&draft).unwrap();
        assert_eq!(line.publish(&draft).unwrap(), receipt);
        assert_eq!(line.count(&format!("on its way {n}")), 1);
    }
}

#[test]
fn rules_of_the_network_are_told_before_anything_is_sent() {
    let line = Line::new();
    let root = line.say("ana", "@northwind.test help", None);
    let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦";
    assert!(line.publish(&line.draft("a", &root, &"é".repeat(300))).is_ok());
    let cases = [
        ("x".repeat(301), "take 1 away"),
        (family.repeat(200), "bytes"),
        (" ".to_owned(), "empty"),
    ];
    for (text, word) in cases {
        let refusal = line.publish(&line.draft("b", &root, &text)).unwrap_err();
        assert!(
            matches!(&refusal, Refusal::Rule(words) if words.contains(word)),
            "{refusal:?}"
        );
    }
    let direct = Draft {
        visibility: Visibility::Direct,
        ..line.draft("c", &root, "hello")
    };
    assert!(matches!(line.publish(&direct), Err(Refusal::Rule(words)) if words.contains("choose public")));
    line.sky.borrow_mut().take_away(&root, NOW);
    let gone = line.publish(&line.draft("d", &root, "hello")).unwrap_err();
    assert!(
        matches!(&gone, Refusal::Trouble(Trouble::Refused(words)) if words.contains("no longer there")),
        "{gone:?}"
    );
}

#[test]
fn a_session_that_is_over_is_renewed_and_one_that_is_revoked_is_said_to_be() {
    let line = Line::new();
    line.drain(50);
    line.sky.borrow_mut().expire();
    let post = line.say("ana", "@northwind.test still there?", None);
    assert_eq!(ids(&line.drain(50)), [post]);
    // What was kept is lost: the secret is taken again.
    line.host.kv.borrow_mut().clear();
    assert!(line.poll(50).is_ok());
    line.sky.borrow_mut().revoke();
    let Err(Trouble::Credential(words)) = line.poll(50) else {
        panic!()
    };
    assert!(
        words.contains("refreshJwt") && words.contains("refresh-token"),
        "{words}"
    );
    let kept = line.host.kv.borrow();
    let token = line.sky.borrow().token();
    assert!(
        kept.values()
            .all(|value| !String::from_utf8_lossy(value).contains(&token)),
        "the secret is kept nowhere"
    );
}

#[test]
fn an_appview_that_is_away_loses_nothing_and_answers_go_out_all_the_same() {
    let line = Line::new();
    let root = line.say("ana", "@northwind.test help", None);
    line.drain(50);
    line.sky.borrow_mut().appview(false);
    let post = line.say("ben", "@northwind.test during that", None);
    assert_eq!(line.poll(50).unwrap_err(), Trouble::Later(None));
    line.publish(&line.draft("k", &root, "we are here")).unwrap();
    line.sky.borrow_mut().appview(true);
    let events = line.drain(50);
    assert!(events.iter().any(|event| event.remote_id == post) && events.iter().any(|event| event.ours));
    line.fault.set(Fault::Limited);
    assert!(matches!(line.poll(50), Err(Trouble::Later(Some(41_000..=42_000)))));
}
