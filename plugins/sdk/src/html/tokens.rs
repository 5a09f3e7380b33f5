//! Cuts HTML into tags and text, as browsers do: a `<` that begins no tag is text, an unclosed tag ends at the end.

use super::entities::decode;

/// A start tag.
#[derive(Debug, PartialEq)]
pub(super) struct Tag {
    /// Lower case.
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    /// `<br/>`.
    pub(super) closed: bool,
}

impl Tag {
    /// The decoded value of an attribute; the first wins where it is written twice.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        self.attributes
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.clone())
    }
}

#[derive(Debug, PartialEq)]
pub(super) enum Token<'a> {
    Open(Tag),
    Close(String),
    /// Still with entities.
    Text(&'a str),
}

pub(super) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Self { rest: html }
    }

    /// Takes `len` bytes off the front; all of it where that is no character border.
    fn take(&mut self, len: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let mut chars = self.rest.chars();
            let first = chars.next()?;
            let second = chars.next();
            match (first, second) {
                ('<', Some('!')) if self.rest.starts_with("<!--") => {
                    let len = self
                        .rest
                        .get(4..)
                        .and_then(|r| r.find("-->"))
                        .map_or(self.rest.len(), |at| at + 7);
                    self.take(len);
                }
                ('<', Some('!' | '?')) => {
                    let len = self.rest.find('>').map_or(self.rest.len(), |at| at + 1);
                    self.take(len);
                }
                ('<', Some('/')) => {
                    let len = self.rest.find('>').map_or(self.rest.len(), |at| at + 1);
                    let inner = self.take(len).trim_start_matches("</").trim_end_matches('>');
                    let name = inner
                        .split(|c: char| c.is_whitespace() || c == '/')
                        .next()
                        .unwrap_or_default();
                    return Some(Token::Close(name.to_ascii_lowercase()));
                }
                ('<', Some(c)) if c.is_ascii_alphabetic() => {
                    let len = tag_len(self.rest);
                    return Some(Token::Open(read_tag(self.take(len))));
                }
                _ => {
                    // From the second character on: the first may be a `<` that begins no tag.
                    let skip = first.len_utf8();
                    let len = self
                        .rest
                        .get(skip..)
                        .and_then(|r| r.find('<'))
                        .map_or(self.rest.len(), |at| at + skip);
                    return Some(Token::Text(self.take(len)));
                }
            }
        }
    }
}

/// The length of the tag at the front, its `>` included; a `>` inside quotes does not end it.
fn tag_len(html: &str) -> usize {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in html.char_indices() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if c == '>' => return at + 1,
            // A quote opens a value only behind `=`; elsewhere it is a stray sign.
            None if (c == '"' || c == '\'') && before == '=' => quote = Some(c),
            None => {}
        }
        if !c.is_whitespace() {
            before = c;
        }
    }
    html.len()
}

fn read_tag(raw: &str) -> Tag {
    let inner = raw.trim_start_matches('<').trim_end_matches('>');
    let closed = inner.ends_with('/');
    let inner = inner.trim_end_matches('/');
    let name_len = inner
        .find(|c: char| c.is_whitespace() || c == '/')
        .unwrap_or(inner.len());
    let (name, mut rest) = inner.split_at_checked(name_len).unwrap_or((inner, ""));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            break;
        }
        let len = rest
            .find(|c: char| c.is_whitespace() || c == '=' || c == '/')
            .unwrap_or(rest.len())
            .max(1);
        let Some((key, after)) = rest.split_at_checked(len) else {
            break;
        };
        rest = after.trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            (value, rest) = read_value(after.trim_start());
        }
        attributes.push((key.to_ascii_lowercase(), decode(value)));
    }
    Tag {
        name: name.to_ascii_lowercase(),
        attributes,
        closed,
    }
}

fn read_value(rest: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inner) = rest.strip_prefix(quote) {
            return inner.split_once(quote).unwrap_or((inner, ""));
        }
    }
    let len = rest.find(char::is_whitespace).unwrap_or(rest.len());
    rest.split_at_checked(len).unwrap_or((rest, ""))
}
