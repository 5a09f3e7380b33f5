//! Clocks: when they begin, stand still and end, that no bell is missed, and that a new policy rewrites nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod stage;

use jackfield_desk::Conversation;
use jackfield_desk::clocks::{
    Bell, Book, Clock, Edition, End, History, Kind, Language, Ring, Target, What, Why, choose, due, next_wake, promise,
    ringing, say,
};
use jackfield_desk::condition::{Around, Facts};
use jackfield_desk::policy::House;
use jackfield_protocol::{Command as Wish, Millis};
use proptest::prelude::*;
use stage::{Desk, ingest, reply, said, wish};

const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;

const CALENDARS: &str = r#""calendars": { "office": { "zone": "Europe/Berlin", "week": { "mon-fri": ["09:00-17:00"] } },
    "nights": { "zone": "America/New_York", "week": { "mon-sun": ["20:00-04:00"] }, "holidays": ["03-09"] } }"#;

fn edition(targets: &str) -> Edition {
    let house: House = serde_json::from_str(&format!("{{ {CALENDARS}, \"targets\": {targets} }}")).unwrap();
    let mut faults = house.check();
    let calendars = house.read_calendars(&mut faults);
    assert!(faults.is_empty(), "{faults:?}");
    Edition {
        targets: house.targets,
        calendars,
    }
}

const FIRST: &str = r#"[
    { "name": "first", "clock": "first-response", "within": "2h", "hours": "office", "warn": "30min" },
    { "name": "next", "clock": "next-response", "within": "4h", "hours": "nights", "warn": "1h", "pause": ["snoozed"] },
    { "name": "heard", "clock": "acknowledge", "within": "10min" },
    { "name": "answer", "clock": "answer", "within": "6h", "hours": "office", "pause": ["waiting-for-others"] },
    { "name": "done", "clock": "resolve", "within": "20h", "hours": "office", "warn": "2h",
      "pause": ["waiting-for-person", "waiting-for-others", "snoozed"] } ]"#;
const SECOND: &str = r#"[
    { "name": "first", "clock": "first-response", "within": "1h" },
    { "name": "next", "clock": "next-response", "within": "30min", "warn": "10min" },
    { "name": "done", "clock": "resolve", "within": "5h", "hours": "nights" } ]"#;

fn book() -> Book {
    [(1, edition(FIRST)), (2, edition(SECOND))].into()
}

fn chosen(history: &mut History, now: Millis, version: u64) {
    let facts = Facts::of(&Conversation::new(), &Around::default(), now);
    for one in choose(history, version, &book()[&version], &facts) {
        history.push(now, What::Chosen(one));
    }
}

/// These steps under the first policy.
fn clocks(steps: &[(Millis, What)]) -> Vec<Clock> {
    let mut history = History::default();
    for (at, what) in steps {
        history.push(*at, what.clone());
        chosen(&mut history, *at, 1);
    }
    due(&history, &book()).unwrap()
}

fn one(clocks: &[Clock], kind: Kind, round: u32) -> Clock {
    let found = clocks.iter().find(|clock| clock.kind == kind && clock.round == round);
    found
        .unwrap_or_else(|| panic!("{kind:?} {round} of {clocks:?}"))
        .clone()
}

fn asked(id: &str) -> What {
    What::Asked(id.into())
}

const ANSWER: What = What::Replied {
    human: true,
    answers: true,
};
const CONFIRM: What = What::Replied {
    human: true,
    answers: false,
};
const AUTOMATIC: What = What::Replied {
    human: false,
    answers: false,
};

/// Monday 15 June 2026, 9:00 in Berlin.
const MON: Millis = 1_781_506_800_000;

#[test]
fn acknowledged_and_answered_are_two_clocks_and_a_program_answers_nobody() {
    let all = clocks(&[
        (MON, asked("1")),
        (MON + MINUTE, AUTOMATIC),
        (MON + HOUR, CONFIRM),
        (MON + 3 * HOUR, ANSWER),
    ]);
    assert_eq!(one(&all, Kind::Acknowledge, 0).ended, Some((End::Met, MON + MINUTE)));
    assert_eq!(one(&all, Kind::FirstResponse, 0).ended, Some((End::Met, MON + HOUR)));
    assert_eq!(one(&all, Kind::Answer, 0).ended, Some((End::Met, MON + 3 * HOUR)));
    assert_eq!(one(&all, Kind::Resolve, 0).ended, None);
}

