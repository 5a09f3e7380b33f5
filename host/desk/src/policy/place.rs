//! From a field to its place in a text, and back.

use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// Where the part of a path stands that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// How many steps of the path are there.
    pub(super) depth: usize,
    /// Where the last of them begins, in bytes.
    pub(super) offset: usize,
}

/// The line of an offset, from 1.
pub(super) fn line(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// One step of a path.
enum Step<'a> {
    Key(&'a str),
    At(usize),
}

/// The steps of `queues.billing.needs[1].level`.
fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let mut pieces = part.split('[');
        steps.extend(pieces.next().filter(|key| !key.is_empty()).map(Step::Key));
        steps.extend(
            pieces
                .filter_map(|piece| piece.trim_end_matches(']').parse().ok())
                .map(Step::At),
        );
    }
    steps
}

/// Where a field stands.
pub(super) fn find(table: &DeTable<'_>, path: &str) -> Place {
    let mut place = Place { depth: 0, offset: 0 };
    let steps = steps(path);
    let mut value: Option<&DeValue<'_>> = None;
    let mut at = 0;
    while let Some(step) = steps.get(at) {
        at += 1;
        let inner = match value {
            None => Some(table),
            Some(DeValue::Table(inner)) => Some(inner),
            Some(_) => None,
        };
        let next = match (step, inner, value) {
            (Step::Key(key), Some(inner), _) => {
                let Some((found, next)) = inner.get_key_value(*key) else {
                    // Several fields in one table of a condition are parts of an `all` that nobody wrote.
                    if *key == "all" && matches!(steps.get(at), Some(Step::At(_))) {
                        at += 1;
                        continue;
                    }
                    break;
                };
                (found.span().start, next)
            }
            (Step::At(index), _, Some(DeValue::Array(array))) => match array.get(*index) {
                Some(next) => (next.span().start, next),
                None => break,
            },
            // One value that stands without brackets.
            (Step::At(0), _, Some(_)) => continue,
            _ => break,
        };
        place = Place {
            depth: at,
            offset: next.0,
        };
        value = Some(next.1.get_ref());
    }
    place
}

/// The path of the smallest field that has this stretch of the text in it.
pub(super) fn path(table: &DeTable<'_>, span: &Range<usize>) -> String {
    let mut best: Option<(usize, String)> = None;
    in_table(table, "", span, &mut best);
    best.map(|(_, path)| path).unwrap_or_default()
}

fn in_table(table: &DeTable<'_>, above: &str, span: &Range<usize>, best: &mut Option<(usize, String)>) {
    for (key, value) in table {
        let path = if above.is_empty() {
            key.get_ref().to_string()
        } else {
            format!("{above}.{}", key.get_ref())
        };
        offer(&key.span(), &path, span, best);
        in_value(value.get_ref(), &value.span(), &path, span, best);
    }
}

fn in_value(
    value: &DeValue<'_>,
    at: &Range<usize>,
    path: &str,
    span: &Range<usize>,
    best: &mut Option<(usize, String)>,
) {
    offer(at, path, span, best);
    match value {
        DeValue::Table(table) => in_table(table, path, span, best),
        DeValue::Array(array) => {
            for (index, value) in array.iter().enumerate() {
                in_value(value.get_ref(), &value.span(), &format!("{path}[{index}]"), span, best);
            }
        }
        _ => {}
    }
}

/// The smaller one wins; of two the same, the deeper one.
fn offer(at: &Range<usize>, path: &str, span: &Range<usize>, best: &mut Option<(usize, String)>) {
    let size = at.len();
    let holds = at.start <= span.start && span.end <= at.end;
    if holds && best.as_ref().is_none_or(|(known, _)| size <= *known) {
        *best = Some((size, path.to_owned()));
    }
}
