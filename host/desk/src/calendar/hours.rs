//! Hours of one day: `09:00-12:30`, `22:00-06:00`.

use super::zone::DAY;
use jackfield_protocol::Millis;

/// A stretch of a day on the wall, from its first millisecond to the one after its last: 0 to [`DAY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) from: Millis,
    pub(super) to: Millis,
}

/// A whole day.
pub(super) const WHOLE: Part = Part { from: 0, to: DAY };

/// What somebody wrote for one day: the part on that day, and what is left for the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shift {
    pub(super) today: Part,
    pub(super) tomorrow: Option<Part>,
}

/// Reads `09:00-12:30`. An end at or before its beginning is one of the next day; `00:00-24:00` is the whole day.
pub(super) fn shift(text: &str) -> Result<Shift, String> {
    let Some((from, to)) = text.split_once('-') else {
        return Err(format!("{text:?} is no time from and to"));
    };
    let (from, to) = (time_of_day(from)?, time_of_day(to)?);
    if from == to {
        return Err(format!("{text:?} ends where it begins"));
    }
    if from == DAY {
        return Err(format!("{text:?} begins when the day is over"));
    }
    if to > from {
        let today = Part { from, to };
        return Ok(Shift { today, tomorrow: None });
    }
    let tomorrow = (to > 0).then_some(Part { from: 0, to });
    Ok(Shift {
        today: Part { from, to: DAY },
        tomorrow,
    })
}

/// `09:00`, `9:00`, `24:00`; seconds are allowed.
fn time_of_day(text: &str) -> Result<Millis, String> {
    let wrong = || format!("{text:?} is no time of day");
    let mut worth = 3_600_000;
    let mut sum = 0;
    let parts: Vec<&str> = text.trim().split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return Err(wrong());
    }
    for (place, part) in parts.into_iter().enumerate() {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        let length = if place == 0 { 1..=2 } else { 2..=2 };
        let number: Millis = part.parse().map_err(|_| wrong())?;
        let most = if place == 0 { 24 } else { 59 };
        if !digits || !length.contains(&part.len()) || number > most {
            return Err(wrong());
        }
        sum += number * worth;
        worth /= 60;
    }
    if sum > DAY { Err(wrong()) } else { Ok(sum) }
}

/// In order, none empty, none touching another.
pub(super) fn merged(mut parts: Vec<Part>) -> Vec<Part> {
    parts.retain(|part| part.from < part.to);
    parts.sort_unstable();
    let mut out: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        match out.last_mut() {
            Some(last) if part.from <= last.to => last.to = last.to.max(part.to),
            _ => out.push(part),
        }
    }
    out
}

/// What is left of these when that is taken away.
pub(super) fn without(parts: &[Part], away: Part) -> Vec<Part> {
    let sides = parts.iter().flat_map(|part| {
        let before = Part {
            from: part.from,
            to: part.to.min(away.from),
        };
        let after = Part {
            from: part.from.max(away.to),
            to: part.to,
        };
        [before, after]
    });
    merged(sides.collect())
}

/// The first two of these that overlap.
pub(super) fn overlap(parts: &[Part]) -> Option<(Part, Part)> {
    let mut sorted = parts.to_vec();
    sorted.sort_unstable();
    let mut pairs = sorted.iter().zip(sorted.iter().skip(1));
    pairs.find(|(one, next)| next.from < one.to).map(|(a, b)| (*a, *b))
}

/// As a person writes it.
pub(super) fn shown(at: Millis) -> String {
    let (hours, minutes, seconds) = (at / 3_600_000, at / 60_000 % 60, at / 1_000 % 60);
    match seconds {
        0 => format!("{hours:02}:{minutes:02}"),
        _ => format!("{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them_or_refused() {
        let check = |text: &str, expected: Option<&str>| {
            let found = shift(text).ok().map(|shift| {
                let parts = [Some(shift.today), shift.tomorrow];
                let words = parts.into_iter().flatten();
                words
                    .map(|part| format!("{}-{}", shown(part.from), shown(part.to)))
                    .collect::<Vec<_>>()
                    .join(" ")
            });
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("09:00-12:30", Some("09:00-12:30"));
        check("9:00 - 17:00", Some("09:00-17:00"));
        check("00:00-24:00", Some("00:00-24:00"));
        check("22:00-06:00", Some("22:00-24:00 00:00-06:00"));
        check("22:00-00:00", Some("22:00-24:00"));
        check("08:00:30-08:00:31", Some("08:00:30-08:00:31"));
        for wrong in [
            "",
            "9-17",
            "09:00",
            "09:00-09:00",
            "24:00-06:00",
            "09:60-10:00",
            "25:00-26:00",
            "24:01-24:02",
            "+9:00-10:00",
            "09:00-10:00-11:00",
            "009:00-10:00",
            "9:0-10:00",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn what_is_taken_away_leaves_the_sides() {
        let part = |from, to| Part { from, to };
        assert_eq!(
            without(&[part(0, 10), part(20, 30)], part(5, 25)),
            [part(0, 5), part(25, 30)]
        );
        assert_eq!(without(&[part(0, 10)], part(2, 3)), [part(0, 2), part(3, 10)]);
        assert_eq!(without(&[part(0, 10)], WHOLE), []);
        assert_eq!(merged(vec![part(5, 6), part(0, 5), part(7, 7)]), [part(0, 6)]);
    }
}
