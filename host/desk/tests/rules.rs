//! The rules of work on a conversation, as tables.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod stage;

use jackfield_desk::{Command, Event, Place};
use jackfield_protocol::{Command as Wish, Opinion, Status, Verdict, Visibility};
use stage::check::{NOTHING, check, fail, hand, note};
use stage::{Desk, deleted, ingest, place, reply, said, wish};

#[test]
fn taking_and_handing_over_follow_who_has_it() {
    let refused = |code, field| Err((code, field));
    check("mine already", NOTHING, wish("mia", "x", Wish::Take), Ok(0));
    check(
        "somebody else's",
        NOTHING,
        wish("bea", "x", Wish::Take),
        refused("owned-by-another", None),
    );
    check("to bea by its owner", NOTHING, hand("mia", Some("bea"), ""), Ok(1));
    check("to the queue by its owner", NOTHING, hand("mia", None, ""), Ok(1));
    check("to who has it", NOTHING, hand("mia", Some("mia"), ""), Ok(0));
    check(
        "by another without a word",
        NOTHING,
        hand("bea", Some("bea"), " "),
        refused("why-missing", Some("command.why")),
    );
    check(
        "by another with a word",
        NOTHING,
        hand("bea", Some("bea"), "mia is ill"),
        Ok(1),
    );
    check(
        "to a name that is none",
        NOTHING,
        hand("mia", Some(" "), ""),
        refused("agent-malformed", Some("command.to")),
    );
    let long = "w".repeat(1001);
    check(
        "with a novel",
        NOTHING,
        hand("mia", None, &long),
        refused("why-too-long", Some("command.why")),
    );
    let free = |desk: &mut Desk| drop(desk.must(hand("mia", None, "")));
    check("from the queue", free, wish("bea", "y", Wish::Take), Ok(1));
    check("writing takes", free, reply("bea", "y", "good day"), Ok(2));
    check(
        "writing to somebody else's",
        NOTHING,
        reply("bea", "y", "hi"),
        refused("owned-by-another", None),
    );
}

#[test]
fn a_note_has_1_to_10000_characters() {
    let empty = Err(("note-empty", Some("command.text")));
    check("one", NOTHING, note("é"), Ok(1));
    check("ten thousand", NOTHING, note(&"é".repeat(10_000)), Ok(1));
    check("none", NOTHING, note(""), empty);
    check("blank", NOTHING, note(" \n"), empty);
    check(
        "one more",
        NOTHING,
        note(&"é".repeat(10_001)),
        Err(("note-too-long", Some("command.text"))),
    );
    check(
        "a NUL",
        NOTHING,
        note("a\0b"),
        Err(("text-unstorable", Some("command.text"))),
    );
    check(
        "anybody",
        NOTHING,
        wish(
            "bea",
            "x",
            Wish::Note {
                text: "I know her".to_owned(),
            },
        ),
        Ok(1),
    );
}

#[test]
fn a_command_again_has_no_effect_and_another_one_under_its_id_is_refused() {
    let mut desk = Desk::taken();
    let commands = [
        wish(
            "mia",
            "n",
            Wish::Note {
                text: "a note".to_owned(),
            },
        ),
        reply("mia", "r1", "good day"),
        hand("mia", Some("bea"), "yours"),
    ];
    for command in &commands {
        assert!(!desk.must(command.clone()).is_empty());
    }
    desk.must(fail("r1"));
    desk.must(wish("bea", "again", Wish::Retry { reply: "r1".into() }));
    desk.must(fail("r1"));
    desk.must(wish("bea", "done", Wish::Resolve));
    let log = desk.log.clone();
    for command in commands {
        assert_eq!(desk.must(command), [], "sent twice");
    }
    desk.must(wish("bea", "again", Wish::Retry { reply: "r1".into() }));
    desk.must(wish("mia", "take", Wish::Take));
    desk.must(wish("bea", "done", Wish::Resolve));
    assert_eq!(desk.log, log);
    for (id, other) in [
        (
            "n",
            Wish::Note {
                text: "another note".to_owned(),
            },
        ),
        (
            "r1",
            Wish::Note {
                text: "good day".to_owned(),
            },
        ),
        ("take", Wish::Reopen),
    ] {
        let refusal = desk.act(wish("mia", id, other)).expect_err("the words would be lost");
        assert_eq!(refusal.code(), "command-id-reused");
    }
    assert_eq!(
        desk.act(wish(
            "bea",
            "n",
            Wish::Note {
                text: "a note".to_owned()
            }
        ))
        .unwrap_err()
        .code(),
        "command-id-reused"
    );
    for id in ["", "with space", "ümlaut", &"x".repeat(65), "a/b"] {
        assert_eq!(
            desk.act(wish("mia", id, Wish::Take)).unwrap_err().code(),
            "command-id-malformed",
            "{id:?}"
        );
    }
    assert!(
        desk.act(wish("mia", &"Az09-_".repeat(10), Wish::Note { text: "60".to_owned() }))
            .is_ok()
    );
}

