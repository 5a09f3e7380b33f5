//! `/admin/v1/grants`: which hosts each line may talk to, and which of them it ever did.

use super::{Operator, Shared, Table};
use crate::api::Fault;
use crate::lines::GrantState;
use axum::Json;
use axum::extract::State;
use axum::http::Method;
use axum::routing::get;
use jackfield_protocol::Problem;

pub(super) fn table() -> Table {
    vec![(Method::GET, "/admin/v1/grants", get(list))]
}

#[utoipa::path(get, path = "/admin/v1/grants", security(("admin" = [])), responses((status = 200, body = Vec<GrantState>), (status = 401, body = Problem)))]
/// Every grant of every line, with how often it was used; one that was never used may be taken back.
pub(super) async fn list(State(admin): Shared, _: Operator) -> Result<Json<Vec<GrantState>>, Fault> {
    Ok(Json(admin.board.grants(admin.desk.store.as_ref()).await?))
}
