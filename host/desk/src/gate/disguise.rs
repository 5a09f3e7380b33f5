//! Forbidden words, and the ways in which they hide.
//!
//! A draft is read as a stream of letters without spaces, signs and hidden characters, in which a digit, a sign or a
//! letter of another script stands for what it looks like and repetitions are one. In that stream one automaton finds
//! all words at once. What it finds is only a candidate: [`Reading::hit`] goes back to the characters and says whether a
//! reader would see the word. So the search may be broad and what is caught stays narrow: `of free` holds "ofre",
//! `an us` is two words, `455` is a number.
//!
//! Not caught, and said so in the tests: a word whose disguise is another real word (`duck`), one split in two real
//! words (`an us`), fewer than half of its letters (`f***`), backwards, in pictures, sounds spelled otherwise beyond
//! `ph`, `vv`, `rn`, `v` for u and `ck`.

use super::fold::{class, look, plain, stands_for};
use super::text::Text;

/// How a character came to be a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// It is one.
    Letter,
    /// It looks like one.
    Look,
    /// A digit in its place.
    Digit,
    /// A sign in its place.
    Sign,
}

/// A letter of the stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) letter: char,
    pub(super) how: As,
    /// A capital I, which looks like an l.
    capital_i: bool,
    pub(super) at: usize,
}

/// What is between two letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    None,
    Sign,
    Space,
}

/// A draft as a stream.
pub(super) struct Reading {
    /// Classes of letters, repetitions left out.
    pub(super) line: String,
    /// For each byte of `line` that begins a letter: the run. Else the run it is inside of.
    run_of: Vec<u32>,
    /// First entry of each run, and the number of all entries at the end.
    runs: Vec<u32>,
    entries: Vec<Entry>,
    gaps: Vec<Gap>,
}

/// How to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    /// Signs between letters are letters.
    pub(super) signs: bool,
    /// Letters of other scripts are the Latin ones they look like.
    pub(super) looks: bool,
}

/// A word that is looked for, in one of its forms.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// Letters with how often each is repeated, and whether a new word begins with it.
    pub(super) runs: Vec<(char, u32, bool)>,
    /// The entry of the policy.
    pub(super) entry: usize,
    /// Inside of longer words as well.
    pub(super) anywhere: bool,
    /// A spelling by sound (`ph` for f): a disguise by itself.
    pub(super) sound: bool,
}

/// A reader would see the word here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) disguised: bool,
}

impl Pattern {
    pub(super) fn of(word: &str, entry: usize, anywhere: bool, sound: bool) -> Option<Self> {
        let mut runs: Vec<(char, u32, bool)> = Vec::new();
        let mut new = false;
        for c in word.chars() {
            if !c.is_alphanumeric() {
                new = !runs.is_empty();
                continue;
            }
            match runs.last_mut() {
                Some((last, count, _)) if *last == c && !new => *count += 1,
                _ => runs.push((c, 1, new)),
            }
            new = false;
        }
        (!runs.is_empty()).then_some(Self {
            runs,
            entry,
            anywhere,
            sound,
        })
    }

    /// As it stands in a stream. Two runs of one class (`il`) are one there.
    pub(super) fn line(&self) -> String {
        let mut line: String = self.runs.iter().map(|(c, _, _)| class(*c)).collect();
        let mut before = None;
        line.retain(|c| before.replace(c) != Some(c));
        line
    }

    fn letters(&self) -> usize {
        self.runs.iter().map(|(_, count, _)| *count as usize).sum()
    }
}

impl Reading {
    pub(super) fn of(text: &Text, mode: Mode) -> Self {
        let mut entries: Vec<Entry> = Vec::with_capacity(text.chars.len());
        let mut gaps: Vec<Gap> = Vec::with_capacity(text.chars.len());
        let mut gap = Gap::None;
        for (at, c) in text.chars.iter().copied().enumerate() {
            let count = entries.len();
            let mut push = |letter: char, how: As| {
                gaps.push(std::mem::replace(&mut gap, Gap::None));
                let capital_i = c == 'I' && how == As::Letter;
                entries.push(Entry {
                    letter,
                    how,
                    capital_i,
                    at,
                });
            };
            if c.is_ascii_alphabetic() {
                push(c.to_ascii_lowercase(), As::Letter);
                continue;
            }
            if c.is_ascii_digit() {
                push(stands_for(c).unwrap_or(c), As::Digit);
                continue;
            }
            if mode.signs
                && let Some(letter) = stands_for(c)
                && inside(text, at)
            {
                push(letter, As::Sign);
                continue;
            }
            if c.is_ascii() {
                gap = gap.max(if c.is_whitespace() { Gap::Space } else { Gap::Sign });
                continue;
            }
            if super::fold::hidden(c) {
                continue;
            }
            let twin = if mode.looks { look(c) } else { None };
            if let Some(letter) = twin {
                push(letter, As::Look);
                continue;
            }
            plain(c, |part| {
                if part.is_alphanumeric() {
                    push(part, As::Letter);
                }
            });
            if entries.len() == count && !unicode_normalization::char::is_combining_mark(c) {
                gap = gap.max(if c.is_whitespace() { Gap::Space } else { Gap::Sign });
            }
        }
        Self::folded(entries, gaps)
    }

