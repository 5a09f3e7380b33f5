//! A share of a count, with what the count lets one say (Wilson 1927).

use super::survival::Z95;
use serde::{Deserialize, Serialize};

/// So many of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Those that have it.
    pub of: u64,
    /// All.
    pub all: u64,
}

impl Share {
    /// One more; `has` or not.
    pub fn add(&mut self, has: bool) {
        self.of += u64::from(has);
        self.all += 1;
    }

    /// All of another.
    pub fn merge(&mut self, other: Self) {
        self.of += other.of;
        self.all += other.all;
    }

    /// The share; none of none.
    #[allow(clippy::cast_precision_loss)] // counts of messages
    pub fn value(self) -> Option<f64> {
        (self.all > 0).then(|| self.of as f64 / self.all as f64)
    }

    /// Wilson's interval, 95 %.
    #[allow(clippy::cast_precision_loss)]
    pub fn interval(self) -> Option<(f64, f64)> {
        let share = self.value()?;
        let (n, z2) = (self.all as f64, Z95 * Z95);
        let middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let wide = Z95 / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
        Some(((middle - wide).max(0.0), (middle + wide).min(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilsons() {
        // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        let check = |of, all, low: f64, high: f64| {
            let (found_low, found_high) = Share { of, all }.interval().unwrap();
            assert!((found_low - low).abs() < 5e-5, "{of} of {all}: {found_low}");
            assert!((found_high - high).abs() < 5e-5, "{of} of {all}: {found_high}");
        };
        check(81, 263, 0.2553, 0.3662);
        check(15, 148, 0.0624, 0.1605);
        check(0, 20, 0.0, 0.1611);
        check(1, 29, 0.0061, 0.1718);
        assert_eq!(Share::default().interval(), None);
    }
}
