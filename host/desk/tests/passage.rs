//! A reply under a policy, through `decide`: judged, read by others, and in the outbox only then; and what rules do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod stage;

use jackfield_desk::authority::Writer;
use jackfield_desk::gate::Rule;
use jackfield_desk::passage::Meant;
use jackfield_desk::policy::{Applied, Policies, Text, read};
use jackfield_desk::{
    Command, Conversation, Event, LineRules, ReadAct, Reading, Recorded, Refusal, ReplyState, Rules, Writing, alarm_at,
    apply, decide,
};
use jackfield_protocol::{Command as Wish, CommandRequest, Millis, Opinion, Verdict, Visibility};
use stage::{ingest, said};

const VOICE: &str = r#"
[voices.northwind]
names = ["Northwind"]
sign = { by = "initials", before = "^" }
forbidden = [{ words = ["rubbish"] }]
severity = { spelling = "note" }
expires = "2h"

[team.mia]
name = "Mia Król"

[authority]
may = [
    { roles = ["lead"], brands = ["northwind"], acts = ["refund", "compensate", "promise", "apologise"] },
    { roles = ["agent"], brands = ["northwind"], acts = ["apologise"] },
    { roles = ["agent"], brands = ["northwind"], acts = ["promise"], second = true },
]
"#;

struct Room {
    policies: Policies,
    state: Option<Conversation>,
    log: Vec<Recorded>,
    now: Millis,
}

impl Room {
    fn under(policy: &str) -> Self {
        let house = read(&[Text {
            name: "policy.toml",
            text: policy,
        }]);
        let house = house.map_err(|wrong| wrong.iter().map(ToString::to_string).collect::<Vec<_>>());
        let mut room = Self {
            policies: Policies::of([Applied::new(1, house.unwrap())]),
            state: None,
            log: Vec::new(),
            now: 1000,
        };
        room.act(ingest(vec![said("1", 500, "My parcel is late, what now?")]))
            .unwrap();
        room
    }

    fn rules(&self) -> Rules<'_> {
        Rules {
            line: LineRules::free(),
            policies: &self.policies,
        }
    }

    fn act(&mut self, command: Command) -> Result<Vec<Event>, Refusal> {
        self.now += 1;
        let events = decide(self.state.as_ref(), command, &self.rules(), self.now)?;
        for event in &events {
            let state = self.state.get_or_insert_default();
            let recorded = Recorded {
                seq: state.version + 1,
                at: self.now,
                event: event.clone(),
            };
            apply(state, &recorded);
            self.log.push(recorded);
        }
        Ok(events)
    }

    fn state(&self) -> &Conversation {
        self.state.as_ref().unwrap()
    }

    fn reply(&self) -> &jackfield_desk::Reply {
        &self.state().replies[&"r1".into()]
    }

    fn in_outbox(&self) -> bool {
        matches!(self.reply().state, ReplyState::Queued { .. })
    }
}

fn who(agent: &str, role: &str) -> Writer {
    Writer {
        roles: [role.to_owned()].into(),
        brand: "northwind".into(),
        ..Writer::bare(agent.into())
    }
}

fn writing(by: Writer, text: &str) -> Writing {
    Writing {
        by,
        id: "r1".into(),
        text: text.to_owned(),
        visibility: Visibility::Direct,
        parent: None,
        meant: Vec::new(),
        seen: None,
        elsewhere: Vec::new(),
    }
}

fn write(by: Writer, text: &str) -> Command {
    Command::Write(Box::new(writing(by, text)))
}

fn reading(by: Writer, id: &str, what: ReadAct) -> Command {
    Command::Read(Box::new(Reading {
        by,
        id: id.into(),
        reply: "r1".into(),
        what,
    }))
}

