//! A stand-in of Telegram's Bot API, behind a proxy as the channel `telegram` wants one: `POST /bot/METHOD` with the
//! token in `x-bot-token`. One bot, people in private chats and groups, `getMe`, `getUpdates` and `sendMessage`.
//!
//! An update is handed out until a call asks for a later one; then it is gone. A bot is told nothing of what it sent.

use crate::clock::now_ms;
use crate::program::Running;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The bot's token.
pub const TOKEN: &str = "110201543:token-of-the-telegram-stand-in";
/// The bot's own number.
pub const ME: i64 = 110_201_543;

#[derive(Debug, Default)]
struct Bot {
    /// Not confirmed yet.
    updates: Vec<(u64, Value)>,
    /// By id, as it is now.
    messages: BTreeMap<String, Value>,
    last_update: u64,
    last_message: i64,
}

type Shared = Arc<Mutex<Bot>>;

/// Everything it answers to. Each router is a network of its own.
pub fn router() -> Router {
    Router::new()
        .route("/bot/{method}", post(call))
        .route("/_standin/statuses", get(all).post(speak))
        .route("/_standin/statuses/{id}", put(edit).delete(unheard))
        .with_state(Shared::default())
}

/// Listens on this machine.
pub async fn start() -> std::io::Result<Running> {
    Running::start(router()).await
}

fn locked(shared: &Shared) -> MutexGuard<'_, Bot> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn good(result: &Value) -> Response {
    Json(json!({"ok": true, "result": result})).into_response()
}

fn no(status: StatusCode, words: &str) -> Response {
    (
        status,
        Json(json!({"ok": false, "error_code": status.as_u16(), "description": words})),
    )
        .into_response()
}

async fn call(
    State(shared): State<Shared>,
    Path(method): Path<String>,
    headers: HeaderMap,
    Json(asked): Json<Value>,
) -> Response {
    if headers.get("x-bot-token").and_then(|value| value.to_str().ok()) != Some(TOKEN) {
        return no(StatusCode::UNAUTHORIZED, "Unauthorized");
    }
    let mut bot = locked(&shared);
    let number = |name: &str| asked.get(name).and_then(Value::as_i64);
    match method.as_str() {
        "getMe" => good(&json!({"id": ME, "is_bot": true, "first_name": "Northwind", "username": "northwind_bot"})),
        "getUpdates" => {
            let offset = asked.get("offset").and_then(Value::as_u64).unwrap_or(0);
            bot.updates.retain(|(id, _)| *id >= offset);
            let limit = usize::try_from(number("limit").unwrap_or(100)).unwrap_or(100);
            good(
                &bot.updates
                    .iter()
                    .take(limit)
                    .map(|(_, update)| update.clone())
                    .collect(),
            )
        }
        "sendMessage" => {
            let (Some(chat), Some(text)) = (number("chat_id"), asked.get("text").and_then(Value::as_str)) else {
                return no(StatusCode::BAD_REQUEST, "Bad Request: message text is empty");
            };
            let parent = asked.pointer("/reply_parameters/message_id").and_then(Value::as_i64);
            if parent.is_some_and(|parent| !bot.messages.contains_key(&format!("{chat}:{parent}"))) {
                return no(StatusCode::BAD_REQUEST, "Bad Request: message to be replied not found");
            }
            let me = json!({"id": ME, "is_bot": true, "first_name": "Northwind", "username": "northwind_bot"});
            let chat = json!({"id": chat, "type": "private"});
            good(&bot.write(&me, &chat, &json!({"text": text}), now_ms() / 1000))
        }
        _ => no(StatusCode::NOT_FOUND, "Not Found"),
    }
}

impl Bot {
    fn write(&mut self, from: &Value, chat: &Value, what: &Value, date: u64) -> Value {
        self.last_message += 1;
        let mut message = json!({"message_id": self.last_message, "from": from, "chat": chat, "date": date});
        if let (Some(map), Some(more)) = (message.as_object_mut(), what.as_object()) {
            map.extend(more.clone());
        }
        let id = chat.get("id").and_then(Value::as_i64).unwrap_or_default();
        self.messages
            .insert(format!("{id}:{}", self.last_message), message.clone());
        message
    }

    fn tell(&mut self, kind: &str, message: &Value) {
        self.last_update += 1;
        self.updates.push((
            self.last_update,
            json!({"update_id": self.last_update, (kind): message}),
        ));
    }
}

/// Somebody writes: to the bot, or into a group where `chat` names one.
async fn speak(State(shared): State<Shared>, Json(spoken): Json<Value>) -> Json<Value> {
    let mut bot = locked(&shared);
    let word = |name: &str| spoken.get(name).and_then(Value::as_str).unwrap_or_default();
    let who = word("as");
    let number = who
        .bytes()
        .fold(7_i64, |sum, byte| sum * 31 % 900_000_007 + i64::from(byte));
    let from = json!({"id": number, "is_bot": false, "first_name": who, "username": who});
    let chat = spoken
        .get("chat")
        .cloned()
        .unwrap_or_else(|| json!({"id": number, "type": "private", "username": who}));
    let mut what = spoken.get("more").cloned().unwrap_or_else(|| json!({}));
    if let Some(map) = what.as_object_mut() {
        map.insert("text".to_owned(), json!(word("status")));
        let above = bot.messages.get(word("in_reply_to_id")).cloned();
        map.extend(above.map(|above| ("reply_to_message".to_owned(), above)));
    }
    let at = spoken.get("at_ms").and_then(Value::as_u64).unwrap_or_else(now_ms);
    let message = bot.write(&from, &chat, &what, at / 1000);
    bot.tell("message", &message);
    let id = format!("{}:{}", chat.get("id").unwrap_or(&Value::Null), bot.last_message);
    Json(json!({"id": id}))
}

async fn edit(State(shared): State<Shared>, Path(id): Path<String>, Json(new): Json<Value>) -> Response {
    let mut bot = locked(&shared);
    let Some(message) = bot.messages.get_mut(&id) else {
        return no(StatusCode::NOT_FOUND, "Not Found");
    };
    if let Some(map) = message.as_object_mut() {
        map.insert("text".to_owned(), new.get("status").cloned().unwrap_or_default());
        map.insert("edit_date".to_owned(), json!(now_ms() / 1000));
    }
    let message = message.clone();
    bot.tell("edited_message", &message);
    Json(json!({})).into_response()
}

/// A bot is told of no deletion.
async fn unheard(State(shared): State<Shared>, Path(id): Path<String>) -> Json<Value> {
    locked(&shared).messages.remove(&id);
    Json(json!({}))
}

async fn all(State(shared): State<Shared>) -> Json<Value> {
    let bot = locked(&shared);
    Json(
        bot.messages
            .iter()
            .map(|(id, message)| json!({"id": id, "text": message.get("text")}))
            .collect(),
    )
}
