//! The calls of the API, and those by which a test is the people.

use super::state::State as Messages;
use crate::clock::now_ms;
use crate::program::Running;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Form, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The account.
pub const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
/// Its number.
pub const NUMBER: &str = "+15005550006";
/// What stands behind `Basic ` in a request: `ACCOUNT:secret-of-the-stand-in` in Base64.
pub const LOGIN: &str = "QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjpzZWNyZXQtb2YtdGhlLXN0YW5kLWlu";

/// As Twilio counts, in characters.
const LONGEST: usize = 1600;

type Shared = Arc<Mutex<Messages>>;

/// Everything it answers to. Each router is a network of its own.
pub fn router() -> Router {
    let account = Router::new()
        .route("/2010-04-01/Accounts/{account}", get(whose))
        .route("/2010-04-01/Accounts/{account}/Messages.json", get(list).post(send))
        .route("/2010-04-01/Accounts/{account}/Messages/{sid}/Media.json", get(media))
        .route("/2010-04-01/Accounts/{account}/Messages/{sid}", get(one))
        .layer(axum::middleware::from_fn(signed_in));
    Router::new()
        .merge(account)
        .route("/_standin/statuses", get(all).post(speak))
        .route("/_standin/statuses/{id}", put(unchangeable).delete(unchangeable))
        .route("/_standin/webhooks/{sid}", post(webhook).get(webhook))
        .with_state(Shared::default())
}

/// Listens on this machine.
pub async fn start() -> std::io::Result<Running> {
    Running::start(router()).await
}

fn locked(shared: &Shared) -> MutexGuard<'_, Messages> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A refusal as Twilio writes it.
fn no(status: StatusCode, code: u32, message: &str) -> Response {
    let info = format!("https://www.twilio.com/docs/errors/{code}");
    let body = json!({"code": code, "message": message, "more_info": info, "status": status.as_u16()});
    (status, Json(body)).into_response()
}

fn missing() -> Response {
    no(StatusCode::NOT_FOUND, 20404, "The requested resource was not found")
}

async fn signed_in(headers: HeaderMap, request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok());
    let here = request.uri().path().contains(ACCOUNT);
    match given {
        Some(given) if given == format!("Basic {LOGIN}") && here => next.run(request).await,
        Some(given) if given == format!("Basic {LOGIN}") => missing(),
        _ => no(StatusCode::UNAUTHORIZED, 20003, "Authenticate"),
    }
}

async fn whose() -> Json<Value> {
    Json(json!({"sid": ACCOUNT, "friendly_name": "Northwind", "status": "active", "type": "Full"}))
}

