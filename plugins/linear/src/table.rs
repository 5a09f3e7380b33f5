//! The file of weights, and the sums over it.
//!
//! ```text
//! "JFL1" | bits words shortest longest shape | classes | then for each class: scale f32, bias f32 | weights
//! ```
//! Numbers are little-endian. Weights are signed bytes, the classes of a slot side by side: one slot is one place in
//! memory.

use crate::features::{Feature, Features, Recipe};

const MAGIC: &[u8; 4] = b"JFL1";
const HEAD: usize = 4 + 5 + 1;
/// More classes than the most that a table of ours has.
pub const MOST_CLASSES: usize = 40;

/// A table.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    recipe: Recipe,
    scales: Vec<f32>,
    biases: Vec<f32>,
    weights: &'a [u8],
}

/// Why a file is no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It does not begin as one.
    NoTable,
    /// Its header says what cannot be.
    Header,
    /// It is longer or shorter than its header says.
    Length,
}

impl<'a> Table<'a> {
    /// Reads a table. Weights stay where they are.
    pub fn read(file: &'a [u8]) -> Result<Self, Fault> {
        let rest = file.strip_prefix(MAGIC).ok_or(Fault::NoTable)?;
        let (&[bits, words, shortest, longest, shape, classes], rest) =
            rest.split_first_chunk::<6>().ok_or(Fault::Length)?;
        let recipe = Recipe {
            bits,
            words,
            shortest,
            longest,
            shape: shape == 1,
        };
        let classes = usize::from(classes);
        if !(4..=20).contains(&bits) || words > 3 || longest > 8 || shape > 1 || !(1..=MOST_CLASSES).contains(&classes)
        {
            return Err(Fault::Header);
        }
        let (numbers, weights) = rest.split_at_checked(classes * 8).ok_or(Fault::Length)?;
        if weights.len() != classes << bits {
            return Err(Fault::Length);
        }
        let (pairs, _) = numbers.as_chunks::<8>();
        let number = |bytes: &[u8]| bytes.first_chunk::<4>().map_or(0.0, |b| f32::from_le_bytes(*b));
        let table = Self {
            recipe,
            scales: pairs.iter().map(|pair| number(pair)).collect(),
            biases: pairs
                .iter()
                .map(|pair| number(pair.get(4..).unwrap_or_default()))
                .collect(),
            weights,
        };
        let good = table.scales.iter().chain(&table.biases).all(|n| n.is_finite());
        if good { Ok(table) } else { Err(Fault::Header) }
    }

    /// Writes the file of a table: scale and bias of each class, and the weights, slot by slot.
    pub fn write(recipe: Recipe, classes: &[(f32, f32)], weights: &[i8]) -> Vec<u8> {
        let mut file = Vec::with_capacity(HEAD + classes.len() * 8 + weights.len());
        file.extend(MAGIC);
        file.extend([
            recipe.bits,
            recipe.words,
            recipe.shortest,
            recipe.longest,
            u8::from(recipe.shape),
        ]);
        file.push(u8::try_from(classes.len()).unwrap_or(u8::MAX));
        for (scale, bias) in classes {
            file.extend(scale.to_le_bytes());
            file.extend(bias.to_le_bytes());
        }
        file.extend(weights.iter().map(|w| w.cast_unsigned()));
        file
    }

    /// The features that it was made of.
    pub fn recipe(&self) -> Recipe {
        self.recipe
    }

    /// How many classes it has.
    pub fn classes(&self) -> usize {
        self.scales.len()
    }

    /// The margin of each class; what is past the last class is left alone.
    pub fn margins(&self, features: &Features, margins: &mut [f32]) {
        let mut words = [0i32; MOST_CLASSES];
        let mut pieces = [0i32; MOST_CLASSES];
        self.sum(features.words(), &mut words);
        self.sum(features.pieces(), &mut pieces);
        let (word, piece) = (part(features.words().len()), part(features.pieces().len()));
        let sums = words.iter().zip(&pieces);
        for ((margin, (words, pieces)), (scale, bias)) in
            margins.iter_mut().zip(sums).zip(self.scales.iter().zip(&self.biases))
        {
            *margin = (*words as f32 * word + *pieces as f32 * piece) * scale + bias;
        }
    }

