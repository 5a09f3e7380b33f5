//! Posts: publish, read, edit, take away.

use super::Shared;
use super::ask::{Fields, Member, No, Viewer, post_id};
use crate::clock::now_ms;
use crate::mastodon::{NewPost, PostId, Render, Visibility};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde_json::{Value, json};
use std::sync::Arc;

type Shares = State<Arc<Shared>>;

/// As many posts as one call may ask for by their numbers.
const MOST_AT_ONCE: usize = 20;

pub(super) async fn publish(
    State(shared): Shares,
    Member(me): Member,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Json<Value>, No> {
    let visibility = match fields.filled("visibility") {
        Some(word) => Visibility::from_word(word)
            .ok_or_else(|| No::invalid("Validation failed: Visibility is not included in the list"))?,
        None => Visibility::Public,
    };
    let parent = fields.filled("in_reply_to_id").map(post_id).transpose()?;
    let new = NewPost {
        text: fields.get("status").unwrap_or_default().replace("\r\n", "\n"),
        in_reply_to: parent,
        visibility,
        spoiler: fields.get("spoiler_text").unwrap_or_default().to_owned(),
        language: fields
            .filled("language")
            .map(str::to_owned)
            .or_else(|| Some("en".to_owned())),
        poll: fields.all("poll[options]").into_iter().map(str::to_owned).collect(),
        application: Some("stand-in client".to_owned()),
    };
    let key = headers.get("idempotency-key").and_then(|v| v.to_str().ok());
    let answer = {
        let mut state = shared.state();
        let id = state.world.publish(me, new, key, now_ms())?;
        let super::State { world, cast } = &mut *state;
        cast.heard(world, id, now_ms());
        let post = world.post(id).ok_or_else(No::not_found)?;
        Render {
            world,
            viewer: Some(me),
        }
        .post(post)
    };
    shared.wake.notify_one();
    Ok(Json(answer))
}

pub(super) async fn several(State(shared): Shares, Viewer(viewer): Viewer, fields: Fields) -> Json<Value> {
    let state = shared.state();
    let ids = fields
        .all("id")
        .into_iter()
        .take(MOST_AT_ONCE)
        .filter_map(|id| id.parse().ok())
        .map(PostId);
    let render = Render {
        world: &state.world,
        viewer,
    };
    Json(
        ids.filter_map(|id| state.world.seen_by(viewer, id))
            .map(|post| render.post(post))
            .collect(),
    )
}

pub(super) async fn one(
    State(shared): Shares,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
) -> Result<Json<Value>, No> {
    let state = shared.state();
    let post = state.world.seen_by(viewer, post_id(&id)?).ok_or_else(No::not_found)?;
    Ok(Json(
        Render {
            world: &state.world,
            viewer,
        }
        .post(post),
    ))
}

pub(super) async fn edit(
    State(shared): Shares,
    Member(me): Member,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Json<Value>, No> {
    let id = post_id(&id)?;
    let mut state = shared.state();
    let before = state.world.post(id).ok_or_else(No::not_found)?.now();
    let text = fields.get("status").map_or(before.text, str::to_owned);
    let spoiler = fields.get("spoiler_text").map_or(before.spoiler, str::to_owned);
    state.world.edit(me, id, &text, &spoiler, now_ms())?;
    let post = state.world.post(id).ok_or_else(No::not_found)?;
    Ok(Json(
        Render {
            world: &state.world,
            viewer: Some(me),
        }
        .post(post),
    ))
}

pub(super) async fn delete(
    State(shared): Shares,
    Member(me): Member,
    Path(id): Path<String>,
) -> Result<Json<Value>, No> {
    let mut state = shared.state();
    let post = state.world.delete(me, post_id(&id)?, now_ms())?;
    Ok(Json(
        Render {
            world: &state.world,
            viewer: Some(me),
        }
        .deleted(&post),
    ))
}

pub(super) async fn context(
    State(shared): Shares,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
) -> Result<Json<Value>, No> {
    let state = shared.state();
    let id = post_id(&id)?;
    state.world.seen_by(viewer, id).ok_or_else(No::not_found)?;
    let (above, below) = state.world.context(viewer, id);
    let render = Render {
        world: &state.world,
        viewer,
    };
    let list = |posts: Vec<_>| posts.into_iter().map(|post| render.post(post)).collect::<Value>();
    Ok(Json(json!({"ancestors": list(above), "descendants": list(below)})))
}

pub(super) async fn history(
    State(shared): Shares,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
) -> Result<Json<Value>, No> {
    let state = shared.state();
    let post = state.world.seen_by(viewer, post_id(&id)?).ok_or_else(No::not_found)?;
    Ok(Json(
        Render {
            world: &state.world,
            viewer,
        }
        .history(post),
    ))
}

pub(super) async fn source(
    State(shared): Shares,
    Member(me): Member,
    Path(id): Path<String>,
) -> Result<Json<Value>, No> {
    let state = shared.state();
    let post = state
        .world
        .post(post_id(&id)?)
        .filter(|p| p.author == me)
        .ok_or_else(No::not_found)?;
    let now = post.now();
    Ok(Json(json!({"id": id, "text": now.text, "spoiler_text": now.spoiler})))
}

pub(super) async fn favourite(
    State(shared): Shares,
    Member(me): Member,
    Path(id): Path<String>,
) -> Result<Json<Value>, No> {
    let id = post_id(&id)?;
    let mut state = shared.state();
    state.world.favourite(me, id, now_ms())?;
    let post = state.world.post(id).ok_or_else(No::not_found)?;
    Ok(Json(
        Render {
            world: &state.world,
            viewer: Some(me),
        }
        .post(post),
    ))
}
