//! The ladder and what is owed: one owner at each instant, and no silent end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

use jackfield_desk::condition::NoTimes;
use jackfield_desk::ladder::{
    Act, Due, Ladder, MoveRefused, Obligation, Phase, Rung, Stood, Tier, Way, due_rungs, may_resolve, standing,
};
use jackfield_desk::policy::{Faults, House, Span, Text, read};
use jackfield_protocol::Millis;
use proptest::prelude::*;

const MIN: Millis = 60_000;

fn ladder() -> Ladder {
    let tier = |name: &str, minutes: Option<i64>| Tier {
        name: name.to_owned(),
        within: minutes.map(|n| Span(n * MIN)),
        calendar: None,
    };
    Ladder {
        tiers: vec![
            tier("community", Some(60)),
            tier("super-user", Some(120)),
            tier("agent", Some(30)),
            tier("pr", None),
        ],
        starts: Vec::new(),
    }
}

fn began(tier: &str, at: Millis) -> Stood {
    let due = ladder().due(tier, &NoTimes, at);
    (
        at,
        Rung::Began {
            tier: tier.to_owned(),
            due,
        },
    )
}

fn owner(rungs: &[Stood], now: Millis) -> Option<String> {
    standing(&ladder(), &NoTimes, rungs, now).map(|standing| standing.tier)
}

/// A tier's time and an overspill's follow-up are counted in the calendars of the house, and not by the clock on the wall.
#[test]
fn a_tier_with_a_calendar_loses_no_time_while_it_is_shut() {
    let text = r#"
        [calendars.office]
        zone = "Europe/Berlin"
        week = { mon = ["09:00-17:00"], tue = ["09:00-17:00"], wed = ["09:00-17:00"], thu = ["09:00-17:00"], fri = ["09:00-17:00"] }

        [[ladder.tiers]]
        name = "agent"
        within = "2h"
        calendar = "office"

        [[ladder.tiers]]
        name = "pr"
    "#;
    let house = read(&[Text {
        name: "house.toml",
        text,
    }])
    .unwrap();
    let mut faults = Faults::default();
    let calendars = house.read_calendars(&mut faults);
    // Friday 27 March 2026, 16:00 in Berlin: an hour that day, and one on Monday, after the clocks went forward.
    let friday = 1_774_623_600_000;
    let monday = 1_774_857_600_000;
    let due = house.ladder.due("agent", &calendars, friday).unwrap();
    assert_eq!((due.at, due.then.as_str()), (monday, "pr"));
}

#[test]
fn unanswered_items_rise_at_the_stated_instants_whether_or_not_anybody_writes_it_down() {
    let rungs = [began("community", 0)];
    for (minute, tier) in [
        (0, "community"),
        (59, "community"),
        (60, "super-user"),
        (179, "super-user"),
        (180, "agent"),
        (210, "pr"),
        (9999, "pr"),
    ] {
        assert_eq!(owner(&rungs, minute * MIN).as_deref(), Some(tier), "minute {minute}");
    }
    assert_eq!(owner(&rungs, -1), None);
    assert_eq!(due_rungs(&ladder(), &NoTimes, &rungs, 59 * MIN), []);
    let late = due_rungs(&ladder(), &NoTimes, &rungs, 200 * MIN);
    assert_eq!(
        late[0],
        Rung::Rose {
            to: "super-user".to_owned(),
            at: 60 * MIN,
            due: Some(Due {
                at: 180 * MIN,
                then: "agent".to_owned()
            }),
        }
    );
    assert_eq!(late.len(), 2, "both that were missed, each at its instant");
}

#[test]
fn an_answer_stops_the_time_and_the_persons_next_word_starts_it_again() {
    let mut rungs = vec![began("agent", 0), (10 * MIN, Rung::Answered)];
    assert_eq!(owner(&rungs, 500 * MIN).as_deref(), Some("agent"));
    let standing = standing(&ladder(), &NoTimes, &rungs, 500 * MIN).unwrap();
    rungs.push((500 * MIN, ladder().waits(&standing, &NoTimes, 500 * MIN)));
    rungs.push((520 * MIN, ladder().waits(&standing, &NoTimes, 520 * MIN)));
    assert_eq!(owner(&rungs, 529 * MIN).as_deref(), Some("agent"));
    assert_eq!(
        owner(&rungs, 530 * MIN).as_deref(),
        Some("pr"),
        "asking twice makes nobody's day longer"
    );
    rungs.push((600 * MIN, Rung::Ended));
    assert_eq!(owner(&rungs, 601 * MIN), None);
}

#[test]
fn a_changed_ladder_moves_nothing_that_stands_on_it() {
    let rungs = [began("community", 0)];
    let mut faster = ladder();
    faster.tiers[0].within = Some(Span(MIN));
    let still = standing(&faster, &NoTimes, &rungs, 30 * MIN).unwrap();
    assert_eq!((still.tier.as_str(), still.due.unwrap().at), ("community", 60 * MIN));
}

