//! The projections made anew from the log, beside the real ones, and compared with them row by row.

use super::fault::Fault;
use super::{open, project, query};
use crate::Rebuilt;
use crate::rows::{Rows, rows};
use jackfield_desk::{Conversation, apply};
use rusqlite::types::Value;
use rusqlite::{Connection, Rows as Found, TransactionBehavior};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A projection: its name, its columns, and how many of them, from the first, name a row.
pub(super) struct Table {
    pub(super) name: &'static str,
    columns: &'static [&'static str],
    key: usize,
}

/// All projections but the index of words, which the engine compares by itself. `entry.id` is no part of the truth.
pub(super) const TABLES: [Table; 7] = [
    Table {
        name: "conversation",
        columns: &[
            "stream",
            "id",
            "workspace",
            "brand",
            "connection",
            "version",
            "listed",
            "resolved",
            "owner",
            "rank",
            "due",
            "state",
        ],
        key: 1,
    },
    Table {
        name: "feed",
        columns: &["workspace", "brand", "n"],
        key: 2,
    },
    Table {
        name: "handle",
        columns: &["handle", "stream"],
        key: 2,
    },
    Table {
        name: "message",
        columns: &["connection", "remote_id", "deletion", "revision", "stream"],
        key: 4,
    },
    Table {
        name: "outbox",
        columns: &[
            "stream",
            "command",
            "connection",
            "state",
            "due",
            "asked",
            "seq",
            "attempts",
        ],
        key: 2,
    },
    Table {
        name: "untriaged",
        columns: &["stream", "remote_id", "revision", "at"],
        key: 2,
    },
    Table {
        name: "entry",
        columns: &["stream", "key", "at", "text"],
        key: 2,
    },
];

/// Where the rebuild stands while it is compared.
const BESIDE: &str = "temp.rebuilt_";
/// More sentences than this help nobody.
const MOST: usize = 1000;

pub(super) fn rebuild(conn: &mut Connection, mend: bool) -> Result<Rebuilt, Fault> {
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    open::create_projections(&transaction, BESIDE)?;
    let events = fill(&transaction, BESIDE)?;
    let mut differences = Differences::default();
    for table in &TABLES {
        compare(&transaction, table, &mut differences)?;
    }
    if let Err(error) = transaction.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)", []) {
        differences.add(format!("the index of words does not fit the texts: {error}"));
    }
    if mend && differences.found > 0 {
        for Table { name, columns, .. } in &TABLES {
            let columns = columns.join(", ");
            transaction.execute_batch(&format!(
                "DELETE FROM main.{name}; INSERT INTO main.{name} ({columns}) SELECT {columns} FROM {BESIDE}{name};"
            ))?;
        }
        transaction.execute_batch("INSERT INTO words (words) VALUES ('rebuild')")?;
    }
    for table in &TABLES {
        transaction.execute_batch(&format!("DROP TABLE {BESIDE}{}", table.name))?;
    }
    transaction.commit()?;
    Ok(Rebuilt {
        events,
        differences: differences.told(),
    })
}

/// Reads the whole log and writes what it makes into the tables of this prefix; the index of words is the caller's. One conversation at a time, so that
/// the size of the log does not matter.
pub(super) fn fill(conn: &Connection, prefix: &str) -> Result<u64, Fault> {
    let mut statement =
        conn.prepare("SELECT conversation, seq, at, body, workspace, brand, n, stream FROM log ORDER BY stream, seq")?;
    let mut found = statement.query([])?;
    let mut events = 0;
    let mut heads: BTreeMap<(String, String), i64> = BTreeMap::new();
    let mut current: Option<(i64, String, Conversation)> = None;
    while let Some(row) = found.next()? {
        let (id, stream): (String, i64) = (row.get(0)?, row.get(7)?);
        if current.as_ref().is_some_and(|(open, ..)| *open != stream) {
            write(conn, prefix, current.take())?;
        }
        let (_, _, state) = current.get_or_insert_with(|| (stream, id.clone(), Conversation::new()));
        let (seq, at): (i64, i64) = (row.get(1)?, row.get(2)?);
        match row.get_ref(3)?.as_str_or_null().map_err(rusqlite::Error::from)? {
            Some(body) => {
                let recorded = query::recorded(seq, at, body).map_err(|error| {
                    Fault::Unreadable(format!(
                        "event {seq} of conversation {id} in the log is not readable: {error}"
                    ))
                })?;
                apply(state, &recorded);
            }
            // Erased: that something happened here is all that is left.
            None => state.version = seq.cast_unsigned(),
        }
        let head = heads.entry((row.get(4)?, row.get(5)?)).or_insert(0);
        *head = (*head).max(row.get(6)?);
        events += 1;
    }
    write(conn, prefix, current)?;
    for ((workspace, brand), n) in heads {
        project::feed(conn, prefix, &workspace, &brand, n.cast_unsigned())?;
    }
    Ok(events)
}

