//! What the house has written, as one brand may see it; and rules tried on its traffic.

use super::extract::Body_;
use super::replies::not_theirs;
use super::{Fault, Shared};
use crate::auth::Caller;
use crate::rehearse::rehearse;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jackfield_desk::authority::{Authority, Duty, describe, on_duty};
use jackfield_protocol::{PolicyOutcome, PolicyProposal, PolicyView, Problem, Rehearsal, RehearsalRequest};

/// The most bytes of a policy.
const MOST: usize = 4 << 20;

#[utoipa::path(get, path = "/api/v1/policy", security(("token" = [])), responses((status = 200, body = PolicyView), (status = 401, body = Problem)))]
/// The policy in force in words, as far as it is about the brand, and what the caller may do.
pub(super) async fn policy(State(api): Shared, caller: Caller) -> Json<PolicyView> {
    let policies = api.desk.policies.now();
    let (applied, brand) = (&policies.current, caller.brand.as_str());
    let house = &applied.house;
    let voice = format!("voices.{brand}.");
    let lines = house.lines().into_iter().filter(|line| line.at.starts_with(&voice));
    // Rows of several brands are said of this one alone.
    let mut of_brand = Authority {
        may: house
            .authority
            .may
            .iter()
            .filter(|row| row.brands.iter().any(|name| name == brand))
            .cloned()
            .collect(),
        duties: Vec::new(),
    };
    for row in &mut of_brand.may {
        row.brands = vec![brand.to_owned()];
    }
    let who = caller.writer().who(house);
    let may = Duty::ALL.iter().copied();
    let may = may.filter(|duty| on_duty(&house.authority, &who, *duty, brand, None).is_ok());
    Json(PolicyView {
        version: applied.version.clone(),
        signs: caller.writer().signs(house),
        roles: who.roles.get(brand).cloned().unwrap_or_default().into_iter().collect(),
        may: may.map(|duty| duty.as_str().to_owned()).collect(),
        authority: if house.authority.may.is_empty() {
            Vec::new()
        } else {
            describe(&of_brand)
        },
        voice: lines.map(|line| format!("{}: {}", line.about, line.says)).collect(),
    })
}

#[utoipa::path(put, path = "/api/v1/policy", request_body = PolicyProposal, security(("token" = [])), responses((status = 200, body = PolicyOutcome), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
/// Puts a policy in force. It is of the whole house, so it takes the duty `apply` in every brand of the house.
pub(super) async fn apply(
    State(api): Shared,
    caller: Caller,
    Body_(proposal): Body_<PolicyProposal, MOST>,
) -> Result<Json<PolicyOutcome>, Fault> {
    let policies = api.desk.policies.now();
    let house = &policies.current.house;
    let who = caller.writer().who(house);
    let mut brands = api.keyring.issuers().iter().flat_map(|issuer| &issuer.config().brands);
    if !brands.all(|brand| on_duty(&house.authority, &who, Duty::Apply, brand.as_str(), None).is_ok()) {
        let message = format!(
            "{} may not apply a policy: it is of the whole house, and this takes the duty `apply` in every brand of it. Ask the operator.",
            caller.agent
        );
        return Err(Fault::new(StatusCode::FORBIDDEN, "authority-duty", message, None));
    }
    let (store, now) = (api.desk.store.as_ref(), api.desk.clock.now());
    let who = format!("{}, agent", caller.agent);
    Ok(Json(api.desk.policies.apply(store, &proposal, &who, now).await?))
}

#[utoipa::path(post, path = "/api/v1/policy/dry-run", request_body = RehearsalRequest, security(("token" = [])), responses((status = 200, body = Rehearsal), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
/// What rules would have done with the stored messages of the brand; changes nothing.
pub(super) async fn dry_run(
    State(api): Shared,
    caller: Caller,
    Body_(what): Body_<RehearsalRequest, MOST>,
) -> Result<Json<Rehearsal>, Fault> {
    let policies = api.desk.policies.now();
    let house = &policies.current.house;
    let who = caller.writer().who(house);
    if on_duty(&house.authority, &who, Duty::Rehearse, caller.brand.as_str(), None).is_err() {
        return Err(not_theirs(&caller, Duty::Rehearse));
    }
    Ok(Json(
        rehearse(&api.desk, &caller.workspace, &caller.brand, &what).await?,
    ))
}
