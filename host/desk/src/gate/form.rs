//! What is left over or missing: placeholders, capitals, nothing at all.

use super::context::Draft;
use super::finding::{Finding, Rule};
use super::text::{Text, Word};
use super::voice::Voice;

pub(super) fn find(text: &Text, draft: &Draft, voice: &Voice) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |span, rule: Rule, reason: String| {
        found.push(Finding {
            span,
            rule,
            reason,
            severity: voice.severity(rule),
            suggestion: None,
        });
    };
    if empty(text, draft) {
        add(
            (0, text.chars.len()),
            Rule::Empty,
            "Nothing is said yet beside the greeting and the signature: write an answer.".to_owned(),
        );
    }
    for (start, end) in placeholders(text) {
        add(
            (start, end),
            Rule::Placeholder,
            format!("“{}” was to be filled in.", text.part(start, end)),
        );
    }
    if let Some((start, end)) = shouting(text, voice) {
        add(
            (start, end),
            Rule::Shouting,
            "Capitals read as shouting: write small letters.".to_owned(),
        );
    }
    found
}

/// No letter or digit is left without mentions, the prefix and signature of the brand's style.
fn empty(text: &Text, draft: &Draft) -> bool {
    let prefix = draft.prefix.chars().count();
    let rest = text.part(prefix.min(text.chars.len()), text.chars.len());
    let from = if draft.text.starts_with(&draft.prefix) && !rest.trim().is_empty() {
        prefix
    } else {
        0
    };
    let signed = |start: usize| {
        // A line of a dash or caret and at most three words is a signature: `^MK`, `- Mia from Northwind`.
        let mut at = start;
        while at > 0 && text.at(at - 1).is_some_and(|c| c.is_alphanumeric() || c == '.') {
            at -= 1;
        }
        at.checked_sub(1).and_then(|at| text.at(at)) == Some('^')
    };
    let says = |word: &&Word| !word.quiet && word.start >= from && !signed(word.start);
    let shows = text.chars.iter().any(|c| is_picture(*c));
    let linked = text.of_kind(super::text::Kind::Link).next().is_some();
    !text.words.iter().any(|word| says(&word)) && !shows && !linked
}

fn is_picture(c: char) -> bool {
    matches!(u32::from(c), 0x1f300..=0x1faff | 0x2600..=0x27bf | 0x2b50)
}

/// Brackets with a name in them, and words that only stand in drafts.
fn placeholders(text: &Text) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let pairs = [('{', '}'), ('[', ']'), ('<', '>'), ('%', '%')];
    for (at, c) in text.chars.iter().enumerate() {
        let Some((open, close)) = pairs.iter().find(|(open, _)| open == c) else {
            continue;
        };
        let inner: String = text
            .chars
            .get(at + 1..)
            .unwrap_or_default()
            .iter()
            .take(48)
            .take_while(|c| *c != close && **c != '\n')
            .collect();
        let end = at + 1 + inner.chars().count();
        if text.at(end) != Some(*close) || inner.trim_matches(['{', ' ', '}']).is_empty() {
            continue;
        }
        if found.last().is_some_and(|(_, last)| at < *last) {
            continue;
        }
        let word = inner.trim_matches(['{', ' ', '$', '#']);
        let name = word
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | ' '));
        let capitals = word.chars().any(char::is_alphabetic) && !word.chars().any(char::is_lowercase);
        let fill = [
            "name", "insert", "your", "customer", "agent", "date", "link", "url", "number", "order", "vorname",
            "nachname", "kunde", "datum", "nom", "prenom", "nombre", "nome", "naam", "first", "last",
        ];
        let lower = word.to_lowercase();
        let said = fill
            .iter()
            .any(|fill| lower.split([' ', '_', '.', '-']).any(|part| part == *fill));
        let counts = match open {
            // A brace by itself with air around is no template: `:{ and }`.
            '{' => name && (said || inner.starts_with('{') || !inner.starts_with(' ')),
            '[' => name && (capitals && word.chars().count() > 1 || said),
            '<' => name && (said || word.contains('_')),
            _ => name && capitals && !word.contains(' ') && word.chars().count() > 2,
        };
        if counts {
            let doubled = usize::from(text.at(end + 1) == Some(*close) && *open != '%');
            found.push((at, end + 1 + doubled));
        }
    }
    for (at, word) in text.words.iter().enumerate().filter(|(_, word)| !word.quiet) {
        let written = text.part(word.start, word.end);
        let next = text.words.get(at + 1);
        let follows = |what: &str| next.is_some_and(|next| next.folded == what);
        let draft_word = matches!(written.as_str(), "TODO" | "TBD" | "FIXME" | "XXX" | "XXXX" | "TBC")
            || word.folded == "lorem" && follows("ipsum")
            || written == "INSERT" && next.is_some();
        if draft_word
            && !found
                .iter()
                .any(|(start, end)| *start <= word.start && word.end <= *end)
        {
            found.push((word.start, word.end));
        }
    }
    // `%s`, `$name`, `___`
    let mut at = 0;
    while let Some(c) = text.at(at) {
        let next = text.at(at + 1);
        let lone = at
            .checked_sub(1)
            .and_then(|at| text.at(at))
            .is_none_or(char::is_whitespace);
        let printf = c == '%'
            && lone
            && matches!(next, Some('s' | 'd' | '@'))
            && !text.at(at + 2).is_some_and(char::is_alphanumeric);
        let variable = c == '$'
            && lone
            && next.is_some_and(|c| c.is_ascii_lowercase())
            && text
                .chars
                .get(at + 1..)
                .unwrap_or_default()
                .iter()
                .take_while(|c| c.is_ascii_lowercase() || **c == '_')
                .count()
                >= 3;
        let line = c == '_'
            && text
                .chars
                .get(at..at + 3)
                .is_some_and(|part| part.iter().all(|c| *c == '_'));
        if printf || variable || line {
            let rest = text.chars.get(at + 1..).unwrap_or_default();
            let length = 1 + rest
                .iter()
                .take_while(|c| c.is_alphanumeric() || **c == '_' || printf && **c == '@')
                .count();
            found.push((at, at + length));
            at += length;
        } else {
            at += 1;
        }
    }
    found.sort_unstable();
    found.dedup_by_key(|(start, _)| *start);
    found
}

