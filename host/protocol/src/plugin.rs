//! Which plugins an operator installed, and everything that was ever done about it.

use crate::Millis;
use serde::{Deserialize, Serialize};

/// One version of a plugin on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PluginVersion {
    /// Its version.
    pub version: String,
    /// SHA-256 of the package, in hex.
    pub digest: String,
    /// Its file below the folder of installed plugins; none for the one that came with the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Whose signature it bears, as the operator calls them; none for an unsigned one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
}

/// A plugin as it is installed. What the store holds of it, and what a running host follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PluginInstall {
    /// Its name.
    pub name: String,
    /// The version that works.
    pub current: PluginVersion,
    /// The version before: what a rollback goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<PluginVersion>,
    /// Until then a breakdown of the new version brings the one before back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watched_until: Option<Millis>,
    /// A triage version that is tried beside the one that decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<PluginCandidate>,
    /// Grows with every change, so that nobody decides on what is no longer so.
    pub revision: u64,
}

/// A triage version that is tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PluginCandidate {
    /// The version.
    pub version: PluginVersion,
    /// Of a hundred conversations, how many it decides; 0: it decides none and only looks on.
    pub share: u8,
    /// Since when.
    pub since: Millis,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PluginAction {
    /// A plugin that was not there.
    Install,
    /// Another version takes the place of the one that works.
    Upgrade,
    /// Somebody brought the version before back.
    Rollback,
    /// The host brought the version before back by its rule.
    AutoRollback,
    /// It was taken away; where one came with the program, that one works again.
    Remove,
    /// A triage version began to be tried.
    Shadow,
    /// The share of a tried version was set.
    Share,
    /// A tried version became the one that decides.
    Promote,
    /// Somebody ended the trial.
    Unshadow,
    /// The host ended the trial by its rule.
    AutoUnshadow,
}

impl PluginAction {
    /// As it stands in the log and in its chain.
    pub fn word(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Upgrade => "upgrade",
            Self::Rollback => "rollback",
            Self::AutoRollback => "auto-rollback",
            Self::Remove => "remove",
            Self::Shadow => "shadow",
            Self::Share => "share",
            Self::Promote => "promote",
            Self::Unshadow => "unshadow",
            Self::AutoUnshadow => "auto-unshadow",
        }
    }

    /// The action of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        let all = [
            Self::Install,
            Self::Upgrade,
            Self::Rollback,
            Self::AutoRollback,
            Self::Remove,
            Self::Shadow,
            Self::Share,
            Self::Promote,
            Self::Unshadow,
            Self::AutoUnshadow,
        ];
        all.into_iter().find(|action| action.word() == word)
    }
}

/// One thing that was done, for the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PluginDeed {
    /// When.
    pub at: Millis,
    /// Who: the user of the command line, the operator of the admin API by their own word, or the host.
    pub who: String,
    /// What.
    pub action: PluginAction,
    /// Which plugin.
    pub plugin: String,
    /// The version that it is about.
    pub version: String,
    /// SHA-256 of its package.
    pub digest: String,
    /// Whose signature it bears.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// The digest of the difference that somebody agreed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<String>,
    /// Why, where it needs a word.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// A row of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PluginLogEntry {
    /// Consecutive, from 1.
    pub number: u64,
    /// What was done.
    pub deed: PluginDeed,
    /// The chain's link: SHA-256 over the link before and all of this, in hex.
    pub hash: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_has_one_word_in_the_log_and_in_json() {
        for word in ["install", "auto-rollback", "unshadow"] {
            let action = PluginAction::of_word(word).unwrap();
            assert_eq!(serde_json::to_value(action).unwrap(), word);
        }
        assert_eq!(PluginAction::of_word("destroy"), None);
    }
}
