//! The calls of the API, and those by which a test is the people.

use super::state::{Room, State as Server};
use crate::clock::now_ms;
use crate::program::Running;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The account.
pub const ME: &str = "@northwind:standin.test";
/// Its access token.
pub const TOKEN: &str = "token-of-the-matrix-stand-in";
/// The public room.
pub const ROOM: &str = "!square:standin.test";

const PLACE: &str = "standin.test";

type Shared = Arc<Mutex<Server>>;
type Asked = Query<HashMap<String, String>>;

/// Everything it answers to. Each router is a server of its own.
pub fn router() -> Router {
    let client = Router::new()
        .route("/account/whoami", get(whoami))
        .route("/sync", get(sync))
        .route("/join/{room}", post(join))
        .route("/rooms/{room}/messages", get(messages))
        .route("/rooms/{room}/event/{id}", get(event))
        .route("/rooms/{room}/joined_members", get(members))
        .route("/rooms/{room}/state/{kind}", get(rules))
        .route("/rooms/{room}/send/{kind}/{transaction}", put(send))
        .layer(axum::middleware::from_fn(signed_in));
    Router::new()
        .nest("/_matrix/client/v3", client)
        .route("/_standin/statuses", get(all).post(speak))
        .route("/_standin/statuses/{id}", put(edit).delete(take_away))
        .with_state(Shared::default())
}

/// Listens on this machine.
pub async fn start() -> std::io::Result<Running> {
    Running::start(router()).await
}

fn locked(shared: &Shared) -> MutexGuard<'_, Server> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no(status: StatusCode, code: &str, words: &str) -> Response {
    (status, Json(json!({"errcode": code, "error": words}))).into_response()
}

fn missing() -> Response {
    no(StatusCode::NOT_FOUND, "M_NOT_FOUND", "Event not found.")
}

async fn signed_in(headers: HeaderMap, request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok());
    if given == Some(&format!("Bearer {TOKEN}")) {
        return next.run(request).await;
    }
    no(
        StatusCode::UNAUTHORIZED,
        "M_UNKNOWN_TOKEN",
        "Invalid access token passed.",
    )
}

async fn whoami() -> Json<Value> {
    Json(json!({"user_id": ME, "device_id": "STANDIN"}))
}

/// The number of a token: how many events stand before it.
fn place(token: Option<&String>) -> Option<usize> {
    token?.strip_prefix('s')?.parse().ok()
}

fn member(who: &str) -> Value {
    let name = who.trim_start_matches('@').split(':').next().unwrap_or(who);
    json!({
        "event_id": format!("$member-{name}"), "type": "m.room.member", "sender": who, "state_key": who,
        "origin_server_ts": 1, "content": {"membership": "join", "displayname": name},
    })
}

async fn sync(State(shared): State<Shared>, Query(asked): Asked) -> Json<Value> {
    let filter: Value = asked
        .get("filter")
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let limit = filter
        .pointer("/room/timeline/limit")
        .and_then(Value::as_u64)
        .unwrap_or(10);
    let limit = usize::try_from(limit).unwrap_or(10);
    let since = place(asked.get("since")).unwrap_or(0);
    let server = locked(&shared);
    let mut join = BTreeMap::new();
    for (id, room) in server
        .rooms
        .iter()
        .filter(|(_, room)| room.members.iter().any(|who| who == ME))
    {
        // A room that was joined since then comes from its beginning.
        let since = if room.joined_at >= since && room.joined_at > 0 {
            0
        } else {
            since
        };
        let new: Vec<(usize, &Value)> = server
            .events
            .iter()
            .enumerate()
            .skip(since)
            .filter(|(_, (of, _))| of == id)
            .map(|(at, (_, event))| (at, event))
            .collect();
        let from = new.len().saturating_sub(limit);
        let shown = new.get(from..).unwrap_or_default();
        let Some((first, _)) = shown.first() else { continue };
        join.insert(
            id.clone(),
            json!({
                "timeline": {
                    "events": shown.iter().map(|(_, event)| event).collect::<Vec<_>>(),
                    "limited": from > 0,
                    "prev_batch": format!("s{first}"),
                },
                "state": {"events": room.members.iter().map(|who| member(who)).collect::<Vec<_>>()},
            }),
        );
    }
    let invited = server
        .rooms
        .iter()
        .filter(|(_, room)| room.members.iter().all(|who| who != ME));
    let invite: BTreeMap<_, _> = invited
        .map(|(id, _)| (id, json!({"invite_state": {"events": []}})))
        .collect();
    Json(json!({"next_batch": format!("s{}", server.events.len()), "rooms": {"join": join, "invite": invite}}))
}

async fn join(State(shared): State<Shared>, Path(id): Path<String>) -> Response {
    let mut server = locked(&shared);
    let now = server.events.len();
    match server.rooms.get_mut(&id) {
        Some(room) => {
            room.joined_at = now;
            room.members.push(ME.to_owned());
            Json(json!({"room_id": id})).into_response()
        }
        None => no(StatusCode::NOT_FOUND, "M_NOT_FOUND", "No known servers"),
    }
}

