//! A plugin that was compiled, fits its world and described itself; and where it runs: in this process or in the tier.
//! Nobody above this file knows which.

use crate::hooks::Verifier;
use crate::lines::Channel;
use crate::tier::{Remote, RemoteChannel, RemoteJudge, Tier};
use crate::triage::{Judge, PluginJudge};
use jackfield_engine::bindings::{Description, TriageDescription};
use jackfield_engine::manifest::World;
use jackfield_engine::{
    CallError, ChannelConnection, ChannelPlugin, ConnectError, ConnectionSpec, Engine, Face, Limits, Manifest, Secret,
    TriageLane, TriagePlugin,
};
use std::sync::Arc;

/// Where plugins run.
#[derive(Clone)]
pub(super) enum Place {
    Inside(Arc<Engine>),
    Apart(Arc<Tier>),
}

/// A plugin that was compiled, fits its world and described itself.
pub enum Loaded {
    /// A line to a network.
    Channel(LoadedChannel),
    /// A judge of messages.
    Triage(LoadedTriage),
}

impl Place {
    /// Loads a component with its manifest, of which `text` is what was parsed.
    pub(super) fn load(&self, component: &[u8], manifest: Manifest, text: &str) -> Result<Loaded, String> {
        Ok(match (self, manifest.world) {
            (Self::Inside(engine), World::ChannelPlugin) => {
                let plugin = engine
                    .load_channel(component, manifest)
                    .map_err(|error| error.to_string())?;
                Loaded::Channel(LoadedChannel {
                    face: Arc::clone(plugin.face()),
                    runs: Runs::Inside(plugin),
                })
            }
            (Self::Inside(engine), World::TriagePlugin) => {
                let plugin = engine
                    .load_triage(component, manifest)
                    .map_err(|error| error.to_string())?;
                Loaded::Triage(LoadedTriage::Inside(plugin))
            }
            (Self::Apart(tier), World::ChannelPlugin) => {
                let (remote, face) = Remote::channel(tier, component, text)?;
                Loaded::Channel(LoadedChannel {
                    face: Arc::new(face),
                    runs: Runs::Apart(remote),
                })
            }
            (Self::Apart(tier), World::TriagePlugin) => {
                let (remote, description) = Remote::triage(tier, component, text)?;
                Loaded::Triage(LoadedTriage::Apart(remote, Box::new(description)))
            }
        })
    }
}

/// A channel plugin. Cheap to clone.
#[derive(Clone)]
pub struct LoadedChannel {
    face: Arc<Face>,
    runs: Runs,
}

#[derive(Clone)]
enum Runs {
    Inside(ChannelPlugin),
    Apart(Arc<Remote>),
}

impl LoadedChannel {
    /// What it can do and what it needs, as it said when it was loaded.
    pub fn description(&self) -> &Description {
        self.face.description()
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        self.face.manifest()
    }

    /// Whether a connection with these settings and secrets could be made; else what it lacks, with the repair.
    pub fn bears(&self, settings: &str, secrets: &[&str]) -> Result<(), String> {
        self.face.bears(settings, secrets)
    }

    /// Makes a connection. Nothing is started: the first call makes the instance.
    pub fn connect(&self, spec: ConnectionSpec) -> Result<Connected, ConnectError> {
        match &self.runs {
            Runs::Inside(plugin) => plugin.connect(spec).map(|made| Connected(Kind::Inside(Arc::new(made)))),
            Runs::Apart(remote) => {
                let no = |what: String| ConnectError {
                    connection: spec.id.clone(),
                    what,
                };
                let secrets: Vec<&str> = spec.secrets.iter().map(Secret::name).collect();
                self.bears(&spec.settings, &secrets).map_err(no)?;
                if spec.recorder.is_some() {
                    return Err(no("what its plugin does cannot be recorded in the plugin tier; write tier = \"inside\" in [plugins]".to_owned()));
                }
                let remote = RemoteChannel::new(Arc::clone(remote), spec);
                Ok(Connected(Kind::Apart(Arc::new(remote))))
            }
        }
    }
}

/// A connection, wherever it runs.
pub struct Connected(Kind);

enum Kind {
    Inside(Arc<ChannelConnection>),
    Apart(Arc<RemoteChannel>),
}

impl Connected {
    /// As a line calls it.
    pub fn channel(self) -> Arc<dyn Channel> {
        match self.0 {
            Kind::Inside(made) => made,
            Kind::Apart(made) => made,
        }
    }

    /// As the door of a line asks it.
    pub fn verifier(self) -> Arc<dyn Verifier> {
        match self.0 {
            Kind::Inside(made) => made,
            Kind::Apart(made) => made,
        }
    }

    /// Tries settings and credential. One sentence that names the account.
    pub async fn check(&self) -> Result<String, CallError> {
        match &self.0 {
            Kind::Inside(made) => Box::pin(made.check()).await,
            Kind::Apart(made) => Box::pin(made.check()).await,
        }
    }
}

/// A triage plugin.
pub enum LoadedTriage {
    /// Here.
    Inside(TriagePlugin),
    /// In the tier.
    Apart(Arc<Remote>, Box<TriageDescription>),
}

impl LoadedTriage {
    /// What it knows, as it said when it was loaded.
    pub fn description(&self) -> &TriageDescription {
        match self {
            Self::Inside(plugin) => plugin.description(),
            Self::Apart(_, description) => description,
        }
    }

    /// In a lane of its own.
    pub(super) fn judge(self, title: String, limits: Limits, threads: usize) -> Result<Arc<dyn Judge>, String> {
        let labels = self.description().labels.clone();
        Ok(match self {
            Self::Inside(plugin) => {
                let lane = TriageLane::new(plugin, limits, threads).map_err(|error| error.to_string())?;
                Arc::new(PluginJudge::new(title, labels, lane))
            }
            Self::Apart(remote, _) => Arc::new(RemoteJudge::new(remote, title, labels, limits, threads)),
        })
    }
}
