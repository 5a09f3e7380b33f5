//! From a wish to an event in the log: load, let the desk decide, commit, tell the feed.
//!
//! Every change of a conversation goes through here. Somebody else may be faster between load and commit; then the desk
//! decides again on what is true now. What was committed is told even where the asker has gone: the work runs in a task
//! of its own, so that a dropped request cannot leave a hole in the numbers of the feed.

pub use crate::ingest::Aside;

use crate::clock::Clock;
use crate::feed::Hub;
use crate::house::Current;
use crate::metrics;
use crate::telemetry::Telemetry;
use jackfield_desk::{Command, Conversation, LineRules, Place, Refusal, Rules, decide};
use jackfield_protocol::ConversationId;
use jackfield_store::{Append, Commit, Committed, Progress, Store, StoreError};
use std::sync::Arc;
use std::time::Instant;

/// How often others may be faster before the asker is told so. Two agents and a poll on one conversation make three.
pub(crate) const PATIENCE: u32 = 20;

/// Everything that changes conversations.
#[derive(Clone)]
pub struct Desk {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who listens.
    pub hub: Arc<Hub>,
    /// What the house has written.
    pub policies: Arc<Current>,
    /// Who is told how long it took.
    pub telemetry: Telemetry,
}

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Undone {
    /// A rule of the desk.
    #[error("{0}")]
    Refused(Refusal),
    /// The store did not do it.
    #[error("{0}")]
    Store(StoreError),
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Undone {
    /// What happened and what to do, for people who are not the operator. The log has the rest.
    pub fn for_people(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.to_string(),
            Self::Store(error) => for_people(error).to_owned(),
        }
    }
}

/// A fault of the storage as an agent may read it: paths and the engine's words are the operator's.
pub fn for_people(error: &StoreError) -> &'static str {
    match error {
        StoreError::NotFound(_) => "There is no such thing here.",
        StoreError::PageUnknown(_) => "`after` is not the `next` of a page. Take it as the page before gave it.",
        StoreError::Conflict(_) | StoreError::Duplicate { .. } => {
            "Others are changing this conversation at the same moment. Try again."
        }
        StoreError::Full { .. } => {
            "The server's disk is full, so nothing can be written; reading goes on. Tell your administrator, and try again: nothing was done."
        }
        StoreError::Disk { .. } | StoreError::Busy { .. } => {
            "The server cannot write at the moment. Try again; if it stays, tell your administrator: nothing was done."
        }
        StoreError::Corrupt { .. } | StoreError::TooNew { .. } | StoreError::Other(_) => {
            "The server's storage has a fault. Tell your administrator; its log says what. Nothing was done."
        }
    }
}

/// What a command did.
pub struct Done {
    /// The events, none where it had been done before.
    pub events: Vec<Committed>,
    /// The conversation now.
    pub state: Arc<Conversation>,
}

impl Desk {
    /// One command to one conversation that exists.
    pub async fn act(&self, id: &ConversationId, command: Command, line: LineRules) -> Result<Done, Undone> {
        self.act_along(id, command, line, None).await
    }

    /// The same, with what a plugin keeps along with it.
    pub async fn act_along(
        &self,
        id: &ConversationId,
        command: Command,
        line: LineRules,
        progress: Option<Progress>,
    ) -> Result<Done, Undone> {
        let (desk, id) = (self.clone(), id.clone());
        whole(async move { desk.act_here(&id, &command, &line, progress).await }).await
    }

    async fn act_here(
        &self,
        id: &ConversationId,
        command: &Command,
        line: &LineRules,
        progress: Option<Progress>,
    ) -> Result<Done, Undone> {
        let mut tries = 0;
        loop {
            let now = self.clock.now();
            let state = self.store.load(id).await?;
            let policies = self.policies.now();
            let rules = Rules {
                line,
                policies: &policies,
            };
            let events = decide(state.as_deref(), command.clone(), &rules, now).map_err(Undone::Refused)?;
            let Some(state) = state else {
                return Err(Undone::Refused(Refusal::NoConversation));
            };
            if events.is_empty() {
                return Ok(Done {
                    events: Vec::new(),
                    state,
                });
            }
            let append = Append {
                conversation: id.clone(),
                expected: state.version,
                events,
            };
            match self
                .commit(Commit {
                    now,
                    appends: vec![append],
                    progress: progress.clone(),
                })
                .await
            {
                Ok(events) => {
                    self.hub.tell(&events);
                    let state = events.last().map_or(state, |last| Arc::clone(&last.state));
                    return Ok(Done { events, state });
                }
                Err(StoreError::Conflict(_)) if tries < PATIENCE => tries += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub(crate) async fn commit(&self, commit: Commit) -> Result<Vec<Committed>, StoreError> {
        let begun = Instant::now();
        let done = self.store.commit(commit).await;
        self.committed(begun, &done);
        done
    }

    /// A commit has ended; how long it took is told.
    pub(crate) fn committed(&self, begun: Instant, done: &Result<Vec<Committed>, StoreError>) {
        let took = begun.elapsed();
        if done.is_ok() {
            metrics::committed(took);
        }
        let events = done.as_ref().map(Vec::len).map_err(|_| ());
        self.telemetry.committed(events, took);
    }
}

/// Where the messages of a connection belong.
#[derive(Debug, Clone)]
pub struct PlaceOf {
    /// The customer.
    pub workspace: jackfield_protocol::WorkspaceId,
    /// The brand.
    pub brand: jackfield_protocol::BrandId,
    /// The line.
    pub connection: jackfield_protocol::ConnectionId,
    /// The network's name.
    pub network: String,
}

impl PlaceOf {
    pub(crate) fn of(&self, thread: String) -> Place {
        Place {
            workspace: self.workspace.clone(),
            brand: self.brand.clone(),
            connection: self.connection.clone(),
            network: self.network.clone(),
            thread,
        }
    }
}

/// Runs to its end whether or not somebody waits for it.
pub(crate) async fn whole<T: Send + 'static>(
    work: impl Future<Output = Result<T, Undone>> + Send + 'static,
) -> Result<T, Undone> {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) => Err(Undone::Store(StoreError::Other(format!("the work broke off: {error}")))),
    }
}
