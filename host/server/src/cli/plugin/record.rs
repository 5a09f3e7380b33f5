//! `jackfield plugin record`: real traffic becomes a fixture.

use crate::cli::{say, wait};
use crate::config::SecretRef;
use clap::Args;
use jackfield_engine::bindings::Visibility;
use jackfield_kit::{Options, Plan, Reply, Subject};
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

#[derive(Debug, Args)]
pub(in crate::cli) struct Record {
    /// The plugin's folder, or its component beside its plugin.toml.
    #[arg(default_value = ".", value_name = "DIR|FILE")]
    path: PathBuf,
    /// The server to talk to. Its host is granted for this recording, on this machine and in private networks too.
    #[arg(long, value_name = "URL")]
    against: String,
    /// The component, where it is not where a build puts it.
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
    /// The settings as JSON; those of conform.toml, or the server alone, unless given.
    #[arg(long, value_name = "JSON")]
    settings: Option<String>,
    /// A secret and the file it is in; may be given several times. Its value is never written anywhere.
    #[arg(long, value_name = "NAME=file:PATH")]
    secret: Vec<String>,
    /// Another host that the plugin may talk to; may be given several times.
    #[arg(long, value_name = "HOST")]
    grant: Vec<String>,
    /// So many polls, each until nothing more is waiting.
    #[arg(long, default_value_t = 2)]
    polls: u32,
    /// Seconds between two polls: time to write, edit or delete something on the network.
    #[arg(long, default_value_t = 2, value_name = "SECONDS")]
    pause: u64,
    /// Events of one poll.
    #[arg(long, default_value_t = 50)]
    max_events: u32,
    /// Publish these words, twice with the same key, and look for them.
    #[arg(long, value_name = "TEXT")]
    publish: Option<String>,
    /// The message that is answered; the newest that was found unless given.
    #[arg(long, value_name = "ID", requires = "publish")]
    to: Option<String>,
    /// Who may read it: public, unlisted, followers, direct.
    #[arg(long, default_value = "public", value_parser = visibility)]
    visibility: Visibility,
    /// Where the trace is written; fixtures/NAME.trace in the plugin's folder unless given.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Keep compiled plugins here, so that the next run starts sooner.
    #[arg(long, env = "JACKFIELD_CACHE", value_name = "DIR")]
    cache: Option<PathBuf>,
}

fn visibility(word: &str) -> Result<Visibility, String> {
    Ok(match word {
        "public" => Visibility::Public,
        "unlisted" => Visibility::Unlisted,
        "followers" => Visibility::Followers,
        "direct" => Visibility::Direct,
        _ => return Err("write public, unlisted, followers or direct".to_owned()),
    })
}

impl Record {
    pub(super) fn run(&self) -> Result<(), String> {
        let subject = Subject::open(&self.path, self.component.as_deref())?;
        let plan = self.plan(&subject)?;
        let options = Options {
            cache: self.cache.clone(),
            only: Vec::new(),
        };
        let recorded = wait(Box::pin(jackfield_kit::record(&subject, &options, &plan)))?;
        for line in &recorded.lines {
            say(line)?;
        }
        let file = self.out.clone().unwrap_or_else(|| {
            let name = &subject.manifest.name;
            subject.folder.join("fixtures").join(format!("{name}.trace"))
        });
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        std::fs::write(&file, recorded.trace.write()).map_err(|error| format!("{}: {error}", file.display()))?;
        say(&format!(
            "{} events in {}; no secret is among them, but what people said is: read it before you share it",
            recorded.trace.events.len(),
            file.display()
        ))?;
        recorded.failed.map_or(Ok(()), Err)
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, String> {
        let url = Url::parse(&self.against)
            .map_err(|error| format!("--against {:?}: {error}; write https://server.example", self.against))?;
        let origin = url.origin().ascii_serialization();
        let server = self.against.trim_end_matches('/');
        let settings = match (&self.settings, &subject.conform.standin) {
            (Some(settings), _) => settings.clone(),
            (None, Some(standin)) => standin.settings(server),
            (None, None) => match subject.manifest.hosts_from_settings.first() {
                Some(field) => serde_json::json!({field: server}).to_string(),
                None => "{}".to_owned(),
            },
        };
        let secrets = self.secret.iter().map(|text| secret(text)).collect::<Result<_, _>>()?;
        Ok(Plan {
            grants: std::iter::once(format!("private:{origin}"))
                .chain(self.grant.clone())
                .collect(),
            settings,
            secrets,
            polls: self.polls,
            max_events: self.max_events,
            pause: Duration::from_secs(self.pause),
            publish: self.publish.as_ref().map(|text| Reply {
                text: text.clone(),
                parent: self.to.clone(),
                visibility: self.visibility.clone(),
            }),
        })
    }
}

/// `NAME=file:PATH`: the name and the value.
fn secret(text: &str) -> Result<(String, String), String> {
    let (name, source) = text
        .split_once('=')
        .ok_or_else(|| "--secret: there is no `=`; write it as NAME=file:PATH or NAME=env:NAME".to_owned())?;
    let no = |error: String| format!("--secret {name}: {error}");
    let value = SecretRef::parse(source, Path::new(""))
        .map_err(|error| no(error.to_string()))?
        .read()
        .map_err(|error| no(error.to_string()))?;
    let value = std::str::from_utf8(value.expose()).map_err(|_| no("it is not UTF-8 text".to_owned()))?;
    Ok((name.to_owned(), value.trim().to_owned()))
}
