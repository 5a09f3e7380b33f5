//! The tier as the host knows it, over all its lives: started when it is first needed, started again when it has ended,
//! with more patience each time.

use super::compile::ConfinedCompiler;
use super::link::{Link, Start};
use crate::config::{Confine, PluginsConfig};
use jackfield_engine::Artifacts;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// One that lived as long as this before it ended has not ended "again".
const WELL: Duration = Duration::from_secs(60);
/// The longest wait between two starts.
const LONGEST: Duration = Duration::from_secs(30);
/// A start that is due within this is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// The plugin tier of a host.
pub struct Tier {
    me: Weak<Tier>,
    program: PathBuf,
    confine: Confine,
    instances: u32,
    max_memory: usize,
    pub(super) artifacts: Artifacts,
    state: Mutex<State>,
    /// Held by whoever starts it.
    starting: Mutex<()>,
}

#[derive(Default)]
struct State {
    link: Option<Arc<Link>>,
    since: Option<Instant>,
    starts: u64,
    ends: u64,
    /// Ends in a row, each soon after its start.
    row: u32,
    not_before: Option<Instant>,
    last: Option<String>,
}

/// How the tier is, for the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierStatus {
    /// `inside` or `process`.
    pub form: String,
    /// The process, while one runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// How often it was started since the host was.
    pub starts: u64,
    /// How often it ended by itself.
    pub ends: u64,
    /// Why it ended last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_end: Option<String>,
    /// What the kernel does not hold of it, a sentence each.
    pub not_held: Vec<String>,
}

impl TierStatus {
    /// Where plugins run in the host's own process.
    pub fn inside() -> Self {
        Self {
            form: "inside".to_owned(),
            pid: None,
            starts: 0,
            ends: 0,
            last_end: None,
            not_held: Vec::new(),
        }
    }
}

impl Tier {
    /// A tier that is not started yet.
    pub fn new(config: &PluginsConfig, cache: &Path, instances: u32, max_memory: usize) -> Result<Arc<Self>, String> {
        let Some(program) = config.program.clone() else {
            return Err("`tier = \"process\"` in [plugins], and this host is a part of another program, which cannot start itself again. Write tier = \"inside\"".to_owned());
        };
        let compiler = Arc::new(ConfinedCompiler::new(program.clone(), config.confine));
        let artifacts = Artifacts::open(cache, compiler).map_err(|error| error.to_string())?;
        Ok(Arc::new_cyclic(|me| Self {
            me: me.clone(),
            program,
            confine: config.confine,
            instances,
            max_memory,
            artifacts,
            state: Mutex::default(),
            starting: Mutex::new(()),
        }))
    }

    /// How it is.
    pub fn status(&self) -> TierStatus {
        let state = self.state();
        let link = state.link.as_ref().filter(|link| link.alive());
        TierStatus {
            form: "process".to_owned(),
            pid: link.map(|link| link.pid),
            starts: state.starts,
            ends: state.ends,
            last_end: state.last.clone(),
            not_held: link.map(|link| link.missing.clone()).unwrap_or_default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one that runs; started where none does. Waits on this thread.
    pub(super) fn link(&self) -> Result<Arc<Link>, String> {
        let _one = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(link) = self.state().link.clone().filter(|link| link.alive()) {
            return Ok(link);
        }
        let (generation, wait) = {
            let mut state = self.state();
            state.link = None;
            let wait = state.not_before.map(|at| at.saturating_duration_since(Instant::now()));
            let wait = wait.unwrap_or_default();
            if wait > PATIENCE {
                return Err(format!(
                    "the process that runs plugins has ended ({}) and is started again in {} s",
                    state.last.as_deref().unwrap_or("nobody knows why"),
                    wait.as_secs().max(1)
                ));
            }
            state.starts += 1;
            (state.starts, wait)
        };
        std::thread::sleep(wait);
        let start = Start {
            program: &self.program,
            generation,
            instances: self.instances,
            max_memory: self.max_memory,
            confine: self.confine,
        };
        let tier = self.me.clone();
        let ended = move |why: String| {
            if let Some(tier) = tier.upgrade() {
                tier.ended(generation, why);
            }
        };
        self.state().since = Some(Instant::now());
        match Link::start(&start, ended) {
            Ok(link) => {
                let link = Arc::new(link);
                tracing::info!(pid = link.pid, "the plugin tier runs");
                for missing in &link.missing {
                    tracing::warn!("the kernel does not hold the plugin tier as it could: {missing}");
                }
                self.state().link = Some(Arc::clone(&link));
                Ok(link)
            }
            Err(why) => {
                self.ended(generation, why.clone());
                Err(why)
            }
        }
    }

    fn ended(&self, generation: u64, why: String) {
        let mut state = self.state();
        if state.starts != generation {
            return;
        }
        state.ends += 1;
        let lived = state.since.map(|since| since.elapsed()).unwrap_or_default();
        state.row = if lived > WELL { 1 } else { state.row + 1 };
        let wait = match state.row {
            1 => Duration::ZERO,
            row => Duration::from_millis(100 << row.min(10)).min(LONGEST),
        };
        state.not_before = Some(Instant::now() + wait);
        state.link = None;
        tracing::error!(
            why,
            again_in_ms = wait.as_millis(),
            "the plugin tier has ended; calls under way ended with it, and it is started again"
        );
        state.last = Some(why);
    }
}
