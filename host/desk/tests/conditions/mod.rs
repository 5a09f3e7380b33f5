//! What the tests of conditions and rules share: a complaint, a wall with a clock, and conditions at random.
#![allow(dead_code)] // each test takes what it needs

use jackfield_desk::condition::{
    Bounds, Condition, Count, Facts, Field, Folded, Kind, Local, Passed, Phrase, Stage, Times, Told, Triage, Weekday,
};
use jackfield_desk::policy::Span;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

pub(crate) const HOUR: i64 = 3_600_000;
/// A Monday at noon.
pub(crate) const NOON: i64 = 4 * 24 * HOUR + 12 * HOUR;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) when: Condition,
}

pub(crate) fn condition(text: &str) -> Condition {
    toml::from_str::<File>(&format!("when = {text}")).unwrap().when
}

/// A complaint of Ana's in public, three hours old, in no one's hands.
pub(crate) fn facts() -> Facts {
    Facts {
        now: NOON,
        brand: "northwind".to_owned(),
        network: "mastodon".to_owned(),
        kind: Kind::Social,
        visibility: Some("public".to_owned()),
        language: Some("en-gb".to_owned()),
        author: Some("ana@example.org".to_owned()),
        audience: ["customer".to_owned()].into(),
        triage: Triage::Judged,
        told: vec![Told {
            label: "complaint".to_owned(),
            margin: 0.4,
            by: "keywords".to_owned(),
        }],
        text: Folded::of("Where is my refund?"),
        reach: Some(1200),
        replies: 0,
        priority: 3,
        stage: Stage::Waiting,
        owner: None,
        queue: Some("billing".to_owned()),
        tier: Some("agent".to_owned()),
        tags: ["launch".to_owned()].into(),
        waiting_since: Some(NOON - 3 * HOUR),
        last_at: Some(NOON - HOUR),
        first_at: Some(NOON - 3 * HOUR),
    }
}

/// One calendar, `weekdays`: 09:00 to 17:00 from Monday to Friday, where the wall shows UTC.
pub(crate) struct Wall;

impl Times for Wall {
    fn open(&self, calendar: &str, at: i64) -> Option<bool> {
        let local = self.local(calendar, at)?;
        let weekend = matches!(local.day, Weekday::Sat | Weekday::Sun);
        Some(!weekend && (9 * 60..17 * 60).contains(&local.minute))
    }

    fn next_change(&self, calendar: &str, at: i64) -> Option<i64> {
        let now = self.open(calendar, at)?;
        let hours = (1..200).map(|hour| (at.div_euclid(HOUR) + hour) * HOUR);
        hours.into_iter().find(|hour| self.open(calendar, *hour) != Some(now))
    }

    fn local(&self, calendar: &str, at: i64) -> Option<Local> {
        (calendar == "weekdays").then(|| {
            // 1970 began on a Thursday.
            let day = usize::try_from((at.div_euclid(24 * HOUR) + 3).rem_euclid(7)).unwrap();
            Local {
                day: Weekday::ALL[day],
                minute: u16::try_from(at.rem_euclid(24 * HOUR) / 60_000).unwrap(),
                into: at.rem_euclid(60_000),
            }
        })
    }

    fn next_shift(&self, _: &str, _: i64) -> Option<i64> {
        None
    }

    fn after(&self, _: &str, _: i64, _: i64) -> Option<i64> {
        None // no condition asks for it
    }
}

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    proptest::sample::select(words).prop_map(str::to_owned)
}

const LABELS: &[&str] = &["complaint", "question", "praise"];
const WORDS: &[&str] = &["refund", "money back", "Où", "払い戻し", "late"];
const TAGS: &[&str] = &["launch", "vip", "outage"];

/// Values that a field may have, so that conditions and facts meet.
fn values(field: Field) -> &'static [&'static str] {
    match field {
        Field::Brand => &["northwind", "contoso"],
        Field::Network => &["mastodon", "matrix", "mail", "discourse"],
        Field::Kind => &["social", "chat", "mail", "forum"],
        Field::Visibility => &["public", "direct", "other"],
        Field::Language => &["en", "en-GB", "de"],
        Field::Author => &["ana@example.org", "@Bea", "carl"],
        Field::Audience => &["customer", "journalist"],
        Field::Triage => &["unread", "judged", "abstained"],
        Field::Stage => &["new", "waiting", "assigned", "resolved"],
        Field::Owner => &["mia", "bea"],
        Field::Queue => &["billing", "returns"],
        Field::Tier => &["agent", "specialist"],
        Field::Tag => TAGS,
    }
}

