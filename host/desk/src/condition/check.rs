//! What is wrong with a condition.

use super::{Bounds, Condition, Field, Kind, Stage, Triage};
use crate::policy::{Faults, House, Name, nearest};

/// Nobody reads a condition that is nested deeper.
const DEEPEST: usize = 16;

/// Who can read a message, as a condition says it.
const VISIBILITIES: [&str; 6] = ["public", "unlisted", "followers", "direct", "internal", "other"];

impl Condition {
    /// Everything that is wrong with it: names that nobody has, words that no fact has, parts that cannot hold.
    pub fn check(&self, house: &House, at: &str, faults: &mut Faults) {
        self.look(house, at, 0, faults);
    }

    fn look(&self, house: &House, at: &str, depth: usize, faults: &mut Faults) {
        if depth > DEEPEST {
            let what = format!("the condition is nested more than {DEEPEST} deep");
            faults.add(at, what, "make two rules of it, or lay its parts side by side");
            return;
        }
        match self {
            Self::All(parts) => {
                for (i, part) in parts.iter().enumerate() {
                    part.look(house, &format!("{at}.all[{i}]"), depth + 1, faults);
                }
            }
            Self::Any(parts) => {
                if parts.is_empty() {
                    faults.add(
                        format!("{at}.any"),
                        "any of nothing never holds",
                        "name a part, or take it out",
                    );
                }
                for (i, part) in parts.iter().enumerate() {
                    part.look(house, &format!("{at}.any[{i}]"), depth + 1, faults);
                }
            }
            Self::Not(part) => {
                if part.is_always() {
                    faults.add(
                        format!("{at}.not"),
                        "not of nothing never holds",
                        "name what must not hold, or take it out",
                    );
                }
                part.look(house, &format!("{at}.not"), depth + 1, faults);
            }
            Self::Is(field, values) => is(*field, values, house, &format!("{at}.{}", field.as_str()), faults),
            Self::Known(fields) => {
                if fields.is_empty() {
                    nothing(&format!("{at}.known"), faults);
                }
            }
            Self::Label { labels, margin, by } => {
                texts(labels, &format!("{at}.label"), faults);
                if !margin.is_finite() || *margin < 0.0 {
                    let what = format!("a margin of {margin} is none that is asked for");
                    faults.add(
                        format!("{at}.margin"),
                        what,
                        "write a number from 0 upwards, such as 0.2",
                    );
                }
                if by.as_ref().is_some_and(|by| by.trim().is_empty() || by.contains('@')) {
                    let what = format!("{by:?} is no plugin's name", by = by.as_deref().unwrap_or_default());
                    faults.add(
                        format!("{at}.by"),
                        what,
                        "write the plugin's name without its version, such as keywords",
                    );
                }
            }
            Self::Text(phrases) => {
                let at = format!("{at}.text");
                if phrases.is_empty() {
                    nothing(&at, faults);
                }
                for phrase in phrases.iter().filter(|phrase| phrase.is_empty()) {
                    let what = format!("{:?} has no letter or digit: it is found nowhere", phrase.as_str());
                    faults.add(&at, what, "write a word or a phrase");
                }
            }
            Self::Count(count, range) => bounds(range, "1000", &format!("{at}.{}", count.as_str()), faults),
            Self::Passed(passed, range) => bounds(range, "\"2h\"", &format!("{at}.{}", passed.as_str()), faults),
            Self::Within(calendar) => house.check_name(Name::Calendar, calendar, &format!("{at}.within"), faults),
            Self::Hours { from, to, calendar } => {
                if from == to {
                    let what = format!("from {0} to {0} is the whole day", super::file::clock(*from));
                    faults.add(format!("{at}.hours"), what, "write another end, or take it out");
                }
                house.check_name(Name::Calendar, calendar, &format!("{at}.hours.calendar"), faults);
            }
            Self::Days { days, calendar } => {
                if days.is_empty() {
                    nothing(&format!("{at}.days.days"), faults);
                }
                house.check_name(Name::Calendar, calendar, &format!("{at}.days.calendar"), faults);
            }
        }
    }
}

fn is(field: Field, values: &[String], house: &House, at: &str, faults: &mut Faults) {
    texts(values, at, faults);
    let words: Vec<&str> = match field {
        Field::Kind => Kind::ALL.iter().map(|kind| kind.as_str()).collect(),
        Field::Stage => Stage::ALL.iter().map(|stage| stage.as_str()).collect(),
        Field::Triage => Triage::ALL.iter().map(|triage| triage.as_str()).collect(),
        Field::Visibility => VISIBILITIES.to_vec(),
        Field::Brand => return names(Name::Brand, values, house, at, faults),
        Field::Queue => return names(Name::Queue, values, house, at, faults),
        Field::Tier => return names(Name::Tier, values, house, at, faults),
        Field::Network | Field::Language | Field::Author | Field::Audience | Field::Owner | Field::Tag => return,
    };
    for value in values.iter().filter(|value| !words.contains(&value.as_str())) {
        let near = nearest(value, words.iter().copied());
        let repair = near.map_or_else(
            || format!("write one of {}", words.join(", ")),
            |near| format!("write {near:?}"),
        );
        faults.add(at, format!("{value:?} is no {}", field.as_str()), repair);
    }
}

fn names(of: Name, values: &[String], house: &House, at: &str, faults: &mut Faults) {
    for value in values.iter().filter(|value| !value.trim().is_empty()) {
        house.check_name(of, value, at, faults);
    }
}

fn texts(values: &[String], at: &str, faults: &mut Faults) {
    if values.is_empty() {
        nothing(at, faults);
    }
    if values.iter().any(|value| value.trim().is_empty()) {
        faults.add(at, "an empty text is never found", "write a value, or take it out");
    }
}

fn nothing(at: &str, faults: &mut Faults) {
    faults.add(at, "one of nothing never holds", "name a value, or take the field out");
}

fn bounds<T: PartialOrd + std::fmt::Display>(range: &Bounds<T>, such: &str, at: &str, faults: &mut Faults) {
    match (&range.at_least, &range.below) {
        (None, None) => faults.add(
            at,
            "no bound is given",
            format!("write {{ at-least = {such} }} or {{ below = {such} }}"),
        ),
        (Some(least), Some(below)) if least >= below => {
            let what = format!("nothing is at least {least} and below {below}");
            faults.add(at, what, "make the lower bound the smaller one");
        }
        _ => {}
    }
}
