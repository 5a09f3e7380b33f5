//! The work on a conversation through the real `decide`: stages, queues, clocks, tiers and what is owed, as the log has
//! them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fall"
)]

mod owed;
#[path = "../stage/mod.rs"]
mod stage;

use jackfield_desk::authority::Writer;
use jackfield_desk::condition::Stage;
use jackfield_desk::policy::{Applied, Policies, Text, read};
use jackfield_desk::{Command, Conversation, Event, apply, fold, view, work};
use jackfield_protocol::{
    Author, Command as Wish, Content, FactKind, InboundFact, Millis, Opinion, Verdict, WorkAct, WorkRequest,
};
use proptest::prelude::*;
use stage::{Desk, ingest, reply, said, wish};

const MINUTE: Millis = 60_000;

const POLICY: &str = r#"
[[queues]]
name = "german"
when = { language = "de" }
language = 2
accept-within = "30s"

[[queues]]
name = "all"

[agents.mia]
brands = ["northwind"]
skills = { "language:de" = 2 }

[agents.bea]
brands = ["northwind"]

[[targets]]
name = "quick"
clock = "first-response"
within = "1h"
warn = "15min"

[ladder]
tiers = [{ name = "agent", within = "2h" }, { name = "specialist", within = "4h" }, { name = "pr" }]
"#;

use work::wake_at;

fn policies(text: &str) -> Policies {
    let name = "policy.toml";
    let house = read(&[Text { name, text }]).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    Policies::of([Applied::new(1, house)])
}

fn desk(text: &str) -> Desk {
    Desk {
        policies: policies(text),
        now: 1_000_000,
        ..Desk::default()
    }
}

fn german(remote: &str, at: Millis) -> InboundFact {
    let author = Author {
        id: "id-ana".to_owned(),
        handle: "ana".to_owned(),
        display_name: None,
        profile_url: None,
        reach: None,
        automated: false,
    };
    let content = Content {
        author,
        title: None,
        text: "Wo bleibt mein Paket?".to_owned(),
        spans: Vec::new(),
        attachments: Vec::new(),
        language: Some("de".to_owned()),
        warning: None,
    };
    InboundFact {
        kind: FactKind::Said(Box::new(content)),
        ..said(remote, at, "")
    }
}

fn judge(remote: &str, label: &str) -> Command {
    let opinion = Opinion {
        label: label.to_owned(),
        margin: 1.0,
        because: None,
    };
    Command::Judge {
        remote_id: remote.into(),
        verdict: Verdict {
            by: "keywords@0.1.0".to_owned(),
            revision: 0,
            opinions: vec![opinion],
            trouble: None,
        },
    }
}

fn act(by: &str, id: &str, work: WorkAct) -> Command {
    let request = WorkRequest { id: id.into(), work };
    Command::Work {
        by: Writer::bare(by.into()),
        request,
    }
}

fn stage_of(desk: &Desk) -> Stage {
    work::stage_of(desk.state()).stage
}

/// Time passes until the desk's own next instant, as the host lets it.
fn wake(desk: &mut Desk) -> Vec<Event> {
    let at = wake_at(desk.state()).expect("something is to come");
    desk.now = at.max(desk.now + 1) - 1;
    desk.must(Command::TimePassed)
}

/// Ana asks in German; triage finds a question.
fn asked() -> Desk {
    let mut desk = desk(POLICY);
    let at = desk.now;
    desk.must(ingest(vec![german("1", at)]));
    desk.must(judge("1", "question"));
    desk
}

#[test]
fn without_a_policy_nothing_is_written_about_work() {
    let mut desk = Desk::default();
    desk.must(ingest(vec![german("1", 10)]));
    desk.must(judge("1", "spam"));
    desk.must(wish("mia", "take", Wish::Take));
    desk.must(wish("mia", "done", Wish::Resolve));
    desk.must(Command::TimePassed);
    assert!(desk.state().work.is_untouched());
    assert_eq!(wake_at(desk.state()), None);
    let written = |event: &Event| matches!(event, Event::Staged { .. } | Event::Clocks { .. } | Event::Rung(_));
    assert!(!desk.log.iter().any(|recorded| written(&recorded.event)));
    assert_eq!(view::work_row(desk.state()).stage, "resolved");
}

#[test]
fn a_message_gets_its_stage_its_queue_its_clock_and_its_tier_from_one_policy() {
    let desk = asked();
    let row = view::work_row(desk.state());
    assert_eq!((row.stage.as_str(), row.queue.as_deref()), ("waiting", Some("german")));
    assert_eq!(row.tier.as_deref(), Some("agent"));
    let due = row.due.unwrap();
    assert_eq!((due.what.as_str(), due.at), ("first-response", 1_000_000 + 60 * MINUTE));
    assert_eq!(due.warn, Some(1_000_000 + 45 * MINUTE));
}

