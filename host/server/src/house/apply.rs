//! A policy is looked at, put in force, taken back. Nothing of a policy with a mistake is ever in force.

use super::{Current, dictionaries, policy_files};
use crate::config::PolicyConfig;
use jackfield_desk::automation::overlaps;
use jackfield_desk::policy::{Applied, House, Policies, Text, Wrong, diff, read};
use jackfield_protocol::{Millis, PolicyEntry, PolicyFile, PolicyInForce, PolicyOutcome, PolicyProposal};
use jackfield_store::{PolicyChange, Store, StoreError};

/// Nothing was changed, and this is why.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refused {
    /// There are mistakes in it.
    #[error("{}", mistakes(.0))]
    Faults(Vec<Wrong>),
    /// No such version was ever applied.
    #[error("There is no version {0} in the log of policies: take one from `jackfield policy log`.")]
    Unknown(String),
    /// Another one came into force meanwhile.
    #[error("Version {found} is in force, not {expected}: look at what is different again, then apply.")]
    Moved {
        /// What the caller had looked at.
        expected: String,
        /// What is in force.
        found: String,
    },
    /// The store did not do it.
    #[error("{0}")]
    Store(#[from] StoreError),
}

fn mistakes(wrong: &[Wrong]) -> String {
    let lines: Vec<_> = wrong.iter().map(ToString::to_string).collect();
    let count = match wrong.len() {
        1 => "1 mistake".to_owned(),
        count => format!("{count} mistakes"),
    };
    format!("{count} in the policy; nothing was changed.\n{}", lines.join("\n"))
}

/// Reads what is written in these files.
fn house(files: &[PolicyFile]) -> Result<House, Refused> {
    let texts: Vec<_> = files
        .iter()
        .map(|file| Text {
            name: &file.name,
            text: &file.text,
        })
        .collect();
    read(&texts).map_err(Refused::Faults)
}

/// At the start: what was applied comes into force, and the folder's policy where nobody has ever applied it. One that
/// was applied and taken back stays taken back, whatever the folder says: a restart decides nothing.
///
/// # Errors
/// What is wrong in the folder, or with what is kept.
pub async fn begin(current: &Current, store: &dyn Store, config: &PolicyConfig, now: Millis) -> Result<(), String> {
    if let Some(folder) = &config.dictionaries {
        current.spell_by(dictionaries(folder).map_err(|error| format!("policy.dictionaries: {error}"))?);
    }
    current.load(store).await?;
    let Some(folder) = &config.folder else {
        return Ok(());
    };
    let files = policy_files(folder).map_err(|error| format!("policy.folder: {error}"))?;
    let written = house(&files).map_err(|refused| format!("policy.folder: {refused}"))?;
    let (version, found) = (written.version(), current.now().current.version.clone());
    if version == found {
        return Ok(());
    }
    let known = store.policies().await.map_err(|error| error.to_string())?;
    if known.iter().any(|one| one.entry.version == version) {
        tracing::warn!(
            folder = %folder.display(), %version, in_force = %found,
            "the folder says a policy that was applied once and is not in force; it stays so. To put it in force: jackfield policy apply"
        );
        return Ok(());
    }
    let why = format!("the folder {} at the start", folder.display());
    let proposal = PolicyProposal {
        files,
        why,
        expected: None,
    };
    let outcome = current.apply(store, &proposal, "the host", now).await;
    let outcome = outcome.map_err(|refused| refused.to_string())?;
    tracing::info!(version = outcome.version, "the policy of the folder is in force");
    Ok(())
}

impl Current {
    /// Takes from the store what was applied.
    ///
    /// # Errors
    /// The store does not answer, or the policy in force is one that this program cannot read.
    pub async fn load(&self, store: &dyn Store) -> Result<(), String> {
        let all = store.policies().await.map_err(|error| error.to_string())?;
        let newest = all.last().map_or(0, |one| one.entry.number);
        let mut applied = Vec::with_capacity(all.len());
        for one in &all {
            let name = format!("policy {}", one.entry.number);
            match read(&[Text {
                name: &name,
                text: &one.text,
            }]) {
                Ok(house) => applied.push(Applied::new(one.entry.number, house)),
                Err(wrong) if one.entry.number == newest => {
                    return Err(format!(
                        "the policy in force (number {newest}, version {}) cannot be read by this version of Jackfield: {}",
                        one.entry.version,
                        mistakes(&wrong)
                    ));
                }
                // Clocks that it began go on without it.
                Err(wrong) => {
                    tracing::warn!(
                        number = one.entry.number,
                        error = mistakes(&wrong),
                        "an old policy is not read"
                    );
                }
            }
        }
        self.put(Policies::spelt(applied, &self.dictionaries()));
        Ok(())
    }

