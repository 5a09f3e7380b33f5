//! The breaker on a clock of the test's own.

use super::*;
use crate::lines::budget::{Exhausted, Unit};
use jackfield_protocol::Cause;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;

fn down() -> Outcome {
    Outcome::Down {
        what: "the name social.example does not resolve".to_owned(),
        after_ms: None,
    }
}

fn broken() -> Outcome {
    Outcome::Broken("the plugin x broke in `poll`: it divided by zero".to_owned())
}

fn budget(until: Millis) -> Outcome {
    Outcome::Budget(Exhausted {
        unit: Unit::Requests,
        period: "hour",
        limit: 100,
        until,
    })
}

/// All at one moment.
fn told(outcomes: &[Outcome]) -> Breaker {
    let mut breaker = Breaker::new(SECOND, 0);
    for outcome in outcomes {
        breaker.after(outcome, 0, 0.0, "main");
    }
    breaker
}

#[test]
fn each_kind_of_trouble_has_its_own_cause_and_its_own_next_action() {
    let text = |text: &str| text.to_owned();
    let cases = [
        (
            down(),
            Health::Degraded,
            Cause::NetworkDown,
            1000,
            "The network is down: the name social.example does not resolve. It is asked again in 1 second",
        ),
        (
            Outcome::Down {
                what: text("x answered 503"),
                after_ms: Some(9000),
            },
            Health::Degraded,
            Cause::NetworkDown,
            9000,
            "in 9 seconds",
        ),
        (
            Outcome::Patience(None),
            Health::Degraded,
            Cause::NetworkLimits,
            1000,
            "asks for patience",
        ),
        (
            Outcome::Patience(Some(90_000)),
            Health::Degraded,
            Cause::NetworkLimits,
            90_000,
            "in 90 seconds",
        ),
        (
            Outcome::Network(text("the network refused: no")),
            Health::Degraded,
            Cause::NetworkRefuses,
            1000,
            "The network refused: no. It is asked again",
        ),
        (
            Outcome::NotGranted(text("grant it: evil.example")),
            Health::Degraded,
            Cause::NotGranted,
            1000,
            "Grant it: evil.example.",
        ),
        (
            Outcome::Credential(text("the token was revoked")),
            Health::CredentialNeeded,
            Cause::CredentialExpired,
            180_000,
            "The token was revoked. Put a good credential where",
        ),
        (
            broken(),
            Health::Degraded,
            Cause::PluginBroken,
            1000,
            "it divided by zero. It is asked again",
        ),
        (
            budget(5 * MINUTE),
            Health::Degraded,
            Cause::Budget,
            5 * MINUTE,
            "It has used up its 100 requests of this hour",
        ),
        (
            Outcome::Host(text("the disk is full")),
            Health::Degraded,
            Cause::Host,
            1000,
            "The disk is full.",
        ),
    ];
    for (outcome, health, cause, next, words) in cases {
        let breaker = told(std::slice::from_ref(&outcome));
        let condition = breaker.condition();
        assert_eq!(
            (condition.health, condition.cause),
            (health, Some(cause)),
            "{outcome:?}"
        );
        assert_eq!(
            (condition.next_try, breaker.not_before()),
            (Some(next), next),
            "{outcome:?}"
        );
        assert!(condition.action.contains(words), "{outcome:?}: {}", condition.action);
        assert_eq!(outcome.cause(), Some(cause));
    }
}

#[test]
fn a_good_call_makes_all_well_whatever_came_before() {
    for before in [down(), Outcome::Credential("no".into()), broken(), budget(HOUR)] {
        let mut breaker = told(&[before]);
        breaker.after(&Outcome::Good, 7, 0.0, "main");
        assert_eq!(*breaker.condition(), well(7));
        assert_eq!((breaker.not_before(), breaker.switch(7)), (0, Switch::Closed));
    }
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
        assert_eq!(told(&vec![down(); times]).not_before(), wait, "{times}");
    }
    let mut late = Breaker::new(SECOND, 0);
    late.after(&down(), 0, 1.0, "main");
    assert_eq!(late.not_before(), 1250, "jitter is up to a quarter");
}