#[test]
fn the_next_response_begins_with_the_first_message_that_nobody_answered() {
    let all = clocks(&[
        (MON, asked("1")),
        (MON + 10, ANSWER),
        (MON + HOUR, asked("2")),
        (MON + 2 * HOUR, asked("3")),
    ]);
    assert_eq!(one(&all, Kind::NextResponse, 0).started, MON + HOUR);
    // A reply that the network dates before the newest message leaves that one waiting.
    let all = clocks(&[(MON, asked("1")), (MON + HOUR, asked("2")), (MON + HOUR - 1, ANSWER)]);
    assert_eq!(
        one(&all, Kind::FirstResponse, 0).ended,
        Some((End::Met, MON + HOUR - 1))
    );
    assert_eq!(one(&all, Kind::NextResponse, 0).started, MON + HOUR);
}

#[test]
fn what_the_person_took_away_waits_for_nobody_and_resolved_without_a_word_is_not_an_answer() {
    let all = clocks(&[(MON, asked("1")), (MON + HOUR, What::Withdrawn("1".into()))]);
    assert_eq!(
        one(&all, Kind::FirstResponse, 0).ended,
        Some((End::Withdrawn, MON + HOUR))
    );
    let steps = [(MON, asked("1")), (MON + HOUR, What::Resolved)];
    let all = clocks(&steps);
    assert_eq!(
        one(&all, Kind::FirstResponse, 0).ended,
        Some((End::Settled, MON + HOUR))
    );
    assert_eq!(one(&all, Kind::Resolve, 0).ended, Some((End::Met, MON + HOUR)));
    // Whoever takes "resolved" back has not won any time by it.
    let all = clocks(&[steps[0].clone(), steps[1].clone(), (MON + 5 * HOUR, What::TakenBack)]);
    let first = one(&all, Kind::FirstResponse, 0);
    assert_eq!((first.ended, first.due), (None, Some(MON + 2 * HOUR)));
    assert!(first.missed(MON + 5 * HOUR) && first.bells.len() == 2);
}

#[test]
fn a_clock_stands_still_while_it_waits_for_the_person_and_goes_on_after_it() {
    let steps = [(MON, asked("1")), (MON + HOUR, ANSWER)];
    let all = clocks(&steps);
    let done = one(&all, Kind::Resolve, 0);
    assert_eq!(
        (done.due, done.paused),
        (None, Some((MON + HOUR, Why::WaitingForPerson)))
    );
    // The person writes on Tuesday at 9:00: 19 of 20 hours are left, two days and three hours.
    let all = clocks(&[steps[0].clone(), steps[1].clone(), (MON + DAY, asked("2"))]);
    assert_eq!(one(&all, Kind::Resolve, 0).due, Some(MON + 3 * DAY + 3 * HOUR));
    // Snoozed: it is known when that ends, so it is known when it is due. A miss before it stays one.
    let snoozed = |at: Millis| {
        let until = What::Snoozed(at + DAY);
        one(&clocks(&[(MON, asked("1")), (at, until)]), Kind::Resolve, 0).due
    };
    assert_eq!(snoozed(MON + HOUR), Some(MON + 3 * DAY + 4 * HOUR));
    assert_eq!(snoozed(MON + 7 * DAY), Some(MON + 2 * DAY + 4 * HOUR));
}

