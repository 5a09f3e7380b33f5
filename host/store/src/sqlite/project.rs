//! The projections of a conversation, written as the difference between its rows before and after.

use super::fault::Fault;
use crate::StoreError;
use crate::rows::{Row, Rows};
use jackfield_desk::Conversation;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};

/// A change to the index of words. It is made once per transaction, after all of its
/// work: the terms of many messages then go to the file together.
pub(super) enum Word {
    /// The entry of this row has this text.
    Put(i64, String),
    /// The entry of this row had this text.
    Take(i64, String),
}

/// Brings the index of words up to date.
pub(super) fn index(conn: &Connection, words: &[Word]) -> Result<(), Fault> {
    let mut put = conn.prepare_cached("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?;
    let mut take = conn.prepare_cached("INSERT INTO words (words, rowid, text) VALUES ('delete', ?1, ?2)")?;
    for word in words {
        match word {
            Word::Put(row, text) => put.execute(params![row, text])?,
            Word::Take(row, text) => take.execute(params![row, text])?,
        };
    }
    Ok(())
}

/// Writes what is different, and answers what the index of words has to learn. `prefix` names a rebuild beside the real
/// tables; empty for these.
pub(super) fn write(
    conn: &Connection,
    prefix: &str,
    (stream, id): (i64, &str),
    (old, new): (&Rows, &Rows),
    state: &Conversation,
) -> Result<Vec<Word>, Fault> {
    let to = Tables {
        conn,
        prefix,
        id,
        stream,
    };
    if let Some(row) = &new.row {
        to.row(row, state)?;
        to.messages(old, new, &row.connection)?;
        to.outbox(old, new, &row.connection)?;
    }
    to.handles(old, new)?;
    to.untriaged(old, new)?;
    to.entries(old, new)
}

/// The newest number of a brand's feed.
pub(super) fn feed(conn: &Connection, prefix: &str, workspace: &str, brand: &str, n: u64) -> Result<(), Fault> {
    let sql = "INSERT INTO {t}feed (workspace, brand, n) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET n = excluded.n";
    conn.prepare_cached(&sql.replace("{t}", prefix))?
        .execute(params![workspace, brand, n.cast_signed()])?;
    Ok(())
}

/// Refuses messages that another conversation has already.
pub(super) fn unique(conn: &Connection, id: &str, old: &Rows, new: &Rows) -> Result<(), Fault> {
    let Some(Row { connection, .. }) = &new.row else {
        return Ok(());
    };
    let mut statement = conn.prepare_cached(
        "SELECT stream FROM message WHERE connection = ?1 AND remote_id = ?2 AND deletion = ?3 AND revision = ?4",
    )?;
    for (remote_id, deletion, revision) in new.messages.difference(&old.messages) {
        let row = params![connection, remote_id, deletion, revision.cast_signed()];
        let Some(stream) = statement.query_row(row, |row| row.get::<_, i64>(0)).optional()? else {
            continue;
        };
        let holder: Option<String> = conn
            .query_row("SELECT conversation FROM log WHERE id = ?1", [stream], |row| row.get(0))
            .optional()?;
        let duplicate = StoreError::Duplicate {
            connection: connection.as_str().into(),
            remote_id: remote_id.as_str().into(),
            revision: if *deletion {
                "deletion".to_owned()
            } else {
                revision.to_string()
            },
            conversation: holder.unwrap_or_else(|| id.to_owned()).into(),
        };
        return Err(duplicate.into());
    }
    Ok(())
}

struct Tables<'a> {
    conn: &'a Connection,
    prefix: &'a str,
    id: &'a str,
    stream: i64,
}

