//! Reading a mapping's tables by hand, so that every mistake is told with its line, and all of them at once.
//!
//! A section is asked for its keys one by one; what was never asked for is unknown, and the nearest known key is
//! offered. Nothing here panics or stops at the first mistake: what cannot be read is told and counts as absent.

use super::fault::Fault;
use crate::template::{Name, Template};
use std::cell::RefCell;
use std::collections::BTreeSet;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// As many templates as one list of fallbacks may have.
const MOST_FALLBACKS: usize = 8;
/// As many entries as one table of names may have.
pub(crate) const MOST_ENTRIES: usize = 64;

/// Templates tried in order: the first that gives something is the value.
pub(crate) type Field = Vec<Template>;

/// What is kept while a mapping is read.
pub(crate) struct Reader {
    starts: Vec<usize>,
    faults: RefCell<Vec<Fault>>,
    /// Keys that are missing, with the fault that says so; and those that are there under a misspelt name. What is
    /// misspelt is told once: that it is missing as well would lead away from the mistake.
    missing: RefCell<Vec<(String, Fault)>>,
    misspelt: RefCell<BTreeSet<String>>,
    /// What may be meant so and is probably not.
    doubts: RefCell<Vec<Fault>>,
    /// Declared under `[values]`.
    pub(crate) values: BTreeSet<String>,
    /// Whether there is an `[account]`.
    pub(crate) account: bool,
    /// Secrets that headers use.
    pub(crate) secrets: RefCell<BTreeSet<String>>,
}

impl Reader {
    pub(crate) fn new(text: &str) -> Self {
        let starts = core::iter::once(0).chain(
            text.bytes()
                .enumerate()
                .filter(|(_, b)| *b == b'\n')
                .map(|(at, _)| at + 1),
        );
        Self {
            starts: starts.collect(),
            faults: RefCell::default(),
            missing: RefCell::default(),
            misspelt: RefCell::default(),
            doubts: RefCell::default(),
            values: BTreeSet::new(),
            account: false,
            secrets: RefCell::default(),
        }
    }

    /// The line of a byte, from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).max(1)
    }

    fn told(&self, at: usize, key: &str, what: impl Into<String>) -> Fault {
        Fault {
            line: self.line(at),
            key: key.to_owned(),
            what: what.into(),
        }
    }

    pub(crate) fn fault(&self, at: usize, key: &str, what: impl Into<String>) {
        self.faults.borrow_mut().push(self.told(at, key, what));
    }

    /// Mistakes so far: what was read in between without another one is whole.
    pub(crate) fn count(&self) -> usize {
        self.faults.borrow().len() + self.missing.borrow().len()
    }

    pub(crate) fn doubts(&self) -> Vec<Fault> {
        super::fault::sorted(self.doubts.take())
    }

    pub(crate) fn faults(self) -> Vec<Fault> {
        let misspelt = self.misspelt.into_inner();
        let missing = self.missing.into_inner().into_iter();
        let mut faults = self.faults.into_inner();
        faults.extend(
            missing
                .filter(|(key, _)| !misspelt.contains(key))
                .map(|(_, fault)| fault),
        );
        faults
    }
}

