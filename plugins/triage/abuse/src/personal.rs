//! Data by which a person can be reached or robbed: shapes, and check digits where there are some.

/// The first stretch that is one.
pub(crate) fn find(text: &str) -> Option<(u32, u32)> {
    mail(text).or_else(|| numbers(text))
}

fn place(start: usize, end: usize) -> Option<(u32, u32)> {
    Some((u32::try_from(start).ok()?, u32::try_from(end).ok()?))
}

/// `somebody@host.tld`. A handle of the fediverse begins with `@` and is none.
fn mail(text: &str) -> Option<(u32, u32)> {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
    text.match_indices('@').find_map(|(at, _)| {
        let name = text.get(..at)?.rsplit(|c| !inside(c)).next()?;
        let host = text.get(at + 1..)?.split(|c| !inside(c)).next()?.trim_end_matches('.');
        let (_, top) = host.rsplit_once('.')?;
        let good = !name.is_empty() && top.len() >= 2 && top.chars().all(|c| c.is_ascii_alphabetic());
        let before = text.get(..at - name.len())?.chars().next_back();
        if good && before != Some('@') {
            place(at - name.len(), at + 1 + host.len())
        } else {
            None
        }
    })
}

/// Runs of digits with what people put between them.
fn numbers(text: &str) -> Option<(u32, u32)> {
    let mut at = 0;
    while let Some(from) = text
        .get(at..)?
        .find(|c: char| c.is_ascii_alphanumeric() || c == '+')
        .map(|n| n + at)
    {
        let rest = text.get(from..)?;
        let len = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '+')))
            .unwrap_or(rest.len());
        let run = rest.get(..len)?;
        if let Some((start, end)) = account(run).or_else(|| digits(run)) {
            return place(from + start, from + end);
        }
        at = from + len.max(1);
    }
    None
}

/// A card number (13 to 19 digits, Luhn), or a telephone number with its country (`+`, 9 to 15 digits, ITU-T E.164).
fn digits(run: &str) -> Option<(usize, usize)> {
    let mut start = 0;
    for part in run.split_inclusive(|c: char| c.is_ascii_alphabetic()) {
        let trimmed = part.trim_end_matches(|c: char| !c.is_ascii_digit());
        let lead = trimmed
            .find(|c: char| c.is_ascii_digit() || c == '+')
            .unwrap_or(trimmed.len());
        let body = trimmed.get(lead..)?;
        let figures: Vec<u32> = body.chars().filter_map(|c| c.to_digit(10)).collect();
        let international = body.starts_with('+') && (9..=15).contains(&figures.len());
        if international || (13..=19).contains(&figures.len()) && luhn(&figures) {
            return Some((start + lead, start + trimmed.len()));
        }
        start += part.len();
    }
    None
}

fn luhn(figures: &[u32]) -> bool {
    let sum: u32 = figures
        .iter()
        .rev()
        .enumerate()
        .map(|(n, &d)| if n % 2 == 0 { d } else { d * 2 / 10 + d * 2 % 10 })
        .sum();
    sum.is_multiple_of(10) && figures.iter().any(|&d| d != 0)
}

/// An IBAN: two letters, two digits, 11 to 30 more, 97 to the check (ISO 13616).
fn account(run: &str) -> Option<(usize, usize)> {
    let starts = run.char_indices().map(|(at, _)| at).filter(|&at| {
        let head = run.as_bytes().get(at..at + 4);
        head.is_some_and(|h| matches!(h, [a, b, c, d] if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit()))
    });
    for start in starts {
        let (mut rest, mut head, mut count) = (0u32, 0u32, 0u32);
        for (at, c) in run.get(start..)?.char_indices().filter(|(_, c)| *c != ' ') {
            let Some(value) = c.to_digit(36).filter(|_| !c.is_ascii_lowercase()) else {
                break;
            };
            let add = |sum: u32| {
                if value > 9 {
                    (sum * 100 + value) % 97
                } else {
                    (sum * 10 + value) % 97
                }
            };
            count += 1;
            if count <= 4 {
                head = add(head);
            } else {
                rest = add(rest);
            }
            // The first four go to the end: two letters and two digits are six figures.
            if (15..=34).contains(&count) && (rest * (1_000_000 % 97) + head) % 97 == 1 {
                return Some((start, start + at + 1));
            }
            if count > 34 {
                break;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "a test may say: this cannot be")]
    use super::*;

    #[test]
    fn personal_data_are_found_by_shape_and_check_digit_and_order_numbers_are_not() {
        for (text, found) in [
            ("write to ana.b@mail.example please", Some("ana.b@mail.example")),
            ("call her on +44 20 7946 0958 now", Some("+44 20 7946 0958")),
            ("card 4111 1111 1111 1111 exp", Some("4111 1111 1111 1111")),
            ("IBAN GB82 WEST 1234 5698 7654 32", Some("GB82 WEST 1234 5698 7654 32")),
            ("my order 4111111111111112 is late", None),
            ("@ana@social.example hello", None),
            ("see you 2026-11-24 at 10:30, room 12", None),
            ("it cost 1.200.000 in 2019", None),
        ] {
            let place = find(text).map(|(start, end)| &text[start as usize..end as usize]);
            assert_eq!(place, found, "{text}");
        }
    }
}
