//! Raw input in the file: a table beside the log, written by the same thread, so that "it is done" and what it made are
//! one transaction, and so that many requests share one flush.

use super::SqliteStore;
use super::append;
use super::fault::Fault;
use super::writer::At;
use crate::{
    Backlog, Commit, Committed, Counted, Intake, Kept, NewRaw, RawId, RawInput, RawKind, RawRequest, Reason, SetAside,
    StoreError, Which,
};
use async_trait::async_trait;
use jackfield_protocol::{ConnectionId, Millis};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

const WAITS: i64 = 0;
const DONE: i64 = 1;
const ASIDE: i64 = 2;

#[async_trait]
impl Intake for SqliteStore {
    async fn keep(&self, raw: NewRaw) -> Result<Kept, StoreError> {
        self.writer.run(move |at| keep(at.conn, &raw, WAITS, None)).await
    }

    async fn waiting(&self, connection: &ConnectionId, after: RawId, limit: u32) -> Result<Vec<RawInput>, StoreError> {
        let connection = connection.clone();
        self.readers
            .run(move |conn| waiting(conn, &connection, after, limit))
            .await
    }

    async fn commit_ingested(&self, commit: Commit, raw: RawId) -> Result<Vec<Committed>, StoreError> {
        self.writer.run(move |at| ingested(at, &commit, raw)).await
    }

    async fn commit_aside(&self, commit: Commit, aside: NewRaw, reason: Reason) -> Result<Vec<Committed>, StoreError> {
        self.writer
            .run(move |at| {
                let committed = append::commit(at, &commit)?;
                keep(at.conn, &aside, ASIDE, Some(&reason))?;
                Ok(committed)
            })
            .await
    }

    async fn failed(&self, raw: RawId, reason: Reason, set_aside: bool) -> Result<(), StoreError> {
        self.writer
            .run(move |at| {
                let state = if set_aside { ASIDE } else { WAITS };
                at.conn
                    .prepare_cached(
                        "UPDATE raw SET state = ?2, tries = tries + 1, reason = ?3 WHERE id = ?1 AND state = 0",
                    )?
                    .execute(params![raw.0, state, json(&reason)?])?;
                Ok(())
            })
            .await
    }

    async fn set_aside(&self, connection: Option<&ConnectionId>) -> Result<Vec<SetAside>, StoreError> {
        let connection = connection.cloned();
        self.readers.run(move |conn| aside(conn, connection.as_ref())).await
    }

    async fn backlog(&self) -> Result<Vec<Backlog>, StoreError> {
        self.readers.run(backlog).await
    }

    async fn count(&self, which: Which) -> Result<Counted, StoreError> {
        self.readers.run(move |conn| count(conn, &which)).await
    }

    async fn again(&self, which: Which) -> Result<u64, StoreError> {
        self.writer
            .run(move |at| {
                over(&which, |filter, values| {
                    let sql =
                        format!("UPDATE raw SET state = 0, tries = 0, reason = NULL WHERE state <> 0 AND {filter}");
                    Ok(at.conn.prepare_cached(&sql)?.execute(values)?)
                })
            })
            .await
    }

    async fn drop_aside(&self, connection: Option<ConnectionId>, items: Vec<RawId>) -> Result<u64, StoreError> {
        let which = Which::SetAside { connection, items };
        self.writer
            .run(move |at| {
                over(&which, |filter, values| {
                    Ok(at
                        .conn
                        .prepare_cached(&format!("DELETE FROM raw WHERE {filter}"))?
                        .execute(values)?)
                })
            })
            .await
    }

    async fn forget(&self, before: Millis, limit: u32) -> Result<u64, StoreError> {
        self.writer
            .run(move |at| {
                let sql = "DELETE FROM raw WHERE id IN (SELECT id FROM raw WHERE state = 1 AND received < ?1 LIMIT ?2)";
                let gone = at.conn.prepare_cached(sql)?.execute(params![before, limit])?;
                Ok(u64::try_from(gone).unwrap_or_default())
            })
            .await
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| StoreError::Other(format!("raw input has no JSON: {error}")).into())
}

fn keep(conn: &Connection, raw: &NewRaw, state: i64, reason: Option<&Reason>) -> Result<Kept, Fault> {
    let kind = match raw.kind {
        RawKind::Request => 0,
        RawKind::Facts => 1,
    };
    let reason = reason.map(json).transpose()?;
    let mut statement = conn.prepare_cached(
        "INSERT INTO raw (connection, mark, received, kind, method, path, query, headers, body, state, tries, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (connection, mark) DO NOTHING",
    )?;
    let request = &raw.request;
    let new = statement.execute(params![
        raw.connection.as_str(),
        raw.mark,
        raw.received_at,
        kind,
        request.method,
        request.path,
        request.query,
        json(&request.headers)?,
        request.body,
        state,
        i64::from(reason.is_some()),
        reason
    ])?;
    Ok(match new {
        0 => Kept::Known,
        _ => Kept::New(RawId(conn.last_insert_rowid())),
    })
}