/// In direct answers, so that nothing but the acts asks for readers.
#[test]
fn a_reply_under_a_policy_is_signed_and_carries_its_pass() {
    let mut room = Room::under(VOICE);
    let events = room
        .act(write(who("mia", "agent"), "I am sorry. It comes by post."))
        .unwrap();
    let Some(Event::ReplyAsked {
        text, pass: Some(pass), ..
    }) = events.last()
    else {
        panic!("{events:?}");
    };
    assert_eq!(text, "I am sorry. It comes by post. ^MK");
    assert_eq!(
        (pass.policy.as_str(), pass.signature.as_str()),
        (room.policies.current.version.as_str(), "^MK")
    );
    assert!(
        pass.findings.iter().any(|finding| finding.rule == Rule::Apology),
        "{pass:?}"
    );
    // The same command again has no second effect, though its text is unsigned.
    assert_eq!(
        room.act(write(who("mia", "agent"), "I am sorry. It comes by post."))
            .unwrap(),
        []
    );
}

#[test]
fn what_the_panel_hides_the_desk_refuses() {
    let mut room = Room::under(VOICE);
    for (by, text, code) in [
        (who("mia", "agent"), "What rubbish.", "reply-blocked"),
        (who("mia", "agent"), "We will refund 20 EUR.", "reply-blocked"),
        (who("mia", "stranger"), "I am sorry.", "reply-blocked"),
        (Writer::bare("mia".into()), "I am sorry.", "reply-blocked"),
        (who("mia", "agent"), "WHERE IS IT NOW PLEASE TELL US", "reply-ask"),
    ] {
        let refusal = room.act(write(by, text)).unwrap_err();
        assert_eq!(refusal.code(), code, "{text}: {refusal}");
        // The old way in is no way round.
        let old = Command::As {
            by: who("mia", "agent"),
            request: CommandRequest {
                id: "r1".into(),
                command: Wish::Reply {
                    text: text.to_owned(),
                    visibility: Visibility::Direct,
                    parent: None,
                },
            },
        };
        assert!(text == "I am sorry." || room.act(old).is_err(), "{text}");
        let known = room.state.as_mut().unwrap();
        known.replies.clear();
        known.commands.clear();
        known.owner = None;
    }
    // A role of another brand is nothing here.
    let other = Writer {
        brand: "southwind".into(),
        ..who("mia", "lead")
    };
    assert!(room.act(write(other, "We will refund 20 EUR.")).is_err());
    assert!(room.act(write(who("mia", "lead"), "We will refund 20 EUR.")).is_ok());
}

#[test]
fn what_asks_is_sent_when_its_author_names_it_and_that_is_written_down() {
    let mut room = Room::under(VOICE);
    let text = "WHERE IS IT NOW PLEASE TELL US";
    let Refusal::Findings(judged) = room.act(write(who("mia", "agent"), text)).unwrap_err() else {
        panic!("not judged");
    };
    let (finding, _) = &judged.findings[0];
    let words: String = text
        .chars()
        .skip(finding.span.0)
        .take(finding.span.1 - finding.span.0)
        .collect();
    let meant = |words: &str| Meant {
        rule: finding.rule,
        words: words.to_owned(),
        why: String::new(),
    };
    let other = Writing {
        meant: vec![meant("SOMETHING ELSE")],
        ..writing(who("mia", "agent"), text)
    };
    assert_eq!(
        room.act(Command::Write(Box::new(other))).unwrap_err().code(),
        "reply-ask"
    );
    let named = Writing {
        meant: vec![meant(&words)],
        ..writing(who("mia", "agent"), text)
    };
    let events = room.act(Command::Write(Box::new(named))).unwrap();
    let Some(Event::ReplyAsked { pass: Some(pass), .. }) = events.last() else {
        panic!("{events:?}");
    };
    assert_eq!(pass.overrides[0].by, "mia".into());
}

#[test]
fn a_reply_that_needs_a_reader_goes_out_when_somebody_else_has_read_it_as_it_is() {
    let mut room = Room::under(VOICE);
    room.act(write(who("mia", "agent"), "I promise you a new one."))
        .unwrap();
    assert!(!room.in_outbox() && room.reply().is_held());
    let seen = room.state().version;
    let approve = |edition, seen| ReadAct::Approve { edition, seen };
    let own = room
        .act(reading(who("mia", "agent"), "a1", approve(1, seen)))
        .unwrap_err();
    assert_eq!(own.code(), "approval-own");
    // The person writes again: what was seen before no longer counts.
    room.act(ingest(vec![said("2", 900, "It came, never mind!")])).unwrap();
    let late = room
        .act(reading(who("bea", "agent"), "a2", approve(1, seen)))
        .unwrap_err();
    assert_eq!(late.code(), "thread-moved");
    assert!(!room.in_outbox());
    let seen = room.state().version;
    room.act(reading(who("bea", "agent"), "a3", approve(1, seen))).unwrap();
    assert!(room.in_outbox());
    let pass = room.reply().pass.as_ref().unwrap();
    assert_eq!(pass.read_by[0].0, "bea".into());
    // The same approval again is the same.
    assert_eq!(
        room.act(reading(who("bea", "agent"), "a3", approve(1, seen))).unwrap(),
        []
    );
}

