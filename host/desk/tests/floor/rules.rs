//! The rules of matching, one by one.

use crate::{MIN, agent, item};
use jackfield_desk::floor::{
    Agent, Change, Floor, Item, LapseCause, Last, Raise, Reason, Relaxation, Relaxed, Step, Terms,
};
use jackfield_protocol::Millis;

/// A floor on which these agents are, for a day.
fn floor(agents: Vec<Agent>) -> Floor {
    let mut floor = Floor::default();
    for agent in agents {
        let id = agent.id.clone();
        floor.hear(Change::Works(agent), 0).unwrap();
        floor
            .hear(
                Change::Here {
                    agent: id,
                    until: 1440 * MIN,
                },
                0,
            )
            .unwrap();
    }
    floor.step(0);
    floor
}

fn waits(floor: &mut Floor, item: Item, now: Millis) -> Step {
    floor.hear(Change::Waits(item), now).unwrap();
    floor.step(now)
}

fn offers(step: &Step) -> Vec<(&str, &str)> {
    step.offers
        .iter()
        .map(|offer| (offer.item.as_str(), offer.agent.as_str()))
        .collect()
}

fn accept(floor: &mut Floor, item: &str, agent: &str, now: Millis) {
    let accepted = Change::Accepted {
        item: item.into(),
        agent: agent.into(),
    };
    floor.hear(accepted, now).unwrap();
}

#[test]
fn an_offer_says_why_this_agent_and_why_this_item() {
    let mut floor = floor(vec![
        agent("mia", "language:de 3, licence:mail 1", 6),
        agent("bea", "language:de 1", 6),
    ]);
    let asked = Item {
        last: Some(Last {
            agent: "mia".into(),
            keep: 0,
        }),
        reasons: vec![
            Reason {
                points: 5,
                words: "a mail".to_owned(),
            },
            Reason {
                points: 20,
                words: "a complaint".to_owned(),
            },
        ],
        ..item("c1", "language:de 2, licence:mail 1", 0, 0)
    };
    let step = waits(&mut floor, asked, MIN);
    let offer = &step.offers[0];
    assert_eq!(
        (offer.agent.as_str(), offer.points, offer.until),
        ("mia", 25, MIN + 30_000)
    );
    assert_eq!(
        offer.because,
        [
            "had this conversation last",
            "speaks de 3 of 2 needed",
            "may write mail 1 of 1 needed",
            "6 of 6 units free"
        ]
    );
    assert_eq!(offer.priority[0].words, "a complaint");
    assert_eq!(
        step.wake_at,
        Some(offer.until),
        "the host is told when the offer goes on"
    );
}

#[test]
fn an_item_that_waits_says_what_for_and_when_something_gives_way() {
    let mut desk = floor(vec![
        agent("mia", "language:de 1", 1),
        agent("bea", "language:de 1, licence:mail 2", 1),
    ]);
    desk.hear(Change::Away("bea".into()), 0).unwrap();
    let relaxing = Item {
        relaxations: vec![Relaxation {
            after: 5 * MIN,
            what: Relaxed::Level {
                skill: "licence:mail".to_owned().try_into().unwrap(),
                to: 0,
            },
        }],
        ..item("c1", "licence:mail 2", 0, 0)
    };
    waits(&mut desk, relaxing, MIN);
    assert_eq!(
        desk.why_waits(&"c1".into(), MIN),
        [
            "nobody who may write mail at 2 or better is present",
            "in 4 min licence:mail relaxes to level 1",
        ]
    );
    waits(&mut desk, item("c2", "language:fr 1", 0, 0), MIN);
    assert_eq!(
        desk.why_waits(&"c2".into(), MIN),
        ["nobody who speaks fr at 1 or better works for this brand"]
    );
    waits(&mut desk, item("c3", "language:de 1", 0, 0), MIN);
    waits(&mut desk, item("c4", "language:de 1", 0, 0), MIN);
    assert_eq!(
        desk.why_waits(&"c4".into(), MIN),
        [
            "1 who could take it is present: 1 without 1 unit of room, 0 paused or wrapping up, 0 let it pass; the first who is free gets it"
        ]
    );
    assert_eq!(desk.why_waits(&"c3".into(), MIN), [""; 0], "it is offered");
}

#[test]
fn a_licence_relaxes_in_level_and_is_never_given_up() {
    let mut floor = floor(vec![agent("mia", "language:de 3", 6)]);
    let relaxing = Item {
        relaxations: vec![Relaxation {
            after: MIN,
            what: Relaxed::Level {
                skill: "licence:mail".to_owned().try_into().unwrap(),
                to: 0,
            },
        }],
        ..item("c1", "licence:mail 2", 0, 0)
    };
    waits(&mut floor, relaxing, 0);
    assert_eq!(offers(&floor.step(100 * MIN)), []);
    floor
        .hear(Change::Works(agent("mia", "licence:mail 1", 6)), 100 * MIN)
        .unwrap();
    assert_eq!(offers(&floor.step(100 * MIN)), [("c1", "mia")]);
}

