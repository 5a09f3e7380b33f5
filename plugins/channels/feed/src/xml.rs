//! RSS (0.9 to 2.0, and the RDF of 1.0) and Atom, read in one pass by quick-xml.
//!
//! What people publish is often not quite XML: names of HTML (`&nbsp;`), a bare `&`, tags that cross. That is read all the
//! same. A document whose first element never ends is half a document and is refused. No entity is ever defined by a
//! document, so nothing can grow; nothing here recurses.

use crate::document::{Body, Entry, Feed, File, MOST_ENTRIES, start};
use jackfield_sdk::html;
use quick_xml::Reader;
use quick_xml::escape::resolve_html5_entity;
use quick_xml::events::{BytesStart, Event};

/// Elements inside one another beyond which nothing is read: nobody writes it.
const DEEPEST: usize = 500;

pub(crate) fn read(text: &str) -> Result<Feed, String> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    let mut walk = Walk::default();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => walk.open(&tag, false)?,
            Ok(Event::Empty(tag)) => {
                walk.open(&tag, true)?;
                walk.close();
            }
            Ok(Event::End(_)) => walk.close(),
            Ok(Event::Text(text)) => walk.text(&text),
            Ok(Event::CData(text)) => walk.verbatim(&text),
            Ok(Event::GeneralRef(name)) => match resolve_html5_entity(&name) {
                Some(sign) => walk.verbatim(sign),
                None => walk.verbatim(&html::decode(&format!("&{};", &*name))),
            },
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                return Err(format!(
                    "XML that cannot be read ({error}) at byte {}",
                    reader.error_position()
                ));
            }
        }
        if walk.done {
            break;
        }
    }
    match (walk.kind, walk.done) {
        (Kind::None, _) => Err(format!("no feed: {:?}", start(text))),
        (_, false) => Err("half a feed: it ends before its first element does".to_owned()),
        _ => Ok(walk.feed),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    #[default]
    None,
    Rss,
    Atom,
}

#[derive(Default)]
struct Walk {
    kind: Kind,
    done: bool,
    feed: Feed,
    /// Lower-case names of the open elements.
    path: Vec<String>,
    entry: Option<Entry>,
    /// What is being collected, and at which depth that began.
    text: String,
    /// The collected text is HTML (`type`), or XHTML whose tags are written out again.
    html: bool,
    xhtml: Option<usize>,
}

