//! Seals, and copies of the whole file.

use super::fault::Fault;
use super::writer::At;
use crate::StoreError;
use crate::chain::{self, Seal};
use jackfield_protocol::Millis;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// Seals what each workspace has written since its last seal; a workspace that wrote nothing gets none.
pub(super) fn seal(at: &mut At<'_>, now: Millis) -> Result<(), Fault> {
    let conn = at.conn;
    let sealed: i64 = conn.query_row("SELECT coalesce(max(upto), 0) FROM seal", [], |row| row.get(0))?;
    let upto: i64 = conn.query_row("SELECT coalesce(max(id), 0) FROM log", [], |row| row.get(0))?;
    // All workspaces are sealed up to the same row, so nothing older than the newest seal is open.
    let mut links: BTreeMap<String, Vec<chain::Digest>> = BTreeMap::new();
    let mut statement =
        conn.prepare_cached("SELECT workspace, hash FROM log WHERE id > ?1 AND id <= ?2 ORDER BY id")?;
    let mut found = statement.query([sealed, upto])?;
    while let Some(row) = found.next()? {
        links.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    for (workspace, links) in links {
        let last = conn
            .prepare_cached("SELECT number, hash FROM seal WHERE workspace = ?1 ORDER BY number DESC LIMIT 1")?
            .query_row([&workspace], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, chain::Digest>(1)?))
            })
            .optional()?;
        let (number, prev) = last.unwrap_or((0, chain::START));
        let seal = Seal {
            workspace,
            number: number.cast_unsigned() + 1,
            upto: upto.cast_unsigned(),
            events: u64::try_from(links.len()).unwrap_or(u64::MAX),
            at: now,
            root: chain::root(&links),
        };
        conn.prepare_cached(
            "INSERT INTO seal (workspace, number, upto, events, at, root, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            seal.workspace,
            seal.number.cast_signed(),
            upto,
            seal.events.cast_signed(),
            seal.at,
            seal.root,
            chain::seal_link(&prev, &seal)
        ])?;
    }
    Ok(())
}

/// Copies one snapshot of the file. It gets its name only when it is whole; a file that has that name is left alone.
pub(super) fn backup(conn: &mut Connection, to: &Path) -> Result<(), Fault> {
    let shown = to.display();
    if to.exists() {
        return Err(StoreError::Other(format!("{shown} is there already: name a new file for the backup")).into());
    }
    let mut part = to.as_os_str().to_owned();
    part.push(".part");
    let part = Path::new(&part);
    let copied = copy(conn, part).and_then(|()| {
        std::fs::rename(part, to)
            .map_err(|error| StoreError::Other(format!("{shown} could not be written: {error}")).into())
    });
    if copied.is_err() {
        // Half a copy is of no use; where even this fails the file is named as what it is.
        let _ = std::fs::remove_file(part);
    }
    copied.map_err(|fault: Fault| fault.at(&shown.to_string()).into())
}

fn copy(conn: &Connection, part: &Path) -> Result<(), Fault> {
    let mut target = Connection::open(part)?;
    {
        let backup = Backup::new(conn, &mut target)?;
        // All pages in one step: a snapshot is held throughout, so that a busy writer cannot make it begin again.
        while !matches!(backup.step(-1)?, StepResult::Done) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    // One file, not three: the copy is complete without a write-ahead log beside it.
    target.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    target.close().map_err(|(_, error)| Fault::from(error))
}
