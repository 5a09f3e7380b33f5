//! From the texts of a folder of policy files to a [`House`], or to everything that is wrong with them.
//!
//! A section may stand in any file, and be spread over several where its parts have names: `rules.toml` of one team and
//! `rules.toml` of another. The same name twice is a mistake whichever of the two was meant, so both are named. The desk
//! reads no file: it is given texts and the names to call them by.

use super::place::{self, Place};
use super::{Faults, House, nearest};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

/// A file: what to call it, and its text.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// As the reader knows it: `policy/rules.toml`.
    pub name: &'a str,
    /// What stands in it.
    pub text: &'a str,
}

/// Something wrong, with its place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wrong {
    /// The file; empty where it is about no file in particular.
    pub file: String,
    /// The line, from 1; 0 where there is none.
    pub line: usize,
    /// The field, as a path from the top; empty where the text is not even TOML.
    pub at: String,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub repair: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}:{}: ", self.file, self.line)?;
        }
        if !self.at.is_empty() {
            write!(f, "{}: ", self.at)?;
        }
        write!(f, "{}: {}.", self.what, self.repair)
    }
}

/// A text and what it parses to.
struct Parsed<'a> {
    file: Text<'a>,
    table: Spanned<DeTable<'a>>,
}

impl Parsed<'_> {
    fn wrong(&self, offset: usize, at: &str, what: &str, repair: &str) -> Wrong {
        Wrong {
            file: self.file.name.to_owned(),
            line: place::line(self.file.text, offset),
            at: at.to_owned(),
            what: what.to_owned(),
            repair: repair.to_owned(),
        }
    }
}

