//! The processes that touch what strangers wrote: the one that compiles plugins, and the one that runs them.
//!
//! - `compile`: components become code in a child that may only compute.
//! - `apart`: the process that runs plugins, from its own side.
//! - `paths`: the files that it may read.
//! - `wire`: what host and tier say to each other.
//! - `link`: the host's end of one life of it; `host`: all its lives.
//! - `plugin`, `judge`: plugins and connections that run there, and judges, as the host calls them.

pub mod apart;
pub mod compile;
mod host;
mod judge;
mod link;
mod paths;
mod plugin;
mod wire;

pub use host::{Tier, TierStatus};
pub use judge::RemoteJudge;
pub use plugin::{Remote, RemoteChannel};

use crate::config::{Confine, PluginsConfig};
use std::path::PathBuf;

/// This program as its children are started from it; the same file even where somebody has put a newer one in its place.
pub fn program() -> Option<PathBuf> {
    let own = PathBuf::from("/proc/self/exe");
    if own.exists() {
        Some(own)
    } else {
        std::env::current_exe().ok()
    }
}

/// Whether the kernel holds the children of this host as well as the configuration asks. What it does not hold is said
/// once, when the host starts.
pub fn held(config: &PluginsConfig) -> Result<(), String> {
    if config.program.is_none() {
        return match config.confine {
            Confine::Able => Ok(()),
            Confine::Required => Err(
                "`confine = \"required\"` in [plugins], and this host is a part of another program, which cannot start itself again".to_owned(),
            ),
        };
    }
    let Some(missing) = jackfield_confine::available().words() else {
        return Ok(());
    };
    match config.confine {
        Confine::Required => Err(format!(
            "`confine = \"required\"` in [plugins], and {missing}. Allow it, or write confine = \"able\" to work with what there is"
        )),
        Confine::Able => {
            tracing::warn!(
                "{missing}: the processes that compile and run plugins are not held by the kernel as they could be; `confine = \"required\"` in [plugins] refuses to start like this"
            );
            Ok(())
        }
    }
}
