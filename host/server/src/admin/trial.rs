//! `/admin/v1/plugins/{name}/trial`: a triage version that is tried beside the one that decides.

use super::plugins::{Approval, Sent};
use super::{Operator, Shared, Table};
use crate::api::{Asked, Fault, Id};
use crate::registry::TrialReport;
use axum::Json;
use axum::extract::State;
use axum::http::Method;
use axum::routing::{delete, get, post, put};
use jackfield_protocol::{PluginLogEntry, Problem};
use serde::Deserialize;

pub(super) fn table() -> Table {
    vec![
        (Method::GET, "/admin/v1/plugins/{name}/trial", get(report)),
        (Method::POST, "/admin/v1/plugins/{name}/trial", post(begin)),
        (Method::PUT, "/admin/v1/plugins/{name}/trial", put(share)),
        (Method::DELETE, "/admin/v1/plugins/{name}/trial", delete(end)),
        (Method::POST, "/admin/v1/plugins/{name}/trial/promote", post(promote)),
    ]
}

/// How much it decides.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Share {
    /// Of a hundred conversations so many, 0 to 100.
    share: u8,
}

#[utoipa::path(get, path = "/admin/v1/plugins/{name}/trial", params(("name" = String, Path, description = "The plugin")), security(("admin" = [])), responses((status = 200, body = TrialReport), (status = 401, body = Problem), (status = 409, body = Problem)))]
/// How the version that is tried agrees with the one that decides.
pub(super) async fn report(State(admin): Shared, _: Operator, Id(name): Id) -> Result<Json<TrialReport>, Fault> {
    Ok(Json(admin.registry()?.trial_report(&name).await?))
}

#[utoipa::path(post, path = "/admin/v1/plugins/{name}/trial", params(("name" = String, Path, description = "The plugin"), Approval), security(("admin" = [])), request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The package"), responses((status = 200, body = PluginLogEntry), (status = 401, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
/// Lets a triage version look on: it judges what the other judges, and nobody is shown what it says.
pub(super) async fn begin(
    State(admin): Shared,
    who: Operator,
    Id(name): Id,
    Asked(approval): Asked<Approval>,
    Sent(body): Sent,
) -> Result<Json<PluginLogEntry>, Fault> {
    let registry = admin.registry()?;
    registry.is_of(&name, &body)?;
    Ok(Json(registry.trial_begin(&body, &who.by(approval.approve)).await?))
}

#[utoipa::path(put, path = "/admin/v1/plugins/{name}/trial", params(("name" = String, Path, description = "The plugin"), Share), security(("admin" = [])), responses((status = 200, body = PluginLogEntry), (status = 401, body = Problem), (status = 409, body = Problem)))]
/// Gives the version that is tried a share of the conversations.
pub(super) async fn share(
    State(admin): Shared,
    who: Operator,
    Id(name): Id,
    Asked(asked): Asked<Share>,
) -> Result<Json<PluginLogEntry>, Fault> {
    Ok(Json(
        admin.registry()?.trial_share(&name, asked.share, &who.by(None)).await?,
    ))
}

#[utoipa::path(delete, path = "/admin/v1/plugins/{name}/trial", params(("name" = String, Path, description = "The plugin")), security(("admin" = [])), responses((status = 200, body = PluginLogEntry), (status = 401, body = Problem), (status = 409, body = Problem)))]
/// Ends the trial; the version that decides goes on.
pub(super) async fn end(State(admin): Shared, who: Operator, Id(name): Id) -> Result<Json<PluginLogEntry>, Fault> {
    Ok(Json(admin.registry()?.trial_end(&name, &who.by(None)).await?))
}

#[utoipa::path(post, path = "/admin/v1/plugins/{name}/trial/promote", params(("name" = String, Path, description = "The plugin")), security(("admin" = [])), responses((status = 200, body = PluginLogEntry), (status = 401, body = Problem), (status = 409, body = Problem)))]
/// Lets the version that is tried decide everything; a rollback brings the other one back.
pub(super) async fn promote(State(admin): Shared, who: Operator, Id(name): Id) -> Result<Json<PluginLogEntry>, Fault> {
    Ok(Json(admin.registry()?.trial_promote(&name, &who.by(None)).await?))
}
