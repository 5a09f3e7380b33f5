//! Names, links and hashtags: found in what an agent writes, by bytes of UTF-8, and read out of what others wrote.

use jackfield_sdk::channel::{Mark, Span};
use serde_json::{Value, json};

/// A stretch of the words and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What it is.
    pub what: What,
}

/// What a stretch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// `@ana.example`: the handle.
    Name(String),
    /// An address.
    Link(String),
    /// `#parcel`: without its sign.
    Tag(String),
}

/// What stands in these words.
pub fn find(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (start, word) in words(text) {
        let opened = word.trim_start_matches(['(', '[', '"', '\'', '<']);
        let start = start + (word.len() - opened.len());
        let what = if let Some(rest) = opened.strip_prefix('@') {
            let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
            let end = rest.find(|c| !good(c)).unwrap_or(rest.len());
            let name = rest.get(..end).unwrap_or_default().trim_end_matches(['.', '-']);
            is_handle(name).then(|| (name.len() + 1, What::Name(name.to_ascii_lowercase())))
        } else if opened.starts_with("https://") || opened.starts_with("http://") {
            let address = opened.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '"', '\'', '>', '…']);
            (address.len() > 8).then(|| (address.len(), What::Link(address.to_owned())))
        } else if let Some(rest) = opened.strip_prefix('#') {
            let tag = rest.trim_end_matches(|c: char| !c.is_alphanumeric());
            let short = (1..=64).contains(&tag.chars().count()) && tag.chars().any(char::is_alphabetic);
            short.then(|| (tag.len() + 1, What::Tag(tag.to_owned())))
        } else {
            None
        };
        if let Some((length, what)) = what {
            found.push(Found {
                start,
                end: start + length,
                what,
            });
        }
    }
    found
}

/// The words and where each begins.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split(char::is_whitespace).map(move |word| {
        let start = at;
        at = start
            + word.len()
            + text
                .get(start + word.len()..)
                .and_then(|rest| rest.chars().next())
                .map_or(0, char::len_utf8);
        (start, word)
    })
}

/// A domain name of at least two parts.
fn is_handle(name: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.len() < 64 && !part.starts_with('-') && !part.ends_with('-');
    name.len() <= 253 && name.contains('.') && name.split('.').all(part)
}

/// A facet as the record has it.
pub(crate) fn facet(found: &Found, feature: &Value) -> Value {
    json!({
        "$type": "app.bsky.richtext.facet",
        "index": {"byteStart": found.start, "byteEnd": found.end},
        "features": [feature],
    })
}

/// The spans of a record's facets; what does not fit the words is left out.
pub fn spans(text: &str, record: &Value) -> Vec<Span> {
    let facets = record.get("facets").and_then(Value::as_array).into_iter().flatten();
    let mut spans: Vec<Span> = facets.filter_map(|facet| span(text, facet)).take(4096).collect();
    spans.sort_by_key(|span| (span.start, span.end));
    spans
}

fn span(text: &str, facet: &Value) -> Option<Span> {
    let byte = |name: &str| {
        facet
            .pointer(&format!("/index/{name}"))?
            .as_u64()
            .and_then(|n| u32::try_from(n).ok())
    };
    let (start, end) = (byte("byteStart")?, byte("byteEnd")?);
    let shown = text.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)?;
    if shown.is_empty() {
        return None;
    }
    let feature = facet.get("features")?.as_array()?.first()?;
    let field = |name: &str| feature.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mark = match feature.get("$type").and_then(Value::as_str)? {
        "app.bsky.richtext.facet#mention" => Mark::Mention(shown.trim_start_matches('@').to_owned()),
        "app.bsky.richtext.facet#link" => Mark::Link(field("uri")),
        "app.bsky.richtext.facet#tag" => Mark::Tag(field("tag")),
        other => Mark::Other(other.chars().take(100).collect()),
    };
    let said = match &mark {
        Mark::Link(uri) => uri.starts_with("https://") || uri.starts_with("http://"),
        _ => true,
    };
    said.then_some(Span { start, end, mark })
}
