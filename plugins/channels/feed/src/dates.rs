//! Dates as feeds write them: RFC 3339, RFC 822 with all that people made of it, and ISO 8601 without an offset.

use jackfield_sdk::time::parse_ms;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Milliseconds since 1970; none where it is no date.
pub fn date_ms(text: &str) -> Option<u64> {
    let text = text.trim();
    parse_ms(text)
        // Without an offset it is taken for UTC: half a day off at most.
        .or_else(|| parse_ms(&format!("{text}Z")))
        .or_else(|| parse_ms(&format!("{text}:00Z")))
        .or_else(|| mail_date(text))
}

/// `Sat, 01 Aug 2026 16:00:09 GMT`, the day of the week, the seconds and the zone left out or not, in any order of day and
/// month, the year in two digits.
fn mail_date(text: &str) -> Option<u64> {
    let text = text.replace(',', " ");
    let (mut day, mut month, mut year, mut clock, mut zone) = (None, None, None, None, None);
    for word in text.split_whitespace().take(8) {
        let lower = word.to_ascii_lowercase();
        let number: Option<u32> = word.parse().ok().filter(|_| word.bytes().all(|b| b.is_ascii_digit()));
        let named = lower
            .get(..3)
            .and_then(|head| MONTHS.iter().position(|name| *name == head));
        match (number, named) {
            (Some(n), _) if day.is_none() && (1..=31).contains(&n) => day = Some(n),
            (Some(n), _) if year.is_none() => year = Some(full_year(n, word.len())?),
            (None, Some(at)) if month.is_none() => month = Some(at + 1),
            _ if clock.is_none() && word.contains(':') => clock = Some(time_of(word)?),
            _ if clock.is_some() && zone.is_none() => zone = Some(offset(&lower)),
            _ => {}
        }
    }
    let (hour, minute, second) = clock.unwrap_or((0, 0, 0));
    let midnight = parse_ms(&format!("{:04}-{:02}-{:02}", year?, month?, day?))?;
    let at = i64::try_from(midnight).ok()? + ((hour * 60 + minute) * 60 + second) * 1000;
    u64::try_from(at - zone.unwrap_or(0) * 60_000).ok()
}

fn full_year(number: u32, digits: usize) -> Option<u32> {
    match (digits, number) {
        (2, 0..=69) => Some(2000 + number),
        (2, _) => Some(1900 + number),
        (4, 1970..=9998) => Some(number),
        _ => None,
    }
}

fn time_of(word: &str) -> Option<(i64, i64, i64)> {
    let mut parts = word
        .splitn(3, ':')
        .map(|part| part.split('.').next()?.parse::<i64>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        Some(second) => second?,
        None => 0,
    };
    let fits = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..61).contains(&second);
    fits.then_some((hour, minute, second))
}

/// Minutes ahead of UTC. A zone that is not known is UTC, as RFC 5322 says of the old ones.
fn offset(zone: &str) -> i64 {
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let sign = match zone.chars().next() {
        Some('+') => 1,
        Some('-') => -1,
        _ => {
            return match zone {
                "edt" => -240,
                "est" | "cdt" => -300,
                "cst" | "mdt" => -360,
                "mst" | "pdt" => -420,
                "pst" => -480,
                "cet" | "bst" => 60,
                "cest" => 120,
                _ => 0,
            };
        }
    };
    let number: i64 = digits.get(..4).and_then(|four| four.parse().ok()).unwrap_or(0);
    let minutes = number / 100 * 60 + number % 100;
    if minutes > 14 * 60 { 0 } else { sign * minutes }
}
