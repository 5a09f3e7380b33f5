//! Publish, and find out afterwards.
//!
//! What is against a rule of the network is refused before anything is sent. After a request was sent, every doubt
//! (no answer, a broken one, a 5xx) is `later`: the host then asks [`reconcile`], which looks at what the account has
//! really posted, and a second try carries the same idempotency key.

use crate::api::{Api, parse};
use crate::map::visibility_word;
use crate::text::{self, counted_length, reduced};
use crate::wire::{Source, Status};
use crate::{me, sent};
use jackfield_sdk::channel::{Draft, Host, HttpFailure, Receipt, Refusal, Request, Trouble, Visibility, trouble_of};
use jackfield_sdk::time::parse_ms;
use serde::{Deserialize, Serialize};

/// What most servers allow, and what holds where a server does not say.
pub(crate) const USUAL_LENGTH: u32 = 500;

/// How far the clocks of host and network may be apart.
const SKEW_MS: u64 = 600_000;

/// Pages of own posts that are looked through: 400 posts since the draft was asked for.
const PAGES: u32 = 10;

pub(crate) fn publish(host: &dyn Host, settings: &str, draft: &Draft) -> Result<Receipt, Refusal> {
    let api = Api::new(host, settings)?;
    if let Some(receipt) = sent::receipt(host, &draft.key) {
        return Ok(receipt);
    }
    let visibility = check(&api, draft)?;
    let mut pairs = vec![("status", draft.text.as_str()), ("visibility", visibility)];
    if let Some(parent) = &draft.parent {
        pairs.push(("in_reply_to_id", parent));
    }
    // Mastodon knows languages by their first part and refuses what it does not know.
    let language = draft
        .language
        .as_deref()
        .and_then(|l| l.split('-').next())
        .filter(|l| (2..=3).contains(&l.len()));
    if let Some(language) = language {
        pairs.push(("language", language));
    }
    let request = Request::post(api.url("/api/v1/statuses", &[]))
        .header("idempotency-key", draft.key.as_str())
        .form(&pairs);
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
        404 | 410 if draft.parent.is_some() => {
            let words = format!(
                "The message it answers is no longer on {} ({}).",
                api.server(),
                answer.words()
            );
            return Err(Trouble::Refused(words).into());
        }
        300..=399 => return Err(Trouble::Later(None).into()),
        _ => api.good(&answer)?,
    }
    let status: Status = parse("/api/v1/statuses", answer.bytes()).map_err(|_| Trouble::Later(None))?;
    let receipt = receipt(&status);
    sent::remember(host, &draft.key, &receipt);
    Ok(receipt)
}

fn receipt(status: &Status) -> Receipt {
    Receipt {
        remote_id: status.id.clone(),
        url: status.url.clone(),
        at: parse_ms(&status.created_at).unwrap_or(0),
    }
}

