//! What a request says: who asks, with which fields, for which part of a list; and how a "no" is answered.

use super::Shared;
use crate::mastodon::{AccountId, PostId, Refused, Window};
use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::Arc;

/// An answer that says no, in Mastodon's words.
#[derive(Debug)]
pub(crate) struct No(pub(crate) StatusCode, pub(crate) String);

impl No {
    pub(crate) fn not_found() -> Self {
        Self(StatusCode::NOT_FOUND, "Record not found".to_owned())
    }

    pub(crate) fn invalid(words: &str) -> Self {
        Self(StatusCode::UNPROCESSABLE_ENTITY, words.to_owned())
    }
}

impl From<Refused> for No {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotFound => Self::not_found(),
            Refused::Invalid(words) => Self(StatusCode::UNPROCESSABLE_ENTITY, words),
        }
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

pub(crate) async fn no_such_route() -> No {
    No(StatusCode::NOT_FOUND, "Not Found".to_owned())
}

/// Who asks; none: a stranger. A token that is not good is refused, as is an account that is needed and missing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Viewer(pub(crate) Option<AccountId>);

/// Who asks, where a stranger may not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member(pub(crate) AccountId);

/// The token of a request.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::trim)
}

impl FromRequestParts<Arc<Shared>> for Viewer {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, No> {
        let Some(token) = bearer(&parts.headers) else {
            return Ok(Self(None));
        };
        let account = shared.state().world.by_token(token);
        let invalid = || No(StatusCode::UNAUTHORIZED, "The access token is invalid".to_owned());
        account.map(|id| Self(Some(id))).ok_or_else(invalid)
    }
}

impl FromRequestParts<Arc<Shared>> for Member {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, No> {
        let viewer = Viewer::from_request_parts(parts, shared).await?;
        let missing = || {
            No(
                StatusCode::UNAUTHORIZED,
                "This method requires an authenticated user".to_owned(),
            )
        };
        viewer.0.map(Self).ok_or_else(missing)
    }
}

/// The fields of a request, from its query and its body (form, multipart or JSON), in order.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The field, where it is there and not empty.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Every value of `name[]`.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let list = format!("{name}[]");
        self.0
            .iter()
            .filter(|(n, _)| *n == list || n == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "1" | "on" | "True"))
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }

    /// The part of a list; `most` is the greatest limit there is, and half of it the one that holds unless given.
    pub(crate) fn window(&self, most: usize) -> Window {
        let limit = self
            .number("limit")
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(most / 2);
        Window {
            max_id: self.number("max_id"),
            since_id: self.number("since_id"),
            min_id: self.number("min_id"),
            limit: limit.clamp(1, most),
        }
    }

    /// The query again without what says which part of the list: the base of the `Link` header.
    pub(crate) fn link_base(&self, base: &str, path: &str) -> String {
        let keep = self
            .0
            .iter()
            .filter(|(n, _)| !matches!(n.as_str(), "max_id" | "min_id" | "since_id"));
        let query: Vec<String> = keep.map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect();
        let query = query.join("&");
        if query.is_empty() {
            format!("{base}{path}")
        } else {
            format!("{base}{path}?{query}")
        }
    }

    fn add_encoded(&mut self, text: &str) {
        for pair in text.split('&').filter(|p| !p.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            self.0.push((decode(name), decode(value)));
        }
    }

    fn add_json(&mut self, value: &Value) {
        let Some(map) = value.as_object() else { return };
        for (name, value) in map {
            match value {
                Value::Null => {}
                Value::String(text) => self.0.push((name.clone(), text.clone())),
                Value::Array(items) => {
                    for item in items {
                        let text = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
                        self.0.push((format!("{name}[]"), text));
                    }
                }
                Value::Object(inner) => {
                    for (key, value) in inner {
                        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                        self.0.push((format!("{name}[{key}]"), text));
                    }
                }
                other => self.0.push((name.clone(), other.to_string())),
            }
        }
    }
}

impl FromRequest<Arc<Shared>> for Fields {
    type Rejection = No;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, No> {
        let mut fields = Self::default();
        fields.add_encoded(request.uri().query().unwrap_or_default());
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default();
        if kind.starts_with("multipart/form-data") {
            let bad = |_| No::invalid("The form cannot be read");
            let mut form = Multipart::from_request(request, shared).await.map_err(bad)?;
            while let Ok(Some(field)) = form.next_field().await {
                let name = field.name().unwrap_or_default().to_owned();
                if let Ok(text) = field.text().await {
                    fields.0.push((name, text));
                }
            }
            return Ok(fields);
        }
        let json = kind.starts_with("application/json");
        let bad = |_| No::invalid("The body cannot be read");
        let body = String::from_request(request, shared).await.map_err(bad)?;
        if json {
            let bad = |_| {
                No(
                    StatusCode::BAD_REQUEST,
                    "There was a problem in the JSON you submitted".to_owned(),
                )
            };
            fields.add_json(&serde_json::from_str(&body).map_err(bad)?);
        } else {
            fields.add_encoded(&body);
        }
        Ok(fields)
    }
}

/// A number in a path.
pub(crate) fn post_id(text: &str) -> Result<PostId, No> {
    text.parse().map(PostId).map_err(|_| No::not_found())
}

fn encode(text: &str) -> String {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-._~".contains(b);
    text.bytes()
        .map(|b| {
            if plain(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail
            .get(..2)
            .and_then(|h| core::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        rest = tail;
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            (b'+', _) => bytes.push(b' '),
            (other, _) => bytes.push(*other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_from_form_and_json_alike() {
        let mut form = Fields::default();
        form.add_encoded("status=h%C3%A9llo+you&types%5B%5D=mention&types[]=update&limit=5");
        assert_eq!(form.get("status"), Some("héllo you"));
        assert_eq!(form.all("types"), ["mention", "update"]);
        assert_eq!(form.window(80).limit, 5);
        let mut body = Fields::default();
        body.add_json(&json!({"status": "x", "poll": {"options": ["a"]}, "media_ids": ["1", 2], "sensitive": true}));
        assert_eq!(body.all("media_ids"), ["1", "2"]);
        assert!(body.flag("sensitive"));
        assert_eq!(
            form.link_base("http://h", "/p"),
            "http://h/p?status=h%C3%A9llo%20you&types%5B%5D=mention&types%5B%5D=update&limit=5"
        );
    }
}
