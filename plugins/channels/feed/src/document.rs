//! A feed as a document: which kind it is, in which characters it is written, and what all kinds have in common.

use crate::{json, xml};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Entries of one document that are read, from its beginning: as many as can be remembered.
pub(crate) const MOST_ENTRIES: usize = 1_000;

/// A feed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Feed {
    /// Its title.
    pub title: String,
    /// The page that it is of.
    pub page: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// Who writes where an entry does not say.
    pub author: Author,
    /// The WebSub hub that it offers.
    pub hub: Option<String>,
    /// As they stand in the document.
    pub entries: Vec<Entry>,
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Author {
    /// The name; empty where there is none.
    pub name: String,
    /// A page.
    pub page: Option<String>,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entry {
    /// The id that its feed gives it; empty for none.
    pub id: String,
    /// Its page.
    pub link: String,
    /// The headline, without markup.
    pub title: String,
    /// The words.
    pub body: Body,
    /// A shorter text that stands for it where it has no words.
    pub summary: Body,
    /// When it was published, as it is written.
    pub published: String,
    /// When it was changed, as it is written.
    pub updated: String,
    /// Who wrote it.
    pub author: Author,
    /// The entry of whatever feed it answers (RFC 4685).
    pub answers: Option<String>,
    /// Files: address, type, bytes, description.
    pub files: Vec<File>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct File {
    /// Where it is.
    pub url: String,
    /// Its type.
    pub kind: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
    /// What it shows.
    pub alt: Option<String>,
}

/// Words and whether they are HTML.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Body {
    /// As they stand.
    pub text: String,
    /// They are HTML.
    pub html: bool,
}

/// Reads a document. `content_type` is the header that came with it.
pub fn read(bytes: &[u8], content_type: &str) -> Result<Feed, String> {
    let text = decoded(bytes, content_type);
    let text = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    match text.chars().next() {
        None => Err("nothing at all".to_owned()),
        Some('{') => json::read(text),
        Some('<') => xml::read(text),
        Some(_) => Err(format!("something that begins with {:?}", start(text))),
    }
}

/// The beginning of a text, for a person who has to find out what it is.
pub(crate) fn start(text: &str) -> String {
    text.chars().take(60).collect()
}

/// The text in the characters that it says it is written in: by its mark, the header, its own first line; and where it is
/// not written in those after all, in what old pages of the West are written in.
fn decoded(bytes: &[u8], content_type: &str) -> String {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0.into_owned();
    }
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(200)).unwrap_or_default()).into_owned();
    let label = |text: &str, mark: &str| {
        let at = text.to_ascii_lowercase().find(mark)? + mark.len();
        let rest = text.get(at..)?.trim_start_matches(['"', '\'', ' ']);
        let end = rest.find(['"', '\'', ';', ' ', '?', '>']).unwrap_or(rest.len());
        Encoding::for_label(rest.get(..end)?.as_bytes())
    };
    let first = head.split('>').next().unwrap_or_default();
    let own = first.starts_with("<?xml").then(|| label(first, "encoding=")).flatten();
    let said = label(content_type, "charset=");
    for encoding in [said, own, Some(UTF_8)].into_iter().flatten() {
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
            return text.into_owned();
        }
    }
    WINDOWS_1252.decode(bytes).0.into_owned()
}

/// An address behind another one: `href` as it stands in a document at `base`. None for what is no page.
pub fn absolute(base: &str, href: &str) -> Option<String> {
    let href: String = href.trim().chars().filter(|c| !c.is_control()).collect();
    let lower = href.to_ascii_lowercase();
    if lower.starts_with("https://") || lower.starts_with("http://") {
        return Some(href);
    }
    let (scheme, rest) = base.split_once("://")?;
    if let Some(other) = href.strip_prefix("//") {
        return Some(format!("{scheme}://{other}"));
    }
    let scheme_of_its_own = href
        .find(':')
        .is_some_and(|at| !href.get(..at).unwrap_or_default().contains(['/', '?', '#']));
    if href.is_empty() || scheme_of_its_own {
        return None;
    }
    let path = rest.split(['?', '#']).next().unwrap_or(rest);
    let host = path.split('/').next().unwrap_or(path);
    match href.strip_prefix('/') {
        Some(rooted) => Some(format!("{scheme}://{host}/{rooted}")),
        None if path == host => Some(format!("{scheme}://{host}/{href}")),
        None => Some(format!(
            "{scheme}://{}/{href}",
            path.rsplit_once('/').map_or(host, |(folder, _)| folder)
        )),
    }
}