#[test]
fn the_log_of_the_desk_is_read_by_the_times_of_the_network_and_never_by_the_future() {
    let mut desk = Desk {
        now: MON,
        ..Desk::default()
    };
    desk.must(ingest(vec![said("1", MON + 7 * HOUR, "hello")]));
    let fast = History::of(&desk.log);
    assert_eq!(
        fast.0,
        History(vec![jackfield_desk::clocks::Step {
            at: MON + 1,
            what: asked("1")
        }])
        .0
    );
    desk.now = MON + HOUR;
    desk.must(reply("mia", "r1", "good day"));
    desk.must(jackfield_desk::Command::Sending { reply: "r1".into() });
    let accepted = MON - 5 * MINUTE; // a server whose clock is slow
    desk.must(jackfield_desk::Command::Sent {
        reply: "r1".into(),
        remote_id: "x".into(),
        url: None,
        at: accepted,
    });
    desk.must(wish("mia", "done", Wish::Resolve));
    let mut history = History::default();
    for step in History::of(&desk.log).0 {
        history.push(step.at, step.what);
        chosen(&mut history, step.at, 1);
    }
    let all = due(&history, &book()).unwrap();
    assert_eq!(
        one(&all, Kind::FirstResponse, 0).ended,
        Some((End::Met, MON + 1)),
        "not before the message"
    );
    assert!(matches!(one(&all, Kind::Resolve, 0).ended, Some((End::Met, _))));
}

#[test]
fn what_cannot_be_meant_is_named() {
    let house: House = serde_json::from_str(&format!(
        r#"{{ {CALENDARS}, "targets": [
            {{ "name": "a", "clock": "answer", "within": "1h", "warn": "1h" }},
            {{ "name": "a", "clock": "answer", "within": "0s", "hours": "ofice" }} ] }}"#
    ))
    .unwrap();
    let said: Vec<String> = house.check().iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "targets[0].warn: the warning would come before the clock has begun: write a span that is shorter than within.",
            r#"targets[1].name: there are two targets "a": give each a name of its own."#,
            r#"targets[1].hours: there is no calendar "ofice": write "office"."#,
            "targets[1].within: no time at all cannot be kept: write a span such as 2h.",
            r#"targets[1].when: "a" above takes everything that this would: move this one above it, or take one of them away."#,
        ]
    );
}

#[test]
fn a_clock_is_said_in_words() {
    let at = |steps: &[(Millis, What)], now: Millis, language| {
        say(
            &one(&clocks(steps), Kind::FirstResponse, 0),
            now,
            language,
            book()[&1].calendars.get("office"),
        )
    };
    let asks = [(MON, asked("1"))];
    assert_eq!(at(&asks, MON + 95 * MINUTE, Language::En), "due in 25 min");
    assert_eq!(at(&asks, MON + 4 * HOUR, Language::En), "overdue by 2 h");
    assert_eq!(
        at(&asks, MON + 4 * HOUR + 5 * MINUTE, Language::De),
        "seit 2 Std. 5 Min. überfällig"
    );
    let all = clocks(&[(MON, asked("1")), (MON + DAY, ANSWER)]);
    let done = one(&all, Kind::Resolve, 0);
    let office = book();
    let office = office[&1].calendars.get("office");
    assert_eq!(
        say(&done, MON + 3 * DAY, Language::En, office),
        "waits for the customer since Tuesday"
    );
    for language in Language::ALL {
        let now = MON + 3 * DAY;
        for clock in &all {
            assert!(!say(clock, now, language, office).contains("{}"), "{language:?}");
        }
    }
}

#[derive(Debug, Clone)]
struct Turn {
    after: Millis,
    /// How much earlier than we learn of it the network dates it.
    lag: Millis,
    what: What,
}

fn turn(slow: bool) -> impl Strategy<Value = Turn> {
    let what = prop_oneof![
        5 => (0..9_u8).prop_map(|id| asked(&format!("m{id}"))),
        1 => (0..9_u8).prop_map(|id| What::Withdrawn(format!("m{id}").into())),
        3 => Just(ANSWER),
        1 => Just(CONFIRM),
        1 => Just(AUTOMATIC),
        1 => Just(What::Waits(Why::WaitingForOthers)),
        1 => (1..30 * HOUR).prop_map(What::Snoozed), // a length here; the instant is made of it below
        1 => Just(What::Resumed),
        1 => Just(What::Resolved),
        1 => Just(What::TakenBack),
    ];
    let after = prop_oneof![0..20 * MINUTE, 0..5 * HOUR, 0..40 * HOUR];
    let lag = if slow { (0..3 * HOUR).boxed() } else { Just(0).boxed() };
    (after, lag, what).prop_map(|(after, lag, what)| Turn { after, lag, what })
}