    fn folded(entries: Vec<Entry>, gaps: Vec<Gap>) -> Self {
        let mut line = String::with_capacity(entries.len());
        let mut run_of = Vec::with_capacity(entries.len());
        let mut runs: Vec<u32> = Vec::with_capacity(entries.len() + 1);
        let mut before = None;
        for (index, entry) in entries.iter().enumerate() {
            let letter = class(entry.letter);
            if before.replace(letter) != Some(letter) {
                line.push(letter);
                run_of.resize(line.len(), runs.len() as u32);
                runs.push(index as u32);
            }
        }
        runs.push(entries.len() as u32);
        Self {
            line,
            run_of,
            runs,
            entries,
            gaps,
        }
    }

    /// Whether the word is really there, where the automaton saw it. `known` says of a written word whether the
    /// language has it; none where no dictionary says.
    pub(super) fn hit(
        &self,
        byte: usize,
        bytes: usize,
        pattern: &Pattern,
        text: &Text,
        known: &dyn Fn(&str) -> Option<bool>,
    ) -> Option<Hit> {
        let first = *self.run_of.get(byte)? as usize;
        let last = *self.run_of.get(byte + bytes - 1)? as usize;
        let from = *self.runs.get(first)? as usize;
        let from_end = *self.runs.get(first + 1)? as usize;
        let to = *self.runs.get(last)? as usize;
        let to_end = *self.runs.get(last + 1)? as usize;
        // A run may begin in the word before and end in the word after.
        let starts = (from..from_end).filter(|start| pattern.anywhere || self.begins(*start));
        for start in starts.rev().take(8) {
            let ends = (to.max(start)..to_end).filter(|end| pattern.anywhere || self.ends(*end));
            for end in ends.take(8) {
                if let Some(disguised) = self.reads(start, end, pattern, text, known) {
                    let start = self.entries.get(start)?.at;
                    let end = self.entries.get(end)?.at + 1;
                    return Some(Hit { start, end, disguised });
                }
            }
        }
        None
    }

    /// No letter stands right before.
    fn begins(&self, at: usize) -> bool {
        at == 0 || self.gaps.get(at) != Some(&Gap::None) || self.sign_before(at)
    }

    fn sign_before(&self, at: usize) -> bool {
        at.checked_sub(1)
            .and_then(|before| self.entries.get(before))
            .is_some_and(|entry| entry.how == As::Sign)
    }

    /// No letter stands right after.
    fn ends(&self, at: usize) -> bool {
        let sign_after = self.entries.get(at + 1).is_some_and(|entry| entry.how == As::Sign);
        self.gaps.get(at + 1).is_none_or(|gap| *gap != Gap::None) || sign_after
    }

    /// Whether entries `start..=end` are the word; and whether it hides.
    fn reads(
        &self,
        start: usize,
        end: usize,
        pattern: &Pattern,
        text: &Text,
        known: &dyn Fn(&str) -> Option<bool>,
    ) -> Option<bool> {
        let entries = self.entries.get(start..=end)?;
        let mut disguised = pattern.sound;
        let mut doubled = false;
        let mut expected = vec![false; entries.len()];
        let (mut at, mut letters, mut digits) = (0, 0, 0);
        let mut runs = pattern.runs.iter().peekable();
        while let Some((letter, count, new)) = runs.next() {
            let begin = at;
            if *new && let Some(here) = expected.get_mut(begin) {
                *here = true;
            }
            let same_class_next = runs.peek().is_some_and(|(next, _, _)| class(*next) == class(*letter));
            while let Some(entry) = entries.get(at) {
                let enough = at - begin >= *count as usize;
                let same = entry.how == As::Letter && entry.letter == *letter;
                // Where an l follows the i, what can be both goes on to it.
                if class(entry.letter) != class(*letter) || same_class_next && enough && !same {
                    break;
                }
                let fits = entry.how != As::Letter || same || entry.capital_i && *letter == 'l';
                if !fits {
                    return None;
                }
                match entry.how {
                    As::Letter => letters += 1,
                    As::Digit => digits += 1,
                    As::Look | As::Sign => {}
                }
                // A digit that the word itself has is no disguise.
                disguised |= !(entry.how == As::Letter && entry.letter == *letter
                    || entry.how == As::Digit && letter.is_ascii_digit());
                at += 1;
            }
            let found = at - begin;
            let wanted = *count as usize;
            match found {
                _ if found == wanted => {}
                _ if found < wanted => return None,
                2 => doubled = true,
                _ => disguised = true,
            }
        }
        if at != entries.len() || digits > letters + entries.iter().filter(|e| e.how == As::Look).count() {
            return None;
        }
        let gaps = self.gaps.get(start + 1..=end)?;
        let spread = gaps_say(gaps, expected.get(1..)?, pattern.letters());
        let split = match spread {
            Spread::Whole => false,
            Spread::Apart => {
                if self.goes_on(start, end, text) {
                    return None;
                }
                true
            }
            Spread::Pieces => {
                if pattern.anywhere && pattern.letters() < 4 || !odd_pieces(text, entries, gaps, known) {
                    return None;
                }
                true
            }
        };
        disguised |= split;
        if doubled && !disguised {
            // `frree` is not a word, `hoop` is one: only a dictionary can tell.
            let written = text.part(entries.first()?.at, entries.last()?.at + 1);
            if known(&written) != Some(false) {
                return None;
            }
            disguised = true;
        }
        Some(disguised)
    }

