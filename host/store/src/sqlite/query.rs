//! What is asked of the file. Every answer comes from one snapshot; every question of people names workspace and brand.

use super::cache::Cache;
use super::fault::Fault;
use crate::{Committed, Filter, OutboxItem, OutboxState, OwnerFilter, Page, StoreError, Untriaged};
use jackfield_desk::{Conversation, Recorded};
use jackfield_protocol::{
    BrandId, ConnectionId, ConnectionRecord, ConversationId, FeedNumber, Hit, Millis, Status, WorkspaceId,
};
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};
use std::sync::Arc;

/// As many rows as one answer may have.
const MOST: u32 = 200;

pub(super) fn load(conn: &Connection, cache: &Cache, id: &str) -> Result<Option<Arc<Conversation>>, Fault> {
    let mut statement = conn.prepare_cached("SELECT id, version, state FROM conversation WHERE id = ?1")?;
    statement
        .query_row([id], |row| Ok(read_state(row, cache)))
        .optional()?
        .transpose()
}

/// Parses a state only where it is not at hand. Columns: id, version, state.
fn read_state(row: &Row<'_>, cache: &Cache) -> Result<Arc<Conversation>, Fault> {
    let (id, version) = (row.get_ref(0)?, row.get::<_, i64>(1)?.cast_unsigned());
    let id = id.as_str().map_err(rusqlite::Error::from)?;
    if let Some(state) = cache.get(id, version) {
        return Ok(state);
    }
    let json = row.get_ref(2)?;
    let json = json.as_str().map_err(rusqlite::Error::from)?;
    let state: Conversation = serde_json::from_str(json).map_err(|error| {
        Fault::Unreadable(format!("the state of conversation {id} is not readable ({error}); `jackfield log rebuild --mend` makes it anew from the log"))
    })?;
    let state = Arc::new(state);
    cache.put(id, &state);
    Ok(state)
}

pub(super) fn conversation(
    conn: &Connection,
    cache: &Cache,
    workspace: &WorkspaceId,
    brand: &BrandId,
    id: &ConversationId,
) -> Result<(Arc<Conversation>, FeedNumber), Fault> {
    let state = load(conn, cache, id.as_str())?
        .filter(|state| state.place.workspace == *workspace && state.place.brand == *brand)
        .ok_or_else(|| StoreError::NotFound(format!("conversation {id}")))?;
    Ok((state, feed_head(conn, workspace, brand)?))
}

