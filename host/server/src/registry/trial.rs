//! A triage version that is tried beside the one that decides.
//!
//! It begins by looking on: it judges what the other judges, and its verdicts are kept apart and shown to nobody. Then it
//! is given a share: of a hundred conversations so many, the same ones on every host and after every start, because the
//! conversation's id decides. Where it breaks, the other one judges the message after all. When it is good it is promoted
//! and decides everything.
//!
//! The rule by which a trial ends by itself: of the newest 200 messages that it judged (of at least 20) more than 5 in a
//! hundred were not judged (it abstained, trapped, ran out of budget), or judging one took more than 100 ms on the
//! average. Default triage takes microseconds for a message; at 100 ms a queue of ten a second falls behind.

use super::{By, Refused, Registry, newer};
use jackfield_engine::manifest::World;
use jackfield_engine::package::Diff;
use jackfield_protocol::{ConversationId, PluginAction, PluginCandidate, PluginInstall, PluginLogEntry};
use jackfield_store::Trial;
use sha2::{Digest, Sha256};

/// Messages that the rule looks at.
pub const WINDOW: usize = 200;
/// Fewer say nothing.
const LEAST: usize = 20;
/// Of a hundred, so many may be left without a verdict.
const FAILED: usize = 5;
/// Microseconds for a message, on the average.
const SLOW: u64 = 100_000;

/// Whether a conversation belongs to a share of so many in a hundred.
pub fn in_share(conversation: &ConversationId, share: u8) -> bool {
    let digest: [u8; 32] = Sha256::digest(conversation.as_str()).into();
    let number = digest
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    number % 100 < u64::from(share)
}

/// Why a trial ends, by its newest messages; none while it may go on.
pub fn ends<'a>(newest: impl IntoIterator<Item = &'a Trial>) -> Option<String> {
    let newest: Vec<&Trial> = newest.into_iter().take(WINDOW).collect();
    if newest.len() < LEAST {
        return None;
    }
    let failed = newest.iter().filter(|trial| trial.trouble.is_some()).count();
    if failed * 100 > newest.len() * FAILED {
        let why = newest
            .iter()
            .find_map(|trial| trial.trouble.as_deref())
            .unwrap_or_default();
        return Some(format!(
            "{failed} of its newest {} messages were not judged (more than {FAILED} in a hundred): {why}",
            newest.len()
        ));
    }
    let mean = newest.iter().map(|trial| trial.micros).sum::<u64>() / newest.len() as u64;
    (mean > SLOW).then(|| {
        format!(
            "judging one message took {} ms on the average (more than {})",
            mean / 1000,
            SLOW / 1000
        )
    })
}

impl Registry {
    /// A triage version begins to look on.
    pub async fn trial_begin(&self, bytes: &[u8], by: &By) -> Result<PluginLogEntry, Refused> {
        let (package, signer) = self.open(bytes)?;
        let manifest = package.manifest();
        if manifest.world != World::TriagePlugin {
            return Err(Refused::new(
                "not-triage",
                format!(
                    "{} is a channel plugin: only judges of messages are tried beside another. To put it in place: jackfield plugin upgrade FILE",
                    manifest.title()
                ),
            ));
        }
        let name = manifest.name.clone();
        let now = self.needed(&name).await?;
        if !self.plugins.judges(&name) {
            return Err(Refused::new(
                "not-judging",
                format!(
                    "{name} judges nothing here. Name it in [triage] plugins of the configuration, and start the host again"
                ),
            ));
        }
        newer(&now.package, &package)?;
        let diff = Diff::between(&now.package, &package)?;
        if diff.needs_approval() && by.approve.as_deref() != Some(diff.digest()) {
            return Err(Refused::NeedsApproval(Box::new(diff)));
        }
        self.fits(&package, Some(&now.package)).await?;
        let version = self.keep(&package, signer)?;
        let expected = now.install.as_ref().map_or(0, |install| install.revision);
        let before = now.install.unwrap_or(PluginInstall {
            name: name.clone(),
            current: now.version,
            previous: None,
            watched_until: None,
            candidate: None,
            revision: 0,
        });
        let mut deed = self.deed(by, PluginAction::Shadow, &name, &version, "");
        deed.approved = diff.needs_approval().then(|| diff.digest().to_owned());
        let candidate = PluginCandidate {
            version,
            share: 0,
            since: self.now_ms(),
        };
        let next = PluginInstall {
            candidate: Some(candidate),
            ..before
        };
        self.record(expected, Some(next), deed).await
    }

    pub(super) async fn tried(&self, name: &str) -> Result<(PluginInstall, PluginCandidate), Refused> {
        let install = self.needed(name).await?.install;
        install
            .and_then(|install| {
                let candidate = install.candidate.clone()?;
                Some((install, candidate))
            })
            .ok_or_else(|| {
                Refused::new(
                    "no-trial",
                    format!("no version of {name} is tried. One begins with: jackfield plugin shadow FILE --live"),
                )
            })
    }

