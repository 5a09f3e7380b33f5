//! The JSON of every event is frozen: a log that was written once is read for ever.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may say "this cannot be"

mod stage;

use jackfield_desk::automation::Action;
use jackfield_desk::clocks::{self, Bell, Chosen, Clock, Kind, Ring};
use jackfield_desk::gate::{Finding, Override, PassRecord, Risk, Rule, Severity};
use jackfield_desk::ladder::{Act, Due, Obligation, Phase, Rung};
use jackfield_desk::stage::{Cause, Stage};
use jackfield_desk::{Event, approval};
use jackfield_protocol::{Attachment, FactKind, InboundFact, Mark, Opinion, Span, Verdict, Visibility, WorkAct};
use stage::{content, deleted, place, said};

/// The kind of an event. A new one does not compile here until it is thought of.
fn kind(event: &Event) -> &'static str {
    match event {
        Event::Opened(_) => "opened",
        Event::Inbound(InboundFact {
            kind: FactKind::Said(_),
            ..
        }) => "inbound-said",
        Event::Inbound(InboundFact {
            kind: FactKind::Deleted,
            ..
        }) => "inbound-deleted",
        Event::Judged { .. } => "judged",
        Event::Taken { .. } => "taken",
        Event::HandedOver { .. } => "handed-over",
        Event::Noted { .. } => "noted",
        Event::ReplyAsked { pass: None, .. } => "reply-asked",
        Event::ReplyAsked { .. } => "reply-asked-with-pass",
        Event::ReplyHeld { .. } => "reply-held",
        Event::ReplyRead { pass: None, .. } => "reply-read",
        Event::ReplyRead { .. } => "reply-read-superseded",
        Event::Ruled { .. } => "ruled",
        Event::RulesHold { .. } => "rules-hold",
        Event::ReplySending { .. } => "reply-sending",
        Event::ReplySent { .. } => "reply-sent",
        Event::ReplyWaits { .. } => "reply-waits",
        Event::ReplyFailed { .. } => "reply-failed",
        Event::ReplyUnknown { .. } => "reply-unknown",
        Event::ReplyRetried { .. } => "reply-retried",
        Event::Resolved { .. } => "resolved",
        Event::Reopened { .. } => "reopened",
        Event::Worked { .. } => "worked",
        Event::Staged { .. } => "staged",
        Event::Queued { .. } => "queued",
        Event::Chosen(_) => "chosen",
        Event::Rang(_) => "rang",
        Event::Clocks { .. } => "clocks",
        Event::Rung(_) => "rung",
        Event::Owes(_) => "owes",
        Event::Owed { .. } => "owed",
        Event::OwedLate { .. } => "owed-late",
        Event::Seen { .. } => "seen",
    }
}

/// How many names `kind` has.
const KINDS: usize = 33;

fn everything_said() -> InboundFact {
    let mut words = content("ana@example.org", "@northwind see https://example.org #late");
    words.author.display_name = Some("Ana".to_owned());
    words.author.profile_url = Some("https://example.org/@ana".to_owned());
    words.author.reach = Some(12);
    words.title = Some("Late".to_owned());
    let marks = [
        Mark::Mention("northwind".to_owned()),
        Mark::Link("https://example.org".to_owned()),
        Mark::Tag("late".to_owned()),
        Mark::Quote,
        Mark::Strong,
        Mark::Emphasis,
        Mark::Code,
        Mark::Other("ruby".to_owned()),
    ];
    words.spans = (0..)
        .zip(marks)
        .map(|(at, mark)| Span {
            start: at,
            end: at + 1,
            mark,
        })
        .collect();
    let url = "https://example.org/a.png".to_owned();
    words.attachments.push(Attachment {
        url,
        media_type: Some("image/png".to_owned()),
        size: Some(9),
        alt: Some("a box".to_owned()),
    });
    words.language = Some("en".to_owned());
    words.warning = Some("parcels".to_owned());
    InboundFact {
        revision: 3,
        parent: Some("108".into()),
        visibility: Visibility::Other("circle".to_owned()),
        url: Some("https://example.org/@ana/109".to_owned()),
        kind: FactKind::Said(Box::new(words)),
        ..said("109", 1_700_000_000_000, "")
    }
}

/// One of everything that a pass can hold.
fn pass() -> PassRecord {
    PassRecord {
        policy: "0123456789abcdef".to_owned(),
        findings: vec![Finding {
            span: (0, 4),
            rule: Rule::Shouting,
            reason: "it shouts".to_owned(),
            severity: Severity::Ask,
            suggestion: Some("good".to_owned()),
        }],
        overrides: vec![Override {
            rule: Rule::Shouting,
            words: "GOOD".to_owned(),
            by: "mia".into(),
            why: "a name".to_owned(),
        }],
        risk: Risk {
            points: vec![("Everybody can read it".to_owned(), 1)],
            readers: 1,
        },
        read_by: vec![("bea".into(), 5)],
        signature: "^M".to_owned(),
    }
}

