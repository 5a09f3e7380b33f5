//! How long a text is in the eyes of a network. The composer and the desk count with this same code, so the number
//! an agent sees is the number that decides.
//!
//! Where a network counts grapheme clusters (Mastodon does), scalar values are counted here: never fewer, so a text
//! that passes here passes there, and no Unicode tables travel to the browser.

use crate::Counting;

/// What a link counts on Mastodon, however long it is (`characters_reserved_per_url` of its instance API).
const MASTODON_LINK: usize = 23;

impl Counting {
    /// The length of `text` by this rule.
    pub fn length(self, text: &str) -> usize {
        match self {
            Self::Characters => text.chars().count(),
            Self::Bytes => text.len(),
            Self::Mastodon => mastodon(text),
        }
    }
}

fn mastodon(text: &str) -> usize {
    let mut count = 0;
    let mut before = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (taken, counts) = if let Some(len) = link(before, rest) {
            (len, MASTODON_LINK)
        } else if let Some((len, shown)) = mention(before, rest) {
            (len, shown)
        } else {
            (c.len_utf8(), 1)
        };
        let (done, left) = rest.split_at(taken);
        count += counts;
        before = done.chars().next_back();
        rest = left;
    }
    count
}

/// Bytes of the link that `rest` begins with.
fn link(before: Option<char>, rest: &str) -> Option<usize> {
    if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '@' | '#' | '$' | '_' | '/')) {
        return None;
    }
    let scheme = ["https://", "http://"].into_iter().find(|scheme| {
        rest.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })?;
    let after = rest.get(scheme.len()..)?;
    let stop = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`' | '{' | '}' | '|' | '\\' | '^')
    };
    let mut address = after.split(stop).next()?;
    // A full stop or a bracket that only closes the sentence is not part of the address.
    while let Some(last) = address.chars().next_back() {
        let unopened = last == ')' && address.matches(')').count() > address.matches('(').count();
        if matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | ']') || unopened {
            address = address.get(..address.len() - last.len_utf8())?;
        } else {
            break;
        }
    }
    let host = address.split(['/', '?', '#', ':']).next()?;
    let real = host.split('.').count() > 1 && host.split('.').all(|label| !label.is_empty());
    real.then_some(scheme.len() + address.len())
}

/// Bytes of the mention that `rest` begins with, and what it counts: `@ana@example.org` counts as `@ana`.
fn mention(before: Option<char>, rest: &str) -> Option<(usize, usize)> {
    if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '/' | '@')) {
        return None;
    }
    let after = rest.strip_prefix('@')?;
    let user = run(after, |c| c.is_ascii_alphanumeric() || c == '_');
    if user == 0 {
        return None;
    }
    let domain = after
        .get(user..)?
        .strip_prefix('@')
        .map_or(0, |d| run(d, |c| c.is_alphanumeric() || c == '_'));
    if domain == 0 {
        return Some((1 + user, 1 + user));
    }
    Some((1 + user + 1 + domain, 1 + user))
}

/// Bytes at the start of `text` that are `inner`, or dots and hyphens with more of `inner` behind them.
fn run(text: &str, inner: impl Fn(char) -> bool) -> usize {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        if inner(c) {
            end = at + c.len_utf8();
        } else if at == 0 || !matches!(c, '.' | '-') {
            break;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mastodon_counts_a_link_as_23_and_a_mention_without_its_domain() {
        let long = format!("https://example.org/{}", "a".repeat(300));
        let cases = [
            ("", 0),
            ("hello", 5),
            ("é", 1),
            (long.as_str(), 23),
            ("see https://example.org/a.", 4 + 23 + 1),
            ("(https://example.org/a)", 1 + 23 + 1),
            ("(https://example.org/a_(b))", 1 + 23 + 1),
            ("HTTPS://EXAMPLE.ORG", 23),
            ("http://x.de http://y.de", 23 + 1 + 23),
            ("http://localhost", 16),
            ("https://", 8),
            ("https://.", 9),
            ("example.org", 11),
            ("xhttps://example.org", 20),
            ("@ana hi", 7),
            ("@ana@example.org hi", 7),
            ("@ana@example.org, hi", 8),
            ("@ana@example.org.", 5),
            ("@ana.b@example.org", 6),
            ("mail ana@example.org", 20),
            ("@ana@", 5),
            ("@", 1),
            ("@@ana", 5),
            ("grüße @jo@münchen.example!", 6 + 3 + 1),
            ("👩‍👧", 3),
        ];
        for (text, expected) in cases {
            assert_eq!(Counting::Mastodon.length(text), expected, "{text}");
        }
    }

    #[test]
    fn characters_are_scalar_values_and_bytes_are_bytes() {
        assert_eq!(Counting::Characters.length("é👩"), 2);
        assert_eq!(Counting::Bytes.length("é👩"), 6);
        assert_eq!(Counting::Characters.length("@ana@example.org"), 16);
    }
}
