//! How much can go wrong with a reply, as a visible sum, and how many people read it before it goes out.
//!
//! The points are a table in the policy, so that a supervisor can read and change it. The defaults: what everybody reads,
//! far-reaching authors, grave topics, an agent who is new to writing in public and what the gate found each add some. A
//! plain public answer to a plain question stays below the first threshold: if everything is read twice, nothing is.

use super::acts::{Act, Found};
use super::finding::{Finding, Severity};
use crate::condition::{Condition, Facts, Times};
use jackfield_protocol::Visibility;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The points, and where readers begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RiskTable {
    /// Everybody can read it.
    pub public: u32,
    /// Only followers, or who has the address.
    pub narrow: u32,
    /// The author reaches as many people as the key, or more; only the greatest that fits counts.
    #[serde(with = "numbered")]
    pub reach: BTreeMap<u64, u32>,
    /// Triage gave this label.
    pub labels: BTreeMap<String, u32>,
    /// The agent has no licence to write on this kind of channel.
    pub no_licence: u32,
    /// The agent's level, up to the key: `1 = 2` is two points up to level 1; only the smallest that fits counts.
    #[serde(with = "numbered")]
    pub level: BTreeMap<u32, u32>,
    /// The reply does this.
    pub acts: BTreeMap<Act, u32>,
    /// Each finding that asks, and each that blocks (it was overridden, or it would not go out).
    pub ask: u32,
    /// Each finding that blocks.
    pub block: u32,
    /// Conditions of the house's own.
    pub when: Vec<Extra>,
    /// From so many points on, one person reads it first.
    pub one_reader: u32,
    /// From so many points on, two do.
    pub two_readers: u32,
}

/// Keys that are numbers: a file has only texts for keys.
mod numbered {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::BTreeMap;
    use std::fmt::Display;
    use std::str::FromStr;

    pub(super) fn serialize<K: Display, S: Serializer>(map: &BTreeMap<K, u32>, to: S) -> Result<S::Ok, S::Error> {
        let texts: BTreeMap<String, u32> = map.iter().map(|(key, value)| (key.to_string(), *value)).collect();
        texts.serialize(to)
    }

    pub(super) fn deserialize<'de, K: FromStr + Ord, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<K, u32>, D::Error> {
        let texts = BTreeMap::<String, u32>::deserialize(from)?;
        let number = |(key, value): (String, u32)| match key.parse() {
            Ok(number) => Ok((number, value)),
            Err(_) => Err(D::Error::custom(format!("{key:?} is no number: write it as 10000 = 2"))),
        };
        texts.into_iter().map(number).collect()
    }
}

/// Points by a condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Extra {
    /// When.
    pub when: Condition,
    /// How many.
    pub points: u32,
    /// Why, as it is shown.
    pub reason: String,
}

/// What is known of who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Licence {
    /// They may write on this kind of channel.
    pub granted: bool,
    /// Their level, 0 for a beginner; none where nobody has said.
    pub level: Option<u32>,
}

/// The sum, and what it means.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// Each reason with its points.
    pub points: Vec<(String, u32)>,
    /// How many people read it before it goes out: 0, 1 or 2.
    pub readers: u8,
}

impl Default for RiskTable {
    fn default() -> Self {
        let labels = [
            ("complaint", 1),
            ("legal", 4),
            ("press", 4),
            ("safety", 5),
            ("threat", 4),
            ("data-protection", 4),
            ("churn", 1),
        ];
        Self {
            public: 1,
            narrow: 0,
            reach: [(10_000, 2), (100_000, 4)].into(),
            labels: labels
                .into_iter()
                .map(|(label, points)| (label.to_owned(), points))
                .collect(),
            no_licence: 4,
            level: [(0, 4), (1, 2)].into(),
            acts: [
                (Act::Promise, 1),
                (Act::Refund, 2),
                (Act::Compensate, 1),
                (Act::Admit, 3),
                (Act::Speak, 3),
            ]
            .into(),
            ask: 1,
            block: 4,
            when: Vec::new(),
            one_reader: 4,
            two_readers: 8,
        }
    }
}

