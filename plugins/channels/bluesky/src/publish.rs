//! Publish, and find out afterwards.
//!
//! A record has a key that its writer chooses. Ours is made of the draft's key and time, so the same draft has the same
//! place in our repository whatever happens to an answer, and looking there is the whole of `reconcile`.

use crate::api::{Api, parse, said};
use crate::facets::{What, facet, find};
use crate::kept::hash;
use crate::map::{self, POSTS};
use crate::wire::{Actor, Held, parts};
use jackfield_sdk::channel::{Draft, Host, HttpFailure, Receipt, Refusal, Request, Trouble, Visibility, trouble_of};
use jackfield_sdk::time::format_ms;
use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation as _;

/// By the lexicon `app.bsky.feed.post`: `maxGraphemes`, and `maxLength` in bytes.
pub(crate) const MOST_GRAPHEMES: u32 = 300;
const MOST_BYTES: usize = 3_000;
/// Names of one post that are looked up.
const MOST_NAMES: usize = 15;

const ALPHABET: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";

/// The record's key: a time in microseconds and ten more bits, as the protocol writes them (TID).
pub(crate) fn record_key(draft_key: &str, asked_at: u64) -> String {
    let drawn = hash(draft_key);
    let micros = asked_at.saturating_mul(1000).saturating_add(drawn % 1000) & ((1 << 53) - 1);
    let number = (micros << 10) | ((drawn / 1000) % 1024);
    let letter = |at: u32| {
        let index = usize::try_from((number >> (5 * at)) & 31).unwrap_or(0);
        ALPHABET.get(index).copied().map_or('2', char::from)
    };
    (0..13).rev().map(letter).collect()
}

/// The time in a record's key; 0 where it is no such key.
pub(crate) fn tid_ms(key: &str) -> u64 {
    if key.len() != 13 {
        return 0;
    }
    let mut digits = key.bytes().map(|byte| ALPHABET.iter().position(|one| *one == byte));
    let number = digits.try_fold(0_u64, |sum, digit| Some((sum << 5) | u64::try_from(digit?).ok()?));
    number.unwrap_or(0) / 1_024_000
}

pub(crate) fn publish(host: &dyn Host, settings: &str, draft: &Draft) -> Result<Receipt, Refusal> {
    let api = Api::new(host, settings)?;
    rules(draft)?;
    if let Some(receipt) = there(&api, draft)? {
        return Ok(receipt);
    }
    let mut record = json!({
        "$type": POSTS,
        "text": draft.text,
        "createdAt": format_ms(draft.asked_at),
    });
    let mut field = |name: &str, value: Value| {
        if let Value::Object(map) = &mut record {
            map.insert(name.to_owned(), value);
        }
    };
    if let Some(reply) = reply(&api, draft)? {
        field("reply", reply);
    }
    if let Some(language) = draft
        .language
        .as_deref()
        .filter(|language| (2..20).contains(&language.len()))
    {
        field("langs", json!([language]));
    }
    let facets = facets(&api, &draft.text)?;
    if !facets.is_empty() {
        field("facets", json!(facets));
    }
    let me = api.me()?;
    let body = json!({
        "repo": me.did, "collection": POSTS, "rkey": record_key(&draft.key, draft.asked_at), "record": record,
    })
    .to_string();
    let url = api.url("com.atproto.repo.createRecord", &[]);
    let answer = match api.signed(&|| Request::post(url.as_str()).body("application/json", body.as_str()))? {
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
        400 | 413 => return Err(Refusal::Rule(format!("The server says: {}", said(&answer)))),
        _ => api.good(&answer)?,
    }
    let made: Held = parse("com.atproto.repo.createRecord", answer.bytes()).map_err(|_| Trouble::Later(None))?;
    Ok(receipt(&made.uri, &me.handle, &me.did, draft.asked_at))
}

fn receipt(uri: &str, handle: &str, did: &str, at: u64) -> Receipt {
    let actor = Actor {
        did: did.to_owned(),
        handle: handle.to_owned(),
        ..Actor::default()
    };
    Receipt {
        remote_id: uri.to_owned(),
        url: map::page(uri, &actor),
        at,
    }
}

