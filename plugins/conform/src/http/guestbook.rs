//! The second face of the same server: a guestbook with a small API, as most comment, ticket and blog systems have one.
//!
//! The templates of `jackfield plugin new` are written for it. One numbered list says what happened, so a cursor is a
//! number; threads, edits, deletions and private entries are told apart in plain words. Same people, same tokens, same
//! faults and limits as the Mastodon face.
//!
//! | call | what it does |
//! |---|---|
//! | `GET /book/me` | whose token it is |
//! | `GET /book/changes?after=N&limit=L` | what happened after number N, oldest first; at most 50 |
//! | `POST /book/entries` | writes `{text, answers, private}`; the same `Idempotency-Key` gives the same entry |
//! | `GET /book/entries?key=KEY` | the entry that was written with this key: a list of one or none |

use super::Shared;
use super::ask::{Fields, Member, No, post_id};
use crate::clock::{now_ms, rfc3339};
use crate::mastodon::{AccountId, Change, ChangeKind, NewPost, PostId, Visibility, World};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;

type Shares = State<Arc<Shared>>;

/// As many changes as one call gets.
const MOST: u64 = 50;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/book/me", get(me))
        .route("/book/changes", get(changes))
        .route("/book/entries", post(write).get(by_key))
}

async fn me(State(shared): Shares, Member(me): Member) -> Result<Json<Value>, No> {
    let state = shared.state();
    author(&state.world, me).map(Json).ok_or_else(No::not_found)
}

async fn changes(State(shared): Shares, Member(me): Member, fields: Fields) -> impl IntoResponse {
    let state = shared.state();
    let after = fields.number("after").unwrap_or(0);
    let limit = fields.number("limit").unwrap_or(20).clamp(1, MOST);
    let mut told = Vec::new();
    let mut last = after;
    let mut more = false;
    for change in state.world.changes_after(after) {
        if told.len() as u64 == limit {
            more = true;
            break;
        }
        last = change.number;
        // What was written and is gone is told once, as gone.
        told.extend(line(&state.world, me, change));
    }
    let next = format!("<{}/book/changes?after={last}>; rel=\"next\"", state.world.base);
    (
        [(header::LINK, next)],
        Json(json!({"changes": told, "last": last, "more": more})),
    )
}

/// A change as `me` is told it: of private entries, those that name them.
fn line(world: &World, me: AccountId, change: &Change) -> Option<Value> {
    let entry = match change.kind {
        ChangeKind::Deleted => json!({
            "id": change.post.0.to_string(),
            "thread": change.conversation.to_string(),
            "author": author(world, change.author),
            "private": is_private(change.visibility),
        }),
        _ => entry(world, world.seen_by(Some(me), change.post)?.id)?,
    };
    let (what, at) = (change.kind.word(), rfc3339(change.at_ms));
    Some(json!({"number": change.number, "what": what, "at": at, "entry": entry}))
}

async fn write(
    State(shared): Shares,
    Member(me): Member,
    headers: HeaderMap,
    fields: Fields,
) -> Result<(StatusCode, Json<Value>), No> {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    let new = NewPost {
        in_reply_to: fields.filled("answers").map(post_id).transpose()?,
        visibility: if fields.flag("private") {
            Visibility::Direct
        } else {
            Visibility::Public
        },
        ..NewPost::public(fields.get("text").unwrap_or_default())
    };
    let (status, written) = {
        let mut state = shared.state();
        let super::State { world, cast } = &mut *state;
        let known = key.and_then(|key| world.by_key(me, key));
        let id = world.publish(me, new, key, now_ms())?;
        if known.is_none() {
            cast.heard(world, id, now_ms());
        }
        let status = if known.is_some() {
            StatusCode::OK
        } else {
            StatusCode::CREATED
        };
        (status, entry(world, id).ok_or_else(No::not_found)?)
    };
    shared.wake.notify_one();
    Ok((status, Json(written)))
}

async fn by_key(State(shared): Shares, Member(me): Member, fields: Fields) -> Result<Json<Value>, No> {
    let key = fields
        .filled("key")
        .ok_or_else(|| No::invalid("`key` is missing: the Idempotency-Key of the entry"))?;
    let state = shared.state();
    let found = state.world.by_key(me, key).and_then(|id| entry(&state.world, id));
    Ok(Json(json!({"entries": found.into_iter().collect::<Vec<_>>()})))
}

fn is_private(visibility: Visibility) -> bool {
    matches!(visibility, Visibility::Private | Visibility::Direct)
}

fn entry(world: &World, id: PostId) -> Option<Value> {
    let post = world.post(id)?;
    Some(json!({
        "id": post.id.0.to_string(),
        "thread": post.conversation.to_string(),
        "answers": post.in_reply_to.map(|id| id.0.to_string()),
        "author": author(world, post.author),
        "text": post.now().text,
        "language": post.language,
        "posted": rfc3339(post.created_ms),
        "edited": post.edited_ms().map(rfc3339),
        "private": is_private(post.visibility),
        "page": format!("{}/book/{}", world.base, post.id.0),
    }))
}

fn author(world: &World, id: AccountId) -> Option<Value> {
    let account = world.account(id)?;
    Some(json!({
        "id": account.id.0.to_string(),
        "name": account.acct(),
        "display": account.display_name,
        "page": account.url(&world.base),
        "readers": account.followers_elsewhere + account.followers.len() as u64,
        "automated": account.bot,
    }))
}
