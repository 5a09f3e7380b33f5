//! A condition as tables of a file, and back.
//!
//! Written, a condition is in its normal form: each table has one part, one value stands without brackets. Reading takes
//! the shorter forms as well: several parts in one table, one value in brackets.

use super::{Bounds, Condition, Count, Field, Passed, Phrase, Weekday};
use crate::policy::Span;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// One value, or several in brackets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OneOrMore<T>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
            type Value = OneOrMore<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or several in brackets")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                T::deserialize(de::value::StrDeserializer::new(text)).map(|one| OneOrMore(vec![one]))
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(next) = seq.next_element()? {
                    all.push(next);
                }
                Ok(OneOrMore(all))
            }
        }
        from.deserialize_any(Visitor(std::marker::PhantomData))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Range<T> {
    #[serde(default = "none")]
    at_least: Option<T>,
    #[serde(default = "none")]
    below: Option<T>,
}

fn none<T>() -> Option<T> {
    None
}

impl<T> From<Range<T>> for Bounds<T> {
    fn from(range: Range<T>) -> Self {
        Self {
            at_least: range.at_least,
            below: range.below,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoursTable {
    from: String,
    to: String,
    calendar: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DaysTable {
    days: OneOrMore<Weekday>,
    calendar: String,
}

/// Every field that a table of a condition may have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    all: Option<Vec<Condition>>,
    any: Option<Vec<Condition>>,
    not: Option<Box<Condition>>,
    brand: Option<OneOrMore<String>>,
    network: Option<OneOrMore<String>>,
    kind: Option<OneOrMore<String>>,
    visibility: Option<OneOrMore<String>>,
    language: Option<OneOrMore<String>>,
    author: Option<OneOrMore<String>>,
    audience: Option<OneOrMore<String>>,
    triage: Option<OneOrMore<String>>,
    stage: Option<OneOrMore<String>>,
    owner: Option<OneOrMore<String>>,
    queue: Option<OneOrMore<String>>,
    tier: Option<OneOrMore<String>>,
    tag: Option<OneOrMore<String>>,
    known: Option<OneOrMore<Field>>,
    label: Option<OneOrMore<String>>,
    margin: Option<f32>,
    by: Option<String>,
    text: Option<OneOrMore<Phrase>>,
    reach: Option<Range<i64>>,
    replies: Option<Range<i64>>,
    priority: Option<Range<i64>>,
    waited: Option<Range<Span>>,
    silent: Option<Range<Span>>,
    age: Option<Range<Span>>,
    within: Option<String>,
    hours: Option<HoursTable>,
    days: Option<DaysTable>,
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let table = Table::deserialize(from)?;
        read(table).map_err(de::Error::custom)
    }
}

fn read(table: Table) -> Result<Condition, String> {
    let mut parts: Vec<Condition> = Vec::new();
    parts.extend(table.all.map(Condition::All));
    parts.extend(table.any.map(Condition::Any));
    parts.extend(table.not.map(Condition::Not));
    for (field, values) in [
        (Field::Brand, table.brand),
        (Field::Network, table.network),
        (Field::Kind, table.kind),
        (Field::Visibility, table.visibility),
        (Field::Language, table.language),
        (Field::Author, table.author),
        (Field::Audience, table.audience),
        (Field::Triage, table.triage),
        (Field::Stage, table.stage),
        (Field::Owner, table.owner),
        (Field::Queue, table.queue),
        (Field::Tier, table.tier),
        (Field::Tag, table.tag),
    ] {
        parts.extend(values.map(|values| Condition::Is(field, values.0)));
    }
    parts.extend(table.known.map(|fields| Condition::Known(fields.0)));
    match (table.label, table.margin, table.by) {
        (Some(labels), margin, by) => parts.push(Condition::Label {
            labels: labels.0,
            margin: margin.unwrap_or(0.0),
            by,
        }),
        (None, Some(_), _) => {
            return Err("`margin` says how sure a label must be: write it beside a `label`".to_owned());
        }
        (None, None, Some(_)) => return Err("`by` says whose label counts: write it beside a `label`".to_owned()),
        (None, None, None) => {}
    }
    parts.extend(table.text.map(|phrases| Condition::Text(phrases.0)));
    for (count, range) in [
        (Count::Reach, table.reach),
        (Count::Replies, table.replies),
        (Count::Priority, table.priority),
    ] {
        parts.extend(range.map(|range| Condition::Count(count, range.into())));
    }
    for (passed, range) in [
        (Passed::Waited, table.waited),
        (Passed::Silent, table.silent),
        (Passed::Age, table.age),
    ] {
        parts.extend(range.map(|range| Condition::Passed(passed, range.into())));
    }
    parts.extend(table.within.map(Condition::Within));
    if let Some(hours) = table.hours {
        parts.push(Condition::Hours {
            from: minute(&hours.from)?,
            to: minute(&hours.to)?,
            calendar: hours.calendar,
        });
    }
    parts.extend(table.days.map(|table| Condition::Days {
        days: table.days.0,
        calendar: table.calendar,
    }));
    // One part is itself.
    let one = parts.pop();
    Ok(match one {
        Some(one) if parts.is_empty() => one,
        Some(last) => {
            parts.push(last);
            Condition::All(parts)
        }
        None => Condition::always(),
    })
}

/// A time of day, as its minute.
fn minute(text: &str) -> Result<u16, String> {
    let parts = text.split_once(':').filter(|(h, m)| h.len() == 2 && m.len() == 2);
    let numbers = parts.and_then(|(h, m)| Some((h.parse::<u16>().ok()?, m.parse::<u16>().ok()?)));
    match numbers {
        Some((hour, minute)) if hour < 24 && minute < 60 => Ok(hour * 60 + minute),
        _ => Err(format!(
            "{text:?} is no time of day: write it from 00:00 to 23:59, as in 09:30"
        )),
    }
}

/// The time of day of a minute.
pub(super) fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// One value without brackets, others with them.
struct Values<'a, T>(&'a [T]);

impl<T: Serialize> Serialize for Values<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [one] => one.serialize(to),
            all => all.serialize(to),
        }
    }
}

