//! Conversations: the list, one of them, what is done to them, what is found in them.

use super::extract::{Asked, Body_, Id};
use super::{Fault, Shared};
use crate::auth::Caller;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jackfield_desk::{Command as Wish, view};
use jackfield_protocol::{
    Command, CommandDone, CommandRequest, ConnectionView, ConversationId, ConversationPage, ConversationQuery,
    ConversationView, Hit, Me, Problem, Status,
};
use jackfield_store::{Filter, OwnerFilter, StoreError};
use serde::Deserialize;

/// Rows on a page where nobody says.
const ROWS: u32 = 50;
/// Most rows on a page.
const MOST_ROWS: u32 = 200;

#[utoipa::path(get, path = "/api/v1/me", security(("token" = [])), responses((status = 200, body = Me), (status = 401, body = Problem)))]
/// Who the token says is asking, and the lines of their brand.
pub(super) async fn me(State(api): Shared, caller: Caller) -> Json<Me> {
    let connections = api.board.views(&caller.workspace, &caller.brand);
    let Caller {
        agent,
        workspace,
        brand,
        expires_at,
        ..
    } = caller;
    Json(Me {
        agent,
        workspace,
        brand,
        expires_at,
        connections,
    })
}

#[utoipa::path(get, path = "/api/v1/connections", security(("token" = [])), responses((status = 200, body = Vec<ConnectionView>), (status = 401, body = Problem)))]
/// The lines of the brand and how they are.
pub(super) async fn connections(State(api): Shared, caller: Caller) -> Json<Vec<ConnectionView>> {
    Json(api.board.views(&caller.workspace, &caller.brand))
}

#[utoipa::path(get, path = "/api/v1/conversations", params(ConversationQuery), security(("token" = [])), responses((status = 200, body = ConversationPage), (status = 400, body = Problem), (status = 401, body = Problem)))]
/// A page of conversations, the longest waiting first.
pub(super) async fn list(
    State(api): Shared,
    caller: Caller,
    Asked(query): Asked<ConversationQuery>,
) -> Result<Json<ConversationPage>, Fault> {
    let filter = filter(&caller, query)?;
    let page = api.desk.store.list(filter).await?;
    let items = page
        .items
        .iter()
        .map(|(id, state)| view::summary(state, id, &caller.agent))
        .collect();
    Ok(Json(ConversationPage {
        items,
        next: page.next,
        total: page.total,
        feed: page.feed,
    }))
}

fn filter(caller: &Caller, query: ConversationQuery) -> Result<Filter, Fault> {
    let bad = |field: &str, message: String| Fault::new(StatusCode::BAD_REQUEST, "query-field", message, Some(field));
    let status = match query.status.as_deref() {
        None | Some("open") => Some(Status::Open),
        Some("resolved") => Some(Status::Resolved),
        Some("all") => None,
        Some(_) => return Err(bad("status", "`status` is `open`, `resolved` or `all`.".to_owned())),
    };
    let owner = match query.owner.as_deref() {
        None => None,
        Some("me") => Some(OwnerFilter::Agent(caller.agent.clone())),
        Some("nobody") => Some(OwnerFilter::Nobody),
        Some(agent) if !agent.is_empty() && agent.len() <= 256 => Some(OwnerFilter::Agent(agent.into())),
        Some(_) => {
            return Err(bad(
                "owner",
                "`owner` is `me`, `nobody` or an agent's id of at most 256 bytes.".to_owned(),
            ));
        }
    };
    let handles: Vec<String> = query
        .handles
        .iter()
        .flat_map(|list| list.split(','))
        .map(|handle| handle.trim().trim_start_matches('@').to_lowercase())
        .filter(|handle| !handle.is_empty())
        .collect();
    if handles.len() > 50 {
        return Err(bad(
            "handles",
            "`handles` has at most 50 handles, separated by commas.".to_owned(),
        ));
    }
    let limit = query.limit.unwrap_or(ROWS);
    if !(1..=MOST_ROWS).contains(&limit) {
        return Err(bad("limit", format!("`limit` is from 1 to {MOST_ROWS}.")));
    }
    Ok(Filter {
        workspace: caller.workspace.clone(),
        brand: caller.brand.clone(),
        status,
        owner,
        handles,
        words: words(query.q)?,
        after: query.after,
        limit,
    })
}

