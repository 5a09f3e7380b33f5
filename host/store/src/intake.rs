//! What networks send by themselves, kept as it came until it is ingested, and for some time after.
//!
//! A request is answered when its bytes are durable, and ingested after that. So it is here first, and becomes messages
//! in one transaction with the mark that it is done; what cannot be ingested is set aside with the reason, and whatever
//! is still here can be ingested again.

use crate::{Commit, Committed, StoreError};
use async_trait::async_trait;
use jackfield_protocol::{ConnectionId, Millis};
use serde::{Deserialize, Serialize};

/// The number of something that came in, unique in the store and in order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RawId(pub i64);

impl std::fmt::Display for RawId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawKind {
    /// A request, for the plugin to read.
    Request,
    /// Facts of a poll that the host could not keep, as JSON in the body.
    Facts,
}

/// A request without what is not needed to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// Behind the connection's own address.
    pub path: String,
    /// Behind the `?`.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Bytes.
    pub body: Vec<u8>,
}

/// Something that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRaw {
    /// By which line.
    pub connection: ConnectionId,
    /// When, by our clock.
    pub received_at: Millis,
    /// The same mark on the same line is the same request: it is kept once.
    pub mark: Vec<u8>,
    /// What it is.
    pub kind: RawKind,
    /// The bytes.
    pub request: RawRequest,
}

/// Whether it was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is durable now.
    New(RawId),
    /// It was here already; nothing was written.
    Known,
}

/// Something that waits to be ingested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawInput {
    /// Its number.
    pub id: RawId,
    /// When it came.
    pub received_at: Millis,
    /// What it is.
    pub kind: RawKind,
    /// The bytes.
    pub request: RawRequest,
    /// Tries that failed.
    pub tries: u32,
}

/// Why something could not be ingested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Reason {
    /// In a sentence.
    pub words: String,
    /// The last host calls of the plugin before it broke.
    #[serde(default)]
    pub host_calls: Vec<String>,
    /// Functions of the plugin on the stack, innermost first.
    #[serde(default)]
    pub stack: Vec<String>,
}

/// Something that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Its number.
    pub id: RawId,
    /// By which line it came.
    pub connection: ConnectionId,
    /// When it came.
    pub received_at: Millis,
    /// What it is.
    pub kind: RawKind,
    /// Bytes of its body.
    pub bytes: u64,
    /// Tries that failed.
    pub tries: u32,
    /// The last reason.
    pub reason: Reason,
}

/// Which of what is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Everything of a line that came in a span of time, both ends included.
    Range {
        /// The line.
        connection: ConnectionId,
        /// From here.
        from: Millis,
        /// To here.
        to: Millis,
    },
    /// What was set aside: of one line or of all, these numbers or, where there are none, every one.
    SetAside {
        /// None for all lines.
        connection: Option<ConnectionId>,
        /// Empty for every one.
        items: Vec<RawId>,
    },
}

/// What a [`Which`] finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// All of it.
    pub all: u64,
    /// Not ingested yet.
    pub waiting: u64,
    /// Ingested.
    pub done: u64,
    /// Set aside.
    pub set_aside: u64,
}

/// What a line has not ingested yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    /// The line.
    pub connection: ConnectionId,
    /// How many inputs.
    pub waiting: u64,
    /// When the oldest of them came in.
    pub oldest_at: Millis,
}

/// Where raw input is kept.
#[async_trait]
pub trait Intake: Send + Sync + 'static {
    /// Keeps something that came in, once. Durable when it returns.
    async fn keep(&self, raw: NewRaw) -> Result<Kept, StoreError>;

    /// What waits to be ingested on a line, oldest first, behind a number.
    async fn waiting(&self, connection: &ConnectionId, after: RawId, limit: u32) -> Result<Vec<RawInput>, StoreError>;

    /// Makes a commit true, and that this input is done; or nothing of both. Input that does not wait any more is
    /// [`StoreError::NotFound`].
    async fn commit_ingested(&self, commit: Commit, raw: RawId) -> Result<Vec<Committed>, StoreError>;

    /// Makes a commit true, and sets aside what does not belong into it; or nothing of both.
    async fn commit_aside(&self, commit: Commit, aside: NewRaw, reason: Reason) -> Result<Vec<Committed>, StoreError>;

    /// A try failed. With `set_aside` it was the last one.
    async fn failed(&self, raw: RawId, reason: Reason, set_aside: bool) -> Result<(), StoreError>;

    /// What was set aside, oldest first; none for all lines.
    async fn set_aside(&self, connection: Option<&ConnectionId>) -> Result<Vec<SetAside>, StoreError>;

    /// What waits, of each line that has something waiting.
    async fn backlog(&self) -> Result<Vec<Backlog>, StoreError>;

    /// How much there is.
    async fn count(&self, which: Which) -> Result<Counted, StoreError>;

    /// Lets it be ingested again, from its first try. What it already made stays as it is. Answers how many.
    async fn again(&self, which: Which) -> Result<u64, StoreError>;

    /// Throws away what was set aside. Answers how many.
    async fn drop_aside(&self, connection: Option<ConnectionId>, items: Vec<RawId>) -> Result<u64, StoreError>;

    /// Throws away what was ingested and came before, at most so many. Answers how many.
    async fn forget(&self, before: Millis, limit: u32) -> Result<u64, StoreError>;
}
