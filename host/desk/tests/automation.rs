//! Rules that do something by themselves: which, in what order, and what stops them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod conditions;

use conditions::{HOUR, NOON, Wall, any_condition, any_facts, condition, facts};
use jackfield_desk::automation::{Action, CHAIN, On, Relation, Rule, Ruleset, Trigger, dry_run, overlaps, relation};
use jackfield_desk::condition::{Facts, NoTimes};
use jackfield_desk::policy::{House, Text, read};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn rules(text: &str) -> BTreeMap<String, Rule> {
    toml::from_str::<House>(text).unwrap().rules
}

/// What rules make of a message in public, each act as `rule: words`.
fn acts(text: &str, trigger: &Trigger, facts: &Facts) -> (Vec<String>, Vec<String>, Vec<String>) {
    let outcome = Ruleset::new(&rules(text)).run(On::Message, trigger, facts, &Wall);
    (
        outcome
            .acts
            .iter()
            .map(|act| format!("{}: {}", act.rule, act.action.words()))
            .collect(),
        outcome
            .conflicts
            .iter()
            .map(|c| format!("{} over {}: {}", c.kept, c.dropped, c.action.words()))
            .collect(),
        outcome.guarded,
    )
}

#[test]
fn rules_run_in_order_and_each_thing_is_set_once() {
    let check = |text: &str, done: &[&str], conflicts: &[&str]| {
        let (acts, found, _) = acts(text, &Trigger::default(), &facts());
        assert_eq!(
            (acts, found),
            (
                done.iter().map(ToString::to_string).collect(),
                conflicts.iter().map(ToString::to_string).collect()
            )
        );
    };
    check("", &[], &[]);
    check(
        "[rules.b]\non = 'message'\ndo = [{ tag = 'x' }]\n[rules.a]\non = ['verdict', 'message']\ndo = [{ priority = 5 }, { note = 'see' }]",
        &["a: +5 to its priority", "a: note: see", "b: tag it x"],
        &[],
    );
    check(
        "[rules.a]\non = 'message'\ndo = [{ queue = 'pr' }]\n[rules.b]\non = 'message'\npriority = 9\ndo = [{ queue = 'billing' }, { tag = 'y' }]",
        &["b: put it into the queue billing", "b: tag it y"],
        &["b over a: put it into the queue pr"],
    );
    check(
        "[rules.a]\non = 'message'\ndo = [{ queue = 'pr' }]\n[rules.b]\non = 'message'\ndo = [{ queue = 'pr' }]",
        &["a: put it into the queue pr"],
        &[],
    );
    check(
        "[rules.a]\non = 'message'\nstop = true\ndo = ['close-as-noise']\n[rules.b]\non = 'message'\ndo = [{ snooze = '2h' }]",
        &["a: close it as noise"],
        &[],
    );
    check(
        "[rules.a]\non = 'message'\noff = true\ndo = [{ tag = 'x' }]\n[rules.b]\non = 'clock-breach'\ndo = [{ tag = 'x' }]",
        &[],
        &[],
    );
    check(
        "[rules.a]\non = 'message'\nwhen = { network = 'mail' }\ndo = [{ tag = 'x' }]\n[rules.b]\non = 'message'\nwhen = { label = 'complaint' }\ndo = [{ assign = { skill = 'german' } }, { escalate = 'pr' }, { draft = 'sorry' }, { notify = 'lead' }]",
        &[
            "b: give it to somebody with german at level 1 or more",
            "b: escalate it to pr",
            "b: lay out the canned reply sorry as a draft",
            "b: tell lead",
        ],
        &[],
    );
}

