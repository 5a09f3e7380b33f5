//! What a text does: promises, refunds, apologises. Found in what is written, so that authority is asked about that and
//! not about what somebody says they do.

use super::finding::{Finding, Rule};
use super::fold::folded;
use super::phrase::Phrases;
use super::text::{Text, Word};
use super::voice::Voice;
use super::words;
use serde::{Deserialize, Serialize};

/// Something that is done by writing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// To promise a time, an outcome, a guarantee.
    Promise,
    /// To give money back.
    Refund,
    /// To give something for the trouble: a voucher, a discount, a credit.
    Compensate,
    /// To admit a mistake or a duty.
    Admit,
    /// To apologise.
    Apologise,
    /// To speak for the brand.
    Speak,
}

/// An amount of money in hundredths, so that sums are exact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Amount {
    /// Hundredths of the unit.
    pub cents: u64,
    /// ISO 4217, `EUR`; `%` for a share.
    pub currency: String,
}

/// An act that was found in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What.
    pub act: Act,
    /// Where, in characters.
    pub span: (usize, usize),
    /// The greatest amount that is named in its sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Promise,
        Self::Refund,
        Self::Compensate,
        Self::Admit,
        Self::Apologise,
        Self::Speak,
    ];

    /// As a file says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Promise => "promise",
            Self::Refund => "refund",
            Self::Compensate => "compensate",
            Self::Admit => "admit",
            Self::Apologise => "apologise",
            Self::Speak => "speak",
        }
    }

    /// In words, after "may".
    pub fn words(self) -> &'static str {
        match self {
            Self::Promise => "promise something",
            Self::Refund => "give money back",
            Self::Compensate => "offer a compensation",
            Self::Admit => "admit a fault",
            Self::Apologise => "apologise",
            Self::Speak => "speak for the brand",
        }
    }

    /// The rule that reports it.
    pub fn rule(self) -> Rule {
        match self {
            Self::Promise => Rule::Promise,
            Self::Refund => Rule::Refund,
            Self::Compensate => Rule::Compensation,
            Self::Admit => Rule::Admission,
            Self::Apologise => Rule::Apology,
            Self::Speak => Rule::Statement,
        }
    }
}

/// The phrases, ready.
pub(super) struct Acts {
    phrases: Phrases,
    acts: Vec<Act>,
}

impl Acts {
    pub(super) fn of(voice: &Voice) -> Self {
        let built_in = words::LISTS
            .iter()
            .copied()
            .flatten()
            .filter(|_| !voice.only_own_phrases);
        let built_in = built_in.flat_map(|(act, phrases)| phrases.iter().map(|phrase| (*act, *phrase)));
        let own = voice
            .phrases
            .iter()
            .flat_map(|(act, phrases)| phrases.iter().map(|phrase| (*act, phrase.as_str())));
        let all: Vec<_> = own.chain(built_in).collect();
        Self {
            phrases: Phrases::of(all.iter().map(|(_, phrase)| *phrase)),
            acts: all.iter().map(|(act, _)| *act).collect(),
        }
    }

    /// What the text does, in its order; each stretch once.
    pub(super) fn find(&self, text: &Text) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        for (start, end, index) in self.phrases.find(text) {
            let Some(act) = self.acts.get(index).copied() else {
                continue;
            };
            if taken_back(text, start, end) {
                continue;
            }
            let amount = amounts(text, start, end).into_iter().max();
            match found.last_mut() {
                Some(last) if last.act == act && start < last.span.1 => {
                    last.span.1 = last.span.1.max(end);
                    last.amount = last.amount.take().max(amount);
                }
                _ => found.push(Found {
                    act,
                    span: (start, end),
                    amount,
                }),
            }
        }
        found
    }
}

/// The findings for what a text does.
pub(super) fn findings(found: &[Found], text: &Text, voice: &Voice) -> Vec<Finding> {
    let one = |found: &Found| {
        let rule = found.act.rule();
        let written = text.part(found.span.0, found.span.1);
        let reason = match found.act {
            Act::Promise => format!("“{written}” promises something: whoever reads it will hold the brand to it."),
            Act::Refund => format!("“{written}” announces money back."),
            Act::Compensate => format!("“{written}” offers something for the trouble."),
            Act::Admit => format!("“{written}” admits a fault."),
            Act::Apologise => format!("“{written}” apologises."),
            Act::Speak => format!("“{written}” speaks for the brand."),
        };
        Finding {
            span: found.span,
            rule,
            reason,
            severity: voice.severity(rule),
            suggestion: None,
        }
    };
    found.iter().map(one).collect()
}

