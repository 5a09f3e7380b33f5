//! What comes every year: a date, or a weekday of a month.

use super::hours::Part;
use super::zone::{DayNumber, number};
use jiff::civil::{Date, Weekday};

/// A closing that comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Yearly {
    /// When in the year.
    pub(super) on: Vec<On>,
    /// What it takes away, by days after its first.
    pub(super) away: Vec<(DayNumber, Part)>,
    /// Not before.
    pub(super) first: Option<Date>,
    /// Not after.
    pub(super) last: Option<Date>,
    /// Every so many years, counted from `first`.
    pub(super) every: i16,
    /// Only so many times; what `first` stands on is the first.
    pub(super) times: Option<u32>,
    /// Not on these.
    pub(super) except: Vec<Date>,
}

/// A day of the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// A date; the 29th of February comes in leap years alone.
    Date { month: i8, day: i8 },
    /// The second Monday of a month; -1 is the last one.
    Weekday { month: i8, nth: i8, day: Weekday },
}

impl On {
    fn in_year(self, year: i16) -> Option<Date> {
        match self {
            Self::Date { month, day: -1 } => Date::new(year, month, 1).ok().map(Date::last_of_month),
            Self::Date { month, day } => Date::new(year, month, day).ok(),
            Self::Weekday { month, nth, day } => {
                let first = Date::new(year, month, 1).ok()?;
                first.nth_weekday_of_month(nth, day).ok()
            }
        }
    }
}

impl Yearly {
    /// On this date, whole, every year.
    pub(super) fn date(month: i8, day: i8) -> Self {
        Self {
            on: vec![On::Date { month, day }],
            away: vec![(0, super::hours::WHOLE)],
            first: None,
            last: None,
            every: 1,
            times: None,
            except: Vec::new(),
        }
    }

    /// What it takes away when it begins in this year.
    pub(super) fn in_year(&self, year: i16) -> impl Iterator<Item = (DayNumber, Part)> {
        let days = self.begins(year).into_iter().map(number);
        days.flat_map(|day| {
            self.away
                .iter()
                .map(move |(after, part)| (day.saturating_add(*after), *part))
        })
    }

    /// The days on which it begins in the year of a date.
    pub(super) fn in_years_of(&self, date: Date) -> Vec<Date> {
        self.begins(date.year())
    }

    fn begins(&self, year: i16) -> Vec<Date> {
        let dates = self.candidates(year);
        let mut dates: Vec<Date> = match self.times {
            None => dates,
            // RFC 5545 counts what the rule makes, before exceptions are taken away.
            Some(times) => {
                let from = self.first.map_or(year, Date::year);
                let before: usize = (from..year).map(|earlier| self.candidates(earlier).len()).sum();
                let left = usize::try_from(times).unwrap_or(usize::MAX).saturating_sub(before);
                dates.into_iter().take(left).collect()
            }
        };
        dates.retain(|date| !self.except.contains(date));
        dates
    }

    fn candidates(&self, year: i16) -> Vec<Date> {
        let since = self.first.map_or(0, |first| year.saturating_sub(first.year()));
        if since < 0 || since.checked_rem(self.every).unwrap_or(0) != 0 {
            return Vec::new();
        }
        let mut dates: Vec<Date> = self.on.iter().filter_map(|on| on.in_year(year)).collect();
        dates.retain(|date| self.first.is_none_or(|first| *date >= first));
        dates.retain(|date| self.last.is_none_or(|last| *date <= last));
        dates.sort_unstable();
        dates.dedup();
        dates
    }
}