#[test]
fn a_rule_does_not_run_on_what_it_led_to_and_a_chain_has_an_end() {
    let text = "[rules.a]\non = 'message'\ndo = [{ tag = 'x' }]\n[rules.b]\non = 'message'\ndo = [{ tag = 'y' }]";
    let check = |chain: &[&str], done: &[&str], held_back: &[&str]| {
        let trigger = Trigger {
            chain: chain.iter().map(ToString::to_string).collect(),
            ..Trigger::default()
        };
        let (acts, _, guarded) = acts(text, &trigger, &facts());
        assert_eq!(
            (acts, guarded),
            (
                done.iter().map(ToString::to_string).collect(),
                held_back.iter().map(ToString::to_string).collect()
            )
        );
    };
    check(&[], &["a: tag it x", "b: tag it y"], &[]);
    check(&["a"], &["b: tag it y"], &["a"]);
    check(&["a", "b"], &[], &["a", "b"]);
    check(&["c"; CHAIN - 1], &["a: tag it x", "b: tag it y"], &[]);
    check(&["c"; CHAIN], &[], &["a", "b"]);
}

#[test]
fn time_alone_runs_a_rule_once_and_again_after_it_ceased_to_hold() {
    let text = "[rules.late]\non = 'time-passed'\nwhen = { waited = { at-least = '4h' } }\ndo = [{ priority = 5 }]\n[rules.open]\non = 'time-passed'\nwhen = { within = 'weekdays', waited = { at-least = '1h' } }\ndo = [{ tag = 'x' }]";
    let rules = Ruleset::new(&rules(text));
    let mut holding = BTreeSet::new();
    let mut log = Vec::new();
    let mut now = facts();
    // The host does as it is told: it sleeps until `wake_at`.
    for _ in 0..6 {
        let Some(at) = rules.wake_at(&holding, &now, &Wall) else {
            break;
        };
        assert!(at >= now.now);
        now = now.at(at);
        let outcome = rules.run(
            On::TimePassed,
            &Trigger {
                holding,
                ..Trigger::default()
            },
            &now,
            &Wall,
        );
        log.extend(outcome.acts.iter().map(|act| ((at - NOON) / HOUR, act.rule.clone())));
        holding = outcome.holding;
    }
    // Noon on a Monday, three hours after Ana wrote; open until 17:00, and from 09:00 of Tuesday.
    let expected = [(0, "open"), (1, "late"), (21, "open"), (45, "open")];
    assert_eq!(log, expected.map(|(hour, rule)| (hour, rule.to_owned())));
    // Somebody answers: nothing waits for a time, but for the calendar.
    let answered = Facts {
        waiting_since: None,
        ..now.clone()
    };
    let outcome = rules.run(
        On::TimePassed,
        &Trigger {
            holding,
            ..Trigger::default()
        },
        &answered,
        &NoTimes,
    );
    assert!(outcome.acts.is_empty() && outcome.holding.is_empty());
    assert_eq!(rules.wake_at(&outcome.holding, &answered, &NoTimes), None);
}

#[test]
fn conditions_are_held_against_each_other_where_that_can_be_proved() {
    let check = |one: &str, other: &str, expected: Relation| {
        let (one, other) = (condition(one), condition(other));
        assert_eq!(
            (relation(&one, &other), relation(&other, &one)),
            (expected, expected),
            "{one:?} {other:?}"
        );
    };
    check("{}", "{}", Relation::Together);
    check(
        "{ network = ['mail', 'matrix'] }",
        "{ network = ['matrix', 'sms'] }",
        Relation::Together,
    );
    check("{ network = 'mail' }", "{ network = 'matrix' }", Relation::Apart);
    check(
        "{ network = 'mail' }",
        "{ not = { network = 'mail' } }",
        Relation::Apart,
    );
    check(
        "{ network = ['mail', 'sms'] }",
        "{ not = { network = 'mail' } }",
        Relation::Together,
    );
    check("{ tag = 'a' }", "{ tag = 'b' }", Relation::Together);
    check("{ label = 'a' }", "{ text = 'b' }", Relation::Together);
    check(
        "{ reach = { at-least = 10 } }",
        "{ reach = { below = 10 } }",
        Relation::Apart,
    );
    check(
        "{ reach = { at-least = 10 } }",
        "{ reach = { below = 11 } }",
        Relation::Together,
    );
    check(
        "{ waited = { at-least = '2h' } }",
        "{ waited = { below = '1h' } }",
        Relation::Apart,
    );
    check("{ network = 'mastodon' }", "{ kind = 'mail' }", Relation::Unknown);
    check(
        "{ waited = { at-least = '2h' } }",
        "{ age = { below = '1h' } }",
        Relation::Unknown,
    );
    check("{ within = 'weekdays' }", "{}", Relation::Unknown);
    check(
        "{ any = [{ network = 'mail' }] }",
        "{ network = 'matrix' }",
        Relation::Unknown,
    );
}

