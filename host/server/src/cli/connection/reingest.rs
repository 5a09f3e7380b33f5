//! `jackfield connection reingest`: what a network sent, read again by the plugin as it is now.

use super::One;
use crate::cli::{say, store, wait};
use crate::clock::{Clock, SystemClock};
use crate::moment::moment;
use clap::Args;
use jackfield_store::{Intake, Which};

#[derive(Debug, Args)]
pub(in crate::cli) struct Reingest {
    #[command(flatten)]
    one: One,
    /// Received at or after: `2026-11-24T09:00:00Z`, `2026-11-24` (UTC), or an age: `90m`, `36h`, `14d`.
    #[arg(long, value_name = "TIME")]
    from: String,
    /// Received at or before; now unless given.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Count, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Reingest {
    pub(super) fn run(&self) -> Result<(), String> {
        let config = self.one.at.config()?;
        let now = SystemClock.now();
        let from = moment(&self.from, now).map_err(|why| format!("--from: {why}"))?;
        let to = match &self.to {
            Some(to) => moment(to, now).map_err(|why| format!("--to: {why}"))?,
            None => now,
        };
        if from > to {
            return Err("--from is after --to; nothing lies between them. Swap the two".to_owned());
        }
        wait(async {
            let here = store(&config)?;
            let record = self.one.record(&here).await?;
            let which = Which::Range {
                connection: record.id,
                from,
                to,
            };
            let counted = here.count(which.clone()).await.map_err(|error| error.to_string())?;
            let parts = format!(
                "{} requests ({} ingested, {} set aside, {} not ingested yet)",
                counted.all, counted.done, counted.set_aside, counted.waiting
            );
            if counted.all == 0 {
                let days = config.webhooks.keep.as_secs() / 86_400;
                return say(&format!(
                    "Nothing of {} is kept from that time. What was ingested is kept for {days} days (`keep-days` under [webhooks]).",
                    self.one.id
                ));
            }
            if self.dry_run {
                return say(&format!("{parts} would be ingested again; nothing was changed."));
            }
            let again = here.again(which).await.map_err(|error| error.to_string())?;
            say(&format!(
                "Of {parts}, {again} are to be ingested again. A running host begins within seconds; otherwise the next start does."
            ))
        })
    }
}