#[test]
fn a_reply_is_returned_changed_and_expires() {
    let mut room = Room::under(VOICE);
    room.act(write(who("mia", "agent"), "I promise you a new one."))
        .unwrap();
    let seen = room.state().version;
    let supersede = |text: &str| ReadAct::Supersede {
        text: text.to_owned(),
        meant: Vec::new(),
        seen,
        elsewhere: Vec::new(),
    };
    let blocked = room.act(reading(
        who("mia", "agent"),
        "s1",
        supersede("I promise it, what rubbish."),
    ));
    assert_eq!(blocked.unwrap_err().code(), "reply-blocked");
    room.act(reading(who("mia", "agent"), "s2", supersede("I promise you two.")))
        .unwrap();
    assert_eq!(room.reply().text, "I promise you two. ^MK");
    let approve = ReadAct::Approve { edition: 1, seen };
    assert_eq!(
        room.act(reading(who("bea", "agent"), "a1", approve))
            .unwrap_err()
            .code(),
        "approval-text-moved"
    );
    // A text that needs nobody goes out at once.
    let mut plain = Room::under(VOICE);
    plain
        .act(write(who("mia", "agent"), "I promise you a new one."))
        .unwrap();
    plain
        .act(reading(who("mia", "agent"), "s3", supersede("It comes by post.")))
        .unwrap();
    assert!(plain.in_outbox());

    assert_eq!(
        alarm_at(room.state(), &room.rules(), room.now),
        room.reply().approval.as_ref().map(|a| a.expires_at)
    );
    room.now = alarm_at(room.state(), &room.rules(), room.now).unwrap();
    room.act(Command::TimePassed).unwrap();
    assert!(!room.reply().is_held() && !room.in_outbox());
    let late = ReadAct::Approve {
        edition: 2,
        seen: room.state().version,
    };
    assert_eq!(
        room.act(reading(who("bea", "agent"), "a2", late)).unwrap_err().code(),
        "approval-over"
    );
    let retry = Wish::Retry { reply: "r1".into() };
    assert_eq!(
        room.act(stage::wish("mia", "t1", retry)).unwrap_err().code(),
        "reply-not-failed"
    );
    // The host's reports cannot put it into the outbox either.
    for report in [
        Command::Waits {
            reply: "r1".into(),
            reason: String::new(),
            not_before: 0,
        },
        Command::PublishAgain { reply: "r1".into() },
        Command::Sending { reply: "r1".into() },
        Command::Failed {
            reply: "r1".into(),
            reason: String::new(),
            cause: None,
        },
    ] {
        assert_eq!(room.act(report).unwrap_err().code(), "delivery-out-of-order");
    }
}

const RULES: &str = r#"
[calendars.always]
zone = "UTC"
week = { mon-sun = ["00:00-24:00"] }

[rules.late]
on = "message"
when = { text = ["late"] }
do = [{ tag = "late" }, { priority = 3 }, { note = "the parcel is late" }]

[rules.late-goes-to-bea]
on = "state-changed"
when = { tag = "late" }
do = [{ assign = { agent = "bea" } }]

[rules.forgotten]
on = "time-passed"
when = { waited = { at-least = "1h" }, not = { tag = "forgotten" } }
do = [{ tag = "forgotten" }]
"#;

