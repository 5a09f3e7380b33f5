//! A small client of the stand-in for its own tests.
#![allow(dead_code, unreachable_pub)] // each test program uses its part

use jackfield_conform::{Config, Standin};
use serde_json::{Value, json};
use std::time::Duration;

pub struct Client {
    pub standin: Standin,
    http: reqwest::Client,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: reqwest::header::HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The path and query of a `Link` of this relation.
    pub fn link(&self, rel: &str) -> Option<String> {
        let link = self
            .header("link")?
            .split(", ")
            .find(|l| l.ends_with(&format!("rel=\"{rel}\"")))?;
        let url = link.split(['<', '>']).nth(1)?;
        url.splitn(4, '/').nth(3).map(|p| format!("/{p}"))
    }
}

impl Client {
    pub async fn start(config: Config) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Self {
            standin: Standin::start(config).await.unwrap(),
            http,
        }
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer {
            status,
            headers,
            body: response.text().await?,
        })
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        self.http
            .request(method, format!("{}{path}", self.standin.url()))
            .bearer_auth(self.standin.token())
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await.unwrap()
    }

    pub async fn anonymous(&self, path: &str) -> Answer {
        self.send(self.http.get(format!("{}{path}", self.standin.url())))
            .await
            .unwrap()
    }

    pub async fn post(&self, path: &str, body: &Value, key: Option<&str>) -> Answer {
        let mut request = self.request("POST", path).json(body);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.send(request).await.unwrap()
    }

    /// An admin call; it must succeed.
    pub async fn admin(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.send(self.request(method, path).json(body)).await.unwrap();
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.body);
        answer.json()
    }

    /// Posts as a person.
    pub async fn speak(&self, name: &str, text: &str, mut more: Value) -> Value {
        more["as"] = json!(name);
        more["status"] = json!(text);
        self.admin("POST", "/_standin/statuses", &more).await
    }

    pub async fn fault(&self, fault: Value) {
        self.admin("POST", "/_standin/faults", &fault).await;
    }

    /// Every post, whoever may see it.
    pub async fn all(&self) -> Value {
        self.admin("GET", "/_standin/statuses", &json!({})).await
    }
}
