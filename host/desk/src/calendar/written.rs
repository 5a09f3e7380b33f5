//! A calendar as an operator writes it, and what it means.
//!
//! ```toml
//! [calendars.weekdays]
//! zone = "Europe/Berlin"
//! week = { mon-thu = ["09:00-12:30", "13:30-17:00"], fri = ["09:00-15:00"], sat = ["22:00-02:00"] }
//! holidays = ["05-01", "2026-12-24..2027-01-01"]      # without a year: every year
//! special = { "2026-12-23" = ["09:00-12:00"] }
//! ics = "BEGIN:VCALENDAR..."                          # or a file, whose text stands here once it was read
//! ```

use super::hours::{Part, Shift, WHOLE, merged, overlap, shift, shown};
use super::yearly::Yearly;
use super::zone::{DayNumber, Zone, number};
use super::{Calendar, days::Days, ics};
use crate::policy::{Faults, nearest};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Written {
    /// A name of the time zone database: `Europe/Berlin`.
    pub zone: String,
    /// By day (`mon`) or days (`mon-fri`), any number of stretches each. A day that is not named is shut.
    #[serde(default)]
    pub week: BTreeMap<String, Vec<String>>,
    /// `2026-12-25`, `2026-12-24..2027-01-01` (both included), or `12-25` for every year.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<String>,
    /// Dates with hours of their own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub special: BTreeMap<String, Vec<String>>,
    /// The text of an iCal file: whatever is in it takes time away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ics: Option<String>,
}

const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The longest range of holidays: whoever shuts for longer made a slip.
const LONGEST_RANGE: DayNumber = 400;

impl Written {
    /// What it means, or everything that is wrong with it. `at` is where it stands: `calendars.weekdays`.
    pub fn read(&self, at: &str, faults: &mut Faults) -> Option<Calendar> {
        let before = faults.len();
        let zone = Zone::named(&self.zone);
        if zone.is_none() {
            let near = nearest(&self.zone, jiff_names(&self.zone));
            let repair = near.map_or_else(
                || "write a name of the IANA database, such as Europe/Berlin".to_owned(),
                |near| format!("write {near:?}"),
            );
            faults.add(
                format!("{at}.zone"),
                format!("there is no time zone {:?}", self.zone),
                repair,
            );
        }
        let mut days = Days::default();
        self.read_week(&mut days, at, faults);
        self.read_holidays(&mut days, at, faults);
        if let (Some(text), Some(zone)) = (&self.ics, &zone) {
            for closing in ics::read(text, zone, &format!("{at}.ics"), faults) {
                closing.into_days(&mut days);
            }
        }
        self.read_special(&mut days, at, faults);
        let opens = days
            .week
            .iter()
            .chain(days.special.values())
            .any(|parts| !parts.is_empty());
        if faults.len() > before {
            return None;
        }
        if !opens {
            faults.add(
                format!("{at}.week"),
                "it is never open",
                "write hours for at least one day: mon-fri = [\"09:00-17:00\"]",
            );
            return None;
        }
        Some(Calendar { zone: zone?, days })
    }

    fn read_week(&self, days: &mut Days, at: &str, faults: &mut Faults) {
        // All that is written for a day, before it is merged: two stretches that overlap are a slip.
        let mut written: [Vec<Part>; 7] = Default::default();
        let mut by: [Option<&str>; 7] = [None; 7];
        for (key, texts) in &self.week {
            let at = format!("{at}.week.{key}");
            let Some(named) = weekdays(key) else {
                let repair = format!("use {}, or a range such as mon-fri", NAMES.join(", "));
                faults.add(at, format!("{key:?} is no day of the week"), repair);
                continue;
            };
            let shifts = shifts(texts, &at, faults);
            for day in named {
                if let Some(by) = by.get_mut(day) {
                    if let Some(other) = by {
                        let name = NAMES.get(day).unwrap_or(&"");
                        faults.add(&at, format!("{name} is in {other} already"), "name each day once");
                    }
                    *by = Some(key);
                }
                for shift in &shifts {
                    push(&mut written, day, shift.today);
                    if let Some(tomorrow) = shift.tomorrow {
                        push(&mut written, day + 1, tomorrow);
                    }
                }
            }
        }
        for (day, parts) in written.into_iter().enumerate() {
            if let Some((one, next)) = overlap(&parts) {
                let name = NAMES.get(day).unwrap_or(&"");
                let what = format!(
                    "on {name}, {}-{} and {}-{} overlap",
                    shown(one.from),
                    shown(one.to),
                    shown(next.from),
                    shown(next.to)
                );
                faults.add(
                    format!("{at}.week"),
                    what,
                    "write them as one, or let the second begin where the first ends",
                );
            }
            if let Some(place) = days.week.get_mut(day) {
                *place = merged(parts);
            }
        }
    }

