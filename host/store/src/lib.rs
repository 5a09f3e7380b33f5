//! Where everything is kept. The [`Store`] speaks in the desk's terms, not in rows; every implementation passes [`suite`].
//!
//! - [`sqlite`]: one file, the default.
//! - [`suite`]: what any implementation has to do, as named claims.
//! - `intake`: what networks send by themselves, kept until it is ingested.
//! - `chain`, `rows`: what every implementation shares: how the log is chained and sealed, and what the projections
//!   of a conversation are. Both are pure.

mod chain;
mod intake;
mod rows;
pub mod sqlite;
pub mod suite;

pub use intake::{
    Backlog, Counted, Intake, Kept, NewRaw, RawId, RawInput, RawKind, RawRequest, Reason, SetAside, Which,
};
pub use sqlite::dump::{Cell, dump};
pub use sqlite::{SqliteOptions, SqliteStore};

use async_trait::async_trait;
use jackfield_desk::{Conversation, Event, Recorded};
use jackfield_protocol::{
    AgentId, BrandId, CommandId, ConnectionId, ConnectionRecord, ConversationId, FeedNumber, Hit, Millis, PluginDeed,
    PluginInstall, PluginLogEntry, PolicyEntry, RemoteId, WorkspaceId,
};
use std::sync::Arc;

/// Events to add to one conversation.
#[derive(Debug, Clone)]
pub struct Append {
    /// The conversation.
    pub conversation: ConversationId,
    /// Its version when these events were decided; 0 for a new one. Another number is [`StoreError::Conflict`].
    pub expected: u64,
    /// At least one.
    pub events: Vec<Event>,
}

/// Everything that becomes true together, or not at all.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// Our time, for every event in it.
    pub now: Millis,
    /// Conversations, each at most once.
    pub appends: Vec<Append>,
    /// What a poll of a connection moves along with its messages.
    pub progress: Option<Progress>,
}

/// How far a connection has got.
#[derive(Debug, Clone)]
pub struct Progress {
    /// The connection.
    pub connection: ConnectionId,
    /// The cursor this poll started from. Another one in storage is [`StoreError::Conflict`].
    pub from: Option<Vec<u8>>,
    /// The cursor from here on; none keeps `from`.
    pub to: Option<Vec<u8>>,
    /// The plugin's small values: none takes the key away.
    pub kv: Vec<(String, Option<Vec<u8>>)>,
}

/// One event as it was stored, with its conversation after the whole commit.
#[derive(Debug, Clone)]
pub struct Committed {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Whose.
    pub brand: BrandId,
    /// Its number in the brand's feed.
    pub n: FeedNumber,
    /// The conversation.
    pub conversation: ConversationId,
    /// The event.
    pub recorded: Recorded,
    /// The conversation after the commit.
    pub state: Arc<Conversation>,
}

/// A reply that is due.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxItem {
    /// The conversation.
    pub conversation: ConversationId,
    /// The reply.
    pub command: CommandId,
    /// `queued`: publish it. `sending` or `unknown`: its end is not known, reconcile first.
    pub state: OutboxState,
    /// Tries so far.
    pub attempts: u32,
}

/// What the outbox knows of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxState {
    /// The network does not have it.
    Queued,
    /// The network was being asked when this was written.
    Sending,
    /// The network did not answer.
    Unknown,
}

/// A message that no triage plugin has read in its newest revision.
#[derive(Debug, Clone, PartialEq)]
pub struct Untriaged {
    /// The conversation.
    pub conversation: ConversationId,
    /// The message.
    pub remote_id: RemoteId,
    /// The revision to read.
    pub revision: u64,
}

/// Which conversations to list.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Whose.
    pub brand: BrandId,
    /// None for all.
    pub status: Option<jackfield_protocol::Status>,
    /// None for all.
    pub owner: Option<OwnerFilter>,
    /// Only conversations with a person of one of these handles (lower case, no `@`); empty for all.
    pub handles: Vec<String>,
    /// Words that a message, note or reply of the conversation must hold; none for all.
    pub words: Option<String>,
    /// The last row of the page before.
    pub after: Option<String>,
    /// Rows, 1 to 200.
    pub limit: u32,
}