#[test]
fn rules_act_in_the_commit_of_what_they_follow_and_through_the_desk() {
    let mut room = Room::under(RULES);
    let state = room.state();
    assert!(state.tags.contains("late"), "{state:?}");
    assert_eq!(state.weights["late"], 3);
    assert_eq!(state.owner, Some("bea".into()));
    let note = state.notes.values().next().unwrap();
    assert_eq!(
        (note.by.as_str(), note.text.as_str()),
        ("rule late", "the parcel is late")
    );
    let again = room
        .act(ingest(vec![said("1", 500, "My parcel is late, what now?")]))
        .unwrap();
    assert_eq!(again, [], "what is known makes no rule run");
    // Of what rules did, the chain tells which led there.
    let chains: Vec<_> = room
        .log
        .iter()
        .filter_map(|recorded| match &recorded.event {
            Event::Ruled { rule, chain, .. } if rule == "late-goes-to-bea" => Some(chain.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(chains, [vec!["late".to_owned()]]);
}

#[test]
fn time_wakes_a_rule_once() {
    let mut room = Room::under(RULES);
    let due = alarm_at(room.state(), &room.rules(), room.now).unwrap();
    assert_eq!(due, 500 + 3_600_000);
    room.now = due - 2;
    room.act(Command::TimePassed).unwrap();
    assert!(!room.state().tags.contains("forgotten"));
    room.now = due;
    room.act(Command::TimePassed).unwrap();
    assert!(room.state().tags.contains("forgotten"));
    let mut steps = 0;
    while let Some(next) = alarm_at(room.state(), &room.rules(), room.now).filter(|_| steps < 5) {
        room.now = next.max(room.now);
        room.act(Command::TimePassed).unwrap();
        steps += 1;
    }
    assert!(steps < 3, "it does not wake for ever");
    let tagged = room
        .log
        .iter()
        .filter(|r| matches!(&r.event, Event::Ruled { rule, .. } if rule == "forgotten"));
    assert_eq!(tagged.count(), 1);
}

#[test]
fn without_a_policy_all_is_as_it_was() {
    let mut room = Room::under("");
    room.policies = Policies::default();
    let events = room
        .act(write(Writer::bare("mia".into()), "WHAT RUBBISH, we refund 1000 EUR"))
        .unwrap();
    assert!(
        matches!(events.last(), Some(Event::ReplyAsked { pass: None, .. })),
        "{events:?}"
    );
}

/// Whichever message an author picks to answer: what waits beside it is answered, too.
#[test]
fn a_harmless_message_takes_no_reader_away_from_what_waits_beside_it() {
    for parent in [None, Some("1"), Some("2")] {
        let risk = "risk = { one-reader = 4, two-readers = 8, labels = { legal = 4 } }";
        let mut room = Room::under(&VOICE.replace("expires = \"2h\"", risk));
        let opinion = Opinion {
            label: "legal".to_owned(),
            margin: 1.0,
            because: None,
        };
        let verdict = Verdict {
            by: "keywords@0.1.0".to_owned(),
            revision: 0,
            opinions: vec![opinion],
            trouble: None,
        };
        let remote_id = "1".into();
        room.act(Command::Judge { remote_id, verdict }).unwrap();
        room.act(ingest(vec![said("2", 600, "hello?")])).unwrap();
        let mut letter = writing(who("mia", "agent"), "Good day.");
        letter.parent = parent.map(Into::into);
        room.act(Command::Write(Box::new(letter))).unwrap();
        assert!(
            room.reply().is_held() && !room.in_outbox(),
            "{parent:?}: nobody reads it"
        );
    }
}

#[test]
fn rules_that_answer_one_another_end_and_say_so() {
    let rule = |n: u32| format!("[rules.r{n}]\non = 'state-changed'\ndo = [{{ priority = {n} }}]\n");
    let mut room = Room::under(&(1..=10).map(rule).collect::<String>());
    let events = room
        .act(Command::As {
            by: who("mia", "agent"),
            request: CommandRequest {
                id: "k1".into(),
                command: Wish::Take,
            },
        })
        .unwrap();
    let ruled: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Ruled { refused, .. } => Some(refused),
            _ => None,
        })
        .collect();
    assert_eq!(ruled.len(), 1_000);
    assert_eq!(ruled.iter().filter(|refused| refused.is_some()).count(), 1);
    assert!(
        ruled
            .last()
            .unwrap()
            .as_ref()
            .unwrap()
            .contains("rules answer one another")
    );
}
