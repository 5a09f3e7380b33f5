//! Tokens as slots of a table: words, pairs of words, pieces of words, and a little of what a text looks like.

use crate::text::{Kind, Reading, Token};

/// Which features a table was made of. Part of the table's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipe {
    /// The table has two to this power slots.
    pub bits: u8,
    /// Words in a row: 1, 2 or 3; 0 for none.
    pub words: u8,
    /// The shortest piece of a word, with the space at its border.
    pub shortest: u8,
    /// The longest; 0 for no pieces.
    pub longest: u8,
    /// Whether loud words, lengths and the like count.
    pub shape: bool,
}

/// One feature of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    /// Its slot.
    pub slot: u32,
    /// The token it comes from, the first of a pair.
    pub token: u16,
}

/// The features of a text, each slot once. Reused from text to text.
#[derive(Debug, Default)]
pub struct Features {
    found: Vec<Feature>,
    /// How many of them are words.
    words: usize,
    seen: Vec<u64>,
}

/// Different kinds of features begin differently, so that a word and a piece of the same letters are two.
const WORD: u32 = 0x51ed_270b;
const TAG: u32 = 0x2545_f491;
const PIECE: u32 = 0x9ddf_ea08;
const PAIR: u32 = 0x6c07_8965;
const TRIPLE: u32 = 0x41c6_4e6d;
const LOUD: u32 = 0x7f4a_7c15;
const SHAPE: u32 = 0x1b87_3593;

fn step(hash: u32, with: u32) -> u32 {
    (hash.rotate_left(5) ^ with).wrapping_mul(0x9e37_79b1)
}

fn finish(mut hash: u32) -> u32 {
    hash ^= hash >> 15;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash.wrapping_mul(0xc2b2_ae35)
}

/// The slot of one word, for who wants to know what a table says of it.
pub fn slot_of_word(recipe: Recipe, word: &[u32]) -> u32 {
    finish(word.iter().fold(WORD, |h, &c| step(h, c))) >> (32 - u32::from(recipe.bits))
}

impl Features {
    /// The features of words and shape.
    pub fn words(&self) -> &[Feature] {
        self.found.get(..self.words).unwrap_or_default()
    }

    /// The features of pieces.
    pub fn pieces(&self) -> &[Feature] {
        self.found.get(self.words..).unwrap_or_default()
    }

    /// Takes the features of a reading.
    pub fn take(&mut self, reading: &Reading, recipe: Recipe) {
        self.clear();
        self.seen.resize((1usize << recipe.bits).div_ceil(64), 0);
        let shift = 32 - u32::from(recipe.bits);
        if recipe.words > 0 {
            self.take_words(reading, recipe.words, shift);
        }
        if recipe.shape {
            self.take_shape(reading, shift);
        }
        self.words = self.found.len();
        if recipe.longest > 0 {
            let (shortest, longest) = (usize::from(recipe.shortest), usize::from(recipe.longest));
            for (at, token) in reading.tokens().iter().enumerate() {
                let padded = reading
                    .chars()
                    .get(token.from as usize..token.to as usize)
                    .unwrap_or_default();
                let at = u16::try_from(at).unwrap_or(u16::MAX);
                for from in 0..padded.len() {
                    let mut hash = PIECE;
                    let piece = padded.get(from..).unwrap_or_default();
                    for (n, &c) in piece.iter().take(longest).enumerate() {
                        hash = step(hash, c);
                        if n + 1 >= shortest {
                            self.put(finish(hash) >> shift, at);
                        }
                    }
                }
            }
        }
    }

    fn take_words(&mut self, reading: &Reading, words: u8, shift: u32) {
        let (mut before, mut last) = (0u32, 0u32);
        for (at, token) in reading.tokens().iter().enumerate() {
            let own = u16::try_from(at).unwrap_or(u16::MAX);
            let word = reading.word(token).iter().fold(WORD, |h, &c| step(h, c));
            self.put(finish(word) >> shift, own);
            if token.kind == Kind::Tag {
                self.put(finish(word ^ TAG) >> shift, own);
            }
            let first = |back: usize| u16::try_from(at.saturating_sub(back)).unwrap_or(u16::MAX);
            if words > 1 && at > 0 {
                self.put(finish(step(step(PAIR, last), word)) >> shift, first(1));
            }
            if words > 2 && at > 1 {
                self.put(finish(step(step(step(TRIPLE, before), last), word)) >> shift, first(2));
            }
            before = last;
            last = word;
        }
    }