/// Whose conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnerFilter {
    /// Nobody's.
    Nobody,
    /// This agent's.
    Agent(AgentId),
}

/// A page of conversations.
#[derive(Debug, Clone)]
pub struct Page {
    /// The longest waiting first; then those that wait for nobody, the newest message first.
    pub items: Vec<(ConversationId, Arc<Conversation>)>,
    /// `after` of the next page.
    pub next: Option<String>,
    /// All rows on every page.
    pub total: u64,
    /// The brand's feed number that this page includes.
    pub feed: FeedNumber,
}

/// What a check of the log found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Events read.
    pub events: u64,
    /// Conversations read.
    pub conversations: u64,
    /// Seals checked.
    pub seals: u64,
    /// Events whose words were erased. Their chain holds; whether somebody asked for that is for people to know.
    pub erased: u64,
    /// Everything that is not as it was written, each a sentence that names the row. Empty: all is well.
    pub faults: Vec<String>,
}

/// What a rebuild of the projections found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// Events applied.
    pub events: u64,
    /// Rows of projections that differed from their rebuild, each a sentence; they are mended where asked.
    pub differences: Vec<String>,
}

/// A change of what is installed, with its row in the log: both become true together, or neither.
#[derive(Debug, Clone)]
pub struct Installation {
    /// The plugin.
    pub name: String,
    /// Its revision when this was decided; 0 where nothing was installed. Another one is [`StoreError::Conflict`].
    pub expected: u64,
    /// What is installed from here on; none takes it away. Its revision is the store's: one more than the highest that
    /// the plugin has had.
    pub install: Option<PluginInstall>,
    /// What is written down.
    pub deed: PluginDeed,
}

/// A policy that comes into force.
#[derive(Debug, Clone)]
pub struct PolicyChange {
    /// The number of the one in force when this was decided; 0 before the first. Another one is [`StoreError::Conflict`].
    pub expected: u64,
    /// Our time.
    pub at: Millis,
    /// By whom.
    pub who: String,
    /// The hash of what it says.
    pub version: String,
    /// Why, in their words.
    pub why: String,
    /// Its normal form, as one policy file.
    pub text: String,
}

/// A policy that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedPolicy {
    /// When, by whom, why.
    pub entry: PolicyEntry,
    /// Its normal form, as one policy file.
    pub text: String,
}

/// What a version that is tried said of one message, beside what the one that decides said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// The plugin.
    pub plugin: String,
    /// The digest of the tried package.
    pub digest: String,
    /// The conversation.
    pub conversation: ConversationId,
    /// The message.
    pub remote_id: RemoteId,
    /// Its revision.
    pub revision: u64,
    /// Our time.
    pub at: Millis,
    /// It decided; else it only looked on.
    pub decided: bool,
    /// The labels of the one that decides, in order; empty where it was not asked.
    pub before: Vec<String>,
    /// The labels of the tried one, in order.
    pub after: Vec<String>,
    /// Why the tried one said nothing.
    pub trouble: Option<String>,
    /// How long it took.
    pub micros: u64,
}

/// How often a connection used one of its grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantUse {
    /// The connection.
    pub connection: ConnectionId,
    /// The grant, as the record writes it.
    pub grant: String,
    /// Requests and streams that it let through.
    pub times: u64,
    /// The first of them that was written down.
    pub first: Millis,
    /// The newest.
    pub last: Millis,
}

/// What a connection has used of one of its budgets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// Of what: a word of whoever counts.
    pub unit: String,
    /// In the hour of `at`.
    pub hour: u64,
    /// On the day of `at`.
    pub day: u64,
    /// When it was counted.
    pub at: Millis,
}

