//! From names to running plugins: the engine, the components of the bundle, the connections that use them.

use crate::bundle::Bundle;
use crate::config::{Config, SecretRef};
use crate::convert;
use crate::lines::{Channel, Opened, Opener, Outcome};
use crate::triage::{Abstains, Judge, PluginJudge};
use jackfield_engine::egress::{Grants, Resolver, SystemResolver};
use jackfield_engine::manifest::World;
use jackfield_engine::{
    ChannelPlugin, ConnectionSpec, Engine, EngineConfig, Limits, Manifest, Secret, SystemClock, SystemRandom,
    TracingSink, TriageLane,
};
use jackfield_protocol::ConnectionRecord;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// Instances beside one for each of 1 000 connections: triage threads and replacements under way.
const INSTANCES: u32 = 1_000 + 64;

/// All plugins of a host.
pub struct Plugins {
    engine: Arc<Engine>,
    bundle: Bundle,
    limits: Limits,
    triage_threads: usize,
    /// Relative secrets count from the configuration's folder.
    folder: PathBuf,
    /// By name, with the mark of the files it was made of: a repaired plugin is another one.
    channels: Mutex<HashMap<String, (Vec<u8>, ChannelPlugin)>>,
}

impl Plugins {
    /// Starts the sandbox. Plugins are loaded when they are first asked for.
    pub fn new(config: &Config) -> Result<Self, String> {
        let limits = Limits {
            memory: config.limits.plugin_memory,
            wall: config.limits.plugin_call,
            events: config.limits.poll_events,
            ..Limits::channel()
        };
        let engine = Engine::new(EngineConfig {
            cache: Some(config.cache.clone()),
            instances: INSTANCES,
            max_memory: config.limits.plugin_memory.max(Limits::triage().memory),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            log: Arc::new(TracingSink),
            extra_roots: Vec::new(),
        });
        Ok(Self {
            engine: engine.map_err(|error| error.to_string())?,
            bundle: Bundle::new(config.bundle.clone()),
            limits,
            triage_threads: config.limits.triage_threads,
            folder: config.file.parent().map(std::path::Path::to_owned).unwrap_or_default(),
            channels: Mutex::new(HashMap::new()),
        })
    }

    /// The manifest of a plugin.
    pub fn manifest(&self, name: &str) -> Result<Manifest, String> {
        let file = self
            .bundle
            .file(&format!("plugins/{name}/plugin.toml"))
            .ok_or_else(|| {
                let known = self.bundle.plugins();
                let known = if known.is_empty() {
                    "there are none here; `cargo xtask build` makes them".to_owned()
                } else {
                    format!("the plugins here are: {}", known.join(", "))
                };
                format!("there is no plugin `{name}`; {known}")
            })?;
        let text = std::str::from_utf8(&file).map_err(|_| format!("plugins/{name}/plugin.toml is not UTF-8 text"))?;
        Manifest::parse(text).map_err(|error| format!("plugins/{name}/plugin.toml: {error}"))
    }

