//! Hours on walls: three zones with their changes in 2026, and the office of the brand.

use jackfield_desk::condition::{Local, Times, Weekday};
use jackfield_protocol::Millis;

pub(crate) const SECOND: Millis = 1_000;
pub(crate) const MINUTE: Millis = 60 * SECOND;
pub(crate) const HOUR: Millis = 60 * MINUTE;
pub(crate) const DAY: Millis = 24 * HOUR;
/// 2026-01-01T00:00Z, a Thursday.
pub(crate) const YEAR_BEGINS: Millis = 1_767_225_600_000;

/// An instant of 2026 by the day of the year, from 0, in UTC.
pub(crate) fn day(n: i64) -> Millis {
    YEAR_BEGINS + n * DAY
}

#[derive(Clone, Copy)]
pub(crate) enum Zone {
    Berlin,
    NewYork,
    Manila,
}

impl Zone {
    fn offset(self, at: Millis) -> Millis {
        match self {
            // From 29 March to 25 October 2026, each at 01:00 UTC.
            Self::Berlin if (day(87) + HOUR..day(297) + HOUR).contains(&at) => 2 * HOUR,
            Self::Berlin => HOUR,
            // From 8 March, 07:00 UTC, to 1 November 2026, 06:00 UTC.
            Self::NewYork if (day(66) + 7 * HOUR..day(304) + 6 * HOUR).contains(&at) => -4 * HOUR,
            Self::NewYork => -5 * HOUR,
            Self::Manila => 8 * HOUR,
        }
    }

    /// Days since the year began (from 0), and milliseconds into that day, on the wall.
    pub(crate) fn wall(self, at: Millis) -> (i64, Millis) {
        let local = at + self.offset(at) - YEAR_BEGINS;
        (local.div_euclid(DAY), local.rem_euclid(DAY))
    }

    /// The instant of a time on the wall; of one that is there twice, the first or the second.
    pub(crate) fn instant(self, day: i64, into: Millis) -> Millis {
        let local = YEAR_BEGINS + day * DAY + into;
        local - self.offset(local - self.offset(local))
    }
}

/// 0 for Monday.
pub(crate) fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// New Year, Easter Monday, 1 May, 3 October, Christmas.
pub(crate) fn holiday(day: i64) -> bool {
    [0, 95, 120, 275, 358, 359].contains(&day)
}

/// The calendar `office`: Monday to Friday, 8 to 18 in Berlin, not on holidays.
pub(crate) struct Office;

impl Office {
    fn opens_on(day: i64) -> bool {
        weekday(day) < 5 && !holiday(day)
    }
}

impl Times for Office {
    fn open(&self, calendar: &str, at: Millis) -> Option<bool> {
        let (day, into) = Zone::Berlin.wall(at);
        (calendar == "office").then(|| Self::opens_on(day) && (8 * HOUR..18 * HOUR).contains(&into))
    }

    fn next_change(&self, _: &str, _: Millis) -> Option<Millis> {
        None // the queues of this house do not ask for the time
    }

    fn local(&self, _: &str, at: Millis) -> Option<Local> {
        let (day, into) = Zone::Berlin.wall(at);
        Some(Local {
            day: *Weekday::ALL.get(usize::try_from(weekday(day)).ok()?)?,
            minute: u16::try_from(into / MINUTE).ok()?,
            into: into % MINUTE,
        })
    }

    fn next_shift(&self, _: &str, _: Millis) -> Option<Millis> {
        None
    }

    fn after(&self, _: &str, from: Millis, span: Millis) -> Option<Millis> {
        let (mut day, _) = Zone::Berlin.wall(from);
        let mut left = span;
        // The longest that is asked for is some days; a year of closed doors would be a mistake here.
        for _ in 0..400 {
            let (opens, closes) = (
                Zone::Berlin.instant(day, 8 * HOUR),
                Zone::Berlin.instant(day, 18 * HOUR),
            );
            let begins = opens.max(from);
            if Self::opens_on(day) && begins < closes {
                if left <= closes - begins {
                    return Some(begins + left);
                }
                left -= closes - begins;
            }
            day += 1;
        }
        None
    }
}
