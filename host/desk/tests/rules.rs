//! Every rule of the desk, as a table: what was there, what is wanted, what comes of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod stage;

use jackfield_desk::{Command, Event, Place, Policy, ReplyState};
use jackfield_protocol::{Command as Wish, Counting, Opinion, Problem, Status, Verdict, Visibility};
use stage::{Desk, deleted, ingest, place, reply, said, wish};

/// What an agent wants to write, to whom.
fn answer(visibility: Visibility, parent: Option<&str>) -> Command {
    wish(
        "mia",
        "x",
        Wish::Reply {
            text: "good day".to_owned(),
            visibility,
            parent: parent.map(Into::into),
        },
    )
}

fn note(text: &str) -> Command {
    wish("mia", "x", Wish::Note { text: text.to_owned() })
}

fn hand(by: &str, to: Option<&str>, why: &str) -> Command {
    wish(
        by,
        "x",
        Wish::HandOver {
            to: to.map(Into::into),
            why: why.to_owned(),
        },
    )
}

fn sending(desk: &mut Desk) {
    desk.must(reply("mia", "r1", "good day"));
    desk.must(Command::Sending { reply: "r1".into() });
}

fn sent(remote: &str) -> Command {
    Command::Sent {
        reply: "r1".into(),
        remote_id: remote.into(),
        url: None,
        at: 90,
    }
}

fn fail(reply: &str) -> Command {
    Command::Failed {
        reply: reply.into(),
        reason: "no".to_owned(),
    }
}

/// Ana wrote ("1", public), mia has it; `prepare` adds to that. Refused with this code about this field, or not at all.
fn check(what: &str, prepare: impl Fn(&mut Desk), command: Command, expected: Result<usize, (&str, Option<&str>)>) {
    let mut desk = Desk::taken();
    prepare(&mut desk);
    let before = (desk.state.clone(), desk.log.clone());
    match (desk.act(command), expected) {
        (Ok(events), Ok(count)) => assert_eq!(events.len(), count, "{what}: {events:?}"),
        (Err(refusal), Err((code, field))) => {
            let problem = Problem::from(&refusal);
            assert_eq!(
                (problem.code.as_str(), problem.field.as_deref()),
                (code, field),
                "{what}"
            );
            assert!(
                problem.message.len() > 20 && problem.message.ends_with(['.', '?']),
                "{what}: {}",
                problem.message
            );
            assert_eq!((desk.state, desk.log), before, "{what}: a refusal changes nothing");
        }
        (found, expected) => panic!("{what}: {found:?} instead of {expected:?}"),
    }
}

const NOTHING: fn(&mut Desk) = |_| {};

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
fn a_reply_has_a_text_that_the_network_takes() {
    let policy = |desk: &mut Desk| {
        desk.policy = Policy {
            max_length: Some(30),
            counting: Counting::Mastodon,
            mention: true,
            ..Policy::default()
        };
    };
    let refused = |code| Err((code, Some("command.text")));
    check("thirty", policy, reply("mia", "x", &"é".repeat(30)), Ok(1));
    check(
        "thirty-one",
        policy,
        reply("mia", "x", &"é".repeat(31)),
        refused("reply-too-long"),
    );
    let link = format!("see https://example.org/{}", "a".repeat(99));
    check("a long link counts 23", policy, reply("mia", "x", &link), Ok(1));
    check("nothing", policy, reply("mia", "x", ""), refused("reply-empty"));
    check("blank", policy, reply("mia", "x", " \n "), refused("reply-empty"));
    check(
        "only the mention",
        policy,
        reply("mia", "x", "@ana "),
        refused("reply-empty"),
    );
    check("a NUL", policy, reply("mia", "x", "a\0"), refused("text-unstorable"));
}