    /// What a policy would change.
    ///
    /// # Errors
    /// Its mistakes.
    pub fn look(&self, files: &[PolicyFile]) -> Result<PolicyOutcome, Refused> {
        house(files).map(|house| self.compare(&house))
    }

    fn compare(&self, house: &House) -> PolicyOutcome {
        let policies = self.now();
        let before = &policies.current.house;
        let note = |overlap: jackfield_desk::automation::Overlap| {
            format!(
                "Where both hold, rule {} has its way over rule {} about the {}: its priority is greater.",
                overlap.first,
                overlap.second,
                overlap.slot.as_str()
            )
        };
        PolicyOutcome {
            before: before.version(),
            version: house.version(),
            changes: diff(before, house).iter().map(ToString::to_string).collect(),
            notes: overlaps(&house.rules).into_iter().map(note).collect(),
            applied: None,
        }
    }

    /// Puts a policy in force, from the next decision on.
    ///
    /// # Errors
    /// [`Refused`] says why nothing was changed.
    pub async fn apply(
        &self,
        store: &dyn Store,
        proposal: &PolicyProposal,
        who: &str,
        now: Millis,
    ) -> Result<PolicyOutcome, Refused> {
        let written = house(&proposal.files)?;
        self.change(store, &written, (who, &proposal.why), proposal.expected.as_deref(), now)
            .await
    }

    /// Puts a policy in force again that was in force before.
    ///
    /// # Errors
    /// [`Refused`] says why nothing was changed.
    pub async fn back_to(
        &self,
        store: &dyn Store,
        version: &str,
        (who, why): (&str, &str),
        now: Millis,
    ) -> Result<PolicyOutcome, Refused> {
        let all = store.policies().await?;
        let found = all.iter().rev().find(|one| one.entry.version == version);
        let one = found.ok_or_else(|| Refused::Unknown(version.chars().take(64).collect()))?;
        let written = house(&[PolicyFile {
            name: format!("policy {}", one.entry.number),
            text: one.text.clone(),
        }])?;
        self.change(store, &written, (who, why), None, now).await
    }

    async fn change(
        &self,
        store: &dyn Store,
        written: &House,
        (who, why): (&str, &str),
        expected: Option<&str>,
        now: Millis,
    ) -> Result<PolicyOutcome, Refused> {
        let _one_at_a_time = self.changing.lock().await;
        let mut outcome = self.compare(written);
        if let Some(expected) = expected.filter(|expected| *expected != outcome.before) {
            return Err(Refused::Moved {
                expected: expected.to_owned(),
                found: outcome.before,
            });
        }
        let number = self.now().current.number;
        if number > 0 && outcome.before == outcome.version {
            return Ok(outcome);
        }
        let change = PolicyChange {
            expected: number,
            at: now,
            who: who.to_owned(),
            version: outcome.version.clone(),
            why: why.to_owned(),
            text: written.normal(),
        };
        outcome.applied = Some(store.apply_policy(change).await?);
        self.load(store)
            .await
            .map_err(|error| Refused::Store(StoreError::Other(error)))?;
        Ok(outcome)
    }

    /// What is in force.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn in_force(&self, store: &dyn Store) -> Result<PolicyInForce, StoreError> {
        let house = self.now().current.house.clone();
        Ok(PolicyInForce {
            version: house.version(),
            applied: self.log(store).await?.pop(),
            text: house.normal(),
        })
    }

    /// Everything that was ever applied, oldest first.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn log(&self, store: &dyn Store) -> Result<Vec<PolicyEntry>, StoreError> {
        Ok(store.policies().await?.into_iter().map(|one| one.entry).collect())
    }
}
