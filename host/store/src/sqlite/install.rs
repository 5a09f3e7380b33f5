//! What is installed, the log of it, and which grants were used.
//!
//! The state and its row in the log are written in one transaction: there is no install that nobody wrote down, and none
//! written down that is not so. Each row's hash covers the one before, so a row that is altered, cut or taken away is
//! found by `log verify`; the triggers of the schema keep honest programs from doing it by mistake.

use super::fault::Fault;
use super::writer::At;
use crate::chain::{self, Digest};
use crate::{GrantUse, Installation, StoreError};
use jackfield_protocol::{ConnectionId, Millis, PluginAction, PluginDeed, PluginInstall, PluginLogEntry};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

pub(super) fn install(at: &mut At<'_>, change: &Installation) -> Result<PluginLogEntry, Fault> {
    let (conn, deed, name) = (at.conn, &change.deed, change.name.as_str());
    let found = one(conn, name)?.map_or(0, |install| install.revision);
    if found != change.expected {
        return Err(StoreError::Conflict(format!("what is installed of {name}")).into());
    }
    if deed.plugin != name || change.install.as_ref().is_some_and(|install| install.name != name) {
        return Err(StoreError::Other(format!("a change of {name} speaks of another plugin")).into());
    }
    // Revisions go on after a removal: an old decision can never fit a later state.
    let revision: u64 = conn
        .query_row(
            "SELECT coalesce(max(revision), 0) FROM install_log WHERE plugin = ?1",
            [name],
            |row| row.get::<_, i64>(0),
        )?
        .cast_unsigned()
        + 1;
    let last = conn
        .query_row(
            "SELECT number, hash FROM install_log ORDER BY number DESC LIMIT 1",
            [],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Digest>(1)?)),
        )
        .optional()?;
    let (number, prev) = last.unwrap_or((0, chain::START));
    let number = number.cast_unsigned() + 1;
    let hash = link(&prev, number, deed, revision);
    match &change.install {
        Some(install) => {
            let install = PluginInstall {
                revision,
                ..install.clone()
            };
            let record = serde_json::to_string(&install)
                .map_err(|error| StoreError::Other(format!("the record of plugin {name} has no JSON: {error}")))?;
            conn.execute(
                "INSERT INTO plugin_install (name, record) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET record = excluded.record",
                params![name, record],
            )?;
        }
        None => {
            conn.execute("DELETE FROM plugin_install WHERE name = ?1", [name])?;
        }
    }
    conn.execute(
        "INSERT INTO install_log (number, at, who, action, plugin, version, digest, signer, approved, why, revision, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            number.cast_signed(),
            deed.at,
            deed.who,
            deed.action.word(),
            deed.plugin,
            deed.version,
            deed.digest,
            deed.signer,
            deed.approved,
            deed.why,
            revision.cast_signed(),
            hash
        ],
    )?;
    Ok(PluginLogEntry {
        number,
        deed: deed.clone(),
        hash: hex(&hash),
    })
}

fn link(prev: &[u8], number: u64, deed: &PluginDeed, revision: u64) -> Digest {
    let revision = revision.to_string();
    let parts = [
        Some(deed.who.as_str()),
        Some(deed.action.word()),
        Some(deed.plugin.as_str()),
        Some(deed.version.as_str()),
        Some(deed.digest.as_str()),
        deed.signer.as_deref(),
        deed.approved.as_deref(),
        Some(deed.why.as_str()),
        Some(revision.as_str()),
    ];
    chain::deed_link(prev, number, deed.at, &parts)
}

fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn one(conn: &Connection, name: &str) -> Result<Option<PluginInstall>, Fault> {
    let record: Option<String> = conn
        .query_row("SELECT record FROM plugin_install WHERE name = ?1", [name], |row| {
            row.get(0)
        })
        .optional()?;
    record.map(|record| read(name, &record)).transpose()
}

fn read(name: &str, record: &str) -> Result<PluginInstall, Fault> {
    serde_json::from_str(record).map_err(|error| Fault::Unreadable(format!("what is installed of {name}: {error}")))
}

pub(super) fn installs(conn: &Connection) -> Result<Vec<PluginInstall>, Fault> {
    let mut statement = conn.prepare_cached("SELECT name, record FROM plugin_install ORDER BY name")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    rows.iter().map(|(name, record)| read(name, record)).collect()
}

