//! Forecasts on series whose truth is known, and, where the data is (`JACKFIELD_DATA`), on series that nobody planted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // small counts

#[path = "../examples/eval/series.rs"]
mod series;

use jackfield_insight::draw::Draw;
use jackfield_insight::forecast::flag::{Support, growing, peaks};
use jackfield_insight::forecast::outside::{Effect, Event, Outside, effect, weigh};
use jackfield_insight::forecast::{Model, Series, choose};
use proptest::prelude::*;

const DAY: usize = 24;
const WEEK: usize = 168;

/// Mentions of a brand: a day's and a week's shape, Poisson counts, a burst now and then.
fn mentions(seed: u64, weeks: usize, burst: f64) -> Vec<f64> {
    let mut draw = Draw::new(seed);
    let mut extra = 0.0;
    let one = |slot: usize| {
        let (hour, day) = (slot % DAY, slot / DAY % 7);
        let shape = 40.0 * (1.0 + (core::f64::consts::TAU * (hour as f64 - 9.0) / 24.0).sin());
        let mean = (5.0 + shape) * if day >= 5 { 0.5 } else { 1.0 };
        extra *= 0.7;
        if draw.unit() < burst {
            extra += mean * draw.exponential(4.0);
        }
        draw.poisson(mean + extra) as f64
    };
    (0..weeks * WEEK).map(one).collect()
}

fn hourly(values: &[f64]) -> Series<'_> {
    Series { per_day: DAY, values }
}

#[test]
fn the_same_slots_are_looked_at_however_far_ahead() {
    let counting: Vec<f64> = (0..4 * WEEK).map(|slot| slot as f64).collect();
    let said = Model::LastWeek.forecast(hourly(&counting), 2 * WEEK);
    for (ahead, value) in said.iter().enumerate() {
        assert_eq!(*value, (3 * WEEK + ahead % WEEK) as f64, "{ahead}");
    }
    assert_eq!(Model::LastWeek.forecast(hourly(&[]), 3), [0.0; 3]);
    assert_eq!(Model::SlotMean.forecast(hourly(&[4.0, f64::NAN, 2.0]), 2), [3.0; 2]);
}

#[test]
fn an_exact_season_is_forecast_exactly_by_every_model() {
    let values: Vec<f64> = (0..10 * WEEK).map(|slot| ((slot % WEEK) * 7 % 53) as f64).collect();
    for model in Model::ALL
        .into_iter()
        .filter(|model| !matches!(model, Model::Slots { near: true, .. }))
    {
        let said = model.forecast(hourly(&values), 2 * WEEK);
        for (ahead, value) in said.iter().enumerate() {
            let truth = values[ahead % WEEK];
            assert!(
                (value - truth).abs() < 1e-6,
                "{}: slot {ahead} {value} for {truth}",
                model.name()
            );
        }
    }
}

#[test]
fn what_is_chosen_on_bursts_beats_last_week_where_nobody_looked_yet() {
    for seed in 0..4 {
        let values = mentions(seed, 12, 0.02);
        let (mut chosen, mut naive) = (0.0, 0.0);
        for origin in (9 * WEEK..12 * WEEK).step_by(DAY) {
            let known = hourly(&values[..origin]);
            let model = choose(known, DAY, &Model::ALL).unwrap().model;
            let error = |model: Model| {
                let said = model.forecast(known, DAY);
                said.iter()
                    .zip(&values[origin..])
                    .map(|(a, b)| (a - b).abs())
                    .sum::<f64>()
            };
            chosen += error(model);
            naive += error(Model::LastWeek);
        }
        assert!(chosen < 0.9 * naive, "seed {seed}: {chosen} against {naive}");
    }
}

#[test]
fn the_band_holds_as_many_slots_as_it_says() {
    let values = mentions(5, 16, 0.02);
    let (mut below, mut above, mut all) = (0, 0, 0);
    for origin in (12 * WEEK..16 * WEEK).step_by(DAY) {
        let known = hourly(&values[..origin]);
        let chosen = choose(known, DAY, &Model::ALL).unwrap();
        for (band, actual) in chosen.forecast(known, DAY).iter().zip(&values[origin..]) {
            assert!(band.low <= band.value && band.value <= band.high);
            below += u32::from(*actual < band.low);
            above += u32::from(*actual > band.high);
            all += 1;
        }
    }
    let share = |n: u32| f64::from(n) / f64::from(all);
    assert!(
        (0.04..0.16).contains(&share(below)) && (0.04..0.16).contains(&share(above)),
        "{below} {above} of {all}"
    );
}

