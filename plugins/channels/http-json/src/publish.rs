//! Publish, and find out afterwards.
//!
//! What is against a rule is refused before anything is sent. After a request was sent, every doubt (no answer, a broken
//! one, a 5xx, a receipt without an id) is `later`: the host then asks [`reconcile`], which looks for the answer where
//! the mapping says, by our key or by text and time. Where the network makes nothing twice for one key, not to be found
//! is not to be there.

use crate::event::{self, Read};
use crate::mapping::choice::{any, first};
use crate::mapping::message::{READERS, Readers};
use crate::mapping::publish::{Meaning, Publish, Reconcile};
use crate::net::{Net, id};
use crate::poll::pages;
use crate::poll::walk_items;
use crate::template::{Insert, Name, Scope, Template, Word};
use crate::text::reduced;
use crate::{account, sent, settings};
use jackfield_sdk::channel::{
    Answer, Draft, Event, Host, HttpFailure, Kind, Receipt, Refusal, Trouble, Visibility, trouble_of,
};
use serde_json::Value;

/// How far the clocks of host and network may be apart.
const SKEW_MS: u64 = 600_000;
/// Pages that are looked through for one answer.
const PAGES: usize = 10;

pub(crate) fn publish(host: &dyn Host, settings: &str, draft: &Draft) -> Result<Receipt, Refusal> {
    let setup = settings::read(settings)?;
    let Some(publish) = &setup.mapping.publish else {
        return Err(Refusal::Rule(format!(
            "This connection only reads {}: its mapping has no [publish] section. Answer there.",
            setup.mapping.name
        )));
    };
    if let Some(receipt) = sent::receipt(host, &draft.key) {
        return Ok(receipt);
    }
    let net = Net::new(host, &setup);
    let word = check(publish, draft)?;
    let mut scope = scope(&net, draft)?;
    scope.set("text", Word::Text(draft.text.clone()));
    scope.set("visibility", Word::Text(word));
    if let Some(language) = &draft.language {
        scope.set("language", Word::Text(language.clone()));
    }
    let (_, request) = net.build("publish", &publish.ask, &scope).map_err(Refusal::Rule)?;
    let answer = match net.send(request) {
        Ok(answer) => answer,
        Err(failure @ (HttpFailure::NotGranted(_) | HttpFailure::Invalid(_))) => {
            return Err(trouble_of(&failure).into());
        }
        // It may have arrived.
        Err(_) => return Err(Trouble::Later(None).into()),
    };
    accepted(&net, publish, &answer)?;
    let root =
        serde_json::from_slice(answer.bytes()).unwrap_or_else(|_| Value::String(answer.text().trim().to_owned()));
    let headers = headers(publish, &answer);
    let mut scope = Scope {
        item: Some(&root),
        headers: &headers,
        ..scope
    };
    // The text is ours, not theirs: an answer is read without it.
    scope.set("text", Word::Text(String::new()));
    if any(&publish.fails, &scope) {
        let why = publish.why.as_ref().and_then(|field| first(field, &scope, 300));
        let why = why.unwrap_or_else(|| "no reason was given".to_owned());
        return Err(Trouble::Refused(format!("{} says no: {why}", setup.mapping.name)).into());
    }
    let Some(remote_id) = id(&publish.receipt.id, &scope) else {
        // It has it and does not say under which id: the host asks where it is.
        return Err(Trouble::Later(None).into());
    };
    let at = publish.receipt.at.as_ref().and_then(|field| first(field, &scope, 64));
    let receipt = Receipt {
        remote_id,
        url: publish
            .receipt
            .url
            .as_ref()
            .and_then(|field| first(field, &scope, 4096)),
        at: at.and_then(|text| publish.receipt.times.read(&text)).unwrap_or(net.now),
    };
    sent::remember(host, &draft.key, &receipt);
    Ok(receipt)
}

/// The headers that the receipt is made of.
fn headers(publish: &Publish, answer: &Answer) -> Vec<(String, String)> {
    let receipt = &publish.receipt;
    let fields = [Some(&receipt.id), receipt.url.as_ref(), receipt.at.as_ref()];
    let inserts = fields.into_iter().flatten().flatten().flat_map(Template::inserts);
    let header = |insert: &Insert| match &insert.name {
        Name::Header(name) => Some((name.clone(), answer.header(name)?.to_owned())),
        _ => None,
    };
    inserts.filter_map(header).collect()
}

/// What a draft gives to templates, in both directions.
fn scope<'a>(net: &Net<'a>, draft: &Draft) -> Result<Scope<'a>, Trouble> {
    let mut scope = net.scope();
    if let Some(me) = account::known(net)? {
        scope.set("account", Word::Text(me.id));
    }
    scope.set("key", Word::Text(draft.key.clone()));
    scope.set("asked-at", Word::Time(draft.asked_at.saturating_sub(SKEW_MS)));
    if let Some(thread) = &draft.thread {
        scope.set("thread", Word::Text(thread.clone()));
    }
    if let Some(parent) = &draft.parent {
        scope.set("parent", Word::Text(parent.clone()));
    }
    Ok(scope)
}