#[test]
fn noise_is_closed_and_what_comes_after_it_is_judged_anew() {
    let mut desk = desk(POLICY);
    desk.must(ingest(vec![german("1", 900_000)]));
    desk.must(judge("1", "spam"));
    assert_eq!(stage_of(&desk), Stage::Noise);
    assert!(desk.state().waiting().is_empty());
    desk.must(ingest(vec![german("2", 1_000_100)]));
    assert_eq!(stage_of(&desk), Stage::New);
    desk.must(judge("2", "complaint"));
    assert_eq!(stage_of(&desk), Stage::Waiting);
    let waiting: Vec<_> = desk.state().waiting().iter().map(|(id, _)| id.to_string()).collect();
    assert_eq!(waiting, ["2"], "the noise is settled");
}

#[test]
fn what_nobody_judges_waits_for_nobody() {
    let mut desk = desk(POLICY);
    desk.must(ingest(vec![german("1", 1_000_000)]));
    assert_eq!(stage_of(&desk), Stage::New);
    wake(&mut desk);
    assert_eq!(stage_of(&desk), Stage::Waiting);
}

#[test]
fn an_offer_is_accepted_by_whom_it_is_made_to_and_nobody_else() {
    let mut desk = asked();
    let offer = |desk: &Desk| Command::Offer {
        agent: "mia".into(),
        until: desk.now + 30_000,
        because: vec!["speaks de 2 of 2 needed".to_owned()],
    };
    desk.must(offer(&desk));
    assert_eq!(stage_of(&desk), Stage::Offered);
    assert_eq!(desk.state().owner, None);
    let refused = desk.act(act("bea", "k1", WorkAct::Accept)).unwrap_err();
    assert_eq!(refused.code(), "not-offered");
    desk.must(act("mia", "k2", WorkAct::Decline));
    assert_eq!(stage_of(&desk), Stage::Waiting);
    desk.must(offer(&desk));
    desk.must(act("mia", "k3", WorkAct::Accept));
    assert_eq!(desk.state().owner, Some("mia".into()));
    assert_eq!(desk.must(act("mia", "k3", WorkAct::Accept)), [], "it is done once");
}

#[test]
fn nobody_gets_what_they_lack_a_need_of_by_no_way() {
    let mut desk = asked();
    for command in [
        wish("bea", "k1", Wish::Take),
        reply("bea", "k2", "Guten Tag"),
        wish(
            "mia",
            "k3",
            Wish::HandOver {
                to: Some("bea".into()),
                why: "yours".to_owned(),
            },
        ),
    ] {
        let before = desk.log.len();
        let refused = desk.act(command).unwrap_err();
        assert_eq!(refused.code(), "not-qualified");
        assert!(
            refused.to_string().contains("bea speaks de at 0, 2 is needed"),
            "{refused}"
        );
        assert_eq!(desk.log.len(), before);
    }
    let refused = desk.act(wish("eve", "k4", Wish::Take)).unwrap_err();
    assert!(refused.to_string().contains("not among the agents"), "{refused}");
    desk.must(wish("mia", "k5", Wish::Take));
}

#[test]
fn the_work_goes_round_person_snooze_others_and_done() {
    let mut desk = asked();
    desk.must(wish("mia", "k1", Wish::Take));
    let later = desk.now + 10 * MINUTE;
    desk.must(act("mia", "k2", WorkAct::Snooze { until: later }));
    assert_eq!(
        (stage_of(&desk), desk.state().owner.clone()),
        (Stage::Snoozed, Some("mia".into()))
    );
    let refused = desk.act(act("mia", "k3", WorkAct::Snooze { until: 5 })).unwrap_err();
    assert_eq!(refused.code(), "snooze-over");
    wake(&mut desk);
    assert!(desk.now >= later);
    assert_eq!(stage_of(&desk), Stage::Waiting);
    desk.must(wish("mia", "k4", Wish::Take));
    let why = "the depot".to_owned();
    desk.must(act("mia", "k5", WorkAct::WaitFor { why }));
    assert_eq!(stage_of(&desk), Stage::WaitingForOthers);
    desk.must(act("mia", "k6", WorkAct::Resume));
    assert_eq!(stage_of(&desk), Stage::Waiting);
    desk.must(reply("mia", "r1", "Das Paket kommt bald."));
    sent(&mut desk, "r1", "9");
    assert_eq!(stage_of(&desk), Stage::WaitingForPerson);
    desk.must(wish("mia", "k7", Wish::Resolve));
    assert_eq!(stage_of(&desk), Stage::Resolved);
    let refused = desk
        .act(act("mia", "k8", WorkAct::Snooze { until: i64::MAX }))
        .unwrap_err();
    assert!(refused.to_string().contains("it is done: reopen it first"), "{refused}");
    desk.must(wish("mia", "k9", Wish::Reopen));
    assert_eq!(stage_of(&desk), Stage::Waiting);
}

