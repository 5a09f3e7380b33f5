//! One driver for every rule: what was there, what is wanted, what comes of it.

use super::{Desk, reply, wish};
use jackfield_desk::Command;
use jackfield_protocol::{Command as Wish, Problem, Visibility};

/// What an agent wants to write, to whom.
pub(crate) fn answer(visibility: Visibility, parent: Option<&str>) -> Command {
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

pub(crate) fn note(text: &str) -> Command {
    wish("mia", "x", Wish::Note { text: text.to_owned() })
}

pub(crate) fn hand(by: &str, to: Option<&str>, why: &str) -> Command {
    wish(
        by,
        "x",
        Wish::HandOver {
            to: to.map(Into::into),
            why: why.to_owned(),
        },
    )
}

pub(crate) fn sending(desk: &mut Desk) {
    desk.must(reply("mia", "r1", "good day"));
    desk.must(Command::Sending { reply: "r1".into() });
}

pub(crate) fn sent(remote: &str) -> Command {
    Command::Sent {
        reply: "r1".into(),
        remote_id: remote.into(),
        url: None,
        at: 90,
    }
}

pub(crate) fn fail(reply: &str) -> Command {
    Command::Failed {
        reply: reply.into(),
        reason: "no".to_owned(),
        cause: None,
    }
}

/// Ana wrote ("1", public), mia has it; `prepare` adds to that. Refused with this code about this field, or not at all.
pub(crate) fn check(
    what: &str,
    prepare: impl Fn(&mut Desk),
    command: Command,
    expected: Result<usize, (&str, Option<&str>)>,
) {
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

pub(crate) const NOTHING: fn(&mut Desk) = |_| {};
