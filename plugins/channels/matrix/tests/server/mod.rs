//! Synapse, started for one test, and the people who sign in there.

use jackfield_sdk::channel::{HttpFailure, HttpRequest, HttpResponse, Value as Held};
use serde_json::{Value, json};
use std::cell::Cell;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// A server on a busy machine has this long to start.
const PATIENCE: Duration = Duration::from_secs(90);

/// The Python that has Synapse.
pub(crate) fn found() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let venv = std::env::var_os("JACKFIELD_VENV").map_or_else(|| root.join(".venv"), PathBuf::from);
    let python = venv.join("bin/python");
    let mut asked = Command::new(&python);
    asked
        .args(["-c", "import synapse"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success()).then_some(python)
}

/// Somebody's access token.
pub(crate) struct Person(String);

pub(crate) struct Server {
    child: Child,
    port: u16,
    runtime: Runtime,
    client: reqwest::Client,
    transactions: Cell<u32>,
    folder: tempfile::TempDir,
    python: PathBuf,
}

impl Server {
    pub(crate) fn start(python: &Path) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind(("127.0.0.1", 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut generate = Command::new(python);
        generate
            .current_dir(folder.path())
            .args([
                "-m",
                "synapse.app.homeserver",
                "--server-name",
                "localhost",
                "--config-path",
                "homeserver.yaml",
            ])
            .args(["--generate-config", "--report-stats=no"])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        assert!(generate.status().unwrap().success(), "synapse writes no configuration");
        let generous = "{per_second: 1000, burst_count: 1000}";
        let limits = "address: G, account: G, failed_attempts: G".replace('G', generous);
        let configuration = format!(
            "server_name: localhost\nreport_stats: false\npid_file: hs.pid\nsigning_key_path: localhost.signing.key\n\
             media_store_path: media\nregistration_shared_secret: only-for-this-test\nmacaroon_secret_key: m\nform_secret: f\n\
             trusted_key_servers: []\nsuppress_key_server_warning: true\nenable_registration: false\n\
             listeners:\n  - {{port: {port}, type: http, bind_addresses: [127.0.0.1], resources: [{{names: [client]}}]}}\n\
             database: {{name: sqlite3, args: {{database: homeserver.db}}}}\n\
             rc_message: {generous}\nrc_login: {{{limits}}}\nrc_joins: {{local: {generous}, remote: {generous}}}\n\
             rc_registration: {generous}\nrc_invites: {{per_room: {generous}, per_user: {generous}}}\n"
        );
        std::fs::write(folder.path().join("homeserver.yaml"), configuration).unwrap();
        let mut child = Command::new(python);
        child
            .current_dir(folder.path())
            .args(["-m", "synapse.app.homeserver", "-c", "homeserver.yaml"])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let server = Self {
            child: child.spawn().unwrap(),
            port,
            runtime: Runtime::new().unwrap(),
            client: reqwest::Client::builder()
                .timeout(Duration::from_secs(30))
                .build()
                .unwrap(),
            transactions: Cell::new(0),
            folder,
            python: python.to_owned(),
        };
        let begun = Instant::now();
        while server
            .exchange(
                "GET",
                &format!("{}/_matrix/client/versions", server.url()),
                &[],
                Vec::new(),
            )
            .is_err()
        {
            assert!(begun.elapsed() < PATIENCE, "synapse does not listen");
            std::thread::yield_now();
        }
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Registers somebody and signs in.
    pub(crate) fn person(&self, name: &str) -> Person {
        let program = self.python.with_file_name("register_new_matrix_user");
        let mut register = Command::new(program);
        register
            .current_dir(self.folder.path())
            .args([
                "-c",
                "homeserver.yaml",
                "-u",
                name,
                "-p",
                "a-password-of-a-test",
                "--no-admin",
            ])
            .arg(self.url())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        assert!(register.status().unwrap().success(), "{name} cannot be registered");
        let login = json!({"type": "m.login.password", "identifier": {"type": "m.id.user", "user": name}, "password": "a-password-of-a-test"});
        let said = self.call(&Person(String::new()), "POST", "/login", &login);
        Person(said["access_token"].as_str().unwrap().to_owned())
    }

    /// A call of the API as somebody.
    pub(crate) fn call(&self, who: &Person, method: &str, path: &str, body: &Value) -> Value {
        let url = format!("{}/_matrix/client/v3{path}", self.url());
        let body = if method == "GET" {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        let mut headers = vec![("content-type", "application/json".to_owned())];
        if !who.0.is_empty() {
            headers.push(("authorization", format!("Bearer {}", who.0)));
        }
        let answer = self.exchange(method, &url, &headers, body).unwrap();
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, 200, "{method} {path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Sends an event; its id.
    pub(crate) fn send(&self, who: &Person, room: &str, kind: &str, content: &Value) -> String {
        self.transactions.set(self.transactions.get() + 1);
        let path = format!("/rooms/{room}/send/{kind}/t{}", self.transactions.get());
        self.call(who, "PUT", &path, content)["event_id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// What the host does with a request of the plugin.
    pub(crate) fn answer(&self, request: &HttpRequest, brand: &Person) -> Result<HttpResponse, HttpFailure> {
        let headers: Vec<(&str, String)> = request
            .headers
            .iter()
            .map(|header| {
                let value = match &header.value {
                    Held::Plain(text) => text.clone(),
                    Held::Secret(used) => format!("{}{}{}", used.before, brand.0, used.after),
                };
                (header.name.as_str(), value)
            })
            .collect();
        self.exchange(&request.method, &request.url, &headers, request.body.clone())
    }

    fn exchange(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
    ) -> Result<HttpResponse, HttpFailure> {
        let mut asked = self.client.request(method.parse().unwrap(), url).body(body);
        for (name, value) in headers {
            asked = asked.header(*name, value);
        }
        self.runtime.block_on(async {
            let answer = asked
                .send()
                .await
                .map_err(|e| HttpFailure::Unreachable(e.to_string()))?;
            let status = answer.status().as_u16();
            let headers = answer
                .headers()
                .iter()
                .map(|(n, v)| (n.as_str().to_owned(), v.to_str().unwrap_or_default().to_owned()))
                .collect();
            let body = answer.bytes().await.map_err(|_| HttpFailure::TimedOut)?.to_vec();
            Ok(HttpResponse { status, headers, body })
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
