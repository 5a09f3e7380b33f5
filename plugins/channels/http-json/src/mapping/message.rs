//! `[message.NAME]`: from one item of an answer to one message.

use super::choice::{Choice, When};
use super::scope::MESSAGE;
use super::table::{Field, Section};
use crate::path::Path;
use crate::times::Times;

/// Who can read a message, as mappings write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    Public,
    Unlisted,
    Followers,
    Direct,
    Internal,
}

pub(crate) const READERS: [(&str, Readers); 5] = [
    ("public", Readers::Public),
    ("unlisted", Readers::Unlisted),
    ("followers", Readers::Followers),
    ("direct", Readers::Direct),
    ("internal", Readers::Internal),
];

/// How the text of a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Plain,
    Html,
    Markdown,
}

const FORMATS: [(&str, Format); 3] = [
    ("plain", Format::Plain),
    ("html", Format::Html),
    ("markdown", Format::Markdown),
];

/// A message, as a mapping finds it in an item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    pub(crate) name: String,
    pub(crate) id: Field,
    pub(crate) revision: Option<Field>,
    pub(crate) at: Field,
    pub(crate) times: Times,
    pub(crate) thread: Option<Field>,
    pub(crate) parent: Option<Field>,
    pub(crate) title: Option<Field>,
    pub(crate) text: Field,
    pub(crate) format: Choice<Format>,
    pub(crate) language: Option<Field>,
    pub(crate) url: Option<Field>,
    pub(crate) visibility: Choice<Readers>,
    pub(crate) ours: Vec<When>,
    pub(crate) context: Vec<When>,
    pub(crate) deleted: Vec<When>,
    pub(crate) skip: Vec<When>,
    pub(crate) author: Author,
    pub(crate) attachments: Option<Attachments>,
}

/// Who wrote it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Author {
    pub(crate) id: Field,
    pub(crate) handle: Option<Field>,
    pub(crate) name: Option<Field>,
    pub(crate) url: Option<Field>,
    pub(crate) reach: Option<Field>,
    pub(crate) automated: Vec<When>,
}

/// Its files.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attachments {
    pub(crate) items: Vec<Path>,
    pub(crate) url: Field,
    pub(crate) media_type: Option<Field>,
    pub(crate) size: Option<Field>,
    pub(crate) alt: Option<Field>,
}

pub(crate) fn read(name: String, s: &Section<'_, '_>) -> Option<Message> {
    let field = |key| s.telling(key, &MESSAGE);
    let loose = |key| s.maybe_fixed(key, &MESSAGE);
    let id = s.needed("id", field("id"), "the path of the id, such as id = \"$.id\"");
    let at = s.needed(
        "at",
        field("at"),
        "the path of the time, such as at = \"$.created_at\"; or at = \"{now}\" where there is none",
    );
    let text = s.needed(
        "text",
        field("text"),
        "the path of the words, such as text = \"$.body\"",
    );
    let visibility = Choice::read(s, "visibility", &READERS, &MESSAGE);
    let visibility = s.needed("visibility", visibility, "who can read it: visibility = \"public\"");
    let format = Choice::read(s, "format", &FORMATS, &MESSAGE);
    let inner = s.section("author");
    let author = s
        .needed("author", inner.as_ref(), "author = { id = \"$.author.id\" }")
        .and_then(author);
    if let Some(inner) = &inner {
        inner.finish();
    }
    let files = s.section("attachments");
    let attachments = files.as_ref().and_then(attachments);
    if let Some(files) = &files {
        files.finish();
    }
    let message = (|| {
        Some(Message {
            name,
            id: id?,
            revision: field("revision"),
            at: at?,
            times: times(s, "times").unwrap_or_default(),
            thread: loose("thread"),
            parent: field("parent"),
            title: field("title"),
            text: text?,
            format: format.unwrap_or(Choice::Always(Format::Plain)),
            language: loose("language"),
            url: field("url"),
            visibility: visibility?,
            ours: When::read(s, "ours", &MESSAGE),
            context: When::read(s, "context", &MESSAGE),
            deleted: When::read(s, "deleted", &MESSAGE),
            skip: When::read(s, "skip", &MESSAGE),
            author: author?,
            attachments,
        })
    })();
    if message.is_none() {
        // Asked for all the same, or they would count as unknown and their own mistakes be hidden.
        for key in ["revision", "parent", "title", "url"] {
            let _ = field(key);
        }
        for key in ["thread", "language"] {
            let _ = loose(key);
        }
        for key in ["ours", "context", "deleted", "skip"] {
            let _ = When::read(s, key, &MESSAGE);
        }
        let _ = times(s, "times");
    }
    message
}