/// Goes through a history in virtual time, as an engine does that sleeps until the next wake. Each ring, with the
/// instant at which it rang and the last one at which something was learned.
fn live(turns: &[Turn], start: Millis, new_policy: usize) -> (History, Vec<(Ring, Millis, Millis)>) {
    let book = book();
    let (mut history, mut rung, mut now) = (History::default(), Vec::new(), start);
    let mut learned = start;
    for index in 0..=turns.len() {
        let next = turns.get(index);
        let until = now + next.map_or(90 * DAY, |turn| turn.after);
        loop {
            let clocks = due(&history, &book).unwrap();
            let Some(wake) = next_wake(&clocks).filter(|wake| *wake <= until) else {
                break;
            };
            now = now.max(wake);
            let bells = ringing(&clocks, now);
            assert!(!bells.is_empty(), "whoever is woken has something to do");
            for bell in bells {
                rung.push((bell, now, learned));
                history.push(now, What::Rang(bell));
            }
        }
        now = until;
        if let Some(turn) = next {
            learned = now;
            let (at, what) = match &turn.what {
                What::Snoozed(length) => (now, What::Snoozed(now + length)),
                what @ (What::Asked(_) | What::Replied { .. } | What::Withdrawn(_)) => (now - turn.lag, what.clone()),
                what => (now, what.clone()),
            };
            history.push(at, what);
            chosen(&mut history, now, if index < new_policy { 1 } else { 2 });
        }
    }
    (history, rung)
}

