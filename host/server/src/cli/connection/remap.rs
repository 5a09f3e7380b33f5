//! `jackfield connection remap`: another mapping for a line that is there.
//!
//! The plugin and the base address stay, so the cursor means what it meant: it has a place for each list by its name, and
//! the plugin itself forgets the place of a list that now asks for something else.

use super::{One, mapping};
use crate::cli::{plugins, say, store, wait};
use crate::clock::{Clock, SystemClock};
use clap::Args;
use jackfield_protocol::ConnectionRecord;
use jackfield_store::Store;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(in crate::cli) struct Remap {
    #[command(flatten)]
    one: One,
    /// The mapping that takes the place of the one before.
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// A value that the mapping asks for and the settings do not have yet; may be given several times.
    #[arg(long, value_name = "NAME=VALUE")]
    value: Vec<String>,
}

impl Remap {
    pub(super) fn run(&self) -> Result<(), String> {
        let config = self.one.at.config()?;
        let plugins = plugins(&config)?;
        wait(async {
            let here = store(&config)?;
            let before = self.one.record(&here).await?;
            if before.closing {
                return Err(format!(
                    "the line {} is being taken away; add it again when it is gone",
                    before.id
                ));
            }
            let settings = mapping::changed(&before, &self.mapping, &self.value)?;
            if settings == before.settings {
                return say(&format!("{} has this mapping already; nothing was changed.", before.id));
            }
            let record = ConnectionRecord {
                settings,
                touched_at: SystemClock.now(),
                ..before
            };
            mapping::check(&record)?;
            plugins.connect(&record).map_err(|outcome| super::words(&outcome))?;
            let id = record.id.clone();
            here.put_connection(record).await.map_err(|error| error.to_string())?;
            say(&format!(
                "{id} has the new mapping; a running host takes it up within seconds. Each list goes on where it was; one that asks for something else begins anew. Try it: jackfield connection check {id}"
            ))
        })
    }
}
