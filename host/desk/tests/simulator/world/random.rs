//! Chance, from a seed: the same seed gives the same year on any machine.

use jackfield_protocol::Millis;

/// SplitMix64 (Steele, Lea and Flood 2014): one word of state, and good enough for traffic.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// In so many of a hundred cases.
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.share() * 100.0 < f64::from(percent)
    }

    /// From the first up to the second, itself outside.
    pub(crate) fn within(&mut self, from: i64, to: i64) -> i64 {
        from + (self.share() * (to - from) as f64) as i64
    }

    pub(crate) fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.within(0, all.len() as i64) as usize]
    }

    /// A wait of this mean, as between arrivals or until somebody is done: never nothing.
    pub(crate) fn wait(&mut self, mean: Millis) -> Millis {
        ((-(1.0 - self.share()).ln() * mean as f64) as i64).max(1)
    }
}
