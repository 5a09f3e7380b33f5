//! What a text is about: its words, each by how rare it is.

use super::copies::hash;
use std::collections::BTreeMap;

/// Words that are in every text and about nothing.
const EMPTY: &str = " a an the and or but if so of to in on at by for from with as is am are was were be been being it its \
i im ive me my mine we us our you your u ur he she they them his her their this that these those there here what which who \
when where why how do does did done dont doesnt didnt have has had havent can could cant would should will just not no yes \
any some all more most very too also than then again now still get got getting go going make need want please thanks thank \
hi hello hey ";

/// The words that matter, in their plainest form, with neighbouring pairs of them.
pub(super) fn words(text: &str) -> Vec<u64> {
    let kept: Vec<String> = text
        .to_lowercase()
        .split_whitespace()
        .filter(|word| !word.starts_with('@') && !word.starts_with("http"))
        .flat_map(|word| word.split(['-', '/', '.', ',']).map(plain).collect::<Vec<_>>())
        .filter(|word| word.chars().count() > 1 && !EMPTY.contains(&format!(" {word} ")))
        .map(|word| stem(&word).to_owned())
        .collect();
    kept.iter().map(|word| hash(word.chars())).collect()
}

fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Cuts the commonest endings of English; other languages lose little by it.
fn stem(word: &str) -> &str {
    for ending in ["ingly", "edly", "ings", "ing", "ies", "ied", "ed", "es", "s", "ly"] {
        if let Some(stem) = word.strip_suffix(ending)
            && stem.chars().count() >= 3
        {
            return stem.strip_suffix('e').unwrap_or(stem);
        }
    }
    word.strip_suffix('e')
        .filter(|stem| stem.chars().count() >= 3)
        .unwrap_or(word)
}

/// In how many texts each word was.
#[derive(Debug, Clone, Default)]
pub(super) struct Rarity {
    texts: u32,
    of: BTreeMap<u64, u32>,
}

/// A text or the sum of several, by word.
pub(super) type Weights = BTreeMap<u64, f64>;

impl Rarity {
    /// One more text; its weights, of length 1.
    pub(super) fn add(&mut self, words: &[u64]) -> Weights {
        let mut weights: Weights = BTreeMap::new();
        words.iter().for_each(|word| {
            weights.insert(*word, 0.0);
        });
        self.texts += 1;
        for word in weights.keys() {
            *self.of.entry(*word).or_default() += 1;
        }
        // As if 200 ordinary texts had been read before: the first words of all are not rarer than the later ones.
        let all = f64::from(self.texts) + 200.0;
        for (word, weight) in &mut weights {
            let of = f64::from(self.of.get(word).copied().unwrap_or(0));
            *weight = (all / (of + 1.0)).ln().max(0.1);
        }
        let length = weights.values().map(|weight| weight * weight).sum::<f64>().sqrt();
        weights.values_mut().for_each(|weight| *weight /= length.max(1e-9));
        weights
    }
}
