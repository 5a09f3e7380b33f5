//! The breaker of a line: what state it is in and why, what people read about it, and when the network is asked again.
//!
//! Each kind of trouble has its own next action, and they are never confused. The network's (down, slow, limiting):
//! wait, it is asked again, each time later. The credential's: somebody renews it, the line looks whether they did, and
//! otherwise asks only now and then, for the network may have been wrong. The plugin's: after three breakdowns in a row,
//! or ten within an hour, it is set aside; one call now and then tries whether it still breaks. A budget's: it goes on at
//! a time that is known. The first call after a wait is the probe (the breaker is half open): when it is good all is
//! well, when not the wait is longer. Pure: who uses it says what time it is.

use super::Outcome;
use jackfield_protocol::{Condition, Health, Millis};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

/// No wait for a network is longer than this.
const LONGEST: Duration = Duration::from_secs(300);
/// How often a line is tried whose credential is no longer good and was not renewed: rarely enough that no network takes
/// it for guessing.
const CREDENTIAL: Duration = Duration::from_secs(900);
/// Breakdowns in a row until the plugin is set aside. The first may be a passing shortage, the second a bad answer of
/// the network that the plugin does not survive.
const IN_A_ROW: u32 = 3;
/// Breakdowns within [`WINDOW`] until the plugin is set aside, good calls between them or not.
const IN_WINDOW: usize = 10;
const WINDOW: Millis = 3_600_000;
/// The first probe of a plugin that was set aside; each next one waits twice as long, up to [`RAREST`].
const PROBE: Duration = Duration::from_secs(900);
const RAREST: Duration = Duration::from_secs(6 * 3600);

/// Whether calls go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// They do.
    Closed,
    /// They do not; the next one is a probe.
    Open,
    /// The probe is due or under way.
    HalfOpen,
}

/// The state of one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Breaker {
    condition: Condition,
    failures: u32,
    in_a_row: u32,
    /// Breakdowns of the last hour.
    broken: VecDeque<Millis>,
    probes: u32,
    not_before: Millis,
    base: Duration,
}

impl Breaker {
    /// All is well from now on. `base` is the first wait; each next one is twice as long.
    pub fn new(base: Duration, now: Millis) -> Self {
        Self {
            condition: well(now),
            failures: 0,
            in_a_row: 0,
            broken: VecDeque::new(),
            probes: 0,
            not_before: 0,
            base,
        }
    }

    /// How the line is.
    pub fn health(&self) -> Health {
        self.condition.health
    }

    /// The same with cause, time and words.
    pub fn condition(&self) -> &Condition {
        &self.condition
    }

    /// The network is not to be asked before this.
    pub fn not_before(&self) -> Millis {
        self.not_before
    }

    /// Whether calls go through at this time.
    pub fn switch(&self, now: Millis) -> Switch {
        match (self.condition.health, self.not_before <= now) {
            (Health::Healthy, _) => Switch::Closed,
            (_, true) => Switch::HalfOpen,
            (_, false) => Switch::Open,
        }
    }

    /// Something ended. `jitter` is from 0 to 1: lines that failed together do not come back together.
    pub fn after(&mut self, outcome: &Outcome, now: Millis, jitter: f64, id: &str) {
        let before = (self.condition.health, self.condition.cause);
        let since = self.condition.since;
        if *outcome == Outcome::Good {
            self.good(now);
        } else {
            self.bad(outcome, now, jitter, id);
        }
        // The same trouble again is the same trouble since it began.
        let same = before == (self.condition.health, self.condition.cause);
        self.condition.since = if same { since } else { now };
    }

    fn good(&mut self, now: Millis) {
        if self.condition.health == Health::Quarantined {
            // The probe says that it was repaired, or that the cause is gone: what was counted is about before.
            self.broken.clear();
        }
        (self.failures, self.in_a_row, self.probes, self.not_before) = (0, 0, 0, 0);
        self.condition = well(now);
    }

