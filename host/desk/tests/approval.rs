//! Replies that others read, in random interleavings of authors, readers, customers and time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

use jackfield_desk::approval::{Approval, Asking, Command, Event, Refusal, Stands, apply, decide};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn asking(by: &str, text: &str, readers: u8, thread: u64) -> Asking {
    Asking {
        by: by.into(),
        text: text.to_owned(),
        readers,
        policy: "7".to_owned(),
        thread,
        expires_at: 1000,
    }
}

#[derive(Default)]
struct Desk {
    state: Option<Approval>,
    log: Vec<Event>,
}

impl Desk {
    fn act(&mut self, command: Command, now: i64) -> Result<Vec<Event>, Refusal> {
        let events = decide(self.state.as_ref(), command, now)?;
        for event in &events {
            self.state = apply(self.state.take(), event);
            self.log.push(event.clone());
        }
        Ok(events)
    }

    fn asked(readers: u8) -> Self {
        let mut desk = Self::default();
        desk.act(Command::Ask(asking("mia", "good day", readers, 5)), 0)
            .unwrap();
        desk
    }
}

fn approve(by: &str, edition: u32, thread: u64) -> Command {
    Command::Approve {
        by: by.into(),
        edition,
        thread,
    }
}

#[test]
fn what_is_refused_says_why() {
    let check = |readers: u8, before: Vec<Command>, command: Command, now: i64, code: &str| {
        let mut desk = Desk::asked(readers);
        for command in before {
            desk.act(command, 1).unwrap();
        }
        let state = desk.state.clone();
        let refusal = desk.act(command, now).unwrap_err();
        assert_eq!(refusal.code(), code);
        let words = refusal.to_string();
        assert!(words.len() > 20 && words.ends_with('.'), "{words}");
        assert_eq!(desk.state, state, "a refusal changes nothing");
    };
    check(1, vec![], approve("mia", 1, 5), 1, "approval-own");
    check(2, vec![approve("leo", 1, 5)], approve("leo", 1, 5), 1, "approval-twice");
    check(1, vec![], approve("leo", 2, 5), 1, "approval-text-moved");
    check(
        1,
        vec![Command::Moved { thread: 6 }],
        approve("leo", 1, 5),
        1,
        "approval-overtaken",
    );
    check(1, vec![], approve("leo", 1, 9), 1, "approval-thread-unknown");
    check(1, vec![], approve("leo", 1, 5), 1000, "approval-expired");
    check(
        2,
        vec![approve("leo", 1, 5)],
        Command::Publish { thread: 5 },
        1,
        "approval-readers-missing",
    );
    check(
        1,
        vec![approve("leo", 1, 5)],
        Command::Publish { thread: 6 },
        1,
        "approval-overtaken",
    );
    check(
        1,
        vec![],
        Command::Withdraw { by: "leo".into() },
        1,
        "approval-not-author",
    );
    check(
        1,
        vec![],
        Command::Reject {
            by: "leo".into(),
            why: " ".to_owned(),
        },
        1,
        "approval-why-missing",
    );
    check(
        1,
        vec![],
        Command::Supersede(asking("leo", "other", 1, 5)),
        1,
        "approval-not-author",
    );
    check(
        1,
        vec![],
        Command::Supersede(asking("mia", "good day ", 1, 5)),
        1,
        "approval-text-same",
    );
    check(
        1,
        vec![Command::Withdraw { by: "mia".into() }],
        approve("leo", 1, 5),
        1,
        "approval-over",
    );
    check(1, vec![], Command::Ask(asking("mia", "x", 1, 5)), 1, "approval-asked");
    let none = decide(None, approve("leo", 1, 5), 1).unwrap_err();
    assert_eq!(none.code(), "approval-none");
}

#[test]
fn a_reader_looks_again_when_the_person_wrote_again() {
    let mut desk = Desk::asked(1);
    desk.act(approve("leo", 1, 5), 1).unwrap();
    assert_eq!(desk.state.as_ref().unwrap().words(), "leo approved it; it can go out.");
    let events = desk.act(Command::Moved { thread: 6 }, 2).unwrap();
    assert_eq!(
        events,
        [Event::Overtaken {
            thread: 6,
            again: vec!["leo".into()]
        }]
    );
    assert_eq!(
        desk.act(Command::Publish { thread: 6 }, 3).unwrap_err().code(),
        "approval-readers-missing"
    );
    desk.act(approve("leo", 1, 6), 4).unwrap();
    desk.act(Command::Publish { thread: 6 }, 5).unwrap();
    assert_eq!(desk.state.unwrap().stands, Stands::Published);
}

