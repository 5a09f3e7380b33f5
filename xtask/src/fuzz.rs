//! `cargo xtask fuzz`: drawn input against everything that reads what strangers wrote.
//!
//! The targets are a workspace of their own, `tests/fuzz`: libFuzzer asks for a nightly Rust and a C++ compiler, which the
//! product must not. They are built without a sanitizer. What they read is Rust without `unsafe`, where a sanitizer finds
//! nothing that the assertions do not, and most of them link wasmtime, which takes several times as long to compile and to
//! run under one.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::place::Place;
use crate::run::{self, Show};
use crate::{apt, tools};

const FOLDER: &str = "tests/fuzz";
/// Longer than any input takes on a busy machine; what takes longer is a finding.
const SLOWEST: u32 = 30;
/// An input that makes a reader take more than this is a finding, too.
const MEMORY_MB: u32 = 3072;
/// Files of the tree that are seeds of a target, by the end of their paths, besides those in `tests/fuzz/seeds`.
const FIXTURES: [(&str, &str); 3] = [
    ("manifest", "/plugin.toml"),
    ("conform", "/conform.toml"),
    ("inspect", ".wasm"),
];

/// How one target went.
#[derive(Debug, Default, PartialEq, Eq)]
struct Went {
    target: String,
    seconds: u64,
    executions: u64,
    edges: u64,
    inputs: u64,
    /// Files with an input that broke something.
    crashes: Vec<PathBuf>,
}

/// Builds the targets and runs those of `only` (all, for none) for so many seconds each. True when nothing broke.
pub(crate) fn fuzz(place: &Place, seconds: u32, only: &[String]) -> Result<bool> {
    let all = targets(place)?;
    if let Some(unknown) = only.iter().find(|name| !all.contains(name)) {
        bail!("there is no target `{unknown}`; there are {}", all.join(", "));
    }
    let programs = build(place)?;
    let mut table = Vec::new();
    for target in all.iter().filter(|name| only.is_empty() || only.contains(name)) {
        table.push(one(place, &programs, target, seconds)?);
    }
    println!("\n{}", shown(&table));
    let crashes: Vec<_> = table
        .iter()
        .flat_map(|went| went.crashes.iter().map(move |file| (&went.target, file)))
        .collect();
    for (target, file) in &crashes {
        println!(
            "{target} broke on {}: mend it, and copy the file to {FOLDER}/found/{target}/, where every test run tries it",
            place.short(file)
        );
    }
    Ok(crashes.is_empty())
}

/// Each target is a file.
fn targets(place: &Place) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(place.root.join(FOLDER).join("targets"))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// The folder with the programs.
fn build(place: &Place) -> Result<PathBuf> {
    tools::cargo_tool(place, tools::FUZZ)?;
    let toolchains = run::quiet(Command::new("rustup").args(["toolchain", "list"]))
        .context("fuzzing needs a nightly Rust, and rustup is not here to ask; see https://rustup.rs")?;
    if !toolchains.lines().any(|line| line.starts_with("nightly")) {
        let mut rustup = Command::new("rustup");
        rustup.args(["toolchain", "install", "nightly", "--profile", "minimal"]);
        run::step(place, "rustup toolchain install nightly", &mut rustup)
            .context("with a network, type: rustup toolchain install nightly")?;
    }
    if !run::answers("c++", "--version") {
        apt::install(place, &["g++"]).context("libFuzzer is compiled by a C++ compiler")?;
    }
    let made = place.target.join("fuzz");
    let mut cargo = Command::new("cargo");
    cargo
        .args([
            "fuzz",
            "build",
            "--fuzz-dir",
            FOLDER,
            "--sanitizer",
            "none",
            "--target-dir",
        ])
        .arg(&made)
        .env("RUSTUP_TOOLCHAIN", "nightly")
        .env_remove("RUSTFLAGS")
        .current_dir(&place.root);
    run::step(place, "compiling the fuzz targets", &mut cargo)?;
    let about = run::quiet(Command::new("rustc").arg("-vV"))?;
    let host = about
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc -vV names no host")?;
    Ok(made.join(host).join("release"))
}

