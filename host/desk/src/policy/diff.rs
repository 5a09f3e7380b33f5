//! What another policy changes, in words, in the order of the fields.

use super::House;
use super::normal::Line;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The field, as a path from the top; of a whole named thing where it came or went.
    pub at: String,
    /// What it is about: `rule vip, priority`.
    pub about: String,
    /// What happens to it.
    pub what: Changed,
}

/// What happens to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// It is new.
    Added {
        /// What it says.
        says: String,
    },
    /// It is no longer there.
    Removed {
        /// What it said.
        said: String,
    },
    /// It says something else.
    Altered {
        /// What it said.
        from: String,
        /// What it says.
        to: String,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            Changed::Added { says } => write!(f, "+ {}: {says}", self.about),
            Changed::Removed { said } => write!(f, "- {}: {said}", self.about),
            Changed::Altered { from, to } => write!(f, "  {}: {from} -> {to}", self.about),
        }
    }
}

/// What makes the new policy of the old one. It is empty where both have one version.
pub fn diff(old: &House, new: &House) -> Vec<Change> {
    let by_field = |house: &House| -> BTreeMap<String, Line> {
        house.lines().into_iter().map(|line| (line.at.clone(), line)).collect()
    };
    let (old, new) = (by_field(old), by_field(new));
    let (old_things, new_things) = (things(&old), things(&new));
    let mut changes: Vec<Change> = Vec::new();
    let mut whole = |only: &BTreeSet<&str>, lines: &BTreeMap<String, Line>, what: fn(String) -> Changed| {
        for thing in only {
            let of: Vec<_> = lines.values().filter(|line| thing_of(&line.at) == *thing).collect();
            let Some(about) = of
                .first()
                .map(|line| line.about.split(", ").next().unwrap_or(&line.about).to_owned())
            else {
                continue;
            };
            let said = of
                .iter()
                .map(|line| match line.about.strip_prefix(&format!("{about}, ")) {
                    Some(field) => format!("{field}: {}", line.says),
                    None => line.says.clone(),
                });
            let what = what(said.collect::<Vec<_>>().join("; "));
            changes.push(Change {
                at: (*thing).to_owned(),
                about,
                what,
            });
        }
    };
    whole(&new_things.difference(&old_things).copied().collect(), &new, |says| {
        Changed::Added { says }
    });
    whole(&old_things.difference(&new_things).copied().collect(), &old, |said| {
        Changed::Removed { said }
    });
    let both = |at: &str| old_things.contains(thing_of(at)) && new_things.contains(thing_of(at));
    for (at, line) in new.iter().filter(|(at, _)| both(at)) {
        let what = match old.get(at) {
            Some(before) if before.says == line.says => continue,
            Some(before) => Changed::Altered {
                from: before.says.clone(),
                to: line.says.clone(),
            },
            None => Changed::Added {
                says: line.says.clone(),
            },
        };
        changes.push(change(line, what));
    }
    for (_, line) in old.iter().filter(|(at, _)| both(at) && !new.contains_key(*at)) {
        changes.push(change(
            line,
            Changed::Removed {
                said: line.says.clone(),
            },
        ));
    }
    changes.sort_by(|one, other| one.at.cmp(&other.at));
    changes
}

fn change(line: &Line, what: Changed) -> Change {
    Change {
        at: line.at.clone(),
        about: line.about.clone(),
        what,
    }
}

/// The named things that have lines: `rules.vip`.
fn things(lines: &BTreeMap<String, Line>) -> BTreeSet<&str> {
    lines.keys().map(|at| thing_of(at)).collect()
}

/// The section and the name of a path.
fn thing_of(at: &str) -> &str {
    let mut dots = at.match_indices('.').map(|(index, _)| index);
    let end = dots.nth(1).unwrap_or(at.len());
    at.get(..end).unwrap_or(at)
}
