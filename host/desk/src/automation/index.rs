//! Which rules may hold, found without asking each.
//!
//! A rule that asks for a label cannot hold of a message without it. So each rule is filed under facts of which it needs
//! one: a value of a field, a label, a word. Of several such sets the one that shares its facts with the fewest rules is
//! taken, so that a thousand rules of one brand are not filed under the brand. A rule that needs no fact at all (one
//! that only forbids, or only tells the time) is asked every time.

use crate::condition::{Condition, Facts, Field, Phrase, plain};
use std::collections::BTreeMap;

/// A fact under which rules are filed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Is(Field, String),
    Label(String),
    Word(String),
}

/// Rules by number, filed.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    fields: BTreeMap<Field, BTreeMap<String, Vec<u32>>>,
    labels: BTreeMap<String, Vec<u32>>,
    words: BTreeMap<String, Vec<u32>>,
    /// They need no fact.
    always: Vec<u32>,
}

impl Index {
    /// Files conditions under their numbers.
    pub(super) fn new(conditions: &[(u32, &Condition)]) -> Self {
        let mut common = BTreeMap::new();
        conditions.iter().for_each(|(_, when)| count(when, &mut common));
        let mut index = Self::default();
        for (number, when) in conditions {
            let Some(keys) = needs(when, false, &common) else {
                index.always.push(*number);
                continue;
            };
            for key in keys {
                let bucket = match key {
                    Key::Is(field, value) => index.fields.entry(field).or_default().entry(value).or_default(),
                    Key::Label(label) => index.labels.entry(label).or_default(),
                    Key::Word(word) => index.words.entry(word).or_default(),
                };
                if bucket.last() != Some(number) {
                    bucket.push(*number);
                }
            }
        }
        index
    }

    /// Every rule that may hold, in the order of numbers. Others cannot.
    pub(super) fn candidates(&self, facts: &Facts) -> Vec<u32> {
        let mut found = self.always.clone();
        let mut add = |bucket: Option<&Vec<u32>>| found.extend(bucket.into_iter().flatten());
        for (field, values) in &self.fields {
            match field {
                // `en` is met by `en-gb`.
                Field::Language => {
                    let language = facts.language.as_deref().unwrap_or_default();
                    add(values.get(language));
                    for (end, _) in language.match_indices('-') {
                        add(language.get(..end).and_then(|begin| values.get(begin)));
                    }
                }
                Field::Tag => facts.tags.iter().for_each(|tag| add(values.get(tag))),
                Field::Audience => facts.audience.iter().for_each(|word| add(values.get(word))),
                field => facts
                    .values(*field)
                    .first()
                    .into_iter()
                    .for_each(|value| add(values.get(*value))),
            }
        }
        if !self.labels.is_empty() {
            facts.told.iter().for_each(|told| add(self.labels.get(&told.label)));
        }
        if !self.words.is_empty() {
            facts.text.words().for_each(|word| add(self.words.get(word)));
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn keys_of(when: &Condition) -> Option<Vec<Key>> {
    match when {
        Condition::Is(field, values) => {
            let key = |value: &String| Key::Is(*field, plain(*field, value));
            Some(values.iter().map(key).collect())
        }
        Condition::Label { labels, .. } => Some(labels.iter().cloned().map(Key::Label).collect()),
        Condition::Text(phrases) => {
            let phrases = phrases.iter().filter(|phrase| !phrase.is_empty());
            phrases
                .map(|phrase: &Phrase| Some(Key::Word(phrase.token()?.to_owned())))
                .collect()
        }
        _ => None,
    }
}

/// How many times each fact is asked for.
fn count(when: &Condition, common: &mut BTreeMap<Key, usize>) {
    match when {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| count(part, common)),
        Condition::Not(part) => count(part, common),
        leaf => {
            for key in keys_of(leaf).into_iter().flatten() {
                *common.entry(key).or_default() += 1;
            }
        }
    }
}

/// Facts of which one must be there for the condition to hold (to fail, where it is denied); none where no such set is
/// known.
fn needs(when: &Condition, denied: bool, common: &BTreeMap<Key, usize>) -> Option<Vec<Key>> {
    let cost = |keys: &Vec<Key>| {
        keys.iter()
            .map(|key| common.get(key).copied().unwrap_or(0))
            .sum::<usize>()
    };
    let each = |parts: &[Condition]| -> Vec<_> { parts.iter().map(|part| needs(part, denied, common)).collect() };
    match (when, denied) {
        (Condition::Not(part), _) => needs(part, !denied, common),
        // Every part must hold: the needs of any one will do.
        (Condition::All(parts), false) | (Condition::Any(parts), true) => {
            each(parts).into_iter().flatten().min_by_key(cost)
        }
        // Some part must: the needs of all together.
        (Condition::Any(parts), false) | (Condition::All(parts), true) => each(parts)
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .map(|keys| keys.concat()),
        (leaf, false) => keys_of(leaf),
        (_, true) => None,
    }
}
