//! How long things took: a count for each of a few spans. Small enough that each function of each connection has one,
//! and readable as percentiles by a person and as a histogram by Prometheus.

use std::time::Duration;

/// Upper ends of the spans, in milliseconds: from a poll of a local stand-in to the longest call there may be.
const BOUNDS_MS: [f64; 15] = [
    0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 10_000.0, 30_000.0,
];

/// Counted spans.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Histogram {
    /// One for each bound, and one for what is longer.
    counts: [u64; BOUNDS_MS.len() + 1],
    sum_ms: f64,
    most_ms: f64,
}

impl Histogram {
    /// None yet.
    pub const fn new() -> Self {
        Self {
            counts: [0; BOUNDS_MS.len() + 1],
            sum_ms: 0.0,
            most_ms: 0.0,
        }
    }

    /// Something took this long.
    pub fn add(&mut self, took: Duration) {
        let ms = took.as_secs_f64() * 1000.0;
        let at = BOUNDS_MS
            .iter()
            .position(|bound| ms <= *bound)
            .unwrap_or(BOUNDS_MS.len());
        if let Some(count) = self.counts.get_mut(at) {
            *count += 1;
        }
        self.sum_ms += ms;
        self.most_ms = self.most_ms.max(ms);
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All together, in seconds.
    pub fn sum_seconds(&self) -> f64 {
        self.sum_ms / 1000.0
    }

    /// The longest, in milliseconds.
    pub fn most_ms(&self) -> f64 {
        self.most_ms
    }

    /// Upper ends in seconds with the count of each span alone.
    pub fn spans(&self) -> Vec<(f64, u64)> {
        let ends = BOUNDS_MS.iter().map(|ms| ms / 1000.0).chain([f64::INFINITY]);
        ends.zip(self.counts).collect()
    }

    /// The time that this share of all took at most, in milliseconds, as well as the spans can tell; none where there
    /// were none.
    pub fn percentile_ms(&self, share: f64) -> Option<f64> {
        let all = self.count();
        if all == 0 {
            return None;
        }
        let wanted = (share * all as f64).max(1.0);
        let mut below = 0;
        let mut from = 0.0;
        for (to, count) in BOUNDS_MS.iter().copied().chain([self.most_ms]).zip(self.counts) {
            let reached = below + count;
            if count > 0 && reached as f64 >= wanted {
                let part = (wanted - below as f64) / count as f64;
                let to = to.min(self.most_ms).max(from);
                return Some(from + (to - from) * part);
            }
            below = reached;
            from = to;
        }
        Some(self.most_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(spans: &[(u64, u32)]) -> Histogram {
        let mut histogram = Histogram::new();
        for (ms, times) in spans {
            (0..*times).for_each(|_| histogram.add(Duration::from_millis(*ms)));
        }
        histogram
    }

    #[test]
    fn percentiles_lie_in_the_span_where_they_are() {
        assert_eq!(of(&[]).percentile_ms(0.5), None);
        let usual = of(&[(7, 990), (700, 10)]);
        assert_eq!(usual.count(), 1000);
        let (p50, p99, p999) = (
            usual.percentile_ms(0.5),
            usual.percentile_ms(0.99),
            usual.percentile_ms(0.999),
        );
        assert!((5.0..=10.0).contains(&p50.unwrap()), "{p50:?}");
        assert!((5.0..=10.0).contains(&p99.unwrap()), "{p99:?}");
        assert!((500.0..=700.0).contains(&p999.unwrap()), "{p999:?}");
        // Nothing is said to have taken longer than the longest.
        assert_eq!(
            of(&[(90_000, 3)]).percentile_ms(0.99),
            Some(90_000.0 * 0.99 + 30_000.0 * 0.01)
        );
        assert_eq!(of(&[(3, 1)]).percentile_ms(0.99), Some(3.0));
    }

    #[test]
    fn spans_add_up() {
        let histogram = of(&[(1, 1), (20, 2), (60_000, 3)]);
        assert_eq!(histogram.spans().iter().map(|(_, count)| count).sum::<u64>(), 6);
        assert!((histogram.sum_seconds() - 180.041).abs() < 1e-6);
    }
}
