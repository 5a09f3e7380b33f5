//! Staffing against figures that others reckoned, the limits of theory, and queues that are played through.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)] // small counts

use jackfield_insight::draw::Draw;
use jackfield_insight::staffing::live::{Load, agents_for, agents_to_keep, blocked, erlang_a, erlang_c, level, waits};
use jackfield_insight::staffing::roster::{Concurrency, Roster};
use jackfield_insight::staffing::what_if::{Question, ask, with};
use jackfield_insight::staffing::written::{Item, Shift, bound, people_for, simulate};
use proptest::prelude::*;

/// As many digits as the row was printed with.
fn close(name: &str, found: f64, row: f64) {
    assert!(
        (found - row).abs() <= 1e-6 * row.abs().max(1.0),
        "{name}: {found}, the row says {row}"
    );
}

#[test]
fn erlang_b_and_c_are_those_of_the_tables() {
    let check = |offered, agents, b: f64, c: f64| {
        close(&format!("B({offered}, {agents})"), blocked(offered, agents), b);
        close(&format!("C({offered}, {agents})"), waits(offered, agents), c);
    };
    check(0.5, 1, 0.333_333_33, 0.5);
    check(3.0, 5, 0.110_054_35, 0.236_151_60);
    check(7.0, 10, 0.078_740_88, 0.221_731_22);
    check(8.0, 10, 0.121_661_06, 0.409_180_15);
    check(9.0, 10, 0.167_963_23, 0.668_731_52);
    check(15.0, 20, 0.045_593_22, 0.160_429_39);
    check(90.0, 100, 0.026_957_38, 0.216_940_48);
}

#[test]
fn service_levels_are_those_of_the_tables() {
    // Arrivals per hour, handling, target, agents; then C, level, mean wait.
    let check = |hourly: f64, handling, target, agents, c: f64, within: f64, mean: Option<f64>| {
        let load = Load {
            rate: hourly / 3_600.0,
            handling,
        };
        let found = erlang_c(load, agents).unwrap();
        let name = format!("{hourly} an hour, {agents}");
        close(&name, found.waits, c);
        close(&name, level(load, agents, target), within);
        if let Some(mean) = mean {
            assert!(
                (found.mean - mean).abs() < 6e-5 * mean.max(1.0),
                "{name}: {}",
                found.mean
            );
        }
    };
    check(200.0, 180.0, 20.0, 13, 0.285_270, 0.795_595, Some(17.1162));
    check(
        200.0,
        180.0,
        20.0,
        14,
        0.174_131_933_595,
        0.888_350_019_179,
        Some(7.8359),
    );
    check(240.0, 300.0, 20.0, 24, 0.298_072, 0.771_698, Some(22.355));
    check(240.0, 300.0, 20.0, 25, 0.209_103, 0.850_171, Some(12.546));
    check(720.0, 240.0, 15.0, 55, 0.238_701, 0.845_883, Some(8.184_03));
    let load = Load {
        rate: 250.0 / 3_600.0,
        handling: 330.0,
    };
    assert!((level(load, 27, 30.0) - 0.782_18).abs() < 5e-6 && (level(load, 28, 30.0) - 0.856_85).abs() < 5e-6);
    assert_eq!(agents_for(load, 30.0, 0.8), Some(28));
    assert_eq!(
        agents_for(
            Load {
                rate: 200.0 / 3_600.0,
                handling: 180.0
            },
            20.0,
            0.8
        ),
        Some(14)
    );
    assert_eq!(
        agents_for(
            Load {
                rate: 0.0,
                handling: 180.0
            },
            20.0,
            0.8
        ),
        None
    );
}

#[test]
fn people_who_leave_are_those_of_the_tables() {
    // Agents, arrivals a minute, patience; then share waiting, leaving, mean wait, occupancy.
    let check = |agents, minutely: f64, patience, waits: f64, leaves: f64, mean: f64, occupancy: f64| {
        let load = Load {
            rate: minutely / 60.0,
            handling: 60.0,
        };
        let found = erlang_a(load, agents, patience).unwrap();
        let name = format!("{agents} agents, {minutely} a minute");
        close(&name, found.waits, waits);
        close(&name, found.leaves, leaves);
        // The row has four or five digits of these.
        assert!((found.mean - mean).abs() < 5.1e-5, "{name}: mean {}", found.mean);
        assert!(
            (found.occupancy - occupancy).abs() < 5.1e-5,
            "{name}: occupancy {}",
            found.occupancy
        );
    };
    check(10, 10.0, 120.0, 0.619_655, 0.103_913, 12.4696, 0.8961);
    check(100, 100.0, 60.0, 0.513_299, 0.039_861, 2.3917, 0.9601);
    check(50, 48.0, 120.0, 0.467_774, 0.030_912, 3.7095, 0.9303);
    check(12, 10.0, 180.0, 0.361_841, 0.031_800, 5.7240, 0.8068);
}