/// One table of the mapping.
pub(crate) struct Section<'r, 't> {
    pub(crate) reader: &'r Reader,
    /// Where it begins, for what is missing in it.
    pub(crate) at: usize,
    /// Its name with those around it; empty for the whole.
    pub(crate) name: String,
    table: &'r DeTable<'t>,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'r, 't> Section<'r, 't> {
    pub(crate) fn new(reader: &'r Reader, at: usize, name: String, table: &'r DeTable<'t>) -> Self {
        Self {
            reader,
            at,
            name,
            table,
            asked: RefCell::default(),
        }
    }

    /// A key with the sections around it.
    pub(crate) fn full(&self, key: &str) -> String {
        if self.name.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.name)
        }
    }

    pub(crate) fn get(&self, key: &'static str) -> Option<&'r Spanned<DeValue<'t>>> {
        self.asked.borrow_mut().insert(key);
        self.table.get(key)
    }

    pub(crate) fn has(&self, key: &'static str) -> bool {
        self.get(key).is_some()
    }

    /// A mistake in the value of a key, or in the section where the key is not there.
    pub(crate) fn fault(&self, key: &str, what: impl Into<String>) {
        let at = self.table.get(key).map_or(self.at, |value| value.span().start);
        self.reader.fault(at, &self.full(key), what);
    }

    /// Something that may be meant so and is probably not.
    pub(crate) fn doubt(&self, key: &str, what: impl Into<String>) {
        let at = self.table.get(key).map_or(self.at, |value| value.span().start);
        let fault = self.reader.told(at, &self.full(key), what);
        self.reader.doubts.borrow_mut().push(fault);
    }

    /// A key that has to be there and is not.
    pub(crate) fn missing(&self, key: &str, what: impl Into<String>) {
        let full = self.full(key);
        let fault = self.reader.told(self.at, &full, what);
        self.reader.missing.borrow_mut().push((full, fault));
    }

    /// The same, told under another key that needs it.
    pub(crate) fn missing_for(&self, key: &str, needs: &str, what: impl Into<String>) {
        let at = self.table.get(needs).map_or(self.at, |value| value.span().start);
        let fault = self.reader.told(at, &self.full(needs), what);
        self.reader.missing.borrow_mut().push((self.full(key), fault));
    }

    /// What has to be there.
    pub(crate) fn needed<T>(&self, key: &'static str, found: Option<T>, example: &str) -> Option<T> {
        if found.is_none() && !self.table.contains_key(key) {
            self.missing(key, format!("this is missing; write {example}"));
        }
        found
    }

    /// A field that tells one message from another: a fixed word alone cannot be meant.
    pub(crate) fn telling(&self, key: &'static str, known: &[&'static str]) -> Option<Field> {
        let field = self.field(key, known)?;
        if let Some(word) = all_fixed(&field) {
            let path = path_of(word);
            self.fault(
                key,
                format!(
                    "{word:?} is a fixed word, the same every time; write the path of the field: {key} = \"{path}\""
                ),
            );
            return None;
        }
        Some(field)
    }

    /// A field that may be a fixed word, and looks like the name of one.
    pub(crate) fn maybe_fixed(&self, key: &'static str, known: &[&'static str]) -> Option<Field> {
        let field = self.field(key, known)?;
        if let Some(word) = all_fixed(&field)
            && is_name(word)
        {
            self.doubt(
                key,
                format!("{word:?} is a fixed word, the same every time; if the field of that name is meant, write {key} = \"$.{word}\""),
            );
        }
        Some(field)
    }

    pub(crate) fn string(&self, key: &'static str) -> Option<&'r str> {
        let value = self.get(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.fault(key, "this must be a text in quotes");
        }
        text
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.string(key)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.fault(
                key,
                format!("{text:?} means nothing here; write {}", known.join(" or ")),
            );
        }
        found
    }

    pub(crate) fn flag(&self, key: &'static str) -> Option<bool> {
        let found = self.get(key)?.get_ref().as_bool();
        if found.is_none() {
            self.fault(key, "this must be true or false, without quotes");
        }
        found
    }

    pub(crate) fn number(&self, key: &'static str, least: u64, most: u64) -> Option<u64> {
        let value = self.get(key)?;
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|n| u64::from_str_radix(n.as_str(), n.radix()).ok());
        let found = number.filter(|n| (least..=most).contains(n));
        if found.is_none() {
            self.fault(
                key,
                format!("this must be a whole number from {least} to {most}, without quotes"),
            );
        }
        found
    }

    /// A template.
    pub(crate) fn template(&self, key: &'static str, known: &[&'static str]) -> Option<Template> {
        let text = self.string(key)?;
        let at = self.table.get(key)?.span().start;
        self.read(at, &self.full(key), text, known)
    }

    /// A template, or a list of them to be tried in order.
    pub(crate) fn field(&self, key: &'static str, known: &[&'static str]) -> Option<Field> {
        let value = self.get(key)?;
        let list = match value.get_ref() {
            DeValue::String(text) => return Some(vec![self.read(value.span().start, &self.full(key), text, known)?]),
            DeValue::Array(list) if !list.is_empty() && list.len() <= MOST_FALLBACKS => list,
            DeValue::Array(_) => {
                self.fault(key, format!("a list holds 1 to {MOST_FALLBACKS} texts, tried in order"));
                return None;
            }
            _ => {
                self.fault(
                    key,
                    "this must be a text in quotes, or a list of them to be tried in order",
                );
                return None;
            }
        };
        let one = |value: &Spanned<DeValue<'t>>| match value.get_ref().as_str() {
            Some(text) => self.read(value.span().start, &self.full(key), text, known),
            None => {
                self.reader.fault(
                    value.span().start,
                    &self.full(key),
                    "each element must be a text in quotes",
                );
                None
            }
        };
        let templates: Vec<_> = list.iter().map(one).collect();
        templates.into_iter().collect()
    }

    /// Reads a template, and looks whether what it names is declared.
    pub(crate) fn read(&self, at: usize, key: &str, text: &str, known: &[&'static str]) -> Option<Template> {
        let template = match Template::read(text, known) {
            Ok(template) => template,
            Err(what) => {
                self.reader.fault(at, key, what);
                return None;
            }
        };
        for insert in template.inserts() {
            match &insert.name {
                Name::Values(name) if !self.reader.values.contains(name) => self.reader.fault(
                    at,
                    key,
                    format!("`{{values.{name}}}` is not declared; write `{name} = \"what it is\"` under [values]"),
                ),
                Name::Plain("account") if !self.reader.account => self.reader.fault(
                    at,
                    key,
                    "`{account}` is not known; write an [account] section that says which account is ours",
                ),
                _ => {}
            }
        }
        Some(template)
    }

    /// The section under a key.
    pub(crate) fn section(&self, key: &'static str) -> Option<Section<'r, 't>> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Section::new(self.reader, value.span().start, self.full(key), table)),
            _ => {
                self.fault(
                    key,
                    format!("this must be a section; write [{}] and its keys below", self.full(key)),
                );
                None
            }
        }
    }

    /// Entries whose names are the mapping's own.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'r str, usize, &'r DeValue<'t>)> {
        if self.table.len() > MOST_ENTRIES {
            self.reader.fault(
                self.at,
                &self.name,
                format!("there are more than {MOST_ENTRIES} entries; take some away"),
            );
        }
        let entries = self.table.iter().take(MOST_ENTRIES);
        entries.map(|(name, value)| (name.get_ref().as_ref(), name.span().start, value.get_ref()))
    }

    /// Sections whose names are the mapping's own, such as `[poll.NAME]`.
    pub(crate) fn named(&self, most: usize) -> Vec<(String, Section<'r, 't>)> {
        let mut found = Vec::new();
        for (name, at, value) in self.entries() {
            let full = self.full(name);
            let plain = !name.is_empty()
                && name.len() <= 64
                && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
            match value {
                DeValue::Table(table) if plain => {
                    found.push((name.to_owned(), Section::new(self.reader, at, full, table)));
                }
                DeValue::Table(_) => self
                    .reader
                    .fault(at, &full, "a name is 1 to 64 letters, digits, `-` and `_`"),
                _ => self.reader.fault(
                    at,
                    &full,
                    format!(
                        "sections here have a name; write [{}.NAME] and put `{name}` below it",
                        self.name
                    ),
                ),
            }
        }
        if found.len() > most {
            self.reader.fault(
                self.at,
                &self.name,
                format!("there are more than {most} of these; take some away"),
            );
            found.truncate(most);
        }
        found
    }

    /// Tells every key that nobody asked for.
    pub(crate) fn finish(&self) {
        let asked = self.asked.borrow();
        for (key, _) in self.table {
            let (at, key) = (key.span().start, key.get_ref());
            if asked.contains(key.as_ref()) {
                continue;
            }
            let near = asked.iter().map(|known| (distance(known, key), known)).min();
            let advice = match near {
                Some((far, known)) if far <= 2 => {
                    self.reader.misspelt.borrow_mut().insert(self.full(known));
                    format!("did you mean `{known}`?")
                }
                _ => format!("known here: {}", asked.iter().copied().collect::<Vec<_>>().join(", ")),
            };
            self.reader
                .fault(at, &self.full(key), format!("this key means nothing here; {advice}"));
        }
    }
}

/// The first word of a field that inserts nothing at all.
fn all_fixed(field: &Field) -> Option<&str> {
    let fixed = field.iter().map(Template::fixed).collect::<Option<Vec<_>>>()?;
    fixed.first().copied()
}

fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(|c| c.is_ascii_lowercase() || c == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || "_.".contains(c))
}

/// The path that was meant by a word without `$`.
fn path_of(word: &str) -> String {
    if is_name(word) {
        format!("$.{word}")
    } else {
        "$.name".to_owned()
    }
}

/// How many letters have to be changed (Levenshtein); long words are far from everything.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    const LONG: usize = 40;
    if a.len() > LONG || b.len() > LONG {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((y, above), left_above) in b.iter().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or(0);
            next.push((left_above + usize::from(x != *y)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_near() {
        assert_eq!(distance("items", "itmess"), 2);
        assert_eq!(distance("items", "item"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("a", &"b".repeat(50)), usize::MAX);
    }

    #[test]
    fn bytes_have_lines() {
        let reader = Reader::new("a\nb\n\nc");
        assert_eq!([0, 1, 2, 4, 5, 99].map(|at| reader.line(at)), [1, 1, 2, 3, 4, 4]);
        assert_eq!(Reader::new("").line(0), 1);
    }
}