    /// What a text looks like: how long it is, how loud, how it begins and ends.
    fn take_shape(&mut self, reading: &Reading, shift: u32) {
        let tokens = reading.tokens();
        let count = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
        let shape = |what: u32, how: u32| finish(step(step(SHAPE, what), how)) >> shift;
        for (at, token) in tokens.iter().enumerate().filter(|(_, t)| t.loud) {
            let word = reading.word(token).iter().fold(LOUD, |h, &c| step(h, c));
            self.put(finish(word) >> shift, u16::try_from(at).unwrap_or(u16::MAX));
        }
        let of = |kind: Kind| u32::try_from(tokens.iter().filter(|t| t.kind == kind).count()).unwrap_or(u32::MAX);
        let loud = u32::try_from(tokens.iter().filter(|t| t.loud).count()).unwrap_or(u32::MAX);
        let end = u16::try_from(tokens.len().saturating_sub(1)).unwrap_or(u16::MAX);
        self.put(shape(1, count.ilog2_or_nothing()), 0);
        self.put(shape(2, loud.min(3)), 0);
        self.put(shape(3, of(Kind::Mention).min(3)), 0);
        self.put(shape(4, of(Kind::Link).min(2)), 0);
        self.put(shape(5, of(Kind::Tag).min(3)), 0);
        if let Some(first) = tokens.first() {
            self.put(shape(6, hash_of(reading, first)), 0);
        }
        if let Some(last) = tokens.last() {
            self.put(shape(7, hash_of(reading, last)), end);
        }
        // Thanks before a question mark, a question mark before thanks: what comes in the second half weighs apart.
        let sign = |c: char| tokens.iter().any(|t| reading.word(t).first() == Some(&u32::from(c)));
        self.put(shape(8, u32::from(sign('?')) * 2 + u32::from(sign('!'))), 0);
    }

    fn put(&mut self, slot: u32, token: u16) {
        let Some(seen) = self.seen.get_mut(slot as usize / 64) else {
            return;
        };
        let bit = 1u64 << (slot % 64);
        if *seen & bit == 0 {
            *seen |= bit;
            self.found.push(Feature { slot, token });
        }
    }

    fn clear(&mut self) {
        for feature in &self.found {
            if let Some(seen) = self.seen.get_mut(feature.slot as usize / 64) {
                *seen = 0;
            }
        }
        self.found.clear();
        self.words = 0;
    }
}

fn hash_of(reading: &Reading, token: &Token) -> u32 {
    reading.word(token).iter().fold(WORD, |h, &c| step(h, c))
}

/// A logarithm that has a value for nothing.
trait Length {
    fn ilog2_or_nothing(self) -> u32;
}

impl Length for u32 {
    fn ilog2_or_nothing(self) -> u32 {
        self.checked_ilog2().map_or(0, |log| log + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: Recipe = Recipe {
        bits: 16,
        words: 2,
        shortest: 2,
        longest: 4,
        shape: true,
    };

    fn slots(features: &mut Features, text: &str) -> Vec<u32> {
        let mut reading = Reading::default();
        reading.read(text, &[]);
        features.take(&reading, RECIPE);
        features
            .words()
            .iter()
            .chain(features.pieces())
            .map(|f| f.slot)
            .collect()
    }

    #[test]
    fn a_slot_comes_once_and_nothing_of_the_text_before_is_left() {
        let mut features = Features::default();
        let first = slots(&mut features, "thanks thanks thanks for nothing");
        let mut once = first.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), first.len());
        slots(&mut features, "something else altogether, at length");
        assert_eq!(slots(&mut features, "thanks thanks thanks for nothing"), first);
    }

    #[test]
    fn order_matters_to_pairs() {
        let mut features = Features::default();
        let a = slots(&mut features, "not good");
        let b = slots(&mut features, "good not");
        assert_ne!(a, b);
    }

    #[test]
    fn a_word_has_the_slot_that_it_is_told() {
        let mut features = Features::default();
        let word: Vec<u32> = "refund".chars().map(u32::from).collect();
        assert!(slots(&mut features, "a refund please").contains(&slot_of_word(RECIPE, &word)));
    }
}
