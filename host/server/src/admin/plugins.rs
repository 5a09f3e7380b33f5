//! `/admin/v1/plugins`.

use super::{Operator, Shared, Table};
use crate::api::Fault;
use axum::Json;
use axum::extract::State;
use axum::http::Method;
use axum::routing::get;
use jackfield_protocol::Problem;
use serde::Serialize;
use utoipa::ToSchema;

pub(super) fn table() -> Table {
    vec![(Method::GET, "/admin/v1/plugins", get(list))]
}

/// A plugin that this host has.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PluginView {
    /// Its name.
    name: String,
    /// Its version; empty where its manifest cannot be read.
    version: String,
    /// What it is, in a sentence; why its manifest cannot be read.
    summary: String,
}

#[utoipa::path(get, path = "/admin/v1/plugins", security(("admin" = [])), responses((status = 200, body = Vec<PluginView>), (status = 401, body = Problem)))]
/// Every plugin that this host has.
pub(super) async fn list(State(admin): Shared, _: Operator) -> Result<Json<Vec<PluginView>>, Fault> {
    let plugins = admin.plugins()?;
    let view = |name: String| match plugins.manifest(&name) {
        Ok(manifest) => PluginView {
            name,
            version: manifest.version,
            summary: manifest.summary,
        },
        Err(summary) => PluginView {
            name,
            version: String::new(),
            summary,
        },
    };
    Ok(Json(plugins.names().into_iter().map(view).collect()))
}