/// Reads all files of a policy and checks the whole. The order of the files makes no difference. A file whose name ends
/// in `.ics` is no part of the policy: it is what a calendar means that names it.
pub fn read(files: &[Text<'_>]) -> Result<House, Vec<Wrong>> {
    let (ics, mut files): (Vec<Text<'_>>, Vec<Text<'_>>) =
        files.iter().copied().partition(|file| file.name.ends_with(".ics"));
    files.sort_by_key(|file| file.name);
    let mut wrong = Vec::new();
    let mut parsed = Vec::new();
    for file in files {
        match DeTable::parse(file.text) {
            Ok(table) => parsed.push(Parsed { file, table }),
            Err(error) => wrong.push(Wrong {
                file: file.name.to_owned(),
                line: place::line(file.text, error.span().map_or(0, |span| span.start)),
                at: String::new(),
                what: one_line(error.message()),
                repair: "mend the TOML of this line".to_owned(),
            }),
        }
    }
    wrong.extend(doubles(&parsed));
    for file in &parsed {
        wrong.extend(misread(file));
    }
    if !wrong.is_empty() {
        wrong.sort();
        return Err(wrong);
    }
    let mut house = merged(&parsed).map_err(|what| {
        vec![Wrong {
            file: String::new(),
            line: 0,
            at: String::new(),
            what,
            repair: "put the section into one file".to_owned(),
        }]
    })?;
    let mut faults = Faults::default();
    calendars(&mut house, &ics, &mut faults);
    if faults.is_empty() {
        faults = house.check();
    }
    let mut wrong: Vec<_> = faults.iter().map(|fault| placed(&parsed, fault)).collect();
    if wrong.is_empty() {
        return Ok(house);
    }
    wrong.sort();
    Err(wrong)
}

/// Puts the text of its file in the place of a name, so that a policy says all that it means.
fn calendars(house: &mut House, ics: &[Text<'_>], faults: &mut Faults) {
    for (name, calendar) in &mut house.calendars {
        let Some(written) = calendar.ics.as_mut().filter(|written| !written.contains("BEGIN:")) else {
            continue;
        };
        let wanted = written.trim_start_matches("./");
        let is = |file: &&Text<'_>| {
            file.name
                .strip_suffix(wanted)
                .is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
        };
        match ics.iter().find(is) {
            Some(file) => *written = file.text.to_owned(),
            None => {
                let known: Vec<&str> = ics
                    .iter()
                    .map(|file| file.name.rsplit('/').next().unwrap_or(file.name))
                    .collect();
                let repair = match (nearest(wanted, known.iter().copied()), known.is_empty()) {
                    (Some(near), _) => format!("write {near:?}"),
                    (None, true) => "put the .ics file beside the policy files and name it here".to_owned(),
                    (None, false) => format!("name one of {}", known.join(", ")),
                };
                let what = format!("there is no file {wanted:?} beside the policy files");
                faults.add(format!("calendars.{name}.ics"), what, repair);
            }
        }
    }
}

/// What is named twice: each time after the first, pointing at the first.
fn doubles(parsed: &[Parsed<'_>]) -> Vec<Wrong> {
    let mut first: BTreeMap<(String, String), (&Parsed<'_>, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for file in parsed {
        for (section, value) in file.table.get_ref().iter() {
            let names: Vec<(String, usize)> = match value.get_ref() {
                DeValue::Table(table) => table
                    .iter()
                    .map(|(key, _)| (key.get_ref().to_string(), key.span().start))
                    .collect(),
                _ => vec![(String::new(), section.span().start)],
            };
            for (name, offset) in names {
                let key = (section.get_ref().to_string(), name);
                let Some((other, before)) = first.get(&key) else {
                    first.insert(key, (file, offset));
                    continue;
                };
                let (section, name) = &key;
                let at = if name.is_empty() {
                    section.clone()
                } else {
                    format!("{section}.{name}")
                };
                let line = place::line(other.file.text, *before);
                let what = format!("{at} stands in {}:{line} already", other.file.name);
                let repair = if name.is_empty() {
                    "put the whole list into one file"
                } else {
                    "take one of the two out, or give it another name"
                };
                wrong.push(file.wrong(offset, &at, &what, repair));
            }
        }
    }
    wrong
}

/// What is no policy: of every section of a file, the first field that cannot be read.
fn misread(file: &Parsed<'_>) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for (section, value) in file.table.get_ref().iter() {
        let mut alone = DeTable::new();
        alone.insert(section.clone(), value.clone());
        let Err(error) = House::deserialize(Deserializer::from(Spanned::new(file.table.span(), alone))) else {
            continue;
        };
        let span = error.span().unwrap_or_else(|| section.span());
        let at = place::path(file.table.get_ref(), &span);
        let (what, repair) = said(error.message());
        wrong.push(file.wrong(span.start, &at, &what, &repair));
    }
    wrong
}

/// What is wrong and the repair, out of what serde says.
fn said(message: &str) -> (String, String) {
    let message = one_line(message);
    let mut ticked = message.split('`').skip(1).step_by(2);
    if let (Some(found), true) = (ticked.next(), message.starts_with("unknown ")) {
        let what = message.split(", expected").next().unwrap_or(&message).to_owned();
        let known: Vec<_> = ticked.collect();
        let repair = nearest(found, known.iter().copied()).map(|near| format!("write `{near}`"));
        let all = || format!("write one of {}", known.join(", "));
        return (what, repair.unwrap_or_else(all));
    }
    if let Some(field) = message.strip_prefix("missing field ") {
        return (message.clone(), format!("add {field}"));
    }
    // Our own errors end with their repair; of those about a word, the nearest one is the repair.
    if let Some((found, known)) = message.split_once(" is none of ") {
        let near = nearest(found.trim_matches('"'), known.split(", "));
        return (
            message.clone(),
            near.map_or_else(|| "write one of these".to_owned(), |near| format!("write {near:?}")),
        );
    }
    if let Some((what, repair)) = message.rsplit_once(": ") {
        return (what.to_owned(), repair.to_owned());
    }
    if let Some((what, expected)) = message.rsplit_once(", expected ") {
        return (what.to_owned(), format!("write {expected}"));
    }
    (
        message,
        "write it as `jackfield policy show` writes such a field".to_owned(),
    )
}

fn one_line(message: &str) -> String {
    message
        .split('\n')
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

/// All files as one.
fn merged(parsed: &[Parsed<'_>]) -> Result<House, String> {
    let mut all = toml::Table::new();
    for file in parsed {
        let table: toml::Table = toml::from_str(file.file.text).map_err(|error| error.message().to_owned())?;
        for (section, value) in table {
            match (all.get_mut(&section), value) {
                (Some(toml::Value::Table(known)), toml::Value::Table(more)) => known.extend(more),
                (_, value) => {
                    all.insert(section, value);
                }
            }
        }
    }
    all.try_into()
        .map_err(|error: toml::de::Error| one_line(error.message()))
}

/// Where the field of a fault stands; the nearest field above it where it stands nowhere.
fn placed(parsed: &[Parsed<'_>], fault: &super::Fault) -> Wrong {
    let found = parsed
        .iter()
        .map(|file| (place::find(file.table.get_ref(), &fault.at), file));
    let best = found.max_by_key(|(place, _)| place.depth);
    match best {
        Some((Place { depth, offset }, file)) if depth > 0 => file.wrong(offset, &fault.at, &fault.what, &fault.repair),
        _ => Wrong {
            file: String::new(),
            line: 0,
            at: fault.at.clone(),
            what: fault.what.clone(),
            repair: fault.repair.clone(),
        },
    }
}
