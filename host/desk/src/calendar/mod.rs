//! Business time: when a house is open, in its own zone, through holidays, nights and changes of the clocks.
//!
//! What counts, said once:
//! - A day of the week has any number of stretches. One that ends at or before its beginning goes on after midnight.
//! - A **holiday** is shut from midnight to midnight on the wall, and nothing else changes: the night before ends at
//!   midnight, and what the evening of the holiday would have left for the next morning is there as usual.
//! - A **special day** has the hours that are written for it and no others, holiday or not. What its night leaves for
//!   the next morning counts, unless that day is named itself.
//! - A time of day is reached at the first instant at which the wall shows it or a later one: 02:30 that does not exist
//!   is the instant of the jump, 02:30 that comes twice is the first one. Between two times of day real time counts, so
//!   a shift of a night in which the clocks change is an hour shorter or longer.
//!
//! [`Written`] is what an operator writes, [`Calendar`] what it means. Answers take microseconds over years, since they
//! walk through days and not through minutes; nothing is remembered between two questions.

mod days;
mod hours;
mod ics;
mod rrule;
mod walk;
mod written;
mod yearly;
mod zone;

pub use written::Written;

use crate::condition::{Local, Times, Weekday};
use crate::policy::Faults;
use jackfield_protocol::Millis;
use std::collections::BTreeMap;
use walk::{NEVER, Walk};
use zone::DAY;

/// Hours of opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    zone: zone::Zone,
    days: days::Days,
}

/// A time on a wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OnTheWall {
    /// Year, month, day.
    pub date: (i16, i8, i8),
    /// 0 for Monday.
    pub weekday: usize,
    /// Milliseconds since midnight, 0 to 86 399 999.
    pub time: Millis,
}

/// The calendars of a house by name, read once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendars(BTreeMap<String, Calendar>);

impl Calendars {
    /// What these mean; one that has faults is left out.
    pub fn read(written: &BTreeMap<String, Written>, faults: &mut Faults) -> Self {
        let mut read = BTreeMap::new();
        for (name, one) in written {
            let at = format!("calendars.{name}");
            faults.name(&at, name);
            if let Some(calendar) = one.read(&at, faults) {
                read.insert(name.clone(), calendar);
            }
        }
        Self(read)
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Option<&Calendar> {
        self.0.get(name)
    }
}

impl Times for Calendars {
    fn open(&self, calendar: &str, at: Millis) -> Option<bool> {
        Some(self.get(calendar)?.open_at(at))
    }

    fn next_change(&self, calendar: &str, at: Millis) -> Option<Millis> {
        self.get(calendar)?.next_change(at)
    }

    fn local(&self, calendar: &str, at: Millis) -> Option<Local> {
        let wall = self.get(calendar)?.wall(at);
        Some(Local {
            day: *Weekday::ALL.get(wall.weekday)?,
            minute: u16::try_from(wall.time / 60_000).ok()?,
            into: wall.time % 60_000,
        })
    }

    fn next_shift(&self, calendar: &str, at: Millis) -> Option<Millis> {
        self.get(calendar)?.next_jump(at)
    }

    fn after(&self, calendar: &str, from: Millis, span: Millis) -> Option<Millis> {
        self.get(calendar)?.add(from, span)
    }
}

impl Calendar {
    /// Whether it is open at an instant. A stretch of opening has its first instant and not its last.
    pub fn open_at(&self, at: Millis) -> bool {
        Walk::new(self, at).next().is_some_and(|open| open.from <= at)
    }

    /// The first instant after this one at which it opens or shuts; none where it does neither within ten years.
    pub fn next_change(&self, at: Millis) -> Option<Millis> {
        let mut walk = Walk::new(self, at);
        let first = walk.next()?;
        if first.from > at {
            return Some(first.from);
        }
        let far = at.saturating_add(Millis::from(NEVER).saturating_mul(DAY));
        let mut shuts = first.to;
        for open in walk {
            if open.from > shuts {
                break;
            }
            shuts = open.to;
            if shuts > far {
                return None;
            }
        }
        Some(shuts)
    }

    /// The first instant by which it has been open for so long; none where it never is. No span is no time at all.
    pub fn add(&self, from: Millis, span: Millis) -> Option<Millis> {
        let mut left = span;
        if left <= 0 {
            return Some(from);
        }
        for open in Walk::new(self, from) {
            let begins = open.from.max(from);
            let lasts = open.to.saturating_sub(begins);
            if lasts >= left {
                return Some(begins.saturating_add(left));
            }
            left -= lasts;
        }
        None
    }

    /// For how long it is open from one instant to another; below zero where the second is the earlier one.
    pub fn between(&self, from: Millis, to: Millis) -> Millis {
        if to < from {
            return -self.between(to, from);
        }
        let mut sum: Millis = 0;
        for open in Walk::new(self, from) {
            if open.from >= to {
                break;
            }
            sum = sum.saturating_add(open.to.min(to).saturating_sub(open.from.max(from)));
        }
        sum
    }

    /// What the wall shows.
    pub fn wall(&self, at: Millis) -> OnTheWall {
        let shown = self.zone.wall(at);
        let day = zone::day_of(shown);
        let date = zone::date(day);
        OnTheWall {
            date: (date.year(), date.month(), date.day()),
            weekday: zone::weekday(day),
            time: shown.rem_euclid(DAY),
        }
    }

    /// The first instant after this one at which the clock on its wall jumps; none where it never does.
    pub fn next_jump(&self, at: Millis) -> Option<Millis> {
        self.zone.next_jump(at)
    }

    /// The zone's name.
    pub fn zone(&self) -> &str {
        self.zone.name()
    }

    /// The hours of an ordinary week, Monday first, as `(from, to)` in milliseconds since midnight.
    pub fn week(&self) -> [Vec<(Millis, Millis)>; 7] {
        let pairs = |parts: &Vec<hours::Part>| parts.iter().map(|part| (part.from, part.to)).collect();
        std::array::from_fn(|day| self.days.week.get(day).map(pairs).unwrap_or_default())
    }

    /// Something is ever taken away from, or added to, the ordinary week.
    pub fn has_exceptions(&self) -> bool {
        !(self.days.closed.is_empty() && self.days.special.is_empty() && self.days.yearly.is_empty())
    }
}
