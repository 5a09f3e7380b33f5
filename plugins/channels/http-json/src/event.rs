//! From one item to one event: a function of the item, the mapping and who we are, and of nothing else.

use crate::mapping::choice::{any, first};
use crate::mapping::message::{Attachments, Author as AuthorMap, Format, Message, Readers};
use crate::net::id;
use crate::path::Path;
use crate::template::{Scope, Template};
use crate::text;
use jackfield_sdk::channel::{AttachmentRef, Author, Content, Event, Kind, Visibility};
use serde_json::Value;

const NAME_BYTES: usize = 512;
const TITLE_BYTES: usize = 2000;
/// A text may have 1 MiB by the contract; markup is longer than what is left of it.
const TEXT_BYTES: usize = 1024 * 1024;
const URL_BYTES: usize = 4096;
const MOST_ATTACHMENTS: usize = 64;

/// What an item is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Read {
    Event(Box<Event>),
    /// By the mapping's own `skip`.
    Skipped(Option<String>),
    /// With its id where it has one; the words name the key and what is there.
    Unreadable(Option<String>, String),
}

/// Reads the item of a scope.
pub(crate) fn read(message: &Message, scope: &Scope<'_>) -> Read {
    let remote_id = id(&message.id, scope);
    if any(&message.skip, scope) {
        return Read::Skipped(remote_id);
    }
    match event(message, scope, remote_id.as_deref()) {
        Ok(event) => Read::Event(Box::new(event)),
        Err((key, what)) => Read::Unreadable(remote_id, format!("`message.{}.{key}`: {what}", message.name)),
    }
}

type Fault = (&'static str, String);

fn event(message: &Message, scope: &Scope<'_>, remote_id: Option<&str>) -> Result<Event, Fault> {
    let nothing = |key: &'static str| (key, "the item has nothing there".to_owned());
    let remote_id = remote_id.ok_or_else(|| nothing("id"))?.to_owned();
    let said = first(&message.at, scope, 64).ok_or_else(|| nothing("at"))?;
    let at = message
        .times
        .read(&said)
        .ok_or_else(|| ("at", format!("{said:?} is no time as `times` says")))?;
    let thread = match &message.thread {
        None => remote_id.clone(),
        Some(field) => id(field, scope).ok_or_else(|| nothing("thread"))?,
    };
    let kind = if any(&message.deleted, scope) {
        Kind::Deleted
    } else {
        Kind::Said(content(message, scope)?)
    };
    // What is shown only is nobody's answer: a note of a colleague does not end a customer's waiting.
    let context = any(&message.context, scope);
    Ok(Event {
        revision: revision(message, scope, at),
        at,
        kind,
        thread,
        parent: message.parent.as_ref().and_then(|field| id(field, scope)),
        visibility: visibility(message.visibility.pick(scope)),
        ours: any(&message.ours, scope) && !context,
        context,
        url: message.url.as_ref().and_then(|field| page(field, scope)),
        remote_id,
    })
}

/// A time where it reads as one, else a whole number. What was last changed when it was made was never changed.
fn revision(message: &Message, scope: &Scope<'_>, at: u64) -> u64 {
    let said = message.revision.as_ref().and_then(|field| first(field, scope, 64));
    let number = said.and_then(|text| message.times.read(&text).or_else(|| text.trim().parse().ok()));
    number.filter(|revision| *revision != at).unwrap_or(0)
}

/// Ours as the contract has it.
pub(crate) fn visibility(readers: Readers) -> Visibility {
    match readers {
        Readers::Public => Visibility::Public,
        Readers::Unlisted => Visibility::Unlisted,
        Readers::Followers => Visibility::Followers,
        Readers::Direct => Visibility::Direct,
        Readers::Internal => Visibility::Internal,
    }
}

fn content(message: &Message, scope: &Scope<'_>) -> Result<Content, Fault> {
    let raw = first(&message.text, scope, 2 * TEXT_BYTES).unwrap_or_default();
    let mut text = text::of(&raw, message.format.pick(scope));
    cut(&mut text.text, TEXT_BYTES);
    let title = message
        .title
        .as_ref()
        .and_then(|field| first(field, scope, TITLE_BYTES));
    Ok(Content {
        author: author(&message.author, scope)?,
        title: title.map(|title| text::of(&title, Format::Plain).text),
        text: text.text,
        spans: text.spans,
        attachments: message
            .attachments
            .as_ref()
            .map(|files| attachments(files, scope))
            .unwrap_or_default(),
        language: message.language.as_ref().and_then(|field| first(field, scope, 35)),
        warning: None,
    })
}

fn cut(text: &mut String, most: usize) {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}

fn author(map: &AuthorMap, scope: &Scope<'_>) -> Result<Author, Fault> {
    let id = id(&map.id, scope).ok_or_else(|| ("author.id", "the item has nothing there".to_owned()))?;
    let words = |field: &Option<Vec<Template>>| field.as_ref().and_then(|field| first(field, scope, NAME_BYTES));
    let name = words(&map.name)
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty());
    let handle = words(&map.handle).map(|handle| handle.trim().trim_start_matches('@').to_owned());
    Ok(Author {
        handle: handle
            .filter(|handle| !handle.is_empty())
            .or_else(|| name.clone())
            .unwrap_or_else(|| id.clone()),
        id,
        display_name: name,
        profile_url: map.url.as_ref().and_then(|field| page(field, scope)),
        reach: words(&map.reach).and_then(|reach| reach.parse().ok()),
        automated: any(&map.automated, scope),
    })
}

