//! The operator's door: `/admin/v1`, on the same listener, behind a token of its own.
//!
//! Off unless the configuration names a token. The token opens everything here and nothing of `/api/v1`; tokens of
//! agents open nothing here. Handlers are thin: what is done is done by the registry and the board.
//!
//! A route is a row of the table and a line of the document; `tests/admin.rs` holds the two together.

mod auth;
mod grants;
mod intake;
mod lines;
mod openapi;
mod plugins;
mod policy;
mod trial;

pub use auth::{AdminKey, Operator};
pub use lines::open_metrics;
pub use openapi::document;

use crate::api::{Fault, no_method, no_route};
use crate::lines::Board;
use crate::registry::Registry;
use crate::work::Desk;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{Method, StatusCode};
use axum::routing::{MethodRouter, any, get};
use std::sync::Arc;

/// What the handlers work with.
pub struct Admin {
    /// Who may; none: the door is shut.
    pub key: Option<AdminKey>,
    /// The store and the clock.
    pub desk: Desk,
    /// The lines.
    pub board: Arc<Board>,
    /// Changes what is installed; none in a host whose lines are not made of plugins (tests).
    pub registry: Option<Arc<Registry>>,
}

/// Every route with the method it answers, so that the document can be held against them.
type Table = Vec<(Method, &'static str, MethodRouter<Arc<Admin>>)>;

fn table() -> Table {
    let mut table: Table = vec![(Method::GET, "/admin/openapi.json", get(openapi::json))];
    table.extend(plugins::table());
    table.extend(trial::table());
    table.extend(grants::table());
    table.extend(lines::table());
    table.extend(policy::table());
    table.extend(intake::table());
    table
}

/// Methods and paths of every route.
pub fn paths() -> Vec<(Method, &'static str)> {
    table().into_iter().map(|(method, path, _)| (method, path)).collect()
}

/// All routes under `/admin`. No page may read them: there is no cross-origin answer here.
pub fn routes(admin: Arc<Admin>) -> Router {
    table()
        .into_iter()
        .fold(Router::new(), |router, (_, path, handler)| router.route(path, handler))
        .route("/admin/{*rest}", any(no_route))
        .method_not_allowed_fallback(no_method)
        .layer(DefaultBodyLimit::max(jackfield_engine::package::PACKAGE_BYTES))
        .with_state(admin)
}

type Shared = State<Arc<Admin>>;

impl Admin {
    fn registry(&self) -> Result<&Arc<Registry>, Fault> {
        let none = || Fault::new(StatusCode::NOT_FOUND, "no-plugins", "This host has no plugins.", None);
        self.registry.as_ref().ok_or_else(none)
    }

    /// A change was made: the lines follow it now, not at their next look.
    async fn followed(&self) {
        if let Err(error) = self.board.look().await {
            tracing::warn!(%error, "the lines follow at their next look");
        }
    }
}
