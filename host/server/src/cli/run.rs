//! `jackfield serve`.

use super::{At, no_database, say};
use crate::config::unknown_settings;
use crate::serve::Host;
use clap::Args;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    at: At,
    /// Serve the demo pages at / and give tokens to whoever asks. On a loopback address only.
    #[arg(long)]
    demo: bool,
    /// Begin with an empty database where there is none at the path that was named.
    #[arg(long)]
    create: bool,
    /// Write the log as JSON, one object a line.
    #[arg(long)]
    json: bool,
}

impl Serve {
    pub(super) fn run(&self) -> Result<(), String> {
        let config = self.at.config()?;
        if !self.create && !config.database.exists() {
            // A misspelt path would be an empty host, and every line and conversation would seem to be gone.
            return Err(no_database(&config));
        }
        let filter = EnvFilter::try_from_env("JACKFIELD_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
        let log = tracing_subscriber::fmt()
            .with_env_filter(filter)
            // Colours are for a terminal; in a file or a journal they are rubbish between the words.
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(std::io::stderr);
        if self.json {
            log.json().init()
        } else {
            log.init()
        }
        let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("no runtime: {error}"))?;
        for warning in unknown_settings(&config) {
            tracing::warn!("{warning}");
        }
        runtime.block_on(async {
            // Listened for from the first moment: who sees "ready" and says "stop" must not kill.
            let stopped = stop_signals()?;
            let host = Host::start(&config, self.demo).await?;
            say(&format!("jackfield listens on http://{}", host.address))?;
            stopped.await;
            tracing::info!("stopping");
            host.stop().await;
            Ok(())
        })
    }
}

/// Ctrl-C or SIGTERM, from when this is called; the future ends with the first of them.
fn stop_signals() -> Result<impl Future<Output = ()>, String> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let mut int = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}