/// Three words in capitals in a row, or most of a text that has ten letters; names of few letters do not count.
fn shouting(text: &Text, voice: &Voice) -> Option<(usize, usize)> {
    let allowed = |word: &Word| {
        voice
            .allowed
            .iter()
            .chain(&voice.names)
            .any(|name| super::fold::folded(name) == word.folded)
    };
    let loud = |word: &Word| {
        let written = text.part(word.start, word.end);
        let letters = written.chars().filter(|c| c.is_alphabetic()).count();
        letters >= 2
            && written.chars().any(char::is_uppercase)
            && !written.chars().any(char::is_lowercase)
            && !written.chars().any(char::is_numeric)
    };
    let mut run: Vec<&Word> = Vec::new();
    let mut letters = 0;
    let mut best: Option<(usize, usize)> = None;
    for word in text.prose() {
        if loud(word) {
            letters += word.end - word.start;
            run.push(word);
            let long = run
                .iter()
                .filter(|word| word.end - word.start >= 4 && !allowed(word))
                .count();
            if (run.len() >= 3 && letters >= 12 && long >= 2
                || long == 1 && run.len() == 1 && word.end - word.start >= 10)
                && let Some(first) = run.first()
            {
                best = best.filter(|(start, _)| *start == first.start).map_or_else(
                    || best.or(Some((first.start, word.end))),
                    |(start, _)| Some((start, word.end)),
                );
            }
        } else {
            run.clear();
            letters = 0;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_to_be_filled_in_is_found() {
        let check = |draft: &str, expected: &[&str]| {
            let text = Text::of(draft);
            let found: Vec<_> = placeholders(&text).into_iter().map(|(a, b)| text.part(a, b)).collect();
            assert_eq!(found, expected, "{draft}");
        };
        check("Hi {name}, welcome", &["{name}"]);
        check("Hi {{ customer.name }}!", &["{{ customer.name }}"]);
        check("Dear [NAME], see [INSERT LINK]", &["[NAME]", "[INSERT LINK]"]);
        check("Dear <first_name>", &["<first_name>"]);
        check("Hi %FIRST_NAME%, hi %s, hi $name", &["%FIRST_NAME%", "%s", "$name"]);
        check("It costs TODO. Lorem ipsum dolor", &["TODO", "Lorem"]);
        check("Your number ____ here", &["____"]);
        check("See [the page] (or [1]), 20% off and 30% more, a < b > c, $20", &[]);
        check("I love <3 you :{ and } that", &[]);
    }

    #[test]
    fn shouting_is_more_than_a_name_in_capitals() {
        let check = |draft: &str, expected: bool| {
            assert_eq!(
                shouting(&Text::of(draft), &Voice::default()).is_some(),
                expected,
                "{draft}"
            );
        };
        check("PLEASE READ THE MANUAL first", true);
        check("This is UNACCEPTABLE", true);
        check("Your BBVA IBAN and the HDMI cable", false);
        check("OK, the USB HUB is fine", false);
        check("Hello there", false);
    }
}
