//! The engines of a run: one as a host has it, one that is deterministic for replays; and log lines that are kept.

use crate::{Options, subject::Subject};
use jackfield_engine::{
    ChannelPlugin, Engine, EngineConfig, Limits, LogSink, SystemClock, SystemRandom, TriagePlugin, bindings::Level,
};
use std::sync::{Arc, Mutex, PoisonError};

/// Connections of one run at the same time, and a few spare.
const INSTANCES: u32 = 24;

/// Log lines of all connections.
#[derive(Default)]
pub(crate) struct Lines(Mutex<Vec<String>>);

impl LogSink for Lines {
    fn line(&self, who: &str, level: Level, line: &str) {
        let line = format!("{who} {level:?} {line}");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

impl Lines {
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A plugin, loaded in both engines.
pub(crate) struct Stage<P> {
    /// As a host runs it.
    pub(crate) plugin: P,
    /// For replays.
    pub(crate) counted: P,
    pub(crate) lines: Arc<Lines>,
}

impl Stage<ChannelPlugin> {
    pub(crate) fn channel(subject: &Subject, options: &Options) -> Result<Self, String> {
        build(options, |engine| {
            engine.load_channel(&subject.component, subject.manifest.clone())
        })
    }
}

impl Stage<TriagePlugin> {
    pub(crate) fn triage(subject: &Subject, options: &Options) -> Result<Self, String> {
        build(options, |engine| {
            engine.load_triage(&subject.component, subject.manifest.clone())
        })
    }
}

fn build<P, E: ToString>(options: &Options, load: impl Fn(&Arc<Engine>) -> Result<P, E>) -> Result<Stage<P>, String> {
    let lines = Arc::new(Lines::default());
    let config = || EngineConfig {
        cache: options.cache.clone(),
        instances: INSTANCES,
        max_memory: Limits::channel().memory.max(Limits::triage().memory),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        log: lines.clone(),
        extra_roots: Vec::new(),
    };
    let words = |error: jackfield_engine::EngineError| error.to_string();
    let plain = Engine::new(config()).map_err(words)?;
    let counted = Engine::deterministic(config()).map_err(words)?;
    Ok(Stage {
        plugin: load(&plain).map_err(|error| error.to_string())?,
        counted: load(&counted).map_err(|error| error.to_string())?,
        lines,
    })
}