    fn bad(&mut self, outcome: &Outcome, now: Millis, jitter: f64, id: &str) {
        self.failures = self.failures.saturating_add(1);
        let set_aside = self.counted(outcome, now);
        let wait = match outcome {
            _ if set_aside => {
                self.probes = self.probes.saturating_add(1);
                PROBE.saturating_mul(1 << (self.probes - 1).min(16)).min(RAREST)
            }
            Outcome::Patience(Some(ms)) | Outcome::Down { after_ms: Some(ms), .. } => {
                self.backoff(jitter).max(Duration::from_millis(*ms))
            }
            Outcome::Credential(_) => CREDENTIAL.min(self.base.saturating_mul(180)),
            Outcome::Budget(exhausted) => millis_until(exhausted.until, now),
            _ => self.backoff(jitter),
        };
        self.not_before = now.saturating_add(Millis::try_from(wait.as_millis()).unwrap_or(Millis::MAX));
        let again = format!("It is asked again in {}; nothing is lost.", in_words(wait));
        let (health, action) = match outcome {
            Outcome::Good => (Health::Healthy, String::new()),
            Outcome::Patience(Some(_)) => (Health::Degraded, format!("The network asks for patience. {again}")),
            Outcome::Patience(None) => (
                Health::Degraded,
                format!("The network does not answer, or asks for patience. {again}"),
            ),
            Outcome::Down { what, .. } => (Health::Degraded, format!("The network is down: {} {again}", stop(what))),
            Outcome::Network(text) | Outcome::Host(text) | Outcome::NotGranted(text) => {
                (Health::Degraded, format!("{} {again}", sentence(text)))
            }
            Outcome::Budget(exhausted) => (Health::Degraded, stop(&exhausted.to_string())),
            Outcome::Credential(text) => (
                Health::CredentialNeeded,
                format!(
                    "{} Put a good credential where `jackfield connection list` says it is; the line notices by itself.",
                    sentence(text)
                ),
            ),
            Outcome::Broken(text) if set_aside => (
                Health::Quarantined,
                format!(
                    "{} It broke {} and is set aside; one call tries it again in {}. Install a repaired version, or try at once: jackfield connection resume {id}",
                    sentence(text),
                    if self.in_a_row >= IN_A_ROW {
                        format!("{} times in a row", self.in_a_row)
                    } else {
                        format!("{} times within an hour", self.broken.len())
                    },
                    in_words(wait)
                ),
            ),
            Outcome::Broken(text) => (Health::Degraded, format!("{} {again}", sentence(text))),
        };
        self.condition = Condition {
            health,
            cause: outcome.cause(),
            since: now,
            next_try: Some(self.not_before),
            action,
        };
    }

    /// Counts breakdowns; answers whether they are too many. A call that ended otherwise shows a plugin that works.
    fn counted(&mut self, outcome: &Outcome, now: Millis) -> bool {
        if !matches!(outcome, Outcome::Broken(_)) {
            (self.in_a_row, self.probes) = (0, 0);
            return false;
        }
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.broken.push_back(now);
        while self.broken.len() > IN_WINDOW || self.broken.front().is_some_and(|at| at.saturating_add(WINDOW) <= now) {
            self.broken.pop_front();
        }
        let probe_failed = self.condition.health == Health::Quarantined;
        probe_failed || self.in_a_row >= IN_A_ROW || self.broken.len() >= IN_WINDOW
    }

    /// Somebody renewed the credential: it is tried at once.
    pub fn renewed(&mut self) {
        self.not_before = 0;
    }

    /// 1, 2, 4 … times the base, up to the longest, and up to a quarter more.
    fn backoff(&self, jitter: f64) -> Duration {
        let doubled = self.base.saturating_mul(1 << self.failures.saturating_sub(1).min(16));
        doubled.min(LONGEST).mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 4.0)
    }
}

fn well(now: Millis) -> Condition {
    Condition {
        health: Health::Healthy,
        cause: None,
        since: now,
        next_try: None,
        action: String::new(),
    }
}

fn millis_until(until: Millis, now: Millis) -> Duration {
    Duration::from_millis(u64::try_from(until.saturating_sub(now)).unwrap_or(0))
}

/// With a capital and a full stop; an address at its beginning stays one.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.split(' ').next().is_some_and(|word| word.contains("://")) {
        return stop(text);
    }
    let mut chars = text.chars();
    let first = chars
        .next()
        .map(|c| c.to_uppercase().collect::<String>())
        .unwrap_or_default();
    stop(&format!("{first}{}", chars.as_str()))
}

fn stop(text: &str) -> String {
    let text = text.trim();
    let end = if text.ends_with(['.', '!', '?', '…']) {
        ""
    } else {
        "."
    };
    format!("{text}{end}")
}

fn in_words(wait: Duration) -> String {
    match wait.as_secs() {
        0 => "a moment".to_owned(),
        1 => "1 second".to_owned(),
        seconds @ 2..=119 => format!("{seconds} seconds"),
        seconds @ 120..=7199 => format!("{} minutes", seconds.div_ceil(60)),
        seconds => format!("{} hours", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests;
