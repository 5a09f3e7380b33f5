//! Opening the file: what it is, whether this program can read it, and bringing it up to date. Until all of that is
//! known, nothing is written to it.

use super::fault::Fault;
use super::{SqliteOptions, rebuild};
use crate::StoreError;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::path::Path;

/// "JACK", so that a file of another program is recognised.
const APPLICATION: i32 = 0x4a41_434b;
/// The steps from one schema to the next; `user_version` counts those a file has had.
const MIGRATIONS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("install.sql"),
    include_str!("trial.sql"),
    include_str!("intake.sql"),
    include_str!("policy.sql"),
    include_str!("spent.sql"),
];
/// Grows when a projection, or the shape of its JSON, changes: they are then made anew from the log.
const PROJECTIONS: i64 = 4;
const PROJECTION_TABLES: &str = include_str!("projections.sql");
const PROJECTION_INDEXES: &str = include_str!("indexes.sql");
/// Pages that the write-ahead log may hold before it is copied into the file: 16 MiB, so that this is seldom.
const CHECKPOINT_PAGES: u32 = 4096;
/// A larger file is not read through at every start: about a second on an ordinary disk.
const CHECKED_BYTES: u64 = 256 * 1024 * 1024;

/// The connection that writes, of a file that is there, is ours, is intact and is up to date.
pub(super) fn writer(path: &Path, options: &SqliteOptions) -> Result<Connection, Fault> {
    let shown = path.display().to_string();
    let there = std::fs::metadata(path).map(|file| file.len()).ok();
    if there.is_none() && !options.create {
        let what = format!("database at {shown}: make one with `jackfield init`");
        return Err(StoreError::NotFound(what).into());
    }
    match there {
        Some(0) if !options.create => return Err(Fault::Unreadable("it is empty".to_owned())),
        Some(bytes) if bytes > 0 => whole(path, bytes)?,
        _ => {}
    }
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, options.create);
    let mut conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(options.patience)?;
    if there.is_some_and(|bytes| bytes > 0) {
        inspect(&conn, &shown, there.unwrap_or(0))?;
    }
    conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    // FULL: the write-ahead log is on the disk before a commit returns.
    conn.execute_batch(&format!(
        "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}; PRAGMA cache_size = -16000;
         PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
    ))?;
    conn.set_prepared_statement_cache_capacity(64);
    migrate(&mut conn)?;
    Ok(conn)
}

/// A connection that cannot write.
pub(super) fn reader(path: &Path, options: &SqliteOptions) -> Result<Connection, Fault> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(options.patience)?;
    conn.execute_batch(
        "PRAGMA query_only = ON; PRAGMA cache_size = -8000; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;",
    )?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

/// The engine takes a file without one whole page for an empty one and would begin anew in it, and reads what is cut
/// off at the end as zeros. The header says how long the file was (SQLite file format, section 1.3).
fn whole(path: &Path, bytes: u64) -> Result<(), Fault> {
    let mut header = [0; 100];
    let read = std::fs::File::open(path).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut header));
    match read {
        Ok(()) if header.starts_with(b"SQLite format 3\0") => {}
        // The engine says what it is instead.
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            return Err(Fault::Unreadable(format!("only {bytes} bytes of it are left")));
        }
        Err(error) => return Err(StoreError::Other(format!("{} cannot be read: {error}", path.display())).into()),
    }
    let number = |at: usize, length: usize| {
        let bytes = header.get(at..at + length).unwrap_or_default();
        bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    let page = match number(16, 2) {
        1 => 65_536,
        page => page,
    };
    // After a crash the end of the file may stand in the write-ahead log, from where the engine takes it.
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = std::fs::metadata(Path::new(&log)).is_ok_and(|log| log.len() > 0);
    let written = if log { page } else { page * number(28, 4) };
    if bytes < written {
        return Err(Fault::Unreadable(format!(
            "only {bytes} of its {written} bytes are left"
        )));
    }
    Ok(())
}

/// Reads only.
fn inspect(conn: &Connection, path: &str, bytes: u64) -> Result<(), Fault> {
    let number = |pragma: &str| conn.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    let application = number("PRAGMA application_id")?;
    if tables > 0 && application != i64::from(APPLICATION) {
        let text = format!("{path} is a SQLite file of another program: name another file for Jackfield");
        return Err(StoreError::Other(text).into());
    }
    let found = number("PRAGMA user_version")?;
    let known = MIGRATIONS.len();
    if usize::try_from(found).is_ok_and(|found| found > known) {
        let (found, known) = (
            u32::try_from(found).unwrap_or(u32::MAX),
            u32::try_from(known).unwrap_or(u32::MAX),
        );
        return Err(StoreError::TooNew {
            path: path.to_owned(),
            found,
            known,
        }
        .into());
    }
    if bytes <= CHECKED_BYTES {
        let word: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if word != "ok" {
            return Err(Fault::Unreadable(word));
        }
    }
    Ok(())
}

/// All steps and the projections in one transaction: a file is never between two schemas.
fn migrate(conn: &mut Connection) -> Result<(), Fault> {
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let had: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for step in MIGRATIONS.iter().skip(usize::try_from(had).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", i64::try_from(MIGRATIONS.len()).unwrap_or(0))?;
    let shape = transaction.query_row("SELECT value FROM meta WHERE key = 'projections'", [], |row| row.get(0));
    let shape: i64 = match shape {
        Err(rusqlite::Error::QueryReturnedNoRows) => 0,
        other => other?,
    };
    if shape != PROJECTIONS {
        drop_projections(&transaction)?;
        create_projections(&transaction, "")?;
        transaction.execute_batch(PROJECTION_INDEXES)?;
        rebuild::fill(&transaction, "")?;
        transaction.execute_batch("INSERT INTO words (words) VALUES ('rebuild')")?;
        transaction.execute(
            "INSERT OR REPLACE INTO meta (key, value) VALUES ('projections', ?1)",
            [PROJECTIONS],
        )?;
    }
    transaction.commit()?;
    Ok(())
}

/// The projection tables, empty, under this prefix.
pub(super) fn create_projections(conn: &Connection, prefix: &str) -> Result<(), Fault> {
    conn.execute_batch(&PROJECTION_TABLES.replace("{t}", prefix))?;
    Ok(())
}

fn drop_projections(conn: &Connection) -> Result<(), Fault> {
    conn.execute_batch("DROP TABLE IF EXISTS words;")?;
    for table in rebuild::TABLES {
        conn.execute_batch(&format!("DROP TABLE IF EXISTS {};", table.name))?;
    }
    Ok(())
}