impl Tables<'_> {
    fn run(&self, sql: &str, params: impl rusqlite::Params) -> Result<usize, rusqlite::Error> {
        self.conn
            .prepare_cached(&sql.replace("{t}", self.prefix))?
            .execute(params)
    }

    fn row(&self, row: &Row, state: &Conversation) -> Result<(), Fault> {
        let json = serde_json::to_string(state)
            .map_err(|error| StoreError::Other(format!("conversation {} has no JSON: {error}", self.id)))?;
        let sql = "INSERT INTO {t}conversation
                (stream, id, workspace, brand, connection, version, listed, resolved, owner, rank, due, state)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            ON CONFLICT (stream) DO UPDATE SET version = excluded.version, listed = excluded.listed,
                resolved = excluded.resolved, owner = excluded.owner, rank = excluded.rank, due = excluded.due,
                state = excluded.state";
        let version = row.version.cast_signed();
        self.run(
            sql,
            params![
                self.stream,
                self.id,
                row.workspace,
                row.brand,
                row.connection,
                version,
                row.listed,
                row.resolved,
                row.owner,
                row.rank,
                row.due,
                json
            ],
        )?;
        Ok(())
    }

    /// What a network told is never untold: rows are only added. Here `(connection, remote id, revision)` is unique.
    fn messages(&self, old: &Rows, new: &Rows, connection: &str) -> Result<(), Fault> {
        let sql =
            "INSERT INTO {t}message (connection, remote_id, deletion, revision, stream) VALUES (?1, ?2, ?3, ?4, ?5)";
        for (remote_id, deletion, revision) in new.messages.difference(&old.messages) {
            let row = params![connection, remote_id, deletion, revision.cast_signed(), self.stream];
            match self.run(sql, row) {
                // Two conversations of one commit.
                Err(rusqlite::Error::SqliteFailure(error, _)) if error.code == ErrorCode::ConstraintViolation => {
                    return unique(self.conn, self.id, old, new);
                }
                other => other?,
            };
        }
        Ok(())
    }

    fn outbox(&self, old: &Rows, new: &Rows, connection: &str) -> Result<(), Fault> {
        for command in old.outbox.keys().filter(|command| !new.outbox.contains_key(*command)) {
            self.run(
                "DELETE FROM {t}outbox WHERE stream = ?1 AND command = ?2",
                params![self.stream, command],
            )?;
        }
        let sql = "INSERT OR REPLACE INTO {t}outbox (stream, command, connection, state, due, asked, seq, attempts)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        for (command, reply) in new
            .outbox
            .iter()
            .filter(|(command, reply)| old.outbox.get(*command) != Some(reply))
        {
            self.run(
                sql,
                params![
                    self.stream,
                    command,
                    connection,
                    reply.state,
                    reply.due,
                    reply.asked,
                    reply.seq,
                    reply.attempts
                ],
            )?;
        }
        Ok(())
    }

    fn handles(&self, old: &Rows, new: &Rows) -> Result<(), Fault> {
        for handle in old.handles.difference(&new.handles) {
            self.run(
                "DELETE FROM {t}handle WHERE handle = ?1 AND stream = ?2",
                params![handle, self.stream],
            )?;
        }
        for handle in new.handles.difference(&old.handles) {
            self.run(
                "INSERT INTO {t}handle (handle, stream) VALUES (?1, ?2)",
                params![handle, self.stream],
            )?;
        }
        Ok(())
    }

    fn untriaged(&self, old: &Rows, new: &Rows) -> Result<(), Fault> {
        for message in old
            .untriaged
            .keys()
            .filter(|message| !new.untriaged.contains_key(*message))
        {
            self.run(
                "DELETE FROM {t}untriaged WHERE stream = ?1 AND remote_id = ?2",
                params![self.stream, message],
            )?;
        }
        let sql = "INSERT OR REPLACE INTO {t}untriaged (stream, remote_id, revision, at) VALUES (?1, ?2, ?3, ?4)";
        for (message, is) in new
            .untriaged
            .iter()
            .filter(|(message, is)| old.untriaged.get(*message) != Some(is))
        {
            self.run(sql, params![self.stream, message, is.0.cast_signed(), is.1])?;
        }
        Ok(())
    }

    fn entries(&self, old: &Rows, new: &Rows) -> Result<Vec<Word>, Fault> {
        let mut words = Vec::new();
        for (key, (text, _)) in old.texts.iter().filter(|(key, is)| new.texts.get(*key) != Some(is)) {
            let sql = "DELETE FROM {t}entry WHERE stream = ?1 AND key = ?2 RETURNING id";
            let mut statement = self.conn.prepare_cached(&sql.replace("{t}", self.prefix))?;
            let row: Option<i64> = statement
                .query_row(params![self.stream, key], |row| row.get(0))
                .optional()?;
            words.extend(row.map(|row| Word::Take(row, text.clone())));
        }
        for (key, (text, at)) in new.texts.iter().filter(|(key, is)| old.texts.get(*key) != Some(is)) {
            let sql = "INSERT INTO {t}entry (stream, key, at, text) VALUES (?1, ?2, ?3, ?4)";
            self.run(sql, params![self.stream, key, at, text])?;
            words.push(Word::Put(self.conn.last_insert_rowid(), text.clone()));
        }
        Ok(words)
    }
}
