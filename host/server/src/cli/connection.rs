//! `jackfield connection`: lines to networks.

mod mapping;
mod poison;
pub(super) mod reingest;
mod remap;
mod remove;
mod ungranted;

use super::{At, plugins, say, store, wait};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, SecretRef, check_name};
use crate::lines::Outcome;
use clap::{Args, Subcommand};
use jackfield_protocol::{ConnectionRecord, SecretRecord};
use jackfield_store::{SqliteStore, Store};

#[derive(Debug, Subcommand)]
pub(super) enum Connection {
    /// Add a line, or give one that is there another name, other grants or other secrets. Its plugin and its settings stay;
    /// a mapping is changed by `remap`.
    #[command(
        after_help = "Example:\n  jackfield connection add main --plugin mastodon --workspace demo --brand northwind --name \"Northwind on Mastodon\" \\\n    --settings '{\"server\":\"https://mastodon.example\"}' --grant https://mastodon.example \\\n    --secret access-token=file:mastodon.token@https://mastodon.example\n\nA grant is a host the plugin may talk to: `host`, `https://host:port`, `*.example.org`. A host on a private network\nor on this machine has to be granted by that very name: `private:http://127.0.0.1:3000`."
    )]
    Add(Box<Add>),
    /// All lines.
    List(At),
    /// Try a line's settings and credential against its network.
    Check(One),
    /// Stop a line for now.
    Pause(One),
    /// Let a paused or set-aside line go on.
    Resume(One),
    /// Give a line of `http-json` another mapping. Where it was is kept.
    #[command(
        after_help = "Example:\n  jackfield connection remap blog --mapping blog.toml\n\nThe cursor stays: a list goes on where it was. One whose address, `since`, `mark`, `order` or `paging` is another one\nbegins anew, `history-days` back, and what is known of it is not there twice. Replies in doubt are asked after again\nat once, by the new [reconcile]. A running host takes it up within seconds."
    )]
    Remap(remap::Remap),
    /// Take a line away; its conversations stay.
    Remove(remove::Remove),
    /// Let the plugin read again what the network sent in a span of time, after a repair.
    #[command(
        after_help = "Example:\n  jackfield connection reingest main --from 36h --dry-run\n  jackfield connection reingest main --from 2026-11-24T09:00:00Z --to 2026-11-24T12:00:00Z\n\nA message that is in the log already stays as it is: reingesting adds what is missing and doubles nothing. A plugin\nthat reads a message better than before hands it over under a higher revision. What was ingested is kept for 14 days\nunless `keep-days` under [webhooks] says otherwise."
    )]
    Reingest(reingest::Reingest),
    /// What could not be ingested and was set aside: list it, replay it, drop it.
    #[command(
        subcommand,
        after_help = "Example:\n  jackfield connection poison list main\n  jackfield connection poison replay main --item 7"
    )]
    Poison(poison::Poison),
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The line's id.
    id: String,
    #[command(flatten)]
    at: At,
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// Your name for the line: a-z 0-9 - _
    id: String,
    #[command(flatten)]
    at: At,
    /// The plugin; `jackfield plugin list` shows what there is.
    #[arg(long)]
    plugin: String,
    /// Whose it is.
    #[arg(long)]
    workspace: String,
    /// Which brand's.
    #[arg(long)]
    brand: String,
    /// What people call it; the id unless given.
    #[arg(long)]
    name: Option<String>,
    /// The plugin's settings as JSON; no secrets.
    #[arg(long, default_value = "{}", value_name = "JSON")]
    settings: String,
    /// A mapping for the plugin `http-json`; it becomes part of the settings.
    #[arg(long, value_name = "FILE")]
    mapping: Option<std::path::PathBuf>,
    /// A host that the plugin may talk to; may be given several times.
    #[arg(long, value_name = "HOST")]
    grant: Vec<String>,
    /// A secret: its name, where it is, and the host it may go to; may be given several times. One that only verifies
    /// webhooks goes to no host: NAME=file:PATH.
    #[arg(long, value_name = "NAME=file:PATH@HOST")]
    secret: Vec<String>,
}

impl Connection {
    pub(super) fn run(&self) -> Result<(), String> {
        match self {
            Self::Add(add) => add.run(),
            Self::List(at) => list(&at.config()?),
            Self::Check(one) => check(one),
            Self::Pause(one) => one.change(true, "paused"),
            Self::Resume(one) => one.change(false, "goes on; a running host takes it up within seconds"),
            Self::Remap(remap) => remap.run(),
            Self::Remove(remove) => remove.run(),
            Self::Reingest(reingest) => reingest.run(),
            Self::Poison(poison) => poison.run(),
        }
    }
}

