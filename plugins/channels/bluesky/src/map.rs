//! From a post's record to an event. All of it but the author's reach is a function of the record.

use crate::facets;
use crate::wire::{Actor, parts};
use jackfield_sdk::channel::{AttachmentRef, Author, Content, Event, Kind, Mark, Span, Visibility};
use jackfield_sdk::time::parse_ms;
use serde_json::Value;

/// The collection of posts.
pub(crate) const POSTS: &str = "app.bsky.feed.post";
const TEXT_BYTES: usize = (1 << 20) - 4096;
const ID_BYTES: usize = 512;

/// The first post of the thread; itself where it answers nothing.
pub(crate) fn thread(uri: &str, record: &Value) -> String {
    pointer(record, "/reply/root/uri").unwrap_or(uri).to_owned()
}

/// The post that it answers.
pub(crate) fn parent(record: &Value) -> Option<String> {
    pointer(record, "/reply/parent/uri").map(str::to_owned)
}

fn pointer<'v>(value: &'v Value, at: &str) -> Option<&'v str> {
    value
        .pointer(at)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty() && text.len() <= ID_BYTES)
}

/// When: what the writer's clock says, unless the network found it earlier, or it says nothing.
pub(crate) fn at(record: &Value, indexed: &str) -> u64 {
    let written = record.get("createdAt").and_then(Value::as_str).and_then(parse_ms);
    let found = parse_ms(indexed);
    match (written, found) {
        (Some(written), Some(found)) => written.min(found),
        (one, other) => one.or(other).unwrap_or(0),
    }
}

/// The post as an event.
pub fn said(uri: &str, author: &Actor, record: &Value, indexed: &str, ours: bool, context: bool) -> Event {
    Event {
        remote_id: uri.to_owned(),
        revision: 0,
        at: at(record, indexed),
        kind: Kind::Said(content(author, record)),
        thread: thread(uri, record),
        parent: parent(record),
        visibility: Visibility::Public,
        ours,
        context: context && !ours,
        url: page(uri, author),
    }
}

/// Its page for people.
pub(crate) fn page(uri: &str, author: &Actor) -> Option<String> {
    let (did, _, key) = parts(uri)?;
    let named = !author.handle.is_empty() && author.handle != "handle.invalid";
    let who = if named { author.handle.as_str() } else { did };
    Some(format!("https://bsky.app/profile/{who}/post/{key}"))
}

fn content(actor: &Actor, record: &Value) -> Content {
    let mut text = record
        .get("text")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    if text.len() > TEXT_BYTES {
        text.truncate(text.floor_char_boundary(TEXT_BYTES));
        text.push('…');
    }
    let mut spans = facets::spans(&text, record);
    let embed = record.get("embed").unwrap_or(&Value::Null);
    for link in links(embed) {
        if !text.contains(&link) && text.len() < TEXT_BYTES {
            text.push_str(if text.is_empty() { "" } else { "\n\n" });
            let start = text.len();
            text.push_str(&link);
            if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(text.len())) {
                let mark = Mark::Link(link);
                spans.push(Span { start, end, mark });
            }
        }
    }
    let labels = record
        .pointer("/labels/values")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let labels: Vec<&str> = labels
        .filter_map(|label| label.get("val").and_then(Value::as_str))
        .take(5)
        .collect();
    let language = record.pointer("/langs/0").and_then(Value::as_str);
    Content {
        author: author(actor),
        title: None,
        text,
        spans,
        attachments: files(&actor.did, embed),
        language: language
            .filter(|language| (2..36).contains(&language.len()))
            .map(str::to_owned),
        warning: Some(labels.join(", ")).filter(|words| !words.is_empty()),
    }
}

/// What a post shows below its words: another page, another post.
fn links(embed: &Value) -> Vec<String> {
    let external = embed
        .pointer("/external/uri")
        .or_else(|| embed.pointer("/media/external/uri"));
    let external = external
        .and_then(Value::as_str)
        .filter(|uri| uri.starts_with("http") && uri.len() < 2_000);
    let quoted = embed
        .pointer("/record/uri")
        .or_else(|| embed.pointer("/record/record/uri"));
    let quoted = quoted
        .and_then(Value::as_str)
        .and_then(parts)
        .filter(|(_, kind, _)| *kind == POSTS);
    let quoted = quoted.map(|(did, _, key)| format!("https://bsky.app/profile/{did}/post/{key}"));
    external.map(str::to_owned).into_iter().chain(quoted).collect()
}

/// Pictures and a film, where the network shows them to everybody.
fn files(did: &str, embed: &Value) -> Vec<AttachmentRef> {
    let media = embed.get("media").unwrap_or(embed);
    let images = media.get("images").and_then(Value::as_array).into_iter().flatten();
    let mut files: Vec<AttachmentRef> = images
        .filter_map(|image| file(did, image.get("image")?, image.get("alt")))
        .collect();
    files.extend(media.get("video").and_then(|video| file(did, video, media.get("alt"))));
    files.truncate(64);
    files
}

fn file(did: &str, blob: &Value, alt: Option<&Value>) -> Option<AttachmentRef> {
    let cid = blob.pointer("/ref/$link").and_then(Value::as_str)?;
    let plain = |text: &str| {
        text.chars()
            .all(|c| c.is_ascii_alphanumeric() || c == ':' || c == '.' || c == '-')
    };
    let kind = blob.get("mimeType").and_then(Value::as_str).unwrap_or("image/jpeg");
    let url = if kind.starts_with("video/") {
        format!("https://video.bsky.app/watch/{did}/{cid}/playlist.m3u8")
    } else {
        format!("https://cdn.bsky.app/img/feed_fullsize/plain/{did}/{cid}@jpeg")
    };
    (plain(cid) && plain(did)).then(|| AttachmentRef {
        url,
        media_type: Some(kind.to_owned()),
        size: blob.get("size").and_then(Value::as_u64),
        alt: alt
            .and_then(Value::as_str)
            .map(str::to_owned)
            .filter(|alt| !alt.trim().is_empty()),
    })
}

fn author(actor: &Actor) -> Author {
    let bounded = |text: &str| {
        text.get(..text.floor_char_boundary(ID_BYTES))
            .unwrap_or_default()
            .to_owned()
    };
    let name = bounded(actor.display_name.as_deref().unwrap_or_default().trim());
    let labels = actor.labels.iter().flatten();
    Author {
        id: bounded(&actor.did),
        handle: bounded(&actor.handle),
        display_name: Some(name).filter(|name| !name.is_empty()),
        profile_url: Some(format!("https://bsky.app/profile/{}", bounded(&actor.did))),
        reach: actor.followers_count,
        automated: labels.into_iter().any(|label| label.val == "bot"),
    }
}
