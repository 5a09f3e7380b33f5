//! What triage versions that are tried said.

use super::fault::Fault;
use super::writer::At;
use crate::{StoreError, Trial};
use jackfield_protocol::{ConversationId, RemoteId};
use rusqlite::{Connection, params};
use std::collections::BTreeSet;

/// Rows of one version: enough to compare by, and a few megabytes.
const KEPT: i64 = 10_000;

pub(super) fn keep(at: &mut At<'_>, trials: &[Trial]) -> Result<(), Fault> {
    let json = |labels: &[String]| {
        serde_json::to_string(labels).map_err(|error| StoreError::Other(format!("labels have no JSON: {error}")))
    };
    let mut statement = at.conn.prepare_cached(
        "INSERT OR REPLACE INTO trial (plugin, digest, conversation, remote_id, revision, at, decided, before, after, trouble, micros)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    for trial in trials {
        statement.execute(params![
            trial.plugin,
            trial.digest,
            trial.conversation.as_str(),
            trial.remote_id.as_str(),
            trial.revision.cast_signed(),
            trial.at,
            trial.decided,
            json(&trial.before)?,
            json(&trial.after)?,
            trial.trouble,
            i64::try_from(trial.micros).unwrap_or(i64::MAX)
        ])?;
    }
    let versions: BTreeSet<_> = trials.iter().map(|trial| (&trial.plugin, &trial.digest)).collect();
    for (plugin, digest) in versions {
        at.conn
            .prepare_cached(
                "DELETE FROM trial WHERE plugin = ?1 AND digest = ?2 AND id <= (
                     SELECT id FROM trial WHERE plugin = ?1 AND digest = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)",
            )?
            .execute(params![plugin, digest, KEPT])?;
    }
    Ok(())
}

pub(super) fn newest(conn: &Connection, plugin: &str, digest: &str, limit: usize) -> Result<Vec<Trial>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT conversation, remote_id, revision, at, decided, before, after, trouble, micros FROM trial
         WHERE plugin = ?1 AND digest = ?2 ORDER BY id DESC LIMIT ?3",
    )?;
    let mut found = statement.query(params![plugin, digest, i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let mut trials = Vec::new();
    while let Some(row) = found.next()? {
        let labels = |column: usize| -> Result<Vec<String>, Fault> {
            let text: String = row.get(column)?;
            serde_json::from_str(&text).map_err(|error| Fault::Unreadable(format!("the labels of a trial: {error}")))
        };
        trials.push(Trial {
            plugin: plugin.to_owned(),
            digest: digest.to_owned(),
            conversation: ConversationId(row.get(0)?),
            remote_id: RemoteId(row.get(1)?),
            revision: row.get::<_, i64>(2)?.cast_unsigned(),
            at: row.get(3)?,
            decided: row.get(4)?,
            before: labels(5)?,
            after: labels(6)?,
            trouble: row.get(7)?,
            micros: row.get::<_, i64>(8)?.cast_unsigned(),
        });
    }
    Ok(trials)
}