impl Walk {
    fn open(&mut self, tag: &BytesStart<'_>, empty: bool) -> Result<(), String> {
        let name = tag.name().as_ref().to_ascii_lowercase();
        if self.path.len() >= DEEPEST {
            return Err(format!("elements that are {DEEPEST} deep in one another"));
        }
        if self.path.is_empty() {
            self.kind = match name.rsplit(':').next().unwrap_or(&name) {
                "rss" | "rdf" | "channel" => Kind::Rss,
                "feed" => Kind::Atom,
                _ => return Err(format!("no feed: it begins with <{name}>")),
            };
            self.feed.language = attribute(tag, "xml:lang");
        }
        if self.xhtml.is_some() {
            let plain = name.rsplit(':').next().unwrap_or(&name).to_owned();
            let kept = attribute(tag, "href").map(|href| format!(" href=\"{}\"", href.replace('"', "&quot;")));
            self.text.push_str(&format!("<{plain}{}>", kept.unwrap_or_default()));
            self.path.push(name);
            return Ok(());
        }
        self.path.push(name.clone());
        self.text.clear();
        self.html = false;
        match name.as_str() {
            "item" | "entry" => self.entry = Some(Entry::default()),
            "content" | "summary" | "title" | "atom:content" | "subtitle" => match attribute(tag, "type").as_deref() {
                Some("xhtml") if !empty => self.xhtml = Some(self.path.len()),
                Some("html" | "text/html") => self.html = true,
                _ => {}
            },
            "link" | "atom:link" | "atom10:link" => self.link(tag),
            "enclosure" | "media:content" => self.file(tag),
            "thr:in-reply-to" => {
                if let Some(entry) = &mut self.entry {
                    entry.answers = attribute(tag, "ref");
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn link(&mut self, tag: &BytesStart<'_>) {
        let Some(href) = attribute(tag, "href") else { return };
        let relation = attribute(tag, "rel").unwrap_or_else(|| "alternate".to_owned());
        let file = || File {
            url: href.clone(),
            kind: attribute(tag, "type"),
            size: attribute(tag, "length").and_then(|length| length.parse().ok()),
            alt: attribute(tag, "title"),
        };
        match (&mut self.entry, relation.as_str()) {
            (Some(entry), "alternate") if entry.link.is_empty() => entry.link = href,
            (Some(entry), "enclosure") => entry.files.push(file()),
            (None, "hub") => self.feed.hub = Some(href),
            (None, "alternate") if self.kind == Kind::Atom => self.feed.page = Some(href),
            _ => {}
        }
    }

    fn file(&mut self, tag: &BytesStart<'_>) {
        let (Some(entry), Some(url)) = (&mut self.entry, attribute(tag, "url")) else {
            return;
        };
        entry.files.push(File {
            url,
            kind: attribute(tag, "type").or_else(|| attribute(tag, "medium")),
            size: attribute(tag, "length")
                .or_else(|| attribute(tag, "filesize"))
                .and_then(|n| n.parse().ok()),
            alt: None,
        });
    }

    fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Signs that stand for themselves. In XHTML they are written out again as they have to be in HTML.
    fn verbatim(&mut self, text: &str) {
        if self.xhtml.is_some() {
            self.text
                .push_str(&text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
        } else {
            self.text.push_str(text);
        }
    }

    fn close(&mut self) {
        let Some(name) = self.path.pop() else { return };
        if let Some(depth) = self.xhtml {
            if self.path.len() >= depth {
                let plain = name.rsplit(':').next().unwrap_or(&name);
                self.text.push_str(&format!("</{plain}>"));
                return;
            }
            self.xhtml = None;
            self.html = true;
        }
        if self.path.is_empty() {
            self.done = true;
            return;
        }
        let text = core::mem::take(&mut self.text);
        let html = core::mem::take(&mut self.html);
        let inside = self.path.last().cloned().unwrap_or_default();
        match self.entry.take() {
            Some(entry) if matches!(name.as_str(), "item" | "entry") => {
                if self.feed.entries.len() < MOST_ENTRIES {
                    self.feed.entries.push(entry);
                }
            }
            Some(mut entry) => {
                put(&mut entry, &name, &inside, text, html, self.kind);
                self.entry = Some(entry);
            }
            None => self.of_the_feed(&name, &inside, &text, html),
        }
    }

    fn of_the_feed(&mut self, name: &str, inside: &str, text: &str, html: bool) {
        let text = text.trim();
        match (name, inside) {
            ("title", "channel" | "feed") => self.feed.title = plain(text, html),
            ("link", "channel") if !text.is_empty() => self.feed.page = Some(text.to_owned()),
            ("language" | "dc:language", "channel") => self.feed.language = Some(text.to_owned()),
            ("name", "author") => text.clone_into(&mut self.feed.author.name),
            ("uri", "author") => self.feed.author.page = Some(text.to_owned()),
            ("managingeditor" | "itunes:author" | "dc:creator", "channel") => self.feed.author.name = person(text),
            _ => {}
        }
    }
}

/// One field of an entry.
fn put(entry: &mut Entry, name: &str, inside: &str, text: String, html: bool, kind: Kind) {
    let trimmed = || text.trim().to_owned();
    match (name, inside) {
        ("title", "item" | "entry") => entry.title = plain(text.trim(), html || kind == Kind::Rss),
        ("link", "item") if entry.link.is_empty() || !text.trim().is_empty() => entry.link = trimmed(),
        ("guid" | "id", "item" | "entry") => entry.id = trimmed(),
        ("description", "item") => entry.summary = Body { text, html: true },
        ("content:encoded", "item") => entry.body = Body { text, html: true },
        ("content" | "atom:content", "item" | "entry") => entry.body = Body { text, html },
        ("summary", "item" | "entry") => entry.summary = Body { text, html },
        ("pubdate" | "published" | "dc:date" | "issued" | "created", _) => entry.published = trimmed(),
        ("updated" | "modified" | "atom:updated" | "dcterms:modified", _) => entry.updated = trimmed(),
        ("author" | "dc:creator" | "itunes:author", "item") if entry.author.name.is_empty() => {
            entry.author.name = person(text.trim());
        }
        ("name", "author") => entry.author.name = trimmed(),
        ("uri", "author") => entry.author.page = Some(trimmed()),
        _ => {}
    }
}

/// `ana@blog.example (Ana)` is Ana.
fn person(text: &str) -> String {
    let named = text.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    named
        .filter(|name| text.contains('@') && !name.is_empty())
        .unwrap_or(text)
        .trim()
        .to_owned()
}

/// A headline without markup.
fn plain(text: &str, html: bool) -> String {
    if html && text.contains(['<', '&']) {
        html::to_text(text).text
    } else {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut all = tag.attributes();
    let mut found = all
        .with_checks(false)
        .flatten()
        .filter(|one| one.key.as_ref().eq_ignore_ascii_case(name));
    let value = html::decode(&found.next()?.value).trim().to_owned();
    Some(value).filter(|value| !value.is_empty())
}
