//! The board: every line, started and stopped as the operator adds, changes, pauses and removes connections.

use super::Outcome;
use super::budget::Allowances;
use super::channel::Channel;
use super::closing;
use super::gate::Gate;
use super::ledger::Ledger;
use super::line::{Line, Timing, Works};
use super::metered::Watch;
use crate::hooks::Door;
use crate::telemetry::Telemetry;
use crate::work::{Desk, PlaceOf};
use async_trait::async_trait;
use jackfield_desk::LineRules;
use jackfield_protocol::{
    BrandId, Cause, Condition, ConnectionId, ConnectionRecord, ConnectionView, Health, WorkspaceId,
};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How often the connections are read: an operator who adds one sees it work within this.
const LOOK: Duration = Duration::from_secs(2);

/// Makes connections of records.
#[async_trait]
pub trait Opener: Send + Sync + 'static {
    /// The plugin of a record, and what it allows.
    fn plugin(&self, record: &ConnectionRecord) -> Result<Opened, String>;

    /// A number that is another one when another version of the record's plugin works.
    fn version(&self, _record: &ConnectionRecord) -> u64 {
        0
    }

    /// Called before each look at the records: what is installed may have changed as well.
    async fn refresh(&self) {}

    /// A line was set aside because this version of its plugin broke.
    async fn broke(&self, _record: &ConnectionRecord, _version: u64, _why: &str) {}

    /// How what its network sends by itself is verified, its secrets read anew. By itself it takes nothing.
    fn door(&self, record: &ConnectionRecord) -> Result<Door, String> {
        let _ = record;
        Ok(Door {
            recipe: None,
            secrets: Vec::new(),
            verifier: None,
        })
    }
}

/// A plugin that a record names.
pub struct Opened {
    /// The network's name.
    pub network: String,
    /// What may be written on it.
    pub policy: LineRules,
    /// Makes the connection, its secrets read anew.
    pub open: Box<dyn Fn() -> Result<Arc<dyn Channel>, Outcome> + Send + Sync>,
    /// A mark of the secrets as they are now; another one once somebody renewed them.
    pub secrets: Box<dyn Fn() -> Vec<u8> + Send + Sync>,
    /// A number that is another one when another version of the plugin works: `open` then makes connections of that one.
    pub version: Box<dyn Fn() -> u64 + Send + Sync>,
}

struct Running {
    record: ConnectionRecord,
    line: Arc<Line>,
    policy: LineRules,
    /// The version of the plugin that `policy` is of.
    version: u64,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

/// All lines.
pub struct Board {
    desk: Desk,
    opener: Arc<dyn Opener>,
    timing: Timing,
    gate: Gate,
    allowances: Allowances,
    watch: Watch,
    untriaged: Arc<Notify>,
    /// By connection, for as long as it is one: a line that is started anew goes on in the same book.
    ledgers: Mutex<HashMap<ConnectionId, Arc<Ledger>>>,
    lines: Mutex<HashMap<ConnectionId, Running>>,
    /// One look at a time: two would start a new line twice.
    looking: tokio::sync::Mutex<()>,
    /// Lines that were told to stop and may still be in a call.
    ending: Mutex<HashMap<ConnectionId, JoinHandle<()>>>,
    /// Lines that are being taken away.
    closing: Arc<Mutex<HashSet<ConnectionId>>>,
}

impl Board {
    /// An empty board.
    pub fn new(
        desk: Desk,
        opener: Arc<dyn Opener>,
        timing: Timing,
        calls_at_once: usize,
        untriaged: Arc<Notify>,
    ) -> Self {
        Self {
            desk,
            opener,
            timing,
            gate: Gate::new(calls_at_once),
            allowances: Allowances::default(),
            watch: Watch::default(),
            untriaged,
            ledgers: Mutex::default(),
            lines: Mutex::new(HashMap::new()),
            looking: tokio::sync::Mutex::new(()),
            ending: Mutex::new(HashMap::new()),
            closing: Arc::default(),
        }
    }

    /// The same with what connections may use over time.
    #[must_use]
    pub fn allowing(mut self, allowances: Allowances) -> Self {
        self.allowances = allowances;
        self
    }

    /// The same, with somewhere to send spans, and a folder for traces of calls in which a plugin broke.
    #[must_use]
    pub fn watched(mut self, telemetry: Telemetry, traces: Option<PathBuf>) -> Self {
        self.watch = Watch { telemetry, traces };
        self
    }

    /// The gate of all calls.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Records of the lines there are, with what there is to tell of them.
    pub fn books(&self) -> Vec<(ConnectionRecord, ConnectionView, Arc<Ledger>)> {
        let mut all: Vec<_> = self.with(|lines| {
            let of = |running: &Running| {
                (
                    running.record.clone(),
                    running.line.view(),
                    Arc::clone(&running.line.ledger),
                )
            };
            lines.values().map(of).collect()
        });
        all.sort_by(|a, b| a.0.id.cmp(&b.0.id));
        all
    }

