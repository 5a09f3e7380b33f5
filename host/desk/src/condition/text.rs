//! Words, as conditions look for them: letters without their case and accents, whole words, phrases across any spacing.
//!
//! Scripts that write no space between words (Han, kana, Thai, Lao, Khmer, Burmese) have no whole words without a
//! dictionary: a word of theirs is found anywhere.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A text made ready to be searched: its words, each with one space before and after.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folded(String);

/// A word or phrase to look for. It is kept as it was written; two are the same where they are written the same.
#[derive(Debug, Clone)]
pub struct Phrase {
    written: String,
    folded: String,
    anywhere: bool,
}

impl Folded {
    /// Makes a text ready.
    pub fn of(text: &str) -> Self {
        Self(fold(text))
    }

    /// Another text after this one; no phrase reaches from one into the other.
    pub fn add(&mut self, text: &str) {
        let more = fold(text);
        if !more.is_empty() {
            // A sign that folding leaves in no word.
            self.0.push('\n');
            self.0.push_str(&more);
        }
    }

    /// Whether the phrase is in it.
    pub fn has(&self, phrase: &Phrase) -> bool {
        if phrase.anywhere {
            let bare = phrase.folded.trim_matches(' ');
            !bare.is_empty() && self.0.contains(bare)
        } else {
            !phrase.folded.is_empty() && self.0.contains(&phrase.folded)
        }
    }

    /// Its words.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.split_ascii_whitespace()
    }

    /// Its words, each once, in order.
    pub fn distinct(&self) -> BTreeSet<&str> {
        self.words().collect()
    }

    /// Nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Phrase {
    /// A phrase, as it is written.
    pub fn new(written: impl Into<String>) -> Self {
        let written = written.into();
        let folded = fold(&written);
        let anywhere = folded.chars().any(has_no_spaces);
        Self {
            written,
            folded,
            anywhere,
        }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// No word is in it: it is found nowhere.
    pub fn is_empty(&self) -> bool {
        self.folded.is_empty()
    }

    /// A word that every text with this phrase has; none where it is found in the midst of words.
    pub fn token(&self) -> Option<&str> {
        if self.anywhere {
            return None;
        }
        // The longest is the rarest, as a rule.
        self.folded.split_ascii_whitespace().max_by_key(|word| word.len())
    }
}

impl PartialEq for Phrase {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Phrase {}

impl Serialize for Phrase {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.written)
    }
}

impl<'de> Deserialize<'de> for Phrase {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::new)
    }
}

/// ` its words like this `; empty where there are none. An apostrophe stands inside a word and leaves no mark.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len() + 2);
    let mut inside = false;
    let letters = text
        .nfkd()
        .filter(|c| !is_combining_mark(*c) && !matches!(c, '\'' | '\u{2019}'));
    for c in letters.flat_map(char::to_lowercase) {
        // Lower case may bring marks of its own: the dotted capital I of Turkish does.
        if is_combining_mark(c) {
            continue;
        }
        if c.is_alphanumeric() {
            if !inside {
                folded.push(' ');
                inside = true;
            }
            match c {
                'ß' => folded.push_str("ss"),
                'æ' => folded.push_str("ae"),
                'œ' => folded.push_str("oe"),
                'ø' => folded.push('o'),
                'đ' => folded.push('d'),
                'ł' => folded.push('l'),
                'ı' => folded.push('i'),
                'ς' => folded.push('σ'),
                c => folded.push(c),
            }
        } else {
            inside = false;
        }
    }
    if !folded.is_empty() {
        folded.push(' ');
    }
    folded
}

/// Han, kana, Thai, Lao, Khmer, Burmese.
fn has_no_spaces(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_found_as_whole_words_whatever_case_accents_and_spacing() {
        let check = |text: &str, phrase: &str, expected: bool| {
            assert_eq!(
                Folded::of(text).has(&Phrase::new(phrase)),
                expected,
                "{phrase:?} in {text:?}"
            );
        };
        check("I want my money back!", "money back", true);
        check("I want my MONEY...\nback", "money back", true);
        check("I want my moneyback", "money back", false);
        check("refunds", "refund", false);
        check("Rückerstattung, bitte", "ruckerstattung", true);
        check("RÜCKERSTATTUNG", "Rückerstattung", true);
        check("ein großer Ärger", "grosser arger", true);
        check("don’t", "don't", true);
        check("STRASSE", "straße", true);
        check("İstanbul", "istanbul", true);
        check("ΟΔΟΣ", "οδος", true);
        check("払い戻しをお願いします", "払い戻し", true);
        check("anything", "", false);
        check("anything", "!?", false);
        check("", "a", false);
    }

    #[test]
    fn no_phrase_reaches_from_one_message_into_the_next() {
        let mut text = Folded::of("my money");
        text.add("");
        text.add("back to you");
        assert!(!text.has(&Phrase::new("money back")));
        assert!(text.has(&Phrase::new("back to")));
        assert_eq!(text.distinct().len(), 5);
    }
}
