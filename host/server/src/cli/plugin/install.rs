//! `jackfield plugin install`, `upgrade`, `rollback`, `remove` and `log`.

use super::super::{At, say, store, wait};
use super::door::{Change, change};
use super::pack::bytes;
use clap::Args;
use jackfield_engine::package::Package;
use jackfield_protocol::PluginLogEntry;
use jackfield_store::Store;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(in super::super) struct Install {
    /// The package.
    file: PathBuf,
    #[command(flatten)]
    at: At,
}

#[derive(Debug, Args)]
pub(in super::super) struct Upgrade {
    /// The package.
    file: PathBuf,
    /// The digest of the difference that you agree to; without it, the difference is shown.
    #[arg(long, value_name = "DIGEST")]
    approve: Option<String>,
    #[command(flatten)]
    at: At,
}

#[derive(Debug, Args)]
pub(in super::super) struct Named {
    /// The plugin's name.
    name: String,
    #[command(flatten)]
    at: At,
}

impl Install {
    pub(super) fn run(&self) -> Result<(), String> {
        let bytes = bytes(&self.file)?;
        let done = change(&self.at.config()?, &Change::Install(&bytes), None)
            .map_err(|why| format!("{}: {why}", self.file.display()))?;
        told(&done)?;
        for line in &package(&self.file, &bytes)?
            .capabilities()
            .map_err(|error| error.to_string())?
            .may
        {
            say(&format!("  {line}"))?;
        }
        Ok(())
    }
}

impl Upgrade {
    pub(super) fn run(&self) -> Result<(), String> {
        let bytes = bytes(&self.file)?;
        let name = package(&self.file, &bytes)?.manifest().name.clone();
        let done = change(
            &self.at.config()?,
            &Change::Upgrade(&name, &bytes),
            self.approve.as_deref(),
        )
        .map_err(|why| format!("{}: {why}", self.file.display()))?;
        told(&done)?;
        say(&format!(
            "A line that breaks within 10 minutes brings the version before back by itself; you do it with: jackfield plugin rollback {name}"
        ))
    }
}

fn package(path: &Path, bytes: &[u8]) -> Result<Package, String> {
    Package::read(bytes).map_err(|error| format!("{}: {error}", path.display()))
}

pub(super) fn told(done: &PluginLogEntry) -> Result<(), String> {
    let deed = &done.deed;
    let signer = deed
        .signer
        .as_ref()
        .map_or("unsigned".to_owned(), |name| format!("signed by {name}"));
    let signer = if deed.signer.is_none() && deed.digest.is_empty() {
        String::new()
    } else {
        format!(" ({signer})")
    };
    say(&format!(
        "{}: {} {}{signer}. Row {} of the log.",
        deed.action.word(),
        deed.plugin,
        deed.version,
        done.number
    ))
}

impl Named {
    pub(super) fn rollback(&self) -> Result<(), String> {
        told(&change(&self.at.config()?, &Change::Rollback(&self.name), None)?)
    }

    pub(super) fn remove(&self) -> Result<(), String> {
        told(&change(&self.at.config()?, &Change::Remove(&self.name), None)?)
    }
}

/// Everything that was done, oldest first.
pub(super) fn log(at: &At) -> Result<(), String> {
    let config = at.config()?;
    let log = wait(async { store(&config)?.plugin_log().await.map_err(|error| error.to_string()) })?;
    if log.is_empty() {
        return say("Nothing was installed yet.");
    }
    for entry in log {
        let deed = entry.deed;
        let at = jiff::Timestamp::from_millisecond(deed.at)
            .map(|at| at.to_string())
            .unwrap_or_default();
        let digest: String = deed.digest.chars().take(12).collect();
        let mut line = format!(
            "{}  {at}  {}  {} {} {}  sha256 {digest}  {}",
            entry.number,
            deed.who,
            deed.action.word(),
            deed.plugin,
            deed.version,
            deed.signer
                .map_or("unsigned".to_owned(), |name| format!("signed by {name}"))
        );
        if let Some(approved) = deed.approved {
            line.push_str(&format!("  approved {approved}"));
        }
        if !deed.why.is_empty() {
            line.push_str(&format!("  ({})", deed.why));
        }
        say(&line)?;
    }
    say("`jackfield log verify` checks that no row was altered.")
}