impl Add {
    fn run(&self) -> Result<(), String> {
        let config = self.at.config()?;
        for (flag, text) in [
            ("ID", &self.id),
            ("--workspace", &self.workspace),
            ("--brand", &self.brand),
        ] {
            check_name(text).map_err(|why| format!("{flag}: {why}"))?;
        }
        known_place(&config, &self.workspace, &self.brand)?;
        let record = ConnectionRecord {
            id: self.id.as_str().into(),
            workspace: self.workspace.as_str().into(),
            brand: self.brand.as_str().into(),
            plugin: self.plugin.clone(),
            name: self.name.clone().unwrap_or_else(|| self.id.clone()),
            settings: mapping::settings(&self.plugin, &self.settings, self.mapping.as_deref())?,
            hosts: self.grant.clone(),
            secrets: self.secret.iter().map(|text| secret(text)).collect::<Result<_, _>>()?,
            paused: false,
            touched_at: SystemClock.now(),
            closing: false,
        };
        mapping::check(&record)?;
        // Everything is tried that can be without the network, before anything is written.
        let plugins = plugins(&config)?;
        plugins.connect(&record).map_err(|outcome| words(&outcome))?;
        let manifest = plugins.manifest(&self.plugin)?;
        if let Some(missing) = ungranted::first(&manifest, &record) {
            return Err(missing);
        }
        let here = store(&config)?;
        wait(async {
            let all = here.connections().await.map_err(|error| error.to_string())?;
            if all.iter().any(|other| other.id == record.id && other.closing) {
                return Err(format!(
                    "the line {} is being taken away. Try again in a moment",
                    record.id
                ));
            }
            if let Some(other) = all.iter().find(|other| other.id == record.id)
                && (&other.workspace, &other.brand) != (&record.workspace, &record.brand)
            {
                return Err(format!(
                    "there is a line {} of {}/{} already, and its conversations stay with that brand. Give this one another id",
                    other.id, other.workspace, other.brand
                ));
            }
            // A cursor of one network means nothing to another, and a reply in doubt there is not looked for here.
            if all.iter().any(|other| {
                other.id == record.id && (&other.plugin, &other.settings) != (&record.plugin, &record.settings)
            }) {
                return Err(other_settings(&all, &record));
            }
            if all.iter().all(|other| other.id != record.id) {
                remove::nothing_left(&config, &here, &record.id).await?;
            }
            here.put_connection(record).await.map_err(|error| error.to_string())
        })?;
        say(&format!(
            "Added {}. Try it: jackfield connection check {} --config {}",
            self.id,
            self.id,
            self.at.config.display()
        ))?;
        if manifest.webhook.is_none() {
            return Ok(());
        }
        let base = crate::hooks::reached(&config).public_url;
        let place = base.clone().unwrap_or_else(|| "https://YOUR-HOST".to_owned());
        say(&format!("Its webhooks come in at {place}/hooks/{}", self.id))?;
        match base {
            Some(_) => Ok(()),
            None => say(
                "Write `public-url` under [webhooks] in the configuration: the address that networks reach this host at.",
            ),
        }
    }
}

/// What it knows of its network does not fit other settings; where only the mapping differs, there is a command.
fn other_settings(all: &[ConnectionRecord], record: &ConnectionRecord) -> String {
    let id = &record.id;
    let before = all.iter().find(|other| other.id == record.id);
    if before.is_some_and(|before| mapping::only_mapping_differs(before, record)) {
        return format!(
            "there is a line {id} with another mapping. To change it: jackfield connection remap {id} --mapping FILE"
        );
    }
    format!(
        "there is a line {id} with another plugin or other settings, and what it knows of its network does not fit these. Give this one another id, or first run: jackfield connection remove {id}"
    )
}

/// A line of a brand that nobody may look at would collect in silence.
fn known_place(config: &Config, workspace: &str, brand: &str) -> Result<(), String> {
    let speaks = |issuer: &&crate::config::IssuerConfig| issuer.workspace.as_str() == workspace;
    let brands: Vec<_> = config
        .issuers
        .iter()
        .filter(speaks)
        .flat_map(|issuer| &issuer.brands)
        .map(|b| b.as_str())
        .collect();
    if brands.contains(&brand) {
        return Ok(());
    }
    let known: Vec<_> = config
        .issuers
        .iter()
        .flat_map(|i| i.brands.iter().map(move |b| format!("{}/{b}", i.workspace)))
        .collect();
    Err(format!(
        "no issuer speaks for workspace {workspace} and brand {brand}, so nobody could see this line. Known are: {}. Mend --workspace and --brand, or add an [[issuer]] to {}",
        known.join(", "),
        config.file.display()
    ))
}

