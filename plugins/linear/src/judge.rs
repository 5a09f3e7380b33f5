//! From a message of the contract to margins and the words that weighed most.

use crate::features::{Features, Recipe};
use crate::table::{MOST_CLASSES, Table};
use crate::text::{Kind, Marked, Reading, Token};
use jackfield_sdk::triage::{Content, Mark, Verdict};
use std::sync::OnceLock;

/// A table inside a judge, read at the first message.
#[derive(Debug)]
pub struct Kept {
    file: &'static [u8],
    table: OnceLock<Option<Table<'static>>>,
}

impl Kept {
    /// A table in this file.
    pub const fn new(file: &'static [u8]) -> Self {
        Self {
            file,
            table: OnceLock::new(),
        }
    }

    /// The table; none where the file is empty or no table.
    pub fn table(&self) -> Option<&Table<'static>> {
        self.table.get_or_init(|| Table::read(self.file).ok()).as_ref()
    }
}

/// What a judge needs while it reads: buffers that are reused from message to message.
#[derive(Debug, Default)]
pub struct Desk {
    reading: Reading,
    features: Features,
    marked: Vec<Marked>,
    weights: Vec<f32>,
    taken: Option<Recipe>,
}

/// Tokens that are shown together as the reason.
const REASON: usize = 3;

impl Desk {
    /// Reads the text of a message. Links and mentions are taken from its spans, and recognised where a channel gave
    /// none.
    pub fn read(&mut self, content: &Content) -> &Reading {
        self.marked.clear();
        let marked = content.spans.iter().filter_map(|span| match span.mark {
            Mark::Link(_) => Some((span.start, span.end, Kind::Link)),
            Mark::Mention(_) => Some((span.start, span.end, Kind::Mention)),
            _ => None,
        });
        self.marked.extend(marked);
        self.marked.sort_unstable_by_key(|(start, ..)| *start);
        self.reading.read(&content.text, &self.marked);
        self.taken = None;
        &self.reading
    }

    /// Reads a bare text.
    pub fn read_text(&mut self, text: &str) -> &Reading {
        self.reading.read(text, &[]);
        self.taken = None;
        &self.reading
    }

    /// What was read.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// The margins of a table over what was read.
    pub fn margins(&mut self, table: &Table<'_>) -> [f32; MOST_CLASSES] {
        let mut margins = [0.0; MOST_CLASSES];
        self.take(table.recipe());
        table.margins(&self.features, &mut margins);
        margins
    }

    /// The features of what was read.
    pub fn features(&mut self, recipe: Recipe) -> &Features {
        self.take(recipe);
        &self.features
    }

    fn take(&mut self, recipe: Recipe) {
        if self.taken != Some(recipe) {
            self.features.take(&self.reading, recipe);
            self.taken = Some(recipe);
        }
    }

    /// The stretch of the text that spoke loudest for a class, or against it where `sign` is below zero.
    pub fn because(&mut self, table: &Table<'_>, class: usize, sign: f32) -> Option<(u32, u32)> {
        self.take(table.recipe());
        self.weights.clear();
        self.weights.resize(self.reading.tokens().len(), 0.0);
        table.weigh(class, &self.features, &mut self.weights);
        loudest(self.reading.tokens(), &self.weights, sign)
    }
}

/// The window of tokens whose weights sum to the most; its ends speak for it too.
fn loudest(tokens: &[Token], weights: &[f32], sign: f32) -> Option<(u32, u32)> {
    let sign = if sign < 0.0 { -1.0 } else { 1.0 };
    let mut best = (0.0f32, None);
    for from in 0..tokens.len() {
        let mut sum = 0.0;
        for to in from..tokens.len().min(from + REASON) {
            sum += weights.get(to).copied().unwrap_or(0.0) * sign;
            // A longer window has to earn its length, or every reason would be of three words.
            let worth = sum / (1.0 + 0.25 * (to - from) as f32);
            if worth > best.0
                && let (Some(first), Some(last)) = (tokens.get(from), tokens.get(to))
            {
                best = (worth, Some((first.start, last.end)));
            }
        }
    }
    best.1
}

/// A verdict.
pub fn verdict(label: &str, margin: f32, because: Option<(u32, u32)>) -> Verdict {
    Verdict {
        label: label.to_owned(),
        margin,
        because,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_the_loudest_stretch_and_no_longer_than_it_must_be() {
        let mut desk = Desk::default();
        let tokens = desk.read_text("hello there thanks for nothing bye").tokens();
        assert_eq!(loudest(tokens, &[0.1, 0.0, 1.0, 0.9, 1.0, 0.0], 1.0), Some((12, 30)));
        assert_eq!(loudest(tokens, &[0.1, 0.0, 1.0, 0.0, 0.0, 0.0], 1.0), Some((12, 18)));
        assert_eq!(loudest(tokens, &[0.1, -2.0, 1.0, 0.0, 0.0, 0.0], -1.0), Some((6, 11)));
        assert_eq!(loudest(tokens, &[0.0; 6], 1.0), None);
    }
}
