//! The fields of an answer that no message uses: what a mapping may have forgotten.

use crate::event;
use crate::mapping::Mapping;
use crate::mapping::message::Message;
use crate::mapping::table::Field;
use crate::template::{Name, Part, Template};
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

/// Which fields of the items nobody uses, over answers with the addresses that they answered.
pub fn unmapped(mapping: &Mapping, answers: &[(String, Value)]) -> Vec<Unmapped> {
    let mut found = BTreeMap::new();
    for poll in &mapping.polls {
        let each = poll
            .each
            .as_ref()
            .map(|each| (&each.ask, &each.items, Some(&each.message)));
        let lists = [Some((&poll.ask, &poll.items, poll.message.as_ref())), each];
        for (ask, items, message) in lists.into_iter().flatten() {
            let Some(message) = message.and_then(|name| mapping.message(name)) else {
                continue;
            };
            let mut used = used(message);
            used.extend(poll.mark.iter().flat_map(names));
            let answers = answers
                .iter()
                .filter(|(url, _)| ask.url.iter().any(|template| fits(template, url)));
            for item in answers
                .flat_map(|(_, root)| event::list(items, root).unwrap_or_default())
                .take(100)
            {
                leaves(item, &mut vec![], &mut |path, example| {
                    let known = (1..=path.len()).any(|len| path.get(..len).is_some_and(|part| used.contains(part)));
                    if !known {
                        found
                            .entry((message.name.clone(), written(path)))
                            .or_insert_with(|| example.to_owned());
                    }
                });
            }
        }
    }
    let found = found.into_iter();
    found
        .map(|((message, path), example)| Unmapped { message, path, example })
        .collect()
}

/// Whether an address can have been made by a template: its fixed parts are there, in order.
pub(super) fn fits(template: &Template, url: &str) -> bool {
    let mut rest = url;
    template.parts.iter().all(|part| match part {
        Part::Insert(_) => true,
        Part::Text(text) => match rest.split_once(text.as_str()) {
            Some((_, behind)) => {
                rest = behind;
                true
            }
            None => false,
        },
    })
}

/// Every field of an object, three deep; lists are shown whole.
pub(super) fn leaves(value: &Value, path: &mut Vec<String>, tell: &mut dyn FnMut(&[String], &str)) {
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

pub(super) fn written(path: &[String]) -> String {
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
    let mut used: BTreeSet<Vec<String>> = message
        .fields()
        .into_iter()
        .flat_map(|(_, field)| names(field))
        .collect();
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

/// The paths into the item that a field inserts.
fn names(field: &Field) -> Vec<Vec<String>> {
    let inserts = field
        .iter()
        .flat_map(Template::inserts)
        .filter(|insert| insert.name == Name::Item);
    inserts
        .map(|insert| insert.path.names().into_iter().map(str::to_owned).collect())
        .collect()
}
