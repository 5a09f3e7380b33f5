//! What people say on a network, as it enters the log.

use crate::{Millis, RemoteId};
use serde::{Deserialize, Serialize};

/// Who can read a message on its network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// Everybody, and shown in public lists.
    Public,
    /// Everybody who has the address; not shown in public lists.
    Unlisted,
    /// The author's followers.
    Followers,
    /// The people addressed.
    Direct,
    /// The brand's own people.
    Internal,
    /// A case this version does not know, in the network's word.
    Other(String),
}

impl Visibility {
    /// True where strangers can read it. An unknown case counts as public: the cautious reading for what we write.
    pub fn is_public(&self) -> bool {
        matches!(self, Self::Public | Self::Unlisted | Self::Other(_))
    }
}

/// The person or page that wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Author {
    /// The network's own id.
    pub id: String,
    /// The address by which others mention them, without a leading `@`.
    pub handle: String,
    /// The name they show, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Their page on the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_url: Option<String>,
    /// People who would see a public post of theirs; none where the network does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<u64>,
    /// The account says of itself that it is a program.
    #[serde(default)]
    pub automated: bool,
}

impl Author {
    /// The name to show: display name, or the handle where there is none.
    pub fn name(&self) -> &str {
        match &self.display_name {
            Some(name) if !name.trim().is_empty() => name,
            _ => &self.handle,
        }
    }
}

/// A stretch of a text, in bytes from its start, on character borders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// What it is.
    pub mark: Mark,
}

/// What a span of text is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// A link to this address.
    Link(String),
    /// A mention of this handle or id.
    Mention(String),
    /// A hashtag, without the sign.
    Tag(String),
    /// Quoted from somebody else.
    Quote,
    /// Bold.
    Strong,
    /// Italic.
    Emphasis,
    /// Monospaced.
    Code,
    /// Another mark, in the network's word.
    Other(String),
}

/// A file by reference; the bytes stay on the network until somebody asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attachment {
    /// Where the bytes can be had.
    pub url: String,
    /// The type the network states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Size in bytes, where the network states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// What it shows, in the author's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Content {
    /// Who wrote it.
    pub author: Author,
    /// A subject or headline, where the network has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Plain text.
    pub text: String,
    /// Links, mentions and markup in `text`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
    /// Files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// BCP 47, as the network says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The text is behind this warning on the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

/// One thing that happened on the network. `(connection, remote_id, revision)` is unique.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InboundFact {
    /// The network's id of the message.
    pub remote_id: RemoteId,
    /// 0 when posted; grows with each edit. A deletion has none: it ends the message whatever its revision.
    pub revision: u64,
    /// The network's own time.
    pub at: Millis,
    /// The conversation as the network groups it.
    pub thread: String,
    /// What this answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RemoteId>,
    /// Who can read it.
    pub visibility: Visibility,
    /// Published by this connection's own account.
    #[serde(default)]
    pub ours: bool,
    /// The message does not address us; it was fetched to show what was answered.
    #[serde(default)]
    pub context: bool,
    /// Its page on the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What happened.
    pub kind: FactKind,
}

/// What happened to a message on its network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case", tag = "type", content = "content")]
pub enum FactKind {
    /// It was posted, or edited where the revision is above 0.
    Said(Box<Content>),
    /// It was taken away.
    Deleted,
}

/// One opinion of a triage plugin about a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Opinion {
    /// From the plugin's vocabulary: `question`, `complaint`, `spam`.
    pub label: String,
    /// Above zero for, below zero against; further is surer. The host holds the threshold.
    pub margin: f32,
    /// The bytes of the text that weighed most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<(u32, u32)>,
}

/// What triage said of one revision of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Verdict {
    /// The plugin and its version, `keywords@0.1.0`.
    pub by: String,
    /// The revision that was read.
    pub revision: u64,
    /// Empty where the plugin abstained.
    pub opinions: Vec<Opinion>,
    /// Why the host wrote "abstained" for the plugin: it trapped, ran out of time or memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}