fn words(q: Option<String>) -> Result<Option<String>, Fault> {
    match q.map(|q| q.trim().to_owned()).filter(|q| !q.is_empty()) {
        Some(q) if q.len() > 1000 => Err(Fault::new(
            StatusCode::BAD_REQUEST,
            "query-field",
            "`q` has at most 1000 bytes. Search for fewer words.",
            Some("q"),
        )),
        q => Ok(q),
    }
}

#[utoipa::path(get, path = "/api/v1/conversations/{id}", params(("id" = String, Path, description = "The conversation")), security(("token" = [])), responses((status = 200, body = ConversationView), (status = 401, body = Problem), (status = 404, body = Problem)))]
/// One conversation in full.
pub(super) async fn one(State(api): Shared, caller: Caller, Id(id): Id) -> Result<Json<ConversationView>, Fault> {
    let id = ConversationId(id);
    let (state, feed) = api
        .desk
        .store
        .conversation(&caller.workspace, &caller.brand, &id)
        .await
        .map_err(|error| hidden(error, &id))?;
    let policy = api.board.policy(&state.place.connection);
    Ok(Json(ConversationView {
        summary: view::summary(&state, &id, &caller.agent),
        items: view::items(&state),
        compose: view::compose(&state, &policy, api.desk.clock.now()),
        feed,
        work: Some(Box::new(view::work(&state, api.desk.clock.now()))),
    }))
}

/// What is another brand's is not there.
pub(super) fn hidden(error: StoreError, id: &ConversationId) -> Fault {
    match error {
        StoreError::NotFound(_) => Fault::no_conversation(id.as_str()),
        error => error.into(),
    }
}

#[utoipa::path(post, path = "/api/v1/conversations/{id}/commands", params(("id" = String, Path, description = "The conversation")), request_body = CommandRequest, security(("token" = [])), responses((status = 200, body = CommandDone), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 507, body = Problem)))]
/// Does something to a conversation. The same `id` sent again has no second effect.
pub(super) async fn command(
    State(api): Shared,
    caller: Caller,
    Id(id): Id,
    Body_(request): Body_<CommandRequest>,
) -> Result<Json<CommandDone>, Fault> {
    let id = ConversationId(id);
    let (state, _) = api
        .desk
        .store
        .conversation(&caller.workspace, &caller.brand, &id)
        .await
        .map_err(|error| hidden(error, &id))?;
    let connection = state.place.connection.clone();
    let policy = api.board.policy(&connection);
    let asked = request.id.clone();
    let sends = matches!(request.command, Command::Reply { .. } | Command::Retry { .. });
    let wish = Wish::As {
        by: caller.writer(),
        request,
    };
    let done = api.desk.act(&id, wish, policy).await?;
    if sends {
        api.board.wake(&connection);
    }
    let items = if done.events.is_empty() {
        // It was done before: what came of it, as it is now.
        let made = [format!("r:{asked}"), format!("n:{asked}")];
        view::items(&done.state)
            .into_iter()
            .filter(|item| made.contains(&item.key))
            .collect()
    } else {
        done.events
            .iter()
            .flat_map(|event| view::items_for(&done.state, &event.recorded))
            .collect()
    };
    Ok(Json(CommandDone {
        summary: view::summary(&done.state, &id, &caller.agent),
        conversation: id,
        items,
    }))
}

/// What to search for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchQuery {
    /// Words; all of them have to be there.
    q: String,
    /// Hits, 1 to 200; 50 unless told.
    limit: Option<u32>,
}

#[utoipa::path(get, path = "/api/v1/search", params(SearchQuery), security(("token" = [])), responses((status = 200, body = Vec<Hit>), (status = 400, body = Problem), (status = 401, body = Problem)))]
/// Messages, notes and replies that hold all the words, best first.
pub(super) async fn search(
    State(api): Shared,
    caller: Caller,
    Asked(query): Asked<SearchQuery>,
) -> Result<Json<Vec<Hit>>, Fault> {
    let limit = query.limit.unwrap_or(ROWS);
    if !(1..=MOST_ROWS).contains(&limit) {
        return Err(Fault::new(
            StatusCode::BAD_REQUEST,
            "query-field",
            format!("`limit` is from 1 to {MOST_ROWS}."),
            Some("limit"),
        ));
    }
    let Some(words) = words(Some(query.q))? else {
        return Err(Fault::new(
            StatusCode::BAD_REQUEST,
            "query-field",
            "`q` is empty. Name the words to search for.",
            Some("q"),
        ));
    };
    Ok(Json(
        api.desk
            .store
            .search(&caller.workspace, &caller.brand, &words, limit)
            .await?,
    ))
}
