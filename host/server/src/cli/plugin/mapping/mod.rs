//! `jackfield plugin mapping`: a mapping of the channel `http-json`, checked and tried before it meets a customer.
//!
//! The file is read by the plugin's own code, so what is shown here is what a connection will do. A live try goes
//! through the same egress policy as every plugin: what was not granted is not reached.

mod live;
mod show;

use crate::cli::say;
use crate::clock::{Clock, SystemClock};
use crate::moment::moment;
use clap::{Args, Subcommand};
use jackfield_channel_http_json::{Mapping, lines, trial};
use live::Live;
use std::path::{Path, PathBuf};

/// A sample's part of the mapping, where one is named, and what is in the file.
type Sample = (Option<String>, Vec<u8>);

/// Messages of one list that a try shows, unless told otherwise.
const MOST: u32 = 200;
/// As many as one batch may hold.
const ALL: i64 = 1000;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Verb {
    /// Look for mistakes; each is told with its line, its key and what to write.
    #[command(after_help = "Example:\n  jackfield plugin mapping check blog.toml")]
    Check(Check),
    /// Run its polls against sample files or a live system and show what a person would see; then ask [reconcile] after
    /// one of the messages. Nothing is published.
    #[command(
        after_help = "Examples:\n  jackfield plugin mapping try blog.toml --sample latest.json\n  jackfield plugin mapping try tickets.toml --sample tickets.json --sample by_ticket=articles.json\n  jackfield plugin mapping try tickets.toml --webhook sent.json\n  jackfield plugin mapping try blog.toml --base https://comments.example --grant https://comments.example\n\nA sample is the body of an answer in a file: PART=FILE for the first address with PART in it, FILE alone for the first of the others.\nA grant is written as for `jackfield connection add`; a host on this machine is private:http://127.0.0.1:8080."
    )]
    Try(Try),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Check {
    /// The mapping.
    file: PathBuf,
    /// Then try it against this sample; as for `try`.
    #[arg(long, value_name = "[PART=]FILE")]
    sample: Vec<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Try {
    /// The mapping.
    file: PathBuf,
    /// Leave alone what was said before: `2026-11-24T09:00:00Z`, `2026-11-24` (UTC), or an age: `90m`, `36h`, `14d`. A
    /// try begins in 1970 unless told; a connection begins `history-days` back.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Show at most so many messages of each list.
    #[arg(long, value_name = "NUMBER", default_value_t = MOST, value_parser = clap::value_parser!(u32).range(1..=ALL))]
    most: u32,
    /// The body of a webhook, in a file, as the system sends it; may be given several times. Its signature is not looked
    /// at.
    #[arg(long, value_name = "FILE")]
    webhook: Vec<PathBuf>,
    /// The body of an answer, in a file; may be given several times.
    #[arg(long, value_name = "[PART=]FILE", conflicts_with = "grant")]
    sample: Vec<String>,
    /// Where the live system is.
    #[arg(long, value_name = "URL", requires = "grant")]
    base: Option<String>,
    /// A host that may be asked; may be given several times.
    #[arg(long, value_name = "HOST", requires = "base")]
    grant: Vec<String>,
    /// A value that the mapping asks for under [values]; may be given several times.
    #[arg(long, value_name = "NAME=VALUE")]
    value: Vec<String>,
    /// A secret: its name, where it is, and the host it may go to; may be given several times.
    #[arg(long, value_name = "NAME=file:PATH@HOST", requires = "grant")]
    secret: Vec<String>,
}

impl Verb {
    pub(in crate::cli) fn run(&self) -> Result<(), String> {
        match self {
            Self::Check(check) => check.run(),
            Self::Try(attempt) => attempt.run(),
        }
    }
}

/// The text of a mapping file and what was read of it.
pub(in crate::cli) fn read(file: &Path) -> Result<(String, Mapping), String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    match Mapping::read(&text) {
        Ok(mapping) => Ok((text, mapping)),
        Err(faults) => {
            let count = faults.len();
            let word = if count == 1 { "mistake" } else { "mistakes" };
            Err(format!("{} has {count} {word}:\n{}", file.display(), lines(&faults)))
        }
    }
}

