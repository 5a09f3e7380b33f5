//! Every policy that was applied, with who did it and why. The last row is in force; one that is taken back is followed
//! by the older one again, so that the order of rows is the order of what was in force.

use super::fault::Fault;
use super::writer::At;
use crate::chain::{self, Digest};
use crate::{AppliedPolicy, PolicyChange, StoreError};
use jackfield_protocol::PolicyEntry;
use rusqlite::{Connection, OptionalExtension as _, params};

pub(super) fn apply(at: &mut At<'_>, change: &PolicyChange) -> Result<PolicyEntry, Fault> {
    let last = at
        .conn
        .query_row(
            "SELECT number, hash FROM policy_log ORDER BY number DESC LIMIT 1",
            [],
            |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, Digest>(1)?)),
        )
        .optional()?;
    let (before, prev) = last.unwrap_or((0, chain::START));
    if before != change.expected {
        return Err(StoreError::Conflict("the policy in force".to_owned()).into());
    }
    let number = before + 1;
    let hash = link(
        &prev,
        number,
        change.at,
        [&change.who, &change.version, &change.why, &change.text],
    );
    at.conn.execute(
        "INSERT INTO policy_log (number, at, who, version, why, text, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            number.cast_signed(),
            change.at,
            change.who,
            change.version,
            change.why,
            change.text,
            hash
        ],
    )?;
    Ok(PolicyEntry {
        number,
        at: change.at,
        who: change.who.clone(),
        version: change.version.clone(),
        why: change.why.clone(),
    })
}

fn link(prev: &[u8], number: u64, at: i64, parts: [&str; 4]) -> Digest {
    chain::deed_link(prev, number, at, &parts.map(Some))
}

fn rows(conn: &Connection) -> Result<Vec<(AppliedPolicy, Digest)>, Fault> {
    let mut statement =
        conn.prepare_cached("SELECT number, at, who, version, why, text, hash FROM policy_log ORDER BY number")?;
    let rows = statement.query_map([], |row| {
        let entry = PolicyEntry {
            number: row.get::<_, i64>(0)?.cast_unsigned(),
            at: row.get(1)?,
            who: row.get(2)?,
            version: row.get(3)?,
            why: row.get(4)?,
        };
        let text = row.get(5)?;
        Ok((AppliedPolicy { entry, text }, row.get(6)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn all(conn: &Connection) -> Result<Vec<AppliedPolicy>, Fault> {
    Ok(rows(conn)?.into_iter().map(|(applied, _)| applied).collect())
}

/// What is not as it was written.
pub(super) fn verify(conn: &Connection) -> Result<Vec<String>, Fault> {
    let mut faults = Vec::new();
    let (mut expected, mut prev) = (1, chain::START);
    for (AppliedPolicy { entry, text }, hash) in rows(conn)? {
        let number = entry.number;
        if number != expected {
            faults.push(format!("log of policies: row {expected} is missing"));
        } else if link(&prev, number, entry.at, [&entry.who, &entry.version, &entry.why, &text]) != hash {
            faults.push(format!(
                "log of policies: row {number} (version {}) is not as it was written",
                entry.version
            ));
        }
        (expected, prev) = (number + 1, hash);
    }
    Ok(faults)
}
