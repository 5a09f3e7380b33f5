//! From the wall to the instant and back, in one place of the world.
//!
//! A clock on the wall jumps forward (a time of day does not exist) and back (it exists twice). One rule covers both:
//! **a time of day is reached at the first instant at which the wall shows it or a later one.** Where 02:30 does not
//! exist, it is reached when the clock jumps over it; where it exists twice, the first time counts. So a stretch from
//! one time of day to another is one stretch of real time, never turned around, and whatever hour is lost or given
//! inside of it is lost or given.

use jackfield_protocol::Millis;
use jiff::{
    Timestamp,
    civil::Date,
    tz::{TimeZone, TimeZoneDatabase},
};

/// A day on the wall, in milliseconds.
pub(super) const DAY: Millis = 86_400_000;

/// No zone was ever further from UTC than this (the database stays below 16 hours; its format allows 26).
const FARTHEST: Millis = 26 * 3_600_000;

/// Beyond these the library has no calendar; years -9000 and 9900 are as good as never.
const FIRST: Millis = -346_000_000_000_000;
const LAST: Millis = 250_000_000_000_000;

/// A place's time, out of the database that is compiled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Zone(TimeZone);

/// Milliseconds since 1970-01-01T00:00 as the wall shows them.
pub(super) type Wall = i64;

impl Zone {
    /// By its name, `Europe/Berlin`.
    pub(super) fn named(name: &str) -> Option<Self> {
        // The database that is compiled in, whatever else another crate may have switched on.
        TimeZoneDatabase::bundled().get(name).ok().map(Self)
    }

    /// What the database calls it.
    pub(super) fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// What the wall shows.
    pub(super) fn wall(&self, at: Millis) -> Wall {
        at.saturating_add(offset(&self.0, at))
    }

    /// The first instant after this one at which the clock on the wall jumps.
    pub(super) fn next_jump(&self, at: Millis) -> Option<Millis> {
        let mut before = offset(&self.0, at);
        for change in self.0.following(timestamp(at)) {
            let next = change.timestamp().as_millisecond();
            let after = offset(&self.0, next);
            if next > at && after != before {
                return Some(next);
            }
            before = after;
        }
        None
    }

    /// Where a walk through times of day begins.
    pub(super) fn hand(&self, from: Wall) -> Hand<'_> {
        let start = from.saturating_sub(FARTHEST);
        let mut hand = Hand {
            zone: &self.0,
            offset: offset(&self.0, start),
            begins: start,
            ends: None,
            until: Wall::MIN,
        };
        hand.look_ahead();
        hand
    }

    /// The first instant at which the wall shows this or later.
    pub(super) fn reached(&self, wall: Wall) -> Millis {
        self.hand(wall).reached(wall)
    }
}

/// Goes forward through times of day: the offset is looked up once per change of the clocks, not once per question.
#[derive(Debug)]
pub(super) struct Hand<'a> {
    zone: &'a TimeZone,
    offset: Millis,
    /// The instant since which this offset holds.
    begins: Millis,
    /// The instant of the next change.
    ends: Option<Millis>,
    /// The wall has shown everything before this by the end of this offset.
    until: Wall,
}

impl Hand<'_> {
    /// As [`Zone::reached`]; what is asked must not go back.
    pub(super) fn reached(&mut self, wall: Wall) -> Millis {
        while wall >= self.until {
            let Some(next) = self.ends else { break };
            self.begins = next;
            self.offset = offset(self.zone, next);
            self.look_ahead();
        }
        wall.saturating_sub(self.offset).max(self.begins)
    }

    fn look_ahead(&mut self) {
        let next = self.zone.following(timestamp(self.begins)).next();
        self.ends = next.map(|change| change.timestamp().as_millisecond());
        let shown = self.ends.map_or(Wall::MAX, |end| end.saturating_add(self.offset));
        self.until = self.until.max(shown);
    }
}

fn offset(zone: &TimeZone, at: Millis) -> Millis {
    Millis::from(zone.to_offset(timestamp(at)).seconds()).saturating_mul(1_000)
}

fn timestamp(at: Millis) -> Timestamp {
    Timestamp::from_millisecond(at.clamp(FIRST, LAST)).unwrap_or_default()
}

/// Days since 1970-01-01.
pub(super) type DayNumber = i32;

/// The day of a time on the wall.
pub(super) fn day_of(wall: Wall) -> DayNumber {
    let day = wall.clamp(FIRST, LAST).div_euclid(DAY);
    DayNumber::try_from(day).unwrap_or_default()
}

/// The number of a date.
pub(super) fn number(date: Date) -> DayNumber {
    let epoch = Date::constant(1970, 1, 1);
    epoch.until(date).map(|span| span.get_days()).unwrap_or_default()
}

/// The date of a number.
pub(super) fn date(day: DayNumber) -> Date {
    let since = jiff::SignedDuration::from_hours(i64::from(day).saturating_mul(24));
    let epoch = Date::constant(1970, 1, 1);
    epoch.checked_add(since).unwrap_or(epoch)
}

/// 0 for Monday.
pub(super) fn weekday(day: DayNumber) -> usize {
    // 1970-01-01 was a Thursday.
    usize::try_from(i64::from(day).saturating_add(3).rem_euclid(7)).unwrap_or_default()
}
