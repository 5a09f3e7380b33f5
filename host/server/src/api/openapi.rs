//! The OpenAPI document, generated from the handlers and the types.

use super::{conversations, live, policy, replies, work};
use axum::Json;
use jackfield_protocol as protocol;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(title = "Jackfield", description = "Conversations of a brand over all its channels. Every error is a Problem: a code for programs, a sentence for people, the field it is about."),
    paths(
        conversations::me,
        conversations::connections,
        conversations::list,
        conversations::one,
        conversations::command,
        work::work,
        work::presence,
        work::present,
        conversations::search,
        replies::check,
        replies::reply,
        replies::standing,
        replies::read,
        replies::approvals,
        policy::policy,
        policy::apply,
        policy::dry_run,
        live::feed,
        json,
    ),
    components(schemas(protocol::FeedMessage, protocol::FeedEntry)),
    modifiers(&Token),
)]
struct Document;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("Short-lived, signed by an issuer of the configuration: iss, aud = \"jackfield\", sub, tenant, brand, origin, jti, iat, exp."))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

#[utoipa::path(get, path = "/api/openapi.json", responses((status = 200, description = "An OpenAPI document")))]
/// This document.
pub(super) async fn json() -> Json<utoipa::openapi::OpenApi> {
    Json(document())
}
