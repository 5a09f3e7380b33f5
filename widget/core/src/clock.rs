//! How long something has been waiting, in the unit a person would say. The words come from the browser's `Intl`.

use jackfield_protocol::Millis;

/// A unit that `Intl.NumberFormat` knows by this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
}

/// An hour of waiting is soon too long; the marks are the ones the desk works by until a brand sets its own.
const SOON: Millis = 60 * 60_000;
/// A working day of waiting is too long.
const LATE: Millis = 8 * SOON;

/// How urgent a wait is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// Time enough.
    Calm,
    /// Soon too long.
    Soon,
    /// Too long.
    Late,
}

/// How long since `then`, in whole units; none for less than a minute and for a network whose clock runs ahead of ours.
pub fn since(then: Millis, now: Millis) -> Option<(i64, Unit)> {
    let minutes = now.saturating_sub(then) / 60_000;
    match minutes {
        ..1 => None,
        1..60 => Some((minutes, Unit::Minute)),
        60..2880 => Some((minutes / 60, Unit::Hour)),
        _ => Some((minutes / 1440, Unit::Day)),
    }
}

/// How urgent a wait since `then` is.
pub fn urgency(then: Millis, now: Millis) -> Urgency {
    match now.saturating_sub(then) {
        ..SOON => Urgency::Calm,
        SOON..LATE => Urgency::Soon,
        _ => Urgency::Late,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_said_in_minutes_then_hours_then_days() {
        let min = 60_000;
        for (wait, said) in [
            (-5 * min, None),
            (0, None),
            (59_999, None),
            (min, Some((1, Unit::Minute))),
            (59 * min, Some((59, Unit::Minute))),
            (60 * min, Some((1, Unit::Hour))),
            (47 * 60 * min, Some((47, Unit::Hour))),
            (48 * 60 * min, Some((2, Unit::Day))),
        ] {
            assert_eq!(since(1_000_000, 1_000_000 + wait), said, "{wait}");
        }
        assert_eq!(since(Millis::MIN, Millis::MAX).map(|s| s.1), Some(Unit::Day));
    }

    #[test]
    fn urgency_grows_with_the_wait() {
        assert_eq!(urgency(0, SOON - 1), Urgency::Calm);
        assert_eq!(urgency(0, SOON), Urgency::Soon);
        assert_eq!(urgency(0, LATE), Urgency::Late);
    }
}
