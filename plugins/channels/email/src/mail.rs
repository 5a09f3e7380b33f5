//! From a message's bytes to what it says, who says it, and in which thread.
//!
//! `mail-parser` reads the MIME: broken parts, wrong charsets and all. What a message is (written by a program, a bounce,
//! one of ours that came back) is read from its headers alone, never from its subject.

use jackfield_sdk::channel::{Mark, Span};
use jackfield_sdk::html;
use mail_parser::{HeaderValue, Message, MessageParser, MimeHeaders};

/// Characters of a text; a longer one ends with a sign that it does.
const LONGEST: usize = 900_000;
/// References that are looked at: the first, which began the thread, and the last ones.
const REFERENCES: usize = 60;
/// As many spans as one text may have by the contract.
const SPANS: usize = 4_000;

/// What a message is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mail {
    /// Its id without brackets; none where it has none that is one.
    pub id: Option<String>,
    /// What it refers to, the oldest first, the answered one last.
    pub references: Vec<String>,
    /// The sender's address in lower case, and name.
    pub from: (String, Option<String>),
    /// Where an answer goes.
    pub answer_to: String,
    /// As it is written.
    pub subject: Option<String>,
    /// By its own clock, in milliseconds.
    pub date: Option<u64>,
    /// Its words.
    pub text: String,
    /// What was quoted in them.
    pub spans: Vec<Span>,
    /// Its files: name, type, bytes.
    pub files: Vec<(String, String, u64)>,
    /// A program wrote it: an answering machine, a list, a newsletter.
    pub automated: bool,
    /// It tells that a message could not be delivered; the id of that message where it says so.
    pub bounce: Option<Option<String>>,
    /// It bears the mark that we put on ours.
    pub marked: bool,
}

/// The header that what we send bears: by it we know our own when it comes back.
pub const MARK: &str = "X-Jackfield-Key";

/// Reads it. None where it is no message at all.
pub fn read(raw: &[u8]) -> Option<Mail> {
    let message = MessageParser::default().parse(raw)?;
    let (from, answer_to) = (address(message.from()), address(message.reply_to()));
    let from = from
        .or_else(|| address(message.sender()))
        .unwrap_or_else(|| ("unknown".to_owned(), None));
    let mut references = ids(message.references());
    for id in ids(message.in_reply_to()) {
        references.retain(|known| *known != id);
        references.push(id);
    }
    if references.len() > REFERENCES {
        references.drain(1..references.len() - REFERENCES + 1);
    }
    let bounce = bounce(&message);
    let (text, spans) = words(&message);
    Some(Mail {
        id: message.message_id().and_then(clean_id),
        references,
        answer_to: answer_to.map_or_else(|| from.0.clone(), |(address, _)| address),
        from,
        subject: message.subject().map(one_line).filter(|subject| !subject.is_empty()),
        date: message
            .date()
            .and_then(|date| u64::try_from(date.to_timestamp()).ok()?.checked_mul(1000)),
        text,
        spans,
        files: files(&message),
        automated: bounce.is_some() || automated(&message),
        bounce,
        marked: message.header_raw(MARK).is_some(),
    })
}

/// An id as it may be one: with an `@` or not, without spaces and brackets, not longer than the contract's.
pub fn clean_id(id: &str) -> Option<String> {
    let id = id.trim().trim_start_matches('<').trim_end_matches('>');
    let bad = |c: char| c.is_whitespace() || c.is_control() || "<>\"\\".contains(c);
    (!id.is_empty() && id.len() <= 500 && !id.contains(bad)).then(|| id.to_owned())
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(id) => clean_id(id).into_iter().collect(),
        HeaderValue::TextList(ids) => ids.iter().filter_map(|id| clean_id(id)).collect(),
        _ => Vec::new(),
    }
}

fn address(value: Option<&mail_parser::Address<'_>>) -> Option<(String, Option<String>)> {
    let one = value?.iter().next()?;
    let address = one.address()?.trim().to_lowercase();
    let bad = |c: char| c.is_whitespace() || c.is_control() || "<>,;\"\\".contains(c);
    (address.contains('@') && address.len() <= 320 && !address.contains(bad)).then_some(())?;
    let name = one.name().map(one_line).filter(|name| !name.is_empty());
    Some((address, name.map(|name| name.chars().take(120).collect())))
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
        .collect();
    words.join(" ").chars().take(1000).collect()
}