impl<T: Serialize> Serialize for Bounds<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        if let Some(least) = &self.at_least {
            map.serialize_entry("at-least", least)?;
        }
        if let Some(below) = &self.below {
            map.serialize_entry("below", below)?;
        }
        map.end()
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        match self {
            Self::All(parts) if parts.is_empty() => {}
            Self::All(parts) => map.serialize_entry("all", parts)?,
            Self::Any(parts) => map.serialize_entry("any", parts)?,
            Self::Not(part) => map.serialize_entry("not", part)?,
            Self::Is(field, values) => map.serialize_entry(field.as_str(), &Values(values))?,
            Self::Known(fields) => map.serialize_entry("known", &Values(fields))?,
            Self::Label { labels, margin, by } => {
                map.serialize_entry("label", &Values(labels))?;
                if *margin != 0.0 {
                    map.serialize_entry("margin", margin)?;
                }
                if let Some(by) = by {
                    map.serialize_entry("by", by)?;
                }
            }
            Self::Text(phrases) => map.serialize_entry("text", &Values(phrases))?,
            Self::Count(count, bounds) => map.serialize_entry(count.as_str(), bounds)?,
            Self::Passed(passed, bounds) => map.serialize_entry(passed.as_str(), bounds)?,
            Self::Within(calendar) => map.serialize_entry("within", calendar)?,
            Self::Hours { from, to, calendar } => map.serialize_entry("hours", &HoursOut(*from, *to, calendar))?,
            Self::Days { days, calendar } => map.serialize_entry("days", &DaysOut(days, calendar))?,
        }
        map.end()
    }
}

struct HoursOut<'a>(u16, u16, &'a str);

impl Serialize for HoursOut<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(3))?;
        map.serialize_entry("from", &clock(self.0))?;
        map.serialize_entry("to", &clock(self.1))?;
        map.serialize_entry("calendar", self.2)?;
        map.end()
    }
}

struct DaysOut<'a>(&'a [Weekday], &'a str);

impl Serialize for DaysOut<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(2))?;
        map.serialize_entry("days", &Values(self.0))?;
        map.serialize_entry("calendar", self.1)?;
        map.end()
    }
}