#[test]
fn a_move_goes_where_it_says_and_says_why() {
    let now = 5 * MIN;
    let stands = standing(&ladder(), &NoTimes, &[began("agent", 0)], now);
    let go = |way, to, desk: Option<&str>, why| {
        ladder().move_to(
            stands.as_ref(),
            way,
            to,
            desk.map(str::to_owned),
            "mia".into(),
            why,
            &NoTimes,
            now,
        )
    };
    let up = go(Way::Up, "pr", None, "a journalist asks").unwrap();
    let moved = standing(&ladder(), &NoTimes, &[began("agent", 0), (now, up)], now).unwrap();
    assert_eq!(
        (moved.tier.as_str(), moved.because.as_str()),
        ("pr", "mia moved it up: a journalist asks")
    );
    assert!(go(Way::Sideways, "agent", Some("billing"), "a bill").is_ok());
    assert!(go(Way::Down, "community", None, "a peer knows").is_ok());
    for (refused, words) in [
        (
            go(Way::Down, "pr", None, "so"),
            "pr is not below agent: the way from agent to pr is up.",
        ),
        (
            go(Way::Sideways, "agent", None, "so"),
            "It is with agent already: name another desk of this tier to move it sideways.",
        ),
        (
            go(Way::Up, "pr", None, " "),
            "Say why it moves, so that the tier that gets it knows.",
        ),
        (
            go(Way::Up, "boss", None, "so"),
            "There is no tier \"boss\" on this ladder: name one of community, super-user, agent, pr.",
        ),
    ] {
        assert_eq!(refused.unwrap_err().to_string(), words);
    }
    let nowhere = ladder().move_to(None, Way::Up, "pr", None, "mia".into(), "so", &NoTimes, now);
    assert_eq!(nowhere, Err(MoveRefused::NotOnLadder));
}

#[test]
fn a_ladder_that_leads_nowhere_is_found_when_it_is_read() {
    let mut broken = ladder();
    broken.tiers[1].within = None;
    broken.tiers[2].name = "community".to_owned();
    broken.tiers[3].within = Some(Span(MIN));
    let mut faults = Faults::default();
    broken.check(&House::default(), "ladder", &mut faults);
    let at: Vec<&str> = faults.iter().map(|fault| fault.at.as_str()).collect();
    assert_eq!(
        at,
        [
            "ladder.tiers[1].within",
            "ladder.tiers[2].name",
            "ladder.tiers[3].within"
        ]
    );
}

fn owed() -> Obligation {
    Obligation {
        brand: "north".into(),
        taken_by: "nightcall".to_owned(),
        owed_to: "north-care".to_owned(),
        scope: "nights".to_owned(),
        since: 0,
        phase: Phase::Taken,
        acknowledge_by: 10,
        escalate_by: 20,
        follow_up_by: 100,
        waivers: vec!["chief".into()],
        acts: Vec::new(),
    }
}

fn an_act() -> impl Strategy<Value = (Act, &'static str)> {
    let text = prop_oneof![3 => Just("the reply r1 told her so".to_owned()), 1 => Just(" ".to_owned()), 1 => Just("ok".to_owned())];
    let act = (0..4_u8, text).prop_map(|(which, text)| match which {
        0 => Act::Acknowledge { reply: text },
        1 => Act::Escalate { words: text },
        2 => Act::FollowUp { reply: text },
        _ => Act::Waive { why: text },
    });
    (act, prop_oneof![Just("mia"), Just("chief")])
}

fn any_rung() -> impl Strategy<Value = (u8, Millis)> {
    (0..5_u8, 0..200_i64)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_tried_what_is_owed_ends_followed_up_or_waived_by_one_who_may(
        acts in proptest::collection::vec(an_act(), 0..12)
    ) {
        let mut obligation = owed();
        for (act, by) in acts {
            let before = obligation.clone();
            if obligation.act(act, by.into(), 5).is_err() {
                prop_assert_eq!(&obligation, &before, "a refusal changes nothing");
            } else {
                prop_assert!(obligation.phase > before.phase, "nothing is owed anew");
                prop_assert!(!before.phase.is_end());
            }
            prop_assert_eq!(obligation.next_deadline().is_none(), obligation.phase.is_end());
            prop_assert_eq!(may_resolve([&obligation]).is_ok(), obligation.phase.is_end());
        }
        match (obligation.phase, obligation.acts.last()) {
            (Phase::FollowedUp, _) => prop_assert_eq!(obligation.acts.len(), 3),
            (Phase::Waived, Some(last)) => prop_assert_eq!(last.by.as_str(), "chief"),
            (phase, _) => prop_assert!(may_resolve([&obligation]).is_err(), "{phase:?} lets it go"),
        }
    }

    #[test]
    fn an_open_item_has_one_owner_at_every_instant_and_writing_it_down_changes_nothing(
        happened in proptest::collection::vec(any_rung(), 0..10), asked in 0..2000_i64
    ) {
        let ladder = ladder();
        let mut rungs = vec![began("community", 0)];
        let mut at = 0;
        for (what, later) in happened {
            at += later * MIN;
            let stands = standing(&ladder, &NoTimes, &rungs, at).unwrap();
            let tiers: Vec<&str> = ladder.tiers.iter().map(|tier| tier.name.as_str()).collect();
            prop_assert!(tiers.contains(&stands.tier.as_str()) && stands.since <= at);
            prop_assert!(stands.due.as_ref().is_none_or(|due| due.at > at), "its time is over and it is still theirs");
            let to = tiers[usize::from(what) % tiers.len()];
            let way = |way| ladder.move_to(Some(&stands), way, to, None, "mia".into(), "so", &NoTimes, at);
            match what {
                0 => rungs.push((at, Rung::Answered)),
                1 => rungs.push((at, ladder.waits(&stands, &NoTimes, at))),
                // Written down late, or not at all.
                2 => rungs.extend(due_rungs(&ladder, &NoTimes, &rungs, at).into_iter().map(|rung| (at, rung))),
                _ => rungs.extend(way(Way::Up).or(way(Way::Down)).ok().map(|rung| (at, rung))),
            }
        }
        let now = at + asked * MIN;
        let before = standing(&ladder, &NoTimes, &rungs, now).unwrap();
        let mut written = rungs.clone();
        written.extend(due_rungs(&ladder, &NoTimes, &rungs, now).into_iter().map(|rung| (now, rung)));
        let after = standing(&ladder, &NoTimes, &written, now).unwrap();
        prop_assert_eq!(before, after);
    }
}
