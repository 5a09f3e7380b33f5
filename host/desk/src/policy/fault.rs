//! What is wrong in a policy: where, what, and what to write instead.

use std::fmt;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The field, as a path from the top: `queues.billing.needs[1].level`.
    pub at: String,
    /// What is wrong, with what was found: the beginning of a sentence, without its full stop.
    pub what: String,
    /// What to write instead.
    pub repair: String,
}

/// Everything that is wrong, in the order of finding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Adds one.
    pub fn add(&mut self, at: impl Into<String>, what: impl Into<String>, repair: impl Into<String>) {
        self.0.push(Fault {
            at: at.into(),
            what: what.into(),
            repair: repair.into(),
        });
    }

    /// Nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    /// A name that others refer to: `weekdays`, `level-2`.
    pub fn name(&mut self, at: &str, name: &str) {
        if !is_name(name) {
            self.add(
                at,
                format!("{name:?} is no name"),
                "begin with a lower-case letter and use a to z, 0 to 9 and single hyphens, at most 64 characters",
            );
        }
    }

    /// Something that another section has to have. `known` is none where no section says which there are.
    pub fn known(&mut self, at: &str, what: &str, name: &str, known: Option<&[&str]>) {
        let Some(known) = known else { return };
        if !known.contains(&name) {
            self.add(at, format!("there is no {what} {name:?}"), instead(name, known, what));
        }
    }
}

impl IntoIterator for Faults {
    type Item = Fault;
    type IntoIter = std::vec::IntoIter<Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}.", self.at, self.what, self.repair)
    }
}

/// Lower-case letters, digits and single hyphens, a letter first.
pub fn is_name(text: &str) -> bool {
    let parts = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.len() <= 64 && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.split('-').all(parts)
}

/// "write `weekdays`" where that is near enough, else which there are.
fn instead(name: &str, known: &[&str], what: &str) -> String {
    if let Some(near) = nearest(name, known.iter().copied()) {
        return format!("write {near:?}");
    }
    match known {
        [] => format!("add a {what} of that name"),
        _ => {
            let shown: Vec<_> = known.iter().take(12).copied().collect();
            let more = if known.len() > shown.len() { ", ..." } else { "" };
            format!("add it, or use one of {}{more}", shown.join(", "))
        }
    }
}

/// The known word that a slip of the finger away from what was written; none where none is near.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|other| (distance(word, other), other)).min()?;
    let allowed = 1 + word.chars().count() / 4;
    (near.0 <= allowed.min(3)).then_some(near.1)
}

/// Edits from one word to the other; a swap of neighbours is one.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().take(64).collect(), other.chars().take(64).collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    let at = |rows: &[Vec<usize>], i: usize, j: usize| rows.get(i).and_then(|row| row.get(j)).copied().unwrap_or(64);
    for i in 1..=one.len() {
        rows.push(vec![i]);
        for j in 1..=other.len() {
            let changed = usize::from(one.get(i - 1) != other.get(j - 1));
            let mut best = (at(&rows, i - 1, j) + 1)
                .min(at(&rows, i, j - 1) + 1)
                .min(at(&rows, i - 1, j - 1) + changed);
            if i > 1 && j > 1 && one.get(i - 1) == other.get(j - 2) && one.get(i - 2) == other.get(j - 1) {
                best = best.min(at(&rows, i - 2, j - 2) + 1);
            }
            if let Some(row) = rows.last_mut() {
                row.push(best);
            }
        }
    }
    at(&rows, one.len(), other.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_with_hyphens() {
        for good in ["a", "weekdays", "level-2", "o2"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "Weekdays", "2nd", "a--b", "-a", "a-", "a b", "ü", &"a".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn an_unknown_name_is_met_with_the_nearest_or_with_all() {
        let check = |name: &str, known: Option<&[&str]>, expected: Option<&str>| {
            let mut faults = Faults::default();
            faults.known("rules.a.when.within", "calendar", name, known);
            let said = faults.iter().next().map(ToString::to_string);
            assert_eq!(said.as_deref(), expected);
        };
        check("weekdays", Some(&["weekdays"]), None);
        check("anything", None, None);
        check(
            "wekedays",
            Some(&["nights", "weekdays"]),
            Some(r#"rules.a.when.within: there is no calendar "wekedays": write "weekdays"."#),
        );
        check(
            "office",
            Some(&["nights", "weekdays"]),
            Some(r#"rules.a.when.within: there is no calendar "office": add it, or use one of nights, weekdays."#),
        );
        check(
            "office",
            Some(&[]),
            Some(r#"rules.a.when.within: there is no calendar "office": add a calendar of that name."#),
        );
    }
}
