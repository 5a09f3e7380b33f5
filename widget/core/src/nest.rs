//! How entries of a thread stand under one another: who answers whom, drawn at most two steps in.

use crate::thread::Entry;
use jackfield_protocol::{ItemKind, RemoteId};

/// A panel of 280 pixels has room for two steps and no more.
const DEEPEST: u8 = 2;

/// Where an entry stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Nested {
    /// Steps in.
    pub depth: u8,
    /// Whom it answers, where that is not the entry just above.
    pub answers: Option<String>,
}

/// Where each entry stands. What is ours and not on the network (notes, turns) stands one step in, as part of the talk.
pub fn nest(entries: &[Entry]) -> Vec<Nested> {
    let mut known: Vec<(RemoteId, u8, String)> = Vec::new();
    let mut above: Option<RemoteId> = None;
    let mut out = Vec::with_capacity(entries.len());
    for entry in entries {
        let (id, parent, name) = match &entry.item.kind {
            ItemKind::Message(message) => {
                let name = message
                    .content
                    .as_ref()
                    .map_or_else(String::new, |c| c.author.name().to_owned());
                (Some(message.remote_id.clone()), message.parent.as_ref(), name)
            }
            ItemKind::Reply(reply) => (sent_id(reply), reply.parent.as_ref(), reply.by.to_string()),
            ItemKind::Note(_) | ItemKind::Turn(_) | ItemKind::Gone => {
                out.push(Nested {
                    depth: u8::from(!known.is_empty()),
                    answers: None,
                });
                continue;
            }
        };
        let mother = parent.and_then(|parent| known.iter().find(|(id, ..)| id == parent));
        let depth = mother.map_or(0, |(_, depth, _)| depth.saturating_add(1).min(DEEPEST));
        let far = above.as_ref() != parent;
        let answers = mother
            .filter(|(.., name)| far && !name.is_empty())
            .map(|(.., name)| name.clone());
        out.push(Nested { depth, answers });
        if let Some(id) = id {
            above = Some(id.clone());
            known.push((id, depth, name));
        }
    }
    out
}

fn sent_id(reply: &jackfield_protocol::ReplyItem) -> Option<RemoteId> {
    match &reply.delivery {
        jackfield_protocol::Delivery::Sent { remote_id, .. } => Some(remote_id.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::message;
    use std::sync::Arc;

    #[test]
    fn a_chain_steps_in_twice_and_a_far_answer_names_whom() {
        let tree = [
            ("a", None),
            ("b", Some("a")),
            ("c", Some("b")),
            ("d", Some("c")),
            ("e", Some("a")),
            ("f", Some("gone")),
        ];
        let entries: Vec<Entry> = tree
            .iter()
            .enumerate()
            .map(|(at, &(id, parent))| Entry {
                item: Arc::new(message(id, parent, at as i64, "x")),
                rev: 0,
            })
            .collect();
        let got: Vec<_> = nest(&entries).into_iter().map(|n| (n.depth, n.answers)).collect();
        let named = |name: &str| Some(name.to_owned());
        assert_eq!(
            got,
            [
                (0, None),
                (1, None),
                (2, None),
                (2, None),
                (1, named("Name a")),
                (0, None)
            ]
        );
    }
}
