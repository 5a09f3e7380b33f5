//! `jackfield plugin grants`: which hosts each line may talk to, and which of them it ever did.

use super::super::{At, say, store, wait};
use crate::lines::grants;
use clap::Args;

#[derive(Debug, Args)]
pub(in super::super) struct List {
    /// Only those that were never used.
    #[arg(long)]
    unused: bool,
    #[command(flatten)]
    at: At,
}

impl List {
    pub(super) fn run(&self) -> Result<(), String> {
        let config = self.at.config()?;
        let all = wait(async { grants(&store(&config)?).await.map_err(|error| error.to_string()) })?;
        let mut shown = 0;
        for one in all.iter().filter(|one| !self.unused || one.times == 0) {
            shown += 1;
            let used = match one.last.and_then(|at| jiff::Timestamp::from_millisecond(at).ok()) {
                Some(last) => format!("used {} times, last {last}", one.times),
                None => "never used; where the line does its work without it, add the line again without this --grant"
                    .to_owned(),
            };
            say(&format!("{}  {}  {used}", one.line, one.grant))?;
        }
        if shown == 0 {
            return say(if self.unused {
                "Every grant of every line was used."
            } else {
                "No line has a grant."
            });
        }
        Ok(())
    }
}