fn one(place: &Place, programs: &Path, target: &str, seconds: u32) -> Result<Went> {
    let here = place.target.join("fuzz");
    let corpus = here.join("corpus").join(target);
    let found = here.join("found").join(target);
    for folder in [&corpus, &found] {
        std::fs::create_dir_all(folder)?;
    }
    seed(place, target, &corpus)?;
    let mut program = Command::new(programs.join(target));
    program.arg(&corpus);
    for kept in ["seeds", "found"] {
        let folder = place.root.join(FOLDER).join(kept).join(target);
        if folder.is_dir() {
            program.arg(folder);
        }
    }
    program
        .arg(format!("-artifact_prefix={}/", found.display()))
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={SLOWEST}"))
        .arg(format!("-rss_limit_mb={MEMORY_MB}"))
        .arg("-print_final_stats=1")
        // The claim that does not hold is what counts, and stands above any trace.
        .env("RUST_BACKTRACE", "0")
        .current_dir(&place.root);
    let ran = run::watch(
        place,
        &format!("fuzzing {target}, {seconds} s"),
        &mut program,
        Show::Progress,
    )?;
    let mut went = read(target, &ran.lines);
    went.seconds = u64::from(seconds);
    if !ran.status.success() {
        let from = ran.lines.len().saturating_sub(30);
        ran.lines.iter().skip(from).for_each(|line| eprintln!("    {line}"));
        if went.crashes.is_empty() {
            bail!("{target} ended without naming an input ({})", ran.status);
        }
    }
    Ok(went)
}

/// Copies what the tree has of the kind, under names that say where from.
fn seed(place: &Place, target: &str, corpus: &Path) -> Result<()> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z"]).current_dir(&place.root);
    let files = run::quiet(&mut git)?;
    for (_, end) in FIXTURES.iter().filter(|(of, _)| *of == target) {
        for path in files.split('\0').filter(|path| path.ends_with(end)) {
            std::fs::copy(place.root.join(path), corpus.join(path.replace('/', "-")))?;
        }
    }
    Ok(())
}

/// What libFuzzer said.
fn read(target: &str, lines: &[String]) -> Went {
    let mut went = Went {
        target: target.to_owned(),
        ..Went::default()
    };
    for line in lines {
        let after = |word: &str| -> Option<u64> {
            let (_, rest) = line.split_once(word)?;
            rest.trim_start()
                .split(|c: char| !c.is_ascii_digit())
                .next()?
                .parse()
                .ok()
        };
        if line.starts_with('#') {
            went.edges = after(" cov:").unwrap_or(went.edges);
            went.inputs = after(" corp:").unwrap_or(went.inputs);
        }
        if let Some(number) = after("stat::number_of_executed_units:") {
            went.executions = number;
        }
        if let Some((_, file)) = line.split_once("Test unit written to ") {
            went.crashes.push(PathBuf::from(file.trim()));
        }
    }
    went
}

fn shown(table: &[Went]) -> String {
    let mut text = format!(
        "{:10} {:>7} {:>12} {:>10} {:>8} {:>8} {:>8}\n",
        "target", "seconds", "executions", "a second", "edges", "inputs", "crashes"
    );
    for went in table {
        let rate = went.executions / went.seconds.max(1);
        let _ = writeln!(
            text,
            "{:10} {:>7} {:>12} {rate:>10} {:>8} {:>8} {:>8}",
            went.target,
            went.seconds,
            went.executions,
            went.edges,
            went.inputs,
            went.crashes.len()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libfuzzer_says_is_read() {
        let said = "INFO: Seed: 1\n#2\tINITED cov: 115 ft: 116 corp: 1/1b exec/s: 0 rss: 28Mb\n#1050251\tDONE   cov: 1697 ft: 8747 corp: 3332/191Kb lim: 553 exec/s: 116694 rss: 33Mb\nDone 1050251 runs in 9 second(s)\nstat::number_of_executed_units: 1050251\n";
        let lines: Vec<String> = said.lines().map(str::to_owned).collect();
        let went = read("manifest", &lines);
        assert_eq!((went.executions, went.edges, went.inputs), (1_050_251, 1697, 3332));
        assert!(went.crashes.is_empty());
        let crash = "artifact_prefix='target/fuzz/found/x/'; Test unit written to target/fuzz/found/x/crash-1";
        let went = read("x", &[crash.to_owned()]);
        assert_eq!(went.crashes, [PathBuf::from("target/fuzz/found/x/crash-1")]);
    }

    #[test]
    fn the_table_has_a_line_for_each_target() {
        let went = Went {
            target: "load".to_owned(),
            seconds: 300,
            executions: 6000,
            ..Went::default()
        };
        let text = shown(&[went]);
        assert!(
            text.lines()
                .nth(1)
                .unwrap()
                .split_whitespace()
                .eq(["load", "300", "6000", "20", "0", "0", "0"]),
            "{text}"
        );
    }

    #[test]
    fn every_target_of_this_checkout_is_a_program_and_a_function() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let place = Place {
            root: root.to_path_buf(),
            target: root.join("target"),
        };
        let cargo = std::fs::read_to_string(root.join(FOLDER).join("Cargo.toml")).unwrap();
        let library = std::fs::read_to_string(root.join(FOLDER).join("src/lib.rs")).unwrap();
        let names = targets(&place).unwrap();
        assert!(names.len() >= 9, "{names:?}");
        for name in names {
            assert!(cargo.contains(&format!("name = \"{name}\"")), "{name}");
            assert!(library.contains(&format!("(\"{name}\", {name})")), "{name}");
        }
    }
}
