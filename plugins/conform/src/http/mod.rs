//! The HTTP side: routes, who is asking, and the layers that spoil an answer on order.

mod accounts;
mod admin;
mod ask;
mod faults;
mod guestbook;
mod instance;
mod lists;
mod rate;
mod statuses;

use crate::mastodon::World;
use crate::people::Cast;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) use faults::Faults;
pub(crate) use rate::Rates;

/// Everything the routes share.
pub(crate) struct Shared {
    state: Mutex<State>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) rates: Mutex<Rates>,
    /// Told when the agenda of the people has changed.
    pub(crate) wake: tokio::sync::Notify,
}

/// The server and who lives there: changed together, under one lock.
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) cast: Cast,
}

impl Shared {
    pub(crate) fn new(world: World, cast: Cast, rate_limit: u32) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State { world, cast }),
            faults: Mutex::default(),
            rates: Mutex::new(Rates::new(rate_limit)),
            wake: tokio::sync::Notify::new(),
        })
    }

    /// The state. Never held over an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

/// A lock whose holder panicked still guards a state that every method leaves whole.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let api = Router::new()
        .route("/api/v1/accounts/verify_credentials", get(accounts::verify))
        .route("/api/v1/accounts/lookup", get(accounts::lookup))
        .route("/api/v1/accounts/{id}", get(accounts::one))
        .route("/api/v1/accounts/{id}/statuses", get(lists::of_account))
        .route("/api/v1/accounts/{id}/follow", post(accounts::follow))
        .route("/api/v1/statuses", post(statuses::publish).get(statuses::several))
        .route(
            "/api/v1/statuses/{id}",
            get(statuses::one).put(statuses::edit).delete(statuses::delete),
        )
        .route("/api/v1/statuses/{id}/context", get(statuses::context))
        .route("/api/v1/statuses/{id}/history", get(statuses::history))
        .route("/api/v1/statuses/{id}/source", get(statuses::source))
        .route("/api/v1/statuses/{id}/favourite", post(statuses::favourite))
        .route("/api/v1/notifications", get(lists::notifications))
        .route("/api/v1/notifications/unread_count", get(lists::unread))
        .route("/api/v1/notifications/{id}", get(lists::notification))
        .route("/api/v1/conversations", get(lists::conversations))
        .route("/api/v1/conversations/", get(lists::conversations))
        .route("/api/v1/timelines/public", get(lists::public))
        .route("/api/v1/instance", get(instance::v1))
        .route("/api/v1/instance/", get(instance::v1))
        .route("/api/v2/instance", get(instance::v2))
        .route("/api/v2/instance/", get(instance::v2))
        .route("/api/v2/search", get(lists::search))
        .merge(guestbook::routes())
        .fallback(ask::no_such_route)
        // The outermost layer is the last one: a fault spoils an answer that is otherwise complete.
        .layer(from_fn_with_state(shared.clone(), rate::count))
        .layer(from_fn_with_state(shared.clone(), faults::spoil));
    Router::new().merge(admin::routes()).merge(api).with_state(shared)
}
