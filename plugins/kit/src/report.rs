//! What came out: for a program as JSON, for people as lines.

use crate::claims::{Claim, Grade};
use jackfield_engine::Manifest;
use serde::Serialize;
use std::{fmt::Write as _, time::Duration};

/// Of one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "reason", rename_all = "kebab-case")]
pub enum Outcome {
    /// The claim is true; what was seen.
    Passed(String),
    /// It is not; what happened instead.
    Failed(String),
    /// `conform.toml` says why it was not run.
    Skipped(String),
    /// The plugin does not claim to do this.
    DoesNotApply(String),
    /// The kit has nothing to try it with; what would be needed.
    NotTried(String),
}

impl Outcome {
    /// Whether a grade may count on it.
    pub fn met(&self) -> bool {
        matches!(self, Self::Passed(_) | Self::Skipped(_) | Self::DoesNotApply(_))
    }

    fn sign(&self) -> &'static str {
        match self {
            Self::Passed(_) => "ok",
            Self::Failed(_) => "FAILED",
            Self::Skipped(_) => "skipped",
            Self::DoesNotApply(_) => "n/a",
            Self::NotTried(_) => "not tried",
        }
    }

    fn reason(&self) -> &str {
        match self {
            Self::Passed(text)
            | Self::Failed(text)
            | Self::Skipped(text)
            | Self::DoesNotApply(text)
            | Self::NotTried(text) => text,
        }
    }
}

/// One case and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Case {
    /// Its name.
    pub case: String,
    /// The grade that needs it.
    pub grade: Grade,
    /// What is claimed.
    pub says: String,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// How long it took.
    pub ms: u64,
}

impl Case {
    pub(crate) fn new(claim: &Claim, outcome: Outcome, took: Duration) -> Self {
        Self {
            case: claim.case.to_owned(),
            grade: claim.grade,
            says: claim.says.to_owned(),
            outcome,
            ms: millis(took),
        }
    }
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The plugin's name.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// Its world.
    pub world: String,
    /// What it was run against.
    pub against: String,
    /// The grade; none where not even the lowest is reached, and where only some cases were run.
    pub grade: Option<Grade>,
    /// How many of all the cases were run; none where all were, so that there is a grade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only: Option<usize>,
    /// Wall time of all of it.
    pub ms: u64,
    /// The cases, in order of grade.
    pub cases: Vec<Case>,
}

impl Report {
    pub(crate) fn new(manifest: &Manifest, against: String, cases: Vec<Case>, all: usize, took: Duration) -> Self {
        let only = (cases.len() < all).then_some(cases.len());
        Self {
            plugin: manifest.name.clone(),
            version: manifest.version.clone(),
            world: manifest.world.name().to_owned(),
            against,
            grade: grade(&cases).filter(|_| only.is_none()),
            only,
            ms: millis(took),
            cases,
        }
    }

    /// Whether a claim was tried and is not true.
    pub fn failed(&self) -> bool {
        self.cases.iter().any(|case| matches!(case.outcome, Outcome::Failed(_)))
    }

    /// As lines for people.
    pub fn text(&self) -> String {
        let mut text = format!("{} {} against {}\n", self.plugin, self.version, self.against);
        let mut of = None;
        for case in &self.cases {
            if of != Some(case.grade) {
                let _ = writeln!(text, "\n{}", case.grade);
                of = Some(case.grade);
            }
            let (sign, ms) = (case.outcome.sign(), case.ms);
            let _ = writeln!(text, "  {sign:9} {:18} {ms:>6} ms  {}", case.case, case.says);
            if !matches!(case.outcome, Outcome::Passed(_)) {
                for line in case.outcome.reason().lines() {
                    let _ = writeln!(text, "            {:18} {line}", "");
                }
            }
        }
        let grade = match self.only {
            Some(1) => "one case, so no grade".to_owned(),
            Some(number) => format!("{number} cases, so no grade"),
            None => self.grade.map_or("no grade", Grade::word).to_owned(),
        };
        let _ = write!(text, "\n{grade}, in {}.{:03} s", self.ms / 1000, self.ms % 1000);
        if let Some(why) = self.next() {
            let _ = write!(text, "\n{why}");
        }
        text
    }

    /// What stands before the next grade.
    fn next(&self) -> Option<String> {
        if self.only.is_some() {
            return None;
        }
        let next = Grade::ALL
            .into_iter()
            .find(|grade| self.grade.is_none_or(|reached| *grade > reached))?;
        let missing: Vec<_> = self
            .cases
            .iter()
            .filter(|case| case.grade <= next && !case.outcome.met())
            .map(|case| case.case.as_str())
            .collect();
        let skipped = self
            .cases
            .iter()
            .find(|case| matches!(case.outcome, Outcome::Skipped(_)));
        match (missing.as_slice(), skipped) {
            ([], Some(skipped)) => Some(format!("platinum takes no skips, and `{}` is one", skipped.case)),
            ([], None) => None,
            (missing, _) => Some(format!("for {next}: {}", missing.join(", "))),
        }
    }
}

fn grade(cases: &[Case]) -> Option<Grade> {
    let skipped = cases.iter().any(|case| matches!(case.outcome, Outcome::Skipped(_)));
    Grade::ALL
        .into_iter()
        .take_while(|grade| {
            cases
                .iter()
                .filter(|case| case.grade == *grade)
                .all(|case| case.outcome.met())
                && !(*grade == Grade::Platinum && skipped)
        })
        .last()
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(grade: Grade, outcome: Outcome) -> Case {
        Case {
            case: "x".to_owned(),
            grade,
            says: "y".to_owned(),
            outcome,
            ms: 1,
        }
    }

    #[test]
    fn a_grade_needs_every_case_up_to_it_and_the_highest_takes_no_skips() {
        let passed = || Outcome::Passed(String::new());
        let all = |gold: Outcome| {
            grade(&[
                case(Grade::Bronze, passed()),
                case(Grade::Silver, Outcome::DoesNotApply("no threads".to_owned())),
                case(Grade::Gold, gold),
                case(Grade::Platinum, passed()),
            ])
        };
        assert_eq!(all(passed()), Some(Grade::Platinum));
        assert_eq!(all(Outcome::Skipped("why".to_owned())), Some(Grade::Gold));
        assert_eq!(all(Outcome::NotTried("why".to_owned())), Some(Grade::Silver));
        assert_eq!(all(Outcome::Failed("why".to_owned())), Some(Grade::Silver));
        assert_eq!(grade(&[case(Grade::Bronze, Outcome::Failed("why".to_owned()))]), None);
    }

    #[test]
    fn a_program_reads_the_outcome_and_its_reason() {
        let json = serde_json::to_value(case(Grade::Gold, Outcome::NotTried("no stand-in".to_owned()))).unwrap();
        assert_eq!(json["outcome"], "not-tried");
        assert_eq!(json["reason"], "no stand-in");
        assert_eq!(json["grade"], "gold");
    }
}