/// What happens when, and how the line is then.
#[test]
fn quarantine_is_for_breakdowns_alone() {
    /// Minute, outcome.
    type Steps = Vec<(Millis, Outcome)>;
    let every = |minutes: Millis, times: Millis| -> Steps { (0..times).map(|n| (n * minutes, broken())).collect() };
    let mixed = |minutes: Millis, times: Millis| -> Steps {
        (0..times)
            .flat_map(|n| [(n * minutes, broken()), (n * minutes, Outcome::Good)])
            .collect()
    };
    let mut last_broken = mixed(5, 9);
    last_broken.push((46, broken()));
    let cases: Vec<(&str, Steps, Health)> = vec![
        ("two in a row", every(1, 2), Health::Degraded),
        ("three in a row", every(1, 3), Health::Quarantined),
        ("three in a row, hours apart", every(180, 3), Health::Quarantined),
        (
            "the network between them",
            vec![(0, broken()), (1, broken()), (2, down()), (3, broken())],
            Health::Degraded,
        ),
        ("nine in an hour with good calls between", mixed(5, 9), Health::Healthy),
        (
            "ten in an hour with good calls between",
            last_broken,
            Health::Quarantined,
        ),
        (
            "ten in ten hours with good calls between",
            mixed(60, 10),
            Health::Healthy,
        ),
        ("a hundred times down", vec![(0, down()); 100], Health::Degraded),
        (
            "a hundred refused credentials",
            vec![(0, Outcome::Credential("no".into())); 100],
            Health::CredentialNeeded,
        ),
        (
            "a hundred times over budget",
            vec![(0, budget(HOUR)); 100],
            Health::Degraded,
        ),
    ];
    for (name, steps, health) in cases {
        let mut breaker = Breaker::new(SECOND, 0);
        for (minute, outcome) in steps {
            breaker.after(&outcome, minute * MINUTE, 0.0, "main");
        }
        assert_eq!(breaker.health(), health, "{name}: {:?}", breaker.condition());
    }
}

#[test]
fn a_plugin_that_was_set_aside_is_probed_ever_more_rarely_and_a_good_probe_ends_it() {
    let mut breaker = told(&[broken(), broken(), broken()]);
    let mut now = 0;
    let mut waits = Vec::new();
    for _ in 0..7 {
        assert_eq!(breaker.switch(now), Switch::Open);
        let words = &breaker.condition().action;
        assert!(
            words.contains("times in a row") && words.contains("jackfield connection resume main"),
            "{words}"
        );
        waits.push((breaker.not_before() - now) / MINUTE);
        now = breaker.not_before();
        assert_eq!(breaker.switch(now), Switch::HalfOpen);
        breaker.after(&broken(), now, 0.0, "main");
        assert_eq!((breaker.health(), breaker.condition().since), (Health::Quarantined, 0));
    }
    assert_eq!(waits, [15, 30, 60, 120, 240, 360, 360]);
    let mut other = breaker.clone();
    breaker.after(&Outcome::Good, now, 0.0, "main");
    assert_eq!(breaker.switch(now), Switch::Closed);
    breaker.after(&broken(), now, 0.0, "main");
    assert_eq!(
        breaker.health(),
        Health::Degraded,
        "what was before the repair is forgotten"
    );
    // The probe came through the plugin and not to the network: the plugin works.
    other.after(&down(), now, 0.0, "main");
    assert_eq!(
        (other.health(), other.condition().cause),
        (Health::Degraded, Some(Cause::NetworkDown))
    );
}

#[test]
fn since_is_when_this_trouble_began() {
    let mut breaker = Breaker::new(SECOND, 5);
    assert_eq!(breaker.condition().since, 5);
    for (at, outcome, since) in [
        (10, down(), 10),
        (20, down(), 10),
        (30, Outcome::Patience(None), 30),
        (40, Outcome::Patience(Some(1)), 30),
        (50, Outcome::Good, 50),
        (60, Outcome::Good, 50),
    ] {
        breaker.after(&outcome, at, 0.0, "main");
        assert_eq!(breaker.condition().since, since, "{at}");
    }
}
