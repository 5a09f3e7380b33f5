//! What a thousand rules cost: an event, beside ten rules and beside asking every rule; a dry run over ten million
//! messages, beside one million; an event that the desk decides, in a short conversation and in a long one.
//!
//! Messages are generated one by one, as a store would read them, and none is kept: what is measured is that neither the
//! time of a message nor the memory grows with the history.
//!
//! `cargo run --release -p jackfield-desk --example rules [-- --json] [-- --quick]`

#![allow(clippy::print_stdout)] // an example prints

use jackfield_desk::automation::{Action, On, Rule, Ruleset, Trigger, dry_run};
use jackfield_desk::condition::{
    Bounds, Condition, Count, Facts, Field, Folded, Kind, NoTimes, Phrase, Stage, Told, Triage,
};
use jackfield_desk::policy::{Applied, House, Policies};
use jackfield_desk::{Command, Conversation, LineRules, Place, Recorded, Rules, apply, decide};
use jackfield_protocol::{Author, Content, FactKind, InboundFact, Visibility};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Different messages, so that no branch is learnt by heart.
const MESSAGES: usize = 1_000;
/// Rounds over all of them; the fastest counts.
const ROUNDS: usize = 15;

/// Stored messages, the fewer and the more.
const STORED: [usize; 2] = [1_000_000, 10_000_000];
/// The same where somebody has no two minutes.
const QUICK: [usize; 2] = [10_000, 100_000];

fn main() {
    let said = |word: &str| std::env::args().any(|argument| argument == word);
    let json = said("--json");
    let [less, more] = if said("--quick") { QUICK } else { STORED };
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
    let dry_less = stored(&many, less);
    let dry_more = stored(&many, more);
    let (short, long) = (event(&many_rules(), 10), event(&many_rules(), 1_000));
    let rows = [
        (
            "dry run, a message, of 10 M beside of 1 M",
            dry_more,
            dry_less,
            "<= 1.1 x",
        ),
        ("an event decided, 1 000 messages beside 10", long, short, "-"),
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

/// Microseconds a message of a dry run over so many, making them included.
fn stored(rules: &Ruleset, count: usize) -> f64 {
    let begun = Instant::now();
    let touched = dry_run(rules, On::Message, (0..count).map(|n| (n, facts(n))), &NoTimes, 20);
    assert_eq!(
        touched.seen,
        u64::try_from(count).unwrap_or(u64::MAX),
        "every message was asked about"
    );
    micros(begun.elapsed(), count)
}

/// Microseconds of the next message in a conversation that has so many: decided, with what rules make of it.
fn event(policies: &Policies, messages: usize) -> f64 {
    let rules = Rules {
        line: LineRules::free(),
        policies,
    };
    let place = Place {
        workspace: "demo".into(),
        brand: "brand1".into(),
        connection: "line".into(),
        network: "mastodon".to_owned(),
        thread: "t".to_owned(),
    };
    let one = |n: usize| Command::Ingest {
        place: place.clone(),
        facts: vec![message(n)],
    };
    let mut state = None;
    for n in 0..messages {
        let events = decide(state.as_ref(), one(n), &Rules::free(), 0).unwrap_or_default();
        for event in events {
            let state = state.get_or_insert_with(Conversation::new);
            let seq = state.version + 1;
            apply(state, &Recorded { seq, at: 0, event });
        }
    }
    const EVENTS: usize = 50;
    let round = |_| {
        let begun = Instant::now();
        for n in 0..EVENTS {
            black_box(
                decide(state.as_ref(), one(messages + n), &rules, 0)
                    .map(|events| events.len())
                    .unwrap_or(0),
            );
        }
        begun.elapsed()
    };
    micros((0..3).map(round).min().unwrap_or_default(), EVENTS)
}

fn message(n: usize) -> InboundFact {
    InboundFact {
        remote_id: format!("m{n}").as_str().into(),
        revision: 0,
        at: i64::try_from(n).unwrap_or(0),
        thread: "t".to_owned(),
        parent: None,
        visibility: Visibility::Public,
        ours: false,
        context: false,
        url: None,
        kind: FactKind::Said(Box::new(Content {
            author: Author {
                id: "a".to_owned(),
                handle: word(n, 13, "author", 5000),
                display_name: None,
                profile_url: None,
                reach: Some(u64::try_from(pick(n, 15, 4000)).unwrap_or(0)),
                automated: false,
            },
            title: None,
            text: text(n),
            spans: Vec::new(),
            attachments: Vec::new(),
            language: None,
            warning: None,
        })),
    }
}

fn micros(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Microseconds a message.
fn fastest(mut all: impl FnMut() -> usize) -> f64 {
    let round = |_| {
        let begun = Instant::now();
        black_box(all());
        begun.elapsed()
    };
    let best = (0..ROUNDS).map(round).min().unwrap_or(Duration::ZERO);
    micros(best, MESSAGES)
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
    Ruleset::new(&written(count))
}

fn many_rules() -> Policies {
    let rules = written(1_000);
    let house = House {
        rules,
        ..House::default()
    };
    Policies::of([Applied::new(1, house)])
}

fn written(count: usize) -> BTreeMap<String, Rule> {
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
    (0..count).map(rule).collect()
}

/// A message of ordinary size.
fn text(n: usize) -> String {
    format!(
        "My {} should have been here on Tuesday, and nobody picks up the phone. The {} works well, thank you. What now?",
        word(n, 11, "product", 300),
        word(n, 12, "product", 300)
    )
}

/// What is asked of a message.
fn facts(n: usize) -> Facts {
    let network = ["mastodon", "matrix", "mail", "discourse"]
        .get(n % 4)
        .copied()
        .unwrap_or_default();
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
        text: Folded::of(&text(n)),
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
