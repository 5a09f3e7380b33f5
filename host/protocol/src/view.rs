//! What the panel shows: a row of the list, and the thread of one conversation.

use crate::{
    AgentId, Author, CommandId, ConnectionId, Content, ConversationId, Millis, RemoteId, Verdict, Visibility, WorkRow,
    WorkView,
};
use serde::{Deserialize, Serialize};

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Work is waiting or under way.
    Open,
    /// Somebody of ours said that it is done. A new message opens it again.
    Resolved,
}

/// A row of the conversation list, as one agent sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Summary {
    /// The conversation.
    pub id: ConversationId,
    /// The line it came in by.
    pub connection: ConnectionId,
    /// The network's name, `mastodon`.
    pub network: String,
    /// Where it stands.
    pub status: Status,
    /// The agent who has it; nobody where none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<AgentId>,
    /// The person: the author of the earliest message that addresses us.
    pub person: Author,
    /// The beginning of the newest message that addresses us, at most 200 characters; empty once deleted.
    pub snippet: String,
    /// Who can read that message.
    pub visibility: Visibility,
    /// Labels that triage is for, surest first.
    pub labels: Vec<String>,
    /// Messages that address us. 0 where a thread is known only by its surroundings or our own posts: it is in no list.
    pub inbound: u32,
    /// Of those, the ones newer than what this agent has seen.
    pub unread: u32,
    /// Replies of ours that the network has, or that are on their way.
    pub replies: u32,
    /// The worst delivery state among our replies, where it needs an eye: failed or unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// Network time of the newest message that addresses us.
    pub last_inbound_at: Millis,
    /// Network time of the earliest message that addresses us and that nobody of ours has answered since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Millis>,
    /// Grows with every event of this conversation; a client keeps the greater one.
    pub version: u64,
    /// Where the work on it stands; none from a server that does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<Box<WorkRow>>,
}

/// One conversation in full.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationView {
    /// Its row in the list.
    pub summary: Summary,
    /// Messages, notes, replies and turns, oldest first.
    pub items: Vec<Item>,
    /// What may be written here.
    pub compose: Compose,
    /// The feed number this view includes: continue from it.
    pub feed: u64,
    /// The work on it in full; none from a server that does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<Box<WorkView>>,
}

/// What the composer may do in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Compose {
    /// The greatest length of one message; none where the network states none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// How the network counts.
    pub counting: Counting,
    /// The visibilities a reply may have, the fitting one first.
    pub visibilities: Vec<Visibility>,
    /// The message a reply answers unless the agent picks another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RemoteId>,
    /// The text a reply begins with so that the person is told: `@ana `. Counted.
    pub prefix: String,
    /// Why nothing can be sent now, in words with the next action; none where all is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
}

/// How a network counts the length of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Counting {
    /// Unicode scalar values.
    Characters,
    /// Mastodon: every link counts as 23 characters; a mention counts without its domain.
    Mastodon,
    /// UTF-8 bytes.
    Bytes,
}

/// One entry of a thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Item {
    /// Unique in the conversation; an item sent again replaces the one before.
    pub key: String,
    /// Where it stands in the thread: network time for what people said, our time for the rest.
    pub at: Millis,
    /// What it is.
    #[serde(flatten)]
    pub kind: ItemKind,
}

/// What an entry of a thread is.
#[expect(
    clippy::large_enum_variant,
    reason = "a thread is mostly messages: boxing them would save nothing"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case", tag = "type")]
pub enum ItemKind {
    /// Said on the network, by the person or by somebody else.
    Message(MessageItem),
    /// A reply of ours, in the state it really is in.
    Reply(ReplyItem),
    /// For our own people. A note can never be published.
    Note(NoteItem),
    /// Something that somebody of ours did: took it, handed it over, resolved it, or that reopened it.
    Turn(TurnItem),
    /// Show this entry no longer: it turned out to be the same as another (the network told of our reply before its receipt came).
    Gone,
}

/// A message on the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageItem {
    /// The network's id.
    pub remote_id: RemoteId,
    /// What it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RemoteId>,
    /// Who can read it.
    pub visibility: Visibility,
    /// By the brand's own account (written outside Jackfield).
    pub ours: bool,
    /// Does not address us; shown for what was answered.
    pub context: bool,
    /// Its page on the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The newest revision; none where the message is known only by its deletion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// How many times it was edited, as far as we saw.
    pub edits: u32,
    /// Taken away on the network. The text stays in the record and is marked.
    pub deleted: bool,
    /// What triage said of the newest revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// A reply of ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplyItem {
    /// The command that asked for it.
    pub command: CommandId,
    /// Who wrote it.
    pub by: AgentId,
    /// The text.
    pub text: String,
    /// Who can read it.
    pub visibility: Visibility,
    /// What it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RemoteId>,
    /// Where it is.
    pub delivery: Delivery,
    /// Taken away on the network after it was sent.
    pub deleted: bool,
    /// Its text was changed on the network after it was sent: the text there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_text: Option<String>,
}

/// Why a reply was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Unsent {
    /// The network no longer takes an answer in this conversation. Final.
    WindowClosed,
    /// The line's credential is no longer good.
    CredentialExpired,
    /// The network said no.
    Refused,
    /// A rule of the network, told before anything was sent.
    Rule,
    /// The network did not take it, often enough.
    NotTaken,
    /// Nobody could find out whether the network has it.
    Unclear,
    /// The line was taken away.
    LineRemoved,
}

/// Where a reply of ours is. "Sent" is said only after the network accepted it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Delivery {
    /// Stored; the network has not been asked yet.
    Queued {
        /// Why it waits and what for, where it is more than its turn.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The network is being asked.
    Sending,
    /// The network has it.
    Sent {
        /// The network's id.
        remote_id: RemoteId,
        /// Its page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// When the network accepted it.
        at: Millis,
    },
    /// It was not sent and will not be without somebody's help.
    Failed {
        /// Why, in words, with the next action.
        reason: String,
        /// The kind of reason, for programs; none where it is of an older version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Unsent>,
    },
    /// The network did not answer; the host is finding out before it tries anything.
    Unknown {
        /// What happened.
        reason: String,
    },
}

/// A note for our own people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoteItem {
    /// Who wrote it.
    pub by: AgentId,
    /// The text.
    pub text: String,
}

/// Something that somebody of ours did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TurnItem {
    /// Who did it; none where a rule did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AgentId>,
    /// What was done.
    pub what: Turn,
}

/// What was done to a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case", tag = "turn")]
pub enum Turn {
    /// An agent took it.
    Taken,
    /// It was handed to somebody, or back to the queue.
    HandedOver {
        /// The new owner; none for the queue.
        to: Option<AgentId>,
        /// In the words of who did it.
        why: String,
    },
    /// Done.
    Resolved,
    /// Opened again by hand or by a new message.
    Reopened,
}