pub(super) fn list(conn: &Connection, cache: &Cache, filter: &Filter) -> Result<Page, Fault> {
    let mut wheres = "listed = 1 AND workspace = :workspace AND brand = :brand".to_owned();
    let mut values: Vec<(&str, Box<dyn ToSql>)> = vec![
        (":workspace", Box::new(filter.workspace.0.clone())),
        (":brand", Box::new(filter.brand.0.clone())),
    ];
    if let Some(status) = filter.status {
        wheres.push_str(" AND resolved = :resolved");
        values.push((":resolved", Box::new(status == Status::Resolved)));
    }
    match &filter.owner {
        None => {}
        Some(OwnerFilter::Nobody) => wheres.push_str(" AND owner IS NULL"),
        Some(OwnerFilter::Agent(agent)) => {
            wheres.push_str(" AND owner = :owner");
            values.push((":owner", Box::new(agent.0.clone())));
        }
    }
    if !filter.handles.is_empty() {
        wheres.push_str(
            " AND stream IN (SELECT stream FROM handle WHERE handle IN (SELECT value FROM json_each(:handles)))",
        );
        let handles: Vec<_> = filter
            .handles
            .iter()
            .map(|h| h.trim_start_matches('@').to_lowercase())
            .collect();
        let json = serde_json::to_string(&handles).map_err(|error| StoreError::Other(error.to_string()))?;
        values.push((":handles", Box::new(json)));
    }
    if let Some(words) = &filter.words {
        let Some(query) = words_query(words) else {
            return Ok(nothing(feed_head(conn, &filter.workspace, &filter.brand)?));
        };
        wheres.push_str(
            " AND stream IN (SELECT entry.stream FROM words JOIN entry ON entry.id = words.rowid WHERE words MATCH :query)",
        );
        values.push((":query", Box::new(query)));
    }
    let total = conn
        .prepare_cached(&format!("SELECT count(*) FROM conversation WHERE {wheres}"))?
        .query_row(&*borrowed(&values), |row| row.get::<_, i64>(0))?
        .cast_unsigned();
    if let Some(after) = &filter.after {
        let (rank, stream) = read_mark(after)?;
        wheres.push_str(" AND (rank, stream) > (:rank, :stream)");
        values.push((":rank", Box::new(rank)));
        values.push((":stream", Box::new(stream)));
    }
    let limit = filter.limit.clamp(1, MOST);
    values.push((":limit", Box::new(i64::from(limit) + 1)));
    let sql = format!(
        "SELECT id, version, state, rank, stream FROM conversation WHERE {wheres} ORDER BY rank, stream LIMIT :limit"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut found = statement.query(&*borrowed(&values))?;
    let (mut items, mut last, mut next) = (Vec::new(), None, None);
    while let Some(row) = found.next()? {
        if items.len() >= limit as usize {
            next = last;
            break;
        }
        let id: String = row.get(0)?;
        last = Some(format!("{}.{}", row.get::<_, i64>(3)?, row.get::<_, i64>(4)?));
        items.push((ConversationId(id), read_state(row, cache)?));
    }
    Ok(Page {
        items,
        next,
        total,
        feed: feed_head(conn, &filter.workspace, &filter.brand)?,
    })
}

fn nothing(feed: FeedNumber) -> Page {
    Page {
        items: Vec::new(),
        next: None,
        total: 0,
        feed,
    }
}

fn borrowed<'a>(values: &'a [(&'a str, Box<dyn ToSql>)]) -> Vec<(&'a str, &'a dyn ToSql)> {
    values.iter().map(|(name, value)| (*name, value.as_ref())).collect()
}

/// Where a page ended: its last row's place in the order. Rows that move meanwhile are found at their new place.
fn read_mark(after: &str) -> Result<(i64, i64), Fault> {
    let parts = after
        .split_once('.')
        .and_then(|(rank, stream)| Some((rank.parse().ok()?, stream.parse().ok()?)));
    parts.ok_or_else(|| StoreError::PageUnknown(after.to_owned()).into())
}

/// What people type is words, never syntax: each is quoted. The last may be the beginning of a word, for it may still
/// be on its way. None where there is no letter and no digit in it.
fn words_query(words: &str) -> Option<String> {
    let quoted: Vec<String> = words
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| format!("\"{}\"", word.replace('\0', " ").replace('"', "\"\"")))
        .collect();
    (!quoted.is_empty()).then(|| format!("{}*", quoted.join(" ")))
}

pub(super) fn search(
    conn: &Connection,
    workspace: &WorkspaceId,
    brand: &BrandId,
    words: &str,
    limit: u32,
) -> Result<Vec<Hit>, Fault> {
    let Some(query) = words_query(words) else {
        return Ok(Vec::new());
    };
    let mut statement = conn.prepare_cached(
        "SELECT conversation.id, entry.key, entry.at, snippet(words, 0, '', '', '…', 24)
         FROM words JOIN entry ON entry.id = words.rowid JOIN conversation ON conversation.stream = entry.stream
         WHERE words MATCH ?1 AND conversation.workspace = ?2 AND conversation.brand = ?3
         ORDER BY words.rank, entry.at DESC, entry.key LIMIT ?4",
    )?;
    let hits = statement.query_map(
        params![query, workspace.as_str(), brand.as_str(), limit.clamp(1, MOST)],
        |row| {
            let conversation = ConversationId(row.get(0)?);
            Ok(Hit {
                conversation,
                key: row.get(1)?,
                at: row.get(2)?,
                excerpt: row.get(3)?,
            })
        },
    )?;
    Ok(hits.collect::<Result<_, _>>()?)
}

pub(super) fn feed(
    conn: &Connection,
    cache: &Cache,
    workspace: &WorkspaceId,
    brand: &BrandId,
    after: FeedNumber,
    limit: u32,
) -> Result<Vec<Committed>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT n, conversation, seq, at, body FROM log
         WHERE workspace = ?1 AND brand = ?2 AND n > ?3 AND body IS NOT NULL ORDER BY n LIMIT ?4",
    )?;
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let mut found = statement.query(params![workspace.as_str(), brand.as_str(), after, limit])?;
    let mut entries = Vec::new();
    while let Some(row) = found.next()? {
        let n = row.get::<_, i64>(0)?.cast_unsigned();
        let id: String = row.get(1)?;
        let recorded = recorded(
            row.get(2)?,
            row.get(3)?,
            row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?,
        )
        .map_err(|error| Fault::Unreadable(format!("feed number {n} of brand {brand} is not readable: {error}")))?;
        let state = load(conn, cache, &id)?.ok_or_else(|| {
            Fault::Unreadable(format!("conversation {id} is in the log but not in the list; `jackfield log rebuild --mend` makes it anew from the log"))
        })?;
        let (workspace, brand) = (workspace.clone(), brand.clone());
        entries.push(Committed {
            workspace,
            brand,
            n,
            conversation: ConversationId(id),
            recorded,
            state,
        });
    }
    Ok(entries)
}

/// A row of the log as an event.
pub(super) fn recorded(seq: i64, at: Millis, body: &str) -> Result<Recorded, serde_json::Error> {
    Ok(Recorded {
        seq: seq.cast_unsigned(),
        at,
        event: serde_json::from_str(body)?,
    })
}