/// Why the store did not do it. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else was faster: load again, decide again.
    #[error("{0} changed in the meantime")]
    Conflict(String),
    /// The network's own id of a message was brought to a second conversation. Leave that fact out and commit the rest.
    #[error(
        "message {remote_id} (revision {revision}) of connection {connection} is already part of conversation {conversation}"
    )]
    Duplicate {
        /// The line.
        connection: ConnectionId,
        /// The message.
        remote_id: RemoteId,
        /// Its revision; the word `deletion` for its end.
        revision: String,
        /// Where it is.
        conversation: ConversationId,
    },
    /// No such thing for this workspace and brand.
    #[error("there is no {0}")]
    NotFound(String),
    /// What was given as the place to go on from is not the `next` of a page.
    #[error("{0:?} is not the `next` of a page")]
    PageUnknown(String),
    /// The disk is full. Readers go on; writers get this until there is room.
    #[error("the disk that holds {path} is full: free some space; nothing was lost, and work goes on by itself then")]
    Full {
        /// The database file.
        path: String,
    },
    /// The disk did not take a write, and does not say that it is full: a quota, or a medium that fails.
    #[error(
        "writing to {path} failed ({detail}): look for a quota that is reached or a disk that fails; nothing was lost, and work goes on by itself once writing succeeds"
    )]
    Disk {
        /// The database file.
        path: String,
        /// What the engine said.
        detail: String,
    },
    /// Another program writes to the file and does not let go.
    #[error(
        "another program is writing to {path} and does not let go: let it end, or stop it, and try again; nothing was changed"
    )]
    Busy {
        /// The database file.
        path: String,
    },
    /// The file is not what it should be.
    #[error(
        "{path} is damaged: {detail}. Restore the newest backup, or run `jackfield log verify` to see what is intact"
    )]
    Corrupt {
        /// The database file.
        path: String,
        /// What was found.
        detail: String,
    },
    /// Written by a newer Jackfield.
    #[error(
        "{path} was written by a newer Jackfield (schema {found}, this one knows {known}): install that version or a newer one"
    )]
    TooNew {
        /// The database file.
        path: String,
        /// Its schema.
        found: u32,
        /// The newest this program knows.
        known: u32,
    },
    /// Anything else, in the engine's words.
    #[error("{0}")]
    Other(String),
}

/// Where everything is kept. All methods may be called from any task; none blocks the caller's thread.
#[async_trait]
pub trait Store: Intake {
    /// Makes a commit true, or nothing of it. Durable when it returns. Answers each event with its feed number, in order.
    async fn commit(&self, commit: Commit) -> Result<Vec<Committed>, StoreError>;

    /// The conversation as of its newest event; none where there is none. No walls: for the host's own work.
    async fn load(&self, id: &ConversationId) -> Result<Option<Arc<Conversation>>, StoreError>;

    /// The conversation, if it is this brand's, with the feed number it includes; else `NotFound`.
    async fn conversation(
        &self,
        workspace: &WorkspaceId,
        brand: &BrandId,
        id: &ConversationId,
    ) -> Result<(Arc<Conversation>, FeedNumber), StoreError>;

    /// A page of the conversations in which somebody addresses us.
    async fn list(&self, filter: Filter) -> Result<Page, StoreError>;

    /// Messages, notes and replies that hold all the words, best first.
    async fn search(
        &self,
        workspace: &WorkspaceId,
        brand: &BrandId,
        words: &str,
        limit: u32,
    ) -> Result<Vec<Hit>, StoreError>;

    /// Events of a brand after a feed number, oldest first, with their conversations as they are now.
    async fn feed(
        &self,
        workspace: &WorkspaceId,
        brand: &BrandId,
        after: FeedNumber,
        limit: u32,
    ) -> Result<Vec<Committed>, StoreError>;

    /// The newest feed number of a brand; 0 where nothing has happened.
    async fn feed_head(&self, workspace: &WorkspaceId, brand: &BrandId) -> Result<FeedNumber, StoreError>;

    /// Replies of a connection that are due, oldest first. Reading changes nothing: the desk's own events do. What is
    /// `sending` or `unknown` is always due: the caller knows which of them it has in hand, and how often to ask.
    async fn outbox(&self, connection: &ConnectionId, now: Millis, limit: u32) -> Result<Vec<OutboxItem>, StoreError>;

