//! From a status to an event.
//!
//! Everything but the thread is a function of the status alone, so it does not matter by which way a status reached
//! us: by a notification, as an ancestor, or looked at again. That is what makes a batch safe to hand over twice.

use crate::text::{self, bounded};
use crate::wire::{Account, Media, Status, Wording};
use jackfield_sdk::channel::{AttachmentRef, Author, Content, Event, Kind, Visibility};
use jackfield_sdk::time::parse_ms;

/// Names and handles are at most this many bytes by the contract.
const NAME_BYTES: usize = 512;

/// Files of one message, by the contract.
const MOST_FILES: usize = 64;

/// Who can read it.
pub fn visibility(word: &str) -> Visibility {
    match word {
        "public" => Visibility::Public,
        "unlisted" => Visibility::Unlisted,
        "private" => Visibility::Followers,
        "direct" => Visibility::Direct,
        other => Visibility::Other(other.to_owned()),
    }
}

/// The network's word for what we may publish; none for what this network does not have.
pub(crate) fn visibility_word(visibility: &Visibility) -> Option<&'static str> {
    match visibility {
        Visibility::Public => Some("public"),
        Visibility::Unlisted => Some("unlisted"),
        Visibility::Followers => Some("private"),
        Visibility::Direct => Some("direct"),
        Visibility::Internal | Visibility::Other(_) => None,
    }
}

/// The revision of a status: 0 as posted, else the time of its newest edit.
pub fn revision(status: &Status) -> u64 {
    status.edited_at.as_deref().and_then(parse_ms).unwrap_or(0)
}

/// The status as it stands, as an event in this thread. `me` is the id of our own account.
pub fn said(status: &Status, thread: &str, me: &str) -> Event {
    let created = parse_ms(&status.created_at).unwrap_or(0);
    let revision = revision(status);
    let ours = status.account.id == me;
    let addresses_us = status.mentions.iter().any(|m| m.id == me);
    Event {
        remote_id: status.id.clone(),
        revision,
        at: if revision > 0 { revision } else { created },
        kind: Kind::Said(content(status)),
        thread: thread.to_owned(),
        parent: status.in_reply_to_id.clone(),
        visibility: visibility(&status.visibility),
        ours,
        context: !ours && !addresses_us,
        url: page(status.url.as_deref().or(status.uri.as_deref())),
    }
}

/// The same status in one of its earlier wordings: what it said then, everything else as it is now.
pub fn reworded(status: &Status, wording: Wording) -> Status {
    let edited = (wording.created_at != status.created_at).then_some(wording.created_at);
    Status {
        content: Some(wording.content),
        spoiler_text: wording.spoiler_text,
        media_attachments: wording.media_attachments,
        poll: wording.poll,
        edited_at: edited,
        ..status.clone()
    }
}

/// What a status says.
pub fn content(status: &Status) -> Content {
    let words = text::of(status);
    let files = status.media_attachments.iter().filter_map(attachment).take(MOST_FILES);
    Content {
        author: author(&status.account),
        title: None,
        text: words.text,
        spans: words.spans,
        attachments: files.collect(),
        language: status.language.clone().filter(|l| !l.is_empty()),
        warning: Some(status.spoiler_text.clone()).filter(|w| !w.trim().is_empty()),
    }
}

fn author(account: &Account) -> Author {
    let name = bounded(account.display_name.trim(), NAME_BYTES);
    Author {
        id: account.id.clone(),
        handle: bounded(&account.acct, NAME_BYTES).to_owned(),
        display_name: Some(name.to_owned()).filter(|n| !n.is_empty()),
        profile_url: page(account.url.as_deref()),
        reach: account.followers_count.and_then(|n| u64::try_from(n).ok()),
        automated: account.bot,
    }
}

/// A page that may be shown as a link.
fn page(url: Option<&str>) -> Option<String> {
    url.filter(|u| u.starts_with("https://") || u.starts_with("http://"))
        .map(str::to_owned)
}

fn attachment(media: &Media) -> Option<AttachmentRef> {
    let url = [&media.url, &media.remote_url, &media.preview_url]
        .into_iter()
        .flatten()
        .find(|u| !u.is_empty())?;
    Some(AttachmentRef {
        url: url.clone(),
        media_type: media_type(&media.kind, url),
        size: None,
        alt: media.description.clone().filter(|d| !d.trim().is_empty()),
    })
}

/// Mastodon says only what family a file is of; its name says the rest.
fn media_type(kind: &str, url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let ending = path
        .rsplit('/')
        .next()
        .and_then(|name| name.rsplit_once('.'))
        .map(|(_, e)| e.to_ascii_lowercase());
    let exact = match ending.as_deref()? {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "heic" => "image/heic",
        "mp4" => "video/mp4",
        "webm" if kind == "audio" => "audio/webm",
        "webm" => "video/webm",
        "mov" => "video/quicktime",
        "mp3" => "audio/mpeg",
        "ogg" | "oga" => "audio/ogg",
        "wav" => "audio/wav",
        "flac" => "audio/flac",
        "m4a" => "audio/mp4",
        _ => return None,
    };
    Some(exact.to_owned())
}
