//! One commit: events into the log, the projections after them, and how far a connection has got. All in the
//! transaction of the caller, so that it becomes true together or not at all.

use super::fault::Fault;
use super::project;
use super::writer::At;
use crate::rows::Rows;
use crate::{Append, Commit, Committed, Progress, StoreError, chain, rows};
use jackfield_desk::{Conversation, Event, Recorded, apply, conversation_id};
use jackfield_protocol::{ConnectionId, ConnectionRecord, Millis};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Bytes of salt: nobody tries out all of them.
const SALT: usize = 16;

/// Everything that can be refused is looked at before anything is written: a refusal then costs others nothing.
pub(super) fn commit(at: &mut At<'_>, commit: &Commit) -> Result<Vec<Committed>, Fault> {
    let mut named = BTreeSet::new();
    if let Some(twice) = commit.appends.iter().find(|append| !named.insert(&append.conversation)) {
        return Err(misuse(format!(
            "one commit names conversation {} twice",
            twice.conversation
        )));
    }
    if let Some(progress) = &commit.progress
        && super::query::cursor(at.conn, &progress.connection)? != progress.from
    {
        return Err(StoreError::Conflict(format!("the cursor of connection {}", progress.connection)).into());
    }
    let plans = commit
        .appends
        .iter()
        .map(|append| plan(at, append, commit.now))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(progress) = &commit.progress {
        advance(at.conn, progress)?;
    }
    let mut committed = Vec::new();
    for plan in plans {
        write(at, plan, &mut committed)?;
    }
    Ok(committed)
}

/// A mistake of the caller.
fn misuse(text: String) -> Fault {
    StoreError::Other(text).into()
}

/// What an append will write.
struct Plan<'a> {
    id: &'a str,
    /// None for a new conversation.
    stream: Option<i64>,
    version: u64,
    recorded: Vec<Recorded>,
    state: Arc<Conversation>,
    old: Rows,
    new: Rows,
}

fn plan<'a>(at: &At<'_>, append: &'a Append, now: Millis) -> Result<Plan<'a>, Fault> {
    let Append {
        conversation,
        expected,
        events,
    } = append;
    let id = conversation.as_str();
    let (stream, before) = current(at, id)?.unzip();
    if before.as_ref().map_or(0, |state| state.version) != *expected {
        return Err(StoreError::Conflict(format!("conversation {conversation}")).into());
    }
    let opens = matches!(events.first(), Some(Event::Opened(_)));
    let openings = events.iter().filter(|event| matches!(event, Event::Opened(_))).count();
    if events.is_empty() || openings != usize::from(opens) || opens != (*expected == 0) {
        return Err(misuse(format!(
            "conversation {conversation}: at least one event, and `opened` as the first of a new conversation only"
        )));
    }
    let mut state = before.as_deref().cloned().unwrap_or_default();
    let mut recorded = Vec::with_capacity(events.len());
    for (seq, event) in (expected + 1..).zip(events) {
        recorded.push(Recorded {
            seq,
            at: now,
            event: event.clone(),
        });
        recorded.last().into_iter().for_each(|last| apply(&mut state, last));
    }
    if conversation_id(&state.place.connection, &state.place.thread) != *conversation {
        return Err(misuse(format!(
            "conversation {conversation} is not the one of its connection and thread"
        )));
    }
    let old = before.as_deref().map(rows::rows).unwrap_or_default();
    let new = rows::rows(&state);
    project::unique(at.conn, id, &old, &new)?;
    Ok(Plan {
        id,
        stream,
        version: *expected,
        recorded,
        state: Arc::new(state),
        old,
        new,
    })
}

fn write(at: &mut At<'_>, plan: Plan<'_>, committed: &mut Vec<Committed>) -> Result<(), Fault> {
    let Plan {
        id,
        stream,
        version,
        recorded,
        state,
        old,
        new,
    } = plan;
    let mut log = Log::open(at.conn, id, stream, version)?;
    for recorded in recorded {
        committed.push(Committed {
            workspace: state.place.workspace.clone(),
            brand: state.place.brand.clone(),
            n: log.append(&state, &recorded)?,
            conversation: id.into(),
            recorded,
            state: Arc::clone(&state),
        });
    }
    let stream = log.close(&state)?;
    at.words
        .extend(project::write(at.conn, "", (stream, id), (&old, &new), &state)?);
    at.wrote.insert(id.to_owned(), state);
    Ok(())
}

/// The stream, and the state that the file holds, this transaction included.
fn current(at: &At<'_>, id: &str) -> Result<Option<(i64, Arc<Conversation>)>, Fault> {
    let mut statement = at
        .conn
        .prepare_cached("SELECT stream, version FROM conversation WHERE id = ?1")?;
    let found = statement
        .query_row([id], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))
        .optional()?;
    let Some((stream, version)) = found.map(|(stream, version)| (stream, version.cast_unsigned())) else {
        return Ok(None);
    };
    let fresh = at.fresh.get(id).filter(|state| state.version == version).cloned();
    let state = match fresh.or_else(|| at.cache.get(id, version)) {
        Some(state) => Some(state),
        None => super::query::load(at.conn, at.cache, id)?,
    };
    Ok(state.map(|state| (stream, state)))
}