/// A page that may be shown as a link.
fn page(field: &[Template], scope: &Scope<'_>) -> Option<String> {
    first(field, scope, URL_BYTES).filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}

fn attachments(files: &Attachments, scope: &Scope<'_>) -> Vec<AttachmentRef> {
    let Some(item) = scope.item else { return Vec::new() };
    let each = |file: &Value| {
        let inner = Scope {
            item: Some(file),
            outer: Some(item),
            ..scope.clone()
        };
        let words = |field: &Option<Vec<Template>>, most| field.as_ref().and_then(|field| first(field, &inner, most));
        Some(AttachmentRef {
            url: page(&files.url, &inner)?,
            media_type: words(&files.media_type, 128),
            size: words(&files.size, 32).and_then(|size| size.parse().ok()),
            alt: words(&files.alt, TITLE_BYTES),
        })
    };
    list(&files.items, item)
        .unwrap_or_default()
        .into_iter()
        .filter_map(each)
        .take(MOST_ATTACHMENTS)
        .collect()
}

/// The elements of the lists at these paths; none where none of them leads to a list.
pub(crate) fn list<'v>(paths: &[Path], root: &'v Value) -> Option<Vec<&'v Value>> {
    let lists: Vec<_> = paths.iter().filter_map(|path| path.list(root)).collect();
    (!lists.is_empty()).then(|| lists.into_iter().flatten().collect())
}

/// A mark of what an event says: another one under the same id is an edit.
pub(crate) fn mark(event: &Event) -> u64 {
    let mut mark = Mark::default();
    match &event.kind {
        Kind::Said(content) => {
            mark.add(content.title.as_deref().unwrap_or_default());
            mark.add(&content.text);
            content.attachments.iter().for_each(|file| mark.add(&file.url));
        }
        Kind::Deleted => mark.add("\u{0}deleted"),
        Kind::Other(word) => mark.add(word),
    }
    mark.0
}

/// FNV-1a, 64 bits: short, the same for ever, and nobody gains by a collision but a message of their own not shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark(pub(crate) u64);

impl Default for Mark {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Mark {
    /// Adds a text and its end, so that `ab` + `c` is not `a` + `bc`.
    pub(crate) fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    pub(crate) fn of(texts: &[&str]) -> u64 {
        let mut mark = Self::default();
        texts.iter().for_each(|text| mark.add(text));
        mark.0
    }
}
