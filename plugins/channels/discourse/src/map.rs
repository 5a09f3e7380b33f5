//! From a post to an event. Everything but the parent is a function of the post and the settings alone, so it does not
//! matter by which way a post reached us: by a poll, by a webhook, or looked at again.

use crate::settings::Settings;
use crate::text;
use crate::wire::Post;
use jackfield_sdk::channel::{Author, Content, Event, Kind, Mark, Span, Visibility};
use jackfield_sdk::time::parse_ms;

/// Names are at most this many bytes by the contract.
const NAME_BYTES: usize = 512;

/// A whisper: seen by staff alone.
const WHISPER: u64 = 4;
/// Something that was done to the topic.
const SMALL_ACTION: u64 = 3;

/// What is around a post.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Around {
    /// The id of the post that it answers.
    pub parent: Option<u64>,
    /// It stands in a personal message.
    pub private: bool,
    /// The name of its category, where not everybody may read that.
    pub restricted: Option<String>,
}

/// 0 as it was posted, else the time of the newest edit.
pub fn revision(post: &Post) -> u64 {
    if post.version > 1 { updated(post) } else { 0 }
}

/// When it was last touched.
pub(crate) fn updated(post: &Post) -> u64 {
    post.updated_at.as_deref().and_then(parse_ms).unwrap_or(0)
}

/// The post as it stands.
pub(crate) fn event(post: &Post, around: &Around, settings: &Settings) -> Event {
    let created = parse_ms(&post.created_at).unwrap_or(0);
    let revision = revision(post);
    let kind = if post.gone() {
        Kind::Deleted
    } else if post.post_type == SMALL_ACTION {
        Kind::Other(post.action_code.clone().unwrap_or_else(|| "small-action".to_owned()))
    } else {
        Kind::Said(content(post, settings))
    };
    let ours = settings.is_us(&post.username);
    let addressed = !settings.mentions_only || around.private || addresses_us(post, &kind, settings);
    Event {
        remote_id: post.id.to_string(),
        revision,
        at: if revision > 0 { revision } else { created },
        kind,
        thread: thread(post.topic_id),
        parent: around.parent.map(|id| id.to_string()),
        visibility: visibility(post, around),
        ours,
        context: !ours && !addressed,
        url: Some(page(post, settings)),
    }
}

/// The conversation: a topic.
pub(crate) fn thread(topic: u64) -> String {
    topic.to_string()
}

fn visibility(post: &Post, around: &Around) -> Visibility {
    match &around.restricted {
        _ if post.post_type == WHISPER => Visibility::Internal,
        _ if around.private => Visibility::Direct,
        Some(category) => Visibility::Other(format!("who may read {category}")),
        None => Visibility::Public,
    }
}

fn addresses_us(post: &Post, kind: &Kind, settings: &Settings) -> bool {
    let named = |span: &Span| matches!(&span.mark, Mark::Mention(name) if settings.is_us(name));
    let answers_us = post
        .reply_to_user
        .as_ref()
        .is_some_and(|user| settings.is_us(&user.username));
    answers_us || matches!(kind, Kind::Said(content) if content.spans.iter().any(named))
}

/// Its page.
pub(crate) fn page(post: &Post, settings: &Settings) -> String {
    let slug = post
        .topic_slug
        .as_deref()
        .filter(|slug| !slug.is_empty())
        .unwrap_or("-");
    format!("{}/t/{slug}/{}/{}", settings.server, post.topic_id, post.post_number)
}

fn content(post: &Post, settings: &Settings) -> Content {
    let words = text::words(&post.cooked, &settings.server);
    let title = post
        .topic_title
        .clone()
        .filter(|title| post.post_number == 1 && !title.is_empty());
    let hidden = post.hidden.then(|| "hidden by flags of the community".to_owned());
    Content {
        author: author(post, settings),
        title,
        text: words.text,
        spans: words.spans,
        attachments: words.files,
        language: None,
        warning: hidden.or_else(|| words.spoiler.then(|| "spoiler".to_owned())),
    }
}

/// An account that was deleted has no name any more.
fn author(post: &Post, settings: &Settings) -> Author {
    let handle = bounded(&post.username).to_owned();
    let name = bounded(post.name.as_deref().unwrap_or_default().trim()).to_owned();
    Author {
        id: post
            .user_id
            .map_or_else(|| format!("name:{handle}"), |id| id.to_string()),
        profile_url: (!handle.is_empty())
            .then(|| format!("{}/u/{}", settings.server, jackfield_sdk::channel::percent(&handle))),
        display_name: Some(name).filter(|name| !name.is_empty()),
        // A forum has no followers, and nobody's post is shown to a certain number of people.
        reach: None,
        automated: post.user_id.is_some_and(|id| id < 0),
        handle,
    }
}

fn bounded(text: &str) -> &str {
    text.get(..text.floor_char_boundary(NAME_BYTES)).unwrap_or_default()
}

/// Something that was done about a post or a topic, as a fact of its own.
pub(crate) fn fact(id: &str, revision: u64, at: u64, what: String, post: &Post, around: &Around) -> Event {
    Event {
        remote_id: id.to_owned(),
        revision,
        at,
        kind: Kind::Other(what),
        thread: thread(post.topic_id),
        parent: (post.id > 0).then(|| post.id.to_string()),
        visibility: visibility(post, around),
        ours: false,
        context: true,
        url: None,
    }
}
