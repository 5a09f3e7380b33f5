//! The cases, each a claim about a plugin, in order of grade.
//!
//! Bronze is a plugin that can be run at all and does no harm. Silver survives the bad days of its network. Gold
//! understands what people say and where they say it. Platinum does the rest of a channel's work: edits, deletions, and
//! answers that arrive exactly once.

use serde::Serialize;
use std::fmt;

/// How far a plugin can be trusted to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// It runs and does no harm.
    Bronze,
    /// It survives its network's bad days.
    Silver,
    /// It understands what is said.
    Gold,
    /// It does all of it, with nothing skipped.
    Platinum,
}

impl Grade {
    /// All, the lowest first.
    pub const ALL: [Self; 4] = [Self::Bronze, Self::Silver, Self::Gold, Self::Platinum];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bronze => "bronze",
            Self::Silver => "silver",
            Self::Gold => "gold",
            Self::Platinum => "platinum",
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Its name, as reports and `conform.toml` write it.
    pub case: &'static str,
    /// The grade that needs it.
    pub grade: Grade,
    /// What is claimed.
    pub says: &'static str,
}

const fn claim(grade: Grade, case: &'static str, says: &'static str) -> Claim {
    Claim { case, grade, says }
}

use Grade::{Bronze, Gold, Platinum, Silver};

/// Cases of channel plugins.
pub const CHANNEL: &[Claim] = &[
    claim(
        Bronze,
        "describe",
        "it describes itself fully, the same each time, and asks nobody for it",
    ),
    claim(
        Bronze,
        "settings-schema",
        "its schema takes good settings and refuses bad ones",
    ),
    claim(Bronze, "lifecycle", "check and poll work, on a fresh instance too"),
    claim(
        Bronze,
        "max-events",
        "it never hands over more than it was asked for, and all of it in the end",
    ),
    claim(
        Bronze,
        "ceilings",
        "memory, log, cursor and stored values stay within the limits",
    ),
    claim(
        Bronze,
        "secret-leak",
        "no secret is in answers, log lines, stored values or traces",
    ),
    claim(
        Bronze,
        "determinism",
        "the same answers of the network give the same bytes, twice",
    ),
    claim(
        Silver,
        "resume-after-kill",
        "a fresh instance goes on from cursor and stored values",
    ),
    claim(
        Silver,
        "half-acknowledged",
        "a batch that was not stored comes again, whole",
    ),
    claim(Silver, "duplicate-page", "a page that comes twice does no harm"),
    claim(Silver, "unauthorised", "401 is said to be the credential"),
    claim(
        Silver,
        "rate-limited",
        "429 is patience, as long as the network asks for",
    ),
    claim(Silver, "server-error", "a 5xx is patience, and loses nothing"),
    claim(Silver, "cut-body", "half an answer is never taken for a whole one"),
    claim(
        Silver,
        "slow-body",
        "an answer that does not come in time is patience, and loses nothing",
    ),
    claim(Silver, "cancellation", "a call that was dropped leaves nothing behind"),
    claim(Gold, "unicode", "text of any script comes through to the letter"),
    claim(Gold, "right-to-left", "right-to-left text comes through to the letter"),
    claim(Gold, "emoji", "emoji of several code points come through whole"),
    claim(
        Gold,
        "large-body",
        "a message of 1 MB comes through or is refused in words",
    ),
    claim(Gold, "clock-skew", "a host's clock that is a day off loses nothing"),
    claim(Gold, "own-messages", "what the account says itself is marked as ours"),
    claim(
        Gold,
        "threads",
        "messages of one conversation have one thread, and know their parents",
    ),
    claim(Gold, "cursor-tie", "messages of the same moment are all handed over"),
    claim(
        Platinum,
        "edits",
        "an edit comes as a greater revision of the same message",
    ),
    claim(Platinum, "deletions", "a deletion comes as one"),
    claim(Platinum, "publish-once", "the same key twice makes one message"),
    claim(
        Platinum,
        "publish-doubt",
        "a reply whose answer was lost is not said to be sent, and is found again",
    ),
    claim(
        Platinum,
        "reconcile-honest",
        "what was never sent is said not to be there",
    ),
];

/// Cases of triage plugins.
pub const TRIAGE: &[Claim] = &[
    claim(Bronze, "describe", "it describes itself fully, the same each time"),
    claim(Bronze, "labels", "it uses no label that it did not declare"),
    claim(
        Bronze,
        "one-list-each",
        "there is one list of verdicts for each message, in order",
    ),
    claim(
        Bronze,
        "determinism",
        "the same message gives the same verdicts, on any instance",
    ),
    claim(Silver, "empty", "it abstains where nothing was said"),
    claim(
        Silver,
        "spans",
        "its reasons stand on character borders inside the text",
    ),
    claim(Silver, "margins", "its margins are numbers"),
    claim(Silver, "time", "a batch of 64 messages is judged within its time"),
    claim(
        Gold,
        "unicode",
        "text of any script is judged, with spans on its borders",
    ),
    claim(
        Gold,
        "right-to-left",
        "right-to-left text is judged, with spans on its borders",
    ),
    claim(Gold, "emoji", "emoji of several code points are not cut"),
    claim(Gold, "large-body", "a message of 1 MB is judged within its time"),
    claim(
        Platinum,
        "strange-bytes",
        "control characters and broken markup do it no harm",
    ),
    claim(
        Platinum,
        "independence",
        "a verdict does not depend on what else is in the batch, or was before",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_case_has_a_name_of_its_own_and_grades_only_rise() {
        for all in [CHANNEL, TRIAGE] {
            let mut names: Vec<_> = all.iter().map(|claim| claim.case).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all.len());
            assert!(all.is_sorted_by_key(|claim| claim.grade));
        }
    }
}
