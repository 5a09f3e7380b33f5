//! Which cues a text holds.

use crate::cues::{Label, NEGATIONS, Phrase, by_letter};
use crate::token::Token;

/// Something that speaks for or against a label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Found {
    pub(crate) label: Label,
    pub(crate) weight: f32,
    /// Bytes of the text.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Words between a negation and the cue that it turns round: `not at all happy`.
const REACH: usize = 2;

/// A cue that is turned round says the opposite, but less of it: `not broken` is no praise.
const TURNED: f32 = -0.5;

/// All cues, the longest phrases first; no word serves two.
pub(crate) fn find(tokens: &[Token]) -> Vec<Found> {
    let table = by_letter();
    let mut hits: Vec<(usize, usize, &Phrase)> = Vec::new();
    for at in 0..tokens.len() {
        let Some(letter) = tokens.get(at).and_then(Token::word).and_then(|w| w.chars().next()) else {
            continue;
        };
        for phrase in table.get(&letter).into_iter().flatten() {
            if matches(tokens, at, phrase) {
                hits.push((at, at + phrase.words.len(), phrase));
            }
        }
    }
    hits.sort_by_key(|(start, end, _)| (core::cmp::Reverse(end - start), *start));
    let mut used = vec![false; tokens.len()];
    let mut found = Vec::new();
    for (start, end, phrase) in hits {
        let Some(words) = used.get_mut(start..end).filter(|words| !words.contains(&true)) else {
            continue;
        };
        words.fill(true);
        let (Some(first), Some(last)) = (tokens.get(start), tokens.get(end - 1)) else {
            continue;
        };
        let turn = if is_negated(tokens, start) { TURNED } else { 1.0 };
        for (label, weight) in phrase.weights {
            found.push(Found {
                label: *label,
                weight: weight * turn,
                start: first.start,
                end: last.end,
            });
        }
    }
    found.sort_by_key(|f| (f.start, f.label));
    found
}

fn matches(tokens: &[Token], at: usize, phrase: &Phrase) -> bool {
    phrase.words.iter().enumerate().all(|(n, wanted)| {
        let word = tokens.get(at + n).and_then(Token::word);
        word.is_some_and(|word| match wanted.strip_suffix('*') {
            Some(stem) => word.starts_with(stem),
            None => word == *wanted,
        })
    })
}

/// A negation stands shortly before, in the same stretch of words.
fn is_negated(tokens: &[Token], at: usize) -> bool {
    let before = tokens.get(..at).unwrap_or_default();
    before
        .iter()
        .rev()
        .map_while(Token::word)
        .take(REACH + 1)
        .any(|word| NEGATIONS.contains(&word))
}