#[test]
fn patience_has_the_limits_that_theory_says() {
    let load = Load {
        rate: 8.0 / 60.0,
        handling: 60.0,
    };
    // Endless patience is Erlang C, none at all is Erlang B.
    let patient = erlang_a(load, 10, 1e9).unwrap();
    let c = erlang_c(load, 10).unwrap();
    assert!((patient.waits - c.waits).abs() < 1e-6 && (patient.mean - c.mean).abs() < 1e-4 * c.mean);
    let hasty = erlang_a(load, 10, 1e-7).unwrap();
    assert!((hasty.leaves - blocked(8.0, 10)).abs() < 1e-6);
    // Patience like the handling makes as many servers as people: Poisson.
    let poisson = erlang_a(load, 10, 60.0).unwrap();
    let (mut term, mut below) = ((-8.0_f64).exp(), 0.0);
    for k in 0..10 {
        below += term;
        term *= 8.0 / f64::from(k + 1);
    }
    assert!((poisson.waits - (1.0 - below)).abs() < 1e-12);
}

proptest! {
    #[test]
    fn one_agent_more_never_makes_anybody_wait_longer(rate in 0.01_f64..3.0, handling in 10.0_f64..600.0, n in 1_u32..60) {
        let load = Load { rate, handling };
        prop_assert!(level(load, n + 1, 20.0) >= level(load, n, 20.0) - 1e-12);
        let (few, more) = (erlang_a(load, n, 120.0), erlang_a(load, n + 1, 120.0));
        if let (Some(few), Some(more)) = (few, more) {
            prop_assert!(more.leaves <= few.leaves + 1e-9 && more.mean <= few.mean + 1e-9);
            prop_assert!((0.0..=1.0).contains(&few.leaves) && few.occupancy <= 1.0 + 1e-9);
        }
        if let Some(found) = agents_for(load, 20.0, 0.8) {
            prop_assert!(level(load, found, 20.0) >= 0.8 && level(load, found - 1, 20.0) < 0.8);
        }
        if let Some(found) = agents_to_keep(load, 120.0, 0.05) {
            prop_assert!(erlang_a(load, found, 120.0).unwrap().leaves <= 0.05);
        }
    }

    #[test]
    fn no_plan_below_the_bound_keeps_every_promise(seed in any::<u64>(), people in 1_u32..6) {
        let items = items(seed, 60, 20_000.0);
        let outcome = simulate(&items, &[Shift { from: 0, people }]);
        if outcome.in_time == outcome.all {
            prop_assert!(f64::from(people) >= bound(&items) - 1e-9);
        }
        prop_assert_eq!(outcome.left, 0);
    }

    #[test]
    fn nobody_at_work_answers_nothing_and_everybody_all(seed in any::<u64>()) {
        let items = items(seed, 40, 30_000.0);
        prop_assert_eq!(simulate(&items, &[]).left, 40);
        prop_assert_eq!(simulate(&items, &[Shift { from: 0, people: 40 }]).share(), 1.0);
    }
}

/// Items at random, each with time enough when it is begun at once.
fn items(seed: u64, count: usize, gap: f64) -> Vec<Item> {
    let mut draw = Draw::new(seed);
    let mut at = 0;
    let one = |_| {
        at += draw.exponential(gap) as i64;
        let takes = 1 + draw.exponential(60_000.0) as i64;
        let due = at + takes + draw.below(600_000) as i64;
        Item { at, due, takes }
    };
    (0..count).map(one).collect()
}

