//! `jackfield connection poison`: what could not be ingested and was set aside.

use crate::cli::{At, say, store, wait};
use clap::{Args, Subcommand};
use jackfield_protocol::{ConnectionId, Millis};
use jackfield_store::{Intake, RawId, RawKind, SetAside, SqliteStore, Store, Which};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Poison {
    /// What was set aside, and why.
    List(List),
    /// Ingest it again, once the plugin is repaired. What is in the log already stays as it is.
    #[command(
        after_help = "Examples:\n  jackfield connection poison replay main             # everything of the line\n  jackfield connection poison replay main --item 7    # one of it"
    )]
    Replay(Named),
    /// Throw it away for good.
    Drop(Named),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// The line's id; all lines unless given.
    id: Option<String>,
    #[command(flatten)]
    at: At,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Named {
    /// The line's id.
    id: String,
    /// A number from the list; may be given several times. All of the line unless given.
    #[arg(long, value_name = "NUMBER")]
    item: Vec<i64>,
    #[command(flatten)]
    at: At,
}

impl Poison {
    pub(super) fn run(&self) -> Result<(), String> {
        match self {
            Self::List(list) => list.run(),
            Self::Replay(named) => named.replay(),
            Self::Drop(named) => named.drop(),
        }
    }
}

impl List {
    fn run(&self) -> Result<(), String> {
        let config = self.at.config()?;
        let connection = self.id.as_deref().map(ConnectionId::from);
        let aside = wait(async {
            let here = store(&config)?;
            if let Some(connection) = &connection {
                known(&here, connection).await?;
            }
            here.set_aside(connection.as_ref())
                .await
                .map_err(|error| error.to_string())
        })?;
        if aside.is_empty() {
            return say("Nothing is set aside.");
        }
        for one in aside {
            shown(&one)?;
        }
        say("Replay it after a repair: jackfield connection poison replay ID [--item NUMBER]")
    }
}

fn shown(one: &SetAside) -> Result<(), String> {
    let what = match one.kind {
        RawKind::Request => "a webhook",
        RawKind::Facts => "from a poll",
    };
    say(&format!(
        "{}  {}  {what} of {}, {} bytes, tried {} times",
        one.id,
        one.connection,
        time(one.received_at),
        one.bytes,
        one.tries
    ))?;
    say(&format!("    {}", one.reason.words))?;
    if !one.reason.host_calls.is_empty() {
        say(&format!("    last host calls: {}", one.reason.host_calls.join(", ")))?;
    }
    if !one.reason.stack.is_empty() {
        say(&format!("    in: {}", one.reason.stack.join(" < ")))?;
    }
    Ok(())
}

fn time(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |at| at.to_string())
}

impl Named {
    fn items(&self) -> Vec<RawId> {
        self.item.iter().map(|item| RawId(*item)).collect()
    }

    fn replay(&self) -> Result<(), String> {
        let config = self.at.config()?;
        let connection = ConnectionId::from(self.id.as_str());
        let again = wait(async {
            let here = store(&config)?;
            known(&here, &connection).await?;
            let which = Which::SetAside {
                connection: Some(connection),
                items: self.items(),
            };
            here.again(which).await.map_err(|error| error.to_string())
        })?;
        match again {
            0 => Err(self.nothing()),
            again => say(&format!(
                "{again} to be ingested again. A running host begins within seconds; otherwise the next start does."
            )),
        }
    }

    fn drop(&self) -> Result<(), String> {
        let config = self.at.config()?;
        let connection = ConnectionId::from(self.id.as_str());
        let gone = wait(async {
            let here = store(&config)?;
            known(&here, &connection).await?;
            here.drop_aside(Some(connection), self.items())
                .await
                .map_err(|error| error.to_string())
        })?;
        match gone {
            0 => Err(self.nothing()),
            gone => say(&format!("{gone} thrown away.")),
        }
    }

    fn nothing(&self) -> String {
        let which = if self.item.is_empty() {
            "nothing"
        } else {
            "nothing with such a number"
        };
        format!(
            "{which} of {0} is set aside. See: jackfield connection poison list {0}",
            self.id
        )
    }
}

async fn known(store: &SqliteStore, connection: &ConnectionId) -> Result<(), String> {
    let records = store.connections().await.map_err(|error| error.to_string())?;
    match records.iter().any(|record| record.id == *connection) {
        true => Ok(()),
        false => Err(format!(
            "there is no line `{connection}`; `jackfield connection list` shows them"
        )),
    }
}
