//! A stand-in of a network as a program of its own, for the conformance kit, and as a server inside of a test.
//!
//! The kit starts the program (`src/bin/standin-*.rs`), reads its first line, and speaks to it under `/_standin/` as
//! people do: `docs/plugins/testing.md` has the calls.

use axum::Router;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A stand-in that listens on this machine. Dropping it ends it.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    task: JoinHandle<()>,
}

impl Running {
    /// Listens on a free port of the loopback address.
    pub async fn start(router: Router) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the stand-in stopped listening");
            }
        });
        Ok(Self { addr, task })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Runs until Ctrl-C: prints the address and the token as the kit wants to read them, then listens.
pub async fn program(router: Router, token: &str) -> ExitCode {
    let running = match Running::start(router).await {
        Ok(running) => running,
        Err(error) => {
            let _ = writeln!(io::stderr(), "the stand-in cannot listen on this machine: {error}");
            return ExitCode::FAILURE;
        }
    };
    let line = serde_json::json!({"url": running.url(), "token": token});
    // Whoever reads the first line may be gone already; then nobody needs the rest.
    if writeln!(io::stdout(), "{line}").is_ok() {
        let _ = tokio::signal::ctrl_c().await;
    }
    ExitCode::SUCCESS
}