#[test]
fn a_queue_that_is_played_through_agrees_with_the_formula() {
    // A promise of 20 s on first come, first served is what Erlang C speaks of: due = at + one bound for all. The item is
    // in time when its handling begins within the target, so `due` is put behind its own handling.
    let load = Load {
        rate: 200.0 / 3_600.0,
        handling: 180.0,
    };
    let mut shares = Vec::new();
    for seed in 0..20 {
        let mut draw = Draw::new(seed);
        let mut at = 0.0;
        let items: Vec<Item> = (0..20_000)
            .map(|_| {
                at += draw.exponential(1.0 / load.rate);
                let takes = 1 + (draw.exponential(load.handling) * 1_000.0) as i64;
                Item {
                    at: (at * 1_000.0) as i64,
                    due: (at * 1_000.0) as i64,
                    takes,
                }
            })
            .collect();
        // All are due at once, so the order is first come, first served; count who began within 20 s.
        let mut free = [0_i64; 14];
        let began = items.iter().filter(|item| {
            let first = free.iter_mut().min().unwrap();
            let begins = (*first).max(item.at);
            *first = begins + item.takes;
            begins - item.at <= 20_000
        });
        shares.push(began.count() as f64 / items.len() as f64);
        let outcome = simulate(&items, &[Shift { from: 0, people: 14 }]);
        assert_eq!((outcome.all, outcome.left), (20_000, 0));
    }
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    let spread = (shares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (shares.len() - 1) as f64).sqrt();
    let error = 1.96 * spread / (shares.len() as f64).sqrt();
    let formula = level(load, 14, 20.0);
    assert!(
        (mean - formula).abs() < error + 0.002,
        "played {mean} +- {error}, formula {formula}"
    );
}

#[test]
fn a_written_channel_needs_fewer_people_than_a_live_one_for_the_same_work() {
    // 60 an hour for a day, 5 minutes each: 5 Erlang; a promise of 4 hours lets the backlog carry the peaks.
    let mut draw = Draw::new(3);
    let mut at = 0.0;
    let items: Vec<Item> = (0..60 * 24)
        .map(|_| {
            at += draw.exponential(60_000.0);
            let takes = (draw.exponential(300_000.0) as i64).max(1);
            Item {
                at: at as i64,
                due: at as i64 + 4 * 3_600_000,
                takes,
            }
        })
        .collect();
    let written = people_for(&items, 0.95).unwrap();
    let live = agents_for(
        Load {
            rate: 1.0 / 60.0,
            handling: 300.0,
        },
        20.0,
        0.95,
    )
    .unwrap();
    assert!(written < live, "{written} written, {live} live");
    assert!(f64::from(written) + 1.0 >= bound(&items) * 0.8);
    // The advice holds when it is played through, and one fewer does not reach it.
    assert!(
        simulate(
            &items,
            &[Shift {
                from: 0,
                people: written
            }]
        )
        .share()
            >= 0.95
    );
    assert!(
        simulate(
            &items,
            &[Shift {
                from: 0,
                people: written - 1
            }]
        )
        .share()
            < 0.95
    );
}

#[test]
fn a_night_without_people_is_seen_in_the_backlog() {
    let hour = 3_600_000;
    let items: Vec<Item> = (0..48)
        .map(|n| Item {
            at: n * hour / 2,
            due: n * hour / 2 + 2 * hour,
            takes: hour / 4,
        })
        .collect();
    let day = [
        Shift {
            from: 8 * hour,
            people: 1,
        },
        Shift {
            from: 20 * hour,
            people: 0,
        },
        Shift {
            from: 32 * hour,
            people: 1,
        },
    ];
    let outcome = simulate(&items, &day);
    assert_eq!(outcome.all, 48);
    assert!(
        outcome.backlog >= 16 && outcome.in_time < 32 && outcome.left == 0,
        "{outcome:?}"
    );
}

#[test]
fn a_slider_moves_what_it_says() {
    let question = Question {
        rate: 200.0 / 3_600.0,
        handling: 180.0,
        target: 20.0,
        share: 0.8,
        patience: None,
        concurrency: Concurrency::ONE,
        roster: Roster {
            shrinkage: 0.3,
            occupancy: 1.0,
        },
    };
    let asked = ask(&question).unwrap();
    assert_eq!((asked.agents, asked.people), (14, 20));
    let more = ask(&Question {
        rate: question.rate * 1.2,
        ..question
    })
    .unwrap();
    assert!(more.agents > asked.agents);
    let chat = ask(&Question {
        concurrency: Concurrency {
            at_once: 3,
            slower: 0.3,
        },
        ..question
    })
    .unwrap();
    assert!(chat.agents < asked.agents);
    // With too few the line grows for ever, unless people leave.
    assert_eq!(with(&question, 9), None);
    let leaving = with(
        &Question {
            patience: Some(120.0),
            ..question
        },
        9,
    )
    .unwrap();
    assert!(leaving.waiting.leaves > 0.05);
    assert_eq!(ask(&Question { share: 1.0, ..question }), None);
}