#[test]
fn two_rules_that_set_the_same_thing_are_found_before_they_meet() {
    let two = |first: &str, second: &str| {
        let found = overlaps(&rules(&format!(
            "[rules.a]\non = 'message'\n{first}\n[rules.b]\non = 'message'\n{second}"
        )));
        found
            .iter()
            .map(|o| format!("{} {} {} {}", o.slot.as_str(), o.first, o.second, o.undecided))
            .collect::<Vec<_>>()
    };
    let queue = |queue: &str, more: &str| format!("do = [{{ queue = '{queue}' }}]\n{more}");
    assert_eq!(two(&queue("x", ""), &queue("y", "")), ["queue a b true"]);
    assert_eq!(two(&queue("x", ""), &queue("y", "priority = 1")), ["queue b a false"]);
    assert_eq!(two(&queue("x", "stop = true"), &queue("y", "")), [""; 0]);
    assert_eq!(two(&queue("x", ""), &queue("x", "")), [""; 0]);
    assert_eq!(
        two(
            &queue("x", "when = { kind = 'mail' }"),
            &queue("y", "when = { kind = 'sms' }")
        ),
        [""; 0]
    );
    assert_eq!(two(&queue("x", ""), "do = [{ tag = 'y' }]"), [""; 0]);
}

#[test]
fn what_is_wrong_with_a_rule_is_named_with_its_repair() {
    let check = |rule: &str, said: &str| {
        let text = format!("[rules.a]\n{rule}");
        let wrong = read(&[Text {
            name: "rules.toml",
            text: &text,
        }])
        .err()
        .unwrap_or_default();
        assert_eq!(
            wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
            said
        );
    };
    check("on = 'message'\ndo = [{ tag = 'x' }]", "");
    check(
        "on = []\ndo = [{ tag = 'x' }]",
        "rules.toml:2: rules.a.on: no event is named: the rule never looks: write on = \"message\".",
    );
    check(
        "on = 'message'\ndo = []",
        "rules.toml:3: rules.a.do: the rule does nothing: write do = [{ tag = \"...\" }], or take the rule out.",
    );
    check(
        "on = 'time-passed'\nwhen = { kind = 'mail' }\ndo = [{ tag = 'x' }]",
        "rules.toml:3: rules.a.when: no passing of time makes this condition hold: add waited, silent, age, within, hours or days to it, or take time-passed out of `on`.",
    );
    check(
        "on = 'message'\ndo = [\n{ queue = 'x' },\n{ queue = 'y' },\n]",
        "rules.toml:5: rules.a.do[1]: do[0] of the same rule sets the queue already: take one of the two out.",
    );
    check(
        "on = 'message'\ndo = [{ tag = '' }]",
        "rules.toml:3: rules.a.do[0].tag: nothing is there: write a text, or take the action out.",
    );
    check(
        "on = 'message'\ndo = [{ priority = 0 }]",
        "rules.toml:3: rules.a.do[0].priority: 0 points say nothing: write -1000 to 1000, and not 0.",
    );
    check(
        "on = 'message'\ndo = [{ snooze = '0s' }]",
        "rules.toml:3: rules.a.do[0].snooze: no time is put away: write a length such as 2h.",
    );
}