/// Everything that can be known before anything is sent; the network's word for the visibility.
fn check(publish: &Publish, draft: &Draft) -> Result<String, Refusal> {
    let rule = |words: String| Err(Refusal::Rule(words));
    let readers = publish
        .visibility
        .iter()
        .find(|(readers, _)| same(*readers, &draft.visibility));
    let Some((_, word)) = readers else {
        let name = |readers: &Readers| {
            READERS
                .iter()
                .find(|(_, known)| known == readers)
                .map_or("", |(name, _)| *name)
        };
        let known: Vec<_> = publish.visibility.iter().map(|(readers, _)| name(readers)).collect();
        return rule(format!(
            "An answer here can be {} and nothing else; choose that.",
            known.join(" or ")
        ));
    };
    if draft.text.trim().is_empty() {
        return rule("The message is empty; write something.".to_owned());
    }
    if !draft.attachments.is_empty() {
        return rule("This channel cannot send files; take the attachment off and send the text.".to_owned());
    }
    let length = u64::try_from(draft.text.chars().count()).unwrap_or(u64::MAX);
    if let Some(most) = publish.max_length.filter(|most| length > *most) {
        return rule(format!(
            "The message has {length} characters and {most} are allowed; take {} away.",
            length - most
        ));
    }
    Ok(word.clone())
}

fn same(readers: Readers, visibility: &Visibility) -> bool {
    event::visibility(readers) == *visibility
}

/// A status that means that the network has it, or what it means instead.
fn accepted(net: &Net<'_>, publish: &Publish, answer: &Answer) -> Result<(), Refusal> {
    let status = answer.status();
    let meaning = publish
        .statuses
        .iter()
        .find(|(known, _)| *known == status)
        .map(|(_, meaning)| *meaning);
    let name = &net.setup.mapping.name;
    match meaning {
        Some(Meaning::Accepted) => Ok(()),
        Some(Meaning::Later) => Err(Trouble::Later(answer.retry_after_ms()).into()),
        Some(Meaning::Credential) => Err(Trouble::Credential(format!(
            "{name} does not accept the credential ({status}: {}).",
            answer.words()
        ))
        .into()),
        Some(Meaning::WindowClosed) => Err(Refusal::WindowClosed),
        Some(Meaning::Rule) => Err(Refusal::Rule(format!("{name}: {}", answer.words()))),
        Some(Meaning::Refused) => {
            Err(Trouble::Refused(format!("{name} says no ({status}): {}", answer.words())).into())
        }
        None if (200..300).contains(&status) => Ok(()),
        // Where a redirect leads, an answer would have been sent again.
        None if (300..400).contains(&status) => Err(Trouble::Later(None).into()),
        None if matches!(status, 404 | 410) => Err(Trouble::Refused(format!(
            "What it answers is no longer at {name} ({status}: {}).",
            answer.words()
        ))
        .into()),
        None => Err(net.trouble(answer).into()),
    }
}

pub(crate) fn reconcile(host: &dyn Host, settings: &str, draft: &Draft) -> Result<Option<Receipt>, Trouble> {
    let setup = settings::read(settings)?;
    if let Some(receipt) = sent::receipt(host, &draft.key) {
        return Ok(Some(receipt));
    }
    let idempotent = setup.mapping.publish.as_ref().is_some_and(|publish| publish.idempotent);
    let net = Net::new(host, &setup);
    let Some(reconcile) = &setup.mapping.reconcile else {
        // A second try carries the same key, and the network makes nothing twice for it. Without that promise nobody
        // can know: the mapping was refused, and an answer in doubt stays in doubt.
        return if idempotent || setup.mapping.publish.is_none() {
            Ok(None)
        } else {
            Err(Trouble::Later(None))
        };
    };
    let found = look(&net, reconcile, draft)?;
    if let Some(receipt) = &found {
        sent::remember(host, &draft.key, receipt);
    }
    Ok(found)
}

/// Asks as after a lost receipt, for the conversation of a message that is known: whether the address answers and its
/// items can be read. Changes nothing. In words, what it found; none without `[reconcile]`.
pub(crate) fn probe(net: &Net<'_>, event: &Event) -> Option<Result<String, Trouble>> {
    let reconcile = net.setup.mapping.reconcile.as_ref()?;
    let draft = Draft {
        key: "jackfield-looks".to_owned(),
        thread: Some(event.thread.clone()),
        parent: Some(event.remote_id.clone()),
        visibility: event.visibility.clone(),
        text: String::new(),
        language: None,
        asked_at: event.at,
        attachments: Vec::new(),
    };
    Some(probed(net, reconcile, &draft))
}

