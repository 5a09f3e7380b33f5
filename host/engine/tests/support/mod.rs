//! What the tests of the sandbox share: an engine with the hostile plugin, a web server, a name server, kept log
//! lines, a clock that stands still.
#![allow(dead_code, unreachable_pub, reason = "each test program uses its part")]

pub mod component;
pub(crate) mod subject;
pub mod tls;

use futures_util::future::BoxFuture;
use jackfield_engine::{
    Breakdown, CallError, ChannelConnection, ChannelPlugin, Clock, ConnectionSpec, Engine, EngineConfig, Limits,
    LogSink, Manifest, Polled, Secret,
    bindings::{Kind, Level},
    egress::{Grants, Resolver},
};
use std::{
    collections::{HashMap, VecDeque},
    fs,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// The value that must never be seen again.
pub const TOKEN: &str = "s3cr3t/t0ken+value==";

/// Instances of the engine of the tests.
pub const INSTANCES: u32 = 16;

/// 2026-11-24T09:00:00Z, and it stays that.
pub struct StandingClock;
impl Clock for StandingClock {
    fn now_ms(&self) -> u64 {
        1_795_510_800_000
    }
}

/// Lines, by connection.
#[derive(Default)]
pub struct Kept(Mutex<Vec<(String, Level, String)>>);
impl LogSink for Kept {
    fn line(&self, who: &str, level: Level, line: &str) {
        self.0.lock().unwrap().push((who.to_owned(), level, line.to_owned()));
    }
}
impl Kept {
    pub fn of(&self, who: &str) -> Vec<(Level, String)> {
        let lines = self.0.lock().unwrap();
        lines
            .iter()
            .filter(|(from, ..)| from == who)
            .map(|(_, level, line)| (*level, line.clone()))
            .collect()
    }
}

/// A name server that reads its answers from a script: the last one stays.
#[derive(Default)]
pub struct Names(Mutex<HashMap<String, VecDeque<Vec<IpAddr>>>>);
impl Names {
    pub fn with(self, host: &str, answers: &[&str]) -> Self {
        let parsed = answers
            .iter()
            .map(|answer| answer.split_whitespace().map(|ip| ip.parse().unwrap()).collect());
        self.0.lock().unwrap().insert(host.to_owned(), parsed.collect());
        self
    }
}
impl Resolver for Names {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, String>> {
        let mut scripts = self.0.lock().unwrap();
        let answer = match scripts.get_mut(host) {
            None => Err("no such name".to_owned()),
            Some(script) if script.len() > 1 => Ok(script.pop_front().unwrap()),
            Some(script) => Ok(script.front().cloned().unwrap_or_default()),
        };
        Box::pin(async move { answer })
    }
}

/// A web server on a free port of this machine. `answer` sees the head of the request and writes the whole response.
pub struct Web {
    pub port: u16,
    pub seen: Arc<Mutex<Vec<String>>>,
}
impl Web {
    pub async fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (seen.clone(), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (kept, answer) = (kept.clone(), answer.clone());
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    let mut buffer = [0; 4096];
                    while !head.windows(4).any(|w| w == b"\r\n\r\n") {
                        match stream.read(&mut buffer).await {
                            Ok(0) | Err(_) => return,
                            Ok(n) => head.extend_from_slice(&buffer[..n]),
                        }
                    }
                    let head = String::from_utf8_lossy(&head).into_owned();
                    let response = answer(&head);
                    kept.lock().unwrap().push(head);
                    if response.is_empty() {
                        // A server that says nothing: the connection stays open until the client goes.
                        let _ = stream.read(&mut buffer).await;
                        return;
                    }
                    let _ = stream.write_all(&response).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { port, seen }
    }

    /// Answers 200 with the head of the request: the careless server.
    pub async fn echo() -> Self {
        Self::start(ok).await
    }

    pub fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

pub fn ok(body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

pub fn redirect(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").into_bytes()
}

/// Everything that one test needs.
pub struct Stage {
    pub plugin: ChannelPlugin,
    pub log: Arc<Kept>,
}

pub fn engine(log: Arc<Kept>) -> Arc<Engine> {
    engine_with(log, Vec::new())
}

/// With authorities to believe besides the machine's.
pub fn engine_with(log: Arc<Kept>, extra_roots: Vec<Vec<u8>>) -> Arc<Engine> {
    Engine::new(EngineConfig {
        // Compiled once for all tests: the cache is a part of what is tested.
        cache: Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cwasm")),
        instances: INSTANCES,
        max_memory: 64 << 20,
        clock: Arc::new(StandingClock),
        random: Arc::new(jackfield_engine::SystemRandom),
        log,
        extra_roots,
    })
    .unwrap()
}

/// A plugin that ships.
pub fn bundled(name: &str) -> (Vec<u8>, Manifest) {
    made("dist/plugins", name)
}

/// The guest that misbehaves. It is made for tests and never ships.
pub fn hostile() -> (Vec<u8>, Manifest) {
    made("tests/guests/dist", "hostile")
}

pub fn made(shelf: &str, name: &str) -> (Vec<u8>, Manifest) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(shelf)
        .join(name);
    let missing = "run `cargo xtask build --plugins-only`";
    let wasm = fs::read(folder.join("plugin.wasm")).expect(missing);
    let manifest = fs::read_to_string(folder.join("plugin.toml")).expect(missing);
    (wasm, Manifest::parse(&manifest).unwrap())
}

impl Stage {
    /// With an engine of its own, and these authorities to believe.
    pub fn with_roots(extra_roots: Vec<Vec<u8>>) -> Self {
        let log = Arc::new(Kept::default());
        let (wasm, manifest) = hostile();
        let plugin = engine_with(log.clone(), extra_roots)
            .load_channel(&wasm, manifest)
            .unwrap();
        Self { plugin, log }
    }

    pub fn new() -> Self {
        // One engine for the tests of one process; a plugin is loaded once.
        static STAGE: OnceLock<(ChannelPlugin, Arc<Kept>)> = OnceLock::new();
        let (plugin, log) = STAGE.get_or_init(|| {
            let log = Arc::new(Kept::default());
            let (wasm, manifest) = hostile();
            (engine(log.clone()).load_channel(&wasm, manifest).unwrap(), log)
        });
        Self {
            plugin: plugin.clone(),
            log: log.clone(),
        }
    }

    pub fn connect(&self, id: &str, mode: &str) -> ChannelConnection {
        self.open(id, mode, |_| {})
    }

    pub fn open(&self, id: &str, mode: &str, change: impl FnOnce(&mut ConnectionSpec)) -> ChannelConnection {
        let mut spec = ConnectionSpec {
            id: id.to_owned(),
            settings: format!("{{\"mode\":\"{mode}\"}}"),
            grants: Grants::default(),
            secrets: Vec::new(),
            // Far above what any honest mode needs, on a machine that is busy with other tests too.
            limits: Limits {
                cpu: std::time::Duration::from_secs(20),
                ..Limits::channel()
            },
            resolver: Arc::new(Names::default()),
            recorder: None,
        };
        change(&mut spec);
        self.plugin.connect(spec).unwrap()
    }

    /// A connection that fetches `url`, with these grants, and the token granted to `secret_for`.
    pub fn fetcher(
        &self,
        id: &str,
        mode: &str,
        url: &str,
        grants: &[&str],
        secret_for: &[&str],
        names: Names,
    ) -> ChannelConnection {
        self.open(id, mode, |spec| {
            spec.settings = format!("{{\"mode\":\"{mode}\",\"url\":\"{url}\"}}");
            spec.grants = Grants::parse(grants).unwrap();
            spec.secrets =
                vec![Secret::new("token", TOKEN.to_owned().into(), Grants::parse(secret_for).unwrap()).unwrap()];
            spec.resolver = Arc::new(names);
        })
    }
}

/// The text of the one event.
pub fn text(polled: &Polled) -> &str {
    match &polled.events[0].kind {
        Kind::Said(content) => &content.text,
        other => panic!("{other:?}"),
    }
}

pub async fn poll(connection: &ChannelConnection) -> Result<Polled, CallError> {
    connection.poll(None, Vec::new(), 10).await
}

pub fn broken(error: CallError) -> Breakdown {
    match error {
        CallError::Broken(breakdown) => *breakdown,
        other => panic!("the sandbox should have spoken, not the plugin: {other:?}"),
    }
}