async fn messages(State(shared): State<Shared>, Path(room): Path<String>, Query(asked): Asked) -> Json<Value> {
    let server = locked(&shared);
    let from = place(asked.get("from")).unwrap_or(server.events.len());
    let to = place(asked.get("to")).unwrap_or(0);
    let limit = asked.get("limit").and_then(|text| text.parse().ok()).unwrap_or(10);
    let found: Vec<(usize, &Value)> = server
        .events
        .iter()
        .enumerate()
        .take(from)
        .skip(to)
        .rev()
        .filter(|(_, (of, _))| *of == room)
        .map(|(at, (_, event))| (at, event))
        .take(limit)
        .collect();
    let chunk: Vec<&Value> = found.iter().map(|(_, event)| *event).collect();
    let end = found.last().filter(|(at, _)| *at > to).map(|(at, _)| format!("s{at}"));
    Json(json!({"start": format!("s{from}"), "end": end, "chunk": chunk, "state": []}))
}

async fn event(State(shared): State<Shared>, Path((_, id)): Path<(String, String)>) -> Response {
    match locked(&shared).find(&id) {
        Some((_, event)) => Json(event.clone()).into_response(),
        None => missing(),
    }
}

async fn members(State(shared): State<Shared>, Path(room): Path<String>) -> Response {
    let server = locked(&shared);
    let Some(room) = server.rooms.get(&room) else {
        return missing();
    };
    let joined: BTreeMap<&String, Value> = room.members.iter().map(|who| (who, json!({}))).collect();
    Json(json!({"joined": joined})).into_response()
}

async fn rules(State(shared): State<Shared>, Path((room, kind)): Path<(String, String)>) -> Response {
    let server = locked(&shared);
    match server.rooms.get(&room).filter(|_| kind == "m.room.join_rules") {
        Some(room) => Json(json!({"join_rule": if room.public { "public" } else { "invite" }})).into_response(),
        None => missing(),
    }
}

async fn send(
    State(shared): State<Shared>,
    Path((room, kind, transaction)): Path<(String, String, String)>,
    Json(content): Json<Value>,
) -> Json<Value> {
    let id = locked(&shared).add(&room, ME, &kind, &content, now_ms(), Some(&transaction));
    Json(json!({"event_id": id}))
}

#[derive(Deserialize)]
struct Spoken {
    #[serde(rename = "as")]
    who: String,
    status: String,
    in_reply_to_id: Option<String>,
    at_ms: Option<u64>,
    /// In a room of their own, to which the account is invited.
    #[serde(default)]
    direct: bool,
    /// Laid over the content.
    content: Option<Value>,
}

async fn speak(State(shared): State<Shared>, Json(spoken): Json<Spoken>) -> Json<Value> {
    let mut server = locked(&shared);
    let who = format!("@{}:{PLACE}", spoken.who);
    let room = if spoken.direct {
        format!("!{}:{PLACE}", spoken.who)
    } else {
        ROOM.to_owned()
    };
    let place = server.rooms.entry(room.clone()).or_insert_with(|| Room {
        public: false,
        members: Vec::new(),
        joined_at: 0,
    });
    if !place.members.contains(&who) {
        place.members.push(who.clone());
    }
    let mut content = json!({"msgtype": "m.text", "body": spoken.status});
    let relates = spoken
        .in_reply_to_id
        .map(|parent| json!({"m.in_reply_to": {"event_id": parent}}));
    if let Some(map) = content.as_object_mut() {
        map.extend(relates.map(|relates| ("m.relates_to".to_owned(), relates)));
        map.extend(
            spoken
                .content
                .as_ref()
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
        );
    }
    let at = spoken.at_ms.unwrap_or_else(now_ms);
    let id = server.add(&room, &who, "m.room.message", &content, at, None);
    Json(json!({"id": id}))
}

async fn edit(State(shared): State<Shared>, Path(id): Path<String>, Json(new): Json<Value>) -> Response {
    let mut server = locked(&shared);
    let Some((room, first)) = server.find(&id).cloned() else {
        return missing();
    };
    let text = new.get("status").and_then(Value::as_str).unwrap_or_default();
    let sender = first.get("sender").and_then(Value::as_str).unwrap_or_default();
    let content = json!({
        "msgtype": "m.text", "body": format!("* {text}"),
        "m.new_content": {"msgtype": "m.text", "body": text},
        "m.relates_to": {"rel_type": "m.replace", "event_id": id},
    });
    let made = server.add(&room, sender, "m.room.message", &content, now_ms(), None);
    Json(json!({"id": made})).into_response()
}

async fn take_away(State(shared): State<Shared>, Path(id): Path<String>) -> Response {
    let mut server = locked(&shared);
    let Some((room, first)) = server.find(&id).cloned() else {
        return missing();
    };
    let sender = first.get("sender").and_then(Value::as_str).unwrap_or_default();
    server.redact(&room, sender, &id, now_ms(), None);
    Json(json!({})).into_response()
}

async fn all(State(shared): State<Shared>) -> Json<Value> {
    let messages = locked(&shared).messages();
    Json(
        messages
            .into_iter()
            .map(|(id, text)| json!({"id": id, "text": text}))
            .collect(),
    )
}
