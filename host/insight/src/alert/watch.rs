//! A brand's talk, slot by slot, and when to wake somebody.
//!
//! Growth is that of **new voices**: people who say something and had not in the hour before. Whoever posts all night is one
//! voice an hour, however many posts that are. An alert multiplies four things, and each can stop it: growth beyond the
//! expectation (in ordinary spreads), reach beside the usual one, how many people it is, and which share of them is still
//! without an answer. Below a handful of people there is no alert at all.

use super::cusum::Cusum;
use super::surge::{Settings, Surge};
use crate::forecast::stat::{median, quantile, sorted};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// A post of a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Who: one key for one person, over all channels.
    pub author: String,
    /// How many people follow them.
    pub reach: u64,
    /// Nobody has answered yet.
    pub unanswered: bool,
}

/// When to wake somebody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// How a surge is looked for.
    pub surge: Settings,
    /// Slots an hour.
    pub hour: usize,
    /// From this product on there is an alert.
    pub limit: f64,
    /// So few people are never a crowd.
    pub crowd: usize,
}

impl Rules {
    /// For slots of five minutes.
    pub fn five_minutes() -> Self {
        Self {
            surge: Settings::five_minutes(),
            hour: 12,
            limit: 1.5,
            crowd: 8,
        }
    }
}

/// How it grew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Within an hour.
    Fast,
    /// Over days, too little at any time.
    Slow,
}

/// Somebody should look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// The slot.
    pub slot: usize,
    /// The slot since which it grows.
    pub since: usize,
    /// How.
    pub kind: Kind,
    /// Growth, in ordinary spreads beyond the edge of what is ordinary.
    pub growth: f64,
    /// Reach of the last hour's people beside the usual: 1 for the usual, 2 for ten times as much.
    pub reach: f64,
    /// People in the last hour; for slow growth, a quarter of a day.
    pub people: usize,
    /// The share of them who have no answer.
    pub unanswered: f64,
    /// The product.
    pub score: f64,
}

impl Alert {
    /// Why, in one sentence.
    pub fn words(&self) -> String {
        let how = match self.kind {
            Kind::Fast => "People who speak up grow fast",
            Kind::Slow => "People who speak up grow slowly and steadily",
        };
        format!(
            "{how}: {} of them lately, {:.0} % without an answer, {:.1} spreads beyond the ordinary, reach {:.1} of the usual.",
            self.people,
            100.0 * self.unanswered,
            self.growth,
            10_f64.powf(self.reach - 1.0)
        )
    }
}

/// The state of a brand's talk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    rules: Rules,
    slot: usize,
    surge: Surge,
    /// How much it rose in each slot of the last hour.
    rises: VecDeque<f64>,
    /// The last quarter of a day, post by post.
    last: VecDeque<Vec<Post>>,
    /// Reach of past hours.
    reaches: VecDeque<f64>,
    /// New voices and their expectation in this quarter of a day.
    quarter: (f64, f64),
    /// Logarithms of past quarters beside their expectation.
    quarters: VecDeque<f64>,
    slow: Cusum,
    told: Option<usize>,
}

/// Weeks that are remembered.
const WEEKS: usize = 4;
/// Quarters of a day before slow growth can be told from no growth: a week.
const WARM: usize = 28;

impl Watch {
    /// Before the first slot.
    pub fn new(rules: Rules) -> Self {
        Self {
            surge: Surge::new(rules.surge.clone()),
            rules,
            slot: 0,
            rises: VecDeque::new(),
            last: VecDeque::new(),
            reaches: VecDeque::new(),
            quarter: (0.0, 0.0),
            quarters: VecDeque::new(),
            slow: Cusum::SLOW,
            told: None,
        }
    }

