//! The HTTP API: thin handlers. A request is read and checked, the desk or the store is asked, the answer is written.
//!
//! Every handler takes a [`Caller`](crate::auth::Caller), so no route of `/api/v1` can be reached without a token, and
//! every question to the store names the caller's workspace and brand.

mod conversations;
mod extract;
mod judgement;
mod live;
mod openapi;
mod policy;
mod problem;
mod replies;
mod work;

pub(crate) use extract::{Asked, Body_, Id};
pub use openapi::document;
pub use problem::Fault;
pub(crate) use problem::{no_method, no_route};

use crate::auth::Keyring;
use crate::floor::Presences;
use crate::lines::Board;
use crate::work::Desk;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::routing::{MethodRouter, any, get, post, put};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// The most bytes of a request's body: the longest note (10 000 characters of 4 bytes) with room for its JSON.
pub const MAX_BODY: usize = 64 << 10;

/// What the handlers work with.
pub struct Api {
    /// Who is believed.
    pub keyring: Keyring,
    /// What changes conversations.
    pub desk: Desk,
    /// The lines.
    pub board: Arc<Board>,
    /// Who is there.
    pub floor: Arc<Presences>,
    /// Places for live feeds.
    pub feeds: Arc<Semaphore>,
    /// The host is stopping.
    pub stop: CancellationToken,
}

/// Every route with the method it answers, so that the document can be held against them.
type Table = Vec<(Method, &'static str, MethodRouter<Arc<Api>>)>;

fn table() -> Table {
    vec![
        (Method::GET, "/api/v1/me", get(conversations::me)),
        (Method::GET, "/api/v1/connections", get(conversations::connections)),
        (Method::GET, "/api/v1/conversations", get(conversations::list)),
        (Method::GET, "/api/v1/conversations/{id}", get(conversations::one)),
        (
            Method::POST,
            "/api/v1/conversations/{id}/commands",
            post(conversations::command),
        ),
        (Method::POST, "/api/v1/conversations/{id}/check", post(replies::check)),
        (Method::POST, "/api/v1/conversations/{id}/replies", post(replies::reply)),
        (
            Method::GET,
            "/api/v1/conversations/{id}/replies/{reply}",
            get(replies::standing),
        ),
        (
            Method::POST,
            "/api/v1/conversations/{id}/replies/{reply}",
            post(replies::read),
        ),
        (Method::GET, "/api/v1/approvals", get(replies::approvals)),
        (Method::GET, "/api/v1/policy", get(policy::policy)),
        (Method::PUT, "/api/v1/policy", put(policy::apply)),
        (Method::POST, "/api/v1/policy/dry-run", post(policy::dry_run)),
        (Method::POST, "/api/v1/conversations/{id}/work", post(work::work)),
        (Method::GET, "/api/v1/presence", get(work::presence)),
        (Method::POST, "/api/v1/presence", post(work::present)),
        (Method::GET, "/api/v1/search", get(conversations::search)),
        (Method::GET, "/api/v1/feed", get(live::feed)),
        (Method::GET, "/api/openapi.json", get(openapi::json)),
    ]
}

/// Methods and paths of every route.
pub fn paths() -> Vec<(Method, &'static str)> {
    table().into_iter().map(|(method, path, _)| (method, path)).collect()
}

/// All routes under `/api`.
pub fn routes(api: Arc<Api>) -> Router {
    let cors = cors(&api.keyring);
    table()
        .into_iter()
        .fold(Router::new(), |router, (_, path, handler)| router.route(path, handler))
        .route("/api/{*rest}", any(no_route))
        .method_not_allowed_fallback(no_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(cors)
        .with_state(api)
}

/// Only pages of an issuer may read answers. Which page a token is good for is checked with the token.
fn cors(keyring: &Keyring) -> CorsLayer {
    let origins: Vec<HeaderValue> = keyring.origins().filter_map(|origin| origin.parse().ok()).collect();
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("last-event-id"),
        ])
        .max_age(Duration::from_secs(600))
}

type Shared = State<Arc<Api>>;
