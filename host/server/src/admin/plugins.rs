//! `/admin/v1/plugins`: what is installed, and changes of it. The body of a request is the package itself.

use super::{Admin, Operator, Shared, Table};
use crate::api::{Asked, Fault, Id};
use crate::registry::{By, PluginState, Refused};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{Method, StatusCode};
use axum::routing::{delete, get, post, put};
use jackfield_engine::package::PACKAGE_BYTES;
use jackfield_protocol::{PluginLogEntry, Problem};
use jackfield_store::StoreError;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

pub(super) fn table() -> Table {
    vec![
        (Method::GET, "/admin/v1/plugins", get(list)),
        (Method::POST, "/admin/v1/plugins", post(install)),
        (Method::PUT, "/admin/v1/plugins/{name}", put(upgrade)),
        (Method::DELETE, "/admin/v1/plugins/{name}", delete(remove)),
        (Method::POST, "/admin/v1/plugins/{name}/rollback", post(rollback)),
        (Method::POST, "/admin/v1/plugin-diff", post(diff)),
        (Method::GET, "/admin/v1/plugin-log", get(log)),
    ]
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        let status = match &refused {
            Refused::Store(error) if !matches!(error, StoreError::Conflict(_)) => {
                tracing::error!(%error, "storage");
                StatusCode::SERVICE_UNAVAILABLE
            }
            Refused::Package(_) => StatusCode::UNPROCESSABLE_ENTITY,
            _ if refused.code() == "plugin-unknown" => StatusCode::NOT_FOUND,
            _ => StatusCode::CONFLICT,
        };
        let mut message = refused.to_string();
        if !message.ends_with(['.', '!']) {
            message.push('.');
        }
        Self::new(status, refused.code(), message, None)
    }
}

/// The package of a request. It is read only once its sender has shown the token.
pub(super) struct Sent(pub(super) Bytes);

impl FromRequest<Arc<Admin>> for Sent {
    type Rejection = Fault;

    async fn from_request(request: Request, admin: &Arc<Admin>) -> Result<Self, Fault> {
        Bytes::from_request(request, admin).await.map(Self).map_err(|error| {
            let message = format!(
                "The package did not arrive ({}). It has at most {} MiB; send it whole, with its length.",
                error.body_text(),
                PACKAGE_BYTES >> 20
            );
            Fault::new(error.status(), "body-not-read", message, None)
        })
    }
}

impl Operator {
    pub(super) fn by(self, approve: Option<String>) -> By {
        By {
            who: format!("{}, admin API", self.name),
            approve,
        }
    }
}

/// What the caller agrees to.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Approval {
    /// The `digest` of the difference that you agree to; needed where the difference has gains.
    pub(super) approve: Option<String>,
}

/// What an upgrade would change.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DiffView {
    /// Name and version that works now.
    from: String,
    /// Name and version of the package.
    to: String,
    /// What it would newly be able to do.
    gains: Vec<String>,
    /// What it no longer asks for.
    gives_up: Vec<String>,
    /// Changes of its contract, function by function.
    contract: Vec<String>,
    /// Somebody has to agree to it.
    needs_approval: bool,
    /// What an approval names.
    digest: String,
}

#[utoipa::path(get, path = "/admin/v1/plugins", security(("admin" = [])), responses((status = 200, body = Vec<PluginState>), (status = 401, body = Problem)))]
/// Every plugin that this host has, and the lines that use it.
pub(super) async fn list(State(admin): Shared, _: Operator) -> Result<Json<Vec<PluginState>>, Fault> {
    Ok(Json(admin.registry()?.list().await?))
}

#[utoipa::path(post, path = "/admin/v1/plugins", security(("admin" = [])), request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The package"), responses((status = 200, body = PluginLogEntry), (status = 401, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
/// Installs a plugin that is not there yet.
pub(super) async fn install(
    State(admin): Shared,
    who: Operator,
    Sent(body): Sent,
) -> Result<Json<PluginLogEntry>, Fault> {
    let done = admin.registry()?.install(&body, &who.by(None)).await?;
    admin.followed().await;
    Ok(Json(done))
}

#[utoipa::path(put, path = "/admin/v1/plugins/{name}", params(("name" = String, Path, description = "The plugin"), Approval), security(("admin" = [])), request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The package"), responses((status = 200, body = PluginLogEntry), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
/// Puts another version in the place of the one that works. Calls that are under way end on the old one.
pub(super) async fn upgrade(
    State(admin): Shared,
    who: Operator,
    Id(name): Id,
    Asked(approval): Asked<Approval>,
    Sent(body): Sent,
) -> Result<Json<PluginLogEntry>, Fault> {
    let registry = admin.registry()?;
    registry.is_of(&name, &body)?;
    let done = registry.upgrade(&body, &who.by(approval.approve)).await?;
    admin.followed().await;
    Ok(Json(done))
}

#[utoipa::path(delete, path = "/admin/v1/plugins/{name}", params(("name" = String, Path, description = "The plugin")), security(("admin" = [])), responses((status = 200, body = PluginLogEntry), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
/// Takes an installed plugin away; refused while a line uses it.
pub(super) async fn remove(State(admin): Shared, who: Operator, Id(name): Id) -> Result<Json<PluginLogEntry>, Fault> {
    let done = admin.registry()?.remove(&name, &who.by(None)).await?;
    admin.followed().await;
    Ok(Json(done))
}

#[utoipa::path(post, path = "/admin/v1/plugins/{name}/rollback", params(("name" = String, Path, description = "The plugin")), security(("admin" = [])), responses((status = 200, body = PluginLogEntry), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
/// Brings the version before back.
pub(super) async fn rollback(State(admin): Shared, who: Operator, Id(name): Id) -> Result<Json<PluginLogEntry>, Fault> {
    let done = admin.registry()?.rollback(&name, &who.by(None)).await?;
    admin.followed().await;
    Ok(Json(done))
}

#[utoipa::path(post, path = "/admin/v1/plugin-diff", security(("admin" = [])), request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The package"), responses((status = 200, body = DiffView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
/// Says what an upgrade with this package would change; changes nothing.
pub(super) async fn diff(State(admin): Shared, _: Operator, Sent(body): Sent) -> Result<Json<DiffView>, Fault> {
    let diff = admin.registry()?.diff(&body).await?;
    Ok(Json(DiffView {
        needs_approval: diff.needs_approval(),
        digest: diff.digest().to_owned(),
        from: diff.from,
        to: diff.to,
        gains: diff.gains,
        gives_up: diff.gives_up,
        contract: diff.contract,
    }))
}

#[utoipa::path(get, path = "/admin/v1/plugin-log", security(("admin" = [])), responses((status = 200, body = Vec<PluginLogEntry>), (status = 401, body = Problem)))]
/// Everything that was ever done about plugins, oldest first.
pub(super) async fn log(State(admin): Shared, _: Operator) -> Result<Json<Vec<PluginLogEntry>>, Fault> {
    Ok(Json(admin.registry()?.log().await?))
}
