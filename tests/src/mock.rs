//! `mastodon-mock`: a stateful Mastodon server that somebody else wrote, with faults on demand.

use crate::wait::{eventually, seconds};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use tokio::process::{Child, Command};

/// The brand's account: its handle and its token.
pub const BRAND: (&str, &str) = ("northwind", "northwind_token");
/// A person.
pub const ANA: (&str, &str) = ("ana", "ana_token");
/// Another person.
pub const BEN: (&str, &str) = ("ben", "ben_token");

/// A running mock; killed when dropped.
#[derive(Debug)]
pub struct Mock {
    /// Where it listens.
    pub address: SocketAddr,
    http: reqwest::Client,
    _child: Child,
    _dir: tempfile::TempDir,
}

impl Mock {
    /// Starts one with an empty memory and three accounts.
    pub async fn start(venv: &Path) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder can be made");
        let config = dir.path().join("mock.toml");
        let mut text = String::from("domain = 'mock.local'\n");
        for ((name, token), shown) in [(BRAND, "Northwind"), (ANA, "Ana Sousa"), (BEN, "Ben Okri")] {
            text.push_str(&format!(
                "[[seed.accounts]]\nusername = '{name}'\ndisplay_name = '{shown}'\naccess_token = '{token}'\n"
            ));
        }
        std::fs::write(&config, text).expect("the folder can be written");
        for _ in 0..5 {
            let port = crate::host::free_port();
            let log = std::fs::File::create(dir.path().join("mock.log")).expect("the folder can be written");
            let mut child = Command::new(venv.join("bin/python"))
                .args([
                    "-m",
                    "mastodon_mock",
                    "serve",
                    "--in-memory",
                    "--host",
                    "127.0.0.1",
                    "--log-level",
                    "warning",
                ])
                .arg("--port")
                .arg(port.to_string())
                .arg("--config")
                .arg(&config)
                .current_dir(dir.path())
                .stdin(Stdio::null())
                .stdout(log.try_clone().expect("a file handle can be copied"))
                .stderr(log)
                .kill_on_drop(true)
                .spawn()
                .expect("Python can be started");
            let (http, address) = (crate::http(), SocketAddr::from(([127, 0, 0, 1], port)));
            let url = format!("http://{address}/api/v2/instance");
            let up = eventually("mastodon-mock to listen", seconds(60), async || {
                if let Ok(Some(_)) = child.try_wait() {
                    return Ok(false);
                }
                http.get(&url).send().await.map(|_| true).map_err(|e| format!("{e:?}"))
            });
            if up.await {
                return Self {
                    address,
                    http,
                    _child: child,
                    _dir: dir,
                };
            }
        }
        let said = std::fs::read_to_string(dir.path().join("mock.log")).unwrap_or_default();
        panic!("mastodon-mock does not start:\n{said}");
    }

    /// Its address as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Adds a fault: `matches` in the mock's own terms, as `{"methods":["GET"],"path":"/api/v1/notifications"}`;
    /// `count` times, or until [`Self::heal`].
    pub async fn fault(&self, matches: Value, effect: Value, count: Option<u32>) {
        let mut rule = json!({ "match": matches, "effect": effect });
        if let Some(count) = count {
            rule["count"] = count.into();
        }
        let url = format!("{}/api/v1/_mock/faults", self.url());
        let answer = self.http.post(url).json(&rule).send().await.expect("the mock answers");
        assert!(
            answer.status().is_success(),
            "the mock takes the fault: {}",
            answer.text().await.unwrap_or_default()
        );
    }

    /// The rules that still stand.
    pub async fn faults(&self) -> Vec<Value> {
        let url = format!("{}/api/v1/_mock/faults", self.url());
        let answer = self.http.get(url).send().await.expect("the mock answers");
        let all: Value = answer.json().await.expect("the mock answers JSON");
        let list = all
            .as_array()
            .or_else(|| all["faults"].as_array())
            .or_else(|| all["rules"].as_array());
        list.unwrap_or_else(|| panic!("a list of rules: {all}")).clone()
    }

    /// Takes every fault away.
    pub async fn heal(&self) {
        let url = format!("{}/api/v1/_mock/faults", self.url());
        let answer = self.http.delete(url).send().await.expect("the mock answers");
        assert!(answer.status().is_success(), "the mock forgets its faults");
    }
}