    /// The ledger of a line: the one there is, or a new one that begins with what was used before the last restart.
    async fn ledger(&self, id: &ConnectionId) -> Result<Arc<Ledger>, jackfield_store::StoreError> {
        let ledgers = || self.ledgers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = ledgers().get(id).cloned() {
            return Ok(known);
        }
        let spent = self.desk.store.spent(id).await?;
        let new = || Arc::new(Ledger::new(self.allowances.of(id)).resumed(&spent));
        Ok(Arc::clone(ledgers().entry(id.clone()).or_insert_with(new)))
    }

    /// Keeps the lines as the records say, until it is stopped; then stops every line.
    pub async fn run(&self, stop: CancellationToken) {
        loop {
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "the connections could not be read; the lines go on as they are");
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = stop.cancelled() => break,
            }
        }
        for (_, running) in self.with(std::mem::take) {
            self.end(running);
        }
        let ending = std::mem::take(&mut *self.ending.lock().unwrap_or_else(PoisonError::into_inner));
        for (_, task) in ending {
            // A task that ended by itself has nothing more to say.
            let _ = task.await;
        }
    }

    /// Reads the records once and makes the lines be so.
    pub async fn look(&self) -> Result<(), jackfield_store::StoreError> {
        let _one = self.looking.lock().await;
        self.opener.refresh().await;
        let mut records = self.desk.store.connections().await?;
        let closing: Vec<_> = records.extract_if(.., |record| record.closing).collect();
        let gone: Vec<Running> = self.with(|lines| {
            // What does not run because its plugin could not be loaded is tried again with another version.
            let moved =
                |running: &Running| running.task.is_none() && running.version != self.opener.version(&running.record);
            let stays = |running: &Running| records.contains(&running.record) && !moved(running);
            let ids: Vec<_> = lines
                .iter()
                .filter(|(_, running)| !stays(running))
                .map(|(id, _)| id.clone())
                .collect();
            ids.iter().filter_map(|id| lines.remove(id)).collect()
        });
        for running in gone {
            let id = &running.record.id;
            if records.iter().all(|record| record.id != *id) {
                self.ledgers.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
            }
            self.end(running);
        }
        for record in records {
            if !self.with(|lines| lines.contains_key(&record.id)) {
                let ledger = self.ledger(&record.id).await?;
                let running = self.start(&record, ledger).await;
                self.with(|lines| lines.insert(record.id.clone(), running));
            }
        }
        for record in closing {
            self.close(record.id);
        }
        self.swapped().await;
        Ok(())
    }

    /// The operator takes a line away. Its last call ends first, so that nobody sends what is given up here.
    fn close(&self, id: ConnectionId) {
        let mut ending = self.ending.lock().unwrap_or_else(PoisonError::into_inner);
        let before = ending.remove(&id);
        if self
            .closing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.clone())
        {
            let (desk, closing, of) = (self.desk.clone(), Arc::clone(&self.closing), id.clone());
            let task = tokio::spawn(async move {
                if let Some(before) = before {
                    // However it ended, it makes no more calls.
                    let _ = before.await;
                }
                match closing::close(&desk, &of).await {
                    Ok(given_up) => tracing::info!(connection = %of, given_up, "the line is taken away"),
                    Err(error) => {
                        tracing::warn!(connection = %of, %error, "the line is not taken away yet; it is tried again")
                    }
                }
                closing.lock().unwrap_or_else(PoisonError::into_inner).remove(&of);
            });
            ending.insert(id, task);
        } else if let Some(before) = before {
            ending.insert(id, before);
        }
    }

    /// Another version of a plugin: the line opens its connection anew by itself, between two calls; what may be written on
    /// it is learnt here. A line that the new version set aside is told to who installed it.
    async fn swapped(&self) {
        let moved: Vec<ConnectionRecord> = self.with(|lines| {
            let all = lines
                .values()
                .filter(|one| one.version != self.opener.version(&one.record));
            all.map(|one| one.record.clone()).collect()
        });
        for record in moved {
            let version = self.opener.version(&record);
            let opened = self.load(&record).await;
            self.with(|lines| {
                if let Some(running) = lines.get_mut(&record.id) {
                    running.version = version;
                    match opened {
                        Ok(opened) => running.policy = opened.policy,
                        Err(why) => tracing::error!(connection = %record.id, why, "the new version cannot be loaded"),
                    }
                    running.line.wake();
                }
            });
        }
        let broken: Vec<_> = self.with(|lines| {
            let of = |one: &Running| {
                let view = one.line.view();
                (view.health == Health::Quarantined).then(|| (one.record.clone(), one.line.version(), view.action))
            };
            lines.values().filter_map(of).collect()
        });
        for (record, version, why) in broken {
            if let Some(version) = version {
                self.opener.broke(&record, version, &why).await;
            }
        }
    }

    /// Loading a plugin may compile it: that is a matter of seconds, and of another thread.
    async fn load(&self, record: &ConnectionRecord) -> Result<Opened, String> {
        let (opener, wanted) = (Arc::clone(&self.opener), record.clone());
        let opened = tokio::task::spawn_blocking(move || opener.plugin(&wanted)).await;
        opened.unwrap_or_else(|error| Err(format!("loading the plugin broke off: {error}")))
    }

    /// Tells a line to stop. It may still be in a call: who takes its place waits for it, nobody else does.
    fn end(&self, mut running: Running) {
        running.stop.cancel();
        if let Some(task) = running.task.take() {
            let mut ending = self.ending.lock().unwrap_or_else(PoisonError::into_inner);
            ending.retain(|_, task| !task.is_finished());
            ending.insert(running.record.id.clone(), task);
        }
    }

    async fn start(&self, record: &ConnectionRecord, ledger: Arc<Ledger>) -> Running {
        let stop = CancellationToken::new();
        let version = self.opener.version(record);
        let place = |network: String| PlaceOf {
            workspace: record.workspace.clone(),
            brand: record.brand.clone(),
            connection: record.id.clone(),
            network,
        };
        let now = self.desk.clock.now();
        let still = |network: String, policy: LineRules, health: Health, cause: Cause, action: &str| {
            let line = Arc::new(Line::new(place(network), record.name.clone(), Arc::clone(&ledger), now));
            let condition = Condition {
                health,
                cause: Some(cause),
                since: now,
                next_try: None,
                action: action.to_owned(),
            };
            line.is_now(&self.desk, &condition);
            Running {
                record: record.clone(),
                line,
                policy,
                version,
                stop: stop.clone(),
                task: None,
            }
        };
        let opened = match self.load(record).await {
            Ok(opened) => opened,
            Err(why) => {
                let broken = Cause::PluginBroken;
                return still(
                    record.plugin.clone(),
                    LineRules::default(),
                    Health::Quarantined,
                    broken,
                    &why,
                );
            }
        };
        if record.paused {
            let action = format!(
                "An operator paused it. To go on: jackfield connection resume {}",
                record.id
            );
            return still(opened.network, opened.policy, Health::Degraded, Cause::Paused, &action);
        }
        let line = Arc::new(Line::new(
            place(opened.network),
            record.name.clone(),
            Arc::clone(&ledger),
            now,
        ));
        let works = Works {
            desk: self.desk.clone(),
            timing: self.timing.clone(),
            gate: self.gate.clone(),
            plugin: record.plugin.clone(),
            watch: self.watch.clone(),
            untriaged: Arc::clone(&self.untriaged),
            open: opened.open,
            secrets: opened.secrets,
            version: opened.version,
            stop: stop.clone(),
        };
        let before = self
            .ending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&record.id);
        let runs = Arc::clone(&line);
        let task = tokio::spawn(async move {
            if let Some(before) = before {
                // However it ended, it makes no more calls.
                let _ = before.await;
            }
            runs.run(works).await;
        });
        Running {
            record: record.clone(),
            line,
            policy: opened.policy,
            version,
            stop,
            task: Some(task),
        }
    }

    /// The lines of a brand.
    pub fn views(&self, workspace: &WorkspaceId, brand: &BrandId) -> Vec<ConnectionView> {
        let mut views: Vec<_> = self.with(|lines| {
            let of_brand =
                |running: &&Running| running.record.workspace == *workspace && running.record.brand == *brand;
            lines
                .values()
                .filter(of_brand)
                .map(|running| running.line.view())
                .collect()
        });
        views.sort_by(|a, b| a.id.cmp(&b.id));
        views
    }

    /// All lines, for the operator.
    pub fn all(&self) -> Vec<ConnectionView> {
        self.with(|lines| lines.values().map(|running| running.line.view()).collect())
    }

    /// The record of a line that is on the board.
    pub fn record(&self, connection: &ConnectionId) -> Option<ConnectionRecord> {
        self.with(|lines| lines.get(connection).map(|running| running.record.clone()))
    }

    /// What may be written on a line now.
    pub fn policy(&self, connection: &ConnectionId) -> LineRules {
        self.with(|lines| {
            let Some(running) = lines.get(connection) else {
                let closed = "The line that this came in by was removed; nothing can be sent on it. An administrator adds it again with: jackfield connection add";
                return LineRules { closed: Some(closed.to_owned()), ..LineRules::default() };
            };
            let view = running.line.view();
            let stopped = running.record.paused || matches!(view.health, Health::CredentialNeeded | Health::Quarantined);
            LineRules { closed: stopped.then_some(view.action), ..running.policy.clone() }
        })
    }

    /// A reply was asked for on this line.
    pub fn wake(&self, connection: &ConnectionId) {
        self.with(|lines| {
            if let Some(running) = lines.get(connection) {
                running.line.wake();
            }
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<ConnectionId, Running>) -> T) -> T {
        work(&mut self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Running {
    /// A board that is dropped takes its lines along: none goes on by itself with nobody to stop it.
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
