//! Where it was looked, and what was found.

use crate::scan::Scan;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// What has to be found somewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Must {
    /// The word beside the secrets: what networks say comes here.
    Word,
    /// These words: what networks say never comes here, and this shows that there is something.
    Say(&'static str),
    /// Nothing in particular: other files of the same kind have what they must.
    Nothing,
}

/// All places.
pub(crate) struct Places {
    scan: Scan,
    begun: Instant,
    bytes: usize,
    faults: Vec<String>,
    /// Disguises of the word, by place.
    words: BTreeMap<String, BTreeSet<&'static str>>,
}

impl Places {
    pub(crate) fn new(scan: Scan) -> Self {
        Self {
            scan,
            begun: Instant::now(),
            bytes: 0,
            faults: Vec::new(),
            words: BTreeMap::new(),
        }
    }

    /// Looks at what is in a place.
    /// Says whether the word was found in these bytes.
    pub(crate) fn look(&mut self, place: &str, bytes: &[u8], must: Must) -> bool {
        self.bytes += bytes.len();
        if bytes.len() > 1_000_000 {
            eprintln!("{place}: {} bytes, {:?}", bytes.len(), self.begun.elapsed());
        }
        let mut word = BTreeSet::new();
        for ((name, disguise), before) in self.scan.of(bytes) {
            if name == "control" {
                word.insert(disguise);
            } else {
                self.faults
                    .push(format!("{name} is in {place} ({disguise}), behind {before:?}"));
            }
        }
        match must {
            Must::Word if word.is_empty() => {
                self.faults
                    .push(format!("the word is not in {place}: nothing was tried there"));
            }
            Must::Say(words) if !bytes.windows(words.len()).any(|window| window == words.as_bytes()) => {
                self.faults
                    .push(format!("{words:?} is not in {place}: nothing was tried there"));
            }
            _ => {}
        }
        let found = !word.is_empty();
        self.words.entry(place.to_owned()).or_default().extend(word);
        found
    }

    /// Whether the word was found in a place.
    pub(crate) fn has_word(&self, place: &str) -> bool {
        self.words.get(place).is_some_and(|disguises| !disguises.is_empty())
    }

    /// Fails with everything that is not as it has to be.
    pub(crate) fn judge(&self) {
        for (place, disguises) in &self.words {
            eprintln!("{place}: the word as {disguises:?}");
        }
        let (places, bytes, took) = (self.words.len(), self.bytes, self.begun.elapsed());
        eprintln!("{bytes} bytes in {places} places, {took:?}");
        assert!(self.faults.is_empty(), "{:#?}", self.faults);
    }
}
