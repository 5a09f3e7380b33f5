//! What tests and demos ask of the stand-in itself. Not part of Mastodon's API.
//!
//! | call | what it does |
//! |---|---|
//! | `GET /_standin/` | who lives here, what is ordered, what happens next |
//! | `POST /_standin/faults` | orders a fault for the next calls |
//! | `DELETE /_standin/faults` | takes all orders back |
//! | `POST /_standin/step` | lets the next thing happen now, whatever the time |
//! | `GET /_standin/statuses` | every post, whoever may see it |
//! | `POST /_standin/statuses` | posts as a person: `{as, status, visibility, in_reply_to_id}` |
//! | `PUT`, `DELETE /_standin/statuses/{id}` | edits or takes away as its author |
//! | `DELETE /_standin/tokens/{token}` | revokes a token |

use super::ask::{Fields, No, post_id};
use super::faults::Fault;
use super::{Shared, locked};
use crate::clock::now_ms;
use crate::mastodon::{NewAccount, NewPost, PostId, Render, Visibility, World};
use axum::extract::{Path, State};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;

type Shares = State<Arc<Shared>>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_standin/", get(overview))
        .route("/_standin/faults", post(order).delete(forget).get(orders))
        .route("/_standin/step", post(step))
        .route("/_standin/statuses", get(all).post(speak))
        .route("/_standin/statuses/{id}", put(edit).delete(take_away))
        .route("/_standin/tokens/{token}", delete(revoke))
}

async fn overview(State(shared): Shares) -> Json<Value> {
    let state = shared.state();
    let accounts: Value = state
        .world
        .accounts()
        .map(|a| json!({"id": a.id.0.to_string(), "acct": a.acct()}))
        .collect();
    let faults = json!(locked(&shared.faults).waiting());
    Json(json!({
        "accounts": accounts,
        "people": state.cast.describe(&state.world),
        "next": state.cast.next_due(),
        "faults": faults,
        "posts": state.world.posts().count(),
    }))
}

async fn order(State(shared): Shares, Json(fault): Json<Fault>) -> Result<Json<Value>, No> {
    if let Some(complaint) = fault.complaint() {
        return Err(No::invalid(&complaint));
    }
    let mut faults = locked(&shared.faults);
    faults.order(fault);
    Ok(Json(json!(faults.waiting())))
}

async fn orders(State(shared): Shares) -> Json<Value> {
    Json(json!(locked(&shared.faults).waiting()))
}

async fn forget(State(shared): Shares) -> Json<Value> {
    locked(&shared.faults).clear();
    Json(json!([]))
}

async fn step(State(shared): Shares) -> Json<Value> {
    let mut state = shared.state();
    let super::State { world, cast } = &mut *state;
    let done = cast.step(world, now_ms());
    Json(json!({"did": done}))
}

async fn all(State(shared): Shares) -> Json<Value> {
    let state = shared.state();
    let view = |post: &crate::mastodon::Post| {
        let mut value = Render {
            world: &state.world,
            viewer: Some(post.author),
        }
        .post(post);
        if let Some(map) = value.as_object_mut() {
            map.insert("text".to_owned(), json!(post.now().text));
        }
        value
    };
    Json(state.world.posts().map(view).collect())
}

fn rendered(world: &World, id: PostId) -> Result<Json<Value>, No> {
    let post = world.post(id).ok_or_else(No::not_found)?;
    Ok(Json(
        Render {
            world,
            viewer: Some(post.author),
        }
        .post(post),
    ))
}

/// Posts as a person; who does not live here yet moves in.
async fn speak(State(shared): Shares, fields: Fields) -> Result<Json<Value>, No> {
    let name = fields
        .filled("as")
        .ok_or_else(|| No::invalid("`as` is missing: the account's name, `ana`"))?;
    let mut state = shared.state();
    let author = match state.world.by_acct(name) {
        Some(account) => account.id,
        None => {
            let (username, domain) = match name.split_once('@') {
                Some((username, domain)) => (username.to_owned(), Some(domain.to_owned())),
                None => (name.to_owned(), None),
            };
            let new = NewAccount {
                username,
                domain,
                followers: 12,
                ..NewAccount::default()
            };
            state.world.add_account(new, now_ms())
        }
    };
    let word = fields.filled("visibility").unwrap_or("public");
    let bad = || No::invalid("`visibility` is one of public, unlisted, private, direct");
    let new = NewPost {
        in_reply_to: fields.filled("in_reply_to_id").map(post_id).transpose()?,
        visibility: Visibility::from_word(word).ok_or_else(bad)?,
        spoiler: fields.get("spoiler_text").unwrap_or_default().to_owned(),
        language: Some(fields.filled("language").unwrap_or("en").to_owned()),
        poll: fields.all("poll[options]").into_iter().map(str::to_owned).collect(),
        ..NewPost::public(fields.get("status").unwrap_or_default())
    };
    // The network's clock, where a test needs two posts of one moment.
    let at = fields
        .filled("at_ms")
        .and_then(|at| at.parse().ok())
        .unwrap_or_else(now_ms);
    let id = state.world.publish(author, new, None, at)?;
    rendered(&state.world, id)
}

async fn edit(State(shared): Shares, Path(id): Path<String>, fields: Fields) -> Result<Json<Value>, No> {
    let id = post_id(&id)?;
    let mut state = shared.state();
    let post = state.world.post(id).ok_or_else(No::not_found)?;
    let (author, before) = (post.author, post.now());
    let text = fields.get("status").map_or(before.text, str::to_owned);
    state.world.edit(author, id, &text, &before.spoiler, now_ms())?;
    rendered(&state.world, id)
}

async fn take_away(State(shared): Shares, Path(id): Path<String>) -> Result<Json<Value>, No> {
    let id = post_id(&id)?;
    let mut state = shared.state();
    let author = state.world.post(id).ok_or_else(No::not_found)?.author;
    state.world.delete(author, id, now_ms())?;
    Ok(Json(json!({})))
}

async fn revoke(State(shared): Shares, Path(token): Path<String>) -> Result<Json<Value>, No> {
    if shared.state().world.revoke_token(&token) {
        Ok(Json(json!({})))
    } else {
        Err(No::not_found())
    }
}
