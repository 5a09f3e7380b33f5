//! Spelling, by Hunspell dictionaries that the caller has read.
//!
//! A word is flagged only where its language has another one near: a slip of the finger away. A name or a term that no
//! dictionary has is thereby left alone, and what is flagged comes with what was meant.

use super::context::Context;
use super::finding::{Finding, Rule};
use super::fold::folded;
use super::text::{Text, Word};
use super::voice::Voice;
use spellbook::Dictionary;
use std::collections::{BTreeMap, BTreeSet};

/// Dictionaries by language (`en`).
#[derive(Debug, Default)]
pub struct Dictionaries(BTreeMap<String, Dictionary>);

impl Dictionaries {
    /// Adds a language, from the texts of its Hunspell files: rules (`.aff`) and words (`.dic`).
    ///
    /// # Errors
    /// What is wrong with them, in the words of the reader.
    pub fn add(&mut self, language: &str, aff: &str, dic: &str) -> Result<(), String> {
        let made =
            Dictionary::new(aff, dic).map_err(|why| format!("the dictionary of {language} cannot be read: {why}"))?;
        self.0.insert(language.to_owned(), made);
        Ok(())
    }

    /// The languages that have one.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn of(&self, language: &str) -> Option<&Dictionary> {
        self.0.get(language.get(..2).unwrap_or(language))
    }
}

/// As many as anybody mends before reading again; finding what was meant takes a thousand times as long as the look-up.
const MOST: usize = 12;

/// Words that are known beside the dictionary: the brand's, and names of the people around.
fn known(voice: &Voice, context: &Context) -> BTreeSet<String> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    let terms = voice
        .allowed
        .iter()
        .chain(&voice.names)
        .chain(voice.forbidden.iter().flat_map(|list| &list.words));
    for term in terms
        .map(String::as_str)
        .chain([context.agent.as_str(), context.here.title.as_str()])
    {
        known.extend(term.split(|c: char| !c.is_alphanumeric()).map(folded));
    }
    for thread in std::iter::once(&context.here).chain(&context.elsewhere) {
        known.extend(thread.names.iter().chain(&thread.handles).cloned());
    }
    known
}