#[test]
fn waiting_relaxes_and_raises_at_the_stated_instants_and_the_host_is_told_them() {
    let mut floor = floor(vec![agent("mia", "language:de 1", 1)]);
    let relaxing = Item {
        relaxations: vec![Relaxation {
            after: 5 * MIN,
            what: Relaxed::Level {
                skill: "language:de".to_owned().try_into().unwrap(),
                to: 1,
            },
        }],
        ..item("c1", "language:de 2", 0, 0)
    };
    let step = waits(&mut floor, relaxing, 0);
    assert_eq!((offers(&step), step.wake_at), (vec![], Some(5 * MIN)));
    assert_eq!(offers(&floor.step(5 * MIN - 1)), []);
    assert_eq!(offers(&floor.step(5 * MIN)), [("c1", "mia")]);
    accept(&mut floor, "c1", "mia", 5 * MIN);
    let raised = Item {
        raises: vec![Raise {
            after: 10 * MIN,
            reason: Reason {
                points: 50,
                words: "waits for ten minutes".to_owned(),
            },
        }],
        ..item("slow", "", 0, 0)
    };
    waits(&mut floor, raised, 6 * MIN);
    waits(&mut floor, item("loud", "", 20, 7 * MIN), 7 * MIN);
    floor.hear(Change::Done("c1".into()), 10 * MIN).unwrap();
    assert_eq!(
        offers(&floor.step(10 * MIN)),
        [("slow", "mia")],
        "50 points from this instant on"
    );
}

#[test]
fn an_offer_that_nobody_accepts_goes_on_and_its_agent_is_spared() {
    let mut floor = floor(vec![agent("bea", "", 1), agent("mia", "", 1)]);
    assert_eq!(offers(&waits(&mut floor, item("c1", "", 0, 0), 0)), [("c1", "bea")]);
    let step = floor.step(45_000);
    assert_eq!(
        (step.lapses[0].at, step.lapses[0].cause),
        (30_000, LapseCause::NotAccepted)
    );
    assert_eq!(offers(&step), [("c1", "mia")]);
    let late = Change::Accepted {
        item: "c1".into(),
        agent: "bea".into(),
    };
    let refused = floor.hear(late, 46_000).unwrap_err().to_string();
    assert_eq!(refused, "c1 is no longer offered to bea: it is offered to mia.");
    let declined = Change::Declined {
        item: "c1".into(),
        agent: "mia".into(),
    };
    floor.hear(declined, 50_000).unwrap();
    assert_eq!(offers(&floor.step(50_000)), [], "both are spared");
    assert_eq!(
        offers(&floor.step(630_000)),
        [("c1", "bea")],
        "ten minutes after the offer was over"
    );
}

#[test]
fn a_vanished_agents_offers_go_back_when_the_lease_ends_and_their_work_later() {
    let mut floor = floor(vec![agent("mia", "", 2)]);
    waits(&mut floor, item("mine", "", 0, 0), 0);
    accept(&mut floor, "mine", "mia", 1);
    floor
        .hear(
            Change::Here {
                agent: "mia".into(),
                until: MIN,
            },
            2,
        )
        .unwrap();
    let terms = Terms {
        accept_within: 5 * MIN,
        ..Terms::default()
    };
    waits(
        &mut floor,
        Item {
            terms,
            ..item("offered", "", 0, 0)
        },
        3,
    );
    floor.hear(Change::Works(agent("bea", "", 2)), 4).unwrap();
    floor
        .hear(
            Change::Here {
                agent: "bea".into(),
                until: 1440 * MIN,
            },
            4,
        )
        .unwrap();
    let step = floor.step(3 * MIN);
    let lapse = &step.lapses[0];
    assert_eq!(
        (lapse.item.as_str(), lapse.at, lapse.cause),
        ("offered", MIN, LapseCause::Vanished)
    );
    assert_eq!((offers(&step), step.wake_at), (vec![("offered", "bea")], Some(8 * MIN)));
    accept(&mut floor, "offered", "bea", 3 * MIN);
    let step = floor.step(20 * MIN);
    assert_eq!((step.lapses[0].item.as_str(), step.lapses[0].at), ("mine", 16 * MIN));
    assert_eq!(offers(&step), [("mine", "bea")]);
}

