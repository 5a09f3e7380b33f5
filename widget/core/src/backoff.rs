//! How long to wait before the next try.

/// The first wait. A server that restarts is back within a second or two.
const FIRST_MS: f64 = 500.0;
/// The longest wait: a person who has mended the cable looks at the panel for about this long.
const LONGEST_MS: f64 = 30_000.0;

/// The wait before try number `attempt` (0 is the first), in milliseconds. `random` is in 0..1: half of the wait is
/// drawn, so that a thousand panels do not come back in the same instant.
pub(crate) fn wait_ms(attempt: u32, random: f64) -> u32 {
    let full = (FIRST_MS * f64::from(1u32 << attempt.min(16))).min(LONGEST_MS);
    (full * (0.5 + 0.5 * random.clamp(0.0, 1.0))) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_are_jittered_and_end_at_half_a_minute() {
        assert_eq!(wait_ms(0, 0.0), 250);
        assert_eq!(wait_ms(0, 1.0), 500);
        assert_eq!(wait_ms(3, 0.5), 3000);
        assert_eq!(wait_ms(40, 1.0), 30_000);
        assert_eq!(wait_ms(u32::MAX, 0.0), 15_000);
    }
}