/// `NAME=file:PATH@HOST`; a path may hold `@`, a host may not.
pub(super) fn secret(text: &str) -> Result<SecretRecord, String> {
    let shape = "write it as NAME=file:PATH@HOST or NAME=env:NAME@HOST; one that only verifies webhooks needs no @HOST";
    let (name, rest) = text
        .split_once('=')
        .ok_or_else(|| format!("--secret: there is no `=`; {shape}"))?;
    let (source, host) = match rest.rsplit_once('@') {
        Some((source, host)) => (source, Some(host)),
        None => (rest, None),
    };
    SecretRef::parse(source, std::path::Path::new("")).map_err(|error| format!("--secret {name}: {error}"))?;
    let absolute = match source.strip_prefix("file:") {
        // The flag is read where it is typed; the host may run elsewhere.
        Some(path) => {
            let path = std::path::absolute(path).map_err(|error| format!("--secret {name}: {error}"))?;
            format!("file:{}", path.display())
        }
        None => source.to_owned(),
    };
    Ok(SecretRecord {
        name: name.to_owned(),
        source: absolute,
        hosts: host.map(str::to_owned).into_iter().collect(),
    })
}

pub(super) fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Good => String::new(),
        Outcome::Patience(_) => "the network asks for patience".to_owned(),
        Outcome::Down { what, .. } => what.clone(),
        Outcome::Budget(exhausted) => exhausted.to_string(),
        Outcome::Network(text)
        | Outcome::NotGranted(text)
        | Outcome::Credential(text)
        | Outcome::Broken(text)
        | Outcome::Host(text) => text.clone(),
    }
}

fn list(config: &Config) -> Result<(), String> {
    let records = wait(async { store(config)?.connections().await.map_err(|error| error.to_string()) })?;
    if records.is_empty() {
        return say("No line yet. `jackfield connection add --help` shows how to add one.");
    }
    for record in records {
        let paused = match (record.closing, record.paused) {
            (true, _) => "  is being taken away",
            (_, true) => "  paused",
            _ => "",
        };
        say(&format!(
            "{}  {}  {}/{}  {}{paused}",
            record.id, record.plugin, record.workspace, record.brand, record.name
        ))?;
        say(&format!("    settings {}", record.settings))?;
        say(&format!(
            "    may talk to {}",
            if record.hosts.is_empty() {
                "nobody".to_owned()
            } else {
                record.hosts.join(", ")
            }
        ))?;
        for secret in record.secrets {
            say(&format!(
                "    secret {} in {}, to {}",
                secret.name,
                secret.source,
                if secret.hosts.is_empty() {
                    "nobody".to_owned()
                } else {
                    secret.hosts.join(", ")
                }
            ))?;
        }
    }
    Ok(())
}

fn check(one: &One) -> Result<(), String> {
    let config = one.at.config()?;
    let plugins = plugins(&config)?;
    wait(async {
        let record = one.record(&store(&config)?).await?;
        let connection = plugins.connect(&record).map_err(|outcome| words(&outcome))?;
        match Box::pin(connection.check()).await {
            Ok(sentence) => say(&format!("{}: {sentence}", one.id)),
            Err(error) => Err(format!("{}: {error}", one.id)),
        }
    })
}

impl One {
    async fn record(&self, store: &SqliteStore) -> Result<ConnectionRecord, String> {
        Self::find(store, &self.id).await
    }

    async fn find(store: &SqliteStore, id: &str) -> Result<ConnectionRecord, String> {
        let records = store.connections().await.map_err(|error| error.to_string())?;
        let ids: Vec<_> = records.iter().map(|record| record.id.to_string()).collect();
        records
            .into_iter()
            .find(|record| record.id.as_str() == id)
            .ok_or_else(|| {
                let known = if ids.is_empty() {
                    "there is none yet".to_owned()
                } else {
                    format!("the lines are: {}", ids.join(", "))
                };
                format!("there is no line `{id}`; {known}")
            })
    }

    fn change(&self, paused: bool, what: &str) -> Result<(), String> {
        let config = self.at.config()?;
        wait(async {
            let here = store(&config)?;
            let record = ConnectionRecord {
                paused,
                touched_at: SystemClock.now(),
                ..self.record(&here).await?
            };
            here.put_connection(record).await.map_err(|error| error.to_string())
        })?;
        say(&format!("{} {what}.", self.id))
    }
}
