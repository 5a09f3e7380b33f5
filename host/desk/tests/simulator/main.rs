//! Weeks of a contact centre in virtual time, watched at every event; `examples/year.rs` runs a whole year.
//!
//! `SEED=7 cargo nextest run -p jackfield-desk --test simulator` repeats what a seed showed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod world;

use world::time::MINUTE;
use world::{Counts, Fault, Plan, World};

fn plan(seed: u64, from: i64, days: i64) -> Plan {
    Plan {
        seed,
        from,
        days,
        agents: 40,
        mean: 6 * MINUTE,
        fault: Fault::None,
    }
}

/// The seeds that are tried; `SEED` names one.
fn seeds(usual: &[u64]) -> Vec<u64> {
    match std::env::var("SEED") {
        Ok(seed) => vec![seed.parse().expect("SEED is a number")],
        Err(_) => usual.to_vec(),
    }
}

fn holds(plan: Plan) -> Counts {
    let (counts, looked) = World::new(plan).run().unwrap_or_else(|what| panic!("{what}"));
    assert_eq!(looked[0], counts.events, "every event was looked at");
    assert!(looked.iter().all(|n| *n > 0), "{looked:?}");
    counts
}

#[test]
fn the_launch_of_a_game_is_weathered() {
    for seed in seeds(&[1]) {
        let counts = holds(plan(seed, 63, 5));
        assert!(
            counts.resolved > 100 && counts.rose > 0 && counts.vanished > 0,
            "{counts:?}"
        );
    }
}

#[test]
fn the_night_in_which_the_clocks_go_forward_is_weathered() {
    for seed in seeds(&[2]) {
        let counts = holds(plan(seed, 85, 4));
        assert!(counts.resolved > 50, "{counts:?}");
    }
}

#[test]
fn an_outage_in_the_night_the_clocks_go_back_is_weathered() {
    for seed in seeds(&[3, 4]) {
        let counts = holds(plan(seed, 294, 6));
        assert!(counts.most_waiting > 10, "nobody waited: {counts:?}");
    }
}

#[test]
fn christmas_is_weathered_and_nothing_owed_ends_in_silence() {
    for seed in seeds(&[5]) {
        let counts = holds(plan(seed, 355, 5));
        assert!(counts.silent_ends_refused > 0 && counts.followed_up > 0, "{counts:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_weeks() {
    let [one, other] = [0, 1].map(|_| format!("{:?}", World::new(plan(9, 0, 2)).run()));
    assert_eq!(one, other);
    assert_ne!(one, format!("{:?}", World::new(plan(10, 0, 2)).run()));
}

#[test]
fn each_planted_fault_is_found_and_its_seed_is_told() {
    for (fault, words) in [
        (Fault::AnyAgent, ["unqualified", "left its brand"]),
        (Fault::NoWalls, ["left its brand", "left its brand"]),
        (Fault::LosesOffers, ["who is idle and qualified", "left its brand"]),
        (Fault::Sleeps, ["a deadline was missed", "a deadline was missed"]),
        (Fault::ForgetsTiers, ["two owners", "a deadline was missed"]),
    ] {
        let found = World::new(Plan {
            fault,
            ..plan(11, 100, 10)
        })
        .run()
        .expect_err("the fault went by");
        assert!(words.iter().any(|words| found.contains(words)), "{fault:?}: {found}");
        assert!(found.contains("SEED=11"), "{found}");
    }
}