/// Everything that can be known before anything is asked.
fn rules(draft: &Draft) -> Result<(), Refusal> {
    let rule = |words: String| Err(Refusal::Rule(words));
    if draft.visibility != Visibility::Public {
        return rule("Posts on Bluesky are public, all of them; choose public.".to_owned());
    }
    if draft.text.trim().is_empty() {
        return rule("The message is empty; write something.".to_owned());
    }
    if !draft.attachments.is_empty() {
        return rule("This channel cannot send files yet; take the attachment off and send the text.".to_owned());
    }
    let length = draft.text.graphemes(true).count();
    let most = usize::try_from(MOST_GRAPHEMES).unwrap_or(usize::MAX);
    if length > most {
        return rule(format!(
            "The message has {length} characters and Bluesky takes {most}; take {} away.",
            length - most
        ));
    }
    if draft.text.len() > MOST_BYTES {
        return rule(format!(
            "The message has {} bytes and Bluesky takes {MOST_BYTES}; use fewer characters that are put together of many.",
            draft.text.len()
        ));
    }
    Ok(())
}

/// What it answers: the post and the first one of the thread, each with the hash of its content.
fn reply(api: &Api<'_>, draft: &Draft) -> Result<Option<Value>, Refusal> {
    let Some(parent) = draft.parent.as_deref().or(draft.thread.as_deref()) else {
        return Ok(None);
    };
    let Some((repo, collection, key)) = parts(parent) else {
        return Err(Refusal::Rule(format!("{parent:?} is no post; choose another message.")));
    };
    let pairs = [("repo", repo), ("collection", collection), ("rkey", key)];
    let Some(held) = api.find::<Held>("com.atproto.repo.getRecord", &pairs)? else {
        let words = "The post that it answers is no longer there; write to the person anew.".to_owned();
        return Err(Trouble::Refused(words).into());
    };
    let parent = json!({"uri": held.uri, "cid": held.cid});
    let root = held.value.pointer("/reply/root").cloned();
    Ok(Some(
        json!({"root": root.unwrap_or_else(|| parent.clone()), "parent": parent}),
    ))
}

/// The facets of the words. A name that nobody has stays a word.
fn facets(api: &Api<'_>, text: &str) -> Result<Vec<Value>, Trouble> {
    let mut facets = Vec::new();
    let mut names = 0;
    for found in find(text) {
        let feature = match &found.what {
            What::Link(uri) => json!({"$type": "app.bsky.richtext.facet#link", "uri": uri}),
            What::Tag(tag) => json!({"$type": "app.bsky.richtext.facet#tag", "tag": tag}),
            What::Name(_) if names >= MOST_NAMES => continue,
            What::Name(handle) => {
                names += 1;
                let answer = api.get("com.atproto.identity.resolveHandle", &[("handle", handle.as_str())])?;
                match answer.status() {
                    200..=299 => {}
                    400 | 404 => continue,
                    _ => api.good(&answer)?,
                }
                let resolved: Value = parse("com.atproto.identity.resolveHandle", answer.bytes())?;
                let Some(did) = resolved.get("did").and_then(Value::as_str) else {
                    continue;
                };
                json!({"$type": "app.bsky.richtext.facet#mention", "did": did})
            }
        };
        facets.push(facet(&found, &feature));
    }
    Ok(facets)
}

/// The draft where it would stand.
fn there(api: &Api<'_>, draft: &Draft) -> Result<Option<Receipt>, Trouble> {
    let me = api.me()?;
    let key = record_key(&draft.key, draft.asked_at);
    let pairs = [("repo", me.did.as_str()), ("collection", POSTS), ("rkey", key.as_str())];
    let held: Option<Held> = api.find("com.atproto.repo.getRecord", &pairs)?;
    Ok(held.map(|held| receipt(&held.uri, &me.handle, &me.did, draft.asked_at)))
}

pub(crate) fn reconcile(host: &dyn Host, settings: &str, draft: &Draft) -> Result<Option<Receipt>, Trouble> {
    there(&Api::new(host, settings)?, draft)
}