/// How times are written.
pub(crate) fn times(section: &Section<'_, '_>, key: &'static str) -> Option<Times> {
    match Times::named(section.string(key)?) {
        Ok(times) => Some(times),
        Err(what) => {
            section.fault(key, what);
            None
        }
    }
}

fn author(s: &Section<'_, '_>) -> Option<Author> {
    let field = |key| s.maybe_fixed(key, &MESSAGE);
    let id = s.needed(
        "id",
        field("id"),
        "what stays the same when the name changes: id = \"$.author.id\"",
    );
    let (handle, name, url, reach) = (field("handle"), field("name"), field("url"), field("reach"));
    let automated = When::read(s, "automated", &MESSAGE);
    Some(Author {
        id: id?,
        handle,
        name,
        url,
        reach,
        automated,
    })
}

fn attachments(s: &Section<'_, '_>) -> Option<Attachments> {
    let field = |key| s.field(key, &MESSAGE);
    let items = s.needed(
        "items",
        items(s, "items"),
        "where the list is: items = \"$.attachments\"",
    );
    let url = s.needed("url", s.telling("url", &MESSAGE), "where the file is: url = \"$.url\"");
    let (media_type, size, alt) = (field("media-type"), field("size"), field("alt"));
    Some(Attachments {
        items: items?,
        url: url?,
        media_type,
        size,
        alt,
    })
}

/// Paths of lists: one text, or a list of them.
pub(crate) fn items(section: &Section<'_, '_>, key: &'static str) -> Option<Vec<Path>> {
    const MOST: usize = 4;
    let value = section.get(key)?;
    let one = |text: Option<&str>| {
        let read = text
            .and_then(|text| text.strip_prefix('$'))
            .ok_or_else(|| "a list's place begins with `$`, the whole answer; write \"$\" or \"$.items\"".to_owned());
        match read.and_then(Path::read) {
            Ok((path, "")) => Some(path),
            Ok((_, rest)) => {
                section.fault(key, format!("behind the path stands {rest:?}; take it away"));
                None
            }
            Err(what) => {
                section.fault(key, what);
                None
            }
        }
    };
    match value.get_ref() {
        toml::de::DeValue::Array(list) if !list.is_empty() && list.len() <= MOST => {
            list.iter().map(|value| one(value.get_ref().as_str())).collect()
        }
        toml::de::DeValue::Array(_) => {
            section.fault(key, format!("a list here holds 1 to {MOST} paths"));
            None
        }
        other => Some(vec![one(other.as_str())?]),
    }
}

impl Message {
    /// Every field and every value that a condition looks at, under its key.
    pub(crate) fn fields(&self) -> Vec<(&'static str, &Field)> {
        let author = &self.author;
        let optional = [
            ("revision", &self.revision),
            ("thread", &self.thread),
            ("parent", &self.parent),
            ("title", &self.title),
            ("language", &self.language),
            ("url", &self.url),
            ("author.handle", &author.handle),
            ("author.name", &author.name),
            ("author.url", &author.url),
            ("author.reach", &author.reach),
        ];
        let conditions = [
            ("ours", &self.ours),
            ("context", &self.context),
            ("deleted", &self.deleted),
            ("skip", &self.skip),
            ("author.automated", &author.automated),
        ];
        let mut fields = vec![
            ("id", &self.id),
            ("at", &self.at),
            ("text", &self.text),
            ("author.id", &author.id),
        ];
        fields.extend(
            optional
                .into_iter()
                .filter_map(|(key, field)| Some((key, field.as_ref()?))),
        );
        let conditions = conditions.into_iter();
        fields.extend(conditions.flat_map(|(key, all)| all.iter().map(move |when| (key, when.value()))));
        fields.extend(self.format.value().map(|field| ("format", field)));
        fields.extend(self.visibility.value().map(|field| ("visibility", field)));
        fields
    }
}
