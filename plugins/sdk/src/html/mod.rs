//! HTML to plain text with spans.
//!
//! Networks hand messages as a small HTML; the contract wants plain text and spans. This reads what browsers read
//! (unclosed tags, stray `<`, any case) and never fails: what it does not know it leaves out, and the words stay.
//! Blocks become blank lines, `<br>` a new line, list items get a bullet or a number, white space runs become one
//! space except in `<pre>`. What sits in `<script>`, `<style>` and the like is no text and is dropped.

mod entities;
mod tokens;
mod writer;

pub use entities::decode;

use crate::channel::{Mark, Span};
use tokens::{Tag, Token, Tokens};
use writer::Writer;

/// A text and what its stretches are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Text {
    /// Plain text, trimmed.
    pub text: String,
    /// Spans in order of their start; bytes of `text`, on character borders.
    pub spans: Vec<Span>,
}

/// A link as the HTML has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor<'a> {
    /// Where it leads; never empty.
    pub href: &'a str,
    /// The words of its `class`.
    pub class: &'a str,
    /// The text between its tags.
    pub text: &'a str,
}

/// Plain text of `html`, every link a [`Mark::Link`].
pub fn to_text(html: &str) -> Text {
    to_text_with(html, &|anchor| Mark::Link(anchor.href.to_owned()))
}

/// Plain text of `html`; `link` says what each link is: a mention, a hashtag, or a link after all.
pub fn to_text_with(html: &str, link: &dyn Fn(Anchor<'_>) -> Mark) -> Text {
    let mut reader = Reader {
        out: Writer::default(),
        open: Vec::new(),
        spans: Vec::new(),
        lists: Vec::new(),
        link,
    };
    let mut skipping: Option<String> = None;
    for token in Tokens::new(html) {
        match (&skipping, token) {
            (Some(name), Token::Close(closed)) if closed == *name => skipping = None,
            (Some(_), _) => {}
            (None, Token::Open(tag)) if is_hidden(&tag.name) => skipping = (!tag.closed).then_some(tag.name),
            (None, Token::Open(tag)) => reader.open(tag),
            (None, Token::Close(name)) => reader.close(&name),
            (None, Token::Text(raw)) => reader.text(&decode(raw)),
        }
    }
    reader.finish()
}

/// Deeper nesting than this is read as flat text: nobody writes it, and a stack must have an end.
const DEEPEST: usize = 200;

/// As many spans as one text may have by the contract.
const MOST_SPANS: usize = 4096;

struct Element {
    name: String,
    marks: Option<Opened>,
    start: Option<usize>,
}

enum Opened {
    Anchor { href: String, class: String },
    Mark(Mark),
}

struct Reader<'a> {
    out: Writer,
    open: Vec<Element>,
    spans: Vec<Span>,
    lists: Vec<Option<u32>>,
    link: &'a dyn Fn(Anchor<'_>) -> Mark,
}

impl Reader<'_> {
    fn open(&mut self, tag: Tag) {
        match tag.name.as_str() {
            "br" => return self.out.newline(),
            "hr" => return self.out.block(2),
            "img" => {
                if let Some(alt) = tag.attribute("alt") {
                    self.text(&alt);
                }
                return;
            }
            "ul" => self.lists.push(None),
            "ol" => self.lists.push(Some(1)),
            "pre" => self.out.preformatted += 1,
            _ => {}
        }
        self.out.block(block_distance(&tag.name, self.lists.len()));
        if tag.name == "li" {
            self.bullet();
        }
        if tag.closed || self.open.len() >= DEEPEST {
            return;
        }
        let marks = match tag.name.as_str() {
            "a" => tag
                .attribute("href")
                .filter(|href| !href.trim().is_empty())
                .map(|href| Opened::Anchor {
                    href: href.trim().to_owned(),
                    class: tag.attribute("class").unwrap_or_default(),
                }),
            "strong" | "b" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Some(Opened::Mark(Mark::Strong)),
            "em" | "i" => Some(Opened::Mark(Mark::Emphasis)),
            "code" | "pre" | "kbd" | "samp" => Some(Opened::Mark(Mark::Code)),
            "blockquote" | "q" => Some(Opened::Mark(Mark::Quote)),
            "del" | "s" => Some(Opened::Mark(Mark::Other("deleted".to_owned()))),
            _ => None,
        };
        self.open.push(Element {
            name: tag.name,
            marks,
            start: None,
        });
    }

    fn bullet(&mut self) {
        let sign = match self.lists.last_mut() {
            Some(Some(number)) => {
                let sign = format!("{number}. ");
                *number = number.saturating_add(1);
                sign
            }
            _ => "• ".to_owned(),
        };
        self.out.write_exact(&sign);
    }

    fn text(&mut self, text: &str) {
        let Some(start) = self.out.write(text) else { return };
        for element in self.open.iter_mut().rev().take_while(|e| e.start.is_none()) {
            element.start = Some(start);
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "ul" | "ol" => drop(self.lists.pop()),
            "pre" => self.out.preformatted = self.out.preformatted.saturating_sub(1),
            _ => {}
        }
        if let Some(at) = self.open.iter().rposition(|e| e.name == name) {
            for element in self.open.split_off(at).into_iter().rev() {
                self.finish_element(element);
            }
        }
        self.out.block(block_distance(name, self.lists.len()));
    }

    fn finish_element(&mut self, element: Element) {
        let (Some(marks), Some(start)) = (element.marks, element.start) else {
            return;
        };
        let end = self.out.len();
        let Some(text) = self.out.slice(start, end) else { return };
        let mark = match marks {
            Opened::Mark(mark) => mark,
            Opened::Anchor { href, class } => (self.link)(Anchor {
                href: &href,
                class: &class,
                text,
            }),
        };
        let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end)) else {
            return;
        };
        if self.spans.len() < MOST_SPANS {
            self.spans.push(Span { start, end, mark });
        }
    }

    fn finish(mut self) -> Text {
        for element in core::mem::take(&mut self.open).into_iter().rev() {
            self.finish_element(element);
        }
        self.spans.sort_by_key(|s| (s.start, core::cmp::Reverse(s.end)));
        Text {
            text: self.out.finish(),
            spans: self.spans,
        }
    }
}

fn is_hidden(name: &str) -> bool {
    matches!(
        name,
        "script" | "style" | "head" | "title" | "template" | "noscript" | "iframe" | "object" | "svg"
    )
}

/// New lines around an element: 2 leave a blank line, 1 begins a line, 0 goes on.
fn block_distance(name: &str, list_depth: usize) -> u8 {
    match name {
        "ul" | "ol" if list_depth > 1 => 1,
        "p" | "blockquote" | "ul" | "ol" | "pre" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "figure"
        | "article" | "section" => 2,
        "div" | "li" | "tr" | "dt" | "dd" | "figcaption" | "header" | "footer" | "address" => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
