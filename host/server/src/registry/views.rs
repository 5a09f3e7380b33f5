//! What an operator reads: what is installed, how a trial goes.

use super::{Refused, Registry};
use jackfield_protocol::{Millis, PluginInstall};
use jackfield_store::Trial;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Rows of a trial that a report reads.
const ROWS: usize = 10_000;
/// Changed decisions that a report shows.
const EXAMPLES: usize = 20;

/// A plugin that a host has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PluginState {
    /// Its name.
    pub name: String,
    /// The version that works; empty where it cannot be read.
    pub version: String,
    /// Its manifest's sentence, or why it cannot be read.
    pub summary: String,
    /// How it is installed; none for the one that came with the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install: Option<PluginInstall>,
    /// The lines that use it.
    pub lines: Vec<String>,
}

/// How a trial goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrialReport {
    /// The version that is tried.
    pub version: String,
    /// Of a hundred conversations it decides so many.
    pub share: u8,
    /// Since when.
    pub since: Millis,
    /// Messages that it judged, of the newest 10 000.
    pub judged: usize,
    /// Of these, how many it decided itself.
    pub decided: usize,
    /// Of those that both judged, how many they judged alike, of a hundred.
    pub agreement: f64,
    /// Messages that it did not judge.
    pub abstained: usize,
    /// Microseconds for one message: half of them took less.
    pub p50_us: u64,
    /// Microseconds for one message: 99 of a hundred took less.
    pub p99_us: u64,
    /// The newest messages that the two judged differently. No words of anybody.
    pub changed: Vec<TrialChange>,
}

/// A message that two versions judge differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrialChange {
    /// The conversation.
    pub conversation: String,
    /// The message.
    pub message: String,
    /// Labels of the one that decides.
    pub before: Vec<String>,
    /// Labels of the tried one.
    pub after: Vec<String>,
}

/// The figures of a trial.
pub fn figures(version: &str, share: u8, since: Millis, newest: &[Trial]) -> TrialReport {
    let both: Vec<&Trial> = newest
        .iter()
        .filter(|one| !one.decided && one.trouble.is_none())
        .collect();
    let alike = both.iter().filter(|one| one.before == one.after).count();
    let mut micros: Vec<u64> = newest.iter().map(|one| one.micros).collect();
    micros.sort_unstable();
    let at = |of_hundred: usize| {
        let place = (micros.len() * of_hundred).div_ceil(100).saturating_sub(1);
        micros.get(place).copied().unwrap_or(0)
    };
    let change = |one: &&Trial| TrialChange {
        conversation: one.conversation.to_string(),
        message: one.remote_id.to_string(),
        before: one.before.clone(),
        after: one.after.clone(),
    };
    TrialReport {
        version: version.to_owned(),
        share,
        since,
        judged: newest.len(),
        decided: newest.iter().filter(|one| one.decided).count(),
        agreement: if both.is_empty() {
            100.0
        } else {
            alike as f64 * 100.0 / both.len() as f64
        },
        abstained: newest.iter().filter(|one| one.trouble.is_some()).count(),
        p50_us: at(50),
        p99_us: at(99),
        changed: both
            .iter()
            .copied()
            .filter(|one| one.before != one.after)
            .take(EXAMPLES)
            .map(|one| change(&one))
            .collect(),
    }
}

impl Registry {
    /// Every plugin, by name.
    pub async fn list(&self) -> Result<Vec<PluginState>, Refused> {
        self.follow().await?;
        let mut all = Vec::new();
        for name in self.plugins.names() {
            let (version, summary) = match self.plugins.manifest(&name) {
                Ok(manifest) => (manifest.version, manifest.summary),
                Err(why) => (String::new(), why),
            };
            all.push(PluginState {
                install: self.plugins.installed(&name),
                lines: self.lines_of(&name).await?,
                name,
                version,
                summary,
            });
        }
        Ok(all)
    }

    /// How the trial of a plugin goes.
    pub async fn trial_report(&self, name: &str) -> Result<TrialReport, Refused> {
        let (_, candidate) = self.tried(name).await?;
        let newest = self.store.trials(name, &candidate.version.digest, ROWS).await?;
        Ok(figures(
            &candidate.version.version,
            candidate.share,
            candidate.since,
            &newest,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_count_what_both_judged_and_show_what_changed() {
        let trial = |remote: &str, decided: bool, after: &str, trouble: bool, micros: u64| Trial {
            plugin: "keywords".to_owned(),
            digest: "d".to_owned(),
            conversation: "c".into(),
            remote_id: remote.into(),
            revision: 0,
            at: 0,
            decided,
            before: vec!["question".to_owned()],
            after: vec![after.to_owned()],
            trouble: trouble.then(|| "it trapped".to_owned()),
            micros,
        };
        let newest = [
            trial("1", false, "question", false, 10),
            trial("2", false, "noise", false, 20),
            trial("3", false, "", true, 30),
            trial("4", true, "noise", false, 1_000),
        ];
        let report = figures("0.2.0", 5, 1, &newest);
        assert_eq!((report.judged, report.decided, report.abstained), (4, 1, 1));
        assert!((report.agreement - 50.0).abs() < 1e-9);
        assert_eq!((report.p50_us, report.p99_us), (20, 1_000));
        assert_eq!(
            report
                .changed
                .iter()
                .map(|one| one.message.as_str())
                .collect::<Vec<_>>(),
            ["2"]
        );
    }
}
