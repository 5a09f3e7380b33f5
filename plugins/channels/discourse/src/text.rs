//! From the HTML of a post to words, files and a warning; and from words to the Markdown that shows them as they are.
//!
//! html5ever's tokenizer reads the HTML by the standard, whatever it is. What a post can be made of is written out again
//! as small, clean HTML, and the SDK makes text and spans of that. Scripts, styles, frames, avatars, previews of other
//! pages and the captions of pictures never get there. Nothing here recurses, so depth costs nothing.

use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use jackfield_sdk::channel::{AttachmentRef, Mark, Span};
use jackfield_sdk::html::{Anchor, to_text_with};
use std::cell::RefCell;

/// Files of one message, by the contract.
const MOST_FILES: usize = 64;
/// One text, by the contract: 1 MiB. A sign that it was cut needs room.
const MOST_BYTES: usize = (1 << 20) - 64;

/// What a post says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Words {
    /// Plain text.
    pub text: String,
    /// What its stretches are.
    pub spans: Vec<Span>,
    /// Pictures, films and other files.
    pub files: Vec<AttachmentRef>,
    /// A part of it is hidden on the forum until somebody wants to see it.
    pub spoiler: bool,
}

/// The words of a post. `server` is the forum's address, for links without one.
pub fn words(cooked: &str, server: &str) -> Words {
    let sink = Sink(RefCell::new(Reader {
        server,
        out: String::with_capacity(cooked.len()),
        skipping: None,
        full: None,
        words: Words::default(),
    }));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let queue = BufferQueue::default();
    // In pieces: a tendril holds at most 4 GiB, and a script ends a piece early.
    queue.push_back(cooked.into());
    while !queue.is_empty() {
        let _ = tokenizer.feed(&queue);
    }
    tokenizer.end();
    let Reader { out, mut words, .. } = tokenizer.sink.0.into_inner();
    let read = to_text_with(&out, &mark);
    words.text = cut(read.text);
    words.spans = read.spans;
    let end = u32::try_from(words.text.len()).unwrap_or(u32::MAX);
    words.spans.retain(|span| span.end <= end);
    words
}

fn mark(anchor: Anchor<'_>) -> Mark {
    let has = |class: &str| anchor.class.split_ascii_whitespace().any(|one| one == class);
    match anchor.text.strip_prefix('@') {
        Some(name) if has("mention") || has("mention-group") => return Mark::Mention(name.to_owned()),
        _ => {}
    }
    if has("hashtag") || has("hashtag-cooked") {
        return Mark::Tag(anchor.text.trim_start_matches('#').to_owned());
    }
    Mark::Link(anchor.href.to_owned())
}

/// The beginning of a text that is longer than the contract allows, with a sign that it is.
fn cut(mut text: String) -> String {
    if text.len() > MOST_BYTES {
        text.truncate(text.floor_char_boundary(MOST_BYTES));
        text.push('…');
    }
    text
}

struct Sink<'a>(RefCell<Reader<'a>>);

impl TokenSink for Sink<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut reader = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return reader.open(&tag),
            Token::TagToken(tag) => reader.close(&tag.name),
            Token::CharacterTokens(text) => reader.text(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

struct Reader<'a> {
    server: &'a str,
    out: String,
    /// The element that is left out with all that is in it, and how many of its name are open.
    skipping: Option<(String, usize)>,
    /// Where the picture that comes next is in its full size.
    full: Option<String>,
    words: Words,
}

/// Elements without an end.
const VOID: [&str; 8] = ["br", "hr", "img", "input", "meta", "link", "source", "wbr"];
/// What is no text, whatever is in it.
const NO_TEXT: [&str; 13] = [
    "script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title", "textarea", "select",
    "head", "button",
];
/// What is written out again.
const KEPT: [&str; 26] = [
    "p",
    "div",
    "blockquote",
    "ul",
    "ol",
    "li",
    "strong",
    "b",
    "em",
    "i",
    "code",
    "pre",
    "kbd",
    "del",
    "s",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "tr",
    "figcaption",
    "dt",
    "dd",
];

