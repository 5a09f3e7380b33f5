//! Times as APIs write them, read and written: RFC 3339, seconds or milliseconds since 1970, or a pattern.

use jackfield_sdk::time::{format_ms, parse_ms};

/// How an API writes the times in its messages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Times {
    /// `2026-08-01T13:51:39.138Z`, any offset.
    #[default]
    Rfc3339,
    /// A number of seconds, fractions allowed.
    EpochS,
    /// A number of milliseconds.
    EpochMs,
    /// Of `YYYY MM DD hh mm ss` and other characters; UTC unless `ZZ` (an offset) is in it.
    Pattern(String),
}

/// A number of seconds above this is beyond the year 9999.
const MOST_SECONDS: f64 = 253_402_300_799.0;

impl Times {
    /// Reads the word of a mapping.
    pub(crate) fn named(text: &str) -> Result<Self, String> {
        match text {
            "rfc3339" => Ok(Self::Rfc3339),
            "epoch-s" => Ok(Self::EpochS),
            "epoch-ms" => Ok(Self::EpochMs),
            pattern if ["YYYY", "MM", "DD"].iter().all(|token| pattern.contains(token)) && pattern.len() <= 64 => {
                Ok(Self::Pattern(pattern.to_owned()))
            }
            other => Err(format!(
                "{other:?} is no way to write times; write \"rfc3339\", \"epoch-s\", \"epoch-ms\", or a pattern with \
                 YYYY, MM and DD, such as \"DD.MM.YYYY hh:mm\""
            )),
        }
    }

    /// Milliseconds since 1970.
    pub(crate) fn read(&self, text: &str) -> Option<u64> {
        let text = text.trim();
        let found = match self {
            Self::Rfc3339 => parse_ms(text),
            Self::EpochS => seconds(text),
            Self::EpochMs => text.parse().ok().filter(|ms: &u64| *ms < 253_402_300_800_000),
            Self::Pattern(pattern) => by_pattern(pattern, text),
        };
        // A mapping may say "{now}", which we write ourselves.
        found.or_else(|| parse_ms(text).filter(|_| text.ends_with('Z')))
    }
}

fn seconds(text: &str) -> Option<u64> {
    let seconds: f64 = text.parse().ok().filter(|s| (0.0..=MOST_SECONDS).contains(s))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the bound above nothing is cut"
    )]
    Some((seconds * 1000.0).round() as u64)
}

/// Turns the text into RFC 3339 by the pattern, and reads that.
fn by_pattern(pattern: &str, text: &str) -> Option<u64> {
    let (mut pattern, mut text) = (pattern, text);
    let mut parts = [
        ("YYYY", "1970"),
        ("MM", "01"),
        ("DD", "01"),
        ("hh", "00"),
        ("mm", "00"),
        ("ss", "00"),
        ("ZZ", "Z"),
    ];
    while !pattern.is_empty() {
        let token = parts.iter_mut().find(|(token, _)| pattern.starts_with(token));
        if let Some((token, value)) = token {
            let len = match *token {
                "ZZ" => text.find(|c: char| !"+-:Z0123456789".contains(c)).unwrap_or(text.len()),
                digits => digits.len(),
            };
            let (taken, rest) = text.split_at_checked(len)?;
            *value = taken;
            text = rest;
            pattern = pattern.strip_prefix(*token)?;
        } else {
            let literal = pattern.chars().next()?;
            text = text.strip_prefix(literal)?;
            pattern = pattern.strip_prefix(literal)?;
        }
    }
    if !text.is_empty() {
        return None;
    }
    let [
        (_, year),
        (_, month),
        (_, day),
        (_, hour),
        (_, minute),
        (_, second),
        (_, zone),
    ] = parts;
    parse_ms(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}{zone}"))
}

/// How a time of ours is written into a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Rfc3339,
    Rfc3339Ms,
    EpochS,
    EpochMs,
    Date,
}

impl Written {
    pub(crate) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "rfc3339" => Self::Rfc3339,
            "rfc3339-ms" => Self::Rfc3339Ms,
            "epoch-s" => Self::EpochS,
            "epoch-ms" => Self::EpochMs,
            "date" => Self::Date,
            _ => return None,
        })
    }

    /// Rounded down, so that "since" never leaves anything out.
    pub(crate) fn write(self, ms: u64) -> String {
        let long = format_ms(ms);
        match self {
            Self::Rfc3339 => format!("{}Z", long.get(..19).unwrap_or(&long)),
            Self::Rfc3339Ms => long,
            Self::EpochS => (ms / 1000).to_string(),
            Self::EpochMs => ms.to_string(),
            Self::Date => long.get(..10).unwrap_or(&long).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_way_of_writing_is_read() {
        let at = Some(1_785_592_299_138);
        let second = Some(1_785_592_299_000);
        let cases = [
            ("rfc3339", "2026-08-01T15:51:39.138+02:00", at),
            ("epoch-s", "1785592299.138", at),
            ("epoch-s", "1785592299", second),
            ("epoch-ms", "1785592299138", at),
            ("DD.MM.YYYY hh:mm:ss", "01.08.2026 13:51:39", second),
            ("YYYY/MM/DD hh:mm:ss ZZ", "2026/08/01 15:51:39 +02:00", second),
            ("YYYYMMDD", "20260801", Some(1_785_542_400_000)),
            ("DD.MM.YYYY", "1.8.2026", None),
            ("DD.MM.YYYY", "01.08.2026 x", None),
            ("epoch-s", "-5", None),
            ("epoch-s", "1e300", None),
            ("epoch-s", "NaN", None),
            ("rfc3339", "yesterday", None),
            ("epoch-s", "2026-08-01T13:51:39Z", second),
        ];
        for (name, text, expected) in cases {
            assert_eq!(Times::named(name).unwrap().read(text), expected, "{name} {text}");
        }
        assert!(Times::named("iso").unwrap_err().contains("rfc3339"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(pattern in "(YYYY|MM|DD|hh|mm|ss|ZZ|[-./ é]){0,12}", text in "\\PC{0,30}") {
            let _ = Times::Pattern(pattern).read(&text);
            let _ = (Times::EpochS.read(&text), Times::EpochMs.read(&text));
        }
    }
}
