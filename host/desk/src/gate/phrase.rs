//! Phrases: sequences of words with a few signs of their own, so that one line of a policy covers what people write.
//!
//! `we/i will/ll refund~` - words with `/` between them are alternatives, `~` at the end stands for any ending, `#` is a
//! number, `*` is up to three words, `?` at the end makes a word optional. An apostrophe parts words: `we'll` is `we ll`.
//! A phrase does not run over the end of a sentence.

use super::fold::folded;
use super::text::{Text, Word, apostrophe};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Words { any: Vec<(String, bool)>, optional: bool },
    Number,
    Some,
}

/// Many phrases, found by their first words.
#[derive(Debug, Clone, Default)]
pub(super) struct Phrases {
    all: Vec<Vec<Part>>,
    by_start: BTreeMap<[char; 3], Vec<usize>>,
    /// Those that begin with a number.
    numbers: Vec<usize>,
}

/// Words that a `*` may stand for.
const SOME: usize = 3;

impl Phrases {
    pub(super) fn of<'a>(phrases: impl Iterator<Item = &'a str>) -> Self {
        let mut made = Self::default();
        for phrase in phrases {
            let parts = parts(phrase);
            let index = made.all.len();
            match parts.first() {
                Some(Part::Words { any, .. }) => {
                    for (word, _) in any {
                        let at = made.by_start.entry(key(word)).or_default();
                        if !at.contains(&index) {
                            at.push(index);
                        }
                    }
                }
                Some(Part::Number) => made.numbers.push(index),
                Some(Part::Some) | None => {}
            }
            made.all.push(parts);
        }
        made
    }

    /// Where they are: first character, one past the last, and which; the longest at each place.
    pub(super) fn find(&self, text: &Text) -> Vec<(usize, usize, usize)> {
        let mut found = Vec::new();
        if self.all.is_empty() {
            return found;
        }
        for (at, word) in text.words.iter().enumerate().filter(|(_, word)| !word.quiet) {
            let number = word.folded.starts_with(|c: char| c.is_ascii_digit());
            let listed = self
                .by_start
                .get(&key(&word.folded))
                .map(Vec::as_slice)
                .unwrap_or_default();
            let numbers = if number { self.numbers.as_slice() } else { &[] };
            let ends = listed.iter().chain(numbers).filter_map(|index| {
                let end = fits(self.all.get(*index)?, &text.words, at, true)?;
                Some((end, *index))
            });
            if let Some((end, index)) = ends.max_by_key(|(end, index)| (*end, std::cmp::Reverse(*index))) {
                let last = end.checked_sub(1).and_then(|last| text.words.get(last));
                found.push((word.start, last.map_or(word.end, |last| last.end), index));
            }
        }
        found
    }
}

/// A phrase of the policy that could never be found, and why.
pub(super) fn fault(phrase: &str) -> Option<&'static str> {
    match parts(phrase).first() {
        None => Some("there is no word in it"),
        Some(Part::Some) => Some("it begins with `*`"),
        Some(Part::Words { optional: true, .. }) => Some("its first word is optional"),
        Some(Part::Words { any, .. }) if any.iter().any(|(word, open)| *open && word.chars().count() < 3) => {
            Some("a first word that ends with `~` needs three letters before it")
        }
        Some(_) => None,
    }
}

fn key(word: &str) -> [char; 3] {
    let mut chars = word.chars();
    [(); 3].map(|()| chars.next().unwrap_or('\0'))
}

fn parts(phrase: &str) -> Vec<Part> {
    let split = phrase.split(|c: char| c.is_whitespace() || apostrophe(c) || c == '-');
    let one = |part: &str| match part {
        "*" => Part::Some,
        "#" => Part::Number,
        _ => {
            let optional = part.ends_with('?');
            let any = part.trim_end_matches('?').split('/');
            let any = any.map(|word| (folded(word.trim_end_matches('~')), word.ends_with('~')));
            Part::Words {
                any: any.filter(|(word, _)| !word.is_empty()).collect(),
                optional,
            }
        }
    };
    split
        .map(|part| part.trim_matches(|c: char| ".,!:;\"“”()".contains(c)))
        .filter(|part| !part.is_empty())
        .map(one)
        .collect()
}

/// One past the last word of the phrase, where it stands here.
fn fits(parts: &[Part], words: &[Word], at: usize, begin: bool) -> Option<usize> {
    let Some((part, rest)) = parts.split_first() else {
        return Some(at);
    };
    // A sentence ended before this word.
    let open = begin
        || at
            .checked_sub(1)
            .and_then(|before| words.get(before))
            .is_some_and(|before| !before.stop);
    let here = words.get(at).filter(|_| open);
    match part {
        Part::Some => {
            let passable = |taken: &usize| {
                (0..*taken).all(|past| at + past == 0 || words.get(at + past - 1).is_some_and(|word| !word.stop))
            };
            (0..=SOME)
                .filter(passable)
                .find_map(|taken| fits(rest, words, at + taken, false))
        }
        Part::Number => {
            let number = here.is_some_and(|word| word.folded.starts_with(|c: char| c.is_ascii_digit()));
            number.then(|| fits(rest, words, at + 1, false)).flatten()
        }
        Part::Words { any, optional } => {
            let same = |word: &&Word| {
                any.iter()
                    .any(|(wanted, open)| word.folded == *wanted || *open && word.folded.starts_with(wanted.as_str()))
            };
            let taken = here.filter(same).and_then(|_| fits(rest, words, at + 1, false));
            taken.or_else(|| if *optional { fits(rest, words, at, begin) } else { None })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_covers_what_people_write() {
        let phrases = [
            "we/i will/ll refund~",
            "by tomorrow/monday",
            "within # day/days",
            "# days",
            "money * back",
            "we are? sure",
        ];
        let all = Phrases::of(phrases.into_iter());
        let check = |text: &str, expected: &[(&str, usize)]| {
            let text = Text::of(text);
            let found: Vec<_> = all
                .find(&text)
                .into_iter()
                .map(|(a, b, i)| (text.part(a, b), i))
                .collect();
            let expected: Vec<_> = expected.iter().map(|(a, i)| ((*a).to_owned(), *i)).collect();
            assert_eq!(found, expected);
        };
        check("We'll refund you", &[("We'll refund", 0)]);
        check("and I WILL  refunding", &[("I WILL  refunding", 0)]);
        check("we will. Refund", &[]);
        check("by Monday", &[("by Monday", 1)]);
        check("within 3 days", &[("within 3 days", 2), ("3 days", 3)]);
        check("your money will be back", &[("money will be back", 4)]);
        check("money a b c d back", &[]);
        check("we sure, we are sure", &[("we sure", 5), ("we are sure", 5)]);
    }
}