#[test]
fn a_reply_is_never_read_by_more_people_than_what_it_answers() {
    use Visibility::{Direct, Followers, Internal, Other, Public, Unlisted};
    let odd = || Other("circle".to_owned());
    let width = [Direct, Followers, Unlisted, Public];
    for (at, parent) in width.iter().enumerate() {
        for (to, wanted) in width.iter().enumerate() {
            let prepare = |desk: &mut Desk| {
                let mut fact = said("p", 20, "and");
                fact.visibility = parent.clone();
                desk.must(ingest(vec![fact]));
            };
            let expected = if to <= at {
                Ok(1)
            } else {
                Err(("visibility-too-wide", Some("command.visibility")))
            };
            check(
                &format!("{wanted:?} to {parent:?}"),
                prepare,
                answer(wanted.clone(), Some("p")),
                expected,
            );
        }
    }
    let of = |visibility: Visibility| {
        move |desk: &mut Desk| {
            let mut fact = said("p", 20, "and");
            fact.visibility = visibility.clone();
            desk.must(ingest(vec![fact]));
        }
    };
    let refused = |code| Err((code, Some("command.visibility")));
    check(
        "an unknown case counts as public",
        of(odd()),
        answer(Public, Some("p")),
        Ok(1),
    );
    check(
        "and is too wide for a direct one",
        of(Direct),
        answer(odd(), Some("p")),
        refused("visibility-too-wide"),
    );
    check(
        "internal is for notes",
        NOTHING,
        answer(Internal, None),
        refused("visibility-internal"),
    );
    check(
        "an internal message has no answer",
        of(Internal),
        answer(Direct, Some("p")),
        refused("visibility-internal"),
    );
    let mute = |public: bool, private: bool| {
        move |desk: &mut Desk| {
            desk.policy = Policy {
                reply_public: public,
                reply_private: private,
                ..Policy::default()
            };
        }
    };
    check(
        "no public answers",
        mute(false, true),
        answer(Unlisted, None),
        refused("visibility-impossible"),
    );
    check(
        "no private answers",
        mute(true, false),
        answer(Followers, None),
        refused("visibility-impossible"),
    );
}

#[test]
fn a_reply_answers_a_message_that_is_there() {
    use Visibility::Public;
    let refused = |code| Err((code, Some("command.parent")));
    let gone = |desk: &mut Desk| drop(desk.must(ingest(vec![deleted("1", 30)])));
    let around = |desk: &mut Desk| {
        let mut fact = said("7", 5, "around");
        fact.context = true;
        desk.must(ingest(vec![fact]));
    };
    let own = |desk: &mut Desk| {
        sending(desk);
        desk.must(sent("9"));
    };
    check(
        "unknown",
        NOTHING,
        answer(Public, Some("none")),
        refused("parent-unknown"),
    );
    check("taken away", gone, answer(Public, Some("1")), refused("parent-deleted"));
    check(
        "nothing left",
        gone,
        answer(Public, None),
        Err(("nothing-to-answer", None)),
    );
    check("context", around, answer(Public, Some("7")), Ok(1));
    check(
        "a reply of ours before the network told of it",
        own,
        answer(Public, Some("9")),
        Ok(1),
    );
    let late = |desk: &mut Desk| {
        desk.policy.reply_window_ms = Some(3_600_000);
        desk.now = 3_600_011;
    };
    check("too late", late, answer(Public, None), Err(("window-closed", None)));
    let closed =
        |desk: &mut Desk| desk.policy.closed = Some("This line was removed: add it again to answer.".to_owned());
    check(
        "a line that is gone",
        closed,
        answer(Public, None),
        Err(("line-closed", None)),
    );
}

#[test]
fn a_reply_is_resolved_only_when_its_end_is_known() {
    let refused = Err(("reply-pending", None));
    let resolve = || wish("mia", "x", Wish::Resolve);
    let queued = |desk: &mut Desk| drop(desk.must(reply("mia", "r1", "good day")));
    let unknown = |desk: &mut Desk| {
        sending(desk);
        desk.must(Command::Unknown {
            reply: "r1".into(),
            reason: "no answer".to_owned(),
        });
    };
    let failed = |desk: &mut Desk| {
        sending(desk);
        desk.must(fail("r1"));
    };
    let was_sent = |desk: &mut Desk| {
        sending(desk);
        desk.must(sent("9"));
    };
    check("nothing written", NOTHING, resolve(), Ok(1));
    check("queued", queued, resolve(), refused);
    check("sending", sending, resolve(), refused);
    check("in doubt", unknown, resolve(), refused);
    check("failed", failed, resolve(), Ok(1));
    check("sent", was_sent, resolve(), Ok(1));
    check(
        "somebody else's",
        NOTHING,
        wish("bea", "x", Wish::Resolve),
        Err(("owned-by-another", None)),
    );
    let done = |desk: &mut Desk| drop(desk.must(wish("mia", "d", Wish::Resolve)));
    check("done already", done, resolve(), Ok(0));
    check("open again", done, wish("bea", "x", Wish::Reopen), Ok(1));
    check("open already", NOTHING, wish("mia", "x", Wish::Reopen), Ok(0));
    check("writing opens it", done, reply("mia", "x", "one more thing"), Ok(2));
}

