//! Who judges now. The bench is asked before each batch, so an upgrade of a judge needs no start of the host: a batch that
//! is under way ends on the version that it began with.

use super::{Abstains, Judge};
use crate::plugins::Plugins;
use async_trait::async_trait;
use jackfield_engine::package::Package;
use jackfield_protocol::{PluginInstall, PluginVersion};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// One judge, and perhaps another version that is tried beside it.
#[derive(Clone)]
pub struct Seat {
    /// Its verdicts are shown.
    pub decides: Arc<dyn Judge>,
    /// Tried beside it.
    pub tried: Option<Tried>,
}

/// A version that is tried.
#[derive(Clone)]
pub struct Tried {
    /// The plugin's name.
    pub plugin: String,
    /// The digest of its package.
    pub digest: String,
    /// It.
    pub judge: Arc<dyn Judge>,
    /// Of a hundred conversations it decides so many.
    pub share: u8,
}

/// Says who judges.
#[async_trait]
pub trait Bench: Send + Sync + 'static {
    /// In order.
    async fn seats(&self) -> Vec<Seat>;
}

/// The same judges always.
pub(super) struct Fixed(pub(super) Vec<Arc<dyn Judge>>);

#[async_trait]
impl Bench for Fixed {
    async fn seats(&self) -> Vec<Seat> {
        let seat = |judge: &Arc<dyn Judge>| Seat {
            decides: Arc::clone(judge),
            tried: None,
        };
        self.0.iter().map(seat).collect()
    }
}

/// Judges that are plugins, as they are installed now.
pub struct PluginBench {
    plugins: Arc<Plugins>,
    names: Vec<String>,
    /// By name: the revision that the seat was made of.
    seats: Mutex<HashMap<String, (u64, Seat)>>,
}

impl PluginBench {
    /// Loads every judge; one that is not there at all is a fault of the configuration.
    pub fn new(plugins: Arc<Plugins>, names: &[String]) -> Result<Self, String> {
        let bench = Self {
            plugins,
            names: names.to_vec(),
            seats: Mutex::default(),
        };
        for name in names {
            let decides = bench.plugins.judge_or_abstain(name)?;
            bench.sit(name, decides);
        }
        Ok(bench)
    }

    fn sit(&self, name: &str, decides: Arc<dyn Judge>) {
        let install = self.plugins.installed(name);
        let revision = install.as_ref().map_or(0, |install| install.revision);
        let tried = install.and_then(|install| self.tried(name, &install));
        let seat = Seat { decides, tried };
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        seats.insert(name.to_owned(), (revision, seat));
    }

    fn tried(&self, name: &str, install: &PluginInstall) -> Option<Tried> {
        let candidate = install.candidate.as_ref()?;
        let judge = self.load(name, &candidate.version).unwrap_or_else(|why| {
            tracing::error!(plugin = name, version = candidate.version.version, %why, "a version that is tried cannot be loaded");
            Arc::new(Abstains {
                title: format!("{name}@{}", candidate.version.version),
                why,
            })
        });
        Some(Tried {
            plugin: name.to_owned(),
            digest: candidate.version.digest.clone(),
            judge,
            share: candidate.share,
        })
    }

    fn load(&self, name: &str, version: &PluginVersion) -> Result<Arc<dyn Judge>, String> {
        let package: Package = self.plugins.package(name, version)?;
        self.plugins.judge_of(&package)
    }

    /// Makes a seat anew where another revision is installed. A change of the share alone compiles nothing.
    fn renew(&self, name: &str) {
        let known = {
            let seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
            seats.get(name).cloned()
        };
        match known {
            Some((revision, _)) if revision == self.plugins.revision(name) => {}
            _ => match self.plugins.judge_or_abstain(name) {
                Ok(decides) => self.sit(name, decides),
                Err(why) => {
                    tracing::error!(plugin = name, %why, "a judge cannot be renewed; the version before goes on")
                }
            },
        }
    }
}

/// A bench on a thread that may wait for the compiler.
#[async_trait]
impl Bench for Arc<PluginBench> {
    async fn seats(&self) -> Vec<Seat> {
        let stale = |bench: &PluginBench| {
            let seats = bench.seats.lock().unwrap_or_else(PoisonError::into_inner);
            let fresh = |name: &String| {
                seats
                    .get(name)
                    .is_some_and(|(known, _)| *known == bench.plugins.revision(name))
            };
            !bench.names.iter().all(fresh)
        };
        if stale(self) {
            let bench = Arc::clone(self);
            let renewed = tokio::task::spawn_blocking(move || bench.names.iter().for_each(|name| bench.renew(name)));
            if let Err(error) = renewed.await {
                tracing::error!(%error, "the judges could not be renewed");
            }
        }
        let seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        self.names
            .iter()
            .filter_map(|name| Some(seats.get(name)?.1.clone()))
            .collect()
    }
}