/// RFC 3834, and what was used before it.
fn automated(message: &Message<'_>) -> bool {
    let header = |name: &str| message.header_raw(name).map(|value| value.trim().to_lowercase());
    let submitted = header("Auto-Submitted").is_some_and(|value| !value.starts_with("no"));
    let bulk =
        header("Precedence").is_some_and(|value| ["bulk", "list", "junk", "auto_reply"].contains(&value.as_str()));
    let nobody = header("Return-Path").is_some_and(|value| value == "<>");
    let machine = [
        "X-Autoreply",
        "X-Autorespond",
        "List-Id",
        "X-Auto-Response-Suppress",
        "Feedback-ID",
    ];
    submitted || bulk || nobody || machine.iter().any(|name| header(name).is_some())
}

/// A report of RFC 3464: that it is one, and of which message.
fn bounce(message: &Message<'_>) -> Option<Option<String>> {
    let kind = message.content_type()?;
    let reports = kind.c_type.eq_ignore_ascii_case("multipart")
        && kind
            .subtype()
            .is_some_and(|subtype| subtype.eq_ignore_ascii_case("report"))
        && kind
            .attribute("report-type")
            .is_some_and(|of| of.eq_ignore_ascii_case("delivery-status"));
    reports.then_some(())?;
    let original = message.parts.iter().find_map(|part| {
        if let Some(inner) = part.message() {
            return inner.message_id().and_then(clean_id);
        }
        let heads = part.is_content_type("text", "rfc822-headers");
        let text = heads.then(|| part.text_contents()).flatten()?;
        let line = text
            .lines()
            .find(|line| line.to_lowercase().starts_with("message-id:"))?;
        clean_id(line.split_once(':')?.1)
    });
    Some(original)
}

fn words(message: &Message<'_>) -> (String, Vec<Span>) {
    // Where there is an alternative in plain text, it is what its author wants read by those who want it plain.
    let plain = message
        .text_bodies()
        .find(|part| part.is_text() && !part.is_text_html());
    let rich = message.html_bodies().find(|part| part.is_text_html());
    let (text, mut spans) = match (plain, rich) {
        (Some(_), _) => (message.body_text(0).unwrap_or_default().into_owned(), Vec::new()),
        (None, Some(_)) => {
            let made = html::to_text(&message.body_html(0).unwrap_or_default());
            (made.text, made.spans)
        }
        (None, None) => (String::new(), Vec::new()),
    };
    let text = text.replace("\r\n", "\n").replace('\0', "\u{fffd}");
    let text = text.trim_end();
    let text = match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    };
    spans.extend(quoted(&text));
    spans.retain(|span| text.get(span.start as usize..span.end as usize).is_some());
    spans.truncate(SPANS);
    (text, spans)
}

/// The stretches that are quoted: lines that begin with `>` with the line that introduces them, and everything behind the
/// line that some programs put above the message they answer.
pub fn quoted(text: &str) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let (mut at, mut open, mut before): (usize, Option<usize>, Option<usize>) = (0, None, None);
    let close = |spans: &mut Vec<Span>, from: usize, to: usize| {
        if let (Ok(start), Ok(end)) = (u32::try_from(from), u32::try_from(to)) {
            spans.extend((start < end).then_some(Span {
                start,
                end,
                mark: Mark::Quote,
            }));
        }
    };
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let cut = trimmed.starts_with("-----Original Message-----") || trimmed == "________________________________";
        if cut && open.is_none() {
            close(&mut spans, at, text.trim_end().len());
            return spans;
        }
        match (trimmed.starts_with('>'), open) {
            (true, None) => open = Some(before.unwrap_or(at)),
            (false, Some(from)) if !trimmed.is_empty() => {
                close(&mut spans, from, at);
                open = None;
            }
            _ => {}
        }
        if !trimmed.is_empty() {
            // "On Monday, Ana wrote:" is of the quotation, in any language.
            before = trimmed.ends_with(':').then_some(at);
        }
        at += line.len();
    }
    if let Some(from) = open {
        close(&mut spans, from, text.trim_end().len());
    }
    spans
}

fn files(message: &Message<'_>) -> Vec<(String, String, u64)> {
    let list = message.attachments().take(64).map(|part| {
        let kind = part.content_type().map_or_else(
            || "application/octet-stream".to_owned(),
            |kind| format!("{}/{}", kind.c_type, kind.subtype().unwrap_or("octet-stream")),
        );
        let name = part
            .attachment_name()
            .map_or_else(|| "a file without a name".to_owned(), one_line);
        (
            name.chars().take(200).collect(),
            kind.chars().take(100).collect(),
            part.contents().len() as u64,
        )
    });
    list.collect()
}