/// `we cannot promise`, `we don't guarantee`, `wir erstatten das nicht`: in the same clause.
fn taken_back(text: &Text, start: usize, end: usize) -> bool {
    let words = &text.words;
    let from = words.iter().position(|word| word.start >= start).unwrap_or(0);
    let to = words.iter().rposition(|word| word.end <= end).unwrap_or(from);
    let is = |word: &Word, list: &[&str]| list.contains(&word.folded.as_str());
    let before = words
        .get(from.saturating_sub(3)..from)
        .unwrap_or_default()
        .iter()
        .rev()
        .take_while(|word| !word.stop);
    let inner = words.get(from..=to).unwrap_or_default();
    let open = words.get(to).is_some_and(|last| !last.stop);
    let mut closed = !open;
    let mut after = words
        .get(to + 1..(to + 4).min(words.len()))
        .unwrap_or_default()
        .iter()
        .take_while(|word| {
            let fits = !closed;
            closed |= word.stop;
            fits
        });
    // "It won't happen again" is a promise though it says no.
    let says_no = |word: &Word| is(word, words::NOT_BEFORE);
    let own_no = inner.first().is_some_and(says_no)
        || inner.last().is_some_and(|word| {
            is(
                word,
                &["again", "plus", "piu", "mai", "ocurrir", "pasar", "vorkommen", "nooit"],
            )
        });
    before.clone().any(says_no)
        || !own_no && inner.iter().any(says_no)
        || !own_no && after.any(|word| is(word, words::NOT_AFTER))
}

/// Amounts of money, and shares, in the sentence around a stretch.
fn amounts(text: &Text, start: usize, end: usize) -> Vec<Amount> {
    let ends = |at: usize, c: char| {
        c == '\n' || matches!(c, '!' | '?') || c == '.' && !text.at(at + 1).is_some_and(|c| c.is_ascii_digit())
    };
    let mut from = start;
    while from > 0 && !text.at(from - 1).is_some_and(|c| ends(from - 1, c)) {
        from -= 1;
    }
    let mut to = end;
    while to < text.chars.len() && !text.at(to).is_some_and(|c| ends(to, c)) {
        to += 1;
    }
    money(text.chars.get(from..to).unwrap_or_default())
}

/// `€50`, `50 EUR`, `1.250,00 Euro`, `20 %`.
pub(super) fn money(chars: &[char]) -> Vec<Amount> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if !chars.get(at).is_some_and(char::is_ascii_digit) {
            at += 1;
            continue;
        }
        let start = at;
        let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
        while digit(at)
            || chars
                .get(at)
                .is_some_and(|c| matches!(c, '.' | ',' | '\'' | '\u{a0}' | '\u{202f}'))
                && digit(at + 1)
        {
            at += 1;
        }
        let number: String = chars.get(start..at).unwrap_or_default().iter().collect();
        let before: String = chars
            .get(start.saturating_sub(4)..start)
            .unwrap_or_default()
            .iter()
            .collect();
        let after: String = chars
            .get(at..(at + 10).min(chars.len()))
            .unwrap_or_default()
            .iter()
            .collect();
        if let (Some(currency), Some(cents)) = (currency(&before, &after), cents(&number)) {
            found.push(Amount {
                cents,
                currency: currency.to_owned(),
            });
        }
    }
    found
}

/// Signs and words of currencies, folded.
const CURRENCIES: [(&str, &str); 20] = [
    ("€", "EUR"),
    ("eur", "EUR"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("$", "USD"),
    ("usd", "USD"),
    ("dollar", "USD"),
    ("dollars", "USD"),
    ("£", "GBP"),
    ("gbp", "GBP"),
    ("pound", "GBP"),
    ("pounds", "GBP"),
    ("quid", "GBP"),
    ("chf", "CHF"),
    ("franken", "CHF"),
    ("¥", "JPY"),
    ("sek", "SEK"),
    ("pln", "PLN"),
    ("%", "%"),
    ("percent", "%"),
];

fn currency(before: &str, after: &str) -> Option<&'static str> {
    let word = |text: &str| {
        let text = folded(text);
        CURRENCIES.iter().find(|(sign, _)| *sign == text).map(|(_, code)| *code)
    };
    let after = after.trim_start();
    let sign = after
        .chars()
        .next()
        .filter(|c| !c.is_alphanumeric())
        .and_then(|c| word(&c.to_string()));
    let name: String = after.chars().take_while(|c| c.is_alphabetic()).collect();
    let before = before.trim_end();
    let lead = before.chars().next_back().and_then(|c| word(&c.to_string()));
    let code: String = before
        .chars()
        .rev()
        .take_while(|c| c.is_alphabetic())
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    lead.or_else(|| word(&code)).or(sign).or_else(|| word(&name))
}

/// The last separator before one or two digits parts the cents.
fn cents(number: &str) -> Option<u64> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (whole, part) = match number.rfind(['.', ',']) {
        Some(at) if number.len() - at - 1 <= 2 => (number.get(..at)?, number.get(at + 1..)?),
        _ => (number, ""),
    };
    let whole: u64 = digits(whole).parse().ok()?;
    let part: u64 = format!("{part:0<2}").parse().ok()?;
    whole.checked_mul(100)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_in_the_ways_people_write_them() {
        for (text, cents, currency) in [
            ("€50", 5000, "EUR"),
            ("50 €", 5000, "EUR"),
            ("EUR 1.250,00", 125_000, "EUR"),
            ("1,250.50 dollars", 125_050, "USD"),
            ("£9.5", 950, "GBP"),
            ("20 %", 2000, "%"),
            ("20 percent", 2000, "%"),
        ] {
            let chars: Vec<char> = text.chars().collect();
            assert_eq!(
                money(&chars),
                [Amount {
                    cents,
                    currency: currency.to_owned()
                }],
                "{text}"
            );
        }
        let chars: Vec<char> = "in 3 days, order 12345".chars().collect();
        assert_eq!(money(&chars), []);
    }
}
