//! From an entry to an event.

use crate::document::{Author as Writer, Body, Entry, Feed, absolute};
use crate::seen::hash;
use jackfield_sdk::channel::{AttachmentRef, Author, Content, Event, Kind, Visibility};
use jackfield_sdk::html::{Text, to_text};

/// Bounds of the contract: ids, names; texts; files.
const ID_BYTES: usize = 512;
const TEXT_BYTES: usize = (1 << 20) - 64;
const MOST_FILES: usize = 64;

/// What an entry is known by: the id of its feed, else its page, else its words.
pub(crate) fn id(entry: &Entry) -> String {
    let id = [&entry.id, &entry.link].into_iter().find(|id| !id.is_empty());
    match id {
        Some(id) if id.len() <= ID_BYTES => id.clone(),
        Some(id) => format!("long:{:016x}", hash(&[id])),
        None => format!(
            "words:{:016x}",
            hash(&[&entry.title, &entry.published, &entry.body.text])
        ),
    }
}

/// Changes when what people read changes.
pub(crate) fn words(entry: &Entry) -> u64 {
    let file = entry.files.first().map_or("", |file| file.url.as_str());
    hash(&[&entry.title, &entry.body.text, &entry.summary.text, file])
}

/// The entry as an event.
pub(crate) fn event(entry: &Entry, feed: &Feed, base: &str, id: &str, at: u64, revision: u64) -> Event {
    let page = absolute(base, &entry.link);
    let shown = if entry.body.text.trim().is_empty() {
        &entry.summary
    } else {
        &entry.body
    };
    let read = text(shown, base);
    let title = bounded(&entry.title, ID_BYTES).to_owned();
    let writer = if entry.author.name.is_empty() {
        &feed.author
    } else {
        &entry.author
    };
    let files = entry.files.iter().filter_map(|file| {
        Some(AttachmentRef {
            url: absolute(base, &file.url)?,
            media_type: file.kind.clone().filter(|kind| kind.contains('/')),
            size: file.size,
            alt: file.alt.clone(),
        })
    });
    let parent = entry
        .answers
        .clone()
        .filter(|parent| parent != id && parent.len() <= ID_BYTES);
    Event {
        remote_id: id.to_owned(),
        revision,
        at,
        kind: Kind::Said(Content {
            author: author(writer, feed, base),
            text: if read.text.is_empty() { title.clone() } else { read.text },
            spans: read.spans,
            title: Some(title).filter(|title| !title.is_empty()),
            attachments: files.take(MOST_FILES).collect(),
            language: feed.language.clone().filter(|language| language.len() < 36),
            warning: None,
        }),
        thread: parent.clone().unwrap_or_else(|| id.to_owned()),
        parent,
        visibility: Visibility::Public,
        ours: false,
        context: false,
        url: page,
    }
}

fn text(body: &Body, base: &str) -> Text {
    let mut read = if body.html {
        jackfield_sdk::html::to_text_with(&body.text, &|anchor| {
            let href = absolute(base, anchor.href).unwrap_or_else(|| anchor.href.to_owned());
            jackfield_sdk::channel::Mark::Link(href)
        })
    } else {
        Text {
            text: body.text.trim().to_owned(),
            spans: Vec::new(),
        }
    };
    if read.text.len() > TEXT_BYTES {
        read.text.truncate(read.text.floor_char_boundary(TEXT_BYTES));
        read.text.push('…');
    }
    let end = u32::try_from(read.text.len()).unwrap_or(u32::MAX);
    read.spans.retain(|span| span.end <= end);
    read
}

/// A feed knows a name and perhaps a page; where it has neither, the feed itself speaks.
fn author(writer: &Writer, feed: &Feed, base: &str) -> Author {
    let host = base
        .split("://")
        .nth(1)
        .and_then(|rest| rest.split('/').next())
        .unwrap_or("feed");
    let name = [writer.name.as_str(), feed.title.as_str(), host]
        .into_iter()
        .find(|name| !name.trim().is_empty());
    let name = bounded(name.unwrap_or(host).trim(), ID_BYTES - host.len() - 1).to_owned();
    Author {
        id: bounded(&format!("{host}/{name}"), ID_BYTES).to_owned(),
        profile_url: writer.page.as_deref().and_then(|page| absolute(base, page)),
        display_name: Some(name.clone()),
        handle: name,
        reach: None,
        automated: false,
    }
}

fn bounded(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

/// The words of a title or name, for a sentence.
pub(crate) fn named(feed: &Feed) -> String {
    let title = to_text(&feed.title).text;
    if title.is_empty() {
        "a feed without a title".to_owned()
    } else {
        format!("{title:?}")
    }
}
