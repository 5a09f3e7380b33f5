//! Holidays as they are published: iCal (RFC 5545). Every event takes its time away from the hours.
//!
//! Understood are all-day events, timed events (in UTC, in a named zone, or as the wall shows), `DTEND` or `DURATION`,
//! `RRULE` of a year, `EXDATE`, and `STATUS:CANCELLED`, which takes nothing away. What is not understood is refused by
//! the event's name: a holiday that is passed over would be a promise that is broken on that day.

use super::days::Days;
use super::hours::{Part, WHOLE};
use super::rrule;
use super::written::add_closing;
use super::yearly::Yearly;
use super::zone::{DAY, DayNumber, Wall, Zone, day_of, number};
use crate::policy::Faults;
use icalendar::parser::{Component, Property, read_calendar, unfold};
use jiff::civil::{Date, DateTime};

/// More events than a century of holidays of a whole continent.
const MOST: usize = 20_000;
/// Longer than a season: somebody's own calendar, not one of holidays.
const LONGEST: DayNumber = 120;

/// One event: what it takes away, by days after its first.
pub(super) struct Closing {
    first: DayNumber,
    away: Vec<(DayNumber, Part)>,
    yearly: Option<Yearly>,
}

impl Closing {
    pub(super) fn into_days(self, days: &mut Days) {
        match self.yearly {
            Some(yearly) => days.yearly.push(Yearly {
                away: self.away,
                ..yearly
            }),
            None => {
                for (after, part) in self.away {
                    add_closing(days, self.first.saturating_add(after), part);
                }
            }
        }
    }
}

/// The closings of a text, or what is wrong with it.
pub(super) fn read(text: &str, zone: &Zone, at: &str, faults: &mut Faults) -> Vec<Closing> {
    let text = unfold(text.trim_start_matches('\u{feff}').trim());
    if !text.starts_with("BEGIN:VCALENDAR") {
        faults.add(
            at,
            "this is no iCal text",
            "it begins with BEGIN:VCALENDAR; look at what the address answers",
        );
        return Vec::new();
    }
    let Ok(calendar) = read_calendar(&text) else {
        let what = "this iCal text is broken or cut short";
        faults.add(
            at,
            what,
            "fetch it again: it ends with END:VCALENDAR, and every BEGIN has its END",
        );
        return Vec::new();
    };
    let events: Vec<_> = calendar.components.iter().filter(|one| one.name == "VEVENT").collect();
    if events.len() > MOST {
        faults.add(
            at,
            format!("{} events are too many", events.len()),
            format!("keep at most {MOST}"),
        );
        return Vec::new();
    }
    let mut closings = Vec::new();
    for (index, event) in events.into_iter().enumerate() {
        match closing(event, zone) {
            Ok(closing) => closings.extend(closing),
            Err((what, repair)) => {
                let name = value(event, "SUMMARY").unwrap_or("without a name");
                let name: String = name.chars().take(60).collect();
                faults.add(format!("{at}, event {} ({name})", index + 1), what, repair);
            }
        }
    }
    closings
}

/// What is wrong, and the repair.
pub(super) type Wrong = (String, String);

pub(super) fn wrong<T>(what: impl Into<String>, repair: &str) -> Result<T, Wrong> {
    Err((what.into(), repair.to_owned()))
}

fn closing(event: &Component<'_>, zone: &Zone) -> Result<Option<Closing>, Wrong> {
    if value(event, "STATUS").is_some_and(|status| status.eq_ignore_ascii_case("CANCELLED")) {
        return Ok(None);
    }
    for name in ["RDATE", "EXRULE", "RECURRENCE-ID"] {
        if event.find_prop(name).is_some() {
            return wrong(
                format!("{name} is not understood"),
                "write each date as an event of its own",
            );
        }
    }
    let Some(begins) = event.find_prop("DTSTART") else {
        return wrong("it has no DTSTART", "say when it begins");
    };
    let (from, whole) = moment(begins, zone)?;
    let to = end(event, from, whole, zone)?;
    if to <= from {
        return wrong(
            "it ends before it begins",
            "correct DTEND, which is the day after the last one",
        );
    }
    if to - from > Wall::from(LONGEST) * DAY {
        return wrong(format!("it lasts longer than {LONGEST} days"), "write shorter events");
    }
    let first = day_of(from);
    let away = pieces(from, to);
    let Some(rule) = value(event, "RRULE") else {
        if event.find_prop("EXDATE").is_some() {
            return wrong("it has an EXDATE and no RRULE", "take one of the two away");
        }
        return Ok(Some(Closing {
            first,
            away,
            yearly: None,
        }));
    };
    let mut yearly = rrule::read(rule, super::zone::date(first))?;
    for except in event.properties.iter().filter(|one| one.name == "EXDATE") {
        for text in except.val.as_str().split(',') {
            let one = Property::new_ref("EXDATE", text);
            let one = Property {
                params: except.params.clone(),
                ..one
            };
            yearly.except.push(super::zone::date(day_of(moment(&one, zone)?.0)));
        }
    }
    Ok(Some(Closing {
        first,
        away,
        yearly: Some(yearly),
    }))
}

