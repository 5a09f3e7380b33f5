//! `jackfield plugin mapping`: a mapping of the channel `http-json`, checked and tried before it meets a customer.
//!
//! The file is read by the plugin's own code, so what is shown here is what a connection will do. A live try goes
//! through the same egress policy as every plugin: what was not granted is not reached.

mod live;
mod show;

use crate::cli::say;
use crate::clock::{Clock, SystemClock};
use clap::{Args, Subcommand};
use jackfield_channel_http_json::{Mapping, lines, trial};
use live::Live;
use std::path::{Path, PathBuf};

/// A sample's part of the mapping, where one is named, and what is in the file.
type Sample = (Option<String>, Vec<u8>);

/// Messages that a try shows at most.
const MOST: u32 = 200;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Verb {
    /// Look for mistakes; each is told with its line, its key and what to write.
    #[command(after_help = "Example:\n  jackfield plugin mapping check blog.toml")]
    Check(Check),
    /// Run its polls against sample files or a live system and show what a person would see. Nothing is sent but the
    /// polls.
    #[command(
        after_help = "Examples:\n  jackfield plugin mapping try blog.toml --sample latest.json\n  jackfield plugin mapping try tickets.toml --sample tickets.json --sample by_ticket=articles.json\n  jackfield plugin mapping try blog.toml --base https://comments.example --grant https://comments.example\n\nA sample is the body of an answer in a file: PART=FILE for the first address with PART in it, FILE alone for the first of the others.\nA grant is written as for `jackfield connection add`; a host on this machine is private:http://127.0.0.1:8080."
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
        if self.sample.is_empty() {
            return Ok(());
        }
        let attempt = Try {
            file: self.file.clone(),
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
        if self.sample.is_empty() && self.grant.is_empty() {
            return Err(
                "there is nothing to try it against: give --sample FILE, or --base URL and --grant HOST".to_owned(),
            );
        }
        let base = self.base.clone().unwrap_or_else(|| "https://sample.example".to_owned());
        let settings = serde_json::json!({ "base": base, "values": self.values(&mapping)? }).to_string();
        let settings = trial::with_mapping(&settings, &text)?;
        let now = u64::try_from(SystemClock.now()).unwrap_or(0);
        if self.sample.is_empty() {
            let live = Live::new(&self.grant, &self.secret)?;
            let tried = trial::polls(&live, &settings, MOST, true)?;
            return show::all(&mapping, &tried, &live.answers.take(), &live.told.take());
        }
        let samples = trial::Samples::new(self.files()?, now, &base);
        let tried = trial::polls(&samples, &settings, MOST, false)?;
        show::all(&mapping, &tried, &samples.answers.take(), &samples.told.take())?;
        let missing = samples.missing.take();
        if let Some(url) = missing.first() {
            let path = url.strip_prefix(&base).unwrap_or(url);
            say(&format!(
                "\nThere is no sample for {} of its addresses, such as {path}. Give one with --sample PART=FILE, where PART is in the address.",
                missing.len()
            ))?;
        }
        Ok(())
    }

    /// What the mapping asks for. A sample needs no true ones; a live system does.
    fn values(&self, mapping: &Mapping) -> Result<serde_json::Map<String, serde_json::Value>, String> {
        let mut values = serde_json::Map::new();
        if !self.sample.is_empty() {
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