/// Weeks in which the clocks change, in Berlin and New York, and some in which they do not.
fn starts() -> impl Strategy<Value = Millis> {
    let day = prop_oneof![
        Just(1_772_900_000_000),
        Just(1_774_650_000_000),
        Just(1_792_790_000_000),
        Just(1_793_400_000_000),
        Just(MON)
    ];
    (day, -2 * DAY..DAY).prop_map(|(day, off)| day + off)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_bell_rings_at_its_instant_and_no_miss_goes_unheard(
        turns in proptest::collection::vec(turn(false), 1..25), start in starts(), new in 0..25_usize,
    ) {
        let (history, rung) = live(&turns, start, new);
        for (ring, at, learned) in &rung {
            prop_assert!(ring.at == *at || (ring.at < *learned && at == learned), "{:?} rang at {}", ring, at);
        }
        for clock in due(&history, &book()).unwrap() {
            prop_assert!(clock.due.is_none_or(|due| due >= clock.started), "{:?}", clock);
            prop_assert!(clock.warn.is_none_or(|warn| warn >= clock.started && clock.due.is_none_or(|due| warn < due)));
            prop_assert!(clock.ended.is_none_or(|(_, at)| at >= clock.started));
            prop_assert!(clock.bells.is_empty(), "three months later nothing is left to ring: {:?}", clock);
            if clock.missed(start + 1_000 * DAY) {
                let heard = rung.iter().any(|(ring, _, _)| {
                    (ring.kind, ring.round, ring.bell) == (clock.kind, clock.round, Bell::Due) && Some(ring.at) >= clock.due
                });
                prop_assert!(heard, "{:?} was missed and nobody heard of it", clock);
            }
        }
    }

    #[test]
    fn what_we_learn_late_rings_at_once(
        turns in proptest::collection::vec(turn(true), 1..25), start in starts(), new in 0..25_usize,
    ) {
        let (history, rung) = live(&turns, start, new);
        for (ring, at, learned) in &rung {
            prop_assert!(*at == ring.at.max(*learned) || *at == ring.at, "{:?} rang at {}, learned {}", ring, at, learned);
        }
        for clock in due(&history, &book()).unwrap() {
            prop_assert!(clock.bells.is_empty() && clock.due.is_none_or(|due| due >= clock.started));
        }
    }

    #[test]
    fn a_new_policy_rewrites_nothing(
        turns in proptest::collection::vec(turn(false), 1..20), start in starts(), new in 0..20_usize,
    ) {
        let old = live(&turns, start, turns.len()).0;
        let both = live(&turns, start, new).0;
        let (old, both) = (due(&old, &book()).unwrap(), due(&both, &book()).unwrap());
        for clock in both.iter().filter(|clock| clock.version == 1) {
            let before = one(&old, clock.kind, clock.round);
            prop_assert_eq!((&before.target, before.started, before.due, before.warn, before.ended),
                (&clock.target, clock.started, clock.due, clock.warn, clock.ended));
        }
    }

    /// The numbers of the sentence are those of the policy, in every language, and a message at the worst moment, the
    /// instant at which it shuts, is answered in time until so long after it opens again.
    #[test]
    fn the_promise_that_is_shown_is_the_rule_that_is_enforced(
        minutes in 1..600_i64, from in 0..12_i64, length in 1..10_i64, quarter in 0..4_i64, last in 0..7_usize, at in starts(),
    ) {
        let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let days = if last == 0 { "mon".to_owned() } else { format!("mon-{}", names[last]) };
        let (opens, shuts) = (from * 60 + quarter * 15, (from + length) * 60 + quarter * 15);
        let show = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        let json = format!(
            r#"{{ "calendars": {{ "c": {{ "zone": "Europe/Berlin", "week": {{ "{days}": ["{}-{}"] }} }} }},
                 "targets": [ {{ "name": "t", "clock": "first-response", "within": "{minutes}min", "hours": "c" }} ] }}"#,
            show(opens), show(shuts));
        let house: House = serde_json::from_str(&json).unwrap();
        let calendars = house.read_calendars(&mut house.check());
        let edition = Edition { targets: house.targets, calendars };
        let calendar = edition.calendars.get("c").unwrap();
        let target: &Target = &edition.targets.0[0];
        let whole = [minutes / 60, minutes % 60].into_iter().filter(|n| *n > 0);
        let expected: Vec<i64> = whole.chain([opens / 60, opens % 60, shuts / 60, shuts % 60]).collect();
        for language in Language::ALL {
            let sentence = promise(target, &edition, language).unwrap();
            let numbers: Vec<i64> = sentence.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
            prop_assert_eq!(&numbers, &expected, "{}", sentence);
        }
        // What the sentence says, kept by hand: so many minutes of opening after the message.
        let open = calendar.open_at(at);
        let shut = if open { calendar.next_change(at).unwrap() } else { at };
        let mut history = History::default();
        history.push(shut, asked("1"));
        let facts = Facts::of(&Conversation::new(), &Around::default(), shut);
        for one in choose(&history, 7, &edition, &facts) {
            history.push(shut, What::Chosen(one));
        }
        let (mut left, mut moment) = (minutes, calendar.next_change(shut).unwrap());
        let mut wall = calendar.wall(moment);
        while left > 0 {
            // An hour that comes again has been there.
            wall = wall.max(calendar.wall(moment));
            let minute = wall.time / MINUTE;
            left -= i64::from(wall.weekday <= last && (opens..shuts).contains(&minute));
            moment += MINUTE;
        }
        let book: Book = [(7, edition.clone())].into();
        prop_assert_eq!(due(&history, &book).unwrap()[0].due, Some(moment));
    }
}

#[test]
fn the_promise_reads_as_people_write_there() {
    let edition = edition(
        r#"[ { "name": "a", "clock": "answer", "within": "2h", "hours": "office" }, { "name": "b", "clock": "acknowledge", "within": "1min" } ]"#,
    );
    let said =
        |index: usize| Language::ALL.map(|language| promise(&edition.targets.0[index], &edition, language).unwrap());
    assert_eq!(
        said(0),
        [
            "We answer within 2 hours on weekdays from 9:00 to 17:00.",
            "Wir antworten innerhalb von 2 Stunden montags bis freitags von 9:00 Uhr bis 17:00 Uhr.",
            "Nous répondons en 2 heures du lundi au vendredi de 9 h 00 à 17 h 00.",
            "Respondemos en 2 horas de lunes a viernes de 9:00 a 17:00.",
            "Rispondiamo entro 2 ore dal lunedì al venerdì dalle 9:00 alle 17:00.",
            "Wij antwoorden binnen 2 uur op werkdagen van 9.00 uur tot 17.00 uur.",
        ]
    );
    assert_eq!(said(1)[0], "We confirm what you write within 1 minute, day and night.");
}
