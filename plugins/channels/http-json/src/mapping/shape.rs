//! Whether a receipt names a message as the poll will: what comes back under another id is there twice.
//!
//! Whether two templates give the same is for the network to say; what can be seen here is how they are written. So this
//! tells doubts and never mistakes.

use super::message::Message;
use super::publish::Receipt;
use super::table::{Field, Section};
use crate::template::{Form, Name, Part, Template};

/// Tells a doubt where no message's id is written as the receipt's.
pub(super) fn compare(top: &Section<'_, '_>, receipt: &Receipt, messages: &[Message]) {
    let Some(first) = messages.first() else { return };
    let alike = |message: &Message| alike(&receipt.id, &message.id);
    if messages.iter().any(alike) {
        return;
    }
    let (theirs, ours) = (written(&first.id), written(&receipt.id));
    if let Some(publish) = top.section("publish") {
        publish.doubt(
            "receipt",
            format!(
                "`receipt.id` is written {ours} and `message.{}.id` {theirs}: if they give different ids for one message, each answer is there twice; write both so that they give the same",
                first.name
            ),
        );
    }
}

/// Some form of the one can be what some form of the other is.
fn alike(a: &Field, b: &Field) -> bool {
    a.iter().any(|a| {
        b.iter()
            .any(|b| one(a) == one(b) || (loose(a) || loose(b)) && words(a) == words(b))
    })
}

/// The words around the inserts, and the name of the last step of each.
fn one(template: &Template) -> Vec<String> {
    let part = |part: &Part| match part {
        Part::Text(text) => format!("={text}"),
        Part::Insert(insert) => insert
            .path
            .names()
            .last()
            .map_or_else(String::new, |name| format!(".{name}")),
    };
    template.parts.iter().map(part).collect()
}

fn words(template: &Template) -> Vec<Option<&str>> {
    let mut found = Vec::new();
    for part in &template.parts {
        found.push(match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Insert(_) => None,
        });
    }
    found
}

/// A part of an address, a header, the whole answer: what stands there is not told by a field's name.
fn loose(template: &Template) -> bool {
    template
        .inserts()
        .any(|insert| insert.form == Form::Last || !matches!(insert.name, Name::Item) || insert.path.names().is_empty())
}

fn written(field: &Field) -> String {
    let Some(template) = field.first() else {
        return String::new();
    };
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Insert(insert) => format!("{{{}}}", insert.path.names().last().copied().unwrap_or("$")),
    };
    format!("\"{}\"", template.parts.iter().map(part).collect::<String>())
}
