//! What may be written in a conversation. The composer and the rules of `decide` read the same functions.

use crate::{Conversation, LineRules};
use jackfield_protocol::{Compose, Millis, RemoteId, Visibility};

/// What the composer may do now.
pub fn compose(state: &Conversation, line: &LineRules, now: Millis) -> Compose {
    let parent = state.default_parent();
    let visibilities = parent
        .and_then(|id| state.messages.get(id)?.visibility())
        .map(|asked| {
            // The fitting one first: as the person wrote.
            let rest = [
                Visibility::Public,
                Visibility::Unlisted,
                Visibility::Followers,
                Visibility::Direct,
            ];
            let mut all = vec![asked.clone()];
            all.extend(rest.into_iter().filter(|v| v != asked));
            all.retain(|v| may_answer(asked, v) && can_publish(v, line));
            all
        })
        .unwrap_or_default();
    let closed = line.closed.clone().or_else(|| match line.reply_window_ms {
        Some(window) if window_is_over(state, window, now) => Some(
            crate::Refusal::WindowClosed {
                hours: window / 3_600_000,
            }
            .to_string(),
        ),
        _ if parent.is_none() => Some(crate::Refusal::NothingToAnswer.to_string()),
        _ if visibilities.is_empty() => {
            Some("This channel cannot answer a message of this visibility: reach the person another way.".to_owned())
        }
        _ => None,
    });
    Compose {
        max_length: line.max_length,
        counting: line.counting,
        visibilities,
        parent: parent.cloned(),
        prefix: prefix(state, parent, line),
        closed,
    }
}

/// The text a reply to this message begins with so that its author is told: `@ana `, or nothing.
pub fn prefix(state: &Conversation, parent: Option<&RemoteId>, line: &LineRules) -> String {
    let author = parent
        .and_then(|id| state.messages.get(id))
        .filter(|m| !m.ours)
        .and_then(|m| m.newest.as_ref());
    match author {
        Some(said) if line.mention && !said.content.author.handle.is_empty() => {
            format!("@{} ", said.content.author.handle)
        }
        _ => String::new(),
    }
}

/// An answer may be narrower than what it answers, never wider. An unknown case counts as public.
pub fn may_answer(parent: &Visibility, wanted: &Visibility) -> bool {
    let width = |visibility: &Visibility| match visibility {
        Visibility::Internal => 0,
        Visibility::Direct => 1,
        Visibility::Followers => 2,
        Visibility::Unlisted => 3,
        Visibility::Public | Visibility::Other(_) => 4,
    };
    *wanted != Visibility::Internal && width(wanted) <= width(parent)
}

/// The channel has answers of this kind.
pub fn can_publish(wanted: &Visibility, line: &LineRules) -> bool {
    if line.refuses.contains(wanted) {
        return false;
    }
    match wanted {
        Visibility::Public | Visibility::Unlisted | Visibility::Other(_) => line.reply_public,
        Visibility::Followers | Visibility::Direct => line.reply_private,
        Visibility::Internal => false,
    }
}

/// The person's last message is longer ago than the network takes answers for.
pub fn window_is_over(state: &Conversation, window_ms: u64, now: Millis) -> bool {
    let last = state.addressed().last().map(|(_, m)| m.posted_at);
    last.is_some_and(|at| now.saturating_sub(at) > i64::try_from(window_ms).unwrap_or(i64::MAX))
}
