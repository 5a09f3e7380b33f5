//! Asking the API without a socket: requests go into the router and answers come out, in paused time too.

use super::{House, START};
use axum::Router;
use axum::body::{Body, BodyDataStream, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use futures_util::StreamExt;
use jackfield_protocol::FeedMessage;
use jackfield_server::api::{self, Api};
use jackfield_server::auth::{Keyring, SigningKey};
use jackfield_server::config::{self, Algorithm, Config, Overrides};
use jackfield_server::floor::Presences;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// The page of the tests.
pub const PAGE: &str = "https://crm.example";
pub const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef-test";
pub const RSA: &[u8] = include_bytes!("../keys/rsa.pem");
pub const RSA_PUBLIC: &[u8] = include_bytes!("../keys/rsa.pub.pem");
pub const ED25519: &[u8] = include_bytes!("../keys/ed25519.pem");
pub const ED25519_PUBLIC: &[u8] = include_bytes!("../keys/ed25519.pub.pem");

/// Three issuers: `crm` shares a secret, `shop` signs with RSA, `forum` with Ed25519.
/// Where the plugins of this run of the tests run: `JACKFIELD_TEST_TIER=process`, or in the test's own process.
pub fn form(config: &mut Config) {
    if std::env::var("JACKFIELD_TEST_TIER").is_ok_and(|form| form == "process") {
        apart(config);
    }
}

/// In a process of their own, whatever the run.
pub fn apart(config: &mut Config) {
    config.plugins.tier = config::TierForm::Process;
    config.plugins.confine = config::Confine::Required;
    config.plugins.program = Some(env!("CARGO_BIN_EXE_jackfield").into());
}

pub fn config(folder: &Path) -> Config {
    let write = |name: &str, value: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, value).unwrap();
        private(&path);
    };
    write("crm.key", SECRET);
    write("shop.pem", RSA_PUBLIC);
    write("forum.pem", ED25519_PUBLIC);
    let text = r#"
        [[issuer]]
        name = "crm"
        algorithm = "HS256"
        key = "file:crm.key"
        workspace = "demo"
        brands = ["northwind", "southwind"]
        origins = ["https://crm.example", "https://desk.example"]

        [[issuer]]
        name = "shop"
        algorithm = "RS256"
        key = "file:shop.pem"
        workspace = "demo"
        brands = ["northwind"]
        origins = ["https://shop.example"]

        [[issuer]]
        name = "forum"
        algorithm = "EdDSA"
        key = "file:forum.pem"
        workspace = "club"
        brands = ["westwind"]
        origins = ["https://forum.example"]
    "#;
    config::parse(&folder.join("jackfield.toml"), text, &Overrides::default()).unwrap()
}

/// Only its owner may read it.
pub fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// Claims that are good: mia of northwind, by `crm`, for ten minutes.
pub fn claims() -> Value {
    let now = START / 1000;
    json!({
        "iss": "crm", "aud": "jackfield", "sub": "mia", "tenant": "demo", "brand": "northwind",
        "origin": PAGE, "jti": "t-1", "iat": now, "exp": now + 600,
    })
}

/// Good claims with some of them changed; null takes one away.
pub fn claims_with(changes: &Value) -> Value {
    let mut all = claims();
    for (name, value) in changes.as_object().unwrap() {
        let all = all.as_object_mut().unwrap();
        match value {
            Value::Null => all.remove(name),
            value => all.insert(name.clone(), value.clone()),
        };
    }
    all
}

/// Signed with the shared secret.
pub fn token(claims: &Value) -> String {
    sign(Algorithm::Hs256, SECRET, claims)
}

pub fn sign(algorithm: Algorithm, key: &[u8], claims: &Value) -> String {
    SigningKey::from_bytes(algorithm, key).unwrap().sign(claims).unwrap()
}

/// A house with a door to its API.
pub struct Door {
    pub house: House,
    pub stop: CancellationToken,
    pub floor: Arc<Presences>,
    router: Router,
    _folder: tempfile::TempDir,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("")
    }

    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or("")
    }
}

