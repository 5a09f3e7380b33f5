//! What connections have used of their budgets.

use super::fault::Fault;
use super::writer::At;
use crate::Spent;
use jackfield_protocol::ConnectionId;
use rusqlite::{Connection, params};

pub(super) fn keep(at: &mut At<'_>, connection: &ConnectionId, spent: &[Spent]) -> Result<(), Fault> {
    let mut statement = at
        .conn
        .prepare_cached("INSERT OR REPLACE INTO spent (connection, unit, hour, day, at) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let number = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
    for one in spent {
        statement.execute(params![
            connection.as_str(),
            one.unit,
            number(one.hour),
            number(one.day),
            one.at
        ])?;
    }
    Ok(())
}

pub(super) fn of(conn: &Connection, connection: &ConnectionId) -> Result<Vec<Spent>, Fault> {
    let mut statement =
        conn.prepare_cached("SELECT unit, hour, day, at FROM spent WHERE connection = ?1 ORDER BY unit")?;
    let rows = statement.query_map([connection.as_str()], |row| {
        Ok(Spent {
            unit: row.get(0)?,
            hour: row.get::<_, i64>(1)?.cast_unsigned(),
            day: row.get::<_, i64>(2)?.cast_unsigned(),
            at: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
