//! The normal form of a policy, its version, and its lines in words.
//!
//! Two spellings of one policy are the same to the byte here: names in order, one spelling of every time and
//! condition, nothing of comments, of the order of files or of sections that are empty. So the hash of it can go with a
//! reply or a clock for ever, and a new kind of section does not make every old policy a new one.

use super::House;
use crate::condition::Condition;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::{Table, Value};

/// One thing that a policy says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The field, as a path from the top.
    pub at: String,
    /// What it is about, in words: `rule vip, priority`.
    pub about: String,
    /// What it says: `5`.
    pub says: String,
}

impl House {
    /// Its normal form, as the text of a policy file.
    pub fn normal(&self) -> String {
        toml::to_string(&self.table()).unwrap_or_default()
    }

    /// Which policy it is: 64 bits of the hash of its normal form, in hexadecimal.
    pub fn version(&self) -> String {
        let hash = Sha256::digest(self.normal().as_bytes());
        hex::encode(hash.get(..8).unwrap_or_default())
    }

    /// Everything it says, a line for each field, in the order of their paths.
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for (section, value) in &self.table() {
            flat(value, section, &about(section), &mut lines);
        }
        lines.sort_by(|one, other| one.at.cmp(&other.at));
        lines
    }

    /// Every section of it; [`House::check`] has refused what cannot be written down.
    pub(super) fn written(&self) -> Result<Table, toml::ser::Error> {
        Table::try_from(self)
    }

    /// Its sections that somebody wrote.
    fn table(&self) -> Table {
        let unwritten = Table::try_from(Self::default()).unwrap_or_default();
        let mut table = self.written().unwrap_or_default();
        table.retain(|name, section| unwritten.get(name) != Some(&*section));
        table
    }
}

/// `rules` is about a rule.
fn about(section: &str) -> String {
    match section.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => section.strip_suffix('s').unwrap_or(section).to_owned(),
    }
}

fn flat(value: &Value, at: &str, about: &str, lines: &mut Vec<Line>) {
    let line = |says: String| Line {
        at: at.to_owned(),
        about: about.to_owned(),
        says,
    };
    match value {
        Value::Table(table) => {
            for (key, value) in table {
                let key_at = format!("{at}.{key}");
                let key_about = match (at.contains('.'), about) {
                    (false, _) => format!("{about} {key}"),
                    (true, _) => format!("{about}, {key}"),
                };
                match condition(key, value) {
                    Some(when) => lines.push(Line {
                        at: key_at,
                        about: key_about,
                        says: when.words(),
                    }),
                    None => flat(value, &key_at, &key_about, lines),
                }
            }
        }
        Value::Array(array) if array.iter().any(Value::is_table) => {
            for (index, value) in array.iter().enumerate() {
                // What has a name is known by it, so that a new first one does not change all that follow.
                let (at, about) = match value.get("name").and_then(Value::as_str) {
                    Some(name) => (format!("{at}[{name}]"), format!("{about} {name}")),
                    None => (format!("{at}[{index}]"), format!("{about} {}", index + 1)),
                };
                flat(value, &at, &about, lines);
            }
        }
        Value::Array(array) => {
            let all: Vec<_> = array.iter().map(says).collect();
            lines.push(line(if all.is_empty() {
                "none".to_owned()
            } else {
                all.join(", ")
            }));
        }
        value => lines.push(line(says(value))),
    }
}

/// A table that asks when something holds.
fn condition(key: &str, value: &Value) -> Option<Condition> {
    let named = matches!(key, "when" | "unless" | "if" | "only") && value.is_table();
    named.then(|| Condition::deserialize(value.clone()).ok())?
}

fn says(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Boolean(true) => "yes".to_owned(),
        Value::Boolean(false) => "no".to_owned(),
        other => other.to_string(),
    }
}
