//! One SQLite file.
//!
//! One thread writes. It takes whatever commits are waiting and ends them with one COMMIT and one flush to the disk: a
//! commit is durable when it returns, and many of them share the price. Readers
//! are threads with a connection each; the write-ahead log gives every read its own snapshot, so they never wait for
//! the writer, and it never waits for them.

mod append;
mod cache;
pub(crate) mod dump;
mod fault;
mod install;
mod intake;
mod open;
mod policy;
mod project;
mod query;
mod readers;
mod rebuild;
mod seal;
mod spent;
mod trial;
mod verify;
mod writer;

use crate::{
    AppliedPolicy, Commit, Committed, Filter, GrantUse, Installation, OutboxItem, Page, PolicyChange, Rebuilt, Spent,
    Store, StoreError, Trial, Untriaged, Verified,
};
use async_trait::async_trait;
use cache::Cache;
use fault::Fault;
use jackfield_desk::Conversation;
use jackfield_protocol::{
    BrandId, ConnectionId, ConnectionRecord, ConversationId, FeedNumber, Hit, Millis, PluginInstall, PluginLogEntry,
    PolicyEntry, WorkspaceId,
};
use readers::Readers;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use writer::Writer;

/// How to open the file.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// Make it where it is not there.
    pub create: bool,
    /// Threads that read, at least 1.
    pub readers: usize,
    /// How long to wait for another program that writes to the file, before a write is refused as `Busy`.
    pub patience: Duration,
}

impl Default for SqliteOptions {
    /// Makes the file; two readers, one more than what a quick read needs while a slow one runs; ten seconds of
    /// patience, as a command beside a running host needs a moment only.
    fn default() -> Self {
        Self {
            create: true,
            readers: 2,
            patience: Duration::from_secs(10),
        }
    }
}

/// A [`Store`] in one file.
pub struct SqliteStore {
    path: PathBuf,
    options: SqliteOptions,
    shown: Arc<str>,
    cache: Arc<Cache>,
    // Readers close first: the writer then is the last one, and leaves one tidy file.
    readers: Readers,
    writer: Writer,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the file and brings it up to date. Blocks; call it before the work begins.
    ///
    /// # Errors
    /// `NotFound`, `TooNew`, `Corrupt` and the like: the file is then as it was.
    pub fn open(path: &Path, options: &SqliteOptions) -> Result<Self, StoreError> {
        let shown: Arc<str> = path.display().to_string().into();
        let fail = |fault: Fault| fault.at(&shown);
        let cache = Arc::new(Cache::default());
        let conn = open::writer(path, options).map_err(fail)?;
        let readers = (0..options.readers.max(1))
            .map(|_| open::reader(path, options))
            .collect::<Result<Vec<_>, _>>();
        let readers = Readers::start(readers.map_err(fail)?, &shown)?;
        let writer = Writer::start(conn, &shown, &cache)?;
        Ok(Self {
            path: path.to_owned(),
            options: options.clone(),
            shown,
            cache,
            readers,
            writer,
        })
    }

    /// The file grows no further than this; none for no limit but the disk's. A write that needs more is refused as
    /// `Full`, exactly as on a full disk. A limit below the present size holds the file at that.
    ///
    /// # Errors
    /// `Other`, where the store has stopped.
    pub async fn limit_bytes(&self, most: Option<u64>) -> Result<(), StoreError> {
        let set = move |conn: &mut rusqlite::Connection| {
            let page: i64 = conn.query_row("PRAGMA page_size", [], |row| row.get(0))?;
            // The engine's own limit is just below 2^32 pages.
            let pages = most
                .map_or(0xffff_fffe, |bytes| bytes / page.max(1).cast_unsigned())
                .clamp(1, 0xffff_fffe);
            conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
            Ok(())
        };
        self.writer.run_alone(set).await
    }

