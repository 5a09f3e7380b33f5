//! Alerts on planted cases: what has to wake somebody, and what must not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)] // small counts

use jackfield_insight::alert::{Alert, Kind, Post, Rules, Watch};
use jackfield_insight::draw::Draw;

/// Slots of five minutes.
const DAY: usize = 288;
const WEEK: usize = 7 * DAY;
const WEEKS: usize = 5;

/// New voices in an ordinary slot: a day's shape, quieter on weekends. It is what a forecast would say.
fn expected(slot: usize) -> f64 {
    let hour = (slot % DAY) as f64 / 12.0;
    let shape = 1.0 + (core::f64::consts::TAU * (hour - 9.0) / 24.0).sin();
    (0.3 + 2.0 * shape) * if slot / DAY % 7 >= 5 { 0.6 } else { 1.0 }
}

/// What somebody plants.
struct Case {
    /// New voices of a slot beside the ordinary ones.
    more: fn(usize) -> f64,
    /// Posts of one person in a slot.
    loud: fn(usize) -> usize,
    /// What the plan adds to the expectation.
    planned: fn(usize) -> f64,
    /// Posts that nobody has answered, in a hundred.
    unanswered: u64,
    /// Followers, on the mean.
    reach: f64,
}

const ORDINARY: Case = Case {
    more: |_| 0.0,
    loud: |_| 0,
    planned: |_| 0.0,
    unanswered: 60,
    reach: 300.0,
};

fn alerts(seed: u64, case: &Case) -> Vec<Alert> {
    let mut draw = Draw::new(seed);
    let mut watch = Watch::new(Rules::five_minutes());
    let mut people = 0_u64;
    let mut found = Vec::new();
    for slot in 0..WEEKS * WEEK {
        let voices = draw.poisson(expected(slot) + (case.more)(slot));
        let mut posts: Vec<Post> = (0..voices)
            .map(|_| {
                people += 1;
                // Some come back within days.
                let who = if draw.below(4) == 0 {
                    people.saturating_sub(draw.below(400))
                } else {
                    people
                };
                Post {
                    author: format!("p{who}"),
                    reach: draw.exponential(case.reach) as u64,
                    unanswered: draw.below(100) < case.unanswered,
                }
            })
            .collect();
        let loud = Post {
            author: "loud".to_owned(),
            reach: 200,
            unanswered: true,
        };
        posts.extend(vec![loud; (case.loud)(slot)]);
        found.extend(watch.add(posts, expected(slot) + (case.planned)(slot)));
    }
    found
}

const FIRE: usize = 4 * WEEK + 2 * DAY + 130;

fn storm(slot: usize) -> f64 {
    if (FIRE..FIRE + 36).contains(&slot) { 12.0 } else { 0.0 }
}

#[test]
fn a_storm_of_many_people_wakes_somebody_within_twenty_minutes() {
    for seed in 0..5 {
        let found = alerts(
            seed,
            &Case {
                more: storm,
                ..ORDINARY
            },
        );
        let first = found.iter().find(|alert| alert.slot >= FIRE).expect("an alert");
        assert!(first.slot <= FIRE + 4, "seed {seed}: {} slots late", first.slot - FIRE);
        assert_eq!(first.kind, Kind::Fast);
        assert!(
            first.people >= 20 && first.words().contains("without an answer"),
            "{first:?}"
        );
    }
}

#[test]
fn ordinary_weeks_wake_nobody_more_than_once_in_a_month() {
    let all: usize = (0..8).map(|seed| alerts(seed, &ORDINARY).len()).sum();
    assert!(all <= 8, "{all} alerts in 40 ordinary weeks");
}

#[test]
fn one_loud_person_is_not_a_crowd() {
    // As many posts as forty people, for six hours.
    let loud = |slot| if (FIRE..FIRE + 72).contains(&slot) { 40 } else { 0 };
    for seed in 0..5 {
        assert_eq!(
            alerts(seed, &Case { loud, ..ORDINARY }),
            alerts(seed, &ORDINARY),
            "seed {seed}"
        );
    }
}

