//! The live feed: numbered, per brand. A client that sees a gap asks for everything again.

use crate::{ConversationId, FeedNumber, Item, Summary};
use serde::{Deserialize, Serialize};

/// One entry of the live feed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedEntry {
    /// Consecutive within the brand. It is also the SSE event id.
    pub n: FeedNumber,
    /// The conversation that changed.
    pub conversation: ConversationId,
    /// Its row now.
    pub summary: Summary,
    /// The entries of its thread that are new or different; replace by key.
    pub items: Vec<Item>,
}

/// What the feed sends, one per SSE event; the event's name is the tag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case", tag = "type")]
pub enum FeedMessage {
    /// Sent first: the last number there is, so that a client knows whether it is behind.
    Hello {
        /// The newest number.
        n: FeedNumber,
    },
    /// A change.
    Entry(Box<FeedEntry>),
    /// The state of a line to a network changed.
    Connection(crate::ConnectionView),
    /// The client is too far behind, or was too slow: read the lists again and continue from `n`.
    Resync {
        /// The newest number.
        n: FeedNumber,
    },
    /// The token of this stream has ended; open the stream again with a new one.
    TokenExpired,
}