/// A row, its revision and its hash.
fn row(row: &Row<'_>) -> Result<(PluginLogEntry, u64, Digest), Fault> {
    let number = row.get::<_, i64>("number")?.cast_unsigned();
    let action: String = row.get("action")?;
    let action = PluginAction::of_word(&action)
        .ok_or_else(|| Fault::Unreadable(format!("row {number} of the log of installs has the action {action:?}")))?;
    let deed = PluginDeed {
        at: row.get("at")?,
        who: row.get("who")?,
        action,
        plugin: row.get("plugin")?,
        version: row.get("version")?,
        digest: row.get("digest")?,
        signer: row.get("signer")?,
        approved: row.get("approved")?,
        why: row.get("why")?,
    };
    let hash: Digest = row.get("hash")?;
    let entry = PluginLogEntry {
        number,
        deed,
        hash: hex(&hash),
    };
    Ok((entry, row.get::<_, i64>("revision")?.cast_unsigned(), hash))
}

fn rows(conn: &Connection) -> Result<Vec<(PluginLogEntry, u64, Digest)>, Fault> {
    let mut statement = conn.prepare_cached("SELECT * FROM install_log ORDER BY number")?;
    let mut found = statement.query([])?;
    let mut all = Vec::new();
    while let Some(next) = found.next()? {
        all.push(row(next)?);
    }
    Ok(all)
}

pub(super) fn log(conn: &Connection) -> Result<Vec<PluginLogEntry>, Fault> {
    Ok(rows(conn)?.into_iter().map(|(entry, _, _)| entry).collect())
}

/// What is not as it was written.
pub(super) fn verify(conn: &Connection) -> Result<Vec<String>, Fault> {
    let mut faults = Vec::new();
    let (mut expected, mut prev) = (1, chain::START);
    for (entry, revision, hash) in rows(conn)? {
        let number = entry.number;
        if number != expected {
            faults.push(format!("log of installs: row {expected} is missing"));
        }
        if link(&prev, number, &entry.deed, revision) != hash && number == expected {
            faults.push(format!(
                "log of installs: row {number} ({} of {}) is not as it was written",
                entry.deed.action.word(),
                entry.deed.plugin
            ));
        }
        (expected, prev) = (number + 1, hash);
    }
    let mut statement = conn.prepare_cached("SELECT name, record FROM plugin_install ORDER BY name")?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let (name, record): (String, String) = (row.get(0)?, row.get(1)?);
        let install = read(&name, &record)?;
        let newest: Option<i64> = conn
            .query_row(
                "SELECT max(revision) FROM install_log WHERE plugin = ?1",
                [&name],
                |row| row.get(0),
            )
            .optional()?
            .flatten();
        if newest.map(i64::cast_unsigned) != Some(install.revision) {
            faults.push(format!(
                "log of installs: what is installed of {name} is not what the log says last"
            ));
        }
    }
    Ok(faults)
}

pub(super) fn use_grants(
    at: &mut At<'_>,
    connection: &ConnectionId,
    uses: &[(String, u64)],
    now: Millis,
) -> Result<(), Fault> {
    let mut statement = at.conn.prepare_cached(
        r#"INSERT INTO grant_use (connection, "grant", times, first, last) VALUES (?1, ?2, ?3, ?4, ?4)
           ON CONFLICT DO UPDATE SET times = times + excluded.times, last = excluded.last"#,
    )?;
    for (grant, times) in uses {
        statement.execute(params![connection.as_str(), grant, times.cast_signed(), now])?;
    }
    Ok(())
}

pub(super) fn grant_uses(conn: &Connection) -> Result<Vec<GrantUse>, Fault> {
    let mut statement = conn.prepare_cached(
        r#"SELECT connection, "grant", times, first, last FROM grant_use ORDER BY connection, "grant""#,
    )?;
    let rows = statement.query_map([], |row| {
        Ok(GrantUse {
            connection: ConnectionId(row.get(0)?),
            grant: row.get(1)?,
            times: row.get::<_, i64>(2)?.cast_unsigned(),
            first: row.get(3)?,
            last: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