    fn component(&self, name: &str) -> Result<std::borrow::Cow<'static, [u8]>, String> {
        let missing = || format!("plugins/{name}/plugin.wasm is missing; `cargo xtask build` makes it");
        self.bundle
            .file(&format!("plugins/{name}/plugin.wasm"))
            .ok_or_else(missing)
    }

    /// A channel plugin as its files are now; loaded once for each state of them.
    pub fn channel(&self, name: &str) -> Result<ChannelPlugin, String> {
        let manifest = self.manifest(name)?;
        if manifest.world != World::ChannelPlugin {
            return Err(format!(
                "`{name}` is a triage plugin: it judges messages and has no connections; name it in [triage] plugins"
            ));
        }
        let component = self.component(name)?;
        let mark = Sha256::new()
            .chain_update(format!("{manifest:?}"))
            .chain_update(&component)
            .finalize()
            .to_vec();
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, plugin)) = channels.get(name)
            && *known == mark
        {
            return Ok(plugin.clone());
        }
        let plugin = self
            .engine
            .load_channel(&component, manifest)
            .map_err(|error| error.to_string())?;
        channels.insert(name.to_owned(), (mark, plugin.clone()));
        Ok(plugin)
    }

    /// A triage plugin in a lane of its own.
    pub fn judge(&self, name: &str) -> Result<Arc<dyn Judge>, String> {
        let manifest = self.manifest(name)?;
        if manifest.world != World::TriagePlugin {
            return Err(format!(
                "`{name}` is a channel plugin; add it with `jackfield connection add`, not in [triage] plugins"
            ));
        }
        let title = format!("{}@{}", manifest.name, manifest.version);
        let plugin = self
            .engine
            .load_triage(&self.component(name)?, manifest)
            .map_err(|error| error.to_string())?;
        let labels = plugin.description().labels.clone();
        let lane = TriageLane::new(plugin, Limits::triage(), self.triage_threads).map_err(|error| error.to_string())?;
        Ok(Arc::new(PluginJudge::new(title, labels, lane)))
    }

    /// The same for a host that starts: a plugin that is there and cannot be loaded keeps nobody from working. It abstains
    /// until it is repaired. One that is not there is a fault of the configuration.
    pub fn judge_or_abstain(&self, name: &str) -> Result<Arc<dyn Judge>, String> {
        let manifest = self.manifest(name)?;
        if manifest.world != World::TriagePlugin {
            return self.judge(name);
        }
        self.judge(name).or_else(|why| {
            tracing::error!(plugin = name, %why, "a triage plugin cannot be loaded and abstains");
            let title = format!("{}@{}", manifest.name, manifest.version);
            Ok(Arc::new(Abstains { title, why }))
        })
    }

    /// All names there are.
    pub fn names(&self) -> Vec<String> {
        self.bundle.plugins()
    }

    /// A connection of a record; what is wrong is said in words.
    pub fn connect(&self, record: &ConnectionRecord) -> Result<jackfield_engine::ChannelConnection, Outcome> {
        let resolver: Arc<dyn Resolver> = Arc::new(SystemResolver);
        let plugin = self.channel(&record.plugin).map_err(Outcome::Broken)?;
        let spec = ConnectionSpec {
            id: record.id.to_string(),
            settings: record.settings.clone(),
            grants: Grants::parse(&record.hosts).map_err(|error| Outcome::Broken(error.to_string()))?,
            secrets: self.secrets(record).map_err(Outcome::Credential)?,
            limits: self.limits.clone(),
            resolver,
            recorder: None,
        };
        plugin.connect(spec).map_err(|error| Outcome::Broken(error.to_string()))
    }

    /// A mark of a record's secrets as they are now, readable or not.
    fn mark(&self, record: &ConnectionRecord) -> Vec<u8> {
        let mut mark = Sha256::new();
        for secret in &record.secrets {
            let value = SecretRef::parse(&secret.source, &self.folder).and_then(|source| source.read_private());
            match value {
                Ok(value) => mark.update(value.expose()),
                Err(error) => mark.update(error.to_string()),
            }
            mark.update([0]);
        }
        mark.finalize().to_vec()
    }

    fn secrets(&self, record: &ConnectionRecord) -> Result<Vec<Secret>, String> {
        let read = |secret: &jackfield_protocol::SecretRecord| {
            let source = SecretRef::parse(&secret.source, &self.folder).map_err(|error| error.to_string())?;
            let value = source.read_private().map_err(|error| error.to_string())?;
            let text = std::str::from_utf8(value.expose()).map_err(|_| format!("{source} is not UTF-8 text"))?;
            let hosts = Grants::parse(&secret.hosts).map_err(|error| error.to_string())?;
            Secret::new(&secret.name, Zeroizing::new(text.to_owned()), hosts).map_err(|error| error.to_string())
        };
        record.secrets.iter().map(read).collect()
    }
}

/// Opens connections for the board.
pub struct PluginOpener(pub Arc<Plugins>);

impl Opener for PluginOpener {
    fn plugin(&self, record: &ConnectionRecord) -> Result<Opened, String> {
        let plugin = self.0.channel(&record.plugin)?;
        let description = plugin.description();
        let (plugins, record) = (Arc::clone(&self.0), record.clone());
        let (also, of) = (Arc::clone(&self.0), record.clone());
        Ok(Opened {
            network: description.network.clone(),
            policy: convert::policy(description),
            open: Box::new(move || {
                plugins
                    .connect(&record)
                    .map(|connection| Arc::new(connection) as Arc<dyn Channel>)
            }),
            secrets: Box::new(move || also.mark(&of)),
        })
    }
}
