//! `jackfield-train train | eval`: what `cargo xtask train` and `cargo xtask eval` start.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program speaks to its reader"
)]

use anyhow::{Context as _, Result, bail};
use jackfield_train::data::Data;
use jackfield_train::{eval, tables};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    match act(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `train CHECKOUT DATA BESIDE` or `eval CHECKOUT DATA`.
fn act(arguments: &[String]) -> Result<()> {
    let path = |at: usize| arguments.get(at).map(PathBuf::from);
    let folder = |at: usize| path(at).context("say: train CHECKOUT DATA BESIDE, or eval CHECKOUT DATA");
    let data = Data::at(&folder(2)?);
    match arguments.first().map(String::as_str) {
        Some("train") => train(&data, &folder(1)?.join("plugins/triage"), &folder(3)?),
        Some("eval") => eval::all(&data, &folder(1)?.join("plugins/triage")),
        _ => bail!("say: train CHECKOUT DATA BESIDE, or eval CHECKOUT DATA"),
    }
}

fn train(data: &Data, plugins: &Path, beside: &Path) -> Result<()> {
    for made in tables::all(data)? {
        let folder = if made.free {
            plugins.join(made.plugin)
        } else {
            beside.to_path_buf()
        };
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let put = |name: String, bytes: &[u8]| {
            let file = folder.join(name);
            std::fs::write(&file, bytes).with_context(|| format!("{} cannot be written", file.display()))
        };
        put(format!("{}.table", made.name), &made.bytes)?;
        put(format!("{}.md", made.name), made.page().as_bytes())?;
        let whose = if made.free {
            ""
        } else {
            ", from data without a licence: not part of the project"
        };
        println!("{}: {} bytes{whose}", made.name, made.bytes.len());
    }
    Ok(())
}
