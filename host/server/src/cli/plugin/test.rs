//! `jackfield plugin test`: the conformance kit.

use crate::cli::{say, wait};
use crate::workbench;
use clap::Args;
use jackfield_build::Project;
use jackfield_kit::{Grade, Options, Report, Subject};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(in crate::cli) struct Test {
    /// The plugin's folder (with plugin.toml and, where a build put it, the component), or the component beside its
    /// plugin.toml.
    #[arg(default_value = ".", value_name = "DIR|FILE")]
    path: PathBuf,
    /// The component, where it is not where a build puts it.
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
    /// The report as JSON, for a program.
    #[arg(long)]
    json: bool,
    /// Only this case; may be given several times.
    #[arg(long, value_name = "CASE")]
    case: Vec<String>,
    /// Fail below this grade.
    #[arg(long, value_name = "GRADE", default_value = "bronze", value_parser = grade)]
    at_least: Grade,
    /// Keep compiled plugins here, so that the next run starts sooner; .jackfield/cache of the project unless given.
    #[arg(long, env = "JACKFIELD_CACHE", value_name = "DIR")]
    cache: Option<PathBuf>,
}

fn grade(word: &str) -> Result<Grade, String> {
    Grade::ALL
        .into_iter()
        .find(|grade| grade.word() == word)
        .ok_or_else(|| "write bronze, silver, gold or platinum".to_owned())
}

impl Test {
    pub(super) fn run(&self) -> Result<(), String> {
        let subject = Subject::open(&self.path, self.component.as_deref())?;
        let options = Options {
            cache: self.cache.clone().or_else(|| self.beside()),
            only: self.case.clone(),
        };
        let report = wait(Box::pin(jackfield_kit::run(&subject, &options)))?;
        if self.json {
            say(&serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?)?;
        } else {
            say(&report.text())?;
        }
        self.judge(&report)
    }

    /// Where the tools of a project keep its compiled code.
    fn beside(&self) -> Option<PathBuf> {
        let project = Project::find(&self.path).ok()?;
        Some(workbench::cache(&project))
    }

    fn judge(&self, report: &Report) -> Result<(), String> {
        if report.failed() {
            return Err("the plugin does not do what it claims; the cases that failed say what happened".to_owned());
        }
        // With --case nobody asked for a grade.
        if self.case.is_empty() && report.grade.is_none_or(|grade| grade < self.at_least) {
            let reached = report.grade.map_or("no grade", Grade::word);
            return Err(format!("it reached {reached}, and {} was asked for", self.at_least));
        }
        Ok(())
    }
}
