//! A line to a forum that is a value: the plugin runs natively, its requests are answered by the stand-in at once.
#![allow(dead_code, unreachable_pub)] // each test program uses its part

use jackfield_channel_discourse::Discourse;
use jackfield_conform::networks::discourse::Forum;
use jackfield_conform::networks::{Answered, Asked, Network as _, answer};
use jackfield_sdk::channel::*;
use jackfield_sdk::testing::Scripted;
use jackfield_sdk::webhook::{Webhook as _, WebhookRequest};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// 2026-08-01T12:00:00Z.
pub const NOW: u64 = 1_785_585_600_000;

type Spoil = dyn Fn(&HttpRequest, &mut dyn FnMut() -> HttpResponse) -> Option<Result<HttpResponse, HttpFailure>>;

pub struct Line {
    pub forum: Rc<RefCell<Forum>>,
    pub host: Scripted<'static>,
    pub settings: RefCell<String>,
    pub cursor: RefCell<Option<Vec<u8>>>,
    spoil: Rc<RefCell<Option<Box<Spoil>>>>,
    clock: Rc<Cell<u64>>,
}

impl Line {
    pub fn new() -> Self {
        let forum = Rc::new(RefCell::new(Forum::default()));
        let spoil: Rc<RefCell<Option<Box<Spoil>>>> = Rc::default();
        let clock = Rc::new(Cell::new(NOW));
        let (there, spoiled, time) = (forum.clone(), spoil.clone(), clock.clone());
        let host = Scripted::new(NOW, move |request| {
            let mut live = || live(&mut there.borrow_mut(), request, time.get());
            let found = spoiled.borrow().as_ref().and_then(|spoil| spoil(request, &mut live));
            found.unwrap_or_else(|| Ok(live()))
        });
        let settings = r#"{"server":"http://forum.test","account":"northwind"}"#;
        Self {
            forum,
            host,
            settings: RefCell::new(settings.to_owned()),
            cursor: RefCell::default(),
            spoil,
            clock,
        }
    }

    /// Lets time pass for host and network alike.
    pub fn pass(&self, ms: u64) {
        self.host.pass(ms);
        self.clock.set(self.clock.get() + ms);
    }

    pub fn now(&self) -> u64 {
        self.clock.get()
    }

    pub fn spoil(
        &self,
        with: impl Fn(&HttpRequest, &mut dyn FnMut() -> HttpResponse) -> Option<Result<HttpResponse, HttpFailure>> + 'static,
    ) {
        *self.spoil.borrow_mut() = Some(Box::new(with));
    }

    pub fn heal(&self) {
        *self.spoil.borrow_mut() = None;
    }

    pub fn open(&self, who: &str, text: &str) -> u64 {
        self.forum.borrow_mut().open(who, text, text, self.now())
    }

    pub fn reply(&self, who: &str, parent: u64, text: &str) -> u64 {
        self.forum.borrow_mut().answer(who, parent, text, self.now()).unwrap()
    }

    /// One poll, stored as a host stores it: only where it succeeds.
    pub fn poll(&self, max: u32) -> Result<Batch, Trouble> {
        let kept = self.host.kv.borrow().clone();
        self.host.sent.borrow_mut().clear();
        let polled = Discourse::poll(&self.host, &self.settings.borrow(), self.cursor.borrow().clone(), max);
        match &polled {
            Ok(batch) => {
                assert!(batch.events.len() <= max as usize, "more events than asked for");
                if let Some(cursor) = &batch.cursor {
                    assert!(cursor.len() <= 4096);
                    *self.cursor.borrow_mut() = Some(cursor.clone());
                }
            }
            Err(_) => *self.host.kv.borrow_mut() = kept,
        }
        polled
    }

    pub fn drain(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..500 {
            let batch = self.poll(20).unwrap();
            events.extend(batch.events);
            if !batch.more {
                return events;
            }
        }
        panic!("500 polls and still more");
    }

    pub fn publish(&self, draft: &Draft) -> Result<Receipt, Refusal> {
        Discourse::publish(&self.host, &self.settings.borrow(), draft.clone())
    }

    pub fn reconcile(&self, draft: &Draft) -> Result<Option<Receipt>, Trouble> {
        Discourse::reconcile(&self.host, &self.settings.borrow(), draft.clone())
    }

    pub fn hook(&self, event: &str, body: &[u8]) -> Result<Vec<Event>, Trouble> {
        let request = WebhookRequest {
            method: "POST".to_owned(),
            path: String::new(),
            query: String::new(),
            headers: vec![("x-discourse-event".to_owned(), event.to_owned())],
            body: body.to_vec(),
            received_at: self.now(),
        };
        Discourse::ingest(&self.host, &self.settings.borrow(), request)
    }

    /// How many posts hold these words.
    pub fn count(&self, words: &str) -> usize {
        let all = self.forum.borrow().messages();
        all.iter().filter(|(_, text)| text.contains(words)).count()
    }

    pub fn draft(&self, key: &str, parent: u64, text: &str, visibility: Visibility) -> Draft {
        Draft {
            key: key.to_owned(),
            thread: self.forum.borrow().topic_of(parent).map(|topic| topic.to_string()),
            parent: Some(parent.to_string()),
            visibility,
            text: text.to_owned(),
            language: Some("en".to_owned()),
            asked_at: self.now(),
            attachments: Vec::new(),
        }
    }
}

fn live(forum: &mut Forum, request: &HttpRequest, now: u64) -> HttpResponse {
    let token = forum.token();
    let headers = request.headers.iter().map(|header| {
        let value = match &header.value {
            Value::Plain(text) => text.clone(),
            Value::Secret(secret) => format!("{}{token}{}", secret.before, secret.after),
        };
        (header.name.to_ascii_lowercase(), value)
    });
    let asked = Asked {
        headers: headers.collect(),
        body: request.body.clone(),
        ..Asked::new(&request.method, &request.url)
    };
    let Answered { status, headers, body } = answer(forum, &asked, now);
    HttpResponse { status, headers, body }
}

pub fn text(event: &Event) -> &str {
    match &event.kind {
        Kind::Said(content) => &content.text,
        other => panic!("not said: {other:?}"),
    }
}

pub fn ids(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| event.remote_id.clone()).collect()
}

pub fn known(events: &[Event]) -> BTreeMap<(String, u64), &Event> {
    events
        .iter()
        .map(|event| ((event.remote_id.clone(), event.revision), event))
        .collect()
}
