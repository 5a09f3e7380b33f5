//! The channel against an emulator that others wrote, `telegram-test-api`. Where it is not installed the test is skipped
//! by name: `npm install telegram-test-api`, and `JACKFIELD_NODE_MODULES` names the folder where that is not the
//! checkout's own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(clippy::print_stdout)] // a skip is said aloud

use jackfield_channel_telegram::Telegram;
use jackfield_sdk::channel::*;
use jackfield_sdk::testing::Scripted;
use libtest_mimic::{Arguments, Trial};
use serde_json::{Value as Json, json};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

const TOKEN: &str = "110201543:token-of-a-test";
const PATIENCE: Duration = Duration::from_secs(60);
const START: &str = "const T = require(process.argv[1]);\
    new (T.default || T)({host: '127.0.0.1', port: Number(process.argv[2])}).start();";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let name = "what_a_user_writes_arrives_and_the_answer_reaches_them";
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let modules = std::env::var_os("JACKFIELD_NODE_MODULES").map_or_else(|| root.join("node_modules"), PathBuf::from);
    let package = modules.join("telegram-test-api");
    let trial = if package.is_dir() {
        Trial::test(name, move || {
            whole(&Emulator::start(&package));
            Ok(())
        })
    } else {
        if !arguments.list {
            println!("skipped: telegram-test-api is not installed");
        }
        Trial::test(name, || Ok(())).with_ignored_flag(true)
    };
    libtest_mimic::run(&arguments, vec![trial]).exit_code()
}

struct Emulator {
    child: Child,
    url: String,
    runtime: Runtime,
    client: reqwest::Client,
}

impl Emulator {
    fn start(package: &Path) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let port = TcpListener::bind(("127.0.0.1", 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut node = Command::new("node");
        node.args(["-e", START]).arg(package).arg(port.to_string());
        node.stdout(Stdio::null()).stderr(Stdio::null());
        let emulator = Self {
            child: node.spawn().unwrap(),
            url: format!("http://127.0.0.1:{port}"),
            runtime: Runtime::new().unwrap(),
            client: reqwest::Client::new(),
        };
        let begun = Instant::now();
        while emulator.post(&format!("/bot{TOKEN}/getMe"), b"{}".to_vec()).is_err() {
            assert!(begun.elapsed() < PATIENCE, "the emulator does not listen");
            std::thread::yield_now();
        }
        emulator
    }

    fn post(&self, path: &str, body: Vec<u8>) -> Result<HttpResponse, HttpFailure> {
        let asked = self
            .client
            .post(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .body(body);
        self.runtime.block_on(async {
            let answer = asked
                .send()
                .await
                .map_err(|e| HttpFailure::Unreachable(e.to_string()))?;
            let status = answer.status().as_u16();
            let body = answer.bytes().await.map_err(|_| HttpFailure::TimedOut)?.to_vec();
            Ok(HttpResponse {
                status,
                headers: Vec::new(),
                body,
            })
        })
    }

    /// What the host and the operator's proxy do with a request of the plugin.
    fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let token = jackfield_sdk::testing::header_of(request, "x-bot-token");
        assert_eq!(token.as_deref(), Some("{bot-token}"));
        let method = request.url.rsplit_once("/bot/").unwrap().1;
        self.post(&format!("/bot{TOKEN}/{method}"), request.body.clone())
    }

    fn history(&self) -> Json {
        let answer = self
            .post("/getUpdatesHistory", json!({"token": TOKEN}).to_string().into_bytes())
            .unwrap();
        serde_json::from_slice(&answer.body).unwrap()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn whole(emulator: &Emulator) {
    let host = Scripted::new(0, |request| emulator.answer(request));
    let settings = json!({"server": "https://proxy.example"}).to_string();
    assert_eq!(Telegram::check(&host, &settings).unwrap(), "The bot is @TestNameBot.");
    for words in ["Where is my parcel? 👋", "Hello?"] {
        let ana = json!({"id": 7, "first_name": "Ana", "username": "ana", "is_bot": false});
        let chat = json!({"id": 7, "first_name": "Ana", "username": "ana", "type": "private"});
        let body = json!({"botToken": TOKEN, "date": 1_795_510_800, "from": ana, "chat": chat, "text": words});
        emulator.post("/sendMessage", body.to_string().into_bytes()).unwrap();
    }
    let batch = Telegram::poll(&host, &settings, None, 50).unwrap();
    let told: Vec<_> = batch
        .events
        .iter()
        .map(|event| match &event.kind {
            Kind::Said(content) => (content.text.as_str(), content.author.handle.as_str(), event.at),
            other => panic!("{other:?}"),
        })
        .collect();
    let at = 1_795_510_800_000;
    assert_eq!(told, [("Where is my parcel? 👋", "ana", at), ("Hello?", "ana", at)]);
    let asked = &batch.events[0];
    let draft = Draft {
        key: "key-1".to_owned(),
        thread: Some(asked.thread.clone()),
        parent: Some(asked.remote_id.clone()),
        visibility: Visibility::Direct,
        text: "It leaves today.".to_owned(),
        language: None,
        asked_at: 0,
        attachments: Vec::new(),
    };
    let receipt = Telegram::publish(&host, &settings, draft.clone()).unwrap();
    assert_eq!(Telegram::publish(&host, &settings, draft).unwrap(), receipt);
    let history = emulator.history();
    let sent: Vec<&Json> = history["result"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|m| m["message"]["text"] == "It leaves today.")
        .collect();
    assert_eq!(sent.len(), 1, "{history}");
    assert_eq!(sent[0]["message"]["chat_id"], 7);
}
