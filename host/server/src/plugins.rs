//! From names to running plugins: the engine, the components of the bundle, the connections that use them.

mod loaded;

pub use loaded::{Connected, Loaded, LoadedChannel, LoadedTriage};

use crate::bundle::Bundle;
use crate::config::{Config, PluginsConfig, SecretRef, TierForm};
use crate::convert;
use crate::hooks::{self, Door};
use crate::lines::{Opened, Opener, Outcome};
use crate::registry::{Files, Registry, believed};
use crate::tier::{self, Tier, TierStatus, compile::ConfinedCompiler};
use crate::triage::{Abstains, Judge};
use async_trait::async_trait;
use jackfield_engine::egress::{Grants, Resolver, SystemResolver};
use jackfield_engine::manifest::World;
use jackfield_engine::package::Package;
use jackfield_engine::trace::Recorder;
use jackfield_engine::{
    ConnectionSpec, Engine, EngineConfig, Limits, Manifest, SystemClock, SystemRandom, TracingSink,
};
use jackfield_protocol::{ConnectionRecord, PluginInstall, PluginVersion};
use loaded::Place;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// Instances beside one for each of 1 000 connections: triage threads and replacements under way.
const INSTANCES: u32 = 1_000 + 64;

/// What a plugin may take to verify one webhook; the network waits for the answer.
const VERIFY: Duration = Duration::from_millis(100);
/// The same with the making of an instance, on a machine that is busy.
const VERIFY_ALL: Duration = Duration::from_secs(1);

/// A plugin that is being written: it is taken from its project's folder, as its files are at each load.
pub struct Workshop {
    /// Its name.
    pub name: String,
    /// The folder with `plugin.toml` and `plugin.wasm`.
    pub folder: PathBuf,
    /// Who takes down what its connections do.
    pub recorder: Option<Arc<dyn Recorder>>,
}

/// All plugins of a host.
pub struct Plugins {
    place: Place,
    bundle: Bundle,
    workshop: Option<Workshop>,
    limits: Limits,
    triage_threads: usize,
    /// Relative secrets count from the configuration's folder.
    folder: PathBuf,
    /// By name, with the mark of the files it was made of: a repaired plugin is another one.
    channels: Mutex<HashMap<String, (Vec<u8>, LoadedChannel)>>,
    /// What is installed, as the store said last.
    installed: RwLock<BTreeMap<String, PluginInstall>>,
    files: Files,
    trust: PluginsConfig,
    /// Plugins that the configuration makes judges.
    judging: Vec<String>,
}

impl Plugins {
    /// Starts the sandbox. Plugins are loaded when they are first asked for.
    pub fn new(config: &Config) -> Result<Self, String> {
        tier::held(&config.plugins)?;
        let limits = Limits {
            memory: config.limits.plugin_memory,
            wall: config.limits.plugin_call,
            events: config.limits.poll_events,
            ..Limits::channel()
        };
        let made_of = EngineConfig {
            cache: Some(config.cache.clone()),
            instances: INSTANCES,
            max_memory: config.limits.plugin_memory.max(Limits::triage().memory),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            log: Arc::new(TracingSink),
            extra_roots: Vec::new(),
        };
        let place = match (config.plugins.tier, &config.plugins.program) {
            (TierForm::Process, _) => Place::Apart(Tier::new(
                &config.plugins,
                &config.cache,
                made_of.instances,
                made_of.max_memory,
            )?),
            (TierForm::Inside, Some(program)) => {
                let compiler = ConfinedCompiler::new(program.clone(), config.plugins.confine);
                let engine = Engine::compiled_by(made_of, Arc::new(compiler));
                Place::Inside(engine.map_err(|error| error.to_string())?)
            }
            (TierForm::Inside, None) => Place::Inside(Engine::new(made_of).map_err(|error| error.to_string())?),
        };
        Ok(Self {
            place,
            bundle: Bundle::new(config.bundle.clone()),
            workshop: None,
            limits,
            triage_threads: config.limits.triage_threads,
            folder: config.file.parent().map(std::path::Path::to_owned).unwrap_or_default(),
            channels: Mutex::new(HashMap::new()),
            installed: RwLock::default(),
            files: Files::new(&config.plugins.folder),
            trust: config.plugins.clone(),
            judging: config.triage.plugins.clone(),
        })
    }

    /// The same with one plugin that is being written; it goes before the bundled ones.
    #[must_use]
    pub fn with_workshop(mut self, workshop: Workshop) -> Self {
        self.workshop = Some(workshop);
        self
    }

