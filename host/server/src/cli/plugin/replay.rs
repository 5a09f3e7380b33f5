//! `jackfield plugin replay`: a trace is run again, without a network, and compared.

use crate::cli::{say, wait};
use clap::Args;
use jackfield_engine::PublishError;
use jackfield_engine::trace::{Fault, Gave, Outcome, Trace};
use jackfield_kit::{Again, Options, Subject};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(in crate::cli) struct Replay {
    /// The trace.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The plugin's folder, or its component beside its plugin.toml; the folder around the trace's own unless given.
    #[arg(long, value_name = "DIR|FILE")]
    plugin: Option<PathBuf>,
    /// The component, where it is not where a build puts it.
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
    /// What goes wrong: 429, 5xx, cut-body, half-body, slow-body, duplicate-page, expired-token, clock-jump.
    #[arg(long, value_name = "KIND")]
    fault: Option<Fault>,
    /// The request of each call that meets the fault, from 1.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..), requires = "fault")]
    at: u32,
    /// Each import has to be the very one that was recorded. Usual where the component is the recorded one; for another
    /// build, requests are recognised by what they ask for.
    #[arg(long, conflicts_with = "fault")]
    exact: bool,
    /// Keep compiled plugins here, so that the next run starts sooner.
    #[arg(long, env = "JACKFIELD_CACHE", value_name = "DIR")]
    cache: Option<PathBuf>,
}

impl Replay {
    pub(super) fn run(&self) -> Result<(), String> {
        let text = std::fs::read_to_string(&self.file).map_err(|error| format!("{}: {error}", self.file.display()))?;
        let trace = Trace::parse(&text).map_err(|error| format!("{}: {error}", self.file.display()))?;
        let folder = match &self.plugin {
            Some(folder) => folder.clone(),
            None => around(&self.file)?,
        };
        let subject = Subject::open(&folder, self.component.as_deref())?;
        let fault = self
            .fault
            .map(|fault| (fault, usize::try_from(self.at - 1).unwrap_or(usize::MAX)));
        let exact = self.exact.then_some(true);
        let options = Options {
            cache: self.cache.clone(),
            only: Vec::new(),
        };
        let again = wait(Box::pin(jackfield_kit::replay(
            &subject, &options, &trace, exact, fault,
        )))?;
        match self.fault {
            None => compared(&again),
            Some(fault) => spoiled(fault, &again),
        }
    }
}

/// `my-channel/fixtures/x.trace` belongs to `my-channel`.
fn around(file: &Path) -> Result<PathBuf, String> {
    let absolute = std::path::absolute(file).map_err(|error| format!("{}: {error}", file.display()))?;
    absolute
        .ancestors()
        .skip(1)
        .take(3)
        .find(|folder| folder.join("plugin.toml").is_file())
        .map(Path::to_owned)
        .ok_or_else(|| {
            format!(
                "there is no plugin.toml near {}; name the plugin's folder with --plugin DIR",
                file.display()
            )
        })
}

fn compared(again: &Again) -> Result<(), String> {
    for unknown in &again.replayed.unknown {
        say(&format!("the trace has no answer to {unknown}"))?;
    }
    if let Some(difference) = &again.replayed.difference {
        return Err(format!("the first difference: {difference}"));
    }
    let how = if again.exact {
        "identical, every import and every answer"
    } else {
        "the same answers; requests were recognised by what they ask for, as this is another build"
    };
    say(&format!("{} calls: {how}", again.replayed.calls.len()))
}

fn spoiled(fault: Fault, again: &Again) -> Result<(), String> {
    let mut broken = 0;
    for (number, held) in &again.held {
        let Some(call) = number.checked_sub(1).and_then(|at| again.replayed.calls.get(at)) else {
            continue;
        };
        say(&format!(
            "call {number}, `{}`, met {fault}: {}",
            call.function,
            outcome(call)
        ))?;
        for promise in held {
            match &promise.broken {
                None => say(&format!("  held    {}", promise.promise))?,
                Some(what) => {
                    broken += 1;
                    say(&format!("  BROKEN  {}: {what}", promise.promise))?;
                }
            }
        }
    }
    match (again.held.len(), broken) {
        (0, _) => Err(format!(
            "no call met the fault {fault} at that request; try another with --at, or another trace"
        )),
        (_, 0) => say("everything held"),
        (_, n) => Err(format!("{n} of what must hold did not")),
    }
}

fn outcome(call: &Outcome) -> String {
    match &call.result {
        Ok(Gave::Checked(sentence)) => sentence.clone(),
        Ok(Gave::Polled { events, more, .. }) => {
            format!(
                "{} events{}",
                events.len(),
                if *more { ", more is waiting" } else { "" }
            )
        }
        Ok(Gave::There(id)) => format!("the network has it as {id}"),
        Ok(Gave::NotThere) => "the network does not have it".to_owned(),
        Err(PublishError::Call(error)) => error.to_string(),
        Err(error) => error.to_string(),
    }
}