fn probed(net: &Net<'_>, reconcile: &Reconcile, draft: &Draft) -> Result<String, Trouble> {
    let mut scope = scope(net, draft)?;
    if let Some(paging) = &reconcile.paging {
        scope.set("page", Word::Text(pages::first(paging)));
    }
    let (url, request) = net
        .build("reconcile", &reconcile.ask, &scope)
        .map_err(Trouble::Refused)?;
    let (_, root) = net.ask(&url, request).map_err(|trouble| at(&url, trouble))?;
    let items = walk_items("reconcile", &reconcile.items, &root, &url)?;
    let Some(message) = net.setup.mapping.message(&reconcile.message) else {
        return Ok("`reconcile` reads no message".to_owned());
    };
    scope.root = Some(&root);
    let (mut good, mut first_fault) = (0, None);
    for item in &items {
        scope.item = Some(item);
        match event::read(message, &scope) {
            Read::Unreadable(_, why) => drop(first_fault.get_or_insert(why)),
            Read::Event(_) | Read::Skipped(_) => good += 1,
        }
    }
    match first_fault {
        Some(why) if good == 0 => Err(Trouble::Unexpected(format!(
            "`reconcile` at {url}: none of the {} items can be read. {why}. An answer whose receipt is lost would not be found there.",
            items.len()
        ))),
        Some(why) => Ok(format!(
            "`reconcile` answers; {good} of {} items can be read ({why})",
            items.len()
        )),
        None => Ok(format!("`reconcile` answers with {} items", items.len())),
    }
}

/// The same trouble of `[reconcile]`, with its address: what broke is not the polls.
fn at(url: &str, trouble: Trouble) -> Trouble {
    let with = |words: String| format!("`reconcile` at {url}: {words}");
    match trouble {
        Trouble::Refused(words) => Trouble::Refused(with(words)),
        Trouble::Unexpected(words) if !words.contains(url) => Trouble::Unexpected(with(words)),
        other => other,
    }
}

fn look(net: &Net<'_>, reconcile: &Reconcile, draft: &Draft) -> Result<Option<Receipt>, Trouble> {
    let Some(message) = net.setup.mapping.message(&reconcile.message) else {
        return Ok(None);
    };
    let mut scope = scope(net, draft)?;
    let mut page: Option<String> = None;
    for _ in 0..PAGES {
        let address = page
            .as_ref()
            .filter(|_| reconcile.paging.as_ref().is_some_and(pages::is_address));
        let (url, request) = match address {
            Some(url) => (url.clone(), net.follow(&reconcile.ask, url, &scope)),
            None => {
                if let Some(paging) = &reconcile.paging {
                    scope.set("page", Word::Text(page.clone().unwrap_or_else(|| pages::first(paging))));
                }
                net.build("reconcile", &reconcile.ask, &scope)
                    .map_err(Trouble::Refused)?
            }
        };
        let (answer, root) = net.ask(&url, request).map_err(|trouble| at(&url, trouble))?;
        let items = walk_items("reconcile", &reconcile.items, &root, &url)?;
        for item in &items {
            let inner = Scope {
                item: Some(item),
                root: Some(&root),
                ..scope.clone()
            };
            let Read::Event(event) = event::read(message, &inner) else {
                continue;
            };
            let theirs = reconcile.key.as_ref().map(|field| id(field, &inner));
            let is_this = match theirs {
                Some(key) => key.as_deref() == Some(draft.key.as_str()),
                None => by_words(net, draft, &event, !message.ours.is_empty()),
            };
            if is_this {
                return Ok(Some(Receipt {
                    remote_id: event.remote_id,
                    url: event.url,
                    at: event.at,
                }));
            }
        }
        let Some(paging) = &reconcile.paging else {
            return Ok(None);
        };
        match pages::next(paging, page.as_deref(), &url, &answer, &root, items.len())? {
            Some(next) => page = Some(next),
            None => return Ok(None),
        }
    }
    // Too much to be sure: the host asks again, and does not publish in the meantime.
    Err(Trouble::Later(None))
}

/// Is this the draft? The same thread or below the same message, the same words, not before it was asked for, ours where the mapping can tell, and
/// not what another draft became.
fn by_words(net: &Net<'_>, draft: &Draft, event: &Event, can_tell: bool) -> bool {
    let Kind::Said(content) = &event.kind else { return false };
    // The message it answers is in one thread only.
    let below = draft.parent.is_some() && event.parent == draft.parent;
    let in_thread = below || draft.thread.as_ref().is_none_or(|thread| *thread == event.thread);
    let in_time = event.at >= draft.asked_at.saturating_sub(SKEW_MS);
    let (theirs, own) = (reduced(&content.text), reduced(&draft.text));
    let words = if own.is_empty() {
        content.text.trim() == draft.text.trim()
    } else {
        theirs == own
    };
    in_thread
        && in_time
        && words
        && (event.ours || !can_tell)
        && !sent::belongs_to_another(net.host, &event.remote_id, &draft.key)
}