pub(super) fn feed_head(conn: &Connection, workspace: &WorkspaceId, brand: &BrandId) -> Result<FeedNumber, Fault> {
    head(conn, workspace.as_str(), brand.as_str())
}

pub(super) fn head(conn: &Connection, workspace: &str, brand: &str) -> Result<FeedNumber, Fault> {
    let mut statement = conn.prepare_cached("SELECT n FROM feed WHERE workspace = ?1 AND brand = ?2")?;
    let n: Option<i64> = statement.query_row([workspace, brand], |row| row.get(0)).optional()?;
    Ok(n.map_or(0, i64::cast_unsigned))
}

pub(super) fn outbox(
    conn: &Connection,
    connection: &ConnectionId,
    now: Millis,
    limit: u32,
) -> Result<Vec<OutboxItem>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT conversation.id, command, outbox.state, attempts
         FROM outbox JOIN conversation ON conversation.stream = outbox.stream
         WHERE outbox.connection = ?1 AND (outbox.state <> 'queued' OR outbox.due <= ?2)
         ORDER BY asked, outbox.stream, seq LIMIT ?3",
    )?;
    let found = statement.query_map(params![connection.as_str(), now, limit], |row| {
        let state = match row.get_ref(2)?.as_str()? {
            "queued" => OutboxState::Queued,
            "sending" => OutboxState::Sending,
            _ => OutboxState::Unknown,
        };
        let conversation = ConversationId(row.get(0)?);
        Ok(OutboxItem {
            conversation,
            command: row.get::<_, String>(1)?.into(),
            state,
            attempts: row.get(3)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn untriaged(conn: &Connection, limit: u32) -> Result<Vec<Untriaged>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT conversation.id, remote_id, revision
         FROM untriaged JOIN conversation ON conversation.stream = untriaged.stream
         ORDER BY at, untriaged.stream, remote_id LIMIT ?1",
    )?;
    let found = statement.query_map([limit], |row| {
        let revision = row.get::<_, i64>(2)?.cast_unsigned();
        let conversation = ConversationId(row.get(0)?);
        Ok(Untriaged {
            conversation,
            remote_id: row.get::<_, String>(1)?.into(),
            revision,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Conversations in which something was to happen by itself until now, the longest overdue first.
pub(super) fn due(conn: &Connection, now: Millis, limit: u32) -> Result<Vec<ConversationId>, Fault> {
    let mut statement = conn.prepare_cached("SELECT id FROM conversation WHERE due <= ?1 ORDER BY due LIMIT ?2")?;
    let found = statement.query_map(params![now, limit], |row| Ok(ConversationId(row.get(0)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The first instant at which something happens by itself anywhere, after this one.
pub(super) fn next_due(conn: &Connection, after: Millis) -> Result<Option<Millis>, Fault> {
    let mut statement = conn.prepare_cached("SELECT min(due) FROM conversation WHERE due > ?1")?;
    Ok(statement.query_row([after], |row| row.get(0))?)
}

/// Open conversations in which somebody addresses us, of every brand, in the order of their ids.
pub(super) fn open_ones(
    conn: &Connection,
    cache: &Cache,
    after: &str,
    limit: u32,
) -> Result<Vec<(ConversationId, Arc<Conversation>)>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT id, version, state FROM conversation WHERE listed = 1 AND resolved = 0 AND id > ?1 ORDER BY id LIMIT ?2",
    )?;
    let mut found = statement.query(params![after, limit.clamp(1, MOST)])?;
    let mut open = Vec::new();
    while let Some(row) = found.next()? {
        open.push((ConversationId(row.get(0)?), read_state(row, cache)?));
    }
    Ok(open)
}

pub(super) fn cursor(conn: &Connection, connection: &ConnectionId) -> Result<Option<Vec<u8>>, Fault> {
    let mut statement = conn.prepare_cached("SELECT cursor FROM progress WHERE connection = ?1")?;
    Ok(statement
        .query_row([connection.as_str()], |row| row.get(0))
        .optional()?)
}

pub(super) fn kv(conn: &Connection, connection: &ConnectionId) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    let mut statement = conn.prepare_cached("SELECT key, value FROM kv WHERE connection = ?1 ORDER BY key")?;
    let found = statement.query_map([connection.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn connections(conn: &Connection) -> Result<Vec<ConnectionRecord>, Fault> {
    let mut statement = conn.prepare_cached("SELECT id, record FROM connection ORDER BY id")?;
    let mut found = statement.query([])?;
    let mut records = Vec::new();
    while let Some(row) = found.next()? {
        let (id, json): (String, String) = (row.get(0)?, row.get(1)?);
        let record = serde_json::from_str(&json)
            .map_err(|error| Fault::Unreadable(format!("the record of connection {id} is not readable: {error}")))?;
        records.push(record);
    }
    Ok(records)
}
