//! Personal data where strangers read it: mail addresses, telephone numbers, accounts, cards, orders, streets.
//!
//! Numbers are told apart by their own checks: an IBAN by ISO 13616 (its length by country and ISO 7064 mod 97-10), a
//! card by its first digits and Luhn (ISO/IEC 7812-1). A number that has neither and no shape of a telephone number is
//! left alone: prices, dates and models are numbers, too.

use super::context::codes;
use super::finding::{Finding, Rule};
use super::text::{Kind, Text};
use super::voice::Voice;

/// Lengths of IBANs by country, from the registry of ISO 13616.
const IBAN: [(&str, usize); 36] = [
    ("AD", 24),
    ("AE", 23),
    ("AT", 20),
    ("BE", 16),
    ("BG", 22),
    ("CH", 21),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("EE", 20),
    ("ES", 24),
    ("FI", 18),
    ("FR", 27),
    ("GB", 22),
    ("GR", 27),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IS", 26),
    ("IT", 27),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MC", 27),
    ("MT", 31),
    ("NL", 18),
    ("NO", 15),
    ("PL", 28),
    ("PT", 25),
    ("RO", 24),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("TR", 26),
];

pub(super) fn find(text: &Text, voice: &Voice) -> Vec<Finding> {
    let mut found: Vec<(usize, usize, &str, &str)> = Vec::new();
    for (start, end) in text.of_kind(Kind::Mail) {
        let mail = text.part(start, end).to_lowercase();
        let own = |own: &String| {
            mail == own.to_lowercase() || mail.ends_with(&format!("@{}", own.trim_start_matches('@').to_lowercase()))
        };
        if !voice.own_contacts.iter().any(own) {
            found.push((start, end, "a mail address", "ask for it in a private message"));
        }
    }
    ibans(text, &mut found);
    numbers(text, voice, &mut found);
    orders(text, voice, &mut found);
    streets(text, &mut found);
    found.sort_by_key(|(start, end, _, _)| (*start, std::cmp::Reverse(*end)));
    let mut until = 0;
    found.retain(|(start, end, _, _)| {
        let fresh = *start >= until;
        until = until.max(*end);
        fresh
    });
    let one = |(start, end, what, repair): (usize, usize, &str, &str)| Finding {
        span: (start, end),
        rule: Rule::PersonalData,
        reason: format!(
            "“{}” is {what}, and strangers read this reply: {repair}.",
            text.part(start, end)
        ),
        severity: voice.severity(Rule::PersonalData),
        suggestion: None,
    };
    found.into_iter().map(one).collect()
}

type Place = (usize, usize, &'static str, &'static str);

fn ibans(text: &Text, found: &mut Vec<Place>) {
    let mut at = 0;
    while at + 15 <= text.chars.len() {
        let country: String = text.part(at, at + 2).to_ascii_uppercase();
        let fresh = at
            .checked_sub(1)
            .and_then(|at| text.at(at))
            .is_none_or(|c| !c.is_alphanumeric());
        let digits =
            text.at(at + 2).is_some_and(|c| c.is_ascii_digit()) && text.at(at + 3).is_some_and(|c| c.is_ascii_digit());
        let length = IBAN
            .iter()
            .find(|(code, _)| *code == country)
            .map(|(_, length)| *length);
        if let Some(length) = length.filter(|_| fresh && digits) {
            let mut plain = String::new();
            let mut end = at;
            while plain.len() < length {
                match text.at(end) {
                    Some(c) if c.is_ascii_alphanumeric() => plain.push(c.to_ascii_uppercase()),
                    Some(' ' | '-' | '\u{a0}' | '.') => {}
                    _ => break,
                }
                end += 1;
            }
            if plain.len() == length && mod97(&plain) == 1 {
                found.push((at, end, "an account number (IBAN)", "take it into a private message"));
                at = end;
            }
        }
        at += 1;
    }
}

