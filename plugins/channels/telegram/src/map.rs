//! From an update to an event.

use crate::settings::Settings;
use crate::wire::{Chat, Message, Update, User};
use jackfield_sdk::channel::{AttachmentRef, Author, Content, Event, Kind, Mark, Span, Visibility, query};
use serde_json::Value;

/// As many spans as one text may have by the contract.
const SPANS: usize = 4_096;

/// What this update is to the host; none where it is nothing.
pub fn event(update: &Update, me: &User, settings: &Settings) -> Option<Event> {
    let new = update.message.as_ref().or(update.channel_post.as_ref());
    let edited = update.edited_message.as_ref().or(update.edited_channel_post.as_ref());
    let message = new.or(edited)?;
    let (text, entities) = match &message.text {
        Some(text) => (text.as_str(), &message.entities),
        None => (
            message.caption.as_deref().unwrap_or_default(),
            &message.caption_entities,
        ),
    };
    let spans = spans(text, entities);
    let attachments = files(message, settings);
    // Somebody came, left, pinned something: nobody said anything.
    if text.is_empty() && attachments.is_empty() {
        return None;
    }
    let chat = &message.chat;
    let private = chat.kind == "private";
    let above = message.reply_to_message.as_deref();
    let named = spans.iter().any(|span| match &span.mark {
        Mark::Mention(name) => name.eq_ignore_ascii_case(&me.username),
        _ => false,
    });
    let to_us = above
        .and_then(|above| above.from.as_ref())
        .is_some_and(|from| from.id == me.id);
    let ours = message.from.as_ref().is_some_and(|from| from.id == me.id);
    let content = Content {
        spans,
        attachments,
        ..Content::plain(author(message), text)
    };
    Some(Event {
        remote_id: id(chat.id, message.message_id),
        // The API counts edits in whole seconds; the update's number grows with each.
        revision: if new.is_some() { 0 } else { update.update_id.max(1) },
        at: message.date.saturating_mul(1000),
        kind: Kind::Said(content),
        thread: thread(message),
        parent: above.map(|above| id(chat.id, above.message_id)),
        visibility: if chat.username.is_some() && !private {
            Visibility::Public
        } else {
            Visibility::Direct
        },
        ours,
        context: !(private || named || to_us || ours || settings.all),
        url: page(chat, message.message_id),
    })
}

/// A message's id: of its chat and its number there.
pub fn id(chat: i64, message: i64) -> String {
    format!("{chat}:{message}")
}

/// A conversation is a chat, or a topic of a forum.
fn thread(message: &Message) -> String {
    match message.message_thread_id.filter(|_| message.is_topic_message) {
        Some(topic) => format!("{}/{topic}", message.chat.id),
        None => message.chat.id.to_string(),
    }
}

fn page(chat: &Chat, message: i64) -> Option<String> {
    let name = chat.username.as_ref().filter(|_| chat.kind != "private")?;
    Some(format!("https://t.me/{name}/{message}"))
}

fn short(text: &str) -> String {
    text.chars().take(120).collect()
}

fn author(message: &Message) -> Author {
    let Some(from) = &message.from else {
        let chat = &message.chat;
        return Author {
            display_name: chat.title.as_deref().map(short),
            ..Author::named(&short(chat.username.as_deref().unwrap_or(&chat.id.to_string())))
        };
    };
    let handle = if from.username.is_empty() {
        from.id.to_string()
    } else {
        short(&from.username)
    };
    let name = format!("{} {}", from.first_name, from.last_name.as_deref().unwrap_or_default());
    Author {
        id: from.id.to_string(),
        display_name: Some(short(name.trim())).filter(|name| !name.is_empty()),
        profile_url: (!from.username.is_empty()).then(|| format!("https://t.me/{}", short(&from.username))),
        automated: from.is_bot,
        ..Author::named(&handle)
    }
}

fn files(message: &Message, settings: &Settings) -> Vec<AttachmentRef> {
    let others = [
        &message.document,
        &message.video,
        &message.audio,
        &message.voice,
        &message.sticker,
    ];
    let all = message.photo.last().into_iter().chain(others.into_iter().flatten());
    all.filter_map(|file| {
        let field = |name: &str| file.get(name).and_then(Value::as_str);
        let id = field("file_id")?;
        let picture = message.photo.last() == Some(file);
        Some(AttachmentRef {
            url: query(&format!("{}/bot/getFile", settings.server), &[("file_id", id)]),
            media_type: field("mime_type")
                .map(str::to_owned)
                .or_else(|| picture.then(|| "image/jpeg".to_owned())),
            size: file.get("file_size").and_then(Value::as_u64),
            alt: field("file_name").or(message.caption.as_deref()).map(str::to_owned),
        })
    })
    .collect()
}

/// The stretches of a text, whose offsets the API counts in UTF-16.
pub fn spans(text: &str, entities: &[Value]) -> Vec<Span> {
    let mut borders = vec![None; 1];
    borders.clear();
    for (at, sign) in text.char_indices() {
        borders.push(Some(at));
        borders.extend((1..sign.len_utf16()).map(|_| None));
    }
    borders.push(Some(text.len()));
    let byte = |unit: u64| borders.get(usize::try_from(unit).ok()?).copied().flatten();
    let mut spans = Vec::new();
    for entity in entities.iter().take(SPANS) {
        let number = |name: &str| entity.get(name).and_then(Value::as_u64);
        let (Some(offset), Some(length)) = (number("offset"), number("length")) else {
            continue;
        };
        let (Some(start), Some(end)) = (byte(offset), offset.checked_add(length).and_then(byte)) else {
            continue;
        };
        let Some(words) = text.get(start..end).filter(|words| !words.is_empty()) else {
            continue;
        };
        let mark = match entity.get("type").and_then(Value::as_str).unwrap_or_default() {
            "mention" => Mark::Mention(words.trim_start_matches('@').to_owned()),
            "hashtag" | "cashtag" => Mark::Tag(words.trim_start_matches(['#', '$']).to_owned()),
            "url" => Mark::Link(words.to_owned()),
            "text_link" => match entity.get("url").and_then(Value::as_str) {
                Some(url) => Mark::Link(url.to_owned()),
                None => continue,
            },
            "bold" => Mark::Strong,
            "italic" => Mark::Emphasis,
            "code" | "pre" => Mark::Code,
            "blockquote" | "expandable_blockquote" => Mark::Quote,
            other => Mark::Other(short(other)),
        };
        if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end)) {
            spans.push(Span { start, end, mark });
        }
    }
    spans
}
