//! The learner: a linear support vector machine with squared hinge loss, one class against the rest, by coordinate
//! descent on the dual problem (Hsieh et al. 2008, "A Dual Coordinate Descent Method for Large-scale Linear SVM").
//!
//! It visits the rows in an order drawn from a fixed seed and adds numbers in one order, so the same rows give the same
//! weights to the last bit, on one thread or several.
#![allow(
    clippy::indexing_slicing,
    reason = "rows are made here and their slots are below the table's size; a slip should stop the training at once"
)]

use jackfield_linear::features::{Features, Recipe};
use jackfield_linear::text::Reading;

/// Texts as rows of slots.
#[derive(Debug, Clone)]
pub struct Rows {
    recipe: Recipe,
    starts: Vec<usize>,
    /// How many of a row's slots are words.
    words: Vec<usize>,
    slots: Vec<u32>,
    /// Numbers of a row besides its slots, `width` of them each.
    beside: Vec<f32>,
    width: usize,
}

/// One row: its slots, how many are words, and the values of a word and of a piece.
struct Row<'a> {
    words: &'a [u32],
    pieces: &'a [u32],
    word: f32,
    piece: f32,
    beside: &'a [f32],
}

impl Rows {
    /// Reads texts as a judge will.
    pub fn of<'a>(recipe: Recipe, texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::with(recipe, texts, 0, |_, _| {})
    }

    /// The same, and `beside` fills in `width` further numbers for each.
    pub fn with<'a>(
        recipe: Recipe,
        texts: impl IntoIterator<Item = &'a str>,
        width: usize,
        mut beside: impl FnMut(&Reading, &mut [f32]),
    ) -> Self {
        let mut rows = Self {
            recipe,
            starts: vec![0],
            words: Vec::new(),
            slots: Vec::new(),
            beside: Vec::new(),
            width,
        };
        let (mut reading, mut features) = (Reading::default(), Features::default());
        for text in texts {
            reading.read(text, &[]);
            features.take(&reading, recipe);
            rows.words.push(features.words().len());
            rows.slots
                .extend(features.words().iter().chain(features.pieces()).map(|f| f.slot));
            rows.starts.push(rows.slots.len());
            let from = rows.beside.len();
            rows.beside.resize(from + width, 0.0);
            if width > 0 {
                beside(&reading, &mut rows.beside[from..]);
            }
        }
        rows
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The features of them.
    pub fn recipe(&self) -> Recipe {
        self.recipe
    }

    /// Numbers beside the slots.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Some of them, in the order of `which`.
    pub fn pick(&self, which: &[usize]) -> Self {
        let mut some = Self {
            starts: vec![0],
            words: Vec::new(),
            slots: Vec::new(),
            beside: Vec::new(),
            ..*self
        };
        for &at in which {
            some.words.push(self.words[at]);
            some.slots.extend(&self.slots[self.starts[at]..self.starts[at + 1]]);
            some.starts.push(some.slots.len());
            some.beside.extend(&self.beside[at * self.width..(at + 1) * self.width]);
        }
        some
    }

    fn row(&self, at: usize) -> Row<'_> {
        let slots = &self.slots[self.starts[at]..self.starts[at + 1]];
        let (words, pieces) = slots.split_at(self.words[at]);
        let value = |n: usize| if n == 0 { 0.0 } else { 1.0 / (n as f32).sqrt() };
        Row {
            words,
            pieces,
            word: value(words.len()),
            piece: value(pieces.len()),
            beside: &self.beside[at * self.width..(at + 1) * self.width],
        }
    }
}

/// Weights of one class.
#[derive(Debug, Clone)]
pub struct Weights {
    /// A weight for each slot.
    pub slots: Vec<f32>,
    /// A weight for each number beside.
    pub beside: Vec<f32>,
    /// What is added.
    pub bias: f32,
}

impl Weights {
    /// The margin of a row.
    pub fn margin(&self, rows: &Rows, at: usize) -> f32 {
        let row = rows.row(at);
        dot(&row, &self.slots, &self.beside) + self.bias
    }
}

