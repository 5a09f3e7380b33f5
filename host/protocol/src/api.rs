//! Requests and answers of the HTTP API.

use crate::{
    AgentId, BrandId, Cause, CommandId, ConnectionId, ConversationId, Health, Millis, RemoteId, Summary, Visibility,
    WorkspaceId,
};
use serde::{Deserialize, Serialize};

/// Who is asking, as the server understood the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// The agent.
    pub agent: AgentId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The brand.
    pub brand: BrandId,
    /// When the token ends.
    pub expires_at: Millis,
    /// The lines of this brand.
    pub connections: Vec<ConnectionView>,
}

/// The state of a line to a network, as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConnectionView {
    /// The line.
    pub id: ConnectionId,
    /// The network's name.
    pub network: String,
    /// What the operator calls it.
    pub name: String,
    /// How it is.
    pub health: Health,
    /// What happened and what to do, in words; empty where healthy.
    pub action: String,
    /// Why it is not healthy; none where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Since when it is so, for this cause.
    #[serde(default)]
    pub since: Millis,
    /// When it is tried again; none where healthy, and where nothing is tried until somebody acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_try: Option<Millis>,
}

/// A page of the conversation list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationPage {
    /// Rows, the longest waiting first; resolved ones by their newest message.
    pub items: Vec<Summary>,
    /// Pass as `after` for the next page; none on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// All rows that match, on every page.
    pub total: u64,
    /// The feed number this page includes.
    pub feed: u64,
}

/// Which conversations to list; query parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct ConversationQuery {
    /// `open` (the default), `resolved` or `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `me`, `nobody` or an agent's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Handles of one person, separated by commas, without `@`: what `panel.context` names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handles: Option<String>,
    /// Words to search for in the texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Rows on a page, 1 to 200; 50 unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// A command to a conversation. `id` makes it safe to send twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CommandRequest {
    /// Made by the client, 1 to 64 of `A-Z a-z 0-9 - _`.
    pub id: CommandId,
    /// What to do.
    pub command: Command,
}

/// What an agent may do to a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case", tag = "do", deny_unknown_fields)]
pub enum Command {
    /// Make it mine. Refused while somebody else has it: they hand it over.
    Take,
    /// Give it to somebody, or back to the queue.
    HandOver {
        /// The new owner; none for the queue.
        to: Option<AgentId>,
        /// For who gets it; may be empty.
        why: String,
    },
    /// Write for our own people.
    Note {
        /// 1 to 10 000 characters.
        text: String,
    },
    /// Write to the person. It takes an unowned conversation.
    Reply {
        /// The text, with everything the network will show.
        text: String,
        /// Who will be able to read it.
        visibility: Visibility,
        /// What it answers; the newest message of the person unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<RemoteId>,
    },
    /// Try a failed reply again, as it is.
    Retry {
        /// The command that asked for the reply.
        reply: CommandId,
    },
    /// It is done.
    Resolve,
    /// It is not done after all.
    Reopen,
    /// I have seen everything up to this version.
    Seen {
        /// `version` of the summary I had before me.
        version: u64,
    },
}

/// Why something was not done. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// For programs, from a closed list, `reply-too-long`.
    pub code: String,
    /// For people: what is wrong and what to do.
    pub message: String,
    /// The part of the request it is about, `command.text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// What a command did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CommandDone {
    /// The conversation.
    pub conversation: ConversationId,
    /// Its row now.
    pub summary: Summary,
    /// The entries that are new or different.
    pub items: Vec<crate::Item>,
}

/// A message found by its words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hit {
    /// The conversation it is in.
    pub conversation: ConversationId,
    /// The entry of the thread, as in [`crate::Item::key`].
    pub key: String,
    /// A stretch of the text around the first word found.
    pub excerpt: String,
    /// Its time.
    pub at: Millis,
}

/// A line to a network, as the operator sets it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionRecord {
    /// The line.
    pub id: ConnectionId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// Whose it is.
    pub brand: BrandId,
    /// The plugin's name, `mastodon`.
    pub plugin: String,
    /// What the operator calls it.
    pub name: String,
    /// JSON by the plugin's own schema; no secrets.
    pub settings: String,
    /// Hosts this connection may talk to, in the egress grammar.
    pub hosts: Vec<String>,
    /// Secrets by name: where the value is (`file:PATH` or `env:NAME`) and the hosts it may go to.
    pub secrets: Vec<SecretRecord>,
    /// The operator stopped it for now: nothing is polled, nothing is published.
    #[serde(default)]
    pub paused: bool,
    /// When the operator last touched it; a new value makes a running host connect anew, out of quarantine too.
    #[serde(default)]
    pub touched_at: Millis,
    /// The operator takes the line away: it makes no more calls, the replies on their way end as failed, and then the
    /// record goes.
    #[serde(default)]
    pub closing: bool,
}

/// A secret by reference: never the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRecord {
    /// The name the plugin uses.
    pub name: String,
    /// `file:PATH` or `env:NAME`.
    pub source: String,
    /// Hosts it may be sent to, in the egress grammar.
    pub hosts: Vec<String>,
}
