//! `jackfield log`: the record, and whether it is as it was written.

use super::{At, say, store, wait};
use clap::{Args, Subcommand};
use jackfield_store::Store;

#[derive(Debug, Subcommand)]
pub(super) enum Log {
    /// Read the whole log, every chain and every seal. Exit code 1 where something is not as it was written.
    Verify(At),
    /// Make every projection anew from the log and compare. Exit code 1 where one differs and is not mended.
    Rebuild(Rebuild),
}

#[derive(Debug, Args)]
pub(super) struct Rebuild {
    #[command(flatten)]
    at: At,
    /// Put the rebuild in the place of what differs.
    #[arg(long)]
    mend: bool,
}

impl Log {
    pub(super) fn run(&self) -> Result<(), String> {
        match self {
            Self::Verify(at) => verify(at),
            Self::Rebuild(args) => args.run(),
        }
    }
}

fn verify(at: &At) -> Result<(), String> {
    let config = at.config()?;
    let found = wait(async { store(&config)?.verify().await.map_err(|error| error.to_string()) })?;
    for fault in &found.faults {
        say(fault)?;
    }
    let read = format!(
        "{} events of {} conversations, {} seals",
        found.events, found.conversations, found.seals
    );
    if found.erased > 0 {
        say(&format!(
            "{} events have had their words erased; their chain holds.",
            found.erased
        ))?;
    }
    if found.faults.is_empty() {
        say(&format!("The log is as it was written: {read}."))
    } else {
        Err(format!(
            "{} faults in {read}. Keep the file as it is, and restore a backup beside it to compare",
            found.faults.len()
        ))
    }
}

impl Rebuild {
    fn run(&self) -> Result<(), String> {
        let config = self.at.config()?;
        let found = wait(async {
            store(&config)?
                .rebuild(self.mend)
                .await
                .map_err(|error| error.to_string())
        })?;
        for difference in &found.differences {
            say(difference)?;
        }
        match (found.differences.len(), self.mend) {
            (0, _) => say(&format!(
                "Every projection equals its rebuild from {} events.",
                found.events
            )),
            (count, true) => say(&format!(
                "{count} differences are mended, from {} events.",
                found.events
            )),
            (count, false) => Err(format!(
                "{count} differences. To put the rebuild in their place: jackfield log rebuild --mend"
            )),
        }
    }
}