/// The end of a conversation's chain and of its brand's feed.
struct Log<'a> {
    conn: &'a Connection,
    id: &'a str,
    hash: chain::Digest,
    /// The next row of the log.
    row: i64,
    stream: i64,
    n: Option<u64>,
}

impl<'a> Log<'a> {
    fn open(conn: &'a Connection, id: &'a str, stream: Option<i64>, version: u64) -> Result<Self, Fault> {
        let row = conn
            .prepare_cached("SELECT coalesce(max(id), 0) + 1 FROM log")?
            .query_row([], |row| row.get(0))?;
        let stream = stream.unwrap_or(row);
        let mut hash = chain::START;
        if version > 0 {
            // From the log itself: a projection is not what a chain hangs on.
            let mut statement = conn.prepare_cached("SELECT hash FROM log WHERE stream = ?1 AND seq = ?2")?;
            let found = statement
                .query_row(params![stream, version.cast_signed()], |row| row.get(0))
                .optional()?;
            hash = found.ok_or_else(|| {
                Fault::Unreadable(format!("event {version} of conversation {id} is missing from the log"))
            })?;
        }
        Ok(Self {
            conn,
            id,
            hash,
            row,
            stream,
            n: None,
        })
    }

    fn append(&mut self, state: &Conversation, recorded: &Recorded) -> Result<u64, Fault> {
        let (workspace, brand) = (state.place.workspace.as_str(), state.place.brand.as_str());
        let n = match self.n {
            Some(n) => n + 1,
            None => super::query::head(self.conn, workspace, brand)? + 1,
        };
        let body = serde_json::to_string(&recorded.event)
            .map_err(|error| misuse(format!("an event of conversation {} has no JSON: {error}", self.id)))?;
        let salt: [u8; SALT] = rand::random();
        let digest = chain::body_digest(&salt, body.as_bytes());
        self.hash = chain::link(&self.hash, self.id, recorded.seq, recorded.at, &digest);
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO log (id, stream, workspace, brand, n, conversation, seq, at, body, salt, body_digest, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?;
        let (number, seq) = (n.cast_signed(), recorded.seq.cast_signed());
        statement.execute(params![
            self.row,
            self.stream,
            workspace,
            brand,
            number,
            self.id,
            seq,
            recorded.at,
            body,
            salt,
            digest,
            self.hash
        ])?;
        self.row += 1;
        self.n = Some(n);
        Ok(n)
    }

    fn close(self, state: &Conversation) -> Result<i64, Fault> {
        if let Some(n) = self.n {
            project::feed(
                self.conn,
                "",
                state.place.workspace.as_str(),
                state.place.brand.as_str(),
                n,
            )?;
        }
        Ok(self.stream)
    }
}

/// Moves a connection's cursor and small values.
fn advance(conn: &Connection, progress: &Progress) -> Result<(), Fault> {
    let id = progress.connection.as_str();
    if let Some(to) = &progress.to {
        conn.prepare_cached(
            "INSERT INTO progress (connection, cursor) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET cursor = excluded.cursor",
        )?
        .execute(params![id, to])?;
    }
    for (key, value) in &progress.kv {
        match value {
            Some(value) => conn
                .prepare_cached(
                    "INSERT INTO kv (connection, key, value) VALUES (?1, ?2, ?3)
                     ON CONFLICT DO UPDATE SET value = excluded.value",
                )?
                .execute(params![id, key, value])?,
            None => conn
                .prepare_cached("DELETE FROM kv WHERE connection = ?1 AND key = ?2")?
                .execute(params![id, key])?,
        };
    }
    Ok(())
}

/// A line keeps its workspace and brand for as long as anything came by it: walls do not move.
pub(super) fn put_connection(at: &mut At<'_>, record: &ConnectionRecord) -> Result<(), Fault> {
    let (id, workspace, brand) = (record.id.as_str(), record.workspace.as_str(), record.brand.as_str());
    let elsewhere = at
        .conn
        .query_row(
            "SELECT workspace, brand FROM conversation WHERE connection = ?1 AND (workspace <> ?2 OR brand <> ?3) LIMIT 1",
            params![id, workspace, brand],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
        )
        .optional()?;
    if let Some((workspace, brand)) = elsewhere {
        return Err(misuse(format!(
            "connection {id} has conversations of workspace {workspace}, brand {brand}: give the new line another id"
        )));
    }
    let json = serde_json::to_string(record)
        .map_err(|error| misuse(format!("the record of connection {id} has no JSON: {error}")))?;
    at.conn.execute(
        "INSERT INTO connection (id, record) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET record = excluded.record",
        params![id, json],
    )?;
    Ok(())
}

/// What a line knew of its network goes with it; what came by it stays.
pub(super) fn remove_connection(at: &mut At<'_>, id: &ConnectionId) -> Result<(), Fault> {
    let id = id.as_str();
    if at.conn.execute("DELETE FROM connection WHERE id = ?1", [id])? == 0 {
        return Err(StoreError::NotFound(format!("connection {id}")).into());
    }
    at.conn.execute("DELETE FROM progress WHERE connection = ?1", [id])?;
    at.conn.execute("DELETE FROM kv WHERE connection = ?1", [id])?;
    at.conn.execute("DELETE FROM raw WHERE connection = ?1", [id])?;
    at.conn.execute("DELETE FROM spent WHERE connection = ?1", [id])?;
    Ok(())
}