#[test]
fn a_planned_promotion_wakes_nobody_and_an_unplanned_one_does() {
    let after = |found: &[Alert]| {
        found
            .iter()
            .filter(|alert| (FIRE..FIRE + 72).contains(&alert.slot))
            .count()
    };
    for seed in 0..5 {
        let planned = alerts(
            seed,
            &Case {
                more: storm,
                planned: storm,
                ..ORDINARY
            },
        );
        let unplanned = alerts(
            seed,
            &Case {
                more: storm,
                ..ORDINARY
            },
        );
        assert_eq!(after(&planned), 0, "seed {seed}: {planned:?}");
        assert!(after(&unplanned) >= 1, "seed {seed}");
    }
}

#[test]
fn what_is_answered_as_it_comes_is_no_fire_and_reach_makes_it_one_sooner() {
    let after = |case: &Case| {
        let found: Vec<Alert> = (0..5)
            .filter_map(|seed| alerts(seed, case).into_iter().find(|a| a.slot >= FIRE))
            .collect();
        (found.len(), found.iter().map(|alert| alert.score).sum::<f64>())
    };
    let (answered, _) = after(&Case {
        more: storm,
        unanswered: 5,
        ..ORDINARY
    });
    assert_eq!(answered, 0);
    let far = |slot| if slot >= FIRE { storm(slot) } else { 0.0 };
    let (all, score) = after(&Case { more: far, ..ORDINARY });
    assert_eq!(all, 5);
    assert!(score > 5.0 * Rules::five_minutes().limit);
}

#[test]
fn growth_over_days_that_no_hour_shows_is_found_while_it_is_small() {
    // A fifth more each day, from a Monday on.
    let start = 4 * WEEK;
    fn ramp(slot: usize) -> f64 {
        let start = 4 * WEEK;
        if slot < start {
            0.0
        } else {
            0.2 * expected(slot) * (slot - start) as f64 / DAY as f64
        }
    }
    for seed in 0..5 {
        let found = alerts(seed, &Case { more: ramp, ..ORDINARY });
        let slow = found
            .iter()
            .find(|alert| alert.slot > start && alert.kind == Kind::Slow)
            .expect("an alert");
        assert!(
            slow.slot < start + 4 * DAY,
            "seed {seed}: after {} days",
            (slow.slot - start) / DAY
        );
        assert!(slow.since + 2 * DAY > start && slow.since < slow.slot, "{slow:?}");
    }
}

/// The plain thing: posts an hour above a number. The number is set so that the storm is found as soon as by the watch.
#[test]
fn a_plain_threshold_that_is_as_quick_cries_wolf() {
    let case = Case {
        more: storm,
        ..ORDINARY
    };
    let mut draw = Draw::new(1);
    let mut hour = [0.0; 12];
    let mut posts_per_hour = Vec::new();
    for slot in 0..WEEKS * WEEK {
        hour[slot % 12] = draw.poisson(expected(slot) + (case.more)(slot)) as f64;
        posts_per_hour.push(hour.iter().sum::<f64>());
    }
    let found = alerts(1, &case).into_iter().find(|alert| alert.slot >= FIRE).unwrap();
    let threshold = posts_per_hour[found.slot];
    let wolf = (WEEK..FIRE).filter(|slot| posts_per_hour[*slot] >= threshold && posts_per_hour[*slot - 1] < threshold);
    let weeks = (FIRE - WEEK) as f64 / WEEK as f64;
    let plain = wolf.count() as f64 / weeks;
    let ours = alerts(1, &case)
        .iter()
        .filter(|alert| (WEEK..FIRE).contains(&alert.slot))
        .count() as f64
        / weeks;
    assert!(plain > 1.0 && ours < plain / 3.0, "plain {plain} a week, ours {ours}");
}