impl Reader<'_> {
    fn open(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name: &str = &tag.name;
        let raw = match name {
            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "iframe" | "noscript" => TokenSinkResult::RawData(RawKind::Rawtext),
            "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
            _ => TokenSinkResult::Continue,
        };
        if let Some((skipped, open)) = &mut self.skipping {
            *open += usize::from(skipped == name && !VOID.contains(&name));
            return raw;
        }
        let attribute = |wanted: &str| {
            let found = tag.attrs.iter().find(|one| &*one.name.local == wanted);
            found.map(|one| one.value.to_string()).unwrap_or_default()
        };
        let class = attribute("class");
        let has = |wanted: &str| class.split_ascii_whitespace().any(|one| one == wanted);
        let source = attribute("data-onebox-src");
        if name == "aside" && has("onebox") && !source.is_empty() {
            self.link(&source, "", &source);
        }
        let caption = name == "div" && (has("meta") || has("quote-controls"));
        if NO_TEXT.contains(&name) || caption || (name == "aside" && has("onebox")) {
            self.skipping = Some((name.to_owned(), 1));
            return raw;
        }
        self.words.spoiler |= has("spoiler") || has("spoiled");
        match name {
            "br" | "hr" => self.out.push_str(if name == "br" { "<br>" } else { "<hr>" }),
            "img" if has("emoji") => self.text(&attribute("alt")),
            "img" if has("avatar") => {}
            "img" => {
                let url = self.full.take().unwrap_or_else(|| attribute("src"));
                self.file(&url, &attribute("alt"), "image");
            }
            "video" | "audio" | "source" => self.file(&attribute("src"), "", name),
            "a" if has("lightbox") => self.full = Some(attribute("href")),
            "a" => {
                let href = attribute("href");
                if has("attachment") {
                    self.file(&href, "", "");
                }
                if let Some(url) = self.absolute(&href) {
                    let (url, class) = (escaped(&url), escaped(&class));
                    self.out.push_str(&format!("<a href=\"{url}\" class=\"{class}\">"));
                }
            }
            "td" | "th" => self.out.push(' '),
            _ if KEPT.contains(&name) => self.out.push_str(&format!("<{name}>")),
            _ => {}
        }
        raw
    }

    fn close(&mut self, name: &str) {
        if let Some((skipped, open)) = &mut self.skipping {
            *open -= usize::from(skipped == name);
            if *open == 0 {
                self.skipping = None;
            }
            return;
        }
        if name == "a" || KEPT.contains(&name) {
            self.out.push_str(&format!("</{name}>"));
        }
    }

    fn text(&mut self, text: &str) {
        if self.skipping.is_none() {
            self.out.push_str(&escaped(text));
        }
    }

    fn link(&mut self, href: &str, class: &str, text: &str) {
        if let Some(url) = self.absolute(href) {
            let (url, text) = (escaped(&url), escaped(text));
            self.out
                .push_str(&format!("<p><a href=\"{url}\" class=\"{class}\">{text}</a></p>"));
        }
    }

    fn file(&mut self, href: &str, alt: &str, kind: &str) {
        let Some(url) = self.absolute(href) else { return };
        if self.words.files.len() >= MOST_FILES || self.words.files.iter().any(|file| file.url == url) {
            return;
        }
        self.words.files.push(AttachmentRef {
            media_type: media_type(kind, &url),
            url,
            size: None,
            alt: Some(alt.trim().to_owned()).filter(|alt| !alt.is_empty()),
        });
    }

    /// An address that may be shown as a link; none for everything that is no page.
    fn absolute(&self, href: &str) -> Option<String> {
        let href: String = href.trim().chars().filter(|c| !c.is_control()).collect();
        let lower = href.get(..8).unwrap_or(&href).to_ascii_lowercase();
        if lower.starts_with("https://") || lower.starts_with("http://") {
            return Some(href);
        }
        if let Some(rest) = href.strip_prefix("//") {
            return Some(format!("https://{rest}"));
        }
        href.starts_with('/').then(|| format!("{}{href}", self.server))
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The forum says only what a file looks like; its name says the rest.
fn media_type(kind: &str, url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let (_, ending) = path.rsplit('/').next()?.rsplit_once('.')?;
    let exact = match ending.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "mp4" => "video/mp4",
        "webm" if kind == "audio" => "audio/webm",
        "webm" => "video/webm",
        "mov" => "video/quicktime",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "m4a" => "audio/mp4",
        "pdf" => "application/pdf",
        "txt" | "log" => "text/plain",
        "zip" => "application/zip",
        _ => return None,
    };
    Some(exact.to_owned())
}

/// Markdown that shows these words as they are. Links and names stay what they are.
pub fn typed(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(line).collect();
    lines.join("\n").trim().to_owned()
}

fn line(text: &str) -> String {
    // Four spaces make code.
    let rest = text.trim_start();
    let first = rest.chars().next();
    let begins = match first {
        Some('#' | '>' | '+' | '-' | '=' | '~' | '|' | ':') => true,
        Some(digit) if digit.is_ascii_digit() => {
            let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            return match after.strip_prefix(['.', ')']) {
                Some(behind) if behind.is_empty() || behind.starts_with(' ') => {
                    let (number, sign) = (rest.len() - after.len(), after.len() - behind.len());
                    let (number, tail) = rest.split_at(number);
                    let (sign, _) = tail.split_at(sign);
                    format!("{number}\\{sign}{}", words_of(behind))
                }
                _ => words_of(rest),
            };
        }
        _ => false,
    };
    let shown = words_of(rest);
    if begins && !shown.starts_with('\\') {
        return format!("\\{shown}");
    }
    shown
}

fn words_of(text: &str) -> String {
    let words: Vec<String> = text.split(' ').map(word).collect();
    words.join(" ")
}

fn word(text: &str) -> String {
    let bare = text.trim_start_matches(['(', '"']);
    let link = bare.starts_with("https://") || bare.starts_with("http://");
    let name = bare.starts_with('@') && bare.len() > 1;
    if link || name {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\`*_[]<>|~&".contains(c) || (c == '!' && text.contains('[')) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
