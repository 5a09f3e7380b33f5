//! isso: the comments of a blog, a real server that somebody else wrote.

use crate::wait::{eventually, seconds};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::{Child, Command};

/// The page that people write under.
pub const PAGE: &str = "/2026/parcels/";

/// The program in a Python environment, or why it is not there.
pub fn program(venv: &Path) -> Result<PathBuf, String> {
    let program = venv.join("bin/isso");
    if program.is_file() {
        Ok(program)
    } else {
        Err(format!(
            "no isso at {}: .venv/bin/pip install -r tests/requirements.txt",
            program.display()
        ))
    }
}

/// A running isso with an empty database; killed when dropped.
#[derive(Debug)]
pub struct Isso {
    /// Where it listens.
    pub address: SocketAddr,
    http: reqwest::Client,
    _child: Child,
    _dir: tempfile::TempDir,
}

/// A comment that was written, with what lets its author edit it.
#[derive(Debug, Clone)]
pub struct Written {
    /// Its number.
    pub id: u64,
    cookie: String,
}

impl Isso {
    /// Starts one without its guard against floods: a test writes more than a person.
    pub async fn start(program: &Path) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder can be made");
        for _ in 0..5 {
            let address = SocketAddr::from(([127, 0, 0, 1], crate::host::free_port()));
            let database = dir.path().join("comments.db");
            let text = format!(
                "[general]\ndbpath = {}\nhost = http://{address}\nlatest-enabled = true\n[server]\nlisten = http://{address}\n[guard]\nenabled = false\n",
                database.display()
            );
            let config = dir.path().join("isso.cfg");
            std::fs::write(&config, text).expect("the folder can be written");
            let log = std::fs::File::create(dir.path().join("isso.log")).expect("the folder can be written");
            let mut child = Command::new(program)
                .arg("-c")
                .arg(&config)
                .arg("run")
                .stdin(Stdio::null())
                .stdout(log.try_clone().expect("a file handle can be copied"))
                .stderr(log)
                .kill_on_drop(true)
                .spawn()
                .expect("isso can be started");
            let (http, url) = (crate::http(), format!("http://{address}/latest?limit=1"));
            let up = eventually("isso to listen", seconds(60), async || {
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
        let said = std::fs::read_to_string(dir.path().join("isso.log")).unwrap_or_default();
        panic!("isso does not start:\n{said}");
    }

    /// Its address as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Writes a comment under [`PAGE`].
    pub async fn write(&self, author: Option<&str>, text: &str, parent: Option<u64>) -> Written {
        let url = format!("{}/new?uri={}", self.url(), PAGE.replace('/', "%2F"));
        let body = json!({"text": text, "author": author, "parent": parent, "title": "Parcels"});
        let answer = self.http.post(url).json(&body).send().await.expect("isso answers");
        assert_eq!(answer.status().as_u16(), 201, "isso takes the comment");
        let cookie = answer.headers()["set-cookie"]
            .to_str()
            .expect("a cookie is text")
            .to_owned();
        let made: Value = answer.json().await.expect("isso answers JSON");
        Written {
            id: made["id"].as_u64().expect("a comment has a number"),
            cookie: cookie.split(';').next().unwrap_or_default().to_owned(),
        }
    }

    /// Edits a comment as its author.
    pub async fn edit(&self, comment: &Written, text: &str) {
        let request = self.http.put(format!("{}/id/{}", self.url(), comment.id));
        let request = request.header("cookie", &comment.cookie).json(&json!({ "text": text }));
        let answer = request.send().await.expect("isso answers");
        assert_eq!(answer.status().as_u16(), 200, "isso takes the edit");
    }

    /// Everything that was written, oldest first.
    pub async fn all(&self) -> Vec<Value> {
        let answer = self.http.get(format!("{}/latest?limit=1000", self.url())).send().await;
        answer.expect("isso answers").json().await.expect("isso answers JSON")
    }
}