    /// A spaced-out word goes on: `f r e e` in `f r e e d o m`. A one-letter word before or after does not count.
    fn goes_on(&self, start: usize, end: usize, text: &Text) -> bool {
        let lone = |at: Option<usize>, any: bool| {
            let Some(entry) = at.and_then(|at| self.entries.get(at)) else {
                return false;
            };
            let beside = |at: Option<usize>| at.and_then(|at| text.at(at)).is_some_and(char::is_alphanumeric);
            entry.how != As::Sign
                && !beside(entry.at.checked_sub(1))
                && !beside(Some(entry.at + 1))
                && (any || !"aioyeuàé".contains(entry.letter))
        };
        let before = start.checked_sub(1);
        let two_before = lone(before, true) && lone(start.checked_sub(2), true);
        let two_after = lone(Some(end + 1), true) && lone(Some(end + 2), true);
        lone(before, false) || lone(Some(end + 1), false) || two_before || two_after
    }
}

/// A sign counts as a letter only inside of a word or at its beginning, next to a letter: `fr@e`, `$cam`, not `free!`.
fn inside(text: &Text, at: usize) -> bool {
    let c = text.at(at).unwrap_or(' ');
    let lettered = |at: Option<usize>| {
        at.and_then(|at| text.at(at))
            .is_some_and(|c| c.is_alphanumeric() || matches!(c, '@' | '$' | '!' | '|' | '€' | '3' | '+'))
    };
    let after = lettered(Some(at + 1));
    let before = lettered(at.checked_sub(1));
    match c {
        '@' | '$' | '€' | '£' | '|' | '§' | '¥' | '¢' => after || before,
        '!' | '¡' => after,
        _ => after && before,
    }
}

enum Spread {
    /// No gap but those that the word itself has.
    Whole,
    /// Every letter stands alone, or gaps are signs that nobody writes between words.
    Apart,
    /// It is in pieces.
    Pieces,
}

fn gaps_say(gaps: &[Gap], expected: &[bool], letters: usize) -> Spread {
    let odd = || gaps.iter().zip(expected).filter(|(_, expected)| !**expected);
    let open = odd().filter(|(gap, _)| **gap != Gap::None).count();
    if open == 0 {
        return Spread::Whole;
    }
    // Doubled letters may stand together: `f r ee`.
    let apart = open + 1 >= odd().count() && letters >= 3;
    if apart { Spread::Apart } else { Spread::Pieces }
}

/// The pieces are no words of their own: `fr ee`, `sh it` are caught, `an us` is not.
fn odd_pieces(text: &Text, entries: &[Entry], gaps: &[Gap], known: &dyn Fn(&str) -> Option<bool>) -> bool {
    let mut pieces: Vec<String> = vec![String::new()];
    let mut only_joining = true;
    for (index, entry) in entries.iter().enumerate() {
        let gap = index
            .checked_sub(1)
            .and_then(|before| gaps.get(before))
            .copied()
            .unwrap_or(Gap::None);
        if gap != Gap::None {
            let before = entries.get(index - 1).map_or(0, |before| before.at + 1);
            let between = text.chars.get(before..entry.at).unwrap_or_default();
            // A comma and a space part two clauses.
            if between.iter().any(|c| c.is_whitespace()) && between.iter().any(|c| ",;:!?.\n".contains(*c)) {
                return false;
            }
            only_joining &= between
                .iter()
                .all(|c| "_*~·•^=#\u{2010}-'’`\"".contains(*c) || super::fold::hidden(*c));
            pieces.push(String::new());
        }
        if let Some(last) = pieces.last_mut() {
            last.push(text.at(entry.at).unwrap_or(entry.letter));
        }
    }
    // Signs that join and do not end a clause are no reason to read it as two words.
    if only_joining && pieces.iter().any(|piece| piece.chars().count() <= 2) {
        return true;
    }
    let consonant = |piece: &str| {
        let mut chars = piece.chars();
        matches!((chars.next(), chars.next()), (Some(c), None) if c.is_alphabetic() && !"aeiouyàéèóùAIOEUYÀÉÈÓÙ".contains(c))
    };
    let vowelless = |piece: &str| {
        piece.chars().count() >= 2
            && !piece
                .to_lowercase()
                .chars()
                .any(|c| !c.is_ascii_alphabetic() || "aeiouy".contains(c))
    };
    pieces.iter().any(|piece| {
        known(piece).map_or_else(
            || consonant(piece) || vowelless(piece),
            |known| !known || consonant(piece),
        )
    })
}
