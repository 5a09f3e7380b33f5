//! Opening hours as stretches of real time, one after another. Everything a calendar answers is read off this walk; it
//! costs some nanoseconds a day and remembers nothing between two questions.

use super::Calendar;
use super::days::Reader;
use super::zone::{DAY, DayNumber, Hand, Wall, day_of};
use jackfield_protocol::Millis;

/// Who has not opened for ten years on end, does not open any more; who has not shut for so long, does not shut.
pub(super) const NEVER: DayNumber = 3_653;

/// The dates of the library end here; so do the walks.
const LAST_DAY: DayNumber = 2_893_000;

/// A stretch of opening, real time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) from: Millis,
    pub(super) to: Millis,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    reader: Reader<'a>,
    hand: Hand<'a>,
    after: Millis,
    day: DayNumber,
    /// Which stretch of the day is next.
    part: usize,
    parts: Vec<super::hours::Part>,
    /// Days without a stretch.
    idle: DayNumber,
}

impl<'a> Walk<'a> {
    /// All stretches that end after an instant, in order, none empty. Two may touch: at midnight.
    pub(super) fn new(calendar: &'a Calendar, after: Millis) -> Self {
        // A stretch that ends later than now ends, on the wall, later than what the wall shows now.
        let day = day_of(calendar.zone.wall(after));
        let mut walk = Self {
            reader: Reader::new(&calendar.days),
            hand: calendar.zone.hand(start(day)),
            after,
            day,
            part: 0,
            parts: Vec::new(),
            idle: 0,
        };
        walk.read();
        walk
    }

    fn read(&mut self) {
        self.part = 0;
        self.parts.clear();
        self.parts.extend_from_slice(self.reader.hours(self.day));
    }
}

fn start(day: DayNumber) -> Wall {
    Wall::from(day).saturating_mul(DAY)
}

impl Iterator for Walk<'_> {
    type Item = Open;

    fn next(&mut self) -> Option<Open> {
        loop {
            while let Some(part) = self.parts.get(self.part).copied() {
                self.part += 1;
                let midnight = start(self.day);
                let from = self.hand.reached(midnight.saturating_add(part.from));
                let to = self.hand.reached(midnight.saturating_add(part.to));
                if to > self.after && from < to {
                    self.idle = 0;
                    return Some(Open { from, to });
                }
            }
            self.day = self.day.saturating_add(1);
            self.idle = self.idle.saturating_add(1);
            if self.idle > NEVER || self.day > LAST_DAY || (self.idle > 7 && self.reader.is_over(self.day)) {
                return None;
            }
            self.read();
        }
    }
}
