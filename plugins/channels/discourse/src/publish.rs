//! Publish, and find out afterwards.
//!
//! Discourse has no idempotency keys, so a draft is looked for before it is sent: a post of ours in that topic, with the
//! same parent, the same readers and the same words, not older than the wish. After a request was sent, every doubt is
//! `later`: the host then asks [`reconcile`], which looks the same way.

use crate::api::{Api, parse, words};
use crate::text::typed;
use crate::wire::{Made, Post, Topic};
use crate::{map, sent};
use jackfield_sdk::channel::{Draft, Host, HttpFailure, Receipt, Refusal, Request, Trouble, Visibility, trouble_of};
use jackfield_sdk::time::parse_ms;
use serde_json::{Value, json};

/// What a forum allows unless its owner says otherwise (`max_post_length`).
pub(crate) const USUAL_LENGTH: u32 = 32_000;
/// How far the clocks of host and network may be apart.
const SKEW_MS: u64 = 600_000;
/// Of a topic, the newest posts of ours that are looked through.
const LOOKED_THROUGH: usize = 60;
const TOGETHER: usize = 20;

/// Where a draft goes.
enum Place {
    /// Into a topic, below a post.
    Topic {
        topic: u64,
        answers: Option<u64>,
        whisper: bool,
    },
    /// To a person, in a personal message that begins with it.
    Message { to: String, title: String },
}

pub(crate) fn publish(host: &dyn Host, settings: &str, draft: &Draft) -> Result<Receipt, Refusal> {
    let api = Api::new(host, settings)?;
    if let Some(receipt) = sent::receipt(host, &draft.key) {
        return Ok(receipt);
    }
    rules(draft)?;
    let place = place(&api, draft)?;
    if let Some(receipt) = there(&api, draft, &place)? {
        return Ok(receipt);
    }
    let mut body = json!({"raw": typed(&draft.text)});
    let fields = match &place {
        Place::Topic {
            topic,
            answers,
            whisper,
        } => {
            let mut fields = vec![("topic_id", json!(topic))];
            fields.extend(answers.map(|number| ("reply_to_post_number", json!(number))));
            fields.extend(whisper.then(|| ("whisper", json!("true"))));
            fields
        }
        Place::Message { to, title } => vec![
            ("title", json!(title)),
            ("target_recipients", json!(to)),
            ("archetype", json!("private_message")),
        ],
    };
    if let Value::Object(map) = &mut body {
        map.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
    }
    let request = Request::post(api.url("/posts.json", &[])).body("application/json", body.to_string());
    let answer = match api.send(request) {
        Ok(answer) => answer,
        Err(failure @ (HttpFailure::NotGranted(_) | HttpFailure::Invalid(_))) => {
            return Err(trouble_of(&failure).into());
        }
        // It may have arrived.
        Err(_) => return Err(Trouble::Later(None).into()),
    };
    match answer.status() {
        200..=299 => {}
        300..=399 => return Err(Trouble::Later(None).into()),
        422 => return Err(Refusal::Rule(format!("The forum says: {}", words(&answer)))),
        _ => api.good(&answer)?,
    }
    match parse::<Made>("/posts.json", answer.bytes()) {
        Ok(Made::Post(post)) => {
            let receipt = receipt(&api, &post);
            sent::remember(host, &draft.key, &receipt);
            Ok(receipt)
        }
        Ok(Made::Waits { action }) => Err(Trouble::Refused(format!(
            "The forum keeps it back until a moderator has approved it ({action}). It appears here when that has happened; do \
             not write it again."
        ))
        .into()),
        Err(_) => Err(Trouble::Later(None).into()),
    }
}

/// Everything that can be known before anything is asked.
fn rules(draft: &Draft) -> Result<(), Refusal> {
    let rule = |words: &str| Err(Refusal::Rule(words.to_owned()));
    if draft.text.trim().is_empty() {
        return rule("The message is empty; write something.");
    }
    if !draft.attachments.is_empty() {
        return rule("This channel cannot send files yet; take the attachment off and send the text.");
    }
    let length = draft.text.chars().count();
    let most = USUAL_LENGTH as usize;
    if length > most {
        return Err(Refusal::Rule(format!(
            "The message has {length} characters and a forum takes {most}; take {} away.",
            length - most
        )));
    }
    if matches!(draft.visibility, Visibility::Followers | Visibility::Unlisted) {
        return rule("A forum has no followers and no unlisted posts; choose public or direct.");
    }
    Ok(())
}

/// Where it goes, and never wider than it was written for.
fn place(api: &Api<'_>, draft: &Draft) -> Result<Place, Refusal> {
    let gone = |what: &str| Trouble::Refused(format!("{what} is no longer on the forum; write to the person anew."));
    let parent = match draft.parent.as_deref() {
        Some(id) => {
            let found: Option<Post> = api.find(&format!("/posts/{}.json", number(id)?), &[])?;
            Some(
                found
                    .filter(|post| !post.gone())
                    .ok_or_else(|| gone("The post that it answers"))?,
            )
        }
        None => None,
    };
    let topic = match (&parent, draft.thread.as_deref()) {
        (Some(parent), _) => parent.topic_id,
        (None, Some(thread)) => number(thread)?,
        (None, None) => return Err(Refusal::Rule("There is no topic to answer in.".to_owned())),
    };
    let found: Option<Topic> = api.find(&format!("/t/{topic}.json"), &[])?;
    let found = found.ok_or_else(|| gone("The topic"))?;
    let private = found.archetype.as_deref() == Some("private_message");
    let answers = parent
        .as_ref()
        .map(|post| post.post_number)
        .filter(|number| *number > 1);
    let here = |whisper| Place::Topic {
        topic,
        answers,
        whisper,
    };
    match (&draft.visibility, private, parent) {
        (Visibility::Internal, _, _) => Ok(here(true)),
        (Visibility::Direct, true, _) => Ok(here(false)),
        (Visibility::Direct, false, Some(post)) => Ok(Place::Message {
            to: post.username,
            title: format!("About: {}", found.title.unwrap_or_default())
                .chars()
                .take(200)
                .collect(),
        }),
        (Visibility::Direct, false, None) => Err(Refusal::Rule(
            "A direct message needs a post whose author it goes to; choose the post and answer that.".to_owned(),
        )),
        (_, true, _) => Err(Refusal::Rule(
            "This is a personal message, and the answer was meant for everybody; choose direct.".to_owned(),
        )),
        _ => Ok(here(false)),
    }
}