    /// A file of the plugin that is being written, or of a bundled one.
    fn file(&self, name: &str, file: &str) -> Option<std::borrow::Cow<'static, [u8]>> {
        match &self.workshop {
            Some(workshop) if workshop.name == name => {
                let read = std::fs::read(workshop.folder.join(file));
                read.ok().map(std::borrow::Cow::Owned)
            }
            _ => self.bundle.file(&format!("plugins/{name}/{file}")),
        }
    }

    /// From here on the installed plugins are these. Calls that are under way end on the version that they began with.
    pub fn follow(&self, installs: Vec<PluginInstall>) {
        let installs = installs.into_iter().map(|install| (install.name.clone(), install));
        *self.installed.write().unwrap_or_else(PoisonError::into_inner) = installs.collect();
    }

    /// How a plugin is installed; none where the one that came with the program works.
    pub fn installed(&self, name: &str) -> Option<PluginInstall> {
        let installed = self.installed.read().unwrap_or_else(PoisonError::into_inner);
        installed.get(name).cloned()
    }

    /// A number that is another one when another version works; 0 for the one that came with the program.
    pub fn revision(&self, name: &str) -> u64 {
        let installed = self.installed.read().unwrap_or_else(PoisonError::into_inner);
        installed.get(name).map_or(0, |install| install.revision)
    }

    /// Where packages are kept.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// Whether the configuration makes it a judge.
    pub fn judges(&self, name: &str) -> bool {
        self.judging.iter().any(|judge| judge == name)
    }

    /// The one that came with the program, as a package.
    pub fn bundled(&self, name: &str) -> Result<Package, String> {
        self.bundled_manifest(name)?;
        let text = self
            .bundle
            .file(&format!("plugins/{name}/plugin.toml"))
            .unwrap_or_default();
        let text = std::str::from_utf8(&text).map_err(|_| format!("plugins/{name}/plugin.toml is not UTF-8 text"))?;
        Package::new(&self.bundled_component(name)?, text, None).map_err(|error| format!("{name}: {error}"))
    }

    /// The package of a version of a plugin. One that was installed has to be believed still: a key that the operator
    /// took away takes its plugins along.
    pub fn package(&self, name: &str, version: &PluginVersion) -> Result<Package, String> {
        if version.file.is_none() {
            return self.bundled(name);
        }
        let package = self.files.get(name, version)?;
        believed(&package, &self.trust).map_err(|error| error.to_string())?;
        Ok(package)
    }

    /// Compiles a package, holds it against the contract and lets it describe itself.
    pub fn load(&self, package: &Package) -> Result<Loaded, String> {
        let manifest = package.manifest().clone();
        self.place.load(package.component(), manifest, package.manifest_text())
    }

    /// How the process is that runs them.
    pub fn tier(&self) -> TierStatus {
        match &self.place {
            Place::Inside(_) => TierStatus::inside(),
            Place::Apart(tier) => tier.status(),
        }
    }

    /// The manifest of a plugin.
    pub fn manifest(&self, name: &str) -> Result<Manifest, String> {
        match self.installed(name) {
            Some(install) => Ok(self.package(name, &install.current)?.manifest().clone()),
            None => self.bundled_manifest(name),
        }
    }

    fn bundled_text(&self, name: &str) -> Result<String, String> {
        let file = self.file(name, "plugin.toml").ok_or_else(|| {
            let known = self.names();
            let known = if known.is_empty() {
                "there are none here; `cargo xtask build` makes them".to_owned()
            } else {
                format!("the plugins here are: {}", known.join(", "))
            };
            format!("there is no plugin `{name}`; {known}")
        })?;
        String::from_utf8(file.into_owned()).map_err(|_| format!("plugins/{name}/plugin.toml is not UTF-8 text"))
    }

    fn bundled_manifest(&self, name: &str) -> Result<Manifest, String> {
        let text = self.bundled_text(name)?;
        Manifest::parse(&text).map_err(|error| format!("plugins/{name}/plugin.toml: {error}"))
    }

    fn bundled_component(&self, name: &str) -> Result<std::borrow::Cow<'static, [u8]>, String> {
        let missing = || format!("plugins/{name}/plugin.wasm is missing; `cargo xtask build` makes it");
        self.file(name, "plugin.wasm").ok_or_else(missing)
    }

    /// A channel plugin as its files are now; loaded once for each state of them.
    pub fn channel(&self, name: &str) -> Result<LoadedChannel, String> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        let install = self.installed(name);
        if let Some(install) = install.filter(|install| install.current.file.is_some()) {
            // The digest is of all its bytes: what was loaded of them once need not be read again.
            let mark = install.current.digest.clone().into_bytes();
            if let Some((known, plugin)) = channels.get(name)
                && *known == mark
            {
                return Ok(plugin.clone());
            }
            return match self.load(&self.package(name, &install.current)?)? {
                Loaded::Triage(_) => Err(not_a_channel(name)),
                Loaded::Channel(plugin) => {
                    channels.insert(name.to_owned(), (mark, plugin.clone()));
                    Ok(plugin)
                }
            };
        }
        let manifest = self.bundled_manifest(name)?;
        if manifest.world != World::ChannelPlugin {
            return Err(not_a_channel(name));
        }
        let component = self.bundled_component(name)?;
        let mark = Sha256::new()
            .chain_update(format!("{manifest:?}"))
            .chain_update(&component)
            .finalize()
            .to_vec();
        if let Some((known, plugin)) = channels.get(name)
            && *known == mark
        {
            return Ok(plugin.clone());
        }
        let text = self.bundled_text(name)?;
        let Loaded::Channel(plugin) = self.place.load(&component, manifest, &text)? else {
            return Err(not_a_channel(name));
        };
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
        let package = match self.installed(name) {
            Some(install) => self.package(name, &install.current)?,
            None => self.bundled(name)?,
        };
        self.judge_of(&package)
    }

    /// A triage version in a lane of its own.
    pub fn judge_of(&self, package: &Package) -> Result<Arc<dyn Judge>, String> {
        let manifest = package.manifest();
        let title = format!("{}@{}", manifest.name, manifest.version);
        let Loaded::Triage(plugin) = self.load(package)? else {
            return Err(format!("{title} is a channel plugin and judges nothing"));
        };
        plugin.judge(title, Limits::triage(), self.triage_threads)
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
        let installed = self.installed.read().unwrap_or_else(PoisonError::into_inner);
        let names: BTreeSet<String> = self
            .bundle
            .plugins()
            .into_iter()
            .chain(installed.keys().cloned())
            .collect();
        names.into_iter().collect()
    }

    /// A connection of a record; what is wrong is said in words.
    pub fn connect(&self, record: &ConnectionRecord) -> Result<Connected, Outcome> {
        let resolver: Arc<dyn Resolver> = Arc::new(SystemResolver);
        let plugin = self.channel(&record.plugin).map_err(Outcome::Broken)?;
        let workshop = self.workshop.as_ref().filter(|workshop| workshop.name == record.plugin);
        let recorder = workshop.and_then(|workshop| workshop.recorder.clone());
        let spec = ConnectionSpec {
            id: record.id.to_string(),
            settings: record.settings.clone(),
            grants: Grants::parse(&record.hosts).map_err(|error| Outcome::Broken(error.to_string()))?,
            secrets: hooks::secrets(record, plugin.manifest(), &self.folder).map_err(Outcome::Credential)?,
            limits: self.limits.clone(),
            resolver,
            recorder,
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

    /// How webhooks of a record are verified.
    fn door(&self, record: &ConnectionRecord) -> Result<Door, String> {
        let plugin = self.channel(&record.plugin)?;
        let recipe = plugin.manifest().webhook.clone();
        let secrets = hooks::secrets(record, plugin.manifest(), &self.folder)?;
        let verifier = match &recipe {
            Some(recipe) if recipe.by_plugin() => {
                let resolver: Arc<dyn Resolver> = Arc::new(SystemResolver);
                let spec = ConnectionSpec {
                    id: record.id.to_string(),
                    settings: record.settings.clone(),
                    grants: Grants::default(),
                    secrets: secrets.clone(),
                    limits: Limits {
                        requests: 0,
                        kv: 0,
                        wall: VERIFY_ALL,
                        cpu: VERIFY,
                        ..self.limits.clone()
                    },
                    resolver,
                    recorder: None,
                };
                let connection = plugin.connect(spec).map_err(|error| error.to_string())?;
                Some(connection.verifier())
            }
            _ => None,
        };
        Ok(Door {
            recipe,
            secrets,
            verifier,
        })
    }
}

fn not_a_channel(name: &str) -> String {
    format!("`{name}` is a triage plugin: it judges messages and has no connections; name it in [triage] plugins")
}

/// Opens connections for the board.
pub struct PluginOpener {
    /// The plugins.
    pub plugins: Arc<Plugins>,
    /// What is installed; none where nothing ever is.
    pub registry: Option<Arc<Registry>>,
}

#[async_trait]
impl Opener for PluginOpener {
    fn door(&self, record: &ConnectionRecord) -> Result<Door, String> {
        self.plugins.door(record)
    }

    fn plugin(&self, record: &ConnectionRecord) -> Result<Opened, String> {
        let plugin = self.plugins.channel(&record.plugin)?;
        let description = plugin.description();
        let (plugins, record) = (Arc::clone(&self.plugins), record.clone());
        let (also, of) = (Arc::clone(&self.plugins), record.clone());
        let (now, name) = (Arc::clone(&self.plugins), record.plugin.clone());
        Ok(Opened {
            network: description.network.clone(),
            policy: convert::mapped(convert::policy(description), &record),
            open: Box::new(move || plugins.connect(&record).map(Connected::channel)),
            secrets: Box::new(move || also.mark(&of)),
            version: Box::new(move || now.revision(&name)),
        })
    }

    fn version(&self, record: &ConnectionRecord) -> u64 {
        self.plugins.revision(&record.plugin)
    }

    async fn refresh(&self) {
        if let Some(registry) = &self.registry
            && let Err(error) = registry.follow().await
        {
            tracing::warn!(%error, "what is installed could not be read; the plugins stay as they are");
        }
    }

    async fn broke(&self, record: &ConnectionRecord, version: u64, why: &str) {
        if let Some(registry) = &self.registry {
            registry.broke(&record.plugin, version, &record.id, why).await;
        }
    }
}
