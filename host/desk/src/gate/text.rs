//! A draft taken apart once: characters, words, links, mentions. Every rule reads this.

use super::fold::{folded, hidden};

/// A word or a number. An apostrophe ends a word, so that `we'll` is `we` and `ll`.
#[derive(Debug, Clone)]
pub(super) struct Word {
    /// First character.
    pub(super) start: usize,
    /// One past the last.
    pub(super) end: usize,
    /// As it is compared.
    pub(super) folded: String,
    /// An apostrophe alone stands between it and the next.
    pub(super) glued: bool,
    /// A sentence ends, or a clause, between it and the next.
    pub(super) stop: bool,
    /// It begins a sentence or a line.
    pub(super) first: bool,
    /// It stands in a link, a mention or a mail address.
    pub(super) quiet: bool,
}

/// A stretch that is no prose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `https://...`, `www....`
    Link,
    /// `@ana`, `@ana@example.org`
    Mention,
    /// `ana@example.org`
    Mail,
}

/// The draft, taken apart.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) chars: Vec<char>,
    pub(super) words: Vec<Word>,
    pub(super) marks: Vec<(usize, usize, Kind)>,
}

pub(super) fn apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2bc}' | '\u{ff07}')
}

impl Text {
    pub(super) fn of(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let marks = marks(&chars);
        let words = words(&chars, &marks);
        Self { chars, words, marks }
    }

    pub(super) fn at(&self, at: usize) -> Option<char> {
        self.chars.get(at).copied()
    }

    pub(super) fn part(&self, start: usize, end: usize) -> String {
        self.chars.get(start..end).unwrap_or_default().iter().collect()
    }

    /// The text of a word as it is written, without what is hidden.
    pub(super) fn written(&self, word: &Word) -> String {
        let part = self.chars.get(word.start..word.end).unwrap_or_default();
        part.iter().filter(|c| !hidden(**c)).collect()
    }

    /// The words that are prose.
    pub(super) fn prose(&self) -> impl Iterator<Item = &Word> {
        self.words.iter().filter(|word| !word.quiet)
    }

    /// Stretches of one kind.
    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (usize, usize)> + '_ {
        let fits = move |mark: &&(usize, usize, Kind)| mark.2 == kind;
        self.marks.iter().filter(fits).map(|(start, end, _)| (*start, *end))
    }

    /// Whether a stretch touches a link, a mention or a mail address.
    pub(super) fn quiet(&self, start: usize, end: usize) -> bool {
        self.marks.iter().any(|(from, to, _)| start < *to && *from < end)
    }
}

fn starts(chars: &[char], at: usize, what: &str) -> bool {
    let mut rest = chars.get(at..).unwrap_or_default().iter();
    what.chars()
        .all(|c| rest.next().is_some_and(|found| found.eq_ignore_ascii_case(&c)))
}

fn marks(chars: &[char]) -> Vec<(usize, usize, Kind)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let fresh = before.is_none_or(|c| !c.is_alphanumeric() && *c != '@' && *c != '/');
        let linked = fresh
            && matches!(c, 'h' | 'H' | 'w' | 'W')
            && (starts(chars, at, "https://") || starts(chars, at, "http://") || starts(chars, at, "www."));
        if linked {
            let mut end = until(chars, at, |c| {
                c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | '{' | '}' | '|' | '\\' | '^')
            });
            while end > at && chars.get(end - 1).is_some_and(|c| ".,;:!?'])".contains(*c)) {
                end -= 1;
            }
            found.push((at, end, Kind::Link));
            at = end;
        } else if *c == '@' {
            let inner = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '+');
            let mut end = until(chars, at + 1, |c| !(inner(c) || c == '@'));
            while end > at + 1 && chars.get(end - 1).is_some_and(|c| matches!(c, '.' | '-' | '@' | '+')) {
                end -= 1;
            }
            let mut start = at;
            while start > 0 && chars.get(start - 1).is_some_and(|c| inner(*c)) {
                start -= 1;
            }
            let dotted = chars.get(at + 1..end).unwrap_or_default().contains(&'.');
            if start < at && dotted && end > at + 1 {
                found.push((start, end, Kind::Mail));
                at = end;
            } else if start == at && end > at + 1 {
                found.push((at, end, Kind::Mention));
                at = end;
            } else {
                at += 1;
            }
        } else {
            at += 1;
        }
    }
    found
}

fn until(chars: &[char], from: usize, stop: impl Fn(char) -> bool) -> usize {
    let rest = chars.get(from..).unwrap_or_default();
    from + rest.iter().position(|c| stop(*c)).unwrap_or(rest.len())
}

fn words(chars: &[char], marks: &[(usize, usize, Kind)]) -> Vec<Word> {
    let part = |c: char| c.is_alphanumeric() || hidden(c) || unicode_normalization::char::is_combining_mark(c);
    let mut words: Vec<Word> = Vec::new();
    let mut marks = marks.iter().peekable();
    let mut at = 0;
    let mut first = true;
    while at < chars.len() {
        let start = at;
        at = until(chars, at, |c| !part(c));
        if at == start {
            at += 1;
            continue;
        }
        let text: String = chars.get(start..at).unwrap_or_default().iter().collect();
        let folded = folded(&text);
        let after = until(chars, at, part);
        let between = chars.get(at..after).unwrap_or_default();
        let ends = between.iter().any(|c| matches!(c, '.' | '!' | '?' | '\n' | '…'));
        if !folded.is_empty() {
            while marks.peek().is_some_and(|mark| mark.1 <= start) {
                marks.next();
            }
            words.push(Word {
                start,
                end: at,
                folded,
                glued: matches!(between, [c] if apostrophe(*c)),
                stop: ends
                    || between
                        .iter()
                        .any(|c| matches!(c, ',' | ';' | ':' | '(' | ')' | '–' | '—')),
                first,
                quiet: marks.peek().is_some_and(|mark| mark.0 < at && start < mark.1),
            });
            first = ends || between.contains(&':');
        }
        at = after;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_taken_apart() {
        let text = Text::of("Hi @ana, we'll see (https://example.org/a). Mail ana.b@example.org! Grüße");
        let words: Vec<_> = text.prose().map(|word| word.folded.as_str()).collect();
        assert_eq!(words, ["hi", "we", "ll", "see", "mail", "grusse"]);
        let marks: Vec<_> = text
            .marks
            .iter()
            .map(|(a, b, kind)| (text.part(*a, *b), *kind))
            .collect();
        let expected = [
            ("@ana".to_owned(), Kind::Mention),
            ("https://example.org/a".to_owned(), Kind::Link),
            ("ana.b@example.org".to_owned(), Kind::Mail),
        ];
        assert_eq!(marks, expected);
        let first: Vec<_> = text.prose().filter(|w| w.first).map(|w| w.folded.as_str()).collect();
        assert_eq!(first, ["hi", "mail", "grusse"]);
    }
}
