//! A difference that a person can read: word by word, with what is the same left as it is.

use serde::{Deserialize, Serialize};
use similar::{ChangeTag, TextDiff};

/// What became of a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It stayed.
    Same,
    /// It is gone.
    Removed,
    /// It is new.
    Added,
}

/// A stretch of the difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// What became of it.
    pub change: Change,
    /// Its text.
    pub text: String,
}

/// From one text to the other. Between two changes a single space is part of the change: nobody reads one space.
pub fn difference(old: &str, new: &str) -> Vec<Piece> {
    let diff = TextDiff::from_words(old, new);
    let mut removed = String::new();
    let mut added = String::new();
    let mut pieces: Vec<Piece> = Vec::new();
    let flush = |pieces: &mut Vec<Piece>, removed: &mut String, added: &mut String| {
        for (change, text) in [(Change::Removed, removed), (Change::Added, added)] {
            if !text.is_empty() {
                pieces.push(Piece {
                    change,
                    text: std::mem::take(text),
                });
            }
        }
    };
    let changes: Vec<_> = diff
        .iter_all_changes()
        .map(|change| (change.tag(), change.value().to_owned()))
        .collect();
    for (at, (tag, text)) in changes.iter().enumerate() {
        let changed = |at: Option<usize>| {
            at.and_then(|at| changes.get(at))
                .is_some_and(|(tag, _)| *tag != ChangeTag::Equal)
        };
        match tag {
            ChangeTag::Delete => removed.push_str(text),
            ChangeTag::Insert => added.push_str(text),
            ChangeTag::Equal if text == " " && changed(at.checked_sub(1)) && changed(Some(at + 1)) => {
                removed.push_str(text);
                added.push_str(text);
            }
            ChangeTag::Equal => {
                flush(&mut pieces, &mut removed, &mut added);
                match pieces.last_mut() {
                    Some(last) if last.change == Change::Same => last.text.push_str(text),
                    _ => pieces.push(Piece {
                        change: Change::Same,
                        text: text.clone(),
                    }),
                }
            }
        }
    }
    flush(&mut pieces, &mut removed, &mut added);
    pieces
}

/// The same for a log or a screen reader: `[-old-] {+new+}`.
pub fn in_words(pieces: &[Piece]) -> String {
    let one = |piece: &Piece| match piece.change {
        Change::Same => piece.text.clone(),
        Change::Removed => format!("[-{}-]", piece.text),
        Change::Added => format!("{{+{}+}}", piece.text),
    };
    pieces.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_read_word_by_word() {
        for (old, new, expected) in [
            (
                "We will send it today.",
                "We will send it tomorrow.",
                "We will send it [-today.-]{+tomorrow.+}",
            ),
            ("Good day", "Good day", "Good day"),
            ("a b c", "a x y c", "a [-b-]{+x y+} c"),
            ("Schöne Grüße", "Schönen Gruß", "[-Schöne Grüße-]{+Schönen Gruß+}"),
            ("", "new", "{+new+}"),
        ] {
            assert_eq!(in_words(&difference(old, new)), expected);
        }
    }
}
