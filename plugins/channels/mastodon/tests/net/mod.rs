//! A host whose network is real: the plugin runs natively against the stand-in, by HTTP.
#![allow(dead_code, unreachable_pub)] // each test program uses its part

use jackfield_channel_mastodon::Mastodon;
use jackfield_conform::mastodon::{AccountId, NewAccount, NewPost, PostId, Visibility};
use jackfield_conform::{Config, Standin};
use jackfield_sdk::channel::*;
use jackfield_sdk::testing::header_of;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::runtime::Runtime;

/// A stand-in, and one connection of the plugin to it with what a host keeps of it.
pub struct Line {
    runtime: Runtime,
    pub standin: Option<Standin>,
    client: reqwest::Client,
    token: String,
    settings: String,
    /// As the host would store it: written only when a call succeeds.
    stored: RefCell<BTreeMap<String, Vec<u8>>>,
    kv: RefCell<BTreeMap<String, Vec<u8>>>,
    pub cursor: RefCell<Option<Vec<u8>>>,
    /// How far the host's clock is ahead of the machine's.
    pub ahead_ms: Cell<u64>,
    pub requests: RefCell<Vec<String>>,
    patience: Cell<Duration>,
}

/// Long enough for a busy machine; short only while an ordered fault keeps us waiting.
const PATIENT: Duration = Duration::from_secs(20);
const IMPATIENT: Duration = Duration::from_millis(1500);

impl Line {
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    pub fn with(config: Config) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Runtime::new().unwrap();
        let standin = runtime
            .block_on(Standin::start(Config { people: 0, ..config }))
            .unwrap();
        // Long enough for a busy machine, short enough for the tests in which nobody answers.
        let client = reqwest::Client::builder()
            .timeout(Duration::from_millis(1500))
            .build()
            .unwrap();
        let settings = format!("{{\"server\":\"{}\"}}", standin.url());
        Self {
            runtime,
            client,
            token: standin.token().to_owned(),
            settings,
            standin: Some(standin),
            stored: RefCell::default(),
            kv: RefCell::default(),
            cursor: RefCell::default(),
            ahead_ms: Cell::new(0),
            requests: RefCell::default(),
            patience: Cell::new(PATIENT),
        }
    }

    pub fn standin(&self) -> &Standin {
        self.standin.as_ref().unwrap()
    }

    fn begin(&self) {
        *self.kv.borrow_mut() = self.stored.borrow().clone();
        self.requests.borrow_mut().clear();
    }

    fn keep<T, E>(&self, result: Result<T, E>) -> Result<T, E> {
        if result.is_ok() {
            *self.stored.borrow_mut() = self.kv.borrow().clone();
        }
        result
    }

    /// One poll, stored as a host stores it.
    pub fn poll(&self, max_events: u32) -> Result<Batch, Trouble> {
        self.begin();
        let batch = self.keep(Mastodon::poll(
            self,
            &self.settings,
            self.cursor.borrow().clone(),
            max_events,
        ))?;
        assert!(batch.events.len() <= max_events as usize, "more events than asked for");
        if let Some(cursor) = &batch.cursor {
            assert!(cursor.len() <= 4096);
            *self.cursor.borrow_mut() = Some(cursor.clone());
        }
        Ok(batch)
    }

    /// Polls until nothing more is waiting; all events.
    pub fn drain(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..200 {
            let batch = self.poll(100).unwrap();
            events.extend(batch.events);
            if !batch.more {
                return events;
            }
        }
        panic!("200 polls and still more");
    }

    /// The same poll once more by a host that lost everything the last one brought.
    pub fn poll_from(&self, cursor: Option<Vec<u8>>, kv: BTreeMap<String, Vec<u8>>) -> Batch {
        *self.kv.borrow_mut() = kv;
        Mastodon::poll(self, &self.settings, cursor, 100).unwrap()
    }

    pub fn stored(&self) -> BTreeMap<String, Vec<u8>> {
        self.stored.borrow().clone()
    }

    pub fn publish(&self, draft: &Draft) -> Result<Receipt, Refusal> {
        self.begin();
        self.keep(Mastodon::publish(self, &self.settings, draft.clone()))
    }

    pub fn reconcile(&self, draft: &Draft) -> Result<Option<Receipt>, Trouble> {
        self.begin();
        self.keep(Mastodon::reconcile(self, &self.settings, draft.clone()))
    }

    pub fn check(&self) -> Result<String, Trouble> {
        self.begin();
        Mastodon::check(self, &self.settings)
    }

    /// Posts as somebody else than the brand.
    pub fn speak(&self, name: &str, post: NewPost) -> PostId {
        let now = self.now_ms() - self.ahead_ms.get();
        self.standin().with_world(|world| {
            let known = world.by_acct(name).map(|a| a.id);
            let author = known.unwrap_or_else(|| {
                let new = NewAccount {
                    username: name.to_owned(),
                    followers: 7,
                    ..NewAccount::default()
                };
                world.add_account(new, now)
            });
            world.publish(author, post, None, now).unwrap()
        })
    }

    pub fn edit(&self, id: PostId, text: &str) {
        let now = self.now_ms() - self.ahead_ms.get();
        self.standin().with_world(|world| {
            let author = world.post(id).unwrap().author;
            world.edit(author, id, text, "", now).unwrap();
        });
    }

    pub fn delete(&self, id: PostId) {
        let now = self.now_ms() - self.ahead_ms.get();
        self.standin().with_world(|world| {
            let author: AccountId = world.post(id).unwrap().author;
            world.delete(author, id, now).unwrap();
        });
    }

    /// Posts as the brand, by another program than Jackfield.
    pub fn as_brand(&self, post: NewPost) -> PostId {
        self.speak("northwind", post)
    }

    pub fn fault(&self, json: &str) {
        if json.contains("timeout") {
            self.patience.set(IMPATIENT);
        }
        let url = format!("{}/_standin/faults", self.standin().url());
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .body(json.to_owned());
        assert!(
            self.runtime
                .block_on(async { request.send().await })
                .unwrap()
                .status()
                .is_success(),
            "{json}"
        );
    }

    pub fn posts(&self) -> usize {
        self.standin().with_world(|world| world.posts().count())
    }
}