#[test]
fn a_dry_run_counts_what_would_be_touched_and_shows_the_first() {
    let rules = Ruleset::new(&rules(
        "[rules.a]\non = 'message'\nwhen = { priority = { at-least = 90 } }\ndo = [{ tag = 'x' }, { note = 'y' }]\n[rules.b]\non = 'message'\nwhen = { priority = { at-least = 95 } }\ndo = [{ tag = 'z' }]",
    ));
    let traffic = (0..100).map(|n| (n, Facts { priority: n, ..facts() }));
    let touched = dry_run(&rules, On::Message, traffic, &Wall, 2);
    assert_eq!((touched.seen, touched.count, touched.conflicts), (100, 10, 0));
    assert_eq!(touched.rules, [("a".to_owned(), 10), ("b".to_owned(), 5)].into());
    let shown: Vec<_> = touched
        .examples
        .iter()
        .map(|example| (example.of, example.acts.len()))
        .collect();
    assert_eq!(shown, [(90, 2), (91, 2)]);
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let action = prop_oneof![
        Just(Action::Tag("x".to_owned())),
        Just(Action::Queue("billing".to_owned())),
        Just(Action::Queue("returns".to_owned())),
        Just(Action::CloseAsNoise),
        (1..9_i64).prop_map(Action::Priority),
    ];
    let on = proptest::collection::vec(proptest::sample::select(On::ALL), 1..3);
    let acts = proptest::collection::vec(action, 1..3);
    (
        on,
        any_condition(),
        acts,
        -2..3_i64,
        proptest::bool::weighted(0.1),
        proptest::bool::weighted(0.1),
    )
        .prop_map(|(on, when, acts, priority, stop, off)| Rule {
            on,
            when,
            acts,
            priority,
            stop,
            off,
            why: String::new(),
        })
}

fn any_rules() -> impl Strategy<Value = BTreeMap<String, Rule>> {
    let named = |rules: Vec<Rule>| {
        rules
            .into_iter()
            .enumerate()
            .map(|(n, rule)| (format!("r{n}"), rule))
            .collect()
    };
    proptest::collection::vec(any_rule(), 0..30).prop_map(named)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_finds_what_asking_every_rule_finds(
        rules in any_rules(),
        events in proptest::collection::vec((proptest::sample::select(On::ALL), any_facts()), 1..12),
        chain in proptest::collection::vec((0..30_u8).prop_map(|n| format!("r{n}")), 0..3),
    ) {
        let rules = Ruleset::new(&rules);
        for (on, facts) in events {
            let trigger = Trigger { chain: chain.clone(), holding: chain.iter().cloned().collect() };
            let plain = rules.run_plainly(on, &trigger, &facts, &Wall);
            prop_assert_eq!(&rules.run(on, &trigger, &facts, &Wall), &plain);
            // Each thing is set once.
            let mut slots: Vec<_> = plain.acts.iter().filter_map(|act| act.action.slot()).collect();
            let all = slots.len();
            slots.sort();
            slots.dedup();
            prop_assert_eq!(slots.len(), all);
        }
    }

    #[test]
    fn rules_are_read_as_they_were_written(rules in any_rules()) {
        let house = House { rules, ..House::default() };
        prop_assert_eq!(&toml::from_str::<House>(&house.normal()).unwrap(), &house);
    }

    #[test]
    fn what_is_proved_apart_never_meets(one in any_condition(), other in any_condition(), facts in any_facts()) {
        if relation(&one, &other) == Relation::Apart {
            prop_assert!(!(one.holds(&facts, &Wall) && other.holds(&facts, &Wall)));
        }
    }

    #[test]
    fn nothing_that_time_does_happens_before_wake_at(rules in any_rules(), facts in any_facts(), part in 0..1000_i64) {
        let rules = Ruleset::new(&rules);
        let first = rules.run(On::TimePassed, &Trigger::default(), &facts, &Wall);
        let trigger = Trigger { holding: first.holding, ..Trigger::default() };
        let until = rules.wake_at(&trigger.holding, &facts, &Wall).unwrap_or(facts.now + 1000 * HOUR);
        prop_assert!(until > facts.now);
        let between = facts.at(facts.now + (until - 1 - facts.now) * part / 1000);
        let outcome = rules.run(On::TimePassed, &trigger, &between, &Wall);
        prop_assert!(outcome.acts.is_empty(), "{:?}", outcome.acts);
        prop_assert_eq!(outcome.holding, trigger.holding);
    }
}
