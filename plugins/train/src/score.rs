//! Measures, as their fields define them.

/// Counts of one class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Said and so.
    pub hit: u32,
    /// Said and not so.
    pub wrong: u32,
    /// So and not said.
    pub missed: u32,
    /// Neither.
    pub right: u32,
}

impl Counts {
    /// Counts pairs of what is so and what was said.
    pub fn of(pairs: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut counts = Self::default();
        for (so, said) in pairs {
            let one = match (so, said) {
                (true, true) => &mut counts.hit,
                (false, true) => &mut counts.wrong,
                (true, false) => &mut counts.missed,
                (false, false) => &mut counts.right,
            };
            *one += 1;
        }
        counts
    }

    /// Of what was said, what is so.
    pub fn precision(self) -> f64 {
        part(self.hit, self.hit + self.wrong)
    }

    /// Of what is so, what was said.
    pub fn recall(self) -> f64 {
        part(self.hit, self.hit + self.missed)
    }

    /// Of what is not so, what was said all the same.
    pub fn false_alarms(self) -> f64 {
        part(self.wrong, self.wrong + self.right)
    }

    /// The harmonic mean of precision and recall.
    pub fn f1(self) -> f64 {
        part(2 * self.hit, 2 * self.hit + self.wrong + self.missed)
    }
}

fn part(of: u32, all: u32) -> f64 {
    if all == 0 { 0.0 } else { f64::from(of) / f64::from(all) }
}

/// What is so and what was said, class by class.
fn each(gold: &[usize], said: &[usize], classes: usize) -> Vec<Counts> {
    (0..classes)
        .map(|class| Counts::of(gold.iter().zip(said).map(|(g, s)| (*g == class, *s == class))))
        .collect()
}

/// The mean of the classes' F1.
pub fn macro_f1(gold: &[usize], said: &[usize], classes: usize) -> f64 {
    each(gold, said, classes).iter().map(|c| c.f1()).sum::<f64>() / classes as f64
}

/// The mean of the classes' recall.
pub fn macro_recall(gold: &[usize], said: &[usize], classes: usize) -> f64 {
    each(gold, said, classes).iter().map(|c| c.recall()).sum::<f64>() / classes as f64
}

/// The share that was said right.
pub fn accuracy(gold: &[usize], said: &[usize]) -> f64 {
    gold.iter().zip(said).filter(|(g, s)| g == s).count() as f64 / gold.len().max(1) as f64
}

/// The chance that a drawn positive has a greater margin than a drawn negative; ties count half.
pub fn auroc(scored: &[(f32, bool)]) -> f64 {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum) = (0.0f64, 0.0f64);
    for tie in sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let negatives = tie.iter().filter(|(_, so)| !so).count() as f64;
        let positives = tie.len() as f64 - negatives;
        sum += positives * (below + negatives / 2.0);
        below += negatives;
    }
    let positives = scored.len() as f64 - below;
    if below == 0.0 || positives == 0.0 {
        0.0
    } else {
        sum / (below * positives)
    }
}

/// Which is the greatest.
pub fn greatest(margins: &[f32]) -> usize {
    margins
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1))
        .map_or(0, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_those_of_the_textbook() {
        let gold = [0, 0, 0, 1, 1, 2];
        let said = [0, 0, 1, 1, 2, 2];
        assert!((accuracy(&gold, &said) - 4.0 / 6.0).abs() < 1e-12);
        assert!((macro_recall(&gold, &said, 3) - (2.0 / 3.0 + 0.5 + 1.0) / 3.0).abs() < 1e-12);
        assert!((macro_f1(&gold, &said, 3) - (0.8 + 0.5 + 2.0 / 3.0) / 3.0).abs() < 1e-12);
        assert!((auroc(&[(0.1, false), (0.4, false), (0.35, true), (0.8, true)]) - 0.75).abs() < 1e-12);
        assert!((auroc(&[(0.5, false), (0.5, true)]) - 0.5).abs() < 1e-12);
        assert_eq!(greatest(&[-1.0, 0.5, 0.2]), 1);
    }
}
