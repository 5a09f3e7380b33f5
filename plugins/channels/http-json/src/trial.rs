//! What the command line shows of a mapping: the fields of a sample that no message uses.

use crate::event;
use crate::mapping::Mapping;
use crate::mapping::message::Message;
use crate::mapping::table::Field;
use crate::template::Name;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Fields of a sample are shown with this much of what is in them.
const SHOWN: usize = 40;

/// A field of the items that no template and no condition looks at, with an example of what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmapped {
    /// The message section that reads these items.
    pub message: String,
    /// The path, as a mapping would write it.
    pub path: String,
    /// What one item has there.
    pub example: String,
}

/// Which fields of a poll's items nobody uses. `root` is an answer of it.
pub fn unmapped(mapping: &Mapping, poll: &str, root: &Value) -> Vec<Unmapped> {
    let Some(poll) = mapping.polls.iter().find(|known| known.name == poll) else {
        return Vec::new();
    };
    let name = poll.message.as_ref().or(poll.each.as_ref().map(|each| &each.message));
    let Some(message) = name.and_then(|name| mapping.message(name)) else {
        return Vec::new();
    };
    let used = used(message);
    let mut found = BTreeMap::new();
    for item in event::list(&poll.items, root).unwrap_or_default().into_iter().take(100) {
        leaves(item, &mut vec![], &mut |path, example| {
            let known = (1..=path.len()).any(|len| path.get(..len).is_some_and(|part| used.contains(part)));
            if !known {
                found.entry(written(path)).or_insert_with(|| example.to_owned());
            }
        });
    }
    let found = found.into_iter();
    found
        .map(|(path, example)| Unmapped {
            message: message.name.clone(),
            path,
            example,
        })
        .collect()
}

/// Every field of an object, three deep; lists are shown whole.
fn leaves(value: &Value, path: &mut Vec<String>, tell: &mut dyn FnMut(&[String], &str)) {
    match value {
        Value::Object(fields) if path.len() < 3 => {
            for (name, inner) in fields {
                path.push(name.clone());
                leaves(inner, path, tell);
                path.pop();
            }
        }
        Value::Null => {}
        other => {
            let text: String = other.to_string().chars().take(SHOWN).collect();
            tell(path, &text);
        }
    }
}

fn written(path: &[String]) -> String {
    let plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    let step = |name: &String| {
        if plain(name) {
            format!(".{name}")
        } else {
            format!("['{name}']")
        }
    };
    format!("${}", path.iter().map(step).collect::<String>())
}

/// The paths into the item that a message looks at.
fn used(message: &Message) -> BTreeSet<Vec<String>> {
    let mut used = BTreeSet::new();
    let mut add = |field: &Field| {
        for insert in field.iter().flat_map(|template| template.inserts()) {
            if insert.name == Name::Item {
                used.insert(insert.path.names().into_iter().map(str::to_owned).collect());
            }
        }
    };
    message.fields().into_iter().for_each(&mut add);
    if let Some(files) = &message.attachments {
        used.extend(
            files
                .items
                .iter()
                .map(|path| path.names().into_iter().map(str::to_owned).collect::<Vec<_>>()),
        );
    }
    used
}
