//! A time as people write it, in a command or in the address of a request.

use jackfield_protocol::Millis;

/// A time as people write it.
pub(crate) fn moment(text: &str, now: Millis) -> Result<Millis, String> {
    let unit = |unit: char| match unit {
        's' => Some(1_000),
        'm' => Some(60_000),
        'h' => Some(3_600_000),
        'd' => Some(86_400_000),
        _ => None,
    };
    if let Some(one) = text.chars().last().and_then(unit)
        && let Ok(number) = text.get(..text.len() - 1).unwrap_or_default().parse::<Millis>()
    {
        return Ok(now.saturating_sub(number.saturating_mul(one)));
    }
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(at.as_millisecond());
    }
    if let Ok(begin) = format!("{text}T00:00:00Z").parse::<jiff::Timestamp>() {
        return Ok(begin.as_millisecond());
    }
    Err(format!(
        "`{text}` is no time. Write 2026-11-24T09:00:00Z, 2026-11-24, or how long ago: 90m, 36h, 14d"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_people_write_it() {
        let now = 1_795_510_800_000; // 2026-11-24T09:00:00Z
        for (text, at) in [
            ("2026-11-24T09:00:00Z", now),
            ("2026-11-24T10:00:00+01:00", now),
            ("2026-11-24", now - 9 * 3_600_000),
            ("90m", now - 90 * 60_000),
            ("14d", now - 14 * 86_400_000),
        ] {
            assert_eq!(moment(text, now), Ok(at), "{text}");
        }
        for text in ["", "yesterday", "d", "-", "2026-13-01", "24.11.2026"] {
            assert!(moment(text, now).is_err_and(|why| why.contains("36h")), "{text}");
        }
    }
}
