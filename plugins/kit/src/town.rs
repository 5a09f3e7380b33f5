//! The stand-in that a channel is tried against. The kit speaks to it as people and as the network's clock do, under
//! `/_standin/`: a small Mastodon that is part of this program, or a program of the plugin's author that answers the
//! same calls.

use crate::conform::{Standin, Which};
use jackfield_engine::{
    Limits, Scrubber,
    egress::{Exit, Grants, Request, SystemResolver, Tls, Used, Value as Held},
};
use serde_json::{Value, json};
use std::{path::Path, process::Stdio, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// How long a program may take to print its address.
const START: Duration = Duration::from_secs(5);
/// A message of 1 MB has to fit, and some words around it.
const LONGEST: usize = 2 << 20;

/// A network with nobody in it yet.
pub(crate) struct Town {
    pub(crate) url: String,
    pub(crate) token: String,
    exit: Exit,
    limits: Limits,
    address: String,
    /// Ended when this is dropped.
    _runs: Runs,
}

#[allow(dead_code, reason = "held for as long as it is to run")]
enum Runs {
    Here(jackfield_conform::Standin),
    Beside(Child),
}

impl Town {
    pub(crate) async fn start(standin: &Standin, folder: &Path) -> Result<Self, String> {
        let (url, token, runs) = match &standin.which {
            Which::Inside => {
                let config = jackfield_conform::Config {
                    people: 0,
                    max_characters: LONGEST,
                    ..jackfield_conform::Config::default()
                };
                let here = jackfield_conform::Standin::start(config)
                    .await
                    .map_err(|error| format!("the stand-in does not start: {error}"))?;
                (here.url(), here.token().to_owned(), Runs::Here(here))
            }
            Which::Program(program) => {
                let (url, token, child) = Box::pin(beside(program, folder)).await?;
                (url, token, Runs::Beside(child))
            }
        };
        let grant = format!("private:{url}");
        let grants = Grants::parse(&[grant.as_str()]).map_err(|error| error.to_string())?;
        let exit = Exit::new(
            grants,
            Vec::new(),
            Arc::new(Scrubber::new(&[])),
            Arc::new(SystemResolver),
            &Tls::new(&[])?,
        );
        Ok(Self {
            url,
            token,
            exit,
            limits: Limits {
                request_body: 4 * LONGEST,
                response_body: 8 * LONGEST,
                bytes_out: u64::MAX,
                bytes_in: u64::MAX,
                requests: u32::MAX,
                ..Limits::channel()
            },
            address: standin.address.clone(),
            _runs: runs,
        })
    }

    /// Somebody writes to the account; the message's id. `at_ms` is the network's clock, where it matters.
    pub(crate) async fn speak(
        &self,
        who: &str,
        words: &str,
        parent: Option<&str>,
        at_ms: Option<u64>,
    ) -> Result<String, String> {
        self.post(who, &self.address.replace("{text}", words), parent, at_ms)
            .await
    }

    /// The same without addressing anybody: what the account itself writes by another program.
    pub(crate) async fn post(
        &self,
        who: &str,
        words: &str,
        parent: Option<&str>,
        at_ms: Option<u64>,
    ) -> Result<String, String> {
        let mut body = json!({"as": who, "status": words});
        if let (Some(parent), Some(map)) = (parent, body.as_object_mut()) {
            map.insert("in_reply_to_id".to_owned(), json!(parent));
        }
        if let (Some(at), Some(map)) = (at_ms, body.as_object_mut()) {
            map.insert("at_ms".to_owned(), json!(at));
        }
        let said = self.ask("POST", "/_standin/statuses", Some(body)).await?;
        let id = said.get("id").and_then(Value::as_str);
        id.map(str::to_owned)
            .ok_or_else(|| format!("the stand-in answered a new message without its `id`: {said}"))
    }

    pub(crate) async fn edit(&self, id: &str, words: &str) -> Result<(), String> {
        let text = self.address.replace("{text}", words);
        let body = json!({"status": text});
        self.ask("PUT", &format!("/_standin/statuses/{id}"), Some(body))
            .await
            .map(|_| ())
    }

    pub(crate) async fn take_away(&self, id: &str) -> Result<(), String> {
        self.ask("DELETE", &format!("/_standin/statuses/{id}"), None)
            .await
            .map(|_| ())
    }

    /// How many messages there are whose words hold these.
    pub(crate) async fn count(&self, words: &str) -> Result<usize, String> {
        let all = self.ask("GET", "/_standin/statuses", None).await?;
        let all = all
            .as_array()
            .ok_or("the stand-in did not answer with a list of messages")?;
        let holds = |post: &&Value| {
            post.get("text")
                .and_then(Value::as_str)
                .is_some_and(|text| text.contains(words))
        };
        Ok(all.iter().filter(holds).count())
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, String> {
        let request = Request {
            method: method.to_owned(),
            url: format!("{}{path}", self.url),
            headers: vec![("content-type".to_owned(), Held::Plain("application/json".to_owned()))],
            body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
            timeout: Duration::ZERO,
        };
        let answer = Box::pin(self.exit.send(request, &self.limits, &mut Used::default()))
            .await
            .map_err(|failure| format!("the stand-in does not answer {method} {path}: {failure:?}"))?;
        let text = String::from_utf8_lossy(&answer.body);
        if !(200..300).contains(&answer.status) {
            return Err(format!(
                "the stand-in answered {method} {path} with {}: {text}",
                answer.status
            ));
        }
        serde_json::from_str(&text).map_err(|_| format!("the stand-in answered {method} {path} with no JSON: {text}"))
    }
}

/// Starts a program and reads its first line.
async fn beside(program: &[String], folder: &Path) -> Result<(String, String, Child), String> {
    let shown = program.join(" ");
    let (name, arguments) = program.split_first().ok_or("`standin.program` is empty")?;
    let mut child = Command::new(name)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("the stand-in `{shown}` does not start: {error}"))?;
    let out = child.stdout.take().ok_or("the stand-in has no output")?;
    let mut lines = BufReader::new(out).lines();
    let wanted = "print {\"url\": \"http://127.0.0.1:PORT\", \"token\": \"…\"} as its first line";
    let line = tokio::time::timeout(START, lines.next_line())
        .await
        .map_err(|_| {
            format!(
                "the stand-in `{shown}` said nothing for {} s; it has to {wanted}",
                START.as_secs()
            )
        })?
        .map_err(|error| format!("the stand-in `{shown}`: {error}"))?
        .ok_or_else(|| format!("the stand-in `{shown}` ended at once; it has to {wanted}"))?;
    let said: Value = serde_json::from_str(&line)
        .map_err(|_| format!("the stand-in `{shown}` began with {line:?}; it has to {wanted}"))?;
    let field = |name: &str| said.get(name).and_then(Value::as_str).map(str::to_owned);
    let url = field("url").ok_or_else(|| format!("the stand-in `{shown}` gave no `url`; it has to {wanted}"))?;
    let token = field("token").unwrap_or_else(|| "no-token-is-needed".to_owned());
    // What it prints later must go somewhere, or it would stop at a full pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((url, token, child))
}
