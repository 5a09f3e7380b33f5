//! `jackfield-standin`: a small Mastodon server with people in it, on this machine only.

use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand};
use jackfield_conform::{Config, Standin, networks};
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// A stand-in of a Mastodon server for demos and tests: it speaks the real client API, remembers, and is inhabited by
/// seeded people who write to the brand and react to its answers. Faults can be ordered under /_standin/.
#[derive(Debug, Parser)]
#[command(name = "jackfield-standin", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    other: Option<Other>,
    /// Where to listen: a loopback address; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:3100")]
    listen: SocketAddr,
    /// Where to write the brand's access token, readable by its owner only.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The brand's account name.
    #[arg(long, default_value = "northwind")]
    brand: String,
    /// Mean seconds between two people who begin to write; 0: nobody writes by themselves.
    #[arg(long, value_name = "SECONDS", default_value_t = 6.0)]
    pace: f64,
    /// The same seed gives the same people, words and order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many people live there, 1 to 500.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=500))]
    people: u16,
    /// The greatest length of a post.
    #[arg(long, default_value_t = 500)]
    max_characters: usize,
    /// Requests that one token may make in five minutes; Mastodon's own limit is 300.
    #[arg(long, default_value_t = 7500)]
    rate_limit: u32,
}

/// Instead of the small Mastodon.
#[derive(Debug, Subcommand)]
enum Other {
    /// Another network, for `jackfield plugin test`: prints {"url": …, "token": …} and answers until it is ended.
    Network {
        /// Which.
        #[arg(value_parser = PossibleValuesParser::new(networks::NAMES))]
        name: String,
        /// Where to listen: a loopback address; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
    },
}

/// Serves a network until this process is ended.
async fn serve(name: &str, listen: SocketAddr) -> ExitCode {
    let Some(network) = networks::of(name) else {
        return fail(&format!("there is no stand-in of {name:?}"));
    };
    let token = network.token();
    match networks::serve(network, listen).await {
        Ok((addr, task)) => {
            say(&serde_json::json!({"url": format!("http://{addr}"), "token": token}).to_string());
            let _ = task.await;
            ExitCode::SUCCESS
        }
        Err(error) => fail(&format!("cannot start on {listen}: {error}")),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(Other::Network { name, listen }) = &arguments.other {
        return serve(name, *listen).await;
    }
    let Ok(pace) = Duration::try_from_secs_f64(arguments.pace) else {
        return fail(&format!(
            "--pace {} is no number of seconds; write 6 or 0.5",
            arguments.pace
        ));
    };
    let config = Config {
        listen: arguments.listen,
        brand: arguments.brand,
        token_file: arguments.token_file.clone(),
        people: usize::from(arguments.people),
        pace: (!pace.is_zero()).then_some(pace),
        seed: arguments.seed,
        max_characters: arguments.max_characters,
        rate_limit: arguments.rate_limit,
        ..Config::default()
    };
    let standin = match Standin::start(config).await {
        Ok(standin) => standin,
        Err(error) => return fail(&format!("cannot start on {}: {error}", arguments.listen)),
    };
    let token = match &arguments.token_file {
        Some(path) => format!("the token is in {}", path.display()),
        None => format!("the token is {}", standin.token()),
    };
    say(&format!("stand-in of a Mastodon server on {}; {token}", standin.url()));
    let ended = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! { _ = ended => {}, _ = terminated.recv() => {} }
        }
        Err(_) => {
            let _ = ended.await;
        }
    }
    standin.stop().await;
    ExitCode::SUCCESS
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn fail(line: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "jackfield-standin: {line}");
    ExitCode::FAILURE
}
