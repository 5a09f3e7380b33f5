//! The command line. Each command says what it did in a line, or what is wrong and what to type.

mod connection;
mod doctor;
mod init;
mod log;
mod plugin;
mod policy;
mod run;
mod status;
mod token;

use crate::config::{self, Config, Overrides};
use crate::plugins::Plugins;
use crate::tier;
use clap::{Args, Parser, Subcommand};
use jackfield_store::{SqliteOptions, SqliteStore, Store};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// A board of sockets for the social contact centre: plugs any channel into the helpdesk you already have.
#[derive(Debug, Parser)]
#[command(
    name = "jackfield",
    version,
    max_term_width = 100,
    after_help = "Begin with:\n  jackfield init --dir jackfield\n  jackfield serve --config jackfield/jackfield.toml"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a configuration, a key and an empty database into a folder.
    #[command(
        after_help = "Example:\n  jackfield init --dir jackfield --workspace acme --brand northwind --origin https://crm.example"
    )]
    Init(init::Init),
    /// Run the host until it is told to stop (Ctrl-C, SIGTERM).
    #[command(
        after_help = "Example:\n  jackfield serve --config jackfield/jackfield.toml\nStopping is graceful: what is under way ends, the log is sealed. Killing it loses nothing either."
    )]
    Serve(run::Serve),
    /// Lines to networks: add, list, check, pause, resume, remove. A running host notices within seconds.
    #[command(subcommand)]
    Connection(connection::Connection),
    /// Print a token for an agent, as the page's own server would make it.
    #[command(
        after_help = "Example:\n  jackfield token --config jackfield/jackfield.toml --agent mia --brand northwind --origin https://crm.example"
    )]
    Token(token::Token),
    /// Plugins: what there is, pack and sign, install and upgrade, take back.
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    /// How each line of the running host is: calls, times, budgets, lag, breaker, grants, the last breakdown.
    #[command(
        after_help = "Example:\n  jackfield status --config jackfield/jackfield.toml --connection main\nIt asks the admin API of the host: [admin] token has to be in the configuration."
    )]
    Status(status::StatusArgs),
    /// Look at everything a host needs, and say what to do about what is missing.
    Doctor(At),
    /// What a supervisor decides, as files: check them, say them in words, compare them.
    #[command(subcommand)]
    Policy(policy::Policy),
    /// The event log: verify it, or compare what was made of it with what it says.
    #[command(subcommand)]
    Log(log::Log),
    /// Print the OpenAPI document of the HTTP API.
    Openapi,
    /// Started by a host: runs plugins, confined.
    #[command(hide = true)]
    PluginTier,
    /// Started by a host: compiles what comes in, confined.
    #[command(hide = true)]
    ConfinedCompile,
}

/// Which host.
#[derive(Debug, Args)]
struct At {
    /// The configuration file.
    #[arg(
        long,
        short,
        value_name = "FILE",
        default_value = "jackfield.toml",
        env = "JACKFIELD_CONFIG"
    )]
    config: PathBuf,
    /// Listen here instead of where the file says, IP:PORT.
    #[arg(long, env = "JACKFIELD_LISTEN", value_name = "ADDRESS")]
    listen: Option<String>,
    /// This database instead of the file's.
    #[arg(long, env = "JACKFIELD_DATABASE", value_name = "FILE")]
    database: Option<PathBuf>,
    /// Compiled plugins here instead of where the file says.
    #[arg(long, env = "JACKFIELD_CACHE", value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Panel, plugins and pages from here instead of the ones that came with the program.
    #[arg(long, env = "JACKFIELD_BUNDLE", value_name = "DIR")]
    bundle: Option<PathBuf>,
}

impl At {
    fn config(&self) -> Result<Config, String> {
        let overrides = Overrides {
            listen: self.listen.clone(),
            database: self.database.clone(),
            cache: self.cache.clone(),
            bundle: self.bundle.clone(),
        };
        let mut config = config::load(&self.config, &overrides).map_err(|error| error.to_string())?;
        config.plugins.program = tier::program();
        Ok(config)
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(why) => {
            // Where standard error is closed there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "jackfield: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode, String> {
    match command {
        Command::Init(args) => args.run(),
        Command::Serve(args) => args.run(),
        Command::Connection(command) => command.run(),
        Command::Token(args) => args.run(),
        Command::Plugin(command) => return command.run(),
        Command::Status(args) => args.run(),
        Command::Doctor(at) => doctor::run(&at),
        Command::Policy(command) => command.run(),
        Command::Log(command) => command.run(),
        Command::PluginTier => tier::apart::run(),
        Command::ConfinedCompile => tier::compile::child(),
        Command::Openapi => {
            let document = crate::api::document()
                .to_pretty_json()
                .map_err(|error| error.to_string())?;
            say(&document)
        }
    }
    .map(|()| ExitCode::SUCCESS)
}

/// A line for whoever typed the command.
fn say(line: &str) -> Result<(), String> {
    match writeln!(std::io::stdout(), "{line}") {
        // `jackfield ... | head` is no fault.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| error.to_string()),
    }
}

/// What to say where it is not there. A misspelt path must not look like a host that has forgotten everything.
fn no_database(config: &Config) -> String {
    format!(
        "there is no database at {}. Is the path right (`database` in {}, --database, JACKFIELD_DATABASE)? To begin with an empty one there: jackfield serve --create",
        config.database.display(),
        config.file.display()
    )
}

/// The database of a configuration; it has to be there.
fn store(config: &Config) -> Result<SqliteStore, String> {
    if !config.database.exists() {
        return Err(no_database(config));
    }
    let options = SqliteOptions {
        create: false,
        ..SqliteOptions::default()
    };
    SqliteStore::open(&config.database, &options).map_err(|error| error.to_string())
}

/// The plugins of a configuration, as they are installed.
fn plugins(config: &Config) -> Result<Plugins, String> {
    let plugins = Plugins::new(config)?;
    if config.database.exists() {
        plugins.follow(wait(async {
            store(config)?
                .plugin_installs()
                .await
                .map_err(|error| error.to_string())
        })?);
    }
    Ok(plugins)
}

/// A runtime for one command.
fn wait<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("no runtime: {error}"))?.block_on(work)
}