fn number(id: &str) -> Result<u64, Refusal> {
    id.parse().map_err(|_| {
        Refusal::Rule(format!(
            "{id:?} is no post or topic of this forum; choose another message."
        ))
    })
}

fn receipt(api: &Api<'_>, post: &Post) -> Receipt {
    Receipt {
        remote_id: post.id.to_string(),
        url: Some(map::page(post, &api.settings)),
        at: parse_ms(&post.created_at).unwrap_or(0),
    }
}

pub(crate) fn reconcile(host: &dyn Host, settings: &str, draft: &Draft) -> Result<Option<Receipt>, Trouble> {
    let api = Api::new(host, settings)?;
    if let Some(receipt) = sent::receipt(host, &draft.key) {
        return Ok(Some(receipt));
    }
    match place(&api, draft) {
        Ok(place) => there(&api, draft, &place),
        // What it would answer is gone, or it was never allowed: nothing was sent, or nobody can see it any more.
        Err(Refusal::Rule(_) | Refusal::WindowClosed | Refusal::Trouble(Trouble::Refused(_))) => Ok(None),
        Err(Refusal::Trouble(trouble)) => Err(trouble),
    }
}

/// The draft among what we have posted there.
fn there(api: &Api<'_>, draft: &Draft, place: &Place) -> Result<Option<Receipt>, Trouble> {
    let found = match place {
        Place::Topic { topic, .. } => in_topic(api, draft, *topic)?,
        Place::Message { .. } => in_messages(api, draft)?,
    };
    let receipt = found.map(|post| receipt(api, &post));
    if let Some(receipt) = &receipt {
        sent::remember(api.host, &draft.key, receipt);
    }
    Ok(receipt)
}

fn in_topic(api: &Api<'_>, draft: &Draft, topic: u64) -> Result<Option<Post>, Trouble> {
    let account = api.settings.account.clone();
    let path = format!("/t/{topic}.json");
    let pairs = [("username_filters", account.as_str()), ("include_raw", "true")];
    let Some(found) = api.find::<Topic>(&path, &pairs)? else {
        return Ok(None);
    };
    let shown: Vec<u64> = found.post_stream.posts.iter().map(|post| post.id).collect();
    let fits = |post: &&Post| is_this(api, draft, post, topic);
    if let Some(post) = found.post_stream.posts.iter().rev().find(fits) {
        return Ok(Some(post.clone()));
    }
    let mut rest: Vec<String> = found
        .post_stream
        .stream
        .iter()
        .rev()
        .take(LOOKED_THROUGH)
        .map(u64::to_string)
        .collect();
    rest.retain(|id| !shown.iter().any(|known| known.to_string() == *id));
    for some in rest.chunks(TOGETHER) {
        let mut pairs: Vec<(&str, &str)> = some.iter().map(|id| ("post_ids[]", id.as_str())).collect();
        pairs.push(("include_raw", "true"));
        let page: Topic = api.read(&format!("/t/{topic}/posts.json"), &pairs)?;
        if let Some(post) = page.post_stream.posts.iter().find(fits) {
            return Ok(Some(post.clone()));
        }
    }
    Ok(None)
}

/// A message that we began: the first post of a topic of its own.
fn in_messages(api: &Api<'_>, draft: &Draft) -> Result<Option<Post>, Trouble> {
    let page: crate::wire::Latest = api.read("/private-posts.json", &[])?;
    let posts = page.posts.into_iter();
    let mut posts = posts.filter_map(|post| serde_json::from_value::<Post>(post).ok());
    Ok(posts.find(|post| post.post_number == 1 && is_this(api, draft, post, post.topic_id)))
}

/// Ours, not older than the wish, with the same words below the same post.
fn is_this(api: &Api<'_>, draft: &Draft, post: &Post, topic: u64) -> bool {
    let typed = typed(&draft.text);
    let same = match post.raw.as_str() {
        Some(raw) => raw.trim() == typed,
        None => plain(&crate::text::words(&post.cooked, "").text) == plain(&draft.text),
    };
    let young = parse_ms(&post.created_at).is_some_and(|at| at >= draft.asked_at.saturating_sub(SKEW_MS));
    let whisper = (post.post_type == 4) == (draft.visibility == Visibility::Internal);
    let in_place = post.topic_id == topic || post.topic_id == 0;
    same && young
        && whisper
        && in_place
        && !post.gone()
        && api.settings.is_us(&post.username)
        && !sent::belongs_to_another(api.host, &post.id.to_string(), &draft.key)
}

/// Words without what a forum changes about them.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
