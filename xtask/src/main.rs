//! The one door: `cargo xtask demo | test | build | bench | train | eval | lint | freeze | fuzz`.
//!
//! Whatever a newcomer, a developer or CI does with this project is a command here, and every command does its own
//! set-up: it installs what it may, and says what to type where it may not.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program speaks to its reader"
)]

mod apt;
mod bench;
mod build;
mod contract;
mod demo;
mod fuzz;
mod learn;
mod lint;
mod npm;
mod place;
mod run;
mod test;
mod tools;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use place::Place;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Builds, runs and tests Jackfield", version)]
struct Arguments {
    #[command(subcommand)]
    command: Door,
}

#[derive(Debug, Subcommand)]
enum Door {
    /// Build the panel, the plugins and the host into dist/ and target/
    Build {
        /// Only the plugins, into dist/plugins
        #[arg(long, conflicts_with = "panel_only")]
        plugins_only: bool,
        /// Only the panel, into dist/panel and dist/www
        #[arg(long)]
        panel_only: bool,
    },
    /// Measure, each figure beside its floor
    Bench {
        /// And other hosts doing the same work; compiling them takes a while
        #[arg(long)]
        peers: bool,
    },
    /// Start a network, the host and a CRM page with the panel on this machine
    Demo(demo::Options),
    /// Release a version of the contract: from then on its folder under plugins/wit never changes
    Freeze {
        /// The folder: v0.2
        folder: String,
    },
    /// Draw input against everything that reads what strangers wrote
    Fuzz {
        /// How long each target runs
        #[arg(long, default_value_t = 60)]
        seconds: u32,
        /// Only this target; may be given more than once
        #[arg(long = "target")]
        targets: Vec<String>,
    },
    /// Say everything about the code that can be said without running it
    Lint {
        /// Only these parts: rustfmt, tidy, contract, typos, cargo-deny, clippy
        parts: Vec<String>,
    },
    /// Make the tables of the learned judges from a folder of data sets, with a card for each
    Train(learn::Options),
    /// Print how good they are on validation parts, beside what others reached
    Eval(learn::Options),
    /// Build and run every test; the last line is `N passed, N failed, N skipped`
    Test,
}

fn main() -> ExitCode {
    match act(&Arguments::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// False: it did what it should, and what it found is not good.
fn act(command: &Door) -> Result<bool> {
    let place = Place::find()?;
    match *command {
        Door::Build {
            plugins_only,
            panel_only,
        } => {
            let all = !plugins_only && !panel_only;
            build::build(
                &place,
                build::What {
                    panel: !plugins_only,
                    plugins: !panel_only,
                    host: all,
                },
            )?;
            Ok(true)
        }
        Door::Bench { peers } => bench::bench(&place, peers),
        Door::Demo(ref options) => demo::demo(&place, options),
        Door::Freeze { ref folder } => contract::freeze(&place, folder).map(|()| true),
        Door::Fuzz { seconds, ref targets } => fuzz::fuzz(&place, seconds, targets),
        Door::Lint { ref parts } => lint::lint(&place, parts),
        Door::Train(ref options) => learn::train(&place, options).map(|()| true),
        Door::Eval(ref options) => learn::eval(&place, options).map(|()| true),
        Door::Test => test::test(&place),
    }
}
