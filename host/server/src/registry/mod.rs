//! Installing plugins on a host that runs: what is asked before, what is written, what can be taken back.
//!
//! Everything that can be known before a change is asked before it: whose signature it is, what the plugin would newly
//! be able to do and whether somebody agreed to just that, whether it fits the contract, describes itself, and bears the
//! settings of every line that uses it. Only then is the file kept, and after it one transaction changes what is
//! installed and writes the deed down. A running host follows what the store says: the change may come from its own admin
//! API or from a command line beside it. Whoever dies between two steps leaves either the old version or the new one.
//!
//! - `files`: the folder of packages.
//! - `fitness`: does another version bear what is there?
//! - `watch`: the rule by which a bad upgrade is taken back.
//! - `trial`: a triage version that is tried beside the one that decides.
//! - `views`: what an operator reads.
//! - `refused`: why nothing was changed.

mod files;
mod fitness;
mod refused;
mod trial;
mod views;
mod watch;

pub use files::{Files, STEPS, Steps};
pub use refused::Refused;
pub use trial::{WINDOW as TRIAL_WINDOW, ends as trial_ends, in_share};
pub use views::{PluginState, TrialChange, TrialReport, figures};
pub use watch::{WATCH, watched};

use crate::clock::Clock;
use crate::config::PluginsConfig;
use crate::plugins::Plugins;
use jackfield_engine::package::{Diff, Package, PackageError};
use jackfield_protocol::{Millis, PluginAction, PluginDeed, PluginInstall, PluginLogEntry, PluginVersion};
use jackfield_store::{Installation, Store};
use std::sync::Arc;

/// Who changes what is installed, and what they agreed to.
#[derive(Debug, Clone, Default)]
pub struct By {
    /// For the log.
    pub who: String,
    /// The digest of the difference that they agree to.
    pub approve: Option<String>,
}

/// Changes what is installed.
pub struct Registry {
    plugins: Arc<Plugins>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    config: PluginsConfig,
    steps: Steps,
}

/// What works of a plugin now, and the record of it where it was installed.
struct Now {
    version: PluginVersion,
    package: Package,
    install: Option<PluginInstall>,
}

impl Registry {
    /// Works on these plugins and this store.
    pub fn new(plugins: Arc<Plugins>, store: Arc<dyn Store>, clock: Arc<dyn Clock>, config: PluginsConfig) -> Self {
        Self {
            plugins,
            store,
            clock,
            config,
            steps: Arc::new(|_| ()),
        }
    }

    /// The same, called after each step that leaves something on the disk.
    pub fn with_steps(mut self, steps: Steps) -> Self {
        self.steps = steps;
        self
    }

    /// How the process is that runs plugins.
    pub fn tier(&self) -> crate::tier::TierStatus {
        self.plugins.tier()
    }

    /// Makes the plugins of this host what the store says.
    pub async fn follow(&self) -> Result<(), Refused> {
        self.plugins.follow(self.store.plugin_installs().await?);
        Ok(())
    }

    /// Takes away packages that an install left which was killed before it was written down.
    pub async fn sweep(&self) -> Result<(), Refused> {
        let installs = self.store.plugin_installs().await?;
        let versions = installs.iter().flat_map(|install| {
            let candidate = install.candidate.as_ref().map(|candidate| &candidate.version);
            [Some(&install.current), install.previous.as_ref(), candidate]
        });
        let named = versions
            .flatten()
            .filter_map(|version| version.file.as_deref())
            .collect();
        Files::new(&self.config.folder).sweep(&named);
        Ok(())
    }

    /// Everything that was done.
    pub async fn log(&self) -> Result<Vec<PluginLogEntry>, Refused> {
        Ok(self.store.plugin_log().await?)
    }

    /// A plugin that is not there yet.
    pub async fn install(&self, bytes: &[u8], by: &By) -> Result<PluginLogEntry, Refused> {
        let (package, signer) = self.open(bytes)?;
        let name = package.manifest().name.clone();
        if let Some(now) = self.now(&name).await? {
            let title = now.package.manifest().title();
            return Err(Refused::new(
                "plugin-there",
                format!("{title} is there already. To put this version in its place: jackfield plugin upgrade FILE"),
            ));
        }
        self.fits(&package, None).await?;
        let current = self.keep(&package, signer)?;
        let install = PluginInstall {
            name: name.clone(),
            current: current.clone(),
            previous: None,
            watched_until: None,
            candidate: None,
            revision: 0,
        };
        let deed = self.deed(by, PluginAction::Install, &name, &current, "");
        self.record(0, Some(install), deed).await
    }

    /// Whether a package is of this plugin: who names one and sends another has mixed something up.
    pub fn is_of(&self, name: &str, bytes: &[u8]) -> Result<(), Refused> {
        let package = Package::read(bytes)?;
        let is = &package.manifest().name;
        if is == name {
            return Ok(());
        }
        Err(Refused::new(
            "other-plugin",
            format!("the package is of {is}, and {name} was named. Name the plugin that it is of"),
        ))
    }

