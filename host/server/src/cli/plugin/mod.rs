//! `jackfield plugin`: what there is, and what it may do. One file for each verb; this one holds the list of them.

mod inspect;
mod list;
mod record;
mod replay;
mod test;

use super::At;
use crate::plugins::Plugins;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(super) enum Plugin {
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
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The plugin's name.
    name: String,
    #[command(flatten)]
    at: At,
}

impl Plugin {
    pub(super) fn run(&self) -> Result<(), String> {
        match self {
            Self::List(at) => list::run(&Plugins::new(&at.config()?)?),
            Self::Test(test) => test.run(),
            Self::Record(record) => record.run(),
            Self::Replay(replay) => replay.run(),
            Self::Inspect(one) => inspect::run(&Plugins::new(&one.at.config()?)?, &one.name),
        }
    }
}