    fn sum(&self, features: &[Feature], sums: &mut [i32; MOST_CLASSES]) {
        // A count that the compiler knows becomes straight code; these are the ones of the bundled tables.
        match self.classes() {
            1 => self.sum_of::<1>(features, sums),
            2 => self.sum_of::<2>(features, sums),
            3 => self.sum_of::<3>(features, sums),
            4 => self.sum_of::<4>(features, sums),
            8 => self.sum_of::<8>(features, sums),
            10 => self.sum_of::<10>(features, sums),
            16 => self.sum_of::<16>(features, sums),
            24 => self.sum_of::<24>(features, sums),
            28 => self.sum_of::<28>(features, sums),
            32 => self.sum_of::<32>(features, sums),
            classes => {
                for feature in features {
                    let from = feature.slot as usize * classes;
                    let row = self.weights.get(from..from + classes).unwrap_or_default();
                    for (sum, &weight) in sums.iter_mut().zip(row) {
                        *sum += i32::from(weight.cast_signed());
                    }
                }
            }
        }
    }

    fn sum_of<const N: usize>(&self, features: &[Feature], sums: &mut [i32; MOST_CLASSES]) {
        let (rows, _) = self.weights.as_chunks::<N>();
        let mut own = [0i32; N];
        for feature in features {
            if let Some(row) = rows.get(feature.slot as usize) {
                for (sum, &weight) in own.iter_mut().zip(row) {
                    *sum += i32::from(weight.cast_signed());
                }
            }
        }
        for (sum, own) in sums.iter_mut().zip(own) {
            *sum = own;
        }
    }

    /// What each token says for a class, in its margin's unit. `tokens` is as long as the reading.
    pub fn weigh(&self, class: usize, features: &Features, tokens: &mut [f32]) {
        let scale = self.scales.get(class).copied().unwrap_or(0.0);
        for part_of in [features.words(), features.pieces()] {
            let unit = part(part_of.len()) * scale;
            for feature in part_of {
                let at = feature.slot as usize * self.classes() + class;
                let weight = self.weights.get(at).map_or(0, |w| w.cast_signed());
                if let Some(token) = tokens.get_mut(usize::from(feature.token)) {
                    *token += f32::from(weight) * unit;
                }
            }
        }
    }
}

/// One over the square root of how many there were: long texts are not surer than short ones.
fn part(count: usize) -> f32 {
    if count == 0 { 0.0 } else { 1.0 / (count as f32).sqrt() }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test may say: this cannot be"
    )]
    use super::*;
    use crate::text::Reading;

    const RECIPE: Recipe = Recipe {
        bits: 10,
        words: 1,
        shortest: 0,
        longest: 0,
        shape: false,
    };

    fn features(text: &str) -> Features {
        let mut reading = Reading::default();
        reading.read(text, &[]);
        let mut features = Features::default();
        features.take(&reading, RECIPE);
        features
    }

    #[test]
    fn a_margin_is_the_sum_over_the_root_of_the_count_however_many_classes_there_are() {
        for classes in 1..=MOST_CLASSES {
            let weights: Vec<i8> = (0..classes << RECIPE.bits)
                .map(|at| i8::try_from(at % classes).unwrap())
                .collect();
            let heads: Vec<(f32, f32)> = (0..classes).map(|_| (0.5, 1.0)).collect();
            let file = Table::write(RECIPE, &heads, &weights);
            let table = Table::read(&file).unwrap();
            let mut margins = vec![0.0; classes];
            table.margins(&features("one two three four"), &mut margins);
            for (class, margin) in margins.iter().enumerate() {
                assert!(
                    (margin - (4.0 * class as f32 / 2.0 * 0.5 + 1.0)).abs() < 1e-6,
                    "{classes}: {margins:?}"
                );
            }
        }
    }

    #[test]
    fn what_the_tokens_weigh_is_what_the_margin_is_without_its_bias() {
        let weights: Vec<i8> = (0..1usize << RECIPE.bits)
            .map(|at| i8::try_from(at % 100).unwrap())
            .collect();
        let file = Table::write(RECIPE, &[(0.1, 0.0)], &weights);
        let table = Table::read(&file).unwrap();
        let found = features("where is my parcel");
        let (mut margin, mut tokens) = ([0.0], [0.0; 4]);
        table.margins(&found, &mut margin);
        table.weigh(0, &found, &mut tokens);
        assert!((margin[0] - tokens.iter().sum::<f32>()).abs() < 1e-4);
    }

    #[test]
    fn a_file_that_is_no_table_is_refused() {
        let good = Table::write(RECIPE, &[(1.0, 0.0)], &[0; 1024]);
        assert!(Table::read(&good).is_ok());
        assert_eq!(Table::read(b"x").err(), Some(Fault::NoTable));
        assert_eq!(Table::read(&good[..good.len() - 1]).err(), Some(Fault::Length));
        let mut odd = good.clone();
        odd[4] = 60;
        assert_eq!(Table::read(&odd).err(), Some(Fault::Header));
        let endless = Table::write(RECIPE, &[(f32::INFINITY, 0.0)], &[0; 1024]);
        assert_eq!(Table::read(&endless).err(), Some(Fault::Header));
    }
}