#[test]
fn only_what_failed_is_tried_again() {
    let retry = || wish("mia", "x", Wish::Retry { reply: "r1".into() });
    let failed = |desk: &mut Desk| {
        sending(desk);
        desk.must(fail("r1"));
    };
    let was_sent = |desk: &mut Desk| {
        sending(desk);
        desk.must(sent("9"));
    };
    check("failed", failed, retry(), Ok(1));
    check(
        "no such reply",
        NOTHING,
        retry(),
        Err(("reply-unknown", Some("command.reply"))),
    );
    check(
        "on its way",
        sending,
        retry(),
        Err(("reply-not-failed", Some("command.reply"))),
    );
    check(
        "sent",
        was_sent,
        retry(),
        Err(("reply-not-failed", Some("command.reply"))),
    );
    let other = wish("bea", "x", Wish::Retry { reply: "r1".into() });
    check("somebody else's", failed, other, Err(("owned-by-another", None)));
}

#[test]
fn deliveries_follow_one_another_and_sent_is_the_end() {
    let waits = || Command::Waits {
        reply: "r1".into(),
        reason: "busy".to_owned(),
        not_before: 99,
    };
    let unknown = || Command::Unknown {
        reply: "r1".into(),
        reason: "no answer".to_owned(),
    };
    let was_sent = |desk: &mut Desk| {
        sending(desk);
        desk.must(sent("9"));
    };
    let refused = Err(("delivery-out-of-order", None));
    for command in [
        waits(),
        unknown(),
        fail("r1"),
        sent("10"),
        Command::Sending { reply: "r1".into() },
    ] {
        check("after sent", was_sent, command, refused);
    }
    check(
        "after sent",
        was_sent,
        Command::PublishAgain { reply: "r1".into() },
        refused,
    );
    check("the same receipt", was_sent, sent("9"), Ok(0));
    check("busy", sending, waits(), Ok(1));
    check("in doubt", sending, unknown(), Ok(1));
    check(
        "not there",
        sending,
        Command::PublishAgain { reply: "r1".into() },
        Ok(1),
    );
    check(
        "told twice that it is being sent",
        sending,
        Command::Sending { reply: "r1".into() },
        Ok(0),
    );
    let failed = |desk: &mut Desk| {
        sending(desk);
        desk.must(fail("r1"));
    };
    check("a receipt after all", failed, sent("9"), Ok(1));
    check("waiting after it failed", failed, waits(), refused);
    check(
        "in doubt before it was sent",
        |d| drop(d.must(reply("mia", "r1", "hi"))),
        unknown(),
        refused,
    );
    check(
        "a reply nobody asked for",
        NOTHING,
        fail("r7"),
        Err(("reply-unknown", Some("command.reply"))),
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

#[test]
fn a_reply_keeps_its_key_over_every_try() {
    let mut desk = Desk::taken();
    sending(&mut desk);
    let key = desk.state().replies[&"r1".into()].key.clone();
    desk.must(Command::PublishAgain { reply: "r1".into() });
    desk.must(Command::Sending { reply: "r1".into() });
    desk.must(fail("r1"));
    desk.must(wish("mia", "x", Wish::Retry { reply: "r1".into() }));
    let again = &desk.state().replies[&"r1".into()];
    assert_eq!((again.key.as_str(), again.attempts), (key.as_str(), 2));
    assert!(matches!(again.state, ReplyState::Queued { .. }));
}