impl RiskTable {
    /// What is wrong in it: field, fault, repair.
    pub(super) fn faults(&self) -> Vec<(String, String, String)> {
        let mut faults = Vec::new();
        if self.one_reader > self.two_readers {
            faults.push((
                "two-readers".to_owned(),
                format!(
                    "two people read from {} points on, and one from {} on",
                    self.two_readers, self.one_reader
                ),
                format!("write {} or more", self.one_reader),
            ));
        }
        for (at, extra) in self
            .when
            .iter()
            .enumerate()
            .filter(|(_, extra)| extra.reason.trim().is_empty())
        {
            faults.push((
                format!("when[{at}].reason"),
                format!("{} points have no reason", extra.points),
                "say why, as readers will see it".to_owned(),
            ));
        }
        faults
    }
}

impl Risk {
    /// The sum.
    pub fn total(&self) -> u32 {
        self.points
            .iter()
            .fold(0, |sum, (_, points)| sum.saturating_add(*points))
    }

    /// In words: the reasons, greatest first, and what follows.
    pub fn explain(&self) -> Vec<String> {
        let mut points: Vec<_> = self.points.iter().filter(|(_, points)| *points > 0).collect();
        points.sort_by_key(|(_, points)| std::cmp::Reverse(*points));
        let mut words: Vec<String> = points
            .into_iter()
            .map(|(reason, points)| format!("{reason}: {points}"))
            .collect();
        let readers = match self.readers {
            0 => "nobody has to read it first",
            1 => "one person reads it before it goes out",
            _ => "two people read it before it goes out",
        };
        words.push(format!("{} in all: {readers}", self.total()));
        words
    }
}

/// Weighs a reply.
pub fn risk(
    table: &RiskTable,
    visibility: &Visibility,
    licence: Licence,
    findings: &[Finding],
    acts: &[Found],
    around: (&Facts, &dyn Times),
) -> Risk {
    let (facts, times) = around;
    let mut points: Vec<(String, u32)> = Vec::new();
    let mut add = |reason: String, count: u32| {
        if count > 0 {
            points.push((reason, count));
        }
    };
    match visibility {
        Visibility::Public | Visibility::Other(_) => add("Everybody can read it".to_owned(), table.public),
        Visibility::Unlisted | Visibility::Followers => {
            add("More than one person can read it".to_owned(), table.narrow)
        }
        Visibility::Direct | Visibility::Internal => {}
    }
    let reach = facts.reach.unwrap_or(0);
    if let Some((_, count)) = table.reach.range(..=reach).next_back()
        && *visibility != Visibility::Direct
    {
        add(format!("The author reaches {reach} people"), *count);
    }
    for (label, count) in &table.labels {
        if facts.surest(std::slice::from_ref(label), None).is_some() {
            add(format!("It is about: {label}"), *count);
        }
    }
    if !licence.granted {
        add(
            "The author of the reply has no licence for this kind of channel".to_owned(),
            table.no_licence,
        );
    } else if let Some(level) = licence.level
        && let Some((_, count)) = table.level.range(level..).next()
    {
        add(format!("The author of the reply is at level {level}"), *count);
    }
    let mut seen: Vec<Act> = acts.iter().map(|found| found.act).collect();
    seen.sort_unstable();
    seen.dedup();
    for act in seen {
        add(
            format!("It is to {}", act.words()),
            table.acts.get(&act).copied().unwrap_or(0),
        );
    }
    let count = |severity: Severity| {
        let fits = |finding: &&Finding| finding.severity == severity;
        u32::try_from(findings.iter().filter(fits).count()).unwrap_or(u32::MAX)
    };
    add(
        format!("Findings that ask: {}", count(Severity::Ask)),
        count(Severity::Ask).saturating_mul(table.ask),
    );
    add(
        format!("Findings that block: {}", count(Severity::Block)),
        count(Severity::Block).saturating_mul(table.block),
    );
    for extra in &table.when {
        if extra.when.holds(facts, times) {
            add(extra.reason.clone(), extra.points);
        }
    }
    let mut risk = Risk { points, readers: 0 };
    risk.readers = match risk.total() {
        total if total >= table.two_readers => 2,
        total if total >= table.one_reader => 1,
        _ => 0,
    };
    risk
}