/// ISO 7064 mod 97-10, the first four characters moved to the end; 1 for a valid IBAN.
fn mod97(iban: &str) -> u32 {
    let (head, tail) = iban.split_at_checked(4).unwrap_or((iban, ""));
    tail.chars()
        .chain(head.chars())
        .filter_map(|c| c.to_digit(36))
        .fold(0, |sum, digit| {
            if digit < 10 {
                (sum * 10 + digit) % 97
            } else {
                (sum * 100 + digit) % 97
            }
        })
}

/// Luhn, ISO/IEC 7812-1.
fn luhn(digits: &[u32]) -> bool {
    let doubled = |(at, digit): (usize, &u32)| match digit * 2 {
        _ if at % 2 == 0 => *digit,
        twice if twice > 9 => twice - 9,
        twice => twice,
    };
    digits
        .iter()
        .rev()
        .enumerate()
        .map(doubled)
        .sum::<u32>()
        .is_multiple_of(10)
}

fn numbers(text: &Text, voice: &Voice, found: &mut Vec<Place>) {
    let mut at = 0;
    while at < text.chars.len() {
        let begins = text.at(at).is_some_and(|c| c.is_ascii_digit() || c == '+' || c == '(');
        let fresh = at
            .checked_sub(1)
            .and_then(|at| text.at(at))
            .is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | ',' | '-' | '#' | '_' | '/' | '€' | '$' | '£'));
        if !(begins && fresh) {
            at += 1;
            continue;
        }
        let start = at;
        let mut digits: Vec<u32> = Vec::new();
        let mut groups = 0;
        let mut end = at;
        let mut breaks = true;
        while let Some(c) = text.at(at) {
            if let Some(digit) = c.to_digit(10) {
                digits.push(digit);
                groups += usize::from(breaks);
                breaks = false;
                end = at + 1;
            } else if matches!(c, ' ' | '-' | '/' | '(' | ')' | '.' | '\u{a0}' | '\u{2011}' | '–')
                || c == '+' && at == start
            {
                // One or two signs part groups; three part sentences.
                if at + 1 - end > 2 && at > start + 2 {
                    break;
                }
                breaks = true;
            } else {
                break;
            }
            at += 1;
        }
        at = at.max(start + 1);
        let lettered = text
            .at(end)
            .is_some_and(|c| c.is_alphanumeric() || matches!(c, '%' | '€' | '$' | '£' | '_'));
        if lettered || text.quiet(start, end) || own(voice, &digits) {
            continue;
        }
        if (13..=19).contains(&digits.len()) && card_start(&digits) && luhn(&digits) {
            found.push((
                start,
                end,
                "a card number",
                "take it into a private message, and ask the person to delete theirs",
            ));
        } else if phone(text, start, end, &digits, groups) {
            found.push((start, end, "a telephone number", "take it into a private message"));
        }
    }
}

/// Mastercard 2 and 5, American Express 3, Visa 4, Maestro 6 (ISO/IEC 7812-1, major industry identifiers of banks).
fn card_start(digits: &[u32]) -> bool {
    matches!(digits.first(), Some(2..=6))
}

/// The number is the brand's own.
fn own(voice: &Voice, digits: &[u32]) -> bool {
    let tail = |text: &str| text.chars().filter_map(|c| c.to_digit(10)).collect::<Vec<_>>();
    voice.own_contacts.iter().map(|own| tail(own)).any(|own| {
        // A leading 0 stands for the country code.
        let short = own.iter().rev().take(7);
        own.len() >= 7 && digits.len() >= 7 && short.eq(digits.iter().rev().take(7))
    })
}