fn every_event() -> Vec<Event> {
    let opinion = Opinion {
        label: "question".to_owned(),
        margin: 1.5,
        because: Some((0, 3)),
    };
    let verdict = Verdict {
        by: "keywords@0.1.0".to_owned(),
        revision: 3,
        opinions: vec![opinion],
        trouble: Some("it ran out of time".to_owned()),
    };
    let reply = || "r1".into();
    let because = || "the network is busy".to_owned();
    vec![
        Event::Opened(place()),
        Event::Inbound(everything_said()),
        Event::Inbound(deleted("109", 1_700_000_000_001)),
        Event::Judged {
            remote_id: "109".into(),
            verdict,
        },
        Event::Taken {
            command: "k1".into(),
            by: "mia".into(),
        },
        Event::HandedOver {
            command: "k2".into(),
            by: "mia".into(),
            to: Some("bea".into()),
            why: "yours".to_owned(),
        },
        Event::Noted {
            command: "k3".into(),
            by: "mia".into(),
            text: "a regular".to_owned(),
        },
        Event::ReplyAsked {
            command: reply(),
            by: "mia".into(),
            text: "good day".to_owned(),
            visibility: Visibility::Unlisted,
            parent: Some("109".into()),
            key: "00000000-0000-8000-8000-000000000000".to_owned(),
            pass: None,
        },
        Event::ReplyAsked {
            command: reply(),
            by: "mia".into(),
            text: "good day ^M".to_owned(),
            visibility: Visibility::Unlisted,
            parent: Some("109".into()),
            key: "00000000-0000-8000-8000-000000000000".to_owned(),
            pass: Some(Box::new(pass())),
        },
        Event::ReplyHeld {
            command: reply(),
            by: "mia".into(),
            text: "good day ^M".to_owned(),
            visibility: Visibility::Unlisted,
            parent: Some("109".into()),
            key: "00000000-0000-8000-8000-000000000000".to_owned(),
            pass: Box::new(pass()),
        },
        Event::ReplyRead {
            command: Some("k9".into()),
            by: Some("bea".into()),
            reply: reply(),
            what: approval::Event::Approved {
                by: "bea".into(),
                at: 5,
                edition: 1,
                thread: 2,
            },
            pass: None,
        },
        Event::ReplyRead {
            command: Some("k10".into()),
            by: Some("mia".into()),
            reply: reply(),
            what: approval::Event::Superseded {
                asking: approval::Asking {
                    by: "mia".into(),
                    text: "good morning ^M".to_owned(),
                    readers: 1,
                    policy: "0123456789abcdef".to_owned(),
                    thread: 2,
                    expires_at: 9,
                },
            },
            pass: Some(Box::new(pass())),
        },
        Event::Ruled {
            rule: "loud".to_owned(),
            chain: vec!["vip".to_owned()],
            did: Action::Tag("loud".to_owned()),
            refused: Some("it is too late".to_owned()),
        },
        Event::RulesHold {
            rules: ["forgotten".to_owned()].into(),
        },
        Event::ReplySending { command: reply() },
        Event::ReplySent {
            command: reply(),
            remote_id: "110".into(),
            url: None,
            at: 1_700_000_000_002,
        },
        Event::ReplyWaits {
            command: reply(),
            reason: because(),
            not_before: 1_700_000_000_003,
        },
        Event::ReplyFailed {
            command: reply(),
            reason: because(),
            cause: None,
        },
        Event::ReplyUnknown {
            command: reply(),
            reason: because(),
        },
        Event::ReplyRetried {
            command: "k4".into(),
            reply: reply(),
            by: "mia".into(),
        },
        Event::Resolved {
            command: "k5".into(),
            by: "mia".into(),
        },
        Event::Reopened {
            command: None,
            by: None,
        },
        Event::Seen {
            by: "mia".into(),
            version: 7,
        },
    ]
    .into_iter()
    .chain(work_events())
    .collect()
}

fn work_events() -> Vec<Event> {
    let (kind, at) = (Kind::FirstResponse, 1_700_000_000_004);
    let ring = Ring {
        kind,
        round: 0,
        bell: Bell::Warning,
        at,
    };
    let clock = Clock {
        kind,
        round: 0,
        target: "quick".to_owned(),
        version: 2,
        started: at,
        due: Some(at + 2),
        warn: Some(at + 1),
        paused: Some((at, clocks::Why::Snoozed)),
        ended: Some((clocks::End::Met, at + 1)),
        bells: vec![ring],
    };
    let then = || "specialist".to_owned();
    let obligation = Obligation {
        brand: "northwind".into(),
        taken_by: "nights".to_owned(),
        owed_to: "northwind".to_owned(),
        scope: "after-hours".to_owned(),
        since: at,
        phase: Phase::Taken,
        acknowledge_by: at + 1,
        escalate_by: at + 2,
        follow_up_by: at + 3,
        waivers: vec!["sue".into()],
        acts: Vec::new(),
    };
    vec![
        Event::Worked {
            command: "k6".into(),
            by: "mia".into(),
            act: WorkAct::Snooze { until: at },
        },
        Event::Staged {
            cause: Cause::Offered,
            to: Stage::Offered,
            agent: Some("mia".into()),
            until: Some(at),
            because: vec!["speaks de 2 of 2 needed".to_owned()],
        },
        Event::Queued {
            queue: Some("billing".to_owned()),
            by: Some("mia".into()),
        },
        Event::Chosen(Chosen {
            kind,
            round: 0,
            target: Some("quick".to_owned()),
            version: 2,
        }),
        Event::Rang(ring),
        Event::Clocks { changed: vec![clock] },
        Event::Rung(Rung::Rose {
            to: then(),
            at,
            due: Some(Due { at, then: then() }),
        }),
        Event::Owes(Box::new(obligation)),
        Event::Owed {
            number: 0,
            by: "mia".into(),
            act: Act::Waive {
                why: "the parcel came".to_owned(),
            },
        },
        Event::OwedLate {
            number: 0,
            phase: Phase::Taken,
            at,
        },
    ]
}

#[test]
fn the_json_of_every_event_is_as_it_was() {
    let events = every_event();
    let mut kinds: Vec<_> = events.iter().map(kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), KINDS, "every kind has a snapshot");
    for event in events {
        insta::assert_json_snapshot!(kind(&event), event);
    }
}

#[test]
fn what_was_written_is_read_back_as_it_was() {
    for event in every_event() {
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event, "{json}");
    }
}
