//! The document of the operator's door, apart from the one that pages and helpdesks read.

use super::{grants, intake, lines, plugins, policy, trial};
use axum::Json;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Jackfield, for operators",
        description = "Plugins, lines and policies of a host. Every error is a Problem: a code for programs, a sentence for people, the field it is about."
    ),
    paths(
        json,
        lines::list,
        lines::one,
        lines::tier,
        lines::metrics,
        plugins::list,
        plugins::install,
        plugins::upgrade,
        plugins::remove,
        plugins::rollback,
        plugins::diff,
        plugins::log,
        trial::report,
        trial::begin,
        trial::share,
        trial::end,
        trial::promote,
        grants::list,
        policy::in_force,
        policy::apply,
        policy::check,
        policy::rollback,
        policy::dry_run,
        policy::log,
        intake::reingest,
        intake::list,
        intake::replay,
    ),
    modifiers(&Token),
)]
struct Document;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The token where [admin] token of the configuration says it is."))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("admin", SecurityScheme::Http(scheme));
    }
}

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

#[utoipa::path(get, path = "/admin/openapi.json", responses((status = 200, description = "An OpenAPI document")))]
/// This document.
pub(super) async fn json() -> Json<utoipa::openapi::OpenApi> {
    Json(document())
}