    /// What an upgrade with this package would change.
    pub async fn diff(&self, bytes: &[u8]) -> Result<Diff, Refused> {
        let (package, _) = self.open(bytes)?;
        let now = self.needed(&package.manifest().name).await?;
        Ok(Diff::between(&now.package, &package)?)
    }

    /// Another version in the place of the one that works.
    pub async fn upgrade(&self, bytes: &[u8], by: &By) -> Result<PluginLogEntry, Refused> {
        let (package, signer) = self.open(bytes)?;
        let now = self.needed(&package.manifest().name).await?;
        newer(&now.package, &package)?;
        let diff = Diff::between(&now.package, &package)?;
        if diff.needs_approval() && by.approve.as_deref() != Some(diff.digest()) {
            return Err(Refused::NeedsApproval(Box::new(diff)));
        }
        self.fits(&package, Some(&now.package)).await?;
        let current = self.keep(&package, signer)?;
        let name = package.manifest().name.clone();
        let install = PluginInstall {
            name: name.clone(),
            current: current.clone(),
            previous: Some(now.version.clone()),
            watched_until: Some(self.clock.now().saturating_add(WATCH)),
            candidate: None,
            revision: 0,
        };
        let why = format!("from {}", now.version.version);
        let mut deed = self.deed(by, PluginAction::Upgrade, &name, &current, &why);
        deed.approved = diff.needs_approval().then(|| diff.digest().to_owned());
        let expected = now.install.as_ref().map_or(0, |install| install.revision);
        let done = self.record(expected, Some(install), deed).await?;
        // What the step before needed and no record names any more.
        if let Some(old) = now.install {
            let named = [Some(&current), Some(&now.version)];
            let old = [old.previous.as_ref(), old.candidate.as_ref().map(|one| &one.version)];
            let gone: Vec<_> = old.into_iter().filter(|one| !named.contains(one)).collect();
            self.plugins.files().remove(&gone);
        }
        Ok(done)
    }

    /// The version before takes its place again.
    pub async fn rollback(&self, name: &str, by: &By) -> Result<PluginLogEntry, Refused> {
        self.back(name, by, PluginAction::Rollback, "").await
    }

    async fn back(&self, name: &str, by: &By, action: PluginAction, why: &str) -> Result<PluginLogEntry, Refused> {
        let now = self.needed(name).await?;
        let Some((install, previous)) = now
            .install
            .as_ref()
            .and_then(|install| Some((install, install.previous.clone()?)))
        else {
            return Err(Refused::new(
                "no-version-before",
                format!(
                    "there is no version before {} to go back to",
                    now.package.manifest().title()
                ),
            ));
        };
        let package = self.package_of(name, &previous)?;
        self.fits(&package, Some(&now.package)).await?;
        let next = PluginInstall {
            current: previous.clone(),
            // What somebody takes back they may want again; what the host took back they have to bring again.
            previous: (action == PluginAction::Rollback).then(|| now.version.clone()),
            watched_until: None,
            ..install.clone()
        };
        let why = if why.is_empty() {
            format!("from {}", now.version.version)
        } else {
            format!("from {}: {why}", now.version.version)
        };
        let deed = self.deed(by, action, name, &previous, &why);
        self.record(install.revision, Some(next), deed).await
    }

    /// Takes an installed plugin away; where one came with the program, that one works again.
    pub async fn remove(&self, name: &str, by: &By) -> Result<PluginLogEntry, Refused> {
        let now = self.needed(name).await?;
        let Some(install) = now.install else {
            return Err(Refused::new(
                "plugin-of-the-program",
                format!(
                    "{} came with the program and is not removed; a line that does not use it does not call it",
                    now.package.manifest().title()
                ),
            ));
        };
        let lines = self.lines_of(name).await?;
        if !lines.is_empty() {
            return Err(Refused::new(
                "plugin-in-use",
                format!(
                    "{name} is used by {}. First run: {}",
                    lines.join(", "),
                    lines
                        .iter()
                        .map(|id| format!("jackfield connection remove {id}"))
                        .collect::<Vec<_>>()
                        .join("; ")
                ),
            ));
        }
        if self.plugins.judges(name) && self.plugins.bundled(name).is_err() {
            return Err(Refused::new(
                "plugin-in-use",
                format!(
                    "{name} judges messages. First take it out of [triage] plugins in the configuration, and start the host again"
                ),
            ));
        }
        let deed = self.deed(by, PluginAction::Remove, name, &install.current, "");
        let done = self.record(install.revision, None, deed).await?;
        let candidate = install.candidate.as_ref().map(|one| &one.version);
        self.plugins
            .files()
            .remove(&[Some(&install.current), install.previous.as_ref(), candidate]);
        Ok(done)
    }

    /// The ids of the lines that use a plugin.
    async fn lines_of(&self, name: &str) -> Result<Vec<String>, Refused> {
        let records = self.store.connections().await?;
        Ok(records
            .iter()
            .filter(|record| record.plugin == name)
            .map(|record| record.id.to_string())
            .collect())
    }

