//! `jackfield plugin shadow`: another triage version on stored traffic, then live beside the one that decides.

use super::super::{At, plugins, say, store, wait};
use super::door::{Change, Remote, change, here};
use super::install::told;
use super::pack::bytes;
use crate::config::Config;
use crate::plugins::Plugins;
use crate::registry::TrialReport;
use crate::triage::{Judge, compare};
use clap::Args;
use jackfield_engine::package::Package;
use jackfield_protocol::{Millis, PluginVersion};
use std::collections::BTreeSet;
use std::path::Path;

#[derive(Debug, Args)]
pub(in super::super) struct Shadow {
    /// The version: a package, or NAME@VERSION that is installed. For --report, --share, --promote and --end: the name.
    version: String,
    /// Messages from here on, `2026-11-01` or `2026-11-01T08:00:00Z`.
    #[arg(long, value_name = "TIME", conflicts_with_all = ["live", "share", "promote", "end", "report"])]
    from: Option<String>,
    /// Messages before this.
    #[arg(long, value_name = "TIME", conflicts_with_all = ["live", "share", "promote", "end", "report"])]
    to: Option<String>,
    /// Examples of changed decisions to show.
    #[arg(long, default_value_t = 10, value_name = "NUMBER")]
    examples: usize,
    /// Let it look on at a host: it judges what comes in, and nobody is shown what it says.
    #[arg(long, group = "step")]
    live: bool,
    /// Let it decide of a hundred conversations so many.
    #[arg(long, group = "step", value_name = "0-100")]
    share: Option<u8>,
    /// Let it decide everything.
    #[arg(long, group = "step")]
    promote: bool,
    /// End the trial.
    #[arg(long, group = "step")]
    end: bool,
    /// Say how the trial goes.
    #[arg(long, group = "step")]
    report: bool,
    /// The digest of the difference that you agree to, with --live.
    #[arg(long, value_name = "DIGEST", requires = "live")]
    approve: Option<String>,
    #[command(flatten)]
    at: At,
}

impl Shadow {
    pub(super) fn run(&self) -> Result<(), String> {
        let config = self.at.config()?;
        let name = self.version.as_str();
        if self.live {
            let bytes = bytes(Path::new(name))?;
            let package = Package::read(&bytes).map_err(|error| format!("{name}: {error}"))?;
            let name = &package.manifest().name;
            told(&change(
                &config,
                &Change::TrialBegin(name, &bytes),
                self.approve.as_deref(),
            )?)?;
            return say(&format!("See how it goes: jackfield plugin shadow {name} --report"));
        }
        let step = match (self.share, self.promote, self.end) {
            (Some(share), _, _) => Some(Change::TrialShare(name, share)),
            (_, true, _) => Some(Change::TrialPromote(name)),
            (_, _, true) => Some(Change::TrialEnd(name)),
            _ => None,
        };
        match step {
            Some(step) => told(&change(&config, &step, None)?),
            None if self.report => report(&config, name),
            None => self.stored(&config),
        }
    }

    /// On stored traffic. Both versions judge every message now, so that they know the same and run on the same machine.
    fn stored(&self, config: &Config) -> Result<(), String> {
        let plugins = plugins(config)?;
        let package = self.package(&plugins)?;
        let name = package.manifest().name.clone();
        let decides = plugins.judge(&name)?;
        let tried = plugins.judge_of(&package)?;
        let (from, to) = (
            time(self.from.as_deref(), Millis::MIN)?,
            time(self.to.as_deref(), Millis::MAX)?,
        );
        // Two issuers may speak for one brand; its messages are counted once.
        let places: BTreeSet<_> = config
            .issuers
            .iter()
            .flat_map(|issuer| {
                issuer
                    .brands
                    .iter()
                    .map(|brand| (issuer.workspace.clone(), brand.clone()))
            })
            .collect();
        let places: Vec<_> = places.into_iter().collect();
        let found = wait(async {
            let store = store(config)?;
            let terms = &config.triage.brand_terms;
            Box::pin(compare::compare(
                &store,
                &places,
                terms,
                (from, to),
                decides.as_ref(),
                tried.as_ref(),
                self.examples,
            ))
            .await
            .map_err(|error| error.to_string())
        })?;
        said(decides.as_ref(), tried.as_ref(), &found)
    }