fn sent(desk: &mut Desk, command: &str, remote: &str) {
    desk.must(Command::Sending { reply: command.into() });
    let at = desk.now;
    desk.must(Command::Sent {
        reply: command.into(),
        remote_id: remote.into(),
        url: None,
        at,
    });
}

#[test]
fn thanks_after_it_was_done_leave_it_done() {
    let mut desk = asked();
    desk.must(reply("mia", "r1", "Das Paket kam an."));
    sent(&mut desk, "r1", "9");
    desk.must(wish("mia", "k1", Wish::Resolve));
    let at = desk.now + 1;
    desk.must(ingest(vec![german("2", at)]));
    assert_eq!(stage_of(&desk), Stage::Reopened);
    desk.must(judge("2", "thanks"));
    assert_eq!(stage_of(&desk), Stage::Resolved);
    assert!(desk.state().waiting().is_empty());
}

#[test]
fn a_clock_warns_breaches_and_stops_and_each_is_in_the_log() {
    let mut desk = asked();
    let rang = |events: &[Event]| {
        let bells = events.iter().filter_map(|event| match event {
            Event::Rang(ring) => Some((ring.bell, ring.at)),
            _ => None,
        });
        bells.collect::<Vec<_>>()
    };
    use jackfield_desk::clocks::Bell::{Due, Warning};
    assert_eq!(rang(&wake(&mut desk)), [(Warning, 1_000_000 + 45 * MINUTE)]);
    assert_eq!(rang(&wake(&mut desk)), [(Due, 1_000_000 + 60 * MINUTE)]);
    let seen = view::work(desk.state(), desk.now + 1);
    assert!(seen.clocks[0].missed && seen.clocks[0].ended.is_none());
    desk.must(reply("mia", "r1", "Das Paket kam an."));
    sent(&mut desk, "r1", "9");
    let seen = view::work(desk.state(), desk.now);
    assert!(seen.clocks[0].missed && seen.clocks[0].ended.is_some());
}

#[test]
fn a_new_policy_moves_no_clock_that_runs() {
    let mut desk = asked();
    let before = view::work(desk.state(), desk.now).clocks;
    let slower = POLICY.replace("within = \"1h\"", "within = \"8h\"");
    let house = |text: &str| read(&[Text { name: "p.toml", text }]).unwrap();
    desk.policies = Policies::of([Applied::new(1, house(POLICY)), Applied::new(2, house(&slower))]);
    desk.must(wish(
        "bea",
        "k1",
        Wish::Note {
            text: "a regular".to_owned(),
        },
    ));
    assert_eq!(view::work(desk.state(), desk.now).clocks, before);
    wake(&mut desk);
    assert_eq!(
        desk.now,
        1_000_000 + 45 * MINUTE,
        "the warning of the policy that began it"
    );
}

#[test]
fn a_tier_that_lets_its_time_run_out_loses_it_and_a_move_says_why() {
    let mut desk = asked();
    while view::work_row(desk.state()).tier.as_deref() == Some("agent") {
        wake(&mut desk);
    }
    let tier = view::work(desk.state(), desk.now).tier.unwrap();
    assert_eq!((tier.tier.as_str(), tier.since), ("specialist", tier.since));
    assert!(tier.because.contains("did not answer in its time"));
    let up = |why: &str| WorkAct::Tier {
        tier: "pr".to_owned(),
        desk: None,
        why: why.to_owned(),
    };
    let refused = desk.act(act("mia", "k1", up(" "))).unwrap_err();
    assert_eq!(refused.code(), "tier-refused");
    desk.must(act("mia", "k2", up("a journalist")));
    assert_eq!(view::work_row(desk.state()).tier.as_deref(), Some("pr"));
    desk.must(wish("mia", "k3", Wish::Resolve));
    assert_eq!(view::work_row(desk.state()).tier, None);
}

#[test]
fn where_nobody_routes_what_comes_back_comes_back_to_who_had_it() {
    let mut desk = Desk::taken();
    let later = desk.now + MINUTE;
    desk.must(act("mia", "k1", WorkAct::Snooze { until: later }));
    desk.must(ingest(vec![said("2", 20, "hello?")]));
    assert_eq!(
        (stage_of(&desk), desk.state().owner.clone()),
        (Stage::Assigned, Some("mia".into()))
    );
}

