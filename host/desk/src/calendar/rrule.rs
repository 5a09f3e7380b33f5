//! `RRULE:FREQ=YEARLY;...`, as far as holidays need it.

use super::ics::{Wrong, wrong};
use super::yearly::{On, Yearly};
use jiff::civil::{Date, Weekday};

/// Reads the rule of an event that begins on `first`.
pub(super) fn read(rule: &str, first: Date) -> Result<Yearly, Wrong> {
    let mut parts = Parts::default();
    for part in rule.split(';').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        parts.take(&name.to_ascii_uppercase(), &value.to_ascii_uppercase())?;
    }
    if !parts.yearly {
        return wrong(
            format!("RRULE:{rule} is not of a year"),
            "write FREQ=YEARLY, or each date as an event",
        );
    }
    let months = if parts.months.is_empty() {
        vec![first.month()]
    } else {
        parts.months
    };
    let on: Vec<On> = match (parts.days.is_empty(), parts.weekdays.is_empty()) {
        (_, true) => {
            let days = if parts.days.is_empty() {
                vec![first.day()]
            } else {
                parts.days
            };
            let each = months.iter().flat_map(|month| {
                days.iter().map(|day| On::Date {
                    month: *month,
                    day: *day,
                })
            });
            each.collect()
        }
        (true, false) => {
            let each = months.iter().flat_map(|month| {
                let one = |(nth, day): &(i8, Weekday)| On::Weekday {
                    month: *month,
                    nth: *nth,
                    day: *day,
                };
                parts.weekdays.iter().map(one)
            });
            each.collect()
        }
        (false, false) => {
            return wrong(
                "BYDAY with BYMONTHDAY is not understood",
                "write each date as an event of its own",
            );
        }
    };
    let yearly = Yearly {
        on,
        away: Vec::new(),
        first: Some(first),
        last: parts.until,
        every: parts.every.unwrap_or(1),
        times: parts.times,
        except: Vec::new(),
    };
    let begins = yearly.in_years_of(first);
    if !begins.contains(&first) && parts.until.is_none_or(|until| until >= first) {
        return wrong(
            format!("DTSTART ({first}) is no day of its own RRULE"),
            "let DTSTART be the first day that the rule makes",
        );
    }
    Ok(yearly)
}

#[derive(Default)]
struct Parts {
    yearly: bool,
    every: Option<i16>,
    times: Option<u32>,
    until: Option<Date>,
    months: Vec<i8>,
    days: Vec<i8>,
    weekdays: Vec<(i8, Weekday)>,
}

impl Parts {
    fn take(&mut self, name: &str, value: &str) -> Result<(), Wrong> {
        let bad = || {
            (
                format!("{name}={value} in RRULE is not understood"),
                "write each date as an event of its own".to_owned(),
            )
        };
        let numbers = |low: i8, high: i8| {
            let each = value
                .split(',')
                .map(|text| text.parse::<i8>().ok().filter(|n| (low..=high).contains(n)));
            each.collect::<Option<Vec<i8>>>().ok_or_else(bad)
        };
        match name {
            "FREQ" => self.yearly = value == "YEARLY",
            "WKST" => {} // weeks are not counted here
            "INTERVAL" => self.every = Some(value.parse().ok().filter(|n| *n > 0).ok_or_else(bad)?),
            "COUNT" => self.times = Some(value.parse().ok().filter(|n| *n > 0).ok_or_else(bad)?),
            "UNTIL" => self.until = Some(value.get(..8).and_then(|day| day.parse().ok()).ok_or_else(bad)?),
            "BYMONTH" => self.months = numbers(1, 12)?,
            "BYMONTHDAY" => self.days = value.split(',').map(month_day).collect::<Option<_>>().ok_or_else(bad)?,
            "BYDAY" => {
                self.weekdays = value
                    .split(',')
                    .map(nth_weekday)
                    .collect::<Option<_>>()
                    .ok_or_else(bad)?
            }
            _ => return Err(bad()),
        }
        Ok(())
    }
}

/// 1 to 31, or -1 for the last.
fn month_day(text: &str) -> Option<i8> {
    text.parse().ok().filter(|day| (1..=31).contains(day) || *day == -1)
}

/// `2MO`, `-1FR`. Without a number it would be every Monday of the month: more than one holiday.
fn nth_weekday(text: &str) -> Option<(i8, Weekday)> {
    let day = text.get(text.len().checked_sub(2)?..)?;
    let nth: i8 = text.get(..text.len() - 2)?.parse().ok()?;
    let day = match day {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    (1..=5).contains(&nth.abs()).then_some((nth, day))
}