    /// Reads a package and says whose it is; none for one that is taken unsigned.
    fn open(&self, bytes: &[u8]) -> Result<(Package, Option<String>), Refused> {
        let package = Package::read(bytes)?;
        let signer = believed(&package, &self.config)?;
        Ok((package, signer))
    }

    async fn now(&self, name: &str) -> Result<Option<Now>, Refused> {
        let installs = self.store.plugin_installs().await?;
        if let Some(install) = installs.into_iter().find(|install| install.name == name) {
            let package = self.package_of(name, &install.current)?;
            return Ok(Some(Now {
                version: install.current.clone(),
                package,
                install: Some(install),
            }));
        }
        let Ok(package) = self.plugins.bundled(name) else {
            return Ok(None);
        };
        let version = PluginVersion {
            version: package.manifest().version.clone(),
            digest: package.digest(),
            file: None,
            signer: None,
        };
        Ok(Some(Now {
            version,
            package,
            install: None,
        }))
    }

    async fn needed(&self, name: &str) -> Result<Now, Refused> {
        self.now(name).await?.ok_or_else(|| {
            let known = self.plugins.names().join(", ");
            Refused::new(
                "plugin-unknown",
                format!("there is no plugin `{name}` here; there are: {known}. A new one is added with: jackfield plugin install FILE"),
            )
        })
    }

    fn package_of(&self, name: &str, version: &PluginVersion) -> Result<Package, Refused> {
        let package = match version.file {
            Some(_) => self.plugins.files().get(name, version),
            None => self.plugins.bundled(name),
        };
        package.map_err(|what| Refused::new("package-missing", what))
    }

    fn keep(&self, package: &Package, signer: Option<String>) -> Result<PluginVersion, Refused> {
        let file = self.plugins.files().put(package, &self.steps)?;
        Ok(PluginVersion {
            version: package.manifest().version.clone(),
            digest: package.digest(),
            file: Some(file),
            signer,
        })
    }

    fn deed(&self, by: &By, action: PluginAction, name: &str, version: &PluginVersion, why: &str) -> PluginDeed {
        PluginDeed {
            at: self.now_ms(),
            who: by.who.clone(),
            action,
            plugin: name.to_owned(),
            version: version.version.clone(),
            digest: version.digest.clone(),
            signer: version.signer.clone(),
            approved: None,
            why: why.to_owned(),
        }
    }

    fn now_ms(&self) -> Millis {
        self.clock.now()
    }

    /// Makes it true and written down, and follows it at once.
    async fn record(
        &self,
        expected: u64,
        install: Option<PluginInstall>,
        deed: PluginDeed,
    ) -> Result<PluginLogEntry, Refused> {
        let change = Installation {
            name: deed.plugin.clone(),
            expected,
            install,
            deed,
        };
        let done = self.store.install_plugin(change).await?;
        (self.steps)("recorded");
        tracing::info!(
            action = done.deed.action.word(),
            plugin = done.deed.plugin,
            version = done.deed.version,
            who = done.deed.who,
            why = done.deed.why,
            "plugins"
        );
        self.follow().await?;
        Ok(done)
    }
}

/// Whose package it is; none for one that the configuration takes unsigned.
pub fn believed(package: &Package, config: &PluginsConfig) -> Result<Option<String>, PackageError> {
    match package.verify(&config.trusted) {
        Ok(signer) => Ok(Some(signer.name)),
        // A signature that does not hold is never the same as none.
        Err(PackageError::Unsigned(_) | PackageError::Untrusted { .. }) if config.allow_unsigned => Ok(None),
        Err(error) => Err(error),
    }
}

/// An older version comes back by a rollback, never as an upgrade: its faults are known to more people than its author.
fn newer(now: &Package, next: &Package) -> Result<(), Refused> {
    let (a, b) = (now.manifest(), next.manifest());
    if now.digest() == next.digest()
        || (a.version == b.version
            && now.component() == next.component()
            && now.manifest_text() == next.manifest_text())
    {
        return Err(Refused::new(
            "same-version",
            format!("this very package of {} works already", a.title()),
        ));
    }
    if a.version == b.version {
        return Err(Refused::new(
            "same-version",
            format!(
                "two different packages call themselves {}. Give the new one another version",
                a.title()
            ),
        ));
    }
    if numbers(&b.version) < numbers(&a.version) {
        return Err(Refused::new(
            "older-version",
            format!(
                "{} is older than {} that works now. To go back to the version before: jackfield plugin rollback {}",
                b.title(),
                a.version,
                a.name
            ),
        ));
    }
    Ok(())
}

/// The three numbers of a version, and whether it is a release: `1.0.0-rc1` comes before `1.0.0`.
fn numbers(version: &str) -> (Vec<u64>, bool) {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let release = !version.contains('-');
    (
        core.split('.').map(|part| part.parse().unwrap_or(u64::MAX)).collect(),
        release,
    )
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn versions_are_compared_by_number() {
        let ordered = ["0.1.0", "0.1.9", "0.1.10", "0.2.0-rc1", "0.2.0", "1.0.0"];
        for pair in ordered.windows(2) {
            assert!(numbers(pair[0]) < numbers(pair[1]), "{pair:?}");
        }
    }
}
