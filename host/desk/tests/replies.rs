//! The rules of writing to the person and of what becomes of it, as tables.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod stage;

use jackfield_desk::{Command, LineRules, ReplyState};
use jackfield_protocol::{Command as Wish, Counting, Visibility};
use stage::check::{NOTHING, answer, check, fail, sending, sent};
use stage::{Desk, deleted, ingest, reply, said, wish};

#[test]
fn a_reply_has_a_text_that_the_network_takes() {
    let policy = |desk: &mut Desk| {
        desk.line = LineRules {
            max_length: Some(30),
            counting: Counting::Mastodon,
            mention: true,
            ..LineRules::default()
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
            desk.line = LineRules {
                reply_public: public,
                reply_private: private,
                ..LineRules::default()
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
        desk.line.reply_window_ms = Some(3_600_000);
        desk.now = 3_600_011;
    };
    check("too late", late, answer(Public, None), Err(("window-closed", None)));
    let closed = |desk: &mut Desk| desk.line.closed = Some("This line was removed: add it again to answer.".to_owned());
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
