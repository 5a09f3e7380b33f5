//! `jackfield plugin`: what there is, and what it may do. One file for each verb; this one holds the list of them.

mod inspect;
mod list;

use super::At;
use crate::plugins::Plugins;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(super) enum Plugin {
    /// All plugins, a line each.
    List(At),
    /// One plugin in words: what it needs, what it can do, where it wants to talk to.
    Inspect(One),
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
            Self::Inspect(one) => inspect::run(&Plugins::new(&one.at.config()?)?, &one.name),
        }
    }
}
