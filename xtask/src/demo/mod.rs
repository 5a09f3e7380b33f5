//! `cargo xtask demo`: a network with people in it, the host, and a CRM page with the panel, on this machine.

mod check;
mod child;
mod http;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::place::Place;
use crate::{build, run};
use child::Running;

/// How the demo is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Where the page is served, on 127.0.0.1
    #[arg(long, default_value_t = 7070)]
    port: u16,
    /// A real account instead of the stand-in: the address of its server, https://...
    #[arg(long, value_name = "URL", requires = "token_file")]
    mastodon: Option<String>,
    /// The file with that account's access token (scopes read and write)
    #[arg(long, value_name = "FILE", requires = "mastodon")]
    token_file: Option<PathBuf>,
    /// Start, ask everything once, stop: what CI does
    #[arg(long, conflicts_with = "mastodon")]
    check: bool,
}

/// The network that the demo is connected to.
struct Network {
    url: String,
    token_file: PathBuf,
    /// A stand-in is on this machine, which the operator has to grant in so many words.
    here: bool,
}

/// Long enough for a cold start: the host compiles the plugins to machine code once.
const START: Duration = Duration::from_secs(120);

/// Builds, starts, and stays until Ctrl-C.
pub(crate) fn demo(place: &Place, options: &Options) -> Result<bool> {
    build::build(
        place,
        build::What {
            panel: true,
            plugins: true,
            host: true,
        },
    )?;
    let port = if options.check { free_port()? } else { options.port };
    // Asked before anything is written: the usual reason is a demo that still runs.
    TcpListener::bind(("127.0.0.1", port)).with_context(|| {
        format!(
            "port {port} is taken, perhaps by a demo that still runs. Type: cargo xtask demo --port {}",
            port.wrapping_add(1)
        )
    })?;
    let folder = place.target.join("demo");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).context("the folder of the last demo cannot be removed")?;
    }
    std::fs::create_dir_all(&folder)?;
    let stop = on_ctrl_c()?;

    let mut standin = None;
    let network = match (&options.mastodon, &options.token_file) {
        (Some(url), Some(file)) => Network {
            url: url.trim_end_matches('/').to_owned(),
            token_file: file.canonicalize()?,
            here: false,
        },
        _ => {
            let (running, network) = stand_in(place, &folder, if options.check { "0.5" } else { "6" })?;
            standin = Some(running);
            network
        }
    };
    let mut host = host(place, &folder, port, &network)?;
    let good = if options.check {
        check::all(port, &mut host)
    } else {
        println!("\n  The demo is on http://127.0.0.1:{port}/   (Ctrl-C ends it)\n");
        stay(&stop, &mut host, standin.as_mut()).map(|()| true)
    };
    println!("stopping");
    let graceful = host.stop();
    if let Some(mut standin) = standin {
        standin.stop();
    }
    if !graceful {
        println!("the host did not stop as it should");
    }
    Ok(good? && graceful)
}

fn on_ctrl_c() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

fn stay(stop: &AtomicBool, host: &mut Running, mut standin: Option<&mut Running>) -> Result<()> {
    while !stop.load(Ordering::Relaxed) {
        host.still_runs()?;
        if let Some(standin) = standin.as_mut() {
            standin.still_runs()?;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn stand_in(place: &Place, folder: &Path, pace: &str) -> Result<(Running, Network)> {
    let token_file = folder.join("mastodon.token");
    let mut command = Command::new(place.program("jackfield-standin"));
    command
        .args([
            "--listen",
            "127.0.0.1:0",
            "--brand",
            "northwind",
            "--pace",
            pace,
            "--token-file",
        ])
        .arg(&token_file);
    let mut running = Running::start("mastodon", &mut command)?;
    let line = running.line(START, |line| line.contains("http://"))?;
    let url = line
        .split_whitespace()
        .find(|word| word.starts_with("http://"))
        .map(|word| word.trim_end_matches([';', ',', '.', '/']).to_owned())
        .context("the stand-in does not tell its address")?;
    Ok((
        running,
        Network {
            url,
            token_file,
            here: true,
        },
    ))
}

/// Sets up a host as an operator would, by its own commands, and starts it.
fn host(place: &Place, folder: &Path, port: u16, network: &Network) -> Result<Running> {
    let program = place.program("jackfield");
    let config = folder.join("jackfield.toml");
    let mut init = Command::new(&program);
    init.args([
        "init",
        "--workspace",
        "demo",
        "--brand",
        "northwind",
        "--listen",
        &format!("127.0.0.1:{port}"),
        "--dir",
    ]);
    run::quiet(init.arg(folder))?;

    let granted = if network.here {
        format!("private:{}", network.url)
    } else {
        network.url.clone()
    };
    let mut add = Command::new(&program);
    add.args(["connection", "add", "northwind", "--config"]).arg(&config);
    add.args([
        "--plugin",
        "mastodon",
        "--workspace",
        "demo",
        "--brand",
        "northwind",
        "--name",
        "Northwind on Mastodon",
    ]);
    add.arg("--settings")
        .arg(serde_json::json!({ "server": network.url }).to_string());
    add.arg("--grant").arg(&granted);
    add.arg("--secret")
        .arg(format!("access-token=file:{}@{granted}", network.token_file.display()));
    run::quiet(&mut add)?;

    let mut serve = Command::new(&program);
    serve
        .args(["serve", "--demo", "--config"])
        .arg(&config)
        .env("NO_COLOR", "1");
    let mut running = Running::start("jackfield", &mut serve)?;
    let until = Instant::now() + START;
    loop {
        running.still_runs()?;
        match http::ask(port, "GET", "/healthz", &[], "") {
            Ok(answer) if answer.status == 200 => return Ok(running),
            _ if Instant::now() > until => bail!("the host did not answer on port {port} within {} s", START.as_secs()),
            _ => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}
