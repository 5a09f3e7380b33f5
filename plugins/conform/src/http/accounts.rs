//! Accounts.

use super::Shared;
use super::ask::{Fields, Member, No, Viewer};
use crate::mastodon::{AccountId, Render};
use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};
use std::sync::Arc;

type Shares = State<Arc<Shared>>;

pub(super) async fn verify(State(shared): Shares, Member(me): Member) -> Result<Json<Value>, No> {
    let state = shared.state();
    let account = state.world.account(me).ok_or_else(No::not_found)?;
    Ok(Json(
        Render {
            world: &state.world,
            viewer: Some(me),
        }
        .own_account(account),
    ))
}

pub(super) async fn lookup(State(shared): Shares, Viewer(viewer): Viewer, fields: Fields) -> Result<Json<Value>, No> {
    let state = shared.state();
    let acct = fields.get("acct").unwrap_or_default().trim_start_matches('@');
    let account = state.world.by_acct(acct).ok_or_else(No::not_found)?;
    Ok(Json(
        Render {
            world: &state.world,
            viewer,
        }
        .account(account),
    ))
}

pub(super) async fn one(
    State(shared): Shares,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
) -> Result<Json<Value>, No> {
    let state = shared.state();
    let account = id
        .parse()
        .ok()
        .and_then(|id| state.world.account(AccountId(id)))
        .ok_or_else(No::not_found)?;
    Ok(Json(
        Render {
            world: &state.world,
            viewer,
        }
        .account(account),
    ))
}

pub(super) async fn follow(
    State(shared): Shares,
    Member(me): Member,
    Path(id): Path<String>,
) -> Result<Json<Value>, No> {
    let mut state = shared.state();
    let account = id
        .parse()
        .ok()
        .and_then(|id| state.world.account(AccountId(id)))
        .ok_or_else(No::not_found)?
        .id;
    state.world.follow(me, account);
    Ok(Json(
        json!({"id": id, "following": true, "requested": false, "blocking": false, "muting": false}),
    ))
}