fn bounds<T: Copy + std::fmt::Debug + PartialOrd + 'static>(
    value: impl Strategy<Value = T> + Clone + 'static,
) -> impl Strategy<Value = Bounds<T>> {
    (proptest::option::of(value.clone()), value).prop_map(|(at_least, other)| match at_least {
        Some(least) if least < other => Bounds {
            at_least,
            below: Some(other),
        },
        Some(_) => Bounds { at_least, below: None },
        None => Bounds {
            at_least: None,
            below: Some(other),
        },
    })
}

/// Any condition that a policy without faults may have.
pub(crate) fn any_condition() -> impl Strategy<Value = Condition> {
    let field = proptest::sample::select(Field::ALL);
    let is = field.clone().prop_flat_map(|field| {
        proptest::collection::vec(one_of(values(field)), 1..3).prop_map(move |values| Condition::Is(field, values))
    });
    let span = (0..30_i64).prop_map(|quarters| Span(quarters * 900_000));
    let minute = 0..1440_u16;
    let weekday = proptest::sample::select(Weekday::ALL);
    let leaf = prop_oneof![
        6 => is,
        1 => proptest::collection::vec(field, 1..3).prop_map(Condition::Known),
        4 => (proptest::collection::vec(one_of(LABELS), 1..3), 0..4_u8, proptest::option::of(one_of(&["keywords", "intent"])))
            .prop_map(|(labels, margin, by)| Condition::Label { labels, margin: f32::from(margin) / 4.0, by }),
        3 => proptest::collection::vec(one_of(WORDS).prop_map(Phrase::new), 1..3).prop_map(Condition::Text),
        2 => (proptest::sample::select(Count::ALL), bounds(-2..2000_i64)).prop_map(|(count, bounds)| Condition::Count(count, bounds)),
        3 => (proptest::sample::select(Passed::ALL), bounds(span)).prop_map(|(passed, bounds)| Condition::Passed(passed, bounds)),
        1 => Just(Condition::Within("weekdays".to_owned())),
        1 => (minute.clone(), minute).prop_filter("not the whole day", |(from, to)| from != to)
            .prop_map(|(from, to)| Condition::Hours { from, to, calendar: "weekdays".to_owned() }),
        1 => proptest::collection::vec(weekday, 1..4).prop_map(|days| Condition::Days { days, calendar: "weekdays".to_owned() }),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let parts = proptest::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            parts.clone().prop_map(Condition::All),
            parts.prop_map(Condition::Any),
            inner.prop_map(|part| Condition::Not(Box::new(part))),
        ]
    })
}

/// Any facts, in the same small world.
pub(crate) fn any_facts() -> impl Strategy<Value = Facts> {
    let maybe = |field: Field| proptest::option::of(one_of(values(field)));
    let plain = |text: Option<String>| text.map(|text| text.trim_start_matches('@').to_lowercase());
    let told = (one_of(LABELS), -2..4_i8, one_of(&["keywords", "intent"])).prop_map(|(label, margin, by)| Told {
        label,
        margin: f32::from(margin) / 4.0,
        by,
    });
    let ago = || proptest::option::of((0..30_i64).prop_map(|quarters| quarters * 900_000));
    let who = (
        one_of(values(Field::Brand)),
        one_of(values(Field::Network)),
        maybe(Field::Visibility),
        maybe(Field::Language),
        maybe(Field::Author),
    );
    let what = (
        proptest::collection::vec(told, 0..3),
        proptest::collection::vec(one_of(WORDS), 0..4),
        proptest::option::of(0..2000_u64),
        0..3_u64,
        -2..5_i64,
    );
    let work = (
        proptest::sample::select(Stage::ALL),
        maybe(Field::Owner),
        maybe(Field::Queue),
        maybe(Field::Tier),
        proptest::collection::btree_set(one_of(TAGS), 0..3),
    );
    let time = (0..14 * 24 * 60_i64, ago(), ago(), ago());
    (who, what, work, time).prop_map(move |(who, what, work, time)| {
        let now = NOON + time.0 * 60_000 + 1234;
        Facts {
            now,
            kind: Kind::of_network(&who.1),
            brand: who.0,
            network: who.1,
            visibility: who.2,
            language: plain(who.3),
            author: plain(who.4),
            audience: if what.3 == 0 {
                ["journalist".to_owned()].into()
            } else {
                Default::default()
            },
            triage: if what.0.is_empty() {
                Triage::Unread
            } else {
                Triage::Judged
            },
            told: what.0,
            text: Folded::of(&what.1.join(" and ")),
            reach: what.2,
            replies: what.3,
            priority: what.4,
            stage: work.0,
            owner: work.1,
            queue: work.2,
            tier: work.3,
            tags: work.4,
            waiting_since: time.1.map(|ago| now - ago),
            last_at: time.2.map(|ago| now - ago),
            first_at: time.3.map(|ago| now - ago),
        }
    })
}