    /// The next slot: who spoke, and how many new voices were expected by season and plan. At most one alert.
    #[allow(clippy::cast_precision_loss)] // counts of people
    pub fn add(&mut self, posts: Vec<Post>, expected: f64) -> Option<Alert> {
        let hour = self.rules.hour.max(1);
        let before = self.people(hour);
        let here: BTreeMap<&str, ()> = posts.iter().map(|post| (post.author.as_str(), ())).collect();
        let fresh = here.keys().filter(|author| !before.contains_key(**author)).count() as f64;
        self.last.push_back(posts);
        if self.last.len() > 6 * hour {
            self.last.pop_front();
        }
        let slot = self.slot;
        self.slot += 1;
        let rose = self.surge.add(fresh, expected);
        self.rises.push_back(rose);
        if self.rises.len() > hour {
            self.rises.pop_front();
        }
        let growth = self.rises.iter().sum();
        let since = slot.saturating_sub(self.rises.iter().rev().take_while(|rise| **rise > 0.0).count());
        let fast = (rose > 0.0)
            .then(|| self.judge(Kind::Fast, growth, slot, since, hour))
            .flatten();
        if fast.is_some() {
            // Told; what goes beyond it is another one.
            self.rises.clear();
        }
        let slow = self.slowly(fresh, expected, slot);
        if self.slot.is_multiple_of(hour) {
            let reach = self.people(hour).values().map(|(reach, _)| *reach as f64).sum();
            self.reaches.push_back(reach);
            if self.reaches.len() > WEEKS * 168 {
                self.reaches.pop_front();
            }
        }
        fast.or(slow)
    }

    /// Who spoke in the last slots: their reach, and whether any post of theirs has no answer.
    fn people(&self, slots: usize) -> BTreeMap<&str, (u64, bool)> {
        let mut people: BTreeMap<&str, (u64, bool)> = BTreeMap::new();
        for post in self.last.iter().rev().take(slots).flatten() {
            let one = people.entry(&post.author).or_default();
            one.0 = one.0.max(post.reach);
            one.1 |= post.unanswered;
        }
        people
    }

    /// Growth, times the rest.
    #[allow(clippy::cast_precision_loss)] // counts of people
    fn judge(&self, kind: Kind, growth: f64, slot: usize, since: usize, span: usize) -> Option<Alert> {
        let people = self.people(span);
        if people.len() < self.rules.crowd {
            return None;
        }
        let count = people.len() as f64;
        let unanswered = people.values().filter(|(_, unanswered)| *unanswered).count() as f64 / count;
        let reached: f64 = people.values().map(|(reach, _)| *reach as f64).sum();
        let hours = span as f64 / self.rules.hour.max(1) as f64;
        let usual = median(self.reaches.iter().copied()).unwrap_or(0.0) * hours;
        let reach = (1.0 + ((reached + 100.0) / (usual + 100.0)).log10()).clamp(0.5, 3.0);
        // Twice the crowd counts two thirds of what any number of people would.
        let crowd = count / (count + self.rules.crowd as f64);
        let score = growth * reach * crowd * unanswered;
        (score >= self.rules.limit).then_some(Alert {
            slot,
            since,
            kind,
            growth,
            reach,
            people: people.len(),
            unanswered,
            score,
        })
    }

    fn slowly(&mut self, fresh: f64, expected: f64, slot: usize) -> Option<Alert> {
        let quarter = 6 * self.rules.hour.max(1);
        self.quarter = (self.quarter.0 + fresh, self.quarter.1 + expected);
        if !self.slot.is_multiple_of(quarter) {
            return None;
        }
        let off = self.quarter.0.ln_1p() - self.quarter.1.ln_1p();
        self.quarter = (0.0, 0.0);
        let usual = sorted(self.quarters.iter().copied());
        let of = |q| quantile(&usual, q).unwrap_or(0.0);
        let spread = ((of(0.75) - of(0.25)) / 1.349).max(0.1);
        let warm = self.quarters.len() >= WARM;
        let middle = of(0.5);
        self.quarters.push_back(off);
        if self.quarters.len() > WEEKS * 28 {
            self.quarters.pop_front();
        }
        let over = warm && self.slow.add((off - middle) / spread);
        if !over {
            self.told = None;
            return None;
        }
        // Told once, until it has gone back.
        if self.told.is_some() {
            return None;
        }
        let since = (WARM + self.slow.since()) * quarter;
        let alert = self.judge(Kind::Slow, self.slow.sum(), slot, since, quarter)?;
        self.told = Some(slot);
        Some(alert)
    }
}
