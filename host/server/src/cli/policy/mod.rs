//! `jackfield policy`: what a supervisor decides, as a folder of files that can be reviewed.
//!
//! The desk reads texts and says what is wrong; here the files are found and the words are printed.

mod host;

use super::say;
use crate::house::policy_files;
use clap::{Args, Subcommand};
use jackfield_desk::automation::overlaps;
use jackfield_desk::policy::{House, Text, diff, read};
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(super) enum Policy {
    /// Read every file of a policy and say all that is wrong, with file, line and repair. Exit code 1 where anything is.
    #[command(after_help = "Example:\n  jackfield policy check policy")]
    Check(Where),
    /// Say in words what another policy changes: of two folders, or of one beside what is in force on the host.
    #[command(
        after_help = "Example:\n  jackfield policy diff policy --config jackfield/jackfield.toml\n  jackfield policy diff policy-of-today policy"
    )]
    Diff(Diff),
    /// Put a policy in force, at once and for every decision from then on; or one that was in force before.
    #[command(
        after_help = "Example:\n  jackfield policy apply policy --config jackfield/jackfield.toml --why \"new hours\"\n  jackfield policy apply --version 0123456789abcdef --why \"the new hours were wrong\""
    )]
    Apply(host::Apply),
    /// Every policy that was ever in force: when, by whom, why.
    Log(host::Log),
    /// What rules would have done with the messages that are stored: how many, and which.
    #[command(
        after_help = "Example:\n  jackfield policy dry-run policy --workspace acme --brand northwind --rule late --days 7"
    )]
    DryRun(host::DryRun),
    /// Say a policy in words, a line for each field.
    #[command(
        after_help = "Example:\n  jackfield policy show policy\n  jackfield policy show policy --file > all.toml"
    )]
    Show(Show),
}

#[derive(Debug, Args)]
pub(super) struct Where {
    /// The folder with the policy's *.toml files, or one such file.
    #[arg(value_name = "DIR", default_value = "policy")]
    dir: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Diff {
    #[command(flatten)]
    door: host::Door,
    /// The policy, or the older one of two.
    #[arg(value_name = "DIR")]
    one: PathBuf,
    /// The newer one.
    #[arg(value_name = "NEW")]
    other: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    at: Where,
    /// As one policy file in its normal form instead of words.
    #[arg(long)]
    file: bool,
}

impl Policy {
    pub(super) fn run(&self) -> Result<(), String> {
        let text = match self {
            Self::Check(at) => check(&at.dir),
            Self::Diff(Diff {
                one,
                other: Some(other),
                ..
            }) => changes(one, other),
            Self::Diff(Diff { one, door, .. }) => host::diff(door, one),
            Self::Apply(apply) => apply.run(),
            Self::Log(log) => log.run(),
            Self::DryRun(trying) => trying.run(),
            Self::Show(Show { at, file }) => show(&at.dir, *file),
        }?;
        say(text.trim_end())
    }
}

fn check(dir: &Path) -> Result<String, String> {
    let house = load(dir)?;
    let mut lines = Vec::new();
    for overlap in overlaps(&house.rules) {
        lines.push(format!(
            "Where both hold, rule {} has its way over rule {} about the {}: its priority is greater.",
            overlap.first,
            overlap.second,
            overlap.slot.as_str()
        ));
    }
    lines.push(format!(
        "The policy in {} can be used: {}.",
        dir.display(),
        summary(&house)
    ));
    Ok(lines.join("\n"))
}

fn changes(one: &Path, other: &Path) -> Result<String, String> {
    let (old, new) = (load(one)?, load(other)?);
    let changes = diff(&old, &new);
    if changes.is_empty() {
        return Ok(format!("Both are version {}.", new.version()));
    }
    let mut lines: Vec<_> = changes.iter().map(ToString::to_string).collect();
    lines.push(format!("{} -> {}", old.version(), new.version()));
    Ok(lines.join("\n"))
}

fn show(dir: &Path, file: bool) -> Result<String, String> {
    let house = load(dir)?;
    if file {
        return Ok(house.normal());
    }
    let mut lines: Vec<_> = house
        .lines()
        .iter()
        .map(|line| format!("{}: {}", line.about, line.says))
        .collect();
    lines.push(summary(&house));
    Ok(lines.join("\n"))
}

fn summary(house: &House) -> String {
    let count = house.lines().len();
    format!("version {}, {count} fields", house.version())
}

/// Reads a policy; what is wrong with it is one text, a line for each mistake.
fn load(dir: &Path) -> Result<House, String> {
    let files = policy_files(dir)?;
    let texts: Vec<_> = files
        .iter()
        .map(|file| Text {
            name: &file.name,
            text: &file.text,
        })
        .collect();
    read(&texts).map_err(|wrong| {
        let lines: Vec<_> = wrong.iter().map(ToString::to_string).collect();
        let count = wrong.len();
        let mistakes = if count == 1 {
            "1 mistake".to_owned()
        } else {
            format!("{count} mistakes")
        };
        format!(
            "{mistakes} in {}; nothing was changed.\n{}",
            dir.display(),
            lines.join("\n")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "[rules.vip]\non = 'message'\nwhen = { tag = 'vip' }\ndo = [{ priority = 5 }]\n";

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        dir
    }

    #[test]
    fn a_folder_of_policy_files_is_checked_said_and_compared() {
        let one = folder(&[("a.toml", RULE), ("notes.txt", "not a policy")]);
        let other = folder(&[("b.toml", &RULE.replace('5', "7"))]);
        let checked = check(one.path()).unwrap();
        assert!(
            checked.contains("can be used: version ") && checked.ends_with("3 fields."),
            "{checked}"
        );
        let shown = show(one.path(), false).unwrap();
        assert!(shown.contains("rule vip, when: a tag is vip"), "{shown}");
        let normal = show(one.path(), true).unwrap();
        let again = folder(&[("all.toml", &normal)]);
        assert!(
            changes(one.path(), again.path())
                .unwrap()
                .starts_with("Both are version ")
        );
        let changed = changes(one.path(), other.path()).unwrap();
        assert!(changed.starts_with("  rule vip, do 1, priority: 5 -> 7\n"), "{changed}");
        assert!(check(&one.path().join("a.toml")).is_ok());
    }

    #[test]
    fn what_is_wrong_is_said_with_file_and_line() {
        let dir = folder(&[("a.toml", RULE), ("b.toml", RULE)]);
        let said = check(dir.path()).unwrap_err();
        assert!(
            said.starts_with("1 mistake in ") && said.contains("b.toml:1: rules.vip: "),
            "{said}"
        );
        let empty = folder(&[]);
        assert!(check(empty.path()).unwrap_err().contains("has no .toml file"));
        assert!(
            check(&empty.path().join("none"))
                .unwrap_err()
                .contains("cannot be read")
        );
    }
}
