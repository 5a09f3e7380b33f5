//! The engine: one per process, shared by every plugin.

use crate::{Clock, LogSink, Manifest, channel::ChannelPlugin, triage::TriagePlugin};
use std::{path::PathBuf, sync::Arc};

/// What an engine is made of. No `Default`: the caller says each part.
pub struct EngineConfig {
    /// Where compiled plugins are kept, with the key that authenticates them; none compiles at each start.
    pub cache: Option<PathBuf>,
    /// Instances at the same time: one per connection and one per triage thread, and a few spare for replacements.
    pub instances: u32,
    /// Bytes of one linear memory, the ceiling over every [`Limits::memory`](crate::Limits).
    pub max_memory: usize,
    /// The time that plugins see.
    pub clock: Arc<dyn Clock>,
    /// Where their log lines go.
    pub log: Arc<dyn LogSink>,
}

/// Why there is no engine. A sentence for people.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox does not start: {0}")]
pub struct EngineError(pub(crate) String);

/// Why a plugin is not loaded. A sentence for people, with the repair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plugin {plugin} cannot be used: {what}")]
pub struct LoadError {
    /// Name and version of the manifest.
    pub plugin: String,
    /// What does not fit, and what to do.
    pub what: String,
}

/// Compiles, checks and links plugins.
pub struct Engine {
    #[allow(dead_code, reason = "used by the loader")]
    config: EngineConfig,
}

impl Engine {
    /// Starts the engine and its heartbeat.
    pub fn new(config: EngineConfig) -> Result<Arc<Self>, EngineError> {
        Ok(Arc::new(Self { config }))
    }

    /// Loads a component of world `channel-plugin`.
    pub fn load_channel(self: &Arc<Self>, _component: &[u8], manifest: Manifest) -> Result<ChannelPlugin, LoadError> {
        Err(LoadError {
            plugin: manifest.title(),
            what: "this build of the host has no loader yet".to_owned(),
        })
    }

    /// Loads a component of world `triage-plugin`.
    pub fn load_triage(self: &Arc<Self>, _component: &[u8], manifest: Manifest) -> Result<TriagePlugin, LoadError> {
        Err(LoadError {
            plugin: manifest.title(),
            what: "this build of the host has no loader yet".to_owned(),
        })
    }
}