fn waiting(conn: &Connection, connection: &ConnectionId, after: RawId, limit: u32) -> Result<Vec<RawInput>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT id, received, kind, method, path, query, headers, body, tries FROM raw
         WHERE connection = ?1 AND id > ?2 AND state = 0 ORDER BY id LIMIT ?3",
    )?;
    let mut rows = statement.query(params![connection.as_str(), after.0, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let id = RawId(row.get(0)?);
        let headers = row.get_ref(6)?.as_str().map_err(rusqlite::Error::from)?;
        let headers = serde_json::from_str(headers)
            .map_err(|error| Fault::Unreadable(format!("the headers of raw input {id} are not readable: {error}")))?;
        found.push(RawInput {
            id,
            received_at: row.get(1)?,
            kind: kind(row, 2)?,
            request: RawRequest {
                method: row.get(3)?,
                path: row.get(4)?,
                query: row.get(5)?,
                headers,
                body: row.get(7)?,
            },
            tries: row.get(8)?,
        });
    }
    Ok(found)
}

fn kind(row: &Row<'_>, column: usize) -> Result<RawKind, Fault> {
    Ok(match row.get::<_, i64>(column)? {
        0 => RawKind::Request,
        _ => RawKind::Facts,
    })
}

/// Looked at before anything is written, so that a refusal costs others nothing.
fn ingested(at: &mut At<'_>, commit: &Commit, raw: RawId) -> Result<Vec<Committed>, Fault> {
    let state: Option<i64> = at
        .conn
        .prepare_cached("SELECT state FROM raw WHERE id = ?1")?
        .query_row([raw.0], |row| row.get(0))
        .optional()?;
    if state != Some(WAITS) {
        return Err(StoreError::NotFound(format!("raw input {raw} that waits")).into());
    }
    let committed = append::commit(at, commit)?;
    at.conn
        .prepare_cached("UPDATE raw SET state = ?2, reason = NULL WHERE id = ?1")?
        .execute(params![raw.0, DONE])?;
    Ok(committed)
}

fn aside(conn: &Connection, connection: Option<&ConnectionId>) -> Result<Vec<SetAside>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT id, connection, received, kind, length(body), tries, reason FROM raw
         WHERE state = 2 AND (?1 IS NULL OR connection = ?1) ORDER BY id",
    )?;
    let mut rows = statement.query(params![connection.map(ConnectionId::as_str)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let reason: Option<String> = row.get(6)?;
        found.push(SetAside {
            id: RawId(row.get(0)?),
            connection: row.get::<_, String>(1)?.into(),
            received_at: row.get(2)?,
            kind: kind(row, 3)?,
            bytes: row.get::<_, i64>(4)?.cast_unsigned(),
            tries: row.get(5)?,
            reason: reason
                .and_then(|text| serde_json::from_str(&text).ok())
                .unwrap_or_default(),
        });
    }
    Ok(found)
}

fn backlog(conn: &Connection) -> Result<Vec<Backlog>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT connection, count(*), min(received) FROM raw WHERE state = 0 GROUP BY connection ORDER BY connection",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Backlog {
            connection: ConnectionId(row.get(0)?),
            waiting: row.get::<_, i64>(1)?.cast_unsigned(),
            oldest_at: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn count(conn: &Connection, which: &Which) -> Result<Counted, Fault> {
    let mut counted = Counted::default();
    over(which, |filter, values| {
        let mut statement = conn.prepare_cached(&format!(
            "SELECT state, count(*) FROM raw WHERE {filter} GROUP BY state"
        ))?;
        let mut rows = statement.query(values)?;
        while let Some(row) = rows.next()? {
            let number = row.get::<_, i64>(1)?.cast_unsigned();
            counted.all += number;
            match row.get::<_, i64>(0)? {
                WAITS => counted.waiting += number,
                DONE => counted.done += number,
                _ => counted.set_aside += number,
            }
        }
        Ok(0)
    })?;
    Ok(counted)
}

/// Runs a statement over each part of `which`: a condition, and the values that stand in it.
fn over(
    which: &Which,
    mut run: impl FnMut(&str, &[&dyn rusqlite::ToSql]) -> Result<usize, Fault>,
) -> Result<u64, Fault> {
    let mut touched = 0;
    match which {
        Which::Range { connection, from, to } => {
            touched += run(
                "connection = ?1 AND received BETWEEN ?2 AND ?3",
                &[&connection.as_str(), from, to],
            )?;
        }
        Which::SetAside { connection, items } if items.is_empty() => {
            let connection = connection.as_ref().map(ConnectionId::as_str);
            touched += run("state = 2 AND (?1 IS NULL OR connection = ?1)", &[&connection])?;
        }
        Which::SetAside { connection, items } => {
            let connection = connection.as_ref().map(ConnectionId::as_str);
            for item in items {
                let filter = "state = 2 AND (?1 IS NULL OR connection = ?1) AND id = ?2";
                touched += run(filter, &[&connection, &item.0])?;
            }
        }
    }
    Ok(u64::try_from(touched).unwrap_or_default())
}