pub fn mention(text: &str) -> NewPost {
    NewPost::public(&format!("@northwind {text}"))
}

pub fn answer(to: PostId, text: &str) -> NewPost {
    NewPost {
        in_reply_to: Some(to),
        ..mention(text)
    }
}

pub fn direct(text: &str) -> NewPost {
    NewPost {
        visibility: Visibility::Direct,
        ..mention(text)
    }
}

pub fn text(event: &Event) -> &str {
    match &event.kind {
        Kind::Said(content) => &content.text,
        _ => "",
    }
}

impl Host for Line {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let path = request.url.splitn(4, '/').nth(3).unwrap_or_default();
        self.requests.borrow_mut().push(format!("{} /{path}", request.method));
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).unwrap();
        let mut sending = self
            .client
            .request(method, &request.url)
            .timeout(self.patience.get())
            .body(request.body.clone());
        for header in &request.headers {
            let value = header_of(request, &header.name)
                .unwrap()
                .replace("{access-token}", &self.token);
            sending = sending.header(&header.name, value);
        }
        let failed = |e: reqwest::Error| {
            if e.is_timeout() {
                self.patience.set(PATIENT);
                return HttpFailure::TimedOut;
            }
            HttpFailure::Unreachable(e.to_string())
        };
        self.runtime.block_on(async {
            let response = sending.send().await.map_err(failed)?;
            let headers = response.headers().iter();
            let headers = headers
                .map(|(n, v)| (n.to_string(), v.to_str().unwrap_or_default().to_owned()))
                .collect();
            let status = response.status().as_u16();
            Ok(HttpResponse {
                status,
                headers,
                body: response.bytes().await.map_err(failed)?.to_vec(),
            })
        })
    }
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.kv.borrow().get(key).cloned()
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), KvFailure> {
        assert!(
            !key.is_empty() && key.len() <= 256 && value.len() <= 64 * 1024,
            "{key}: {} bytes",
            value.len()
        );
        self.kv.borrow_mut().insert(key.to_owned(), value.to_vec());
        Ok(())
    }
    fn delete(&self, key: &str) {
        self.kv.borrow_mut().remove(key);
    }
    fn log(&self, _: Level, _: &str) {}
    fn now_ms(&self) -> u64 {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        u64::try_from(since.as_millis()).unwrap() + self.ahead_ms.get()
    }
    fn random(&self, _: u32) -> Vec<u8> {
        Vec::new()
    }
}
