//! The breaker of a line: what state it is in, what people read about it, and when the network is asked again.
//!
//! Three kinds of trouble with three next actions, never confused. The network's (down, slow, limiting): wait, it is asked
//! again, each time later. The credential's: somebody renews it, the line looks whether they did, and otherwise asks only
//! now and then, for the network may have been wrong. The plugin's: after three breakdowns in a row nobody calls it until somebody acts. The first call after a
//! wait is the probe: when it is good all is well, when not the wait is longer.

use jackfield_engine::CallError;
use jackfield_protocol::{Health, Millis};
use std::time::Duration;

/// No wait for a network is longer than this.
const LONGEST: Duration = Duration::from_secs(300);
/// How often a line is tried whose credential is no longer good and was not renewed: rarely enough that no network takes
/// it for guessing.
const CREDENTIAL: Duration = Duration::from_secs(900);
/// Breakdowns in a row until the plugin is not called any more. The first may be a passing shortage, the second a bad
/// answer of the network that the plugin does not survive.
const BREAKDOWNS: u32 = 3;

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It did its work.
    Good,
    /// The network is down, slow, or asks for patience, at least this long.
    Patience(Option<u64>),
    /// The network said something that stops the line for now, in words.
    Network(String),
    /// The credential is no longer good, in words.
    Credential(String),
    /// The plugin broke, in words.
    Broken(String),
    /// The host's own storage does not take it, in words.
    Host(String),
}

impl From<&CallError> for Outcome {
    fn from(error: &CallError) -> Self {
        match error {
            CallError::Later { after_ms } => Self::Patience(*after_ms),
            CallError::Credential(text) => Self::Credential(text.clone()),
            CallError::Refused(_) | CallError::Unexpected(_) => Self::Network(error.to_string()),
            CallError::Broken(broken) => Self::Broken(broken.to_string()),
        }
    }
}

/// The state of one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Breaker {
    health: Health,
    action: String,
    failures: u32,
    breakdowns: u32,
    not_before: Millis,
    base: Duration,
}

impl Breaker {
    /// All is well. `base` is the first wait; each next one is twice as long.
    pub fn new(base: Duration) -> Self {
        Self {
            health: Health::Healthy,
            action: String::new(),
            failures: 0,
            breakdowns: 0,
            not_before: 0,
            base,
        }
    }

    /// The state.
    pub fn health(&self) -> Health {
        self.health
    }

    /// What happened and what to do; empty where all is well.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The network is not to be asked before this; none where nobody is to ask until somebody acts.
    pub fn not_before(&self) -> Option<Millis> {
        (self.health != Health::Quarantined).then_some(self.not_before)
    }

    /// Something ended. `jitter` is from 0 to 1: lines that failed together do not come back together.
    pub fn after(&mut self, outcome: &Outcome, now: Millis, jitter: f64, id: &str) {
        if *outcome == Outcome::Good {
            *self = Self::new(self.base);
            return;
        }
        self.failures = self.failures.saturating_add(1);
        self.breakdowns = if matches!(outcome, Outcome::Broken(_)) {
            self.breakdowns.saturating_add(1)
        } else {
            0
        };
        let wait = match outcome {
            Outcome::Patience(Some(ms)) => self.backoff(jitter).max(Duration::from_millis(*ms)),
            Outcome::Credential(_) => CREDENTIAL.min(self.base.saturating_mul(180)),
            _ => self.backoff(jitter),
        };
        self.not_before = now.saturating_add(Millis::try_from(wait.as_millis()).unwrap_or(Millis::MAX));
        let again = format!("It is asked again in {}; nothing is lost.", in_words(wait));
        (self.health, self.action) = match outcome {
            Outcome::Good => (Health::Healthy, String::new()),
            Outcome::Patience(_) => (
                Health::Degraded,
                format!("The network does not answer, or asks for patience. {again}"),
            ),
            Outcome::Network(text) => (Health::Degraded, format!("{} {again}", sentence(text))),
            Outcome::Host(text) => (Health::Degraded, format!("{} {again}", sentence(text))),
            Outcome::Credential(text) => (
                Health::CredentialNeeded,
                format!(
                    "{} Put a good credential where `jackfield connection list` says it is; the line notices by itself.",
                    sentence(text)
                ),
            ),
            Outcome::Broken(text) if self.breakdowns >= BREAKDOWNS => (
                Health::Quarantined,
                format!(
                    "{} It broke {BREAKDOWNS} times in a row and is not called any more. Install a repaired version, then run: jackfield connection resume {id}",
                    sentence(text)
                ),
            ),
            Outcome::Broken(text) => (Health::Degraded, format!("{} {again}", sentence(text))),
        };
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

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut chars = text.chars();
    let first = chars
        .next()
        .map(|c| c.to_uppercase().collect::<String>())
        .unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?', '…']) {
        ""
    } else {
        "."
    };
    format!("{first}{}{end}", chars.as_str())
}

fn in_words(wait: Duration) -> String {
    match wait.as_secs() {
        0 => "a moment".to_owned(),
        1 => "1 second".to_owned(),
        seconds @ 2..=119 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn told(outcomes: &[Outcome]) -> Breaker {
        let mut breaker = Breaker::new(SECOND);
        for outcome in outcomes {
            breaker.after(outcome, 0, 0.0, "main");
        }
        breaker
    }

    #[test]
    fn a_good_call_makes_all_well_whatever_came_before() {
        let all = [
            Outcome::Patience(None),
            Outcome::Credential("no".into()),
            Outcome::Broken("trap".into()),
            Outcome::Good,
        ];
        assert_eq!(told(&all), Breaker::new(SECOND));
    }

    #[test]
    fn the_wait_doubles_and_has_an_end() {
        for (times, wait) in [
            (1, 1_000),
            (2, 2_000),
            (3, 4_000),
            (9, 256_000),
            (10, 300_000),
            (40, 300_000),
        ] {
            let breaker = told(&vec![Outcome::Patience(None); times]);
            assert_eq!(breaker.not_before(), Some(wait), "{times}");
            assert_eq!(breaker.health(), Health::Degraded);
        }
    }

    #[test]
    fn what_the_network_asks_for_is_given() {
        assert_eq!(told(&[Outcome::Patience(Some(90_000))]).not_before(), Some(90_000));
    }

    #[test]
    fn three_breakdowns_in_a_row_end_the_calls_and_two_do_not() {
        let broken = Outcome::Broken("the plugin x broke".into());
        assert_eq!(told(&[broken.clone(), broken.clone()]).health(), Health::Degraded);
        assert_eq!(
            told(&[broken.clone(), broken.clone(), Outcome::Patience(None), broken.clone()]).health(),
            Health::Degraded
        );
        let gone = told(&[broken.clone(), broken.clone(), broken]);
        assert_eq!((gone.health(), gone.not_before()), (Health::Quarantined, None));
        assert!(
            gone.action().contains("jackfield connection resume main"),
            "{}",
            gone.action()
        );
    }

    #[test]
    fn each_trouble_says_its_own_next_action() {
        let words = |outcome| told(&[outcome]).action().to_owned();
        assert!(words(Outcome::Patience(None)).contains("asked again"));
        assert!(
            words(Outcome::Credential("the token was revoked".into()))
                .starts_with("The token was revoked. Put a good credential")
        );
        assert!(
            words(Outcome::Network("the network refused: no".into()))
                .starts_with("The network refused: no. It is asked again")
        );
    }
}
