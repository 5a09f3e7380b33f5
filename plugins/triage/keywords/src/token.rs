//! A text as words and signs, each with its place in the text.

use jackfield_sdk::triage::{Content, Mark};

/// What stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A word, in lower case, with straight apostrophes.
    Word(String),
    /// `?`, `¿` or `؟`.
    Question,
    /// `!`.
    Exclamation,
    /// The end of a sentence or a line.
    Stop,
    /// A link.
    Link,
    /// A mention of somebody.
    Mention,
    /// A hashtag; its words are no part of the sentence.
    Tag,
    /// A sign for money, before or after a number.
    Money,
}

/// A stretch of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Token {
    /// The word, where it is one.
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// At most so much of a text is read: what a person says stands at its beginning.
const MOST_BYTES: usize = 8 * 1024;

/// The tokens of a content. Links, mentions and hashtags are taken from its spans, and recognised in the text where a
/// channel gave none.
pub fn tokens(content: &Content) -> Vec<Token> {
    let text = &content.text;
    let mut marked: Vec<(usize, usize, Kind)> = content
        .spans
        .iter()
        .filter_map(|span| {
            let kind = match span.mark {
                Mark::Link(_) => Kind::Link,
                Mark::Mention(_) => Kind::Mention,
                Mark::Tag(_) => Kind::Tag,
                _ => return None,
            };
            let (start, end) = (span.start as usize, span.end as usize);
            text.get(start..end)
                .filter(|s| !s.is_empty())
                .map(|_| (start, end, kind))
        })
        .collect();
    marked.sort_by_key(|(start, ..)| *start);
    let mut marked = marked.into_iter().peekable();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text
        .get(at..)
        .and_then(|rest| rest.chars().next())
        .filter(|_| at < MOST_BYTES)
    {
        while marked.next_if(|(start, ..)| *start < at).is_some() {}
        if let Some((start, end, kind)) = marked.next_if(|(start, ..)| *start == at) {
            tokens.push(Token { kind, start, end });
            at = end;
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        let (kind, len) = read(rest, c);
        if let Some(kind) = kind {
            tokens.push(Token {
                kind,
                start: at,
                end: at + len,
            });
        }
        at += len.max(c.len_utf8());
    }
    tokens
}

fn inside_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\'' | '’' | '_')
}

/// What stands at the front, and its length.
fn read(rest: &str, c: char) -> (Option<Kind>, usize) {
    let until = |end: &dyn Fn(char) -> bool| rest.find(end).unwrap_or(rest.len());
    let lower = |prefix: &str| rest.get(..prefix.len()).is_some_and(|s| s.eq_ignore_ascii_case(prefix));
    if lower("https://") || lower("http://") || lower("www.") {
        return (Some(Kind::Link), until(&char::is_whitespace));
    }
    match c {
        '@' | '#' => {
            let name = rest.get(1..).unwrap_or_default();
            let len = name
                .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '@')))
                .unwrap_or(name.len());
            let kind = if c == '@' { Kind::Mention } else { Kind::Tag };
            if len == 0 { (None, 1) } else { (Some(kind), 1 + len) }
        }
        '?' | '¿' | '؟' => (Some(Kind::Question), c.len_utf8()),
        '!' | '¡' => (Some(Kind::Exclamation), c.len_utf8()),
        '.' | '\n' | ';' | ':' | '…' | ',' | '(' | ')' => (Some(Kind::Stop), c.len_utf8()),
        '$' | '€' | '£' => (Some(Kind::Money), c.len_utf8()),
        _ if inside_word(c) => {
            let len = until(&|c| !inside_word(c));
            let word = rest.get(..len).unwrap_or_default();
            let lower: String = word
                .chars()
                .flat_map(char::to_lowercase)
                .map(|c| if c == '’' { '\'' } else { c })
                .collect();
            let lower = lower.trim_matches(['\'', '_']).to_owned();
            (Some(Kind::Word(lower)).filter(|k| *k != Kind::Word(String::new())), len)
        }
        _ => (None, c.len_utf8()),
    }
}