impl Door {
    pub fn new(house: House) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path());
        let stop = CancellationToken::new();
        let floor = Arc::<Presences>::default();
        let api = Api {
            keyring: Keyring::open(&config, Arc::clone(&house.clock)).unwrap(),
            desk: house.desk.clone(),
            board: Arc::clone(&house.board),
            floor: Arc::clone(&floor),
            feeds: Arc::new(Semaphore::new(3)),
            stop: stop.clone(),
        };
        Self {
            router: api::routes(Arc::new(api)),
            floor,
            stop,
            house,
            _folder: folder,
        }
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 24).await.unwrap();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// A good request of mia's from her page.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path, &token(&claims()), Body::empty()))
            .await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let body = Body::from(body.to_string());
        self.send(request(Method::POST, path, &token(&claims()), body)).await
    }

    /// Opens a feed.
    pub async fn feed(&self, path: &str, token: &str, last: Option<&str>) -> Feed {
        let mut request = request(Method::GET, path, token, Body::empty());
        if let Some(last) = last {
            request.headers_mut().insert("last-event-id", last.parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Feed {
            stream: response.into_body().into_data_stream(),
            buffer: String::new(),
            comments: 0,
        }
    }
}

/// A request from the page of the tests.
pub fn request(method: Method, path: &str, token: &str, body: Body) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("origin", PAGE)
        .header("content-type", "application/json")
        .body(body)
        .unwrap()
}

/// An open feed.
pub struct Feed {
    stream: BodyDataStream,
    buffer: String,
    /// Comments that kept it open.
    pub comments: u32,
}

impl Feed {
    /// The next message; none where the stream ended.
    pub async fn next(&mut self) -> Option<FeedMessage> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.buffer = rest;
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name).map(str::trim));
                let Some(data) = field("data:") else {
                    self.comments += 1;
                    continue;
                };
                let message: FeedMessage = serde_json::from_str(data).unwrap();
                if let FeedMessage::Entry(entry) = &message {
                    assert_eq!(field("id:"), Some(entry.n.to_string().as_str()), "{block}");
                    assert_eq!(field("event:"), Some("entry"));
                }
                return Some(message);
            }
            self.buffer
                .push_str(std::str::from_utf8(&self.stream.next().await?.unwrap()).unwrap());
        }
    }

    /// The numbers of the next entries.
    pub async fn entries(&mut self, count: usize) -> Vec<u64> {
        let mut numbers = Vec::new();
        while numbers.len() < count {
            match self.next().await.expect("the feed goes on") {
                FeedMessage::Entry(entry) => numbers.push(entry.n),
                FeedMessage::Resync { n } => panic!("resync at {n} after {numbers:?}"),
                _ => {}
            }
        }
        numbers
    }

    /// Nothing but comments and states of lines comes for a while.
    pub async fn is_silent(&mut self, time: Duration) -> bool {
        tokio::time::timeout(time, async {
            loop {
                match self.next().await {
                    Some(FeedMessage::Connection(_)) => {}
                    other => return other,
                }
            }
        })
        .await
        .is_err()
    }
}

/// A row of a table of refusals: name, what is sent, status, code, field, words of the sentence.
pub type Row<'a, T> = (&'a str, T, u16, &'a str, Option<&'a str>, &'a str);

/// A house with Ana's question in it, and a door.
pub async fn door() -> Door {
    let house = House::open().await;
    house.network.post("1", "a", "Where is my parcel?");
    house.until("stored", |h| h.messages() == ["1"]).await;
    Door::new(house)
}

/// The answer is this refusal, and nothing was written.
pub fn check(name: &str, answer: &Answer, status: u16, code: &str, field: Option<&str>, words: &str) {
    assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.body);
    assert_eq!(answer.code(), code, "{name}: {}", answer.body);
    assert_eq!(
        answer.body.get("field").and_then(Value::as_str),
        field,
        "{name}: {}",
        answer.body
    );
    assert!(answer.message().contains(words), "{name}: {}", answer.message());
    assert!(
        answer.message().ends_with(['.', '!']),
        "{name}: a sentence ends: {}",
        answer.message()
    );
}