    /// Of a hundred conversations it decides so many from here on.
    pub async fn trial_share(&self, name: &str, share: u8, by: &By) -> Result<PluginLogEntry, Refused> {
        if share > 100 {
            return Err(Refused::new(
                "share",
                format!("{share} is no share. Write a number from 0 to 100"),
            ));
        }
        let (install, candidate) = self.tried(name).await?;
        let deed = self.deed(
            by,
            PluginAction::Share,
            name,
            &candidate.version,
            &format!("{share} of 100"),
        );
        let next = PluginInstall {
            candidate: Some(PluginCandidate { share, ..candidate }),
            ..install.clone()
        };
        self.record(install.revision, Some(next), deed).await
    }

    /// It decides everything from here on; a rollback brings the other one back.
    pub async fn trial_promote(&self, name: &str, by: &By) -> Result<PluginLogEntry, Refused> {
        let (install, candidate) = self.tried(name).await?;
        let why = format!("from {}", install.current.version);
        let deed = self.deed(by, PluginAction::Promote, name, &candidate.version, &why);
        let next = PluginInstall {
            previous: Some(install.current.clone()),
            current: candidate.version,
            candidate: None,
            watched_until: None,
            ..install.clone()
        };
        self.record(install.revision, Some(next), deed).await
    }

    /// Nobody tries it any more.
    pub async fn trial_end(&self, name: &str, by: &By) -> Result<PluginLogEntry, Refused> {
        self.trial_over(name, by, PluginAction::Unshadow, "").await
    }

    /// By the rule.
    pub async fn trial_failed(&self, name: &str, digest: &str, why: &str) {
        let by = By {
            who: "the host".to_owned(),
            approve: None,
        };
        match self.tried(name).await {
            Ok((_, candidate)) if candidate.version.digest == digest => {}
            // It was ended or replaced in the meantime.
            _ => return,
        }
        match self.trial_over(name, &by, PluginAction::AutoUnshadow, why).await {
            Ok(done) => tracing::error!(plugin = name, version = done.deed.version, why, "the trial was ended"),
            Err(error) => tracing::error!(plugin = name, %error, "the trial failed and could not be ended"),
        }
    }

    async fn trial_over(
        &self,
        name: &str,
        by: &By,
        action: PluginAction,
        why: &str,
    ) -> Result<PluginLogEntry, Refused> {
        let (install, candidate) = self.tried(name).await?;
        let deed = self.deed(by, action, name, &candidate.version, why);
        let next = PluginInstall {
            candidate: None,
            ..install.clone()
        };
        self.record(install.revision, Some(next), deed).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(trouble: bool, micros: u64) -> Trial {
        Trial {
            plugin: "keywords".to_owned(),
            digest: "d".to_owned(),
            conversation: "c".into(),
            remote_id: "1".into(),
            revision: 0,
            at: 0,
            decided: false,
            before: Vec::new(),
            after: Vec::new(),
            trouble: trouble.then(|| "it trapped".to_owned()),
            micros,
        }
    }

    #[test]
    fn a_share_is_the_same_conversations_every_time_and_about_as_many_as_it_says() {
        let ids: Vec<ConversationId> = (0..10_000)
            .map(|n| ConversationId(format!("conversation-{n}")))
            .collect();
        for share in [0, 1, 20, 50, 100] {
            let count = ids.iter().filter(|id| in_share(id, share)).count();
            let expected = usize::from(share) * 100;
            assert!(count.abs_diff(expected) <= 150, "{share}: {count}");
            assert!(ids.iter().all(|id| !in_share(id, share) || in_share(id, 100)));
        }
        // A larger share keeps the conversations of the smaller one.
        assert!(ids.iter().all(|id| !in_share(id, 10) || in_share(id, 30)));
    }

    #[test]
    fn a_trial_ends_by_its_rule_and_not_before() {
        let of = |good: usize, bad: usize, micros: u64| {
            let mut all: Vec<Trial> = (0..bad).map(|_| trial(true, micros)).collect();
            all.extend((0..good).map(|_| trial(false, micros)));
            ends(&all)
        };
        assert_eq!(of(0, LEAST - 1, 10), None, "too few to say anything");
        assert!(of(0, LEAST, 10).unwrap().contains("it trapped"));
        assert_eq!(of(95, 5, 10), None, "5 in a hundred are borne");
        assert!(of(94, 6, 10).is_some());
        assert_eq!(of(50, 0, SLOW), None);
        assert!(of(50, 0, SLOW + 1).unwrap().contains("average"));
    }

    #[test]
    fn what_is_older_than_the_window_is_forgiven() {
        let mut all: Vec<Trial> = (0..WINDOW).map(|_| trial(false, 10)).collect();
        all.extend((0..WINDOW).map(|_| trial(true, 10)));
        assert_eq!(ends(&all), None);
    }
}
