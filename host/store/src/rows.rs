//! What the projections of a conversation are, as a pure function of its state. Writing after a commit and rebuilding
//! from the log use this one function; that they agree is therefore a matter of the log alone.

use jackfield_desk::{Conversation, ReplyState, view, work};
use jackfield_protocol::Status;
use std::collections::{BTreeMap, BTreeSet};

/// Every row that a conversation has in the projections.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Rows {
    /// Its row in the list; none before its first event.
    pub(crate) row: Option<Row>,
    /// Handles of people who address us.
    pub(crate) handles: BTreeSet<String>,
    /// `(remote id, deletion, revision)` of everything a network told. A deletion has revision 0.
    pub(crate) messages: BTreeSet<(String, bool, u64)>,
    /// Replies whose end is open, by command.
    pub(crate) outbox: BTreeMap<String, Outgoing>,
    /// Messages to be judged: revision and network time, by remote id.
    pub(crate) untriaged: BTreeMap<String, (u64, i64)>,
    /// Texts to be found: text and time, by the key of their entry in the thread.
    pub(crate) texts: BTreeMap<String, (String, i64)>,
}

/// The list row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) workspace: String,
    pub(crate) brand: String,
    pub(crate) connection: String,
    pub(crate) version: u64,
    pub(crate) listed: bool,
    pub(crate) resolved: bool,
    pub(crate) owner: Option<String>,
    /// Ascending order of the list: see [`rank`].
    pub(crate) rank: i64,
    /// When something happens in it by itself.
    pub(crate) due: Option<i64>,
}

/// A reply in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outgoing {
    /// `queued`, `sending` or `unknown`.
    pub(crate) state: &'static str,
    pub(crate) due: i64,
    pub(crate) asked: i64,
    /// Its place among those of the same moment.
    pub(crate) seq: i64,
    pub(crate) attempts: u32,
}

/// All rows of a conversation.
pub(crate) fn rows(state: &Conversation) -> Rows {
    if state.version == 0 {
        return Rows::default();
    }
    let row = Row {
        workspace: state.place.workspace.0.clone(),
        brand: state.place.brand.0.clone(),
        connection: state.place.connection.0.clone(),
        version: state.version,
        listed: state.is_listed(),
        resolved: state.status == Status::Resolved,
        owner: state.owner.as_ref().map(|owner| owner.0.clone()),
        rank: rank(state),
        due: work::wake_at(state),
    };
    let messages = state.messages.iter().flat_map(|(id, message)| {
        let deletion = message.deleted.iter().map(|_| (id.0.clone(), true, 0));
        message
            .revisions
            .iter()
            .map(|revision| (id.0.clone(), false, *revision))
            .chain(deletion)
    });
    let untriaged = state.untriaged().into_iter().filter_map(|(id, revision)| {
        state
            .messages
            .get(id)
            .map(|message| (id.0.clone(), (revision, message.posted_at)))
    });
    Rows {
        row: Some(row),
        handles: view::handles(state),
        messages: messages.collect(),
        outbox: outbox(state),
        untriaged: untriaged.collect(),
        texts: texts(state),
    }
}

/// Who waits comes first, the longest first; then who waits for nobody, the newest message first.
fn rank(state: &Conversation) -> i64 {
    /// Far above every time in milliseconds that a clock shows, and far below the end of the numbers.
    const NOBODY_WAITS: i64 = 1 << 60;
    if let Some((_, message)) = state.waiting().first() {
        return message.posted_at.clamp(-NOBODY_WAITS / 4, NOBODY_WAITS / 4);
    }
    let newest = state.addressed().last().map_or(0, |(_, message)| message.posted_at);
    NOBODY_WAITS - newest.clamp(-NOBODY_WAITS / 4, NOBODY_WAITS / 4)
}

fn outbox(state: &Conversation) -> BTreeMap<String, Outgoing> {
    let open = state.replies.iter().filter_map(|(command, reply)| {
        let (name, due) = match &reply.state {
            ReplyState::Queued { not_before, .. } => ("queued", *not_before),
            ReplyState::Sending => ("sending", reply.asked_at),
            ReplyState::Unknown { .. } => ("unknown", reply.asked_at),
            ReplyState::Held | ReplyState::Sent { .. } | ReplyState::Failed { .. } => return None,
        };
        Some((
            command.0.clone(),
            Outgoing {
                state: name,
                due,
                asked: reply.asked_at,
                seq: i64::try_from(reply.asked_seq).unwrap_or(i64::MAX),
                attempts: reply.attempts,
            },
        ))
    });
    open.collect()
}

/// What was taken away on the network is not offered any more; a reply and the network's word about it are one.
fn texts(state: &Conversation) -> BTreeMap<String, (String, i64)> {
    use jackfield_protocol::ItemKind;
    let found = view::items(state).into_iter().filter_map(|item| {
        let text = match item.kind {
            ItemKind::Message(message) if !message.deleted => {
                let content = message.content?;
                match content.title {
                    Some(title) if !title.trim().is_empty() => format!("{title}\n{}", content.text),
                    _ => content.text,
                }
            }
            ItemKind::Reply(reply) if !reply.deleted => reply.edited_text.unwrap_or(reply.text),
            ItemKind::Note(note) => note.text,
            _ => return None,
        };
        (!text.trim().is_empty()).then_some((item.key, (text, item.at)))
    });
    found.collect()
}