/// `+` and E.164 digits, or a trunk 0 and the groups of a national number, or North America's 3-3-4.
fn phone(text: &Text, start: usize, end: usize, digits: &[u32], groups: usize) -> bool {
    let part = text.chars.get(start..end).unwrap_or_default();
    let count = digits.len();
    let international = part.first() == Some(&'+') || digits.starts_with(&[0, 0]) && count >= 11;
    if international {
        return (8..=15).contains(&count) && !digits.starts_with(&[0]) || digits.starts_with(&[0, 0]);
    }
    let dotted_date = part.iter().filter(|c| matches!(c, '.' | '/')).count() == 2 && count <= 8;
    if dotted_date {
        return false;
    }
    let lengths: Vec<usize> = part
        .split(|c| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .map(<[char]>::len)
        .collect();
    let trunk = digits.first() == Some(&0) || part.first() == Some(&'(');
    if trunk && (9..=12).contains(&count) {
        return true;
    }
    if lengths == [3, 3, 4] {
        return true;
    }
    // Spain and Italy have no trunk 0: nine or ten digits in groups, said to be a number to call.
    let called = [
        "tel", "tel.", "phone", "telefon", "telefono", "mobile", "handy", "call", "nummer", "number", "rufen", "llame",
        "appel", "bel",
    ];
    let before = text.words.iter().rev().filter(|word| word.end <= start).take(3);
    let said = before.clone().any(|word| called.contains(&word.folded.as_str()));
    (9..=11).contains(&count) && (said || groups >= 3 && matches!(digits.first(), Some(3 | 6 | 7 | 9)))
}

/// Numbers in the shape of the brand's orders.
fn orders(text: &Text, voice: &Voice, found: &mut Vec<Place>) {
    for shape in &voice.order_numbers {
        let shape: Vec<char> = shape.chars().collect();
        for start in 0..text.chars.len() {
            let end = start + shape.len();
            let Some(part) = text.chars.get(start..end) else { break };
            let free = |at: Option<usize>| at.and_then(|at| text.at(at)).is_none_or(|c| !c.is_alphanumeric());
            let fits = |(wanted, c): (&char, &char)| match wanted {
                '#' => c.is_ascii_digit(),
                'A' => c.is_ascii_alphabetic(),
                _ => wanted.eq_ignore_ascii_case(c),
            };
            if free(start.checked_sub(1))
                && free(Some(end))
                && shape.iter().zip(part).all(fits)
                && !text.quiet(start, end)
            {
                found.push((
                    start,
                    end,
                    "an order number",
                    "say “your order”, or take it into a private message",
                ));
            }
        }
    }
    // Without a shape: a code that is called an order.
    let called = [
        "order",
        "bestellung",
        "bestellnummer",
        "auftrag",
        "commande",
        "pedido",
        "ordine",
        "bestelling",
        "ordernummer",
        "invoice",
        "rechnung",
        "rechnungsnummer",
        "customer",
        "kundennummer",
        "account",
        "policy",
        "iban",
        "booking",
        "reservation",
    ];
    for (start, end, code) in codes(text) {
        let mut before = text.words.iter().rev().filter(|word| word.end <= start).take(3);
        if code.len() >= 5 && before.any(|word| called.contains(&word.folded.as_str())) {
            found.push((
                start,
                end,
                "the number of an order or an account",
                "take it into a private message",
            ));
        }
    }
}

/// A street with a house number, and a postcode beside it or not.
fn streets(text: &Text, found: &mut Vec<Place>) {
    const AFTER: [&str; 14] = [
        "street",
        "st",
        "road",
        "rd",
        "avenue",
        "ave",
        "lane",
        "drive",
        "close",
        "crescent",
        "court",
        "terrace",
        "boulevard",
        "square",
    ];
    const BEFORE: [&str; 12] = [
        "rue",
        "avenue",
        "boulevard",
        "calle",
        "avenida",
        "plaza",
        "via",
        "viale",
        "piazza",
        "corso",
        "chemin",
        "allee",
    ];
    const ENDS: [&str; 12] = [
        "strasse", "str", "weg", "gasse", "allee", "platz", "straat", "laan", "plein", "gracht", "kade", "ring",
    ];
    let words = &text.words;
    let house = |word: &super::text::Word| {
        let digits = word.folded.chars().take_while(char::is_ascii_digit).count();
        (1..=4).contains(&digits) && word.folded.chars().count() <= digits + 1
    };
    let capital = |word: &super::text::Word| text.at(word.start).is_some_and(char::is_uppercase);
    for (at, word) in words.iter().enumerate().filter(|(_, word)| !word.quiet) {
        let next = |by: usize| {
            words
                .get(at + by)
                .filter(|_| (0..by).all(|past| words.get(at + past).is_some_and(|word| !word.stop || past > 0)))
        };
        let hit = if house(word) && !word.stop {
            // 12 High Street
            (2..=3).find(|by| {
                (1..*by).all(|by| next(by).is_some_and(capital))
                    && next(*by).is_some_and(|word| AFTER.contains(&word.folded.as_str()) && capital(word))
            })
        } else if BEFORE.contains(&word.folded.as_str()) {
            // 12 rue de la Paix has its number before it; via Roma 12 behind.
            (2..=4).find(|by| next(*by).is_some_and(house) && next(by - 1).is_some_and(capital))
        } else {
            let long = ENDS
                .iter()
                .any(|end| word.folded.ends_with(end) && (word.folded.len() > end.len() + 2 || *end == "strasse"));
            (1..=1).find(|by| long && capital(word) && next(*by).is_some_and(house))
        };
        let numbered = at
            .checked_sub(1)
            .and_then(|at| words.get(at))
            .filter(|word| house(word));
        if let Some(last) = hit.and_then(|by| words.get(at + by)) {
            found.push((
                word.start,
                last.end,
                "a postal address",
                "take it into a private message",
            ));
        } else if let (Some(number), true) = (numbered, BEFORE.iter().take(3).any(|street| *street == word.folded)) {
            let end = words
                .get(at + 1..(at + 5).min(words.len()))
                .unwrap_or_default()
                .iter()
                .find(|word| capital(word));
            if let Some(end) = end {
                found.push((
                    number.start,
                    end.end,
                    "a postal address",
                    "take it into a private message",
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_identifies_somebody_is_found_and_what_only_looks_so_is_not() {
        let voice = Voice {
            order_numbers: vec!["NW-######".to_owned()],
            own_contacts: vec!["northwind.example".to_owned(), "+49 30 5550100".to_owned()],
            ..Voice::default()
        };
        let check = |draft: &str, expected: &[&str]| {
            let text = Text::of(draft);
            let found: Vec<_> = find(&text, &voice)
                .iter()
                .map(|f| text.part(f.span.0, f.span.1))
                .collect();
            assert_eq!(found, expected, "{draft}");
        };
        check("write to ana@example.org now", &["ana@example.org"]);
        check("write to help@northwind.example", &[]);
        check("IBAN DE89 3704 0044 0532 0130 00.", &["DE89 3704 0044 0532 0130 00"]);
        check("GB29NWBK60161331926819", &["GB29NWBK60161331926819"]);
        check("DE88 3704 0044 0532 0130 00 is a typo", &[]);
        check("card 4111 1111 1111 1111", &["4111 1111 1111 1111"]);
        check("number 4111 1111 1111 1112", &[]);
        check("call +44 20 7946 0958", &["+44 20 7946 0958"]);
        check("ruf 030 5550199 an", &["030 5550199"]);
        check("unsere 030 5550100", &[]);
        check("(555) 010-0199", &["(555) 010-0199"]);
        check("order nw-204417 is here", &["nw-204417"]);
        check("your order 2044171", &["2044171"]);
        check("at 12 High Street", &["12 High Street"]);
        check("Lindenstraße 4a", &["Lindenstraße 4a"]);
        check("au 12 rue de la Paix", &["12 rue de la Paix"]);
        check("Via Roma 12", &["Via Roma 12"]);
        check(
            "Version 4.12.3 of 24.11.2026 costs €1,299.00 in 2026, 100 000 sold",
            &[],
        );
        check("Firmware 2.4.10 build 20261124", &[]);
    }
}
