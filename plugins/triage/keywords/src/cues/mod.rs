//! The tables of cues.
//!
//! A cue is a phrase of words, `*` at the end of a word for any ending, and what it weighs for which label. Weights
//! are on the scale of the threshold, 1.0: a cue of 1.0 decides by itself, 0.5 needs another. A negative weight
//! speaks against. `,` and the like end a phrase: no cue reaches over them.

mod de;
mod en;
mod en_spam;
mod es;
mod fr;
mod pt;

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What a cue can speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Label {
    Question,
    Complaint,
    Thanks,
    Spam,
}

impl Label {
    pub(crate) const ALL: [Self; 4] = [Self::Question, Self::Complaint, Self::Thanks, Self::Spam];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Complaint => "complaint",
            Self::Thanks => "thanks",
            Self::Spam => "spam",
        }
    }
}

/// A phrase and what it weighs.
type Cue = (&'static str, &'static [(Label, f32)]);

/// A phrase, cut into words.
#[derive(Debug)]
pub(crate) struct Phrase {
    pub(crate) words: Vec<&'static str>,
    pub(crate) weights: &'static [(Label, f32)],
}

/// Every table.
const ALL: [&[Cue]; 6] = [en::CUES, en_spam::CUES, de::CUES, es::CUES, fr::CUES, pt::CUES];

/// All phrases by the first letter of their first word; of each letter the longest first.
pub(crate) fn by_letter() -> &'static BTreeMap<char, Vec<Phrase>> {
    static TABLE: OnceLock<BTreeMap<char, Vec<Phrase>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: BTreeMap<char, Vec<Phrase>> = BTreeMap::new();
        for (phrase, weights) in ALL.into_iter().flatten() {
            let words: Vec<&str> = phrase.split(' ').collect();
            if let Some(letter) = phrase.chars().next() {
                table.entry(letter).or_default().push(Phrase { words, weights });
            }
        }
        table
            .values_mut()
            .for_each(|list| list.sort_by_key(|p| core::cmp::Reverse(p.words.len())));
        table
    })
}

/// Words that turn the cue behind them round.
pub(crate) const NEGATIONS: &[&str] = &[
    "not", "no", "never", "isn't", "wasn't", "don't", "doesn't", "didn't", "isnt", "dont", "doesnt", "without",
    "nicht", "kein", "keine", "keinen", "nie", "ohne", "nunca", "sin", "não", "nem", "sem", "pas", "jamais", "sans",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_are_written_once_in_lower_case() {
        let mut seen = std::collections::BTreeSet::new();
        for list in ALL {
            for (phrase, weights) in list {
                assert!(seen.insert(*phrase), "{phrase} stands twice");
                assert_eq!(phrase.to_lowercase(), **phrase);
                assert!(
                    !weights.is_empty() && weights.iter().all(|(_, w)| w.is_finite() && *w != 0.0),
                    "{phrase}"
                );
            }
        }
    }
}
