//! JSON Feed, versions 1 and 1.1.

use crate::document::{Author, Body, Entry, Feed, File, MOST_ENTRIES, start};
use serde_json::Value;

pub(crate) fn read(text: &str) -> Result<Feed, String> {
    let root: Value =
        serde_json::from_str(text).map_err(|error| format!("JSON that breaks off ({error}): {:?}", start(text)))?;
    let version = root.get("version").and_then(Value::as_str).unwrap_or_default();
    if !version.contains("jsonfeed.org") {
        return Err(format!("JSON that is no JSON Feed: {:?}", start(text)));
    }
    let items = root.get("items").and_then(Value::as_array);
    let hub = root.get("hubs").and_then(Value::as_array).into_iter().flatten();
    let mut hub = hub.filter(|hub| {
        hub.get("type")
            .and_then(Value::as_str)
            .is_some_and(|kind| kind.eq_ignore_ascii_case("websub"))
    });
    Ok(Feed {
        title: field(&root, "title"),
        page: some(field(&root, "home_page_url")),
        language: some(field(&root, "language")),
        author: author(&root),
        hub: hub.next().and_then(|hub| some(field(hub, "url"))),
        entries: items.into_iter().flatten().take(MOST_ENTRIES).map(entry).collect(),
    })
}

/// A text, or a number as one: ids are written as numbers at times.
fn field(value: &Value, name: &str) -> String {
    match value.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn author(value: &Value) -> Author {
    let first = value
        .get("authors")
        .and_then(Value::as_array)
        .and_then(|all| all.first());
    let one = first.or_else(|| value.get("author"));
    one.map_or_else(Author::default, |one| Author {
        name: field(one, "name"),
        page: some(field(one, "url")),
    })
}

fn entry(item: &Value) -> Entry {
    let html = field(item, "content_html");
    let body = if html.is_empty() {
        Body {
            text: field(item, "content_text"),
            html: false,
        }
    } else {
        Body { text: html, html: true }
    };
    let link = some(field(item, "url")).unwrap_or_else(|| field(item, "external_url"));
    let image = some(field(item, "image")).map(|url| File {
        url,
        kind: Some("image".to_owned()),
        ..File::default()
    });
    let attachments = item.get("attachments").and_then(Value::as_array).into_iter().flatten();
    let attachments = attachments.map(|file| File {
        url: field(file, "url"),
        kind: some(field(file, "mime_type")),
        size: file.get("size_in_bytes").and_then(Value::as_u64),
        alt: some(field(file, "title")),
    });
    Entry {
        id: field(item, "id"),
        link,
        title: field(item, "title"),
        body,
        summary: Body {
            text: field(item, "summary"),
            html: false,
        },
        published: field(item, "date_published"),
        updated: field(item, "date_modified"),
        author: author(item),
        answers: None,
        files: image.into_iter().chain(attachments).collect(),
    }
}