fn write(conn: &Connection, prefix: &str, done: Option<(i64, String, Conversation)>) -> Result<(), Fault> {
    match done {
        Some((stream, id, state)) => {
            project::write(conn, prefix, (stream, &id), (&Rows::default(), &rows(&state)), &state).map(drop)
        }
        None => Ok(()),
    }
}

#[derive(Default)]
struct Differences {
    told: Vec<String>,
    found: usize,
}

impl Differences {
    fn add(&mut self, sentence: String) {
        self.found += 1;
        if self.told.len() < MOST {
            self.told.push(sentence);
        }
    }

    fn told(mut self) -> Vec<String> {
        if self.found > self.told.len() {
            self.told.push(format!("and {} more", self.found - self.told.len()));
        }
        self.told
    }
}

/// Walks both tables in the order of their key.
fn compare(conn: &Connection, table: &Table, differences: &mut Differences) -> Result<(), Fault> {
    let columns = table.columns.join(", ");
    let order = table.columns.get(..table.key).unwrap_or_default().join(", ");
    let select = |prefix: &str| format!("SELECT {columns} FROM {prefix}{} ORDER BY {order}", table.name);
    let (mut real, mut made) = (conn.prepare(&select("main."))?, conn.prepare(&select(BESIDE))?);
    let (mut real, mut made) = (real.query([])?, made.query([])?);
    let (mut a, mut b) = (next(&mut real, table)?, next(&mut made, table)?);
    loop {
        let order = match (&a, &b) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => by_key(a, b, table.key),
        };
        if order == Ordering::Less {
            differences.add(format!(
                "{} is there, but the log does not know it",
                name(conn, table, a.as_deref())
            ));
        } else if order == Ordering::Greater {
            differences.add(format!("{} is missing", name(conn, table, b.as_deref())));
        } else if let (Some(a), Some(b)) = (&a, &b) {
            for ((column, is), ought) in table
                .columns
                .iter()
                .zip(a)
                .zip(b)
                .filter(|((_, is), ought)| is != ought)
            {
                let name = name(conn, table, Some(a));
                differences.add(match (is, ought) {
                    (Value::Text(is), Value::Text(ought)) if is.len().max(ought.len()) > 100 => {
                        format!("{name}: `{column}` is not what the log makes")
                    }
                    _ => format!("{name}: `{column}` is {}, the log makes it {}", word(is), word(ought)),
                });
            }
        }
        if order != Ordering::Greater {
            a = next(&mut real, table)?;
        }
        if order != Ordering::Less {
            b = next(&mut made, table)?;
        }
    }
}

fn next(rows: &mut Found<'_>, table: &Table) -> Result<Option<Vec<Value>>, Fault> {
    match rows.next()? {
        Some(row) => Ok(Some(
            (0..table.columns.len())
                .map(|at| row.get(at))
                .collect::<Result<_, _>>()?,
        )),
        None => Ok(None),
    }
}

/// As SQLite orders keys of numbers and texts: by value, by bytes.
fn by_key(a: &[Value], b: &[Value], key: usize) -> Ordering {
    let pairs = a.iter().zip(b).take(key).map(|pair| match pair {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        _ => Ordering::Equal,
    });
    pairs.fold(Ordering::Equal, Ordering::then)
}

/// "the row of `outbox` with conversation c1, command r1": a stream by the conversation it stands for.
fn name(conn: &Connection, table: &Table, row: Option<&[Value]>) -> String {
    let conversation = |stream: &Value| {
        let found = conn.query_row("SELECT conversation FROM log WHERE id = ?1", [stream], |row| {
            row.get::<_, String>(0)
        });
        found.unwrap_or_else(|_| format!("of stream {}", word(stream)))
    };
    let parts = table.columns.iter().zip(row.unwrap_or_default()).take(table.key);
    let parts: Vec<_> = parts
        .map(|(column, value)| match *column {
            "stream" => format!("conversation {}", conversation(value)),
            column => format!("{column} {}", word(value)),
        })
        .collect();
    format!("the row of `{}` with {}", table.name, parts.join(", "))
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => format!("{text:?}"),
        Value::Blob(bytes) => hex::encode(bytes),
    }
}