    fn package(&self, plugins: &Plugins) -> Result<Package, String> {
        let text = self.version.as_str();
        let path = Path::new(text);
        if path.exists() || text.ends_with(".plug") {
            return super::pack::read(path);
        }
        let unknown = || format!("`{text}` is no package here. Name a file, or NAME@VERSION of an installed plugin");
        let (name, version) = text.split_once('@').ok_or_else(unknown)?;
        let install = plugins.installed(name);
        let known: Vec<PluginVersion> = install
            .into_iter()
            .flat_map(|one| [Some(one.current), one.previous, one.candidate.map(|one| one.version)])
            .flatten()
            .collect();
        if let Some(found) = known.iter().find(|one| one.version == version) {
            return plugins.package(name, found);
        }
        let bundled = plugins.bundled(name).map_err(|_| unknown())?;
        if bundled.manifest().version == version {
            return Ok(bundled);
        }
        let known: Vec<_> = known
            .iter()
            .map(|one| one.version.clone())
            .chain([bundled.manifest().version.clone()])
            .collect();
        Err(format!(
            "there is no {name}@{version} here; there are: {}. Or name a file",
            known.join(", ")
        ))
    }
}

fn said(decides: &dyn Judge, tried: &dyn Judge, found: &compare::Comparison) -> Result<(), String> {
    if found.messages == 0 {
        return say("No stored message in that time addresses a brand of this configuration; nothing was compared.");
    }
    say(&format!(
        "{} messages. {} and {} agree on {:.1} of a hundred.",
        found.messages,
        decides.title(),
        tried.title(),
        found.agreement()
    ))?;
    for (label, (gained, lost)) in &found.labels {
        say(&format!("  `{label}`: newly on {gained}, no longer on {lost}"))?;
    }
    for (judge, cost) in [(decides, &found.decides), (tried, &found.tried)] {
        say(&format!(
            "  {}: {} us for a message on the average, p50 {} us, p99 {} us, not judged {}",
            judge.title(),
            cost.mean(),
            cost.percentile(50),
            cost.percentile(99),
            cost.abstained
        ))?;
    }
    for one in &found.examples {
        let listed = |labels: &[String]| {
            if labels.is_empty() {
                "nothing".to_owned()
            } else {
                labels.join(", ")
            }
        };
        say(&format!(
            "  {} {}: {} -> {}",
            one.conversation,
            one.message,
            listed(&one.before),
            listed(&one.after)
        ))?;
        say(&format!("    \"{}\"", one.text))?;
    }
    Ok(())
}

fn report(config: &Config, name: &str) -> Result<(), String> {
    let report: TrialReport = match Remote::of(config)? {
        Some(host) => host.get(&format!("/admin/v1/plugins/{name}/trial"))?,
        None => {
            let registry = here(config)?;
            wait(async { registry.trial_report(name).await.map_err(|refused| refused.to_string()) })?
        }
    };
    say(&format!(
        "{name}@{} decides {} of a hundred conversations. It judged {} messages, {} of them by itself; it agrees on {:.1} of a hundred, did not judge {}, p50 {} us, p99 {} us.",
        report.version,
        report.share,
        report.judged,
        report.decided,
        report.agreement,
        report.abstained,
        report.p50_us,
        report.p99_us
    ))?;
    for one in report.changed {
        say(&format!(
            "  {} {}: [{}] -> [{}]",
            one.conversation,
            one.message,
            one.before.join(", "),
            one.after.join(", ")
        ))?;
    }
    Ok(())
}

/// A time, or a day at its beginning in UTC.
fn time(text: Option<&str>, otherwise: Millis) -> Result<Millis, String> {
    let Some(text) = text else { return Ok(otherwise) };
    let moment = text.parse::<jiff::Timestamp>().ok();
    let day = || {
        let day = text.parse::<jiff::civil::Date>().ok()?;
        let begins = day.to_datetime(jiff::civil::Time::midnight());
        jiff::tz::Offset::UTC.to_timestamp(begins).ok()
    };
    moment
        .or_else(day)
        .map(jiff::Timestamp::as_millisecond)
        .ok_or_else(|| format!("`{text}` is no time. Write 2026-11-01 or 2026-11-01T08:00:00Z"))
}
