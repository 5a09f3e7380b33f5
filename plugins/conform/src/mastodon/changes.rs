//! What happened on the server, in order: for a network that hands out one numbered list of it.

use super::{AccountId, PostId, Visibility};

/// One thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Consecutive, from 1.
    pub number: u64,
    /// When.
    pub at_ms: u64,
    /// What.
    pub kind: ChangeKind,
    /// To which post.
    pub post: PostId,
    /// Its author.
    pub author: AccountId,
    /// Its thread.
    pub conversation: u64,
    /// Who may see it.
    pub visibility: Visibility,
}

/// What happens to a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was written.
    Posted,
    /// Its words were changed.
    Edited,
    /// It was taken away.
    Deleted,
}

impl ChangeKind {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Posted => "posted",
            Self::Edited => "edited",
            Self::Deleted => "deleted",
        }
    }
}