/// The parts of each day, by days after the first.
fn pieces(from: Wall, to: Wall) -> Vec<(DayNumber, Part)> {
    let first = day_of(from);
    let last = day_of(to - 1);
    let one = |day: DayNumber| {
        let midnight = Wall::from(day) * DAY;
        let from = (from - midnight).max(WHOLE.from);
        let to = (to - midnight).min(WHOLE.to);
        (day - first, Part { from, to })
    };
    (first..=last).map(one).collect()
}

fn end(event: &Component<'_>, from: Wall, whole: bool, zone: &Zone) -> Result<Wall, Wrong> {
    match (event.find_prop("DTEND"), value(event, "DURATION")) {
        (Some(_), Some(_)) => wrong("it has DTEND and DURATION", "take one of the two away"),
        (Some(end), None) => {
            let (to, ends_whole) = moment(end, zone)?;
            if whole != ends_whole {
                return wrong(
                    "DTSTART and DTEND are of different kinds",
                    "write both as dates, or both with a time",
                );
            }
            // Some publishers write the last day itself, which RFC 5545 reads as an event of no length.
            Ok(if whole && to == from { from + DAY } else { to })
        }
        (None, Some(text)) => match text.parse::<jiff::Span>() {
            Ok(span) => {
                let length = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours());
                let length = length.ok().and_then(|length| Wall::try_from(length.as_millis()).ok());
                length.map_or_else(
                    || wrong(format!("DURATION:{text} is too long"), "write DTEND"),
                    |ms| Ok(from.saturating_add(ms)),
                )
            }
            Err(_) => wrong(format!("DURATION:{text} is not understood"), "write P1D or PT4H"),
        },
        (None, None) if whole => Ok(from + DAY),
        (None, None) => wrong("it has a beginning with a time and no end", "write DTEND"),
    }
}

/// A time as our wall shows it, and whether it is a whole day.
fn moment(property: &Property<'_>, ours: &Zone) -> Result<(Wall, bool), Wrong> {
    let text = property.val.as_str().trim();
    let name = property.name.as_str();
    let parameter = |key: &str| {
        let found = property
            .params
            .iter()
            .find(|one| one.key.as_str().eq_ignore_ascii_case(key));
        found
            .and_then(|one| one.val.as_ref())
            .map(|val| val.as_str().trim_matches('"'))
    };
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits == 8 && text.len() == 8 {
        return match text.parse::<Date>() {
            Ok(date) => Ok((Wall::from(number(date)) * DAY, true)),
            Err(_) => wrong(format!("{name}:{text} is no date that there is"), "correct it"),
        };
    }
    let utc = text.strip_suffix('Z');
    let Ok(time) = utc.unwrap_or(text).parse::<DateTime>() else {
        return wrong(
            format!("{name}:{text} is no date and no time"),
            "write 20261225 or 20261224T140000",
        );
    };
    let shown = Wall::from(number(time.date())) * DAY + since_midnight(time);
    if utc.is_some() {
        return Ok((ours.wall(shown), false));
    }
    match parameter("TZID") {
        None => Ok((shown, false)),
        Some(named) => match Zone::named(named.trim_start_matches('/')) {
            Some(theirs) if theirs == *ours => Ok((shown, false)),
            Some(theirs) => Ok((ours.wall(theirs.reached(shown)), false)),
            None => wrong(
                format!("there is no time zone {named:?}"),
                "use a name such as Europe/Berlin, or UTC",
            ),
        },
    }
}

fn since_midnight(time: DateTime) -> Wall {
    let seconds = Wall::from(time.hour()) * 3_600 + Wall::from(time.minute()) * 60 + Wall::from(time.second());
    seconds * 1_000
}

fn value<'a>(event: &'a Component<'_>, name: &str) -> Option<&'a str> {
    event.find_prop(name).map(|property| property.val.as_str().trim())
}
