//! `jackfield plugin`: what there is, and what it may do. One file for each verb; this one holds the list of them.

mod build;
mod dev;
mod diff;
pub(super) mod door;
mod grants;
mod inspect;
mod install;
mod list;
pub(super) mod mapping;
mod new;
mod pack;
mod record;
mod replay;
mod shadow;
mod sign;
mod test;

use super::{At, plugins};
use clap::{Args, Subcommand};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum Plugin {
    /// Begin a plugin: a small channel that works, in Rust, JavaScript or Python.
    #[command(
        after_help = "Example:\n  jackfield plugin new my-channel --lang python\n  cd my-channel\n  jackfield plugin dev"
    )]
    New(new::New),
    /// Make the component of a plugin, and try whether it fits.
    #[command(
        after_help = "Example:\n  jackfield plugin build my-channel\nA folder with plugin.toml and a Cargo.toml (Rust), package.json (JavaScript) or pyproject.toml (Python)."
    )]
    Build(build::Build),
    /// Run a plugin while you write it: rebuilt and swapped in at each change, with everything it does in view.
    #[command(
        after_help = "Example:\n  jackfield plugin dev my-channel\nconform.toml in that folder says which stand-in it talks to. Ctrl-C ends everything."
    )]
    Dev(dev::Dev),
    /// All plugins, a line each.
    List(At),
    /// One plugin in words: what it needs, what it can do, where it wants to talk to.
    Inspect(One),
    /// Run the conformance kit: what a host can count on, as a grade with reasons. Needs no network.
    #[command(
        after_help = "Example:\n  jackfield plugin test my-channel\n  jackfield plugin test my-channel --json --at-least gold"
    )]
    Test(test::Test),
    /// Record a plugin at work against a server: the trace becomes a fixture of the kit, without secrets.
    #[command(
        after_help = "Example:\n  jackfield plugin record my-channel --against https://server.example --secret token=file:token.txt --publish \"Hello\""
    )]
    Record(Box<record::Record>),
    /// Run a trace again without a network: identical, or the first difference. Or with a fault: what held.
    #[command(
        after_help = "Example:\n  jackfield plugin replay my-channel/fixtures/my-channel.trace\n  jackfield plugin replay my-channel/fixtures/my-channel.trace --fault 429"
    )]
    Replay(replay::Replay),
    /// Make one file of a plugin's component, plugin.toml and README.md.
    Pack(pack::Pack),
    /// Make a key to sign with.
    Keygen(sign::Keygen),
    /// Sign a package.
    Sign(sign::Sign),
    /// What an upgrade from A to B would newly be able to do. Ends with 3 where somebody has to agree, else with 0.
    Diff(diff::Diff),
    /// Install a plugin that is not there yet; on a host that runs, too.
    Install(install::Install),
    /// Put another version in the place of the one that works. Calls that are under way end on the old one.
    Upgrade(install::Upgrade),
    /// Bring the version before back.
    Rollback(install::Named),
    /// Take an installed plugin away; refused while a line uses it.
    Remove(install::Named),
    /// Try another triage version: on stored traffic, then live beside the one that decides.
    #[command(
        after_help = "Examples:\n  jackfield plugin shadow keywords-0.2.0.plug --from 2026-11-01 --to 2026-11-08\n  jackfield plugin shadow keywords-0.2.0.plug --live\n  jackfield plugin shadow keywords --report\n  jackfield plugin shadow keywords --share 20\n  jackfield plugin shadow keywords --promote"
    )]
    Shadow(Box<shadow::Shadow>),
    /// Everything that was ever installed, upgraded, taken back and removed, by whom.
    Log(At),
    /// Which hosts each line may talk to, and which of them it ever did.
    Grants(grants::List),
    /// Mappings of the channel `http-json`: a file instead of code.
    #[command(subcommand)]
    Mapping(mapping::Verb),
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The plugin's name, or a package.
    name: String,
    #[command(flatten)]
    at: At,
}

impl Plugin {
    pub(super) fn run(&self) -> Result<ExitCode, String> {
        match self {
            Self::New(new) => new.run(),
            Self::Build(build) => build.run(),
            Self::Dev(dev) => dev.run(),
            Self::List(at) => list::run(&plugins(&at.config()?)?),
            Self::Inspect(one) => inspect::run(&one.at, &one.name),
            Self::Test(test) => test.run(),
            Self::Record(record) => record.run(),
            Self::Replay(replay) => replay.run(),
            Self::Pack(pack) => pack.run(),
            Self::Keygen(keygen) => keygen.run(),
            Self::Sign(sign) => sign.run(),
            Self::Diff(diff) => return diff.run(),
            Self::Install(install) => install.run(),
            Self::Upgrade(upgrade) => upgrade.run(),
            Self::Rollback(named) => named.rollback(),
            Self::Remove(named) => named.remove(),
            Self::Shadow(shadow) => shadow.run(),
            Self::Log(at) => install::log(at),
            Self::Grants(list) => list.run(),
            Self::Mapping(verb) => verb.run(),
        }
        .map(|()| ExitCode::SUCCESS)
    }
}