    fn read_holidays(&self, days: &mut Days, at: &str, faults: &mut Faults) {
        for (index, text) in self.holidays.iter().enumerate() {
            let at = format!("{at}.holidays[{index}]");
            if let Some((month, day)) = every_year(text) {
                days.yearly.push(Yearly::date(month, day));
                continue;
            }
            let (first, last) = text.split_once("..").unwrap_or((text, text));
            let (Ok(first), Ok(last)) = (first.trim().parse::<Date>(), last.trim().parse::<Date>()) else {
                faults.add(
                    at,
                    format!("{text:?} is no date that there is"),
                    "write 2026-12-25, 2026-12-24..2027-01-01, or 12-25 for every year",
                );
                continue;
            };
            let (first, last) = (number(first), number(last));
            if last < first {
                faults.add(
                    at,
                    format!("{text:?} ends before it begins"),
                    "write the earlier date first",
                );
            } else if last - first > LONGEST_RANGE {
                faults.add(
                    at,
                    format!("{text:?} is longer than a year"),
                    "correct the year, or write several ranges",
                );
            } else {
                for day in first..=last {
                    days.closed.insert(day, vec![WHOLE]);
                }
            }
        }
    }

    fn read_special(&self, days: &mut Days, at: &str, faults: &mut Faults) {
        let mut nights = Vec::new();
        for (text, texts) in &self.special {
            let at = format!("{at}.special.{text}");
            let Ok(date) = text.parse::<Date>() else {
                faults.add(
                    at,
                    format!("{text:?} is no date that there is"),
                    "write it as 2026-12-24",
                );
                continue;
            };
            let shifts = shifts(texts, &at, faults);
            let today: Vec<Part> = shifts.iter().map(|shift| shift.today).collect();
            if let Some((one, next)) = overlap(&today) {
                let what = format!("{} begins before {} ends", shown(next.from), shown(one.to));
                faults.add(at, what, "write them as one");
            }
            days.special.insert(number(date), merged(today));
            let night: Vec<Part> = shifts.iter().filter_map(|shift| shift.tomorrow).collect();
            if !night.is_empty() {
                nights.push((number(date) + 1, merged(night)));
            }
        }
        for (day, night) in nights {
            let year = super::zone::date(day).year();
            let closed = days.closed.contains_key(&day)
                || days.yearly.iter().any(|one| {
                    let begins = [year.saturating_sub(1), year].into_iter();
                    begins.flat_map(|year| one.in_year(year)).any(|(at, _)| at == day)
                });
            if !closed && !days.special.contains_key(&day) {
                days.nights.insert(day, night);
            }
        }
    }
}

fn push(week: &mut [Vec<Part>; 7], day: usize, part: Part) {
    if let Some(parts) = week.get_mut(day % 7) {
        parts.push(part);
    }
}

fn shifts(texts: &[String], at: &str, faults: &mut Faults) -> Vec<Shift> {
    let mut out = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        match shift(text) {
            Ok(shift) => out.push(shift),
            Err(what) => faults.add(
                format!("{at}[{index}]"),
                what,
                "write from and to, such as 09:00-12:30, or 22:00-06:00 over midnight",
            ),
        }
    }
    out
}

/// `mon`, `mon-fri`, `sat-mon`.
fn weekdays(key: &str) -> Option<Vec<usize>> {
    let place = |name: &str| NAMES.iter().position(|known| *known == name);
    let Some((first, last)) = key.split_once('-') else {
        return place(key).map(|day| vec![day]);
    };
    let (first, last) = (place(first)?, place(last)?);
    let count = (last + 7 - first) % 7;
    Some((first..=first + count).map(|day| day % 7).collect())
}

/// `12-25`.
fn every_year(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.trim().split_once('-')?;
    if month.len() != 2 || day.len() != 2 {
        return None;
    }
    // A leap year, so that the 29th of February is a date.
    let date = Date::new(2024, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some((date.month(), date.day()))
}

/// Names of the database that begin with the same letter: near enough to be meant.
fn jiff_names(text: &str) -> impl Iterator<Item = &'static str> {
    let first = text.chars().next().map(|c| c.to_ascii_uppercase());
    COMMON.into_iter().filter(move |name| name.chars().next() == first)
}

/// Zones that are misspelt most often are those most people live in.
const COMMON: [&str; 24] = [
    "Europe/Berlin",
    "Europe/London",
    "Europe/Paris",
    "Europe/Madrid",
    "Europe/Rome",
    "Europe/Amsterdam",
    "Europe/Vienna",
    "Europe/Zurich",
    "Europe/Lisbon",
    "Europe/Warsaw",
    "Europe/Stockholm",
    "Europe/Athens",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Toronto",
    "America/Sao_Paulo",
    "America/Mexico_City",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Australia/Sydney",
    "UTC",
];

/// Takes a part of a date away.
pub(super) fn add_closing(days: &mut Days, day: DayNumber, part: Part) {
    let parts = days.closed.entry(day).or_default();
    parts.push(part);
    *parts = merged(std::mem::take(parts));
}