impl Check {
    fn run(&self) -> Result<(), String> {
        let (_, mapping) = read(&self.file)?;
        say(&format!("{} is good. {}.", self.file.display(), mapping.summary()))?;
        for (name, meaning) in mapping.values() {
            say(&format!("  needs the value `{name}` in the settings: {meaning}"))?;
        }
        for name in mapping.secrets() {
            say(&format!("  needs the secret `{name}`: --secret {name}=file:PATH@HOST"))?;
        }
        if !mapping.doubts().is_empty() {
            say("Look at this; it may be meant so:")?;
            for doubt in mapping.doubts() {
                say(&format!("  {doubt}"))?;
            }
        }
        if self.sample.is_empty() {
            return Ok(());
        }
        let attempt = Try {
            file: self.file.clone(),
            from: None,
            most: MOST,
            webhook: Vec::new(),
            sample: self.sample.clone(),
            base: None,
            grant: Vec::new(),
            value: Vec::new(),
            secret: Vec::new(),
        };
        attempt.run()
    }
}

impl Try {
    fn run(&self) -> Result<(), String> {
        let (text, mapping) = read(&self.file)?;
        if self.sample.is_empty() && self.grant.is_empty() && self.webhook.is_empty() {
            return Err(
                "there is nothing to try it against: give --sample FILE, --base URL and --grant HOST, or --webhook FILE"
                    .to_owned(),
            );
        }
        let now = SystemClock.now();
        let begin = match &self.from {
            Some(from) => moment(from, now).map_err(|why| format!("--from: {why}"))?,
            None => 0,
        };
        let base = self.base.clone().unwrap_or_else(|| "https://sample.example".to_owned());
        let settings = serde_json::json!({ "base": base, "values": self.values(&mapping)? }).to_string();
        let settings = trial::with_mapping(&settings, &text)?;
        let trying = trial::Trying {
            most: self.most,
            whole: self.sample.is_empty(),
            begin: u64::try_from(begin).unwrap_or(0),
        };
        let now = u64::try_from(now).unwrap_or(0);
        let mut found = show::Found::new(&mapping, trying);
        let mut missing = Vec::new();
        if !self.grant.is_empty() {
            let live = Live::new(&self.grant, &self.secret)?;
            found.polls(trial::polls(&live, &settings, trying)?);
            found.reconcile(|event| trial::reconcile(&live, &settings, event));
            found.asked(live.answers.take(), live.told.take());
        } else if !self.sample.is_empty() {
            let samples = trial::Samples::new(self.files()?, now, &base);
            found.polls(trial::polls(&samples, &settings, trying)?);
            let before = samples.missing.borrow().len();
            found.reconcile(|event| {
                let answer = trial::reconcile(&samples, &settings, event);
                let unknown = samples.missing.borrow_mut().split_off(before);
                match unknown.first() {
                    Some(url) => Some(Ok(format!(
                        "`reconcile` was not tried, for there is no sample of {}: give --sample PART=FILE, where PART is in the address",
                        url.strip_prefix(&base).unwrap_or(url)
                    ))),
                    None => answer,
                }
            });
            missing = samples.missing.take();
            found.asked(samples.answers.take(), samples.told.take());
        }
        for file in &self.webhook {
            let body =
                std::fs::read(file).map_err(|error| format!("--webhook {} cannot be read: {error}", file.display()))?;
            let host = trial::Samples::new(Vec::new(), now, &base);
            found.sent(file, &body, trial::webhook(&host, &settings, body.clone()));
        }
        let shown = found.show();
        if let Some(url) = missing.first() {
            let path = url.strip_prefix(&base).unwrap_or(url);
            say(&format!(
                "\nThere is no sample for {} of its addresses, such as {path}. Give one with --sample PART=FILE, where PART is in the address.",
                missing.len()
            ))?;
        }
        shown
    }

    /// What the mapping asks for. A sample needs no true ones; a live system does.
    fn values(&self, mapping: &Mapping) -> Result<serde_json::Map<String, serde_json::Value>, String> {
        let mut values = serde_json::Map::new();
        if self.grant.is_empty() {
            values.extend(
                mapping
                    .values()
                    .map(|(name, _)| (name.to_owned(), format!("({name})").into())),
            );
        }
        for text in &self.value {
            let (name, value) = text
                .split_once('=')
                .ok_or_else(|| format!("--value {text}: there is no `=`; write it as NAME=VALUE"))?;
            values.insert(name.to_owned(), value.into());
        }
        Ok(values)
    }

    fn files(&self) -> Result<Vec<Sample>, String> {
        let one = |text: &String| {
            let (part, file) = match text.split_once('=') {
                Some((part, file)) if !Path::new(text).exists() => (Some(part.to_owned()), file),
                _ => (None, text.as_str()),
            };
            let body = std::fs::read(file).map_err(|error| format!("--sample {file} cannot be read: {error}"))?;
            Ok((part, body))
        };
        self.sample.iter().map(one).collect()
    }
}