/// Everything that can be known before anything is sent; the network's word for the visibility.
fn check(api: &Api<'_>, draft: &Draft) -> Result<&'static str, Refusal> {
    let rule = |words: String| Err(Refusal::Rule(words));
    let Some(visibility) = visibility_word(&draft.visibility) else {
        return rule(format!(
            "Mastodon has no visibility {:?}; choose public, unlisted, followers or direct.",
            draft.visibility
        ));
    };
    if draft.text.trim().is_empty() {
        return rule("The message is empty; write something.".to_owned());
    }
    if !draft.attachments.is_empty() {
        return rule("This channel cannot send files yet; take the attachment off and send the text.".to_owned());
    }
    if draft.visibility == Visibility::Direct && !names_somebody(&draft.text) {
        return rule(
            "A direct message reaches only whom it names, and it names nobody; begin it with the person's @handle."
                .to_owned(),
        );
    }
    let (length, most) = (counted_length(&draft.text), most_characters(api));
    if length > most {
        return rule(format!(
            "The message has {length} characters as Mastodon counts and {} takes {most}; take {} away.",
            api.server(),
            length - most
        ));
    }
    Ok(visibility)
}

fn names_somebody(text: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ',' | '.'))
        .filter_map(|word| word.strip_prefix('@'))
        .any(|name| name.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[derive(Debug, Serialize, Deserialize)]
struct Limit {
    server: String,
    most: usize,
    at: u64,
}

/// The server's own limit, asked once a day. A server that does not say has the usual one; one that does not answer
/// has the last that it said, and the network has the last word.
fn most_characters(api: &Api<'_>) -> usize {
    const KEY: &str = "limit";
    const FRESH_MS: u64 = 86_400_000;
    let kept: Option<Limit> = api.host.get(KEY).and_then(|json| serde_json::from_slice(&json).ok());
    let kept = kept.filter(|k| k.server == api.server());
    let now = api.host.now_ms();
    if let Some(limit) = kept.as_ref().filter(|k| now.saturating_sub(k.at) < FRESH_MS) {
        return limit.most;
    }
    let usual = kept.map_or(USUAL_LENGTH as usize, |k| k.most);
    let most = match said_limit(api) {
        Ok(said) => said.unwrap_or(usual),
        // Not known today: not kept, so that it is asked again.
        Err(_) => return usual,
    };
    if let Ok(json) = serde_json::to_vec(&Limit {
        server: api.server().to_owned(),
        most,
        at: now,
    }) {
        let _ = api.host.set(KEY, &json);
    }
    most
}

/// What the server says of its limit; none where it answers and does not say.
fn said_limit(api: &Api<'_>) -> Result<Option<usize>, Trouble> {
    for path in ["/api/v2/instance", "/api/v1/instance"] {
        let answer = api.get(path, &[])?;
        match answer.status() {
            200..=299 => {
                let said: Instance = parse(path, answer.bytes())?;
                let most = said
                    .configuration
                    .and_then(|c| c.statuses)
                    .and_then(|s| s.max_characters);
                if let Some(most) = most.or(said.max_toot_chars) {
                    return Ok(Some(most));
                }
            }
            404 | 405 | 410 => {}
            _ => return Err(answer.trouble()),
        }
    }
    Ok(None)
}

#[derive(Deserialize)]
struct Instance {
    #[serde(default)]
    configuration: Option<Configuration>,
    /// Where forks said it before Mastodon did.
    #[serde(default)]
    max_toot_chars: Option<usize>,
}
#[derive(Deserialize)]
struct Configuration {
    #[serde(default)]
    statuses: Option<Statuses>,
}
#[derive(Deserialize)]
struct Statuses {
    #[serde(default)]
    max_characters: Option<usize>,
}

/// Looks through what the account has posted since the draft was asked for.
pub(crate) fn reconcile(host: &dyn Host, settings: &str, draft: &Draft) -> Result<Option<Receipt>, Trouble> {
    let api = Api::new(host, settings)?;
    if let Some(receipt) = sent::receipt(host, &draft.key) {
        return Ok(Some(receipt));
    }
    let me = me::known(&api)?;
    let path = format!("/api/v1/accounts/{}/statuses", me.id);
    let since = draft.asked_at.saturating_sub(SKEW_MS);
    let mut before: Option<String> = None;
    for _ in 0..PAGES {
        let mut pairs = vec![("limit", "40"), ("exclude_reblogs", "true")];
        if let Some(id) = &before {
            pairs.push(("max_id", id));
        }
        let page: Vec<Status> = api.read(&path, &pairs)?;
        for status in &page {
            let created = parse_ms(&status.created_at).unwrap_or(u64::MAX);
            if created >= since && is_this(&api, draft, status)? {
                let receipt = receipt(status);
                sent::remember(host, &draft.key, &receipt);
                return Ok(Some(receipt));
            }
        }
        // Pinned posts do not come in this list, so the last one is the oldest.
        let last = page.last();
        let passed = last.is_none_or(|s| parse_ms(&s.created_at).is_some_and(|at| at < since));
        if passed || last.map(|s| &s.id) == before.as_ref() {
            return Ok(None);
        }
        before = last.map(|s| s.id.clone());
    }
    // Too many posts since to be sure: the host asks again, and does not publish in the meantime.
    Err(Trouble::Later(None))
}

/// Is this status the draft? The same parent, the same readers, the same words.
fn is_this(api: &Api<'_>, draft: &Draft, status: &Status) -> Result<bool, Trouble> {
    // A server forgets the parent when that is deleted.
    let same_parent = status.in_reply_to_id.is_none() || status.in_reply_to_id == draft.parent;
    let answers = draft.parent.is_some() || status.in_reply_to_id.is_none();
    let same_readers = Some(status.visibility.as_str()) == visibility_word(&draft.visibility);
    if !(same_parent && answers && same_readers) || sent::belongs_to_another(api.host, &status.id, &draft.key) {
        return Ok(false);
    }
    if reduced(&text::of(status).text) == reduced(&draft.text) {
        return Ok(true);
    }
    if status.edited_at.is_some() || status.in_reply_to_id != draft.parent {
        return Ok(false);
    }
    // Shown otherwise than typed (a shortened link, an emoji): the server knows what was typed.
    let path = format!("/api/v1/statuses/{}/source", status.id);
    let answer = api.get(&path, &[])?;
    match answer.status() {
        200..=299 => Ok(parse::<Source>(&path, answer.bytes())?.text.trim() == draft.text.trim()),
        404 | 405 | 410 => Ok(false),
        _ => {
            api.good(&answer)?;
            Ok(false)
        }
    }
}
