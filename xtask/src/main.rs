//! The one door: `cargo xtask demo | test | build | bench | lint`.
//!
//! Whatever a newcomer, a developer or CI does with this project is a command here, and every command does its own
//! set-up: it installs what it may, and says what to type where it may not.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program speaks to its reader"
)]

mod apt;
mod build;
mod npm;
mod place;
mod run;

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
}

fn main() -> ExitCode {
    match act(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn act(command: Door) -> Result<()> {
    let place = Place::find()?;
    match command {
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
            )
        }
    }
}