async fn list(State(shared): State<Shared>, Query(asked): Query<HashMap<String, String>>) -> Json<Value> {
    let number = |name: &str, or: usize| asked.get(name).and_then(|text| text.parse().ok()).unwrap_or(or);
    let (size, page) = (number("PageSize", 50).clamp(1, 1000), number("Page", 0));
    let (to, from, since) = (asked.get("To"), asked.get("From"), asked.get("DateSent>"));
    let state = locked(&shared);
    let found = state.list(
        to.map(String::as_str),
        from.map(String::as_str),
        since.and_then(|since| since.get(..10)),
    );
    let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    let filters: String = asked
        .iter()
        .filter(|(name, _)| !["Page", "PageSize", "PageToken"].contains(&name.as_str()))
        .map(|(name, value)| format!("&{}={}", encoded(name), encoded(value)))
        .collect();
    let uri = |page: usize| format!("{path}?PageSize={size}&Page={page}&PageToken=PA{page}{filters}");
    let more = found.len() > (page + 1) * size;
    let messages: Vec<Value> = found.iter().skip(page * size).take(size).map(|m| m.json()).collect();
    Json(json!({
        "first_page_uri": uri(0),
        "next_page_uri": more.then(|| uri(page + 1)),
        "previous_page_uri": (page > 0).then(|| uri(page - 1)),
        "page": page, "page_size": size, "start": page * size, "end": page * size + messages.len(),
        "uri": uri(page),
        "messages": messages,
    }))
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

async fn send(State(shared): State<Shared>, Form(pairs): Form<Vec<(String, String)>>) -> Response {
    let field = |name: &str| {
        let found = pairs.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    };
    let bad = |code, message: &str| no(StatusCode::BAD_REQUEST, code, message);
    let Some(to) = field("To") else {
        return bad(21604, "A 'To' phone number is required.");
    };
    if field("From") != Some(NUMBER) {
        return bad(21603, "A 'From' phone number is required.");
    }
    let media: Vec<(String, String)> = pairs
        .iter()
        .filter(|(key, _)| key == "MediaUrl")
        .map(|(_, url)| (url.clone(), "image/png".to_owned()))
        .collect();
    let body = field("Body").unwrap_or_default();
    if body.is_empty() && media.is_empty() {
        return bad(21602, "Message body is required.");
    }
    if body.chars().count() > LONGEST {
        return bad(21617, "The concatenated message body exceeds the 1600 character limit.");
    }
    let mut state = locked(&shared);
    if state.stopped.iter().any(|who| who == to) {
        return bad(21610, "Attempt to send to unsubscribed recipient");
    }
    let message = state.add(NUMBER, to, body, seconds(now_ms()), media);
    (StatusCode::CREATED, Json(message.json())).into_response()
}

fn seconds(ms: u64) -> i64 {
    i64::try_from(ms / 1000).unwrap_or_default()
}

async fn one(State(shared): State<Shared>, Path((_, sid)): Path<(String, String)>) -> Response {
    let sid = sid.trim_end_matches(".json");
    match locked(&shared).find(sid) {
        Some(message) => Json(message.json()).into_response(),
        None => missing(),
    }
}

async fn media(State(shared): State<Shared>, Path((_, sid)): Path<(String, String)>) -> Response {
    let state = locked(&shared);
    let Some(message) = state.find(&sid) else {
        return missing();
    };
    let list: Vec<Value> = message
        .media
        .iter()
        .map(|(id, kind)| json!({"sid": id, "account_sid": ACCOUNT, "parent_sid": sid, "content_type": kind}))
        .collect();
    Json(json!({"media_list": list, "next_page_uri": null, "page": 0, "page_size": 50})).into_response()
}

#[derive(Deserialize)]
struct Spoken {
    #[serde(rename = "as")]
    who: String,
    status: String,
    at_ms: Option<u64>,
    #[serde(default)]
    media: Vec<(String, String)>,
}

/// Somebody writes to the number. A name that is no number gets one, always the same.
async fn speak(State(shared): State<Shared>, Json(spoken): Json<Spoken>) -> Json<Value> {
    let from = if spoken.who.starts_with('+') {
        spoken.who
    } else {
        let digits = spoken
            .who
            .bytes()
            .fold(7_u64, |sum, byte| sum * 31 % 9_000_000 + u64::from(byte));
        format!("+1555{digits:07}")
    };
    let at = seconds(spoken.at_ms.unwrap_or_else(now_ms));
    let message = locked(&shared).add(&from, NUMBER, &spoken.status, at, spoken.media);
    Json(json!({"id": message.sid}))
}

async fn all(State(shared): State<Shared>) -> Json<Value> {
    let state = locked(&shared);
    let list = state.messages.iter();
    Json(list.map(|m| json!({"id": m.sid, "text": m.body, "to": m.to})).collect())
}

async fn unchangeable() -> Response {
    no(
        StatusCode::METHOD_NOT_ALLOWED,
        20004,
        "A text message cannot be changed or taken back",
    )
}

/// What Twilio would send to the number's address: the pairs of the form.
async fn webhook(State(shared): State<Shared>, Path(sid): Path<String>) -> Response {
    let state = locked(&shared);
    let Some(message) = state.find(&sid) else {
        return missing();
    };
    let mut form = vec![
        ("MessageSid".to_owned(), message.sid.clone()),
        ("AccountSid".to_owned(), ACCOUNT.to_owned()),
        ("From".to_owned(), message.from.clone()),
        ("To".to_owned(), message.to.clone()),
        ("ApiVersion".to_owned(), "2010-04-01".to_owned()),
    ];
    if message.inbound() {
        form.push(("SmsStatus".to_owned(), "received".to_owned()));
        form.push(("Body".to_owned(), message.body.clone()));
        form.push(("NumMedia".to_owned(), message.media.len().to_string()));
        for (number, (id, kind)) in message.media.iter().enumerate() {
            let url = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}/Media/{id}");
            form.push((format!("MediaUrl{number}"), url));
            form.push((format!("MediaContentType{number}"), kind.clone()));
        }
    } else {
        form.push(("MessageStatus".to_owned(), "delivered".to_owned()));
    }
    Json(json!(form)).into_response()
}