fn dot(row: &Row<'_>, slots: &[f32], beside: &[f32]) -> f32 {
    let sum = |which: &[u32]| which.iter().map(|&slot| slots[slot as usize]).sum::<f32>();
    let own: f32 = row.beside.iter().zip(beside).map(|(a, b)| a * b).sum();
    sum(row.words) * row.word + sum(row.pieces) * row.piece + own
}

/// How to learn.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// What an error costs.
    pub cost: f32,
    /// How much dearer the rarer side is: 0 as it is, 1 in full proportion.
    pub balance: f32,
    /// At most so often each row is visited.
    pub rounds: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self {
            cost: 1.0,
            balance: 0.0,
            rounds: 30,
        }
    }
}

/// Nearer to the optimum than this is near enough; liblinear's own default.
const NEAR: f32 = 0.1;

/// Learns to tell the rows of `yes` from the others. `weight` makes single rows dearer; a row of weight 0 is not there.
pub fn learn(rows: &Rows, yes: &[bool], weight: Option<&[f32]>, effort: Effort) -> Weights {
    let count = rows.len();
    let there: Vec<usize> = (0..count).filter(|&at| weight.is_none_or(|w| w[at] > 0.0)).collect();
    let positive = there.iter().filter(|at| yes[**at]).count().max(1);
    let negative = (there.len() - there.iter().filter(|at| yes[**at]).count()).max(1);
    // scikit-learn's "balanced", to a power.
    let dearer = |n: usize| (there.len() as f32 / (2.0 * n as f32)).powf(effort.balance);
    let costs = [dearer(negative) * effort.cost, dearer(positive) * effort.cost];

    let mut weights = Weights {
        slots: vec![0.0; 1 << rows.recipe.bits],
        beside: vec![0.0; rows.width],
        bias: 0.0,
    };
    let mut alphas = vec![0.0f32; count];
    let diagonal = |at: usize| {
        let own = weight.map_or(1.0, |w| w[at]);
        1.0 / (2.0 * costs[usize::from(yes[at])] * own)
    };
    let lengths: Vec<f32> = (0..count)
        .map(|at| {
            let row = rows.row(at);
            let beside: f32 = row.beside.iter().map(|b| b * b).sum();
            f32::from(u8::from(row.word > 0.0)) + f32::from(u8::from(row.piece > 0.0)) + 1.0 + beside
        })
        .collect();
    let mut active = there.clone();
    let mut random = Random::new();
    let mut limit = f32::INFINITY;
    for _ in 0..effort.rounds {
        random.shuffle(&mut active);
        let (mut highest, mut lowest) = (f32::NEG_INFINITY, f32::INFINITY);
        active.retain(|&at| {
            let row = rows.row(at);
            let sign = if yes[at] { 1.0 } else { -1.0 };
            let diagonal = diagonal(at);
            let gradient =
                sign * (dot(&row, &weights.slots, &weights.beside) + weights.bias) - 1.0 + diagonal * alphas[at];
            if alphas[at] == 0.0 && gradient > limit {
                return false;
            }
            let projected = if alphas[at] == 0.0 { gradient.min(0.0) } else { gradient };
            highest = highest.max(projected);
            lowest = lowest.min(projected);
            if projected.abs() > 1e-9 {
                let next = (alphas[at] - gradient / (lengths[at] + diagonal)).max(0.0);
                let change = (next - alphas[at]) * sign;
                alphas[at] = next;
                for &slot in row.words {
                    weights.slots[slot as usize] += change * row.word;
                }
                for &slot in row.pieces {
                    weights.slots[slot as usize] += change * row.piece;
                }
                for (weight, value) in weights.beside.iter_mut().zip(row.beside) {
                    *weight += change * value;
                }
                weights.bias += change;
            }
            true
        });
        if highest - lowest <= NEAR {
            if active.len() == there.len() {
                break;
            }
            // Rows that were set aside are looked at again before it is called done.
            active.clone_from(&there);
            limit = f32::INFINITY;
            continue;
        }
        limit = if highest <= 0.0 { f32::INFINITY } else { highest };
    }
    weights
}

