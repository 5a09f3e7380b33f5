//! Lists and their pages.

use super::Shared;
use super::ask::{Fields, Member, No, Viewer};
use crate::mastodon::{AccountId, Page, Post, PostId, Render, Visibility, World};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

type Shares = State<Arc<Shared>>;
type Listed = (HeaderMap, Json<Value>);

/// The greatest pages that Mastodon gives.
const MOST_POSTS: usize = 40;
const MOST_NOTICES: usize = 80;

fn listed(page: &Page, fields: &Fields, base: &str, path: &str, items: Value) -> Listed {
    let mut headers = HeaderMap::new();
    let link = page
        .link(&fields.link_base(base, path))
        .and_then(|l| HeaderValue::from_str(&l).ok());
    if let Some(link) = link {
        headers.insert(header::LINK, link);
    }
    (headers, Json(items))
}

/// The page of those posts that `wanted` lets through.
fn posts(
    world: &World,
    viewer: Option<AccountId>,
    fields: &Fields,
    path: &str,
    wanted: impl Fn(&Post) -> bool,
) -> Listed {
    let ids = world
        .posts()
        .filter(|p| world.may_see(viewer, p) && wanted(p))
        .map(|p| p.id.0);
    let page = fields.window(MOST_POSTS).page(ids);
    let render = Render { world, viewer };
    let items = page
        .ids
        .iter()
        .filter_map(|id| world.post(PostId(*id)))
        .map(|p| render.post(p))
        .collect();
    listed(&page, fields, &world.base, path, items)
}

pub(super) async fn of_account(
    State(shared): Shares,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Listed, No> {
    let state = shared.state();
    let account = id
        .parse()
        .ok()
        .and_then(|id| state.world.account(AccountId(id)))
        .ok_or_else(No::not_found)?
        .id;
    let no_answers = fields.flag("exclude_replies");
    let answers_others = |p: &Post| p.in_reply_to_account.is_some_and(|to| to != account);
    let path = format!("/api/v1/accounts/{id}/statuses");
    Ok(posts(&state.world, viewer, &fields, &path, |p| {
        p.author == account && !(no_answers && answers_others(p))
    }))
}

pub(super) async fn public(State(shared): Shares, Viewer(viewer): Viewer, fields: Fields) -> Listed {
    let state = shared.state();
    let wanted = |p: &Post| p.visibility == Visibility::Public && p.in_reply_to.is_none();
    posts(&state.world, viewer, &fields, "/api/v1/timelines/public", wanted)
}

pub(super) async fn notifications(State(shared): Shares, Member(me): Member, fields: Fields) -> Listed {
    let state = shared.state();
    let (types, without) = (fields.all("types"), fields.all("exclude_types"));
    let notices: BTreeMap<u64, _> = state
        .world
        .notices_of(me)
        .filter(|n| types.is_empty() || types.contains(&n.kind.word()))
        .filter(|n| !without.contains(&n.kind.word()))
        .map(|n| (n.id, n))
        .collect();
    let page = fields.window(MOST_NOTICES).page(notices.keys().copied());
    let render = Render {
        world: &state.world,
        viewer: Some(me),
    };
    let items = page
        .ids
        .iter()
        .filter_map(|id| notices.get(id))
        .filter_map(|n| render.notice(n))
        .collect();
    listed(&page, &fields, &state.world.base, "/api/v1/notifications", items)
}

pub(super) async fn notification(
    State(shared): Shares,
    Member(me): Member,
    Path(id): Path<String>,
) -> Result<Json<Value>, No> {
    let state = shared.state();
    let notice = state
        .world
        .notices_of(me)
        .find(|n| n.id.to_string() == id)
        .ok_or_else(No::not_found)?;
    Render {
        world: &state.world,
        viewer: Some(me),
    }
    .notice(notice)
    .map(Json)
    .ok_or_else(No::not_found)
}

pub(super) async fn unread(State(shared): Shares, Member(me): Member) -> Json<Value> {
    let count = shared.state().world.notices_of(me).count();
    Json(json!({"count": count.min(100)}))
}

/// Private threads, each with its newest post; the number of a thread is the conversation's, its page border the post's.
pub(super) async fn conversations(State(shared): Shares, Member(me): Member, fields: Fields) -> Listed {
    let state = shared.state();
    let world = &state.world;
    let mut newest: BTreeMap<u64, &Post> = BTreeMap::new();
    for post in world
        .posts()
        .filter(|p| p.visibility == Visibility::Direct && world.may_see(Some(me), p))
    {
        newest.insert(post.conversation, post);
    }
    let page = fields.window(MOST_POSTS).page(newest.values().map(|p| p.id.0));
    let render = Render {
        world,
        viewer: Some(me),
    };
    let item = |post: &Post| {
        let others = post.mentions.iter().chain([&post.author]).filter(|id| **id != me);
        let accounts: Value = others
            .filter_map(|id| world.account(*id))
            .map(|a| render.account(a))
            .collect();
        json!({
            "id": post.conversation.to_string(),
            "unread": post.author != me,
            "accounts": accounts,
            "last_status": render.post(post),
        })
    };
    let items = page
        .ids
        .iter()
        .filter_map(|id| world.post(PostId(*id)))
        .map(item)
        .collect();
    listed(&page, &fields, &world.base, "/api/v1/conversations", items)
}

/// Finds accounts by their names and posts by their address or number: enough for a client that looks one up.
pub(super) async fn search(State(shared): Shares, Viewer(viewer): Viewer, fields: Fields) -> Json<Value> {
    let state = shared.state();
    let render = Render {
        world: &state.world,
        viewer,
    };
    let asked = fields
        .get("q")
        .unwrap_or_default()
        .trim()
        .trim_start_matches('@')
        .to_lowercase();
    let wanted = |kind: &str| fields.filled("type").is_none_or(|t| t == kind);
    let limit = fields.window(MOST_POSTS).limit;
    let mut accounts = Value::Array(Vec::new());
    let mut statuses = Value::Array(Vec::new());
    if !asked.is_empty() && wanted("accounts") {
        let found = state
            .world
            .accounts()
            .filter(|a| a.acct().to_lowercase().contains(&asked));
        accounts = found.take(limit).map(|a| render.account(a)).collect();
    }
    if !asked.is_empty() && wanted("statuses") {
        let id = asked.rsplit('/').next().and_then(|id| id.parse().ok()).map(PostId);
        let found = id.and_then(|id| state.world.seen_by(viewer, id));
        statuses = found.into_iter().map(|p| render.post(p)).collect();
    }
    Json(json!({"accounts": accounts, "statuses": statuses, "hashtags": [], "collections": []}))
}
