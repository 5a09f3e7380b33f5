//! Times as networks write them, without a date library in every plugin: RFC 3339 and the date of HTTP headers.
//!
//! Days are counted by the civil calendar (proleptic Gregorian); the arithmetic is Howard Hinnant's
//! `days_from_civil`, which holds for every year the formats can write.

const MS_PER_DAY: i64 = 86_400_000;

/// Milliseconds since 1970 of an RFC 3339 time (`2026-08-01T13:51:39.138Z`, any offset) or of a bare date, which
/// is its first instant in UTC. None where it is neither, or before 1970.
pub fn parse_ms(text: &str) -> Option<u64> {
    let text = text.trim();
    let year: i64 = digits(text, 0, 4)?;
    let month = digits(text, 5, 2).filter(|m| (1..=12).contains(m))?;
    let day = digits(text, 8, 2).filter(|d| (1..=31).contains(d))?;
    (text.get(4..5)? == "-" && text.get(7..8)? == "-").then_some(())?;
    let days = days_from_civil(year, month, day);
    if text.len() == 10 {
        return u64::try_from(days * MS_PER_DAY).ok();
    }
    matches!(text.get(10..11)?, "T" | "t" | " ").then_some(())?;
    let hour = digits(text, 11, 2).filter(|h| *h < 24)?;
    let minute = digits(text, 14, 2).filter(|m| *m < 60)?;
    let second = digits(text, 17, 2).filter(|s| *s <= 60)?;
    (text.get(13..14)? == ":" && text.get(16..17)? == ":").then_some(())?;
    let (millis, zone) = fraction(text.get(19..)?)?;
    let offset = offset_minutes(zone)?;
    let ms = days * MS_PER_DAY + ((hour * 60 + minute - offset) * 60 + second) * 1000 + millis;
    u64::try_from(ms).ok()
}

/// Milliseconds since 1970 as RFC 3339 in UTC.
pub fn format_ms(ms: u64) -> String {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    let (days, rest) = (ms.div_euclid(MS_PER_DAY), ms.rem_euclid(MS_PER_DAY));
    let (year, month, day) = civil_from_days(days);
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z",
        rest % 1000
    )
}

/// Milliseconds since 1970 of an HTTP date (`Sat, 01 Aug 2026 16:00:09 GMT`, RFC 9110).
pub fn http_date_ms(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut words = text.split_whitespace();
    words.next()?.strip_suffix(',')?;
    let day: i64 = words.next()?.parse().ok().filter(|d| (1..=31).contains(d))?;
    let name = words.next()?;
    let month = i64::try_from(MONTHS.iter().position(|m| *m == name)?).ok()? + 1;
    let year: i64 = words.next()?.parse().ok().filter(|y| (1970..10_000).contains(y))?;
    let clock = words.next()?;
    let (hour, minute, second) = (digits(clock, 0, 2)?, digits(clock, 3, 2)?, digits(clock, 6, 2)?);
    u64::try_from(days_from_civil(year, month, day) * MS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000).ok()
}

fn digits(text: &str, from: usize, len: usize) -> Option<i64> {
    let part = text.get(from..from + len)?;
    part.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| part.parse().ok())
        .flatten()
}

/// The milliseconds of `.138` and what stands behind it.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(rest) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let len = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, zone) = rest.split_at_checked(len)?;
    (len > 0).then_some(())?;
    let three: String = number.chars().chain("000".chars()).take(3).collect();
    Some((three.parse().ok()?, zone))
}

fn offset_minutes(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let sign = match zone.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let hours = digits(zone, 1, 2)?;
    let minutes = digits(zone, zone.len().checked_sub(2)?, 2)?;
    (hours < 24 && minutes < 60 && (zone.len() == 5 || zone.len() == 6)).then_some(sign * (hours * 60 + minutes))
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let mp = (5 * day_of_year + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * mp + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_are_read_in_every_offset() {
        let cases = [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2026-08-01T13:51:39.138Z", Some(1_785_592_299_138)),
            ("2026-08-01T15:51:39.138+02:00", Some(1_785_592_299_138)),
            ("2026-08-01T05:21:39.138-0830", Some(1_785_592_299_138)),
            ("2026-08-01T15:00:00.175404Z", Some(1_785_596_400_175)),
            ("2024-02-29", Some(1_709_164_800_000)),
            ("2026-08-01T13:51:39", None),
            ("2026-13-01T13:51:39Z", None),
            ("1969-12-31T23:59:59Z", None),
            ("yesterday", None),
            ("2026-08-0é", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_ms(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(ms in 0u64..253_402_300_799_999) {
            prop_assert_eq!(parse_ms(&format_ms(ms)), Some(ms));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = (parse_ms(&text), http_date_ms(&text));
        }
    }
}