pub(super) fn find(
    text: &Text,
    voice: &Voice,
    context: &Context,
    dictionary: &Dictionary,
    german: bool,
) -> Vec<Finding> {
    let mut terms = None;
    let mut found = Vec::new();
    let words: Vec<&Word> = text.prose().collect();
    let mut at = 0;
    while let Some(first) = words.get(at) {
        // `don't` is one word here.
        let mut last = *first;
        let mut next = at + 1;
        while last.glued && words.get(next).is_some_and(|word| word.start == last.end + 1) {
            let Some(word) = words.get(next) else { break };
            last = word;
            next += 1;
        }
        let whole = text.part(first.start, last.end).replace(['\u{2019}', '\u{2bc}'], "'");
        let whole: String = whole.chars().filter(|c| !super::fold::hidden(*c)).collect();
        let pieces = words.get(at..next).unwrap_or_default();
        at = next;
        if !judged(text, first, last, &whole, german) || right(dictionary, &whole) {
            continue;
        }
        // `l'ordre`, `Anna's`: parts of words on both sides of an apostrophe.
        if pieces.len() > 1
            && pieces
                .iter()
                .all(|piece| piece.folded.chars().count() <= 2 || right(dictionary, &text.written(piece)))
        {
            continue;
        }
        let terms = terms.get_or_insert_with(|| known(voice, context));
        if pieces.iter().any(|piece| terms.contains(&piece.folded)) || hyphenated(text, first, last) {
            continue;
        }
        if let Some(meant) = near(dictionary, &whole) {
            found.push(Finding {
                span: (first.start, last.end),
                rule: Rule::Spelling,
                reason: format!("“{whole}” is in no dictionary of this language: was “{meant}” meant?"),
                severity: voice.severity(Rule::Spelling),
                suggestion: Some(meant),
            });
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// Words that spelling can say something about: no numbers, abbreviations, tags, names in the middle of a sentence.
fn judged(text: &Text, first: &Word, last: &Word, whole: &str, german: bool) -> bool {
    let letters = whole.chars().filter(|c| c.is_alphabetic()).count();
    let plain = whole.chars().all(|c| c.is_alphabetic() || c == '\'');
    let mut chars = whole.chars();
    let capital = chars.next().is_some_and(char::is_uppercase);
    let inner_capital = chars.any(char::is_uppercase);
    let beside = |at: Option<usize>| at.and_then(|at| text.at(at));
    let tagged = beside(first.start.checked_sub(1))
        .is_some_and(|c| matches!(c, '#' | '@' | '/' | '.' | '_' | '*' | '{' | '[' | '<'));
    let dotted = beside(Some(last.end)).is_some_and(|c| matches!(c, '.' | '/' | '_' | '@' | '*'))
        && beside(Some(last.end + 1)).is_some_and(char::is_alphanumeric);
    letters >= 3 && plain && !inner_capital && !tagged && !dotted && (!capital || german || first.first)
}

fn right(dictionary: &Dictionary, word: &str) -> bool {
    dictionary.check(word) || dictionary.check(&word.to_lowercase())
}

/// A part of a word with hyphens is only wrong where the whole is unknown, and then seldom.
fn hyphenated(text: &Text, first: &Word, last: &Word) -> bool {
    let hyphen = |at: Option<usize>| {
        at.and_then(|at| text.at(at))
            .is_some_and(|c| matches!(c, '-' | '\u{2010}' | '\u{2011}'))
    };
    hyphen(first.start.checked_sub(1)) || hyphen(Some(last.end))
}

/// Letters that a finger may have missed.
const LETTERS: &str = "esianrtolcdugmphbyfvkwzxjqéèàçüöäßñíóúùìòêâîôûëïœ'";

/// The dictionary's word that is one slip of the finger away: two letters swapped, one left out, one too many, a wrong
/// one, a space left out; in the order of how often they happen. The dictionary's own way to find what was meant looks
/// at all its words, and takes tens of milliseconds for one.
fn near(dictionary: &Dictionary, word: &str) -> Option<String> {
    let letters: Vec<char> = word.to_lowercase().chars().collect();
    let capital = word.starts_with(char::is_uppercase);
    let known = |letters: &[char]| {
        let lower: String = letters.iter().collect();
        let titled = || {
            let mut chars = lower.chars();
            chars
                .next()
                .map(|first| first.to_uppercase().chain(chars).collect::<String>())
        };
        let upper = titled().filter(|_| capital);
        let right = dictionary.check(&lower) || upper.as_ref().is_some_and(|upper| dictionary.check(upper));
        right.then(|| upper.unwrap_or(lower))
    };
    let with = |change: &dyn Fn(&mut Vec<char>)| {
        let mut changed = letters.clone();
        change(&mut changed);
        known(&changed)
    };
    let count = letters.len();
    let swapped = (1..count).find_map(|at| with(&|all| all.swap(at - 1, at)));
    let missing = || (0..=count).find_map(|at| LETTERS.chars().find_map(|c| with(&|all| all.insert(at, c))));
    let spare = || {
        (0..count).find_map(|at| {
            with(&|all| {
                all.remove(at);
            })
        })
    };
    let wrong = || {
        (0..count).find_map(|at| {
            LETTERS.chars().find_map(|c| {
                with(&|all| {
                    if let Some(letter) = all.get_mut(at) {
                        *letter = c;
                    }
                })
            })
        })
    };
    let parted = || {
        (3..count.saturating_sub(2)).find_map(|at| {
            let (one, other) = letters.split_at_checked(at)?;
            let (one, other) = (known(one)?, other.iter().collect::<String>());
            dictionary.check(&other).then(|| format!("{one} {other}"))
        })
    };
    swapped.or_else(missing).or_else(spare).or_else(wrong).or_else(parted)
}

/// Edits from one word to the other; a swap of neighbours is one.
pub(super) fn distance(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().take(48).collect();
    let other: Vec<char> = other.chars().take(48).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, c) in one.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, d) in other.iter().enumerate() {
            let get = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(99);
            let mut best = (get(&row, j) + usize::from(c != d))
                .min(get(&row, j + 1) + 1)
                .min(get(&next, j) + 1);
            if i > 0 && j > 0 && other.get(j - 1) == Some(c) && one.get(i - 1) == Some(d) {
                best = best.min(get(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(99)
}
