//! A client of the HTTP API, as strict as the panel's: an answer that does not parse is a failure.

use crate::token::Issuer;
use jackfield_protocol::{
    Command, CommandDone, CommandRequest, ConnectionView, ConversationPage, ConversationView, Hit, Item, ItemKind, Me,
    MessageItem, Problem, ReplyItem, Summary, Visibility,
};
use reqwest::Method;
use serde::de::DeserializeOwned;

/// Why there is no good answer.
#[derive(Debug)]
pub enum ApiError {
    /// Nobody answered: the host is down, or died in the middle.
    Gone(String),
    /// The host refused, with its problem.
    Refused(u16, Problem),
    /// The host answered something that is not of the agreed shape.
    Strange(u16, String),
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gone(why) => write!(f, "no answer: {why}"),
            Self::Refused(status, problem) => write!(f, "{status} {}: {}", problem.code, problem.message),
            Self::Strange(status, body) => write!(f, "{status} with an answer of no known shape: {body}"),
        }
    }
}

impl From<ApiError> for String {
    fn from(error: ApiError) -> Self {
        error.to_string()
    }
}

/// One agent of one brand.
#[derive(Debug, Clone)]
pub struct Api {
    http: reqwest::Client,
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub base: String,
    /// Who is believed.
    pub issuer: Issuer,
    /// Whose tokens.
    pub agent: String,
    /// Which brand.
    pub brand: String,
}

impl Api {
    /// A client of a host.
    pub fn new(base: &str, issuer: Issuer, agent: &str, brand: &str) -> Self {
        Self {
            http: crate::http(),
            base: base.to_owned(),
            issuer,
            agent: agent.to_owned(),
            brand: brand.to_owned(),
        }
    }

    /// The same host as another agent or brand.
    pub fn as_agent(&self, agent: &str, brand: &str) -> Self {
        Self {
            agent: agent.to_owned(),
            brand: brand.to_owned(),
            ..self.clone()
        }
    }

    /// A request with a fresh token, for tests that want to see status and body as they come.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let token = self.issuer.token(&self.agent, &self.brand);
        // Longer than any answer should take, so that a hang is a failure and not a hang.
        let limit = std::time::Duration::from_secs(20);
        self.http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(token)
            .timeout(limit)
    }

    async fn answer<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> Result<T, ApiError> {
        let response = request.send().await.map_err(|e| ApiError::Gone(format!("{e:?}")))?;
        let status = response.status();
        let body = response.text().await.map_err(|e| ApiError::Gone(format!("{e:?}")))?;
        let strange = |e: serde_json::Error| ApiError::Strange(status.as_u16(), format!("{body} ({e})"));
        if status.is_success() {
            serde_json::from_str(&body).map_err(strange)
        } else {
            Err(ApiError::Refused(
                status.as_u16(),
                serde_json::from_str(&body).map_err(strange)?,
            ))
        }
    }

    /// `GET` and parse.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        self.answer(self.request(Method::GET, path)).await
    }

    /// Who am I.
    pub async fn me(&self) -> Result<Me, ApiError> {
        self.get("/api/v1/me").await
    }

    /// One page of the list; `query` as in `status=all&limit=200`.
    pub async fn page(&self, query: &str) -> Result<ConversationPage, ApiError> {
        self.get(&format!("/api/v1/conversations?{query}")).await
    }

    /// Every row, page by page.
    pub async fn all(&self, query: &str) -> Result<Vec<Summary>, ApiError> {
        let mut rows = Vec::new();
        let mut after = String::new();
        loop {
            let page = self.page(&format!("{query}&limit=200{after}")).await?;
            rows.extend(page.items);
            match page.next {
                Some(next) => after = format!("&after={}", escape(&next)),
                None => return Ok(rows),
            }
        }
    }

    /// One conversation.
    pub async fn conversation(&self, id: &str) -> Result<ConversationView, ApiError> {
        self.get(&format!("/api/v1/conversations/{id}")).await
    }

    /// The lines of the brand.
    pub async fn connections(&self) -> Result<Vec<ConnectionView>, ApiError> {
        self.get("/api/v1/connections").await
    }

    /// Messages by their words.
    pub async fn search(&self, words: &str) -> Result<Vec<Hit>, ApiError> {
        self.get(&format!("/api/v1/search?q={}&limit=50", escape(words))).await
    }

    /// A command with an id of the caller's.
    pub async fn command(&self, conversation: &str, id: &str, command: Command) -> Result<CommandDone, ApiError> {
        let request = CommandRequest { id: id.into(), command };
        let path = format!("/api/v1/conversations/{conversation}/commands");
        self.answer(self.request(Method::POST, &path).json(&request)).await
    }

    /// A reply to the newest message of the person.
    pub async fn reply(
        &self,
        conversation: &str,
        id: &str,
        text: &str,
        visibility: Visibility,
    ) -> Result<CommandDone, ApiError> {
        let command = Command::Reply {
            text: text.to_owned(),
            visibility,
            parent: None,
        };
        self.command(conversation, id, command).await
    }
}

/// The messages of a thread.
pub fn messages(items: &[Item]) -> impl Iterator<Item = &MessageItem> {
    items.iter().filter_map(|item| match &item.kind {
        ItemKind::Message(message) => Some(message),
        _ => None,
    })
}

/// Our replies in a thread.
pub fn replies(items: &[Item]) -> impl Iterator<Item = &ReplyItem> {
    items.iter().filter_map(|item| match &item.kind {
        ItemKind::Reply(reply) => Some(reply),
        _ => None,
    })
}

/// A query value with everything escaped that is not plainly safe.
fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => (b as char).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
