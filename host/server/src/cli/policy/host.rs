//! What is said to a host about policies: through its admin API where it runs, else in its database.

use super::super::plugin::door::{Remote, who};
use super::super::{At, store, wait};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Secret, SecretRef};
use crate::house::{Current, policy_files};
use crate::serve::runs_beside;
use clap::Args;
use jackfield_protocol::{PolicyEntry, PolicyOutcome, PolicyProposal, Rehearsal, RehearsalRequest};
use serde_json::json;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};

/// Which host.
#[derive(Debug, Args)]
pub(super) struct Door {
    #[command(flatten)]
    at: At,
    /// A host that runs somewhere else: http://HOST:PORT. Its token is that of --token, else of the configuration.
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Where the admin token of that host is: file:PATH or env:NAME.
    #[arg(long, value_name = "SOURCE", requires = "to")]
    token: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Apply {
    #[command(flatten)]
    door: Door,
    /// The folder with the policy's *.toml files; that of `[policy] folder` unless given.
    #[arg(value_name = "DIR", conflicts_with = "version")]
    dir: Option<PathBuf>,
    /// A version that was in force before, as `jackfield policy log` lists it, instead of files.
    #[arg(long)]
    version: Option<String>,
    /// Why, for the record.
    #[arg(long, default_value = "")]
    why: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Log {
    #[command(flatten)]
    door: Door,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DryRun {
    #[command(flatten)]
    door: Door,
    /// The folder of a policy that is not in force yet; what is in force unless given.
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Whose messages.
    #[arg(long)]
    workspace: String,
    /// Whose messages.
    #[arg(long)]
    brand: String,
    /// Only this rule; may be given several times.
    #[arg(long, value_name = "NAME")]
    rule: Vec<String>,
    /// Messages of so many days back.
    #[arg(long, default_value_t = 7)]
    days: u16,
    /// How many examples to show.
    #[arg(long, default_value_t = 50)]
    examples: u32,
}

/// Where it is done.
enum Host {
    Runs(Remote),
    Rests(Box<Config>),
}

impl Door {
    fn host(&self) -> Result<Host, String> {
        if let Some(url) = &self.to {
            return Ok(Host::Runs(Remote::at(address(url)?, self.secret()?)));
        }
        let config = self.at.config()?;
        if let Some(remote) = Remote::of(&config)? {
            return Ok(Host::Runs(remote));
        }
        if runs_beside(&config.database) {
            return Err(
                "the host runs and lets no operator in, so it would not learn of it. Write [admin] token into its configuration and start it again, or stop it first"
                    .to_owned(),
            );
        }
        Ok(Host::Rests(Box::new(config)))
    }

    fn secret(&self) -> Result<Secret, String> {
        let source = match &self.token {
            Some(text) => SecretRef::parse(text, Path::new("")).map_err(|error| format!("--token: {error}"))?,
            None => self
                .at
                .config()?
                .admin
                .ok_or("which token? Give --token file:PATH, or a configuration with [admin] token")?,
        };
        source
            .read_private()
            .map_err(|error| format!("the admin token: {error}"))
    }

    /// The folder of the configuration.
    fn folder(&self) -> Result<PathBuf, String> {
        let config = self.at.config()?;
        config.policy.folder.ok_or_else(|| {
            format!(
                "which policy? Name its folder, or write [policy] folder = \"policies\" into {}",
                config.file.display()
            )
        })
    }
}

fn address(url: &str) -> Result<SocketAddr, String> {
    let wrong = || {
        format!(
            "--to: {url} is no address of a host. Write http://HOST:PORT; a host behind TLS is reached through a tunnel"
        )
    };
    let parsed = url::Url::parse(url)
        .ok()
        .filter(|url| url.scheme() == "http")
        .ok_or_else(wrong)?;
    let (host, port) = (
        parsed.host_str().ok_or_else(wrong)?,
        parsed.port_or_known_default().unwrap_or(80),
    );
    let host = host.trim_matches(['[', ']']);
    let mut found = (host, port)
        .to_socket_addrs()
        .map_err(|error| format!("--to: {host}: {error}"))?;
    found.next().ok_or_else(wrong)
}

/// The policies of a host that does not run.
async fn kept(config: &Config) -> Result<(jackfield_store::SqliteStore, Current), String> {
    let store = store(config)?;
    let current = Current::default();
    current.load(&store).await?;
    Ok((store, current))
}

impl Apply {
    pub(super) fn run(&self) -> Result<String, String> {
        let host = self.door.host()?;
        let outcome: PolicyOutcome = match (&self.version, host) {
            (Some(version), Host::Runs(remote)) => remote.send(
                "POST",
                "/admin/v1/policy/rollback",
                &json!({"version": version, "why": self.why}),
            )?,
            (Some(version), Host::Rests(config)) => wait(async {
                let (store, current) = kept(&config).await?;
                let who = format!("{}, command line", who());
                let done = current.back_to(&store, version, (&who, &self.why), SystemClock.now());
                done.await.map_err(|refused| refused.to_string())
            })?,
            (None, host) => self.files(host)?,
        };
        Ok(told(&outcome))
    }

    fn files(&self, host: Host) -> Result<PolicyOutcome, String> {
        let dir = self.dir.clone().map_or_else(|| self.door.folder(), Ok)?;
        let proposal = PolicyProposal {
            files: policy_files(&dir)?,
            why: self.why.clone(),
            expected: None,
        };
        match host {
            Host::Runs(remote) => remote.send("PUT", "/admin/v1/policy", &proposal),
            Host::Rests(config) => wait(async {
                let (store, current) = kept(&config).await?;
                let who = format!("{}, command line", who());
                let done = current.apply(&store, &proposal, &who, SystemClock.now());
                done.await.map_err(|refused| refused.to_string())
            }),
        }
    }
}

/// What a policy changes beside what is in force.
pub(super) fn diff(door: &Door, dir: &Path) -> Result<String, String> {
    let files = policy_files(dir)?;
    let outcome = match door.host()? {
        Host::Runs(remote) => {
            let proposal = PolicyProposal {
                files,
                ..PolicyProposal::default()
            };
            remote.send("POST", "/admin/v1/policy/check", &proposal)?
        }
        Host::Rests(config) => wait(async {
            let (_store, current) = kept(&config).await?;
            current.look(&files).map_err(|refused| refused.to_string())
        })?,
    };
    Ok(told(&outcome))
}

fn told(outcome: &PolicyOutcome) -> String {
    let mut lines = outcome.changes.clone();
    lines.extend(outcome.notes.iter().cloned());
    lines.push(match (&outcome.applied, outcome.before == outcome.version) {
        (Some(entry), _) => format!(
            "{} -> {}: in force as number {}.",
            outcome.before, outcome.version, entry.number
        ),
        (None, true) => format!("Version {} is in force already.", outcome.version),
        (None, false) => format!("{} -> {}: not applied.", outcome.before, outcome.version),
    });
    lines.join("\n")
}

impl Log {
    pub(super) fn run(&self) -> Result<String, String> {
        let entries: Vec<PolicyEntry> = match self.door.host()? {
            Host::Runs(remote) => remote.get("/admin/v1/policy-log")?,
            Host::Rests(config) => wait(async {
                let (store, current) = kept(&config).await?;
                current.log(&store).await.map_err(|error| error.to_string())
            })?,
        };
        if entries.is_empty() {
            return Ok("No policy was ever applied.".to_owned());
        }
        let line = |entry: &PolicyEntry| {
            let at = jiff::Timestamp::from_millisecond(entry.at)
                .map(|at| at.to_string())
                .unwrap_or_default();
            let why = if entry.why.is_empty() {
                String::new()
            } else {
                format!(": {}", entry.why)
            };
            format!("{:>4}  {at}  {}  {}{why}", entry.number, entry.version, entry.who)
        };
        Ok(entries.iter().map(line).collect::<Vec<_>>().join("\n"))
    }
}

impl DryRun {
    pub(super) fn run(&self) -> Result<String, String> {
        let day: i64 = 24 * 3_600_000;
        let what = RehearsalRequest {
            files: self.dir.as_deref().map_or(Ok(Vec::new()), policy_files)?,
            rules: self.rule.clone(),
            since: Some(SystemClock.now() - i64::from(self.days) * day),
            until: None,
            examples: Some(self.examples),
        };
        let Host::Runs(remote) = self.door.host()? else {
            return Err("the host does not run, and only it reads its messages. Start it: jackfield serve".to_owned());
        };
        let trying = json!({"workspace": self.workspace, "brand": self.brand, "what": what});
        let found: Rehearsal = remote.send("POST", "/admin/v1/policy/dry-run", &trying)?;
        let mut lines = vec![found.words.clone()];
        lines.extend(found.rules.iter().map(|(rule, count)| format!("  {rule}: {count}")));
        if found.conflicts > 0 {
            lines.push(format!(
                "  {} times one rule would have stood in the way of another.",
                found.conflicts
            ));
        }
        for example in &found.examples {
            let acts: Vec<_> = example
                .acts
                .iter()
                .map(|(rule, what)| format!("{rule}: {what}"))
                .collect();
            lines.push(format!(
                "{}  {}  {}",
                example.conversation,
                example.snippet,
                acts.join("; ")
            ));
        }
        if !found.left_out.is_empty() {
            lines.push(format!(
                "Not tried, since they look at no message: {}.",
                found.left_out.join(", ")
            ));
        }
        Ok(lines.join("\n"))
    }
}