#[test]
fn what_we_say_among_ourselves_on_the_network_answers_nobody() {
    let mut desk = Desk::taken();
    let waiting = |desk: &Desk| desk.state().waiting().len();
    let before = waiting(&desk);
    assert!(before > 0, "somebody waits");
    let mut inside = said("2", 20, "has anybody seen this parcel?");
    (inside.ours, inside.visibility) = (true, Visibility::Internal);
    desk.must(ingest(vec![inside]));
    assert_eq!(waiting(&desk), before);
    let mut outside = said("3", 30, "It is on its way.");
    outside.ours = true;
    desk.must(ingest(vec![outside]));
    assert_eq!(waiting(&desk), 0);
}

#[test]
fn only_a_new_message_that_addresses_us_opens_it_again() {
    let done = || {
        let mut desk = Desk::taken();
        desk.must(wish("mia", "done", Wish::Resolve));
        desk
    };
    let reopened = |event: &Event| matches!(event, Event::Reopened { by: None, .. });
    let (mut own, mut around, mut edit) = (said("2", 20, "own"), said("3", 20, "around"), said("1", 20, "edited"));
    (own.ours, around.context, edit.revision) = (true, true, 1);
    let quiet = [
        vec![own],
        vec![around.clone()],
        vec![edit],
        vec![said("4", 20, "oops"), deleted("4", 21)],
        vec![deleted("1", 9)],
    ];
    for facts in quiet {
        let mut desk = done();
        assert!(!desk.must(ingest(facts.clone())).iter().any(reopened), "{facts:?}");
        assert_eq!(desk.state().status, Status::Resolved);
    }
    let mut late = around.clone();
    (late.context, late.revision) = (false, 1);
    for facts in [
        vec![said("5", 20, "and")],
        vec![said("6", 1, "late")],
        vec![around, late],
    ] {
        let mut desk = done();
        let events = desk.must(ingest(facts));
        assert_eq!(events.iter().filter(|event| reopened(event)).count(), 1);
        assert_eq!(desk.state().status, Status::Open);
        assert_eq!(desk.state().owner, Some("mia".into()), "it stays with who had it");
        let waiting: Vec<_> = desk.state().waiting().into_iter().map(|(id, _)| id.as_str()).collect();
        assert!(
            !waiting.contains(&"1"),
            "what was resolved does not wait again: {waiting:?}"
        );
    }
    let mut desk = done();
    desk.must(wish("mia", "no", Wish::Reopen));
    assert_eq!(
        desk.state().waiting().len(),
        1,
        "opened by hand, the old message waits again"
    );
}

#[test]
fn facts_of_another_place_are_refused() {
    let mut desk = Desk::taken();
    let mut stray = said("2", 20, "stray");
    stray.thread = "elsewhere".to_owned();
    assert_eq!(desk.act(ingest(vec![stray])).unwrap_err().code(), "thread-mismatch");
    let other = Place {
        brand: "other".into(),
        ..place()
    };
    let command = Command::Ingest {
        place: other,
        facts: vec![said("2", 20, "stray")],
    };
    assert_eq!(desk.act(command).unwrap_err().code(), "place-mismatch");
    let mut nowhere = Desk::default();
    assert_eq!(
        nowhere.act(wish("mia", "x", Wish::Take)).unwrap_err().code(),
        "no-conversation"
    );
}

#[test]
fn a_verdict_counts_for_the_newest_revision_only() {
    let judge = |remote: &str, revision, margin| Command::Judge {
        remote_id: remote.into(),
        verdict: Verdict {
            by: "keywords@0.1.0".to_owned(),
            revision,
            opinions: vec![Opinion {
                label: "question".to_owned(),
                margin,
                because: None,
            }],
            trouble: None,
        },
    };
    check("newest", NOTHING, judge("1", 0, 1.0), Ok(1));
    check("older", NOTHING, judge("1", 7, 1.0), Ok(0));
    check("twice", |d| drop(d.must(judge("1", 0, 1.0))), judge("1", 0, 2.0), Ok(0));
    check(
        "of nothing",
        NOTHING,
        judge("none", 0, 1.0),
        Err(("message-unknown", None)),
    );
    let mut desk = Desk::taken();
    desk.must(judge("1", 0, f32::NAN));
    let kept = &desk.state().messages[&"1".into()].verdicts["keywords@0.1.0"];
    assert_eq!(
        kept.opinions,
        [],
        "what is not a number says nothing, and would not survive the log"
    );
}

#[test]
fn seen_is_kept_only_where_it_makes_something_read() {
    let mut desk = Desk::taken();
    let unread = |desk: &Desk| desk.state().unread(&"mia".into());
    assert_eq!(unread(&desk), 1);
    assert_eq!(desk.must(wish("mia", "s", Wish::Seen { version: 1 })).len(), 0);
    assert_eq!(desk.must(wish("mia", "s", Wish::Seen { version: 3 })).len(), 1);
    assert_eq!((unread(&desk), desk.state().unread(&"bea".into())), (0, 1));
    assert_eq!(desk.must(wish("mia", "s", Wish::Seen { version: 4 })).len(), 0);
    desk.must(ingest(vec![said("2", 1, "late, but new to us")]));
    assert_eq!(unread(&desk), 1);
    assert_eq!(
        desk.act(wish("mia", "s", Wish::Seen { version: 99 }))
            .unwrap_err()
            .code(),
        "version-unknown"
    );
}