/// Learns each class against the rest, two at a time.
pub fn learn_each(rows: &Rows, of: &[usize], classes: usize, effort: Effort) -> Vec<Weights> {
    let masks: Vec<Vec<bool>> = (0..classes)
        .map(|class| of.iter().map(|c| *c == class).collect())
        .collect();
    learn_masks(rows, &masks, effort)
}

/// Learns each mask, two at a time.
pub fn learn_masks(rows: &Rows, masks: &[Vec<bool>], effort: Effort) -> Vec<Weights> {
    let jobs: Vec<Job> = masks
        .iter()
        .map(|yes| Job {
            yes: yes.clone(),
            weight: None,
            effort,
        })
        .collect();
    learn_jobs(rows, &jobs)
}

/// One class to be learned.
#[derive(Debug, Clone)]
pub struct Job {
    /// The rows of the class.
    pub yes: Vec<bool>,
    /// What each row weighs; 0 leaves it out.
    pub weight: Option<Vec<f32>>,
    /// How to learn it.
    pub effort: Effort,
}

/// Learns each class, two at a time.
pub fn learn_jobs(rows: &Rows, jobs: &[Job]) -> Vec<Weights> {
    let mut learned: Vec<Weights> = Vec::with_capacity(jobs.len());
    for pair in jobs.chunks(2) {
        let both: Vec<Weights> = std::thread::scope(|scope| {
            let start = |job: &Job| learn(rows, &job.yes, job.weight.as_deref(), job.effort);
            let started: Vec<_> = pair.iter().map(|job| scope.spawn(move || start(job))).collect();
            started.into_iter().filter_map(|one| one.join().ok()).collect()
        });
        learned.extend(both);
    }
    learned
}

/// Numbers that look random and are always the same (xorshift64*, Vigna 2016).
#[derive(Debug)]
pub struct Random(u64);

impl Default for Random {
    fn default() -> Self {
        Self::new()
    }
}

impl Random {
    /// The one seed of this trainer.
    pub fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    /// The next one.
    pub fn draw(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// One below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from((u128::from(self.draw()) * bound as u128) >> 64).unwrap_or(0)
    }

    /// Puts a list in a drawn order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: Recipe = Recipe {
        bits: 14,
        words: 2,
        shortest: 2,
        longest: 4,
        shape: false,
    };
    const TEXTS: [(&str, bool); 8] = [
        ("my parcel is broken", true),
        ("the thing arrived broken", true),
        ("it is not working at all", true),
        ("this does not work any more", true),
        ("what a lovely morning", false),
        ("see you all at the party", false),
        ("happy birthday to my sister", false),
        ("coffee first and then we talk", false),
    ];

    #[test]
    fn what_can_be_told_apart_is_told_apart_the_same_way_every_time() {
        let rows = Rows::of(RECIPE, TEXTS.iter().map(|(text, _)| *text));
        let yes: Vec<bool> = TEXTS.iter().map(|(_, yes)| *yes).collect();
        let weights = learn(&rows, &yes, None, Effort::default());
        for (at, yes) in yes.iter().enumerate() {
            assert_eq!(weights.margin(&rows, at) > 0.0, *yes, "{}", TEXTS[at].0);
        }
        let again = learn(&rows, &yes, None, Effort::default());
        assert_eq!(weights.slots, again.slots);
        let unseen = Rows::of(RECIPE, ["the parcel does not work", "a lovely party"]);
        assert!(weights.margin(&unseen, 0) > weights.margin(&unseen, 1));
    }

    #[test]
    fn a_shuffled_list_is_the_same_list() {
        let mut list: Vec<usize> = (0..1000).collect();
        Random::new().shuffle(&mut list);
        assert!(list.windows(2).any(|w| w[0] > w[1]));
        list.sort_unstable();
        assert_eq!(list, (0..1000).collect::<Vec<_>>());
    }
}
