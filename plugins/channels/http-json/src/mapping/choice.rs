//! Conditions and choices: what depends on a value without being a script.

use super::table::{Field, Section};
use crate::template::{Place, Scope, Template};
use toml::Spanned;
use toml::de::DeValue;

/// As many words as one condition may have, and as many conditions as one key.
const MOST: usize = 32;
/// A value that is compared is no longer than this.
const MOST_BYTES: usize = 1024;

/// A condition: a value is one of these words, or none of them, or there is no value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct When {
    value: Field,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Is(Vec<Template>),
    IsNot(Vec<Template>),
    Empty(bool),
}

/// The first of these templates that gives something, at most `most` bytes of it.
pub(crate) fn first(field: &[Template], scope: &Scope<'_>, most: usize) -> Option<String> {
    field
        .iter()
        .find_map(|template| template.render(scope, Place::Plain, most))
}

impl When {
    /// What it looks at.
    pub(crate) fn value(&self) -> &Field {
        &self.value
    }

    fn holds(&self, scope: &Scope<'_>) -> bool {
        let value = first(&self.value, scope, MOST_BYTES);
        let among = |words: &[Template]| {
            let words = words
                .iter()
                .filter_map(|word| word.render(scope, Place::Plain, MOST_BYTES));
            value
                .as_ref()
                .is_some_and(|value| words.into_iter().any(|word| word == *value))
        };
        match &self.test {
            Test::Is(words) => among(words),
            Test::IsNot(words) => !among(words),
            Test::Empty(yes) => value.is_none() == *yes,
        }
    }

    /// `{ value = "$.a", is = "x" }`, or a list of such conditions: one of them is enough.
    pub(crate) fn read(section: &Section<'_, '_>, key: &'static str, known: &[&'static str]) -> Vec<Self> {
        let Some(value) = section.get(key) else {
            return Vec::new();
        };
        let one = |value: &Spanned<DeValue<'_>>| -> Option<Self> {
            let DeValue::Table(table) = value.get_ref() else {
                section.fault(key, "a condition is written { value = \"$.path\", is = \"word\" }");
                return None;
            };
            let inner = Section::new(section.reader, value.span().start, section.full(key), table);
            let found = Self::of(&inner, known);
            inner.finish();
            found
        };
        match value.get_ref() {
            DeValue::Array(list) if list.len() > MOST => {
                section.fault(key, format!("there are more than {MOST} conditions; take some away"));
                Vec::new()
            }
            DeValue::Array(list) => list.iter().filter_map(one).collect(),
            _ => one(value).into_iter().collect(),
        }
    }

    fn of(section: &Section<'_, '_>, known: &[&'static str]) -> Option<Self> {
        let value = section.telling("value", known);
        let value = section.needed("value", value, "value = \"$.path\"");
        let (is, is_not, empty) = (
            words(section, "is", known),
            words(section, "is-not", known),
            section.flag("empty"),
        );
        let test = match (is, is_not, empty) {
            (Some(words), None, None) => Test::Is(words),
            (None, Some(words), None) => Test::IsNot(words),
            (None, None, Some(yes)) => Test::Empty(yes),
            (None, None, None) => {
                if !["is", "is-not", "empty"].into_iter().any(|key| section.has(key)) {
                    section.missing(
                        "is",
                        "the test is missing; write is = \"word\", is-not = \"word\" or empty = true",
                    );
                }
                return None;
            }
            _ => {
                section.fault(
                    "value",
                    "a condition has one test; keep one of `is`, `is-not` and `empty`",
                );
                return None;
            }
        };
        Some(Self { value: value?, test })
    }
}

/// Whether one of the conditions holds; none of none does.
pub(crate) fn any(conditions: &[When], scope: &Scope<'_>) -> bool {
    conditions.iter().any(|when| when.holds(scope))
}

/// `is = "word"` or `is = ["word", "word"]`; true and false may stand without quotes.
fn words(section: &Section<'_, '_>, key: &'static str, known: &[&'static str]) -> Option<Vec<Template>> {
    let value = section.get(key)?;
    let one = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
        DeValue::String(text) => section.read(value.span().start, &section.full(key), text, known),
        DeValue::Boolean(yes) => Template::read(&yes.to_string(), &[]).ok(),
        DeValue::Integer(number) if number.radix() == 10 => Template::read(number.as_str(), &[]).ok(),
        _ => {
            section.fault(
                key,
                "write a word in quotes, a whole number, true or false, or a list of them",
            );
            None
        }
    };
    match value.get_ref() {
        DeValue::Array(list) if list.is_empty() || list.len() > MOST => {
            section.fault(key, format!("a list here holds 1 to {MOST} words"));
            None
        }
        DeValue::Array(list) => list.iter().map(one).collect(),
        _ => Some(vec![one(value)?]),
    }
}

/// One of a few things: always the same, or by a table of words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Choice<T> {
    Always(T),
    By {
        value: Field,
        words: Vec<(String, T)>,
        other: T,
    },
}

impl<T: Copy> Choice<T> {
    /// What it looks at.
    pub(crate) fn value(&self) -> Option<&Field> {
        match self {
            Self::Always(_) => None,
            Self::By { value, .. } => Some(value),
        }
    }

    pub(crate) fn pick(&self, scope: &Scope<'_>) -> T {
        match self {
            Self::Always(one) => *one,
            Self::By { value, words, other } => {
                let value = first(value, scope, MOST_BYTES);
                let found = words.iter().find(|(word, _)| Some(word) == value.as_ref());
                found.map_or(*other, |(_, one)| *one)
            }
        }
    }

    /// A word of ours, or `{ value = "$.path", words = { theirs = "ours" }, else = "ours" }`.
    pub(crate) fn read(
        section: &Section<'_, '_>,
        key: &'static str,
        ours: &[(&str, T)],
        known: &[&'static str],
    ) -> Option<Self> {
        let value = section.get(key)?;
        let names: Vec<_> = ours.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let DeValue::Table(_) = value.get_ref() else {
            return section.word(key, ours).map(Self::Always);
        };
        let inner = section.section(key)?;
        let value = inner.needed("value", inner.telling("value", known), "value = \"$.path\"");
        let other = inner.word("else", ours);
        let other = inner.needed(
            "else",
            other,
            &format!("what holds for every other word: else = {}", names.join(" or ")),
        );
        let mut words = Vec::new();
        if let Some(table) = inner.section("words") {
            for (theirs, at, value) in table.entries() {
                let found = value
                    .as_str()
                    .and_then(|text| ours.iter().find(|(word, _)| *word == text));
                match found {
                    Some((_, one)) => words.push((theirs.to_owned(), *one)),
                    None => {
                        table
                            .reader
                            .fault(at, &table.full(theirs), format!("this is none of {}", names.join(", ")))
                    }
                }
            }
        } else if !inner.has("words") {
            inner.missing("words", "this is missing; write words = { \"their word\" = \"ours\" }");
        }
        inner.finish();
        Some(Self::By {
            value: value?,
            words,
            other: other?,
        })
    }
}
