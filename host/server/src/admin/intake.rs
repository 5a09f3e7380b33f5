//! `/admin/v1/connections/{id}/reingest` and `/admin/v1/poison`: what networks sent by themselves, read again by the plugin
//! as it is now; and what could not be read.

use super::{Admin, Operator, Shared, Table};
use crate::api::{Asked, Body_, Fault, Id};
use crate::moment::moment;
use axum::Json;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::routing::{get, post};
use jackfield_protocol::{ConnectionId, Millis, Problem};
use jackfield_store::{Counted, RawId, RawKind, SetAside, Which};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) fn table() -> Table {
    vec![
        (Method::POST, "/admin/v1/connections/{id}/reingest", post(reingest)),
        (Method::GET, "/admin/v1/poison", get(list)),
        (Method::POST, "/admin/v1/connections/{id}/poison/replay", post(replay)),
    ]
}

/// Which span of time.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Span {
    /// Received at or after: `2026-11-24T09:00:00Z`, `2026-11-24` (UTC), or an age: `90m`, `36h`, `14d`.
    from: String,
    /// Received at or before; now unless given.
    to: Option<String>,
    /// Count, and change nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Which line.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct OfLine {
    /// The line; all lines unless given.
    connection: Option<String>,
}

/// Which of what was set aside.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Items {
    /// Numbers from the list; everything of the line where there are none.
    #[serde(default)]
    items: Vec<i64>,
}

/// What is kept, and how much of it is ingested again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Again {
    /// All that was received in that time and is still kept.
    all: u64,
    /// Of these, ingested.
    done: u64,
    /// Set aside.
    set_aside: u64,
    /// Not ingested yet: they wait anyway.
    waiting: u64,
    /// To be ingested again; the line begins now.
    again: u64,
}

/// How much was asked for again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Replayed {
    /// To be ingested again; the line begins now.
    again: u64,
}

/// Something that was set aside. What a person wrote is not in it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Poison {
    /// Its number.
    item: i64,
    /// By which line it came.
    connection: String,
    /// When, by our clock.
    received_at: Millis,
    /// `webhook` or `poll`.
    from: &'static str,
    /// Of its body.
    bytes: u64,
    /// Tries that failed.
    tries: u32,
    /// The last reason, in words.
    reason: String,
    /// The plugin's last host calls before it broke.
    host_calls: Vec<String>,
    /// Functions of the plugin on the stack, innermost first.
    stack: Vec<String>,
}

impl From<SetAside> for Poison {
    fn from(one: SetAside) -> Self {
        Self {
            item: one.id.0,
            connection: one.connection.0,
            received_at: one.received_at,
            from: match one.kind {
                RawKind::Request => "webhook",
                RawKind::Facts => "poll",
            },
            bytes: one.bytes,
            tries: one.tries,
            reason: one.reason.words,
            host_calls: one.reason.host_calls,
            stack: one.reason.stack,
        }
    }
}

fn wrong(field: &'static str, message: String) -> Fault {
    Fault::new(StatusCode::BAD_REQUEST, "query-field", message, Some(field))
}

/// The line, where there is one of that id.
async fn known(admin: &Admin, id: &str) -> Result<ConnectionId, Fault> {
    let all = admin.desk.store.connections().await?;
    if let Some(record) = all.iter().find(|record| record.id.as_str() == id) {
        return Ok(record.id.clone());
    }
    let known: Vec<_> = all.iter().map(|record| record.id.as_str()).collect();
    let shown: String = id.chars().take(64).collect();
    let message = format!("There is no line {shown}. The lines are: {}.", known.join(", "));
    Err(Fault::new(
        StatusCode::NOT_FOUND,
        "connection-unknown",
        message,
        Some("id"),
    ))
}

#[utoipa::path(post, path = "/admin/v1/connections/{id}/reingest", params(("id" = String, Path, description = "The line"), Span), security(("admin" = [])), responses((status = 200, body = Again), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem)))]
/// Lets everything that a network sent in a span of time be ingested again; what is in the log already stays as it is.
pub(super) async fn reingest(
    State(admin): Shared,
    who: Operator,
    Id(id): Id,
    Asked(span): Asked<Span>,
) -> Result<Json<Again>, Fault> {
    let connection = known(&admin, &id).await?;
    let now = admin.desk.clock.now();
    let from = moment(&span.from, now).map_err(|why| wrong("from", format!("`from`: {why}.")))?;
    let to = match &span.to {
        Some(to) => moment(to, now).map_err(|why| wrong("to", format!("`to`: {why}.")))?,
        None => now,
    };
    if from > to {
        let message = "`from` is after `to`; nothing lies between them. Swap the two.";
        return Err(wrong("from", message.to_owned()));
    }
    let which = Which::Range {
        connection: connection.clone(),
        from,
        to,
    };
    let store = &admin.desk.store;
    let Counted {
        all,
        waiting,
        done,
        set_aside,
    } = store.count(which.clone()).await?;
    let again = match span.dry_run {
        true => 0,
        false => store.again(which).await?,
    };
    if again > 0 {
        tracing::info!(%connection, operator = who.name, again, "ingested again");
        admin.board.wake(&connection);
    }
    Ok(Json(Again {
        all,
        done,
        set_aside,
        waiting,
        again,
    }))
}

#[utoipa::path(get, path = "/admin/v1/poison", params(OfLine), security(("admin" = [])), responses((status = 200, body = Vec<Poison>), (status = 401, body = Problem), (status = 404, body = Problem)))]
/// What could not be ingested and was set aside, with the reason, oldest first.
pub(super) async fn list(
    State(admin): Shared,
    _: Operator,
    Asked(of): Asked<OfLine>,
) -> Result<Json<Vec<Poison>>, Fault> {
    let connection = match &of.connection {
        Some(id) => Some(known(&admin, id).await?),
        None => None,
    };
    let aside = admin.desk.store.set_aside(connection.as_ref()).await?;
    Ok(Json(aside.into_iter().map(Poison::from).collect()))
}

#[utoipa::path(post, path = "/admin/v1/connections/{id}/poison/replay", params(("id" = String, Path, description = "The line")), request_body = Items, security(("admin" = [])), responses((status = 200, body = Replayed), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem)))]
/// Lets what was set aside be ingested again, once the plugin is repaired; what is in the log already stays as it is.
pub(super) async fn replay(
    State(admin): Shared,
    who: Operator,
    Id(id): Id,
    Body_(asked): Body_<Items>,
) -> Result<Json<Replayed>, Fault> {
    let connection = known(&admin, &id).await?;
    let which = Which::SetAside {
        connection: Some(connection.clone()),
        items: asked.items.iter().copied().map(RawId).collect(),
    };
    let again = admin.desk.store.again(which).await?;
    if again == 0 {
        let what = match asked.items.is_empty() {
            true => "Nothing",
            false => "Nothing with such a number",
        };
        let message =
            format!("{what} of {connection} is set aside. GET /admin/v1/poison?connection={connection} lists it.");
        return Err(Fault::new(
            StatusCode::NOT_FOUND,
            "poison-unknown",
            message,
            Some("items"),
        ));
    }
    tracing::info!(%connection, operator = who.name, again, "what was set aside is ingested again");
    admin.board.wake(&connection);
    Ok(Json(Replayed { again }))
}
