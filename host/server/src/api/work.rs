//! The work on a conversation, and who is there for it.

use super::conversations::hidden;
use super::extract::{Body_, Id};
use super::{Fault, Shared};
use crate::auth::Caller;
use crate::floor::Mode;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jackfield_desk::{Command as Wish, LineRules, view};
use jackfield_protocol::{CommandDone, ConversationId, PresenceRequest, PresenceView, Problem, WorkRequest};

#[utoipa::path(post, path = "/api/v1/conversations/{id}/work", params(("id" = String, Path, description = "The conversation")), request_body = WorkRequest, security(("token" = [])), responses((status = 200, body = CommandDone), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 507, body = Problem)))]
/// Does something about the work on a conversation: accept, put away, give back, move on. The same `id` sent again has no
/// second effect.
pub(super) async fn work(
    State(api): Shared,
    caller: Caller,
    Id(id): Id,
    Body_(request): Body_<WorkRequest>,
) -> Result<Json<CommandDone>, Fault> {
    let id = ConversationId(id);
    api.desk
        .store
        .conversation(&caller.workspace, &caller.brand, &id)
        .await
        .map_err(|error| hidden(error, &id))?;
    let wish = Wish::Work {
        by: caller.writer(),
        request,
    };
    let done = api.desk.act(&id, wish, LineRules::default()).await?;
    let items = done.events.iter();
    Ok(Json(CommandDone {
        summary: view::summary(&done.state, &id, &caller.agent),
        items: items
            .flat_map(|event| view::items_for(&done.state, &event.recorded))
            .collect(),
        conversation: id,
    }))
}

#[utoipa::path(get, path = "/api/v1/presence", security(("token" = [])), responses((status = 200, body = PresenceView), (status = 401, body = Problem)))]
/// Whether matching counts the caller as there, and how much they have.
pub(super) async fn presence(State(api): Shared, caller: Caller) -> Json<PresenceView> {
    Json(api.floor.view(&caller.workspace, &caller.agent, api.desk.clock.now()))
}

#[utoipa::path(post, path = "/api/v1/presence", request_body = PresenceRequest, security(("token" = [])), responses((status = 200, body = PresenceView), (status = 400, body = Problem), (status = 401, body = Problem)))]
/// Says how the caller is: here, paused, away. An open feed renews what was said; without one it holds for half a minute.
pub(super) async fn present(
    State(api): Shared,
    caller: Caller,
    Body_(request): Body_<PresenceRequest>,
) -> Result<Json<PresenceView>, Fault> {
    let mode = match request.presence.as_str() {
        "here" => Mode::Here,
        "paused" => Mode::Paused,
        "away" => Mode::Away,
        other => {
            let message = format!("`presence` is `here`, `paused` or `away`, and not {other:?}.");
            return Err(Fault::new(
                StatusCode::BAD_REQUEST,
                "body-field",
                message,
                Some("presence"),
            ));
        }
    };
    let now = api.desk.clock.now();
    api.floor.sign(&caller.workspace, &caller.agent, Some(mode), now);
    Ok(Json(api.floor.view(&caller.workspace, &caller.agent, now)))
}
