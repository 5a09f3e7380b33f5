//! `jackfield connection remove`: a line goes, and no reply of it stays on its way.
//!
//! Where a host runs, it does the work: it ends the line's last call first, and its feed tells the panels. The command
//! asks for it in the record and waits. Where none runs, the command does it, and keeps a host from starting meanwhile.

use super::{At, One};
use crate::cli::{say, store, wait};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::feed::Hub;
use crate::lines::closing;
use crate::serve::lock;
use crate::telemetry::Telemetry;
use crate::work::Desk;
use clap::Args;
use jackfield_protocol::{ConnectionId, ConnectionRecord};
use jackfield_store::{OutboxItem, SqliteStore, Store};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a running host may take: a call under way gets 8 seconds, and the records are read every 2.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than this many replies are "more than".
const COUNTED: u32 = 10_000;

#[derive(Debug, Args)]
pub(in crate::cli) struct Remove {
    /// The line's id.
    id: String,
    /// End the replies that are still on their way: they show as failed, with the reason.
    #[arg(long)]
    give_up_replies: bool,
    #[command(flatten)]
    at: At,
}

impl Remove {
    pub(super) fn run(&self) -> Result<(), String> {
        let config = self.at.config()?;
        wait(async {
            let here = Arc::new(store(&config)?);
            let record = One::find(&here, &self.id).await?;
            let open = closing::pending(here.as_ref(), &record.id, COUNTED).await;
            let open = open.map_err(|error| error.to_string())?;
            if !open.is_empty() && !self.give_up_replies {
                let are = if open.len() == 1 { "is" } else { "are" };
                return Err(format!(
                    "{} {are} on the way by {id}, in {}. Let the line send them, or end them as failed, with the reason, and take the line away: jackfield connection remove {id} --give-up-replies",
                    many(&open),
                    match open.iter().map(|item| &item.conversation).collect::<HashSet<_>>().len() {
                        1 => "1 conversation".to_owned(),
                        n => format!("{n} conversations"),
                    },
                    id = self.id
                ));
            }
            match lock(&config.database)? {
                Some(_alone) => {
                    closing::close(&desk(here), &record.id)
                        .await
                        .map_err(|undone| undone.to_string())?;
                }
                None => asked(&here, record).await?,
            }
            let ended = if open.is_empty() {
                String::new()
            } else {
                format!(" {} ended as failed.", many(&open))
            };
            say(&format!(
                "{} is removed; its conversations stay readable.{ended}",
                self.id
            ))
        })
    }
}

/// A line of a new id begins with an empty outbox. Something is in it only where an older version removed one.
pub(super) async fn nothing_left(config: &Config, here: &SqliteStore, id: &ConnectionId) -> Result<(), String> {
    let left = closing::pending(here, id, 1).await.map_err(|error| error.to_string())?;
    if left.is_empty() {
        return Ok(());
    }
    let Some(_alone) = lock(&config.database)? else {
        return Err(format!(
            "replies of an earlier line {id} were never sent, and this one would send them. Stop the host, add the line again (that ends them as failed), and start it"
        ));
    };
    let here = store(config)?;
    closing::give_up(&desk(Arc::new(here)), id)
        .await
        .map_err(|undone| undone.to_string())?;
    Ok(())
}

/// Tells the running host, and waits until it is done.
async fn asked(here: &SqliteStore, record: ConnectionRecord) -> Result<(), String> {
    let id = record.id.clone();
    let closing = ConnectionRecord {
        closing: true,
        touched_at: SystemClock.now(),
        ..record
    };
    here.put_connection(closing).await.map_err(|error| error.to_string())?;
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let all = here.connections().await.map_err(|error| error.to_string())?;
        if all.iter().all(|record| record.id != id) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(format!(
        "the host that runs was told to take {id} away and has not done it in {} seconds. It does so by itself; its log says what holds it up",
        PATIENCE.as_secs()
    ))
}

fn desk(store: Arc<SqliteStore>) -> Desk {
    Desk {
        store,
        clock: Arc::new(SystemClock),
        hub: Arc::new(Hub::new()),
        policies: Arc::default(),
        telemetry: Telemetry::default(),
    }
}

fn many(open: &[OutboxItem]) -> String {
    match open.len() {
        1 => "1 reply".to_owned(),
        n if n >= COUNTED as usize => format!("{COUNTED} replies or more"),
        n => format!("{n} replies"),
    }
}
