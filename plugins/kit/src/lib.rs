//! The conformance kit: says of a plugin what a host can count on.
//!
//! A channel plugin is run against a network that the kit has in its hands: a stand-in with state, or, where there is
//! none, a trace that was recorded once against the real server. A triage plugin needs no network. Each case is a
//! claim about the plugin and is true or not, with a reason that a program can read; the cases up to a grade decide the
//! grade. A case may be skipped in `conform.toml`, with a reason that everybody sees; the highest grade takes no skips.
//!
//! | module | what is in it |
//! |---|---|
//! | `subject`, `conform` | what is tested: a folder or a component; its `conform.toml` |
//! | `claims`, `report` | the cases in order of grade; what came out |
//! | `stage`, `line`, `town` | the engines; a host with nothing but memory; the stand-in |
//! | `cases` | channel cases against a stand-in |
//! | `traced` | channel cases against a trace |
//! | `triage` | cases of judges |
//! | `record`, `replay` | makes traces; runs one again |

mod cases;
mod claims;
mod conform;
mod line;
mod record;
mod replay;
mod report;
mod stage;
mod subject;
mod town;
mod traced;
mod triage;

pub use claims::{CHANNEL, Claim, Grade, TRIAGE};
pub use conform::{Conform, ConformError, Which};
pub use record::{Plan, Recorded, Reply, record};
pub use replay::{Again, replay};
pub use report::{Case, Outcome, Report};
pub use subject::Subject;

use jackfield_engine::manifest::World;
use std::path::PathBuf;
use std::time::Instant;

/// What the kit needs besides the plugin.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where compiled plugins are kept; none compiles each time.
    pub cache: Option<PathBuf>,
    /// Only cases of these names; all where empty.
    pub only: Vec<String>,
}

/// Runs the kit.
pub async fn run(subject: &Subject, options: &Options) -> Result<Report, String> {
    let began = Instant::now();
    let all = match subject.manifest.world {
        World::ChannelPlugin => CHANNEL,
        World::TriagePlugin => TRIAGE,
    };
    if let Some(unknown) = options
        .only
        .iter()
        .find(|name| !all.iter().any(|claim| claim.case == *name))
    {
        let names: Vec<_> = all.iter().map(|claim| claim.case).collect();
        return Err(format!(
            "there is no case `{unknown}`; the cases are {}",
            names.join(", ")
        ));
    }
    if let Some(skip) = subject
        .conform
        .skips
        .iter()
        .find(|skip| !all.iter().any(|claim| claim.case == skip.case))
    {
        let names: Vec<_> = all.iter().map(|claim| claim.case).collect();
        return Err(format!(
            "conform.toml skips the case `{}`, which is none; the cases are {}",
            skip.case,
            names.join(", ")
        ));
    }
    let wanted = all
        .iter()
        .filter(|claim| options.only.is_empty() || options.only.iter().any(|name| name == claim.case));
    let (ground, cases) = match subject.manifest.world {
        World::ChannelPlugin => Box::pin(cases::run(subject, options, wanted)).await?,
        World::TriagePlugin => triage::run(subject, options, wanted)?,
    };
    Ok(Report::new(
        &subject.manifest,
        ground,
        cases,
        all.len(),
        began.elapsed(),
    ))
}
