//! The row of a conversation in a list, as one agent sees it.

use crate::{Conversation, Message, ReplyState};
use jackfield_protocol::{AgentId, Author, ConversationId, Summary, Visibility};
use std::collections::{BTreeMap, BTreeSet};

/// A snippet is one or two lines of a list.
const SNIPPET: usize = 200;

/// The row of a conversation.
pub fn summary(state: &Conversation, id: &ConversationId, viewer: &AgentId) -> Summary {
    let addressed = state.addressed();
    let newest = addressed.last().map(|(_, m)| *m).or_else(|| newest_of_all(state));
    Summary {
        id: id.clone(),
        connection: state.place.connection.clone(),
        network: state.place.network.clone(),
        status: state.status,
        owner: state.owner.clone(),
        person: person(state),
        snippet: newest.map(snippet).unwrap_or_default(),
        visibility: newest
            .and_then(Message::visibility)
            .cloned()
            .unwrap_or(Visibility::Public),
        labels: labels(state),
        inbound: small(addressed.len()),
        unread: small(state.unread(viewer)),
        replies: small(replies(state)),
        trouble: trouble(state),
        last_inbound_at: newest.map_or(0, |m| m.posted_at),
        waiting_since: state.waiting().first().map(|(_, m)| m.posted_at),
        version: state.version,
        work: Some(Box::new(super::work_row(state))),
    }
}

/// Handles of the people who address us, lower case: by these a page's customer is found.
pub fn handles(state: &Conversation) -> BTreeSet<String> {
    state
        .addressed()
        .into_iter()
        .filter_map(|(_, m)| m.newest.as_ref())
        .map(|said| said.content.author.handle.trim_start_matches('@').to_lowercase())
        .filter(|handle| !handle.is_empty())
        .collect()
}

/// The author of the earliest message that addresses us; where none does, of the earliest message there is.
fn person(state: &Conversation) -> Author {
    let mut said: Vec<_> = state
        .messages
        .iter()
        .filter_map(|(id, m)| m.newest.as_ref().map(|s| (m, id, s)))
        .collect();
    said.sort_by_key(|(m, id, _)| (!m.addressed, m.ours, m.posted_at, *id));
    said.first().map_or_else(
        || Author {
            id: String::new(),
            handle: String::new(),
            display_name: None,
            profile_url: None,
            reach: None,
            automated: false,
        },
        |(_, _, said)| said.content.author.clone(),
    )
}

fn newest_of_all(state: &Conversation) -> Option<&Message> {
    state
        .messages
        .iter()
        .max_by_key(|(id, m)| (m.posted_at, *id))
        .map(|(_, m)| m)
}

fn snippet(message: &Message) -> String {
    match (&message.newest, &message.deleted) {
        (Some(said), None) => {
            let words = said.content.text.split_whitespace();
            let line = words.fold(String::new(), |mut line, word| {
                if line.len() < SNIPPET * 4 {
                    if !line.is_empty() {
                        line.push(' ');
                    }
                    line.push_str(word);
                }
                line
            });
            line.chars().take(SNIPPET).collect()
        }
        _ => String::new(),
    }
}

/// What triage is for, over everything that waits (over the newest message where nothing does), surest first.
fn labels(state: &Conversation) -> Vec<String> {
    let waiting = state.waiting();
    let newest = || state.addressed().into_iter().rev().find(|(_, m)| m.deleted.is_none());
    let asked: Vec<_> = if waiting.is_empty() {
        newest().into_iter().collect()
    } else {
        waiting
    };
    let mut surest: BTreeMap<&str, f32> = BTreeMap::new();
    for (_, message) in asked {
        let revision = message.newest.as_ref().map(|said| said.revision);
        let verdicts = message.verdicts.values().filter(|v| Some(v.revision) == revision);
        for opinion in verdicts.flat_map(|v| &v.opinions).filter(|o| o.margin > 0.0) {
            let margin = surest.entry(&opinion.label).or_insert(opinion.margin);
            *margin = margin.max(opinion.margin);
        }
    }
    let mut labels: Vec<_> = surest.into_iter().collect();
    labels.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    labels.into_iter().map(|(label, _)| label.to_owned()).collect()
}

/// Replies of ours that the network has or that are on their way, and answers of our account by other means.
fn replies(state: &Conversation) -> usize {
    let known: BTreeSet<_> = state.replies.values().filter_map(|r| r.remote_id()).collect();
    let own = state
        .replies
        .values()
        .filter(|r| !matches!(r.state, ReplyState::Failed { .. }))
        .count();
    let answers = |m: &Message| m.answering().is_some_and(|said| said.parent.is_some());
    own + state
        .messages
        .iter()
        .filter(|(id, m)| answers(m) && !known.contains(id))
        .count()
}

fn trouble(state: &Conversation) -> Option<String> {
    let any = |test: fn(&ReplyState) -> bool| state.replies.values().any(|r| test(&r.state));
    if any(|s| matches!(s, ReplyState::Failed { .. })) {
        Some("failed".to_owned())
    } else if any(|s| matches!(s, ReplyState::Unknown { .. })) {
        Some("unknown".to_owned())
    } else {
        None
    }
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
