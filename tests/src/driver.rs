//! Mastodon.py as the person on the other side: a real third-party client posts, edits and deletes.

use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// A Python process that does one action per line.
#[derive(Debug)]
pub struct Driver {
    _child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Driver {
    /// Starts it against a server.
    pub fn start(venv: &Path, server: &str) -> Self {
        let mut child = Command::new(venv.join("bin/python"))
            .arg(crate::places::root().join("tests/python/drive_mastodon.py"))
            .arg(server)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Python can be started");
        let stdin = child.stdin.take().expect("asked for above");
        let lines = BufReader::new(child.stdout.take().expect("asked for above")).lines();
        Self {
            _child: child,
            stdin,
            lines,
        }
    }

    /// One action; what Mastodon.py gave back, or its exception as a failed test.
    pub async fn act(&mut self, action: Value) -> Value {
        self.stdin
            .write_all(format!("{action}\n").as_bytes())
            .await
            .expect("the driver reads");
        let line = tokio::time::timeout(crate::wait::seconds(30), self.lines.next_line()).await;
        let line = line
            .expect("the driver answers within 30 s")
            .expect("the driver writes");
        let answer: Value = serde_json::from_str(&line.expect("the driver lives")).expect("the driver writes JSON");
        assert!(answer.get("error").is_none(), "{action}: {}", answer["error"]);
        answer["ok"].clone()
    }

    /// Posts; the id of the new status.
    pub async fn post(&mut self, token: &str, text: &str, visibility: &str, answers: Option<&str>) -> String {
        let action = json!({"do": "post", "token": token, "text": text, "visibility": visibility, "answers": answers});
        self.act(action).await["id"]
            .as_str()
            .expect("a status has an id")
            .to_owned()
    }

    /// Edits a status of one's own.
    pub async fn edit(&mut self, token: &str, id: &str, text: &str) {
        self.act(json!({"do": "edit", "token": token, "id": id, "text": text}))
            .await;
    }

    /// Deletes a status of one's own.
    pub async fn delete(&mut self, token: &str, id: &str) {
        self.act(json!({"do": "delete", "token": token, "id": id})).await;
    }

    /// The answers below a status, as the account of the token sees them.
    pub async fn answers(&mut self, token: &str, id: &str) -> Vec<Value> {
        let context = self.act(json!({"do": "context", "token": token, "id": id})).await;
        context["descendants"]
            .as_array()
            .expect("a context has descendants")
            .clone()
    }

    /// Everything an account has published, newest first.
    pub async fn statuses(&mut self, token: &str) -> Vec<Value> {
        self.act(json!({"do": "statuses", "token": token}))
            .await
            .as_array()
            .expect("a list")
            .clone()
    }
}