#[test]
fn a_suggestion_that_the_author_takes_is_a_new_text_and_needs_a_reader() {
    let mut desk = Desk::asked(1);
    let suggest = Command::Suggest {
        by: "leo".into(),
        edition: 1,
        text: "Good day, Ana".to_owned(),
        why: "greet her".to_owned(),
    };
    desk.act(suggest, 1).unwrap();
    desk.act(Command::Supersede(asking("mia", "Good day, Ana", 1, 5)), 2)
        .unwrap();
    let state = desk.state.as_ref().unwrap();
    assert_eq!((state.edition, state.missing()), (2, 1));
    assert_eq!(
        desk.act(Command::Publish { thread: 5 }, 3).unwrap_err().code(),
        "approval-readers-missing"
    );
    desk.act(approve("leo", 2, 5), 4).unwrap();
    desk.act(Command::Publish { thread: 5 }, 5).unwrap();
}

fn any_command() -> impl Strategy<Value = Command> {
    let who = || prop_oneof![Just("mia"), Just("leo"), Just("kim"), Just("noa")];
    let text = || prop_oneof![Just("good day"), Just("good night"), Just("")];
    let asked = move || {
        (who(), text(), 0..4_u8, 3..8_u64, 10..60_i64).prop_map(|(by, text, readers, thread, expires_at)| Asking {
            expires_at,
            ..asking(by, text, readers, thread)
        })
    };
    prop_oneof![
        2 => asked().prop_map(Command::Ask),
        2 => asked().prop_map(Command::Supersede),
        9 => (who(), 1..4_u32, 3..8_u64).prop_map(|(by, edition, thread)| approve(by, edition, thread)),
        1 => (who(), 1..4_u32, text()).prop_map(|(by, edition, text)| Command::Suggest { by: by.into(), edition, text: text.to_owned(), why: String::new() }),
        1 => who().prop_map(|by| Command::Reject { by: by.into(), why: "no".to_owned() }),
        1 => who().prop_map(|by| Command::Withdraw { by: by.into() }),
        3 => (3..8_u64).prop_map(|thread| Command::Moved { thread }),
        1 => Just(Command::Expire),
        4 => (3..8_u64).prop_map(|thread| Command::Publish { thread }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// The law is checked on the log alone, by a reading of its own: it knows nothing of the state machine.
    #[test]
    fn nothing_goes_out_that_was_not_read_by_as_many_people_as_the_policy_demanded(
        commands in proptest::collection::vec(any_command(), 1..60)
    ) {
        let mut desk = Desk::default();
        let (mut author, mut readers, mut thread, mut edition, mut expires) = (String::new(), 0, 0, 0, 0);
        let mut valid: BTreeSet<String> = BTreeSet::new();
        let mut over = true;
        for (now, command) in commands.into_iter().enumerate() {
            let now = i64::try_from(now).unwrap();
            let before = desk.state.clone();
            let asked_at = match &command { Command::Publish { thread } => Some(*thread), _ => None };
            let Ok(events) = desk.act(command, now) else {
                prop_assert_eq!(&desk.state, &before);
                continue;
            };
            for event in events {
                match event {
                    Event::Asked { asking } | Event::Superseded { asking } => {
                        if !over { prop_assert!(author.is_empty() || asking.by.0 == author || now >= expires, "somebody else's text"); }
                        prop_assert!(!asking.text.trim().is_empty() && asking.readers <= 2);
                        edition = if over || asking.by.0 != author { 1 } else { edition + 1 };
                        author = asking.by.0;
                        readers = usize::from(asking.readers);
                        thread = asking.thread;
                        expires = asking.expires_at;
                        valid.clear();
                        over = false;
                    }
                    Event::Approved { by, thread: saw, .. } => {
                        prop_assert!(!over && now < expires);
                        prop_assert_eq!(saw, thread, "approved against a thread that was not seen");
                        prop_assert_ne!(&by.0, &author);
                        prop_assert!(valid.insert(by.0), "one person counts twice");
                    }
                    Event::Overtaken { thread: now, .. } => {
                        prop_assert!(now > thread);
                        thread = now;
                        valid.clear();
                    }
                    Event::Published => {
                        prop_assert!(!over && now < expires);
                        prop_assert!(valid.len() >= readers, "{} of {readers}", valid.len());
                        prop_assert!(readers == 0 || asked_at == Some(thread), "the thread moved on");
                        over = true;
                    }
                    Event::Rejected { .. } | Event::Withdrawn | Event::Expired => over = true,
                    Event::Ready => prop_assert!(valid.len() >= readers),
                    Event::Suggested { by, .. } => prop_assert_ne!(&by.0, &author),
                }
            }
            let _ = edition;
        }
        // The log alone gives the state, also through its JSON.
        let json = serde_json::to_string(&desk.log).unwrap();
        let log: Vec<Event> = serde_json::from_str(&json).unwrap();
        let folded = log.iter().fold(None, apply);
        prop_assert_eq!(&folded, &desk.state);
    }
}
