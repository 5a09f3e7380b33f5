//! Two rules that set the same thing: found before they meet, where that can be proved.
//!
//! Conditions that are a list of plain parts (fields, labels, words, bounds) can be held against each other part by part.
//! Of anything nested it is not known; there the conflict is found when it happens.

use super::{On, Rule, Slot};
use crate::condition::{Bounds, Condition, Count, Field, Passed, plain};
use std::collections::{BTreeMap, BTreeSet};

/// How two conditions stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Nothing meets both.
    Apart,
    /// Something meets both.
    Together,
    /// It was not proved either way.
    Unknown,
}

/// Two rules that set the same thing to different values, on the same event, of the same conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// What they set.
    pub slot: Slot,
    /// The rule that has its way.
    pub first: String,
    /// The rule that does not.
    pub second: String,
    /// Nothing but their names says which is first.
    pub undecided: bool,
}

/// A condition that is a list of plain parts.
#[derive(Default)]
struct Flat {
    fields: BTreeMap<Field, BTreeSet<String>>,
    not: BTreeMap<Field, BTreeSet<String>>,
    counts: BTreeMap<Count, Bounds<i64>>,
    passed: BTreeMap<Passed, Bounds<i64>>,
    labelled: bool,
}

/// Fields that have several values at once, or values that meet one another: two demands never stand apart.
fn is_open(field: Field) -> bool {
    matches!(field, Field::Tag | Field::Audience | Field::Language)
}

impl Flat {
    fn of(conditions: [&Condition; 2]) -> Option<Result<Self, ()>> {
        let mut flat = Self::default();
        for condition in conditions {
            match flat.add(condition) {
                Some(true) => {}
                Some(false) => return Some(Err(())),
                None => return None,
            }
        }
        Some(Ok(flat))
    }

    /// Adds the parts of a condition; false where nothing can meet them all, none where a part is not plain.
    fn add(&mut self, when: &Condition) -> Option<bool> {
        match when {
            Condition::All(parts) => {
                let mut met = true;
                for part in parts {
                    met &= self.add(part)?;
                }
                Some(met)
            }
            Condition::Is(field, values) if is_open(*field) => Some(!values.is_empty()),
            Condition::Is(field, values) => {
                let values: BTreeSet<_> = values.iter().map(|value| plain(*field, value)).collect();
                let known = self.fields.entry(*field).or_insert_with(|| values.clone());
                known.retain(|value| values.contains(value));
                Some(!known.is_empty())
            }
            Condition::Not(part) => match part.as_ref() {
                Condition::Is(field, values) if !is_open(*field) => {
                    let values = values.iter().map(|value| plain(*field, value));
                    self.not.entry(*field).or_default().extend(values);
                    Some(true)
                }
                _ => None,
            },
            Condition::Label { .. } => {
                self.labelled = true;
                Some(true)
            }
            Condition::Text(_) => Some(true),
            Condition::Count(count, bounds) => {
                let known = self.counts.entry(*count).or_insert(*bounds);
                narrow(known, *bounds);
                Some(possible(known))
            }
            Condition::Passed(passed, bounds) => {
                let bounds = Bounds {
                    at_least: bounds.at_least.map(|span| span.0),
                    below: bounds.below.map(|span| span.0),
                };
                let known = self.passed.entry(*passed).or_insert(bounds);
                narrow(known, bounds);
                Some(possible(known))
            }
            Condition::Any(_)
            | Condition::Known(_)
            | Condition::Within(_)
            | Condition::Hours { .. }
            | Condition::Days { .. } => None,
        }
    }

    /// Whether every field is left a value.
    fn is_met(&self) -> bool {
        self.fields.iter().all(|(field, values)| {
            let none = BTreeSet::new();
            let not = self.not.get(field).unwrap_or(&none);
            values.iter().any(|value| !not.contains(value))
        })
    }

    /// Whether no two parts are about things that hang together: a network is of one kind, what no plugin read has no
    /// label, nobody waits longer than the conversation is old or for what is resolved.
    fn is_free(&self) -> bool {
        let asks = |field: Field| self.fields.contains_key(&field) || self.not.contains_key(&field);
        let work = [
            asks(Field::Stage),
            asks(Field::Owner),
            asks(Field::Queue),
            !self.passed.is_empty(),
        ];
        let channel = asks(Field::Network) && asks(Field::Kind);
        let triage = asks(Field::Triage) && self.labelled;
        let stage = asks(Field::Stage) && work.into_iter().filter(|asked| *asked).count() > 1;
        !(channel || triage || stage) && self.passed.len() < 2
    }
}

fn narrow(known: &mut Bounds<i64>, by: Bounds<i64>) {
    known.at_least = known.at_least.max(by.at_least);
    known.below = match (known.below, by.below) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
}

fn possible(bounds: &Bounds<i64>) -> bool {
    match (bounds.at_least, bounds.below) {
        (Some(least), Some(below)) => least < below,
        _ => true,
    }
}

/// How two conditions stand to each other, as far as that can be proved.
pub fn relation(one: &Condition, other: &Condition) -> Relation {
    match Flat::of([one, other]) {
        None => Relation::Unknown,
        Some(Err(())) => Relation::Apart,
        Some(Ok(flat)) if !flat.is_met() => Relation::Apart,
        Some(Ok(flat)) if flat.is_free() => Relation::Together,
        Some(Ok(_)) => Relation::Unknown,
    }
}

/// Every two rules of which it is proved that they set the same thing differently.
pub fn overlaps<'a>(rules: impl IntoIterator<Item = (&'a String, &'a Rule)>) -> Vec<Overlap> {
    let mut rules: Vec<_> = rules.into_iter().filter(|(_, rule)| !rule.off).collect();
    rules.sort_by(|(one, a), (other, b)| b.priority.cmp(&a.priority).then_with(|| one.cmp(other)));
    let mut found = Vec::new();
    let mut rest = rules.as_slice();
    while let [(name, rule), after @ ..] = rest {
        rest = after;
        // After a rule that stops, none comes that could disagree.
        for (other_name, other) in after.iter().filter(|_| !rule.stop) {
            let meet = rule.on.iter().any(|on: &On| other.on.contains(on));
            let slots = rule.acts.iter().filter_map(|act| Some((act.slot()?, act)));
            let mut differ =
                slots.filter(|(slot, act)| other.acts.iter().any(|b| b.slot() == Some(*slot) && b != *act));
            if let (true, Some((slot, _))) = (meet, differ.next())
                && relation(&rule.when, &other.when) == Relation::Together
            {
                found.push(Overlap {
                    slot,
                    first: (*name).clone(),
                    second: (*other_name).clone(),
                    undecided: rule.priority == other.priority,
                });
            }
        }
    }
    found
}
