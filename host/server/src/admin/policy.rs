//! `/admin/v1/policy`: what a supervisor decides, as files; looked at, put in force, taken back, tried on stored traffic.

use super::{Admin, Operator, Shared, Table};
use crate::api::{Body_, Fault};
use crate::house::Refused;
use crate::rehearse::rehearse;
use axum::Json;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::routing::{get, post, put};
use jackfield_protocol::{
    BrandId, PolicyEntry, PolicyFault, PolicyInForce, PolicyOutcome, PolicyProposal, Problem, Rehearsal,
    RehearsalRequest, WorkspaceId,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// The most bytes of a policy: ten thousand rules of 400 bytes, with a calendar or two.
const MOST: usize = 4 << 20;

pub(super) fn table() -> Table {
    vec![
        (Method::GET, "/admin/v1/policy", get(in_force)),
        (Method::PUT, "/admin/v1/policy", put(apply)),
        (Method::POST, "/admin/v1/policy/check", post(check)),
        (Method::POST, "/admin/v1/policy/rollback", post(rollback)),
        (Method::POST, "/admin/v1/policy/dry-run", post(dry_run)),
        (Method::GET, "/admin/v1/policy-log", get(log)),
    ]
}

/// Which policy is to be in force again.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Back {
    /// Its version, as the log has it.
    version: String,
    /// Why, for the record.
    #[serde(default)]
    why: String,
}

/// What is to be tried, and on whose traffic.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Trying {
    /// The workspace.
    workspace: WorkspaceId,
    /// The brand.
    brand: BrandId,
    /// What.
    what: RehearsalRequest,
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        let words = refused.to_string();
        match refused {
            Refused::Store(error) => error.into(),
            Refused::Faults(wrong) => {
                let faults: Vec<PolicyFault> = wrong
                    .into_iter()
                    .map(|one| PolicyFault {
                        file: one.file,
                        line: one.line,
                        at: one.at,
                        what: one.what,
                        repair: one.repair,
                    })
                    .collect();
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "policy-faults", words, Some("files"))
                    .along(json!({ "faults": faults }))
            }
            Refused::Unknown(_) => Self::new(StatusCode::NOT_FOUND, "policy-unknown", words, Some("version")),
            Refused::Moved { .. } => Self::new(StatusCode::CONFLICT, "policy-moved", words, Some("expected")),
        }
    }
}

#[utoipa::path(get, path = "/admin/v1/policy", security(("admin" = [])), responses((status = 200, body = PolicyInForce), (status = 401, body = Problem)))]
/// The policy in force, as one policy file.
pub(super) async fn in_force(State(admin): Shared, _: Operator) -> Result<Json<PolicyInForce>, Fault> {
    Ok(Json(admin.desk.policies.in_force(admin.desk.store.as_ref()).await?))
}

#[utoipa::path(put, path = "/admin/v1/policy", request_body = PolicyProposal, security(("admin" = [])), responses((status = 200, body = PolicyOutcome), (status = 401, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
/// Puts a policy in force, from the next decision on. A policy with a mistake changes nothing; `faults` has each with its
/// file, line and repair.
pub(super) async fn apply(
    State(admin): Shared,
    who: Operator,
    Body_(proposal): Body_<PolicyProposal, MOST>,
) -> Result<Json<PolicyOutcome>, Fault> {
    let Admin { desk, .. } = admin.as_ref();
    let who = format!("{}, operator", who.name);
    let done = desk
        .policies
        .apply(desk.store.as_ref(), &proposal, &who, desk.clock.now());
    let done = done.await?;
    Ok(Json(done))
}

#[utoipa::path(post, path = "/admin/v1/policy/check", request_body = PolicyProposal, security(("admin" = [])), responses((status = 200, body = PolicyOutcome), (status = 401, body = Problem), (status = 422, body = Problem)))]
/// What a policy would change; changes nothing.
pub(super) async fn check(
    State(admin): Shared,
    _: Operator,
    Body_(proposal): Body_<PolicyProposal, MOST>,
) -> Result<Json<PolicyOutcome>, Fault> {
    Ok(Json(admin.desk.policies.look(&proposal.files)?))
}

#[utoipa::path(post, path = "/admin/v1/policy/rollback", request_body = Back, security(("admin" = [])), responses((status = 200, body = PolicyOutcome), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
/// Puts a policy in force again that was in force before.
pub(super) async fn rollback(
    State(admin): Shared,
    who: Operator,
    Body_(back): Body_<Back>,
) -> Result<Json<PolicyOutcome>, Fault> {
    let Admin { desk, .. } = admin.as_ref();
    let who = format!("{}, operator", who.name);
    let done = desk
        .policies
        .back_to(desk.store.as_ref(), &back.version, (&who, &back.why), desk.clock.now());
    let done = done.await?;
    Ok(Json(done))
}

#[utoipa::path(post, path = "/admin/v1/policy/dry-run", request_body = Trying, security(("admin" = [])), responses((status = 200, body = Rehearsal), (status = 401, body = Problem), (status = 422, body = Problem)))]
/// What rules would have done with the stored messages of a brand; changes nothing.
pub(super) async fn dry_run(
    State(admin): Shared,
    _: Operator,
    Body_(trying): Body_<Trying, MOST>,
) -> Result<Json<Rehearsal>, Fault> {
    Ok(Json(
        rehearse(&admin.desk, &trying.workspace, &trying.brand, &trying.what).await?,
    ))
}

#[utoipa::path(get, path = "/admin/v1/policy-log", security(("admin" = [])), responses((status = 200, body = Vec<PolicyEntry>), (status = 401, body = Problem)))]
/// Every policy that was ever applied, oldest first; the last one is in force.
pub(super) async fn log(State(admin): Shared, _: Operator) -> Result<Json<Vec<PolicyEntry>>, Fault> {
    Ok(Json(admin.desk.policies.log(admin.desk.store.as_ref()).await?))
}