    /// Messages that address us and whose newest revision nobody has judged, oldest first.
    async fn untriaged(&self, limit: u32) -> Result<Vec<Untriaged>, StoreError>;

    /// Conversations in which something was to happen by itself until now, the longest overdue first. Reading changes
    /// nothing: the events of the desk do.
    async fn due(&self, now: Millis, limit: u32) -> Result<Vec<ConversationId>, StoreError>;

    /// The first instant after this one at which something happens by itself in any conversation.
    async fn next_due(&self, after: Millis) -> Result<Option<Millis>, StoreError>;

    /// Open conversations in which somebody addresses us, of every brand, in the order of their ids, after one of them.
    async fn open_ones(
        &self,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<(ConversationId, Arc<Conversation>)>, StoreError>;

    /// The cursor of a connection.
    async fn cursor(&self, connection: &ConnectionId) -> Result<Option<Vec<u8>>, StoreError>;

    /// The plugin's small values of a connection.
    async fn kv(&self, connection: &ConnectionId) -> Result<Vec<(String, Vec<u8>)>, StoreError>;

    /// Adds or replaces a connection.
    async fn put_connection(&self, record: ConnectionRecord) -> Result<(), StoreError>;

    /// Takes a connection away; its conversations stay readable.
    async fn remove_connection(&self, id: &ConnectionId) -> Result<(), StoreError>;

    /// All connections, by id.
    async fn connections(&self) -> Result<Vec<ConnectionRecord>, StoreError>;

    /// Changes what is installed and writes it down. Answers the row of the log.
    async fn install_plugin(&self, change: Installation) -> Result<PluginLogEntry, StoreError>;

    /// Everything that is installed, by name.
    async fn plugin_installs(&self) -> Result<Vec<PluginInstall>, StoreError>;

    /// The log of installs, oldest first.
    async fn plugin_log(&self) -> Result<Vec<PluginLogEntry>, StoreError>;

    /// Puts a policy in force and writes it down. Answers the row of the log.
    async fn apply_policy(&self, change: PolicyChange) -> Result<PolicyEntry, StoreError>;

    /// Every policy that was applied, oldest first: the last one is in force.
    async fn policies(&self) -> Result<Vec<AppliedPolicy>, StoreError>;

    /// Keeps what tried versions said, the newest 10 000 of each; a message judged again takes the place of its row.
    async fn keep_trials(&self, trials: Vec<Trial>) -> Result<(), StoreError>;

    /// What a tried version said, the newest first.
    async fn trials(&self, plugin: &str, digest: &str, limit: usize) -> Result<Vec<Trial>, StoreError>;

    /// Adds to the use of a connection's grants: the grant, and how often since the last time.
    async fn use_grants(
        &self,
        connection: &ConnectionId,
        uses: Vec<(String, u64)>,
        now: Millis,
    ) -> Result<(), StoreError>;

    /// The use of grants that was written down, by connection and grant.
    async fn grant_uses(&self) -> Result<Vec<GrantUse>, StoreError>;

    /// Keeps what a connection has used of its budgets, in the place of what was kept before.
    async fn keep_spent(&self, connection: &ConnectionId, spent: Vec<Spent>) -> Result<(), StoreError>;

    /// What a connection had used when that was last kept.
    async fn spent(&self, connection: &ConnectionId) -> Result<Vec<Spent>, StoreError>;

    /// Reads the whole log, every seal and the logs of installs and policies, and says what is not as it was written.
    async fn verify(&self) -> Result<Verified, StoreError>;

    /// Compares every projection with its rebuild from the log; with `mend`, puts the rebuild in its place.
    async fn rebuild(&self, mend: bool) -> Result<Rebuilt, StoreError>;

    /// Seals what was written since the last seal, per workspace. Called at intervals and at a graceful stop.
    async fn seal(&self, now: Millis) -> Result<(), StoreError>;

    /// A consistent copy of everything, into a new file, while work goes on.
    async fn backup(&self, to: &std::path::Path) -> Result<(), StoreError>;
}
