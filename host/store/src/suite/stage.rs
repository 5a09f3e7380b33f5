//! What the claims need: people who write, agents who answer, and a way to say what went wrong.

use crate::{Append, Commit, Committed, Filter, Store};
use jackfield_desk::{Command, Place, Rules, conversation_id, decide};
use jackfield_protocol::{
    Author, Command as Wish, CommandRequest, Content, ConversationId, FactKind, InboundFact, Millis, Opinion, Verdict,
    Visibility,
};
use std::sync::Arc;

/// Holds, or why not.
pub(super) type Outcome = Result<(), String>;

/// `ensure!(found == expected, "...")`.
macro_rules! ensure {
    ($holds:expr, $($said:tt)+) => {
        if !$holds {
            return Err(format!($($said)+));
        }
    };
}
pub(super) use ensure;

/// Any error as a sentence.
pub(super) fn told(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

pub(super) fn place(brand: &str, thread: &str) -> Place {
    Place {
        workspace: "demo".into(),
        brand: brand.into(),
        connection: format!("line-{brand}").into(),
        network: "mastodon".to_owned(),
        thread: thread.to_owned(),
    }
}

pub(super) fn id(place: &Place) -> ConversationId {
    conversation_id(&place.connection, &place.thread)
}

/// Something that Ana says to us in public.
pub fn said(thread: &str, remote: &str, at: Millis, text: &str) -> InboundFact {
    let author = Author {
        id: "1".to_owned(),
        handle: "ana@example.org".to_owned(),
        display_name: Some("Ana".to_owned()),
        profile_url: None,
        reach: None,
        automated: false,
    };
    let content = Content {
        author,
        title: None,
        text: text.to_owned(),
        spans: Vec::new(),
        attachments: Vec::new(),
        language: None,
        warning: None,
    };
    InboundFact {
        remote_id: remote.into(),
        revision: 0,
        at,
        thread: thread.to_owned(),
        parent: None,
        visibility: Visibility::Public,
        ours: false,
        context: false,
        url: None,
        kind: FactKind::Said(Box::new(content)),
    }
}

pub(super) fn edited(fact: &InboundFact, revision: u64, text: &str) -> InboundFact {
    let mut edited = said(&fact.thread, fact.remote_id.as_str(), fact.at + 1, text);
    edited.revision = revision;
    edited
}

pub(super) fn deleted(fact: &InboundFact) -> InboundFact {
    InboundFact {
        kind: FactKind::Deleted,
        ..fact.clone()
    }
}

/// Decides on the newest state and commits.
pub(super) async fn act(
    store: &Arc<dyn Store>,
    conversation: &ConversationId,
    command: Command,
    now: Millis,
) -> Result<Vec<Committed>, String> {
    let state = store.load(conversation).await.map_err(told)?;
    let events = decide(state.as_deref(), command, &Rules::free(), now).map_err(told)?;
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let expected = state.map_or(0, |state| state.version);
    let append = Append {
        conversation: conversation.clone(),
        expected,
        events,
    };
    store
        .commit(Commit {
            now,
            appends: vec![append],
            progress: None,
        })
        .await
        .map_err(told)
}

/// Ana's words arrive.
pub(super) async fn hear(
    store: &Arc<dyn Store>,
    place: &Place,
    facts: Vec<InboundFact>,
    now: Millis,
) -> Result<Vec<Committed>, String> {
    act(
        store,
        &id(place),
        Command::Ingest {
            place: place.clone(),
            facts,
        },
        now,
    )
    .await
}

/// An agent wants something.
pub(super) async fn wish(
    store: &Arc<dyn Store>,
    place: &Place,
    by: &str,
    name: &str,
    wish: Wish,
    now: Millis,
) -> Result<Vec<Committed>, String> {
    let request = CommandRequest {
        id: name.into(),
        command: wish,
    };
    act(store, &id(place), Command::Agent { by: by.into(), request }, now).await
}

/// An agent answers the newest message.
pub(super) async fn answer(
    store: &Arc<dyn Store>,
    place: &Place,
    by: &str,
    name: &str,
    text: &str,
    now: Millis,
) -> Result<Vec<Committed>, String> {
    let reply = Wish::Reply {
        text: text.to_owned(),
        visibility: Visibility::Public,
        parent: None,
    };
    wish(store, place, by, name, reply, now).await
}

/// The network takes a queued reply.
pub(super) async fn publish(
    store: &Arc<dyn Store>,
    place: &Place,
    name: &str,
    remote: &str,
    at: Millis,
) -> Result<(), String> {
    act(store, &id(place), Command::Sending { reply: name.into() }, at).await?;
    let sent = Command::Sent {
        reply: name.into(),
        remote_id: remote.into(),
        url: None,
        at,
    };
    act(store, &id(place), sent, at).await.map(drop)
}

pub(super) fn verdict(revision: u64) -> Verdict {
    let opinion = Opinion {
        label: "question".to_owned(),
        margin: 1.5,
        because: Some((0, 2)),
    };
    Verdict {
        by: "keywords@0.1.0".to_owned(),
        revision,
        opinions: vec![opinion],
        trouble: None,
    }
}

/// Everything of a brand.
pub(super) fn all(brand: &str) -> Filter {
    Filter {
        workspace: "demo".into(),
        brand: brand.into(),
        status: None,
        owner: None,
        handles: Vec::new(),
        words: None,
        after: None,
        limit: 50,
    }
}

/// The threads of a page, in order.
pub(super) async fn threads(store: &Arc<dyn Store>, filter: Filter) -> Result<Vec<String>, String> {
    let page = store.list(filter).await.map_err(told)?;
    Ok(page.items.iter().map(|(_, state)| state.place.thread.clone()).collect())
}