#[test]
fn an_item_waits_for_its_last_agent_while_they_are_there_and_no_longer_than_it_says() {
    let mut floor = floor(vec![agent("bea", "", 1), agent("mia", "", 1)]);
    waits(
        &mut floor,
        Item {
            last: Some(Last {
                agent: "mia".into(),
                keep: 0,
            }),
            ..item("busy", "", 0, 0)
        },
        0,
    );
    accept(&mut floor, "busy", "mia", 1);
    let kept = |id: &str, keep| Item {
        last: Some(Last {
            agent: "mia".into(),
            keep,
        }),
        ..item(id, "", 0, 0)
    };
    assert_eq!(offers(&waits(&mut floor, kept("c1", 10 * MIN), 2)), [], "kept for mia");
    assert!(floor.why_waits(&"c1".into(), 2)[0].starts_with("it is kept for mia"));
    let mut goes = floor.clone();
    goes.hear(Change::Away("mia".into()), 3).unwrap();
    assert_eq!(
        offers(&goes.step(3)),
        [("c1", "bea")],
        "nobody waits for who is not there"
    );
    let mut frees = floor.clone();
    frees.hear(Change::Done("busy".into()), 3).unwrap();
    assert_eq!(offers(&frees.step(3)), [("c1", "mia")]);
    assert_eq!(offers(&floor.step(10 * MIN)), [("c1", "bea")]);
}

#[test]
fn who_finished_something_wraps_up_first() {
    let mut floor = floor(vec![agent("mia", "", 1)]);
    let terms = Terms {
        wrap_up: 2 * MIN,
        ..Terms::default()
    };
    waits(
        &mut floor,
        Item {
            terms,
            ..item("c1", "", 0, 0)
        },
        0,
    );
    accept(&mut floor, "c1", "mia", 1);
    waits(&mut floor, item("c2", "", 0, 0), 2);
    floor.hear(Change::Done("c1".into()), MIN).unwrap();
    let step = floor.step(MIN);
    assert_eq!((offers(&step), step.wake_at), (vec![], Some(3 * MIN)));
    assert_eq!(offers(&floor.step(3 * MIN)), [("c2", "mia")]);
}

#[test]
fn a_reserved_agent_is_for_their_queue_until_waiting_opens_them() {
    let reserved = Agent {
        only: ["pr".to_owned()].into(),
        ..agent("pia", "", 2)
    };
    let mut floor = floor(vec![reserved, agent("bea", "", 2)]);
    let pr = Item {
        queue: "pr".to_owned(),
        ..item("fire", "", 0, 0)
    };
    assert_eq!(
        offers(&waits(&mut floor, pr, 0)),
        [("fire", "pia")],
        "whoever is reserved for it comes first"
    );
    floor.hear(Change::Away("bea".into()), 0).unwrap();
    let opening = Item {
        relaxations: vec![Relaxation {
            after: 10 * MIN,
            what: Relaxed::Reserved,
        }],
        ..item("c1", "", 0, 0)
    };
    assert_eq!(offers(&waits(&mut floor, opening, 1)), []);
    assert_eq!(
        floor.step(10 * MIN).offers[0].because[0],
        "is reserved for other queues, which waiting opened"
    );
}

#[test]
fn a_wall_between_brands_opens_for_nothing() {
    let mut floor = floor(vec![agent("mia", "language:de 5", 9)]);
    let theirs = Item {
        brand: "south".into(),
        relaxations: vec![Relaxation {
            after: 1,
            what: Relaxed::Reserved,
        }],
        last: Some(Last {
            agent: "mia".into(),
            keep: 0,
        }),
        ..item("c1", "", 100, 0)
    };
    assert_eq!(offers(&waits(&mut floor, theirs, MIN)), []);
    assert_eq!(floor.why_waits(&"c1".into(), MIN), ["nobody works for south"]);
    let may = floor.may_take(&"c1".into(), &"mia".into(), MIN).unwrap();
    assert_eq!(may, Err(vec!["mia does not work for south".to_owned()]));
}

#[test]
fn where_greedy_would_leave_an_item_beside_an_idle_agent_others_make_way() {
    // Anna fits the first item best, and is the only one for the second.
    let mut floor = Floor::default();
    for one in [agent("anna", "language:de 1", 1), agent("bert", "language:fr 5", 1)] {
        let id = one.id.clone();
        floor.hear(Change::Works(one), 0).unwrap();
        floor
            .hear(
                Change::Here {
                    agent: id,
                    until: 1440 * MIN,
                },
                0,
            )
            .unwrap();
    }
    floor.hear(Change::Waits(item("any", "", 9, 0)), 0).unwrap();
    floor
        .hear(Change::Waits(item("german", "language:de 1", 0, 0)), 0)
        .unwrap();
    assert_eq!(offers(&floor.step(0)), [("any", "bert"), ("german", "anna")]);
}
