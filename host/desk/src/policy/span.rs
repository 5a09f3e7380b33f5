//! A length of time as people write it in a policy: `90s`, `30min`, `2h`, `2h 30min`.
//!
//! There is no day among the units. A day is 24 hours of the clock to one reader and one working day to the next, and a
//! policy must not mean both.

use jackfield_protocol::Millis;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A length of time, never below zero. Its text has the largest units first and none twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(pub Millis);

/// The units, largest first, and how long each is.
const UNITS: [(&str, Millis); 4] = [("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];

/// A century. A longer wait is a mistake, and nothing that is added to a time of ours can overflow below it.
const LONGEST: Millis = 100 * 366 * 24 * 3_600_000;

impl Span {
    /// Reads the text, or says what is wrong and what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| {
            Err(format!(
                "{text:?} is no length of time: {what}. Write 90s, 30min, 2h or 2h 30min"
            ))
        };
        let mut rest = text.trim();
        let (mut sum, mut place) = (0, 0);
        if rest.is_empty() {
            return wrong("nothing is there");
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (number, after) = rest.split_at(digits);
            let Ok(number) = number.parse::<Millis>() else {
                return wrong("each part begins with a whole number");
            };
            let after = after.trim_start();
            let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
            let (unit, next) = after.split_at(letters);
            if matches!(unit, "d" | "day" | "days") {
                return wrong("a day may mean 24 hours or one working day, say it in hours");
            }
            let Some(found) = UNITS.iter().position(|(name, _)| *name == unit) else {
                return wrong("the units are h, min and s");
            };
            if found < place {
                return wrong("the larger unit stands first, and none twice");
            }
            place = found.saturating_add(1);
            let worth = UNITS.get(found).map_or(0, |(_, worth)| *worth);
            sum = number.saturating_mul(worth).saturating_add(sum);
            rest = next.trim_start();
        }
        if sum > LONGEST {
            return wrong("it is longer than a century");
        }
        Ok(Self(sum))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.max(0);
        let mut first = true;
        for (name, worth) in UNITS {
            let count = rest / worth;
            if count > 0 {
                write!(f, "{}{count}{name}", if first { "" } else { " " })?;
                (rest, first) = (rest % worth, false);
            }
        }
        if first { f.write_str("0s") } else { Ok(()) }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_span_is_read_as_people_write_it_or_refused_with_the_repair() {
        let check = |text: &str, expected: Option<(Millis, &str)>| {
            let found = Span::parse(text);
            let shown = found.as_ref().map(|span| (span.0, span.to_string()));
            let expected = expected.map(|(ms, normal)| (ms, normal.to_owned()));
            assert_eq!(shown.clone().ok(), expected, "{text}: {shown:?}");
            if let Err(words) = found {
                assert!(words.contains("Write 90s"), "{words}");
            }
        };
        check("90s", Some((90_000, "1min 30s")));
        check("30min", Some((1_800_000, "30min")));
        check("2h", Some((7_200_000, "2h")));
        check(" 2h  30 min ", Some((9_000_000, "2h 30min")));
        check("2h30min", Some((9_000_000, "2h 30min")));
        check("0s", Some((0, "0s")));
        check("168h", Some((604_800_000, "168h")));
        for wrong in [
            "",
            "2",
            "h",
            "2x",
            "1d",
            "30min 2h",
            "2h 2h",
            "-2h",
            "1.5h",
            "99999999999999999999h",
            "999999999h",
        ] {
            check(wrong, None);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(ms in 0..LONGEST) {
            prop_assert_eq!(Span::parse(&Span(ms).to_string()), Ok(Span(ms)));
        }

        #[test]
        fn no_text_makes_it_fall(text in ".{0,30}") {
            if let Ok(span) = Span::parse(&text) {
                prop_assert!((0..=LONGEST).contains(&span.0));
            }
        }
    }
}
