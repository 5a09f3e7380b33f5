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
    seats: Mutex<HashMap<String, Sitting>>,
}

/// A seat, and what it was made of.
#[derive(Clone)]
struct Sitting {
    revision: u64,
    /// The digest of the package that decides; none for the one that came with the program.
    digest: Option<String>,
    seat: Seat,
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
            bench.renew(name)?;
        }
        Ok(bench)
    }

    /// Makes a seat of what is installed now. What is the same as before is kept: a change of the share loads nothing.
    fn renew(&self, name: &str) -> Result<(), String> {
        let install = self.plugins.installed(name);
        let known = {
            let seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
            seats.get(name).cloned()
        };
        let revision = install.as_ref().map_or(0, |install| install.revision);
        if known.as_ref().is_some_and(|known| known.revision == revision) {
            return Ok(());
        }
        let digest = install
            .as_ref()
            .and_then(|one| one.current.file.as_ref().map(|_| one.current.digest.clone()));
        let decides = match known.as_ref().filter(|known| known.digest == digest) {
            Some(known) => Arc::clone(&known.seat.decides),
            None => self.plugins.judge_or_abstain(name)?,
        };
        let before = known.and_then(|known| known.seat.tried);
        let tried = install.and_then(|install| self.tried(name, &install, before));
        let sitting = Sitting {
            revision,
            digest,
            seat: Seat { decides, tried },
        };
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        seats.insert(name.to_owned(), sitting);
        Ok(())
    }

    fn tried(&self, name: &str, install: &PluginInstall, before: Option<Tried>) -> Option<Tried> {
        let candidate = install.candidate.as_ref()?;
        let share = candidate.share;
        if let Some(before) = before.filter(|before| before.digest == candidate.version.digest) {
            return Some(Tried { share, ..before });
        }
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
            share,
        })
    }

    fn load(&self, name: &str, version: &PluginVersion) -> Result<Arc<dyn Judge>, String> {
        let package: Package = self.plugins.package(name, version)?;
        self.plugins.judge_of(&package)
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
                    .is_some_and(|known| known.revision == bench.plugins.revision(name))
            };
            !bench.names.iter().all(fresh)
        };
        if stale(self) {
            let bench = Arc::clone(self);
            let renewed = tokio::task::spawn_blocking(move || {
                for name in &bench.names {
                    if let Err(why) = bench.renew(name) {
                        tracing::error!(plugin = name, %why, "a judge cannot be renewed; the version before goes on");
                    }
                }
            });
            if let Err(error) = renewed.await {
                tracing::error!(%error, "the judges could not be renewed");
            }
        }
        let seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        self.names
            .iter()
            .filter_map(|name| Some(seats.get(name)?.seat.clone()))
            .collect()
    }
}
