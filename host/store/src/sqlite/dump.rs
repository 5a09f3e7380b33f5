//! Everything in a file, cell by cell: for whoever asks whether something is in it that must not be there.
//!
//! The bytes of the file say less: what is longer than a page is cut there, and the index of words keeps the beginnings of
//! its words once.

use super::fault::Fault;
use crate::StoreError;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// One value of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Where it stands.
    pub table: String,
    /// Where it stands.
    pub column: String,
    /// Text and bytes as they are; numbers as they are written.
    pub bytes: Vec<u8>,
}

/// Every value of every table, those of indexes and of the engine too; beside a host that runs, as of this moment.
///
/// # Errors
/// The file cannot be read.
pub fn dump(path: &Path) -> Result<Vec<Cell>, StoreError> {
    cells(path).map_err(|fault| fault.at(&path.display().to_string()))
}

fn cells(path: &Path) -> Result<Vec<Cell>, Fault> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut names = conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' UNION SELECT 'sqlite_schema'")?;
    let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut all = Vec::new();
    for table in names {
        let mut statement = conn.prepare(&format!("SELECT * FROM \"{}\"", table.replace('"', "\"\"")))?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for (at, column) in columns.iter().enumerate() {
                let bytes = match row.get_ref(at)? {
                    ValueRef::Null => continue,
                    ValueRef::Integer(number) => number.to_string().into_bytes(),
                    ValueRef::Real(number) => number.to_string().into_bytes(),
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
                };
                let (table, column) = (table.clone(), column.clone());
                all.push(Cell { table, column, bytes });
            }
        }
    }
    Ok(all)
}
