//! What is wrong with a mapping: where, what, and what to write instead.

use core::fmt;

/// One mistake in a mapping.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The key with the sections around it: `poll.comments.url`. Empty where the text is no TOML at all.
    pub key: String,
    /// What is wrong and what to write.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(f, "line {}: {}", self.line, self.what)
        } else {
            write!(f, "line {}, `{}`: {}", self.line, self.key, self.what)
        }
    }
}

/// More mistakes than a person mends in one go; the rest would be echoes of these.
const MOST: usize = 50;

/// Mistakes in the order of their lines.
pub(crate) fn sorted(mut faults: Vec<Fault>) -> Vec<Fault> {
    faults.sort();
    faults.dedup();
    faults.truncate(MOST);
    faults
}

/// Faults as the lines of one text.
pub fn lines(faults: &[Fault]) -> String {
    faults
        .iter()
        .map(|fault| format!("{fault}\n"))
        .collect::<String>()
        .trim_end()
        .to_owned()
}
