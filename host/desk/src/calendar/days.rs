//! Which hours a date has: its own where it is special, else those of its weekday without what holidays take away.

use super::hours::{Part, merged, without};
use super::yearly::Yearly;
use super::zone::{DayNumber, date, number, weekday};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// The dates of a calendar.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Days {
    /// Monday first.
    pub(super) week: [Vec<Part>; 7],
    /// Dates with hours of their own.
    pub(super) special: BTreeMap<DayNumber, Vec<Part>>,
    /// What the night of a special day leaves for the next one, unless that is named itself.
    pub(super) nights: BTreeMap<DayNumber, Vec<Part>>,
    /// What holidays take away.
    pub(super) closed: BTreeMap<DayNumber, Vec<Part>>,
    /// What comes every year.
    pub(super) yearly: Vec<Yearly>,
}

impl Days {
    /// The hours of a weekday.
    pub(super) fn usual(&self, day: DayNumber) -> &[Part] {
        self.week.get(weekday(day)).map_or(&[], Vec::as_slice)
    }

    /// The dates of a year that are not as usual, in order.
    pub(super) fn exceptions(&self, year: i16) -> Vec<(DayNumber, Vec<Part>)> {
        let (first, last) = (number(Date::constant(year, 1, 1)), number(Date::constant(year, 12, 31)));
        let mut closed: Vec<(DayNumber, Part)> = Vec::new();
        for (day, parts) in self.closed.range(first..=last) {
            closed.extend(parts.iter().map(|part| (*day, *part)));
        }
        for yearly in &self.yearly {
            // What begins at the end of a year may last into the next.
            for begins in [year - 1, year] {
                let days = yearly.in_year(begins);
                closed.extend(days.filter(|(day, _)| (first..=last).contains(day)));
            }
        }
        let mut days: BTreeMap<DayNumber, Vec<Part>> = BTreeMap::new();
        for (day, away) in closed {
            let hours = days.entry(day).or_insert_with(|| self.usual(day).to_vec());
            *hours = without(hours, away);
        }
        for (day, night) in self.nights.range(first..=last) {
            let usual = || merged([self.usual(*day), night].concat());
            days.entry(*day).or_insert_with(usual);
        }
        for (day, hours) in self.special.range(first..=last) {
            days.insert(*day, hours.clone());
        }
        days.into_iter().collect()
    }
}

/// Reads the days one after another; what a year holds is worked out once.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    days: &'a Days,
    /// The last day that `exceptions` knows of.
    until: DayNumber,
    exceptions: Vec<(DayNumber, Vec<Part>)>,
    next: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(days: &'a Days) -> Self {
        Self {
            days,
            until: DayNumber::MIN,
            exceptions: Vec::new(),
            next: 0,
        }
    }

    /// The hours of a day; days are asked for in order.
    pub(super) fn hours(&mut self, day: DayNumber) -> &[Part] {
        if day > self.until {
            let year = date(day).year();
            self.until = number(Date::constant(year, 12, 31));
            self.exceptions = self.days.exceptions(year);
            self.next = self.exceptions.partition_point(|(at, _)| *at < day);
        }
        match self.exceptions.get(self.next) {
            Some((at, hours)) if *at == day => {
                self.next += 1;
                hours
            }
            _ => self.days.usual(day),
        }
    }

    /// Nothing opens on this day or any day after it.
    pub(super) fn is_over(&self, day: DayNumber) -> bool {
        let days = self.days;
        let open = |parts: &Vec<Part>| !parts.is_empty();
        !days.week.iter().any(open)
            && !days.special.range(day..).any(|(_, parts)| open(parts))
            && !days.nights.range(day..).any(|(_, parts)| open(parts))
    }
}
