//! A host whose network is real: the plugin runs natively against the stand-in, by HTTP.

#![allow(dead_code, unreachable_pub)] // each test program uses its part

use jackfield_conform::program::Running;
use jackfield_sdk::channel::{HttpFailure, HttpRequest, HttpResponse, Value};
use std::cell::RefCell;
use std::time::Duration;
use tokio::runtime::Runtime;

/// A stand-in, and a client of it. `spoil` is asked before and after each request.
pub struct Net {
    runtime: Runtime,
    client: reqwest::Client,
    running: Running,
    token: &'static str,
    pub spoil: RefCell<Option<Spoil>>,
}

/// What goes wrong with the next change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoil {
    /// Nothing is done, and this is the status.
    Status(u16),
    /// It is done and the answer is lost.
    Lost,
}

impl Net {
    pub fn new(start: impl Future<Output = std::io::Result<Running>>, token: &'static str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Runtime::new().unwrap();
        let running = runtime.block_on(start).unwrap();
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Self {
            runtime,
            client,
            running,
            token,
            spoil: RefCell::default(),
        }
    }

    pub fn url(&self) -> String {
        self.running.url()
    }

    /// What the host does with a request of the plugin.
    pub fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let change = request.method != "GET";
        let spoil = self.spoil.borrow_mut().take_if(|_| change);
        if let Some(Spoil::Status(status)) = spoil {
            return Ok(jackfield_sdk::testing::response(status, ""));
        }
        let gave = self.exchange(request);
        if spoil == Some(Spoil::Lost) {
            return Err(HttpFailure::TimedOut);
        }
        gave
    }

    pub fn exchange(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let method = request.method.parse().unwrap();
        let mut asked = self.client.request(method, &request.url).body(request.body.clone());
        for header in &request.headers {
            let value = match &header.value {
                Value::Plain(text) => text.clone(),
                Value::Secret(used) => format!("{}{}{}", used.before, self.token, used.after),
            };
            asked = asked.header(&header.name, value);
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

    /// The people of the stand-in.
    pub fn people(&self, method: &str, path: &str, body: &str) -> serde_json::Value {
        let asked = self
            .client
            .request(method.parse().unwrap(), format!("{}{path}", self.url()))
            .header("content-type", "application/json")
            .body(body.to_owned());
        let text = self
            .runtime
            .block_on(async { asked.send().await.unwrap().text().await.unwrap() });
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
    }
}
