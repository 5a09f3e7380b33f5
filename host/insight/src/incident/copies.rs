//! Copies of short texts: MinHash (Broder 1997) for candidates, the Jaccard likeness of the texts for the verdict.

use crate::draw::mix;
use std::collections::{BTreeMap, BTreeSet};

/// Letters of a shingle.
const SHINGLE: usize = 4;
/// From this likeness on, a text is a copy. Of copies of 1 500 complaints (shared, cut, shouted, a slip in every eighth
/// letter) 0.33 keeps 0.981, and one text in 200 has one among 300 others, the likes of which some are real copies; 0.4 kept
/// 0.961.
pub(super) const COPY: f64 = 0.33;
/// Two rows in each of 40 bands: a copy of likeness 0.33 is a candidate with 0.990, a text of likeness 0.1 with 0.33.
const BANDS: usize = 40;
const ROWS: usize = 2;

/// A text as a set of shingles, sorted. What is not the person's own (the sign of sharing, names, addresses, punctuation,
/// case) is left out.
pub(super) fn shingles(text: &str) -> Vec<u64> {
    let kept: Vec<String> = text
        .to_lowercase()
        .split_whitespace()
        .filter(|word| {
            *word != "rt" && !word.starts_with('@') && !word.starts_with("http") && !word.starts_with("www.")
        })
        .map(|word| word.chars().filter(|c| c.is_alphanumeric()).collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    let letters: Vec<char> = kept.join(" ").chars().collect();
    let whole = letters.len().clamp(1, SHINGLE);
    let set: BTreeSet<u64> = letters
        .windows(whole)
        .map(|window| hash(window.iter().copied()))
        .collect();
    set.into_iter().collect()
}

/// FNV-1a over code points, mixed.
pub(super) fn hash(letters: impl Iterator<Item = char>) -> u64 {
    let fold = |hash: u64, c: char| (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0000_0100_0000_01B3);
    mix(letters.fold(0xCBF2_9CE4_8422_2325, fold))
}

/// How much of both sets is in both.
#[allow(clippy::cast_precision_loss)] // counts of letters
fn jaccard(one: &[u64], other: &[u64]) -> f64 {
    let (mut a, mut b) = (one.iter().peekable(), other.iter().peekable());
    let mut both = 0_usize;
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        match x.cmp(y) {
            core::cmp::Ordering::Less => drop(a.next()),
            core::cmp::Ordering::Greater => drop(b.next()),
            core::cmp::Ordering::Equal => {
                both += 1;
                a.next();
                b.next();
            }
        }
    }
    let all = one.len() + other.len() - both;
    if all == 0 { 0.0 } else { both as f64 / all as f64 }
}

/// How alike two texts are, 0 to 1.
pub fn likeness(one: &str, other: &str) -> f64 {
    jaccard(&shingles(one), &shingles(other))
}

/// Texts, to be asked for copies.
#[derive(Debug, Clone, Default)]
pub struct Copies {
    texts: Vec<Vec<u64>>,
    bands: BTreeMap<(usize, u64), Vec<usize>>,
}

impl Copies {
    /// The earlier text that this one is most alike, and how much, where it is a copy; and keeps this one.
    pub fn add(&mut self, text: &str) -> Option<(usize, f64)> {
        let set = shingles(text);
        let keys = keys(&set);
        let mut candidates: BTreeSet<usize> = BTreeSet::new();
        for key in &keys {
            candidates.extend(self.bands.get(key).into_iter().flatten().copied());
        }
        let alike = candidates
            .into_iter()
            .filter_map(|at| Some((at, jaccard(self.texts.get(at)?, &set))));
        // Of equals the first: an original before its copies.
        let best = alike
            .filter(|(_, like)| *like >= COPY)
            .fold(None, |best: Option<(usize, f64)>, one| match best {
                Some(best) if best.1 >= one.1 => Some(best),
                _ => Some(one),
            });
        let at = self.texts.len();
        for key in keys {
            let band = self.bands.entry(key).or_default();
            // A text that thousands have copied needs no thousand candidates: the first ones find the group as well.
            if band.len() < MOST {
                band.push(at);
            }
        }
        self.texts.push(set);
        best
    }
}

/// Candidates of one band.
const MOST: usize = 40;

fn keys(set: &[u64]) -> Vec<(usize, u64)> {
    let least = |function: usize| {
        let seed = mix(function as u64 + 1);
        set.iter().map(|shingle| mix(shingle ^ seed)).min().unwrap_or(0)
    };
    let band = |band: usize| {
        let rows = (0..ROWS).map(|row| least(band * ROWS + row));
        (band, rows.fold(0, |key, least| mix(key ^ least)))
    };
    if set.is_empty() {
        Vec::new()
    } else {
        (0..BANDS).map(band).collect()
    }
}