    /// Runs something slow on a thread and a connection of its own.
    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut rusqlite::Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (path, options, shown) = (self.path.clone(), self.options.clone(), Arc::clone(&self.shown));
        let run = move || {
            open::reader(&path, &options)
                .and_then(|mut conn| work(&mut conn))
                .map_err(|fault| fault.at(&shown))
        };
        let (answer, answered) = tokio::sync::oneshot::channel();
        let thread = std::thread::Builder::new().name("store-aside".to_owned());
        thread
            .spawn(move || {
                // Nobody waits any more where this fails: nothing is lost with it.
                let _ = answer.send(run());
            })
            .map_err(|error| StoreError::Other(format!("no thread could be started: {error}")))?;
        answered.await.unwrap_or_else(|_| Err(stopped()))
    }
}

/// The answer of a thread that is gone.
fn stopped() -> StoreError {
    StoreError::Other("the store has stopped: start the host again".to_owned())
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, commit: Commit) -> Result<Vec<Committed>, StoreError> {
        self.writer.run(move |at| append::commit(at, &commit)).await
    }

    async fn load(&self, id: &ConversationId) -> Result<Option<Arc<Conversation>>, StoreError> {
        let (id, cache) = (id.clone(), Arc::clone(&self.cache));
        self.readers
            .run(move |conn| query::load(conn, &cache, id.as_str()))
            .await
    }

    async fn conversation(
        &self,
        workspace: &WorkspaceId,
        brand: &BrandId,
        id: &ConversationId,
    ) -> Result<(Arc<Conversation>, FeedNumber), StoreError> {
        let (workspace, brand, id, cache) = (workspace.clone(), brand.clone(), id.clone(), Arc::clone(&self.cache));
        self.readers
            .run(move |conn| query::conversation(conn, &cache, &workspace, &brand, &id))
            .await
    }

    async fn list(&self, filter: Filter) -> Result<Page, StoreError> {
        let cache = Arc::clone(&self.cache);
        self.readers.run(move |conn| query::list(conn, &cache, &filter)).await
    }

    async fn search(
        &self,
        workspace: &WorkspaceId,
        brand: &BrandId,
        words: &str,
        limit: u32,
    ) -> Result<Vec<Hit>, StoreError> {
        let (workspace, brand, words) = (workspace.clone(), brand.clone(), words.to_owned());
        self.readers
            .run(move |conn| query::search(conn, &workspace, &brand, &words, limit))
            .await
    }

    async fn feed(
        &self,
        workspace: &WorkspaceId,
        brand: &BrandId,
        after: FeedNumber,
        limit: u32,
    ) -> Result<Vec<Committed>, StoreError> {
        let (workspace, brand, cache) = (workspace.clone(), brand.clone(), Arc::clone(&self.cache));
        self.readers
            .run(move |conn| query::feed(conn, &cache, &workspace, &brand, after, limit))
            .await
    }

    async fn feed_head(&self, workspace: &WorkspaceId, brand: &BrandId) -> Result<FeedNumber, StoreError> {
        let (workspace, brand) = (workspace.clone(), brand.clone());
        self.readers
            .run(move |conn| query::feed_head(conn, &workspace, &brand))
            .await
    }

    async fn outbox(&self, connection: &ConnectionId, now: Millis, limit: u32) -> Result<Vec<OutboxItem>, StoreError> {
        let connection = connection.clone();
        self.readers
            .run(move |conn| query::outbox(conn, &connection, now, limit))
            .await
    }

    async fn untriaged(&self, limit: u32) -> Result<Vec<Untriaged>, StoreError> {
        self.readers.run(move |conn| query::untriaged(conn, limit)).await
    }

    async fn due(&self, now: Millis, limit: u32) -> Result<Vec<ConversationId>, StoreError> {
        self.readers.run(move |conn| query::due(conn, now, limit)).await
    }

    async fn next_due(&self, after: Millis) -> Result<Option<Millis>, StoreError> {
        self.readers.run(move |conn| query::next_due(conn, after)).await
    }

    async fn open_ones(
        &self,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<(ConversationId, Arc<Conversation>)>, StoreError> {
        let cache = Arc::clone(&self.cache);
        let after = after.map_or_else(String::new, |id| id.0);
        self.readers
            .run(move |conn| query::open_ones(conn, &cache, &after, limit))
            .await
    }

    async fn cursor(&self, connection: &ConnectionId) -> Result<Option<Vec<u8>>, StoreError> {
        let connection = connection.clone();
        self.readers.run(move |conn| query::cursor(conn, &connection)).await
    }

    async fn kv(&self, connection: &ConnectionId) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let connection = connection.clone();
        self.readers.run(move |conn| query::kv(conn, &connection)).await
    }

    async fn put_connection(&self, record: ConnectionRecord) -> Result<(), StoreError> {
        self.writer.run(move |at| append::put_connection(at, &record)).await
    }

    async fn remove_connection(&self, id: &ConnectionId) -> Result<(), StoreError> {
        let id = id.clone();
        self.writer.run(move |at| append::remove_connection(at, &id)).await
    }

    async fn connections(&self) -> Result<Vec<ConnectionRecord>, StoreError> {
        self.readers.run(query::connections).await
    }

    async fn install_plugin(&self, change: Installation) -> Result<PluginLogEntry, StoreError> {
        self.writer.run(move |at| install::install(at, &change)).await
    }

    async fn plugin_installs(&self) -> Result<Vec<PluginInstall>, StoreError> {
        self.readers.run(install::installs).await
    }

    async fn plugin_log(&self) -> Result<Vec<PluginLogEntry>, StoreError> {
        self.readers.run(install::log).await
    }

    async fn apply_policy(&self, change: PolicyChange) -> Result<PolicyEntry, StoreError> {
        self.writer.run(move |at| policy::apply(at, &change)).await
    }

    async fn policies(&self) -> Result<Vec<AppliedPolicy>, StoreError> {
        self.readers.run(policy::all).await
    }

    async fn keep_trials(&self, trials: Vec<Trial>) -> Result<(), StoreError> {
        self.writer.run(move |at| trial::keep(at, &trials)).await
    }

    async fn trials(&self, plugin: &str, digest: &str, limit: usize) -> Result<Vec<Trial>, StoreError> {
        let (plugin, digest) = (plugin.to_owned(), digest.to_owned());
        self.readers
            .run(move |conn| trial::newest(conn, &plugin, &digest, limit))
            .await
    }

    async fn use_grants(
        &self,
        connection: &ConnectionId,
        uses: Vec<(String, u64)>,
        now: Millis,
    ) -> Result<(), StoreError> {
        let connection = connection.clone();
        self.writer
            .run(move |at| install::use_grants(at, &connection, &uses, now))
            .await
    }

    async fn grant_uses(&self) -> Result<Vec<GrantUse>, StoreError> {
        self.readers.run(install::grant_uses).await
    }

    async fn keep_spent(&self, connection: &ConnectionId, spent: Vec<Spent>) -> Result<(), StoreError> {
        let connection = connection.clone();
        self.writer.run(move |at| spent::keep(at, &connection, &spent)).await
    }

    async fn spent(&self, connection: &ConnectionId) -> Result<Vec<Spent>, StoreError> {
        let connection = connection.clone();
        self.readers.run(move |conn| spent::of(conn, &connection)).await
    }

    async fn verify(&self) -> Result<Verified, StoreError> {
        self.aside(verify::verify).await
    }

    async fn rebuild(&self, mend: bool) -> Result<Rebuilt, StoreError> {
        self.writer.run_alone(move |conn| rebuild::rebuild(conn, mend)).await
    }

    async fn seal(&self, now: Millis) -> Result<(), StoreError> {
        self.writer.run(move |at| seal::seal(at, now)).await
    }

    async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let to = to.to_owned();
        self.aside(move |conn| seal::backup(conn, &to)).await
    }
}
