//! What a thousand rules cost, per event: beside ten rules, and beside asking every rule.
//!
//! `cargo run --release -p jackfield-desk --example rules [-- --json]`

#![allow(clippy::print_stdout)] // an example prints

use jackfield_desk::automation::{Action, On, Rule, Ruleset, Trigger, dry_run};
use jackfield_desk::condition::{
    Bounds, Condition, Count, Facts, Field, Folded, Kind, NoTimes, Phrase, Stage, Told, Triage,
};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Different messages, so that no branch is learnt by heart.
const MESSAGES: usize = 1_000;
/// Rounds over all of them; the fastest counts.
const ROUNDS: usize = 15;

fn main() {
    let json = std::env::args().any(|argument| argument == "--json");
    let traffic: Vec<Facts> = (0..MESSAGES).map(facts).collect();
    let (few, many) = (ruleset(10), ruleset(1_000));
    let trigger = Trigger::default();
    let run = |rules: &Ruleset| {
        fastest(|| {
            traffic
                .iter()
                .map(|facts| rules.run(On::Message, &trigger, facts, &NoTimes).acts.len())
                .sum()
        })
    };
    let ten = run(&few);
    let thousand = run(&many);
    let plain = fastest(|| {
        traffic
            .iter()
            .map(|facts| many.run_plainly(On::Message, &trigger, facts, &NoTimes).acts.len())
            .sum()
    });
    let dry = fastest(|| {
        let facts = traffic.iter().cloned().enumerate();
        usize::try_from(dry_run(&many, On::Message, facts, &NoTimes, 20).count).unwrap_or(usize::MAX)
    });
    // A dry run makes the facts of each message, here by a copy; so does its floor.
    let copied = fastest(|| {
        traffic
            .iter()
            .map(|facts| many.run(On::Message, &trigger, &facts.clone(), &NoTimes).acts.len())
            .sum()
    });
    let rows = [
        ("1 000 rules, an event, beside 10 rules", thousand, ten, "<= 100 us"),
        ("1 000 rules, an event, beside asking each", thousand, plain, "<= 0.5 x"),
        ("1 000 rules, dry run, a message, beside the run", dry, copied, "<= 2 x"),
    ];
    for (what, value, floor, goal) in rows {
        let ratio = value / floor;
        if json {
            println!(
                r#"{{"what":"{what}","unit":"us","value":{value},"floor":{floor},"ratio":{ratio},"goal":"{goal}"}}"#
            );
        } else {
            println!("{what:50} {value:8.2} us  {floor:8.2} us  {ratio:6.2} x  goal {goal}");
        }
    }
}

/// Microseconds a message.
fn fastest(mut all: impl FnMut() -> usize) -> f64 {
    let round = |_| {
        let begun = Instant::now();
        black_box(all());
        begun.elapsed()
    };
    let best = (0..ROUNDS).map(round).min().unwrap_or(Duration::ZERO);
    best.as_secs_f64() * 1e6 / f64::from(u32::try_from(MESSAGES).unwrap_or(u32::MAX))
}

/// A number that looks like chance and is the same every time.
fn pick(n: usize, salt: usize, of: usize) -> usize {
    let mut x = n
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(salt.wrapping_mul(0xd1b5_4a32_d192_ed03));
    x ^= x >> 29;
    x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (x ^ (x >> 32)) % of
}

fn word(n: usize, salt: usize, stem: &str, of: usize) -> String {
    format!("{stem}{}", pick(n, salt, of))
}

/// Rules as a large contact centre has them: most ask for a brand and a product word, a label or a tag beside it; some
/// forbid something; some are nested; one in fifty asks for nothing that can be filed.
fn ruleset(count: usize) -> Ruleset {
    let is = |field, value: String| Condition::Is(field, vec![value]);
    let rule = |n: usize| {
        let mut parts = vec![is(Field::Brand, word(n, 1, "brand", 5))];
        match n % 10 {
            0..4 => parts.push(Condition::Text(vec![
                Phrase::new(word(n, 2, "product", 300)),
                Phrase::new(word(n, 3, "product", 300)),
            ])),
            4..6 => parts.push(Condition::Label {
                labels: vec![word(n, 4, "label", 12)],
                margin: 0.2,
                by: None,
            }),
            6..8 => parts.push(is(Field::Tag, word(n, 5, "tag", 60))),
            8 => parts.push(Condition::Any(vec![
                is(Field::Author, word(n, 6, "author", 5000)),
                is(Field::Queue, word(n, 7, "queue", 40)),
            ])),
            _ => parts.push(Condition::Not(Box::new(is(Field::Network, "mail".to_owned())))),
        }
        if n.is_multiple_of(3) {
            parts.push(Condition::Count(
                Count::Reach,
                Bounds {
                    at_least: Some(1000),
                    below: None,
                },
            ));
        }
        if n % 50 == 49 {
            parts = vec![Condition::Count(
                Count::Reach,
                Bounds {
                    at_least: Some(50_000),
                    below: None,
                },
            )];
        }
        let acts = vec![
            Action::Tag(word(n, 8, "tag", 60)),
            Action::Queue(word(n, 9, "queue", 40)),
        ];
        let rule = Rule {
            on: vec![On::Message],
            when: Condition::All(parts),
            acts,
            priority: 0,
            stop: false,
            off: false,
            why: String::new(),
        };
        (format!("rule-{n}"), rule)
    };
    let rules: BTreeMap<String, Rule> = (0..count).map(rule).collect();
    Ruleset::new(&rules)
}

/// A message of ordinary size.
fn facts(n: usize) -> Facts {
    let network = ["mastodon", "matrix", "mail", "discourse"]
        .get(n % 4)
        .copied()
        .unwrap_or_default();
    let text = format!(
        "My {} should have been here on Tuesday, and nobody picks up the phone. The {} works well, thank you. What now?",
        word(n, 11, "product", 300),
        word(n, 12, "product", 300)
    );
    Facts {
        now: 0,
        brand: word(n, 10, "brand", 5),
        network: network.to_owned(),
        kind: Kind::of_network(network),
        visibility: Some("public".to_owned()),
        language: Some("en-gb".to_owned()),
        author: Some(word(n, 13, "author", 5000)),
        audience: std::collections::BTreeSet::new(),
        triage: Triage::Judged,
        told: vec![Told {
            label: word(n, 14, "label", 12),
            margin: 0.5,
            by: "keywords".to_owned(),
        }],
        text: Folded::of(&text),
        reach: Some(u64::try_from(pick(n, 15, 4000)).unwrap_or(0)),
        replies: 0,
        priority: 0,
        stage: Stage::New,
        owner: None,
        queue: Some(word(n, 16, "queue", 40)),
        tier: None,
        tags: std::iter::once(word(n, 17, "tag", 60)).collect(),
        waiting_since: Some(0),
        last_at: Some(0),
        first_at: Some(0),
    }
}