#[test]
fn too_short_a_series_chooses_nothing_and_slots_that_nobody_counted_are_left_out() {
    let values = mentions(1, 2, 0.0);
    assert_eq!(choose(hourly(&values), DAY, &Model::ALL), None);
    let mut holes = mentions(1, 10, 0.0);
    (0..holes.len()).step_by(5).for_each(|slot| holes[slot] = f64::NAN);
    let chosen = choose(hourly(&holes), DAY, &Model::ALL).unwrap();
    for model in Model::ALL {
        assert!(
            model
                .forecast(hourly(&holes), WEEK)
                .iter()
                .all(|value| value.is_finite()),
            "{}",
            model.name()
        );
    }
    assert!(chosen.scores.iter().all(|score| score.error.is_finite()));
}

/// Noise runs `lag` hours ahead of calls, with this strength.
fn coupled(seed: u64, strength: f64, lag: usize) -> (Vec<f64>, Vec<f64>) {
    let mut draw = Draw::new(seed);
    let weeks = 16;
    let mut swell = 0.0;
    let swells: Vec<f64> = (0..weeks * WEEK)
        .map(|_| {
            swell = 0.95 * swell + 0.15 * draw.normal();
            swell
        })
        .collect();
    let plain = mentions(seed + 100, weeks, 0.0);
    let noise: Vec<f64> = plain
        .iter()
        .zip(&swells)
        .map(|(count, swell)| (3.0 * count + 20.0) * swell.exp())
        .collect();
    let other = mentions(seed + 200, weeks, 0.0);
    let calls = other.iter().enumerate().map(|(slot, count)| {
        let by = slot.checked_sub(lag).map_or(0.0, |before| swells[before]);
        (count + 5.0) * (strength * by).exp()
    });
    (calls.collect(), noise)
}

#[test]
fn a_series_from_outside_is_used_where_it_runs_ahead_and_off_with_a_reason_where_it_does_not() {
    let model = Model::Slots {
        weeks: 8,
        near: false,
        days: 0,
        level: false,
    };
    let lags = [1, 3, 6, 12, 24, 48];
    for seed in 0..3 {
        let (calls, noise) = coupled(seed, 1.0, 6);
        let Outside::On { lag, slope, gain } = weigh(hourly(&calls), &noise, model, DAY, &lags) else {
            panic!("seed {seed}: it was not used");
        };
        assert!(
            (3..=12).contains(&lag) && (0.4..1.4).contains(&slope) && gain > 0.02,
            "{lag} {slope} {gain}"
        );
        // Both are busy at noon, and that is all they have in common: seasons alone gain nothing.
        let (calls, noise) = coupled(seed, 0.0, 6);
        let Outside::Off { why } = weigh(hourly(&calls), &noise, model, DAY, &lags) else {
            panic!("seed {seed}: it was used");
        };
        assert!(why.contains("gains"), "{why}");
    }
    let (calls, noise) = coupled(1, 1.0, 6);
    let off = weigh(hourly(&calls), &noise[1..], model, DAY, &lags);
    assert!(matches!(off, Outside::Off { why } if why.contains("same grid")));
}

#[test]
fn an_event_counts_from_the_second_time_on_and_only_where_it_does_the_same() {
    let mut values = mentions(9, 12, 0.0);
    let event = |kind: &str, from: usize| Event {
        kind: kind.to_owned(),
        from,
        to: from + 6,
    };
    let mut events = Vec::new();
    for week in 6..11 {
        let from = week * WEEK + 34;
        (from..from + 6).for_each(|slot| values[slot] *= 3.0);
        events.push(event("newsletter", from));
        // A meeting changes nothing; a rumour does another thing each time.
        events.push(event("meeting", week * WEEK + 58));
        let rumour = week * WEEK + 82;
        let by = if week % 2 == 0 { 4.0 } else { 0.25 };
        (rumour..rumour + 6).for_each(|slot| values[slot] *= by);
        events.push(event("rumour", rumour));
    }
    events.push(event("opening", 10 * WEEK));
    let model = Model::Slots {
        weeks: 8,
        near: false,
        days: 0,
        level: false,
    };
    let Effect::On { factor, gain } = effect(hourly(&values), &events[..9], "newsletter", model) else {
        panic!("the newsletter is off");
    };
    assert!((2.3..3.6).contains(&factor) && gain > 0.5, "{factor} {gain}");
    for (kind, word) in [("meeting", "twice"), ("rumour", "twice"), ("opening", "1 times")] {
        let found = effect(hourly(&values), &events, kind, model);
        assert!(
            matches!(&found, Effect::Off { why } if why.contains(word)),
            "{kind}: {found:?}"
        );
    }
}