/// Anything at all, in any order.
fn anything() -> impl Strategy<Value = Command> {
    let agent = prop_oneof![Just("mia"), Just("bea"), Just("sue")];
    let work = prop_oneof![
        Just(WorkAct::Accept),
        Just(WorkAct::Decline),
        Just(WorkAct::Resume),
        Just(WorkAct::Noise),
        Just(WorkAct::Release { why: "so".to_owned() }),
        (1_000_000..9_000_000_i64).prop_map(|until| WorkAct::Snooze { until }),
        Just(WorkAct::WaitFor { why: "them".to_owned() }),
        prop_oneof![Just("all"), Just("german")].prop_map(|queue| WorkAct::Queue {
            queue: queue.to_owned(),
            why: "so".to_owned(),
        }),
        prop_oneof![Just("agent"), Just("specialist"), Just("pr")].prop_map(|tier| WorkAct::Tier {
            tier: tier.to_owned(),
            desk: None,
            why: "so".to_owned(),
        }),
    ];
    let wanted = prop_oneof![
        Just(Wish::Take),
        Just(Wish::Resolve),
        Just(Wish::Reopen),
        prop_oneof![Just(None), Just(Some("mia".into()))].prop_map(|to| Wish::HandOver {
            to,
            why: "so".to_owned()
        }),
    ];
    let id = || (0..200_u8).prop_map(|n| format!("k{n}"));
    prop_oneof![
        4 => (agent.clone(), id(), work).prop_map(|(by, id, work)| act(by, &id, work)),
        3 => (agent.clone(), id(), wanted).prop_map(|(by, id, wanted)| wish(by, &id, wanted)),
        2 => (0..6_u8, 900_000..2_000_000_i64).prop_map(|(n, at)| ingest(vec![german(&format!("m{n}"), at)])),
        1 => (0..6_u8, prop_oneof![Just("spam"), Just("complaint"), Just("thanks")]).prop_map(|(n, label)| judge(&format!("m{n}"), label)),
        2 => Just(Command::TimePassed),
        1 => (agent, 1_000_000..3_000_000_i64).prop_map(|(agent, until)| Command::Offer { agent: agent.into(), until, because: Vec::new() }),
        1 => Just(Command::Lapsed { agent: "mia".into(), vanished: true, because: "gone".to_owned() }),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_the_state_is_what_the_log_makes_and_nothing_that_is_due_is_missed(
        commands in proptest::collection::vec((anything(), 0..600_000_i64), 1..40)
    ) {
        let mut desk = desk(&format!("{POLICY}{}", owed::OVERSPILL));
        for (command, passes) in commands {
            desk.now += passes;
            // What is refused changes nothing: the log is as long as before.
            let before = desk.log.len();
            if desk.act(command).is_err() {
                prop_assert_eq!(desk.log.len(), before);
            } else if desk.log.len() > before {
                let state = desk.state();
                prop_assert!(wake_at(state).is_none_or(|at| at > desk.now), "{:?} at {}", wake_at(state), desk.now);
            }
        }
        let Some(state) = &desk.state else { return Ok(()) };
        let read: Vec<_> = desk.log.iter().map(|recorded| {
            let json = serde_json::to_string(recorded).unwrap();
            serde_json::from_str(&json).unwrap()
        }).collect();
        let folded = fold(&read);
        prop_assert_eq!(folded.as_ref(), Some(state));
        let json = serde_json::to_string(state).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Conversation>(&json).unwrap(), state);
        // What stands in the state is what stands in the table of stages.
        let work = work::stage_of(state);
        prop_assert_eq!(work.owner().cloned(), state.owner.clone());
        prop_assert_eq!(work.status(), state.status);
        let mut again = state.clone();
        desk.log.last().into_iter().for_each(|last| apply(&mut again, last));
        prop_assert_eq!(again.owner, state.owner.clone());
    }
}

#[test]
fn what_a_person_found_is_work_stays_so_until_there_is_something_new_to_judge() {
    let mut desk = desk(POLICY);
    desk.must(ingest(vec![german("1", 900_000)]));
    desk.must(judge("1", "spam"));
    assert_eq!(stage_of(&desk), Stage::Noise);
    desk.must(wish("mia", "k1", Wish::Reopen));
    assert_eq!(stage_of(&desk), Stage::Waiting);
}

#[test]
fn a_conversation_of_before_there_were_stages_waits_since_the_person_does() {
    let mut desk = Desk::default();
    desk.must(ingest(vec![german("1", 900_000)]));
    assert!(desk.state().work.stage.is_none());
    assert_eq!(work::stage_of(desk.state()).since, 900_000);
}
