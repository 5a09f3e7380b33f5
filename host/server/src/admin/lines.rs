//! `/admin/v1/connections` and `/metrics`: the lines of a host, for people and for Prometheus.

use super::{Admin, Operator, Shared, Table};
use crate::api::Fault;
use crate::lines::status::Status;
use crate::metrics::{Scrape, TYPE};
use crate::tier::TierStatus;
use axum::extract::{Path, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jackfield_protocol::Problem;
use std::sync::Arc;

pub(super) fn table() -> Table {
    vec![
        (Method::GET, "/admin/v1/connections", get(list)),
        (Method::GET, "/admin/v1/connections/{id}", get(one)),
        (Method::GET, "/admin/v1/tier", get(tier)),
        (Method::GET, "/metrics", get(metrics)),
    ]
}

#[utoipa::path(get, path = "/admin/v1/connections", security(("admin" = [])), responses((status = 200, description = "The page of every line: calls, times, budgets, lag, breaker, grants, the last breakdown"), (status = 401, body = Problem)))]
/// The page of every line.
pub(super) async fn list(State(admin): Shared, _: Operator) -> Result<Json<Vec<Status>>, Fault> {
    Ok(Json(all(&admin).await?))
}

#[utoipa::path(get, path = "/admin/v1/connections/{id}", params(("id" = String, Path, description = "The line")), security(("admin" = [])), responses((status = 200, description = "The page of one line"), (status = 401, body = Problem), (status = 404, body = Problem)))]
/// The page of one line.
pub(super) async fn one(State(admin): Shared, _: Operator, Path(id): Path<String>) -> Result<Json<Status>, Fault> {
    let mut all = all(&admin).await?;
    let at = all.iter().position(|status| status.id == id);
    at.map(|at| Json(all.swap_remove(at))).ok_or_else(|| {
        let known: Vec<_> = all.iter().map(|status| status.id.as_str()).collect();
        let shown: String = id.chars().take(64).collect();
        let message = format!("There is no line {shown}. The lines are: {}.", known.join(", "));
        Fault::new(StatusCode::NOT_FOUND, "connection-unknown", message, Some("id"))
    })
}

#[utoipa::path(get, path = "/admin/v1/tier", security(("admin" = [])), responses((status = 200, description = "Where plugins run; the process that runs them, how often it was started and ended, and what the kernel does not hold of it"), (status = 401, body = Problem)))]
/// Where plugins run.
pub(super) async fn tier(State(admin): Shared, _: Operator) -> Json<TierStatus> {
    let registry = admin.registry.as_ref();
    Json(registry.map_or_else(TierStatus::inside, |registry| registry.tier()))
}

#[utoipa::path(get, path = "/metrics", security(("admin" = [])), responses((status = 200, description = "Figures in the OpenMetrics format"), (status = 401, body = Problem)))]
/// Figures for Prometheus.
pub(super) async fn metrics(State(admin): Shared, _: Operator) -> Result<Response, Fault> {
    scrape(&admin).await
}

/// `/metrics` without a token, for a listener of its own on this machine.
pub fn open_metrics(admin: Arc<Admin>) -> Router {
    let answer = async |State(admin): Shared| scrape(&admin).await;
    Router::new().route("/metrics", get(answer)).with_state(admin)
}

async fn all(admin: &Admin) -> Result<Vec<Status>, Fault> {
    let now = admin.desk.clock.now();
    Ok(admin.board.statuses(admin.desk.store.as_ref(), now).await?)
}

async fn scrape(admin: &Admin) -> Result<Response, Fault> {
    let now = admin.desk.clock.now();
    let scrape = Scrape::read(&admin.board, admin.desk.store.as_ref(), now).await?;
    let scrape = scrape.with_tier(admin.registry.as_ref().map(|registry| registry.tier()));
    let text = scrape.text().map_err(|error| {
        tracing::error!(%error, "the metrics could not be written");
        let message = "The metrics could not be written; the log of the host says why.";
        Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "metrics-broken", message, None)
    })?;
    Ok(([(header::CONTENT_TYPE, TYPE)], text).into_response())
}
