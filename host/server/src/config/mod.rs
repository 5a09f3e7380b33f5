//! What the operator decides: one file, the environment over it, flags over both.
//!
//! The file is read whole and checked whole before anything starts. Whatever is wrong is said with its key, its line and
//! the repair, because the reader of that sentence has the file open in front of them. Unknown keys are refused: a
//! misspelt limit must not be a limit that is silently absent. Secrets never stand in the file; it says where they are.

mod check;
mod environment;
mod error;
mod file;
mod secret;
mod tier;
mod webhooks;

pub use check::{check_name, check_origin};
pub use environment::unknown_settings;
pub use error::{ConfigError, Place};
pub use jackfield_engine::package::TrustedKey;
pub use secret::{Exposure, Secret, SecretError, SecretRef};
pub use tier::{Confine, TierForm};
pub use webhooks::WebhookConfig;

use crate::lines::budget::Allowances;
use jackfield_protocol::{BrandId, WorkspaceId};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Everything that was decided, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it came from.
    pub file: PathBuf,
    /// Where the HTTP server listens.
    pub listen: SocketAddr,
    /// This server's origin as browsers see it, where a proxy stands before it.
    pub public_origin: Option<String>,
    /// The database file.
    pub database: PathBuf,
    /// Where compiled plugins and the key that authenticates them are kept.
    pub cache: PathBuf,
    /// Panel, plugins and pages from this folder instead of the ones inside the program.
    pub bundle: Option<PathBuf>,
    /// Whose tokens are believed.
    pub issuers: Vec<IssuerConfig>,
    /// Who judges messages.
    pub triage: TriageConfig,
    /// What networks send by themselves.
    pub webhooks: WebhookConfig,
    /// What may be used up.
    pub limits: Limits,
    /// What connections may use over time.
    pub budgets: Allowances,
    /// Where the token of the admin API is; none: it is off.
    pub admin: Option<SecretRef>,
    /// Plugins that were installed, and whose signature makes one good.
    pub plugins: PluginsConfig,
    /// What supervisors write.
    pub policy: PolicyConfig,
    /// Where /metrics is read without a token, on this machine; none: nowhere.
    pub metrics: Option<SocketAddr>,
    /// The origin of the collector that spans go to; none: nowhere.
    pub telemetry: Option<String>,
}

/// Plugins that were installed, and whose signature makes one good.
#[derive(Debug, Clone, Default)]
pub struct PluginsConfig {
    /// Where their files are.
    pub folder: PathBuf,
    /// Whose signatures are believed.
    pub trusted: Vec<TrustedKey>,
    /// A package without a good signature is taken too: for a developer's own machine.
    pub allow_unsigned: bool,
    /// Where they run.
    pub tier: TierForm,
    /// Whether the kernel has to hold the processes that compile and run them.
    pub confine: Confine,
    /// This program, to be started again for them. Not from the file: the command line knows what it is. None where
    /// the host is a part of another program: then they are compiled and run in it.
    pub program: Option<PathBuf>,
}

/// What supervisors write.
#[derive(Debug, Clone, Default)]
pub struct PolicyConfig {
    /// The folder of policy files; none: only what is applied by `jackfield policy apply`.
    pub folder: Option<PathBuf>,
    /// The folder of Hunspell dictionaries; none: spelling is not looked at.
    pub dictionaries: Option<PathBuf>,
}

/// Somebody whose tokens are believed, and how far.
#[derive(Debug, Clone)]
pub struct IssuerConfig {
    /// The `iss` claim.
    pub name: String,
    /// How its tokens are signed. A token has no say in it.
    pub algorithm: Algorithm,
    /// The shared secret (HS256) or the public key in PEM (RS256, EdDSA).
    pub key: SecretRef,
    /// The one workspace it may speak for.
    pub workspace: WorkspaceId,
    /// The brands of it.
    pub brands: Vec<BrandId>,
    /// Pages that may show the panel with its tokens.
    pub origins: Vec<String>,
}

/// How tokens may be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// A shared secret.
    Hs256,
    /// An RSA key pair.
    Rs256,
    /// An Ed25519 key pair.
    EdDsa,
}

impl Algorithm {
    /// As it stands in the configuration and in tokens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// Who judges messages, and what the brands are called.
#[derive(Debug, Clone, Default)]
pub struct TriageConfig {
    /// Plugins by name, in order.
    pub plugins: Vec<String>,
    /// Names that a brand goes by, lower case.
    pub brand_terms: BTreeMap<BrandId, Vec<String>>,
}

/// What may be used up. Every figure has a value here, so that nothing runs without a limit.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Between two polls of a healthy line.
    pub poll_interval: Duration,
    /// Events that one poll may bring.
    pub poll_events: u32,
    /// Calls into channel plugins at the same time.
    pub calls_at_once: usize,
    /// Between two seals of the log.
    pub seal_interval: Duration,
    /// Live feeds at the same time.
    pub feeds: usize,
    /// Memory of one plugin instance, bytes.
    pub plugin_memory: usize,
    /// Wall time of one call into a channel plugin, network included.
    pub plugin_call: Duration,
    /// Threads that run triage.
    pub triage_threads: usize,
}

impl Default for Limits {
    /// Five seconds is what a person takes for "live" and what a network's rate limit bears (Mastodon: 300 requests in
    /// 5 minutes; a poll takes at most a few). The rest follows from 1 000 lines on one host.
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_secs(5),
            poll_events: 100,
            calls_at_once: 64,
            seal_interval: Duration::from_secs(60),
            feeds: 1000,
            plugin_memory: 64 << 20,
            plugin_call: Duration::from_secs(30),
            triage_threads: 1,
        }
    }
}

/// What environment and flags say; each takes the place of what the file says.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--listen`, `JACKFIELD_LISTEN`.
    pub listen: Option<String>,
    /// `--database`, `JACKFIELD_DATABASE`.
    pub database: Option<PathBuf>,
    /// `--cache`, `JACKFIELD_CACHE`.
    pub cache: Option<PathBuf>,
    /// `--bundle`, `JACKFIELD_BUNDLE`.
    pub bundle: Option<PathBuf>,
}

/// Reads and checks a configuration file. Nothing is opened but the file itself.
pub fn load(path: &Path, overrides: &Overrides) -> Result<Config, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::unreadable(path, &error))?;
    parse(path, &text, overrides)
}

/// Checks the text of a configuration file that stands at `path`.
pub fn parse(path: &Path, text: &str, overrides: &Overrides) -> Result<Config, ConfigError> {
    let raw = file::read(path, text)?;
    check::check(path, text, &raw, overrides)
}