#[test]
fn a_peak_that_nothing_supports_is_flagged_and_a_planned_promotion_is_not() {
    let calls = mentions(3, 10, 0.0);
    let noise = mentions(4, 10, 0.0);
    let mut sheet = Model::SlotMean.forecast(hourly(&calls), WEEK);
    (58..64).for_each(|slot| sheet[slot] = 4.0 * sheet[slot] + 20.0);
    let check = |noise: &[f64], events: &[Event], expected: Support| {
        let found = peaks(hourly(&calls), &sheet, noise, events);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].from, found[0].to, &found[0].support), (58, 64, &expected));
    };
    check(&noise, &[], Support::None);
    let promotion = |from| Event {
        kind: "promotion".to_owned(),
        from,
        to: from + 6,
    };
    check(
        &noise,
        &[promotion(calls.len() + 58)],
        Support::Planned("promotion".to_owned()),
    );
    check(&noise, &[promotion(calls.len() + 100)], Support::None);
    let mut rising = noise.clone();
    let known = rising.len();
    (known - DAY..known).for_each(|slot| rising[slot] = 2.0 * rising[slot] + 10.0);
    check(&rising, &[], Support::Groundswell);
    // A model's own forecast of an ordinary week has no such peak.
    assert_eq!(
        peaks(
            hourly(&calls),
            &Model::SlotMean.forecast(hourly(&calls), WEEK),
            &noise,
            &[]
        ),
        []
    );
}

#[test]
fn a_blip_that_grows_is_found_and_one_that_passes_is_not() {
    let mut found = 0;
    for seed in 0..10 {
        let plain = mentions(seed, 10, 0.0);
        assert_eq!(growing(hourly(&plain)), None, "seed {seed}: nothing grows");
        // A burst of a few hours, a week ago.
        let mut burst = plain.clone();
        (9 * WEEK..9 * WEEK + 5).for_each(|slot| burst[slot] = 6.0 * burst[slot] + 30.0);
        assert_eq!(growing(hourly(&burst)), None, "seed {seed}: it passed");
        // From four days before the end: a tenth more each day, which no single hour shows.
        let mut ramp = plain.clone();
        let from = ramp.len() - 4 * DAY;
        (from..ramp.len()).for_each(|slot| ramp[slot] *= 1.0 + 0.15 * (slot - from) as f64 / DAY as f64);
        if let Some(blip) = growing(hourly(&ramp)) {
            found += 1;
            assert!(blip.sure > from && blip.times > 1.2, "{blip:?}");
        }
    }
    assert!(found >= 9, "{found} of 10 ramps");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_model_says_what_cannot_be(
        values in proptest::collection::vec(prop_oneof![9 => 0.0_f64..1e6, 1 => Just(f64::NAN)], 0..800),
        per_day in prop_oneof![Just(1_usize), Just(24), Just(96)], horizon in 1_usize..100,
    ) {
        let series = Series { per_day, values: &values };
        for model in Model::ALL {
            let said = model.forecast(series, horizon);
            prop_assert_eq!(said.len(), horizon);
            prop_assert!(said.iter().all(|value| value.is_finite() && *value >= 0.0), "{}", model.name());
        }
    }
}

#[test]
fn on_series_that_nobody_planted_the_held_out_weeks_are_not_lost_to_last_week() {
    let Some(all) = series::all(DAY) else {
        println!("skipped: JACKFIELD_DATA names no folder with nab/data in it");
        return;
    };
    let mut mean = 0.0;
    for (name, values) in &all {
        let held = series::held_out(values, DAY, DAY);
        assert!(
            held.scaled < 0.9 * held.naive,
            "{name}: {} against {}",
            held.scaled,
            held.naive
        );
        assert!(
            held.relative.is_finite() && held.chosen.values().sum::<u32>() > 20,
            "{name}"
        );
        // A single week may go to it by luck; the band says how often and how far off a slot is.
        let lost = held.weeks.iter().filter(|ratio| **ratio > 1.0).count();
        assert!(4 * lost <= held.weeks.len(), "{name}: {:?}", held.weeks);
        assert!(
            held.outside.0 < 0.2 && held.outside.1 < 0.2,
            "{name}: {:?}",
            held.outside
        );
        mean += held.scaled / all.len() as f64;
    }
    assert!(mean < 0.70, "MASE {mean}");
}
