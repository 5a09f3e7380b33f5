//! What comes in, from a stand-in with state, by HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod net;

use jackfield_conform::Config;
use jackfield_conform::mastodon::NewPost;
use jackfield_sdk::channel::*;
use net::{Line, answer, direct, mention, text};
use std::collections::BTreeSet;

fn ids(events: &[Event]) -> Vec<String> {
    events.iter().map(|e| e.remote_id.clone()).collect()
}

#[test]
fn the_check_names_the_account() {
    let line = Line::new();
    assert_eq!(
        line.check().unwrap(),
        format!("Signed in to {} as @northwind.", line.standin().url())
    );
}

#[test]
fn three_hundred_mentions_arrive_once_each_oldest_first() {
    let line = Line::new();
    let said: Vec<String> = (0..300)
        .map(|n| line.speak("ana", mention(&format!("number {n}"))).0.to_string())
        .collect();
    let events = line.drain();
    assert_eq!(ids(&events), said);
    assert!(line.drain().is_empty());
    let late = line.speak("ben", mention("and one more"));
    assert_eq!(ids(&line.drain()), [late.0.to_string()]);
}

#[test]
fn the_same_cursor_gives_the_same_batch() {
    let line = Line::new();
    let root = line.speak("ana", NewPost::public("my lid is broken"));
    line.speak("ben", answer(root, "is that usual?"));
    let (cursor, kv) = (line.cursor.borrow().clone(), line.stored());
    let first = line.poll(100).unwrap();
    let again = line.poll_from(cursor, kv);
    assert_eq!(again.events, first.events);
    assert_eq!(again.cursor, first.cursor);
    let known: BTreeSet<(String, u64)> = first.events.iter().map(|e| (e.remote_id.clone(), e.revision)).collect();
    assert_eq!(known.len(), first.events.len(), "nothing twice in one batch");
}

#[test]
fn what_was_answered_comes_as_context_in_one_thread() {
    let line = Line::new();
    let root = line.speak("ana", NewPost::public("my lid is broken"));
    let middle = line.speak(
        "carl",
        NewPost {
            in_reply_to: Some(root),
            ..NewPost::public("mine too")
        },
    );
    let ours = line.as_brand(NewPost {
        in_reply_to: Some(middle),
        ..NewPost::public("@carl which one?")
    });
    let asked = line.speak("ben", answer(ours, "and mine"));
    let events = line.drain();
    let expected = [
        (root, true, false),
        (middle, true, false),
        (ours, false, true),
        (asked, false, false),
    ];
    assert_eq!(events.len(), 4);
    for (event, (id, context, is_ours)) in events.iter().zip(expected) {
        assert_eq!(
            (&event.remote_id, event.context, event.ours),
            (&id.0.to_string(), context, is_ours)
        );
        assert_eq!(event.thread, root.0.to_string());
    }
    assert_eq!(events[3].parent, Some(ours.0.to_string()));
}

#[test]
fn the_thread_keeps_its_name_when_its_root_is_deleted() {
    let line = Line::new();
    let root = line.speak("ana", NewPost::public("my lid is broken"));
    let asked = line.speak("ben", answer(root, "is that usual?"));
    line.drain();
    line.delete(root);
    let later = line.speak("ana", answer(asked, "I deleted mine"));
    line.ahead_ms.set(3_600_000);
    let events = line.drain();
    assert!(events.iter().all(|e| e.thread == root.0.to_string()), "{events:?}");
    assert!(events.iter().any(|e| e.remote_id == later.0.to_string()));
    assert!(
        events
            .iter()
            .any(|e| e.remote_id == root.0.to_string() && e.kind == Kind::Deleted)
    );
}

#[test]
fn edits_and_deletions_arrive_and_every_wording_is_kept() {
    let line = Line::new();
    let first = line.speak("ana", mention("frist"));
    let second = line.speak("ben", mention("gone soon"));
    assert_eq!(line.drain().len(), 2);
    line.edit(first, "@northwind first");
    line.edit(first, "@northwind first, really");
    line.delete(second);
    line.ahead_ms.set(60_000);
    let events = line.drain();
    let of = |id: u64| events.iter().filter(move |e| e.remote_id == id.to_string());
    let edits: Vec<&str> = of(first.0).map(text).collect();
    assert_eq!(edits, ["@northwind first", "@northwind first, really"]);
    assert!(of(first.0).map(|e| e.revision).is_sorted_by(|a, b| a < b));
    assert!(matches!(of(second.0).next().unwrap().kind, Kind::Deleted));
    line.ahead_ms.set(120_000);
    assert!(line.drain().is_empty(), "told once");
}

#[test]
fn a_post_that_was_edited_before_we_saw_it_comes_in_every_wording() {
    let line = Line::new();
    let post = line.speak("ana", mention("frist"));
    line.edit(post, "@northwind first");
    let events = line.drain();
    assert_eq!(
        events.iter().map(text).collect::<Vec<_>>(),
        ["@northwind frist", "@northwind first"]
    );
    assert_eq!(events[0].revision, 0);
    assert!(events[1].revision > 0);
}

#[test]
fn who_may_read_it_is_kept() {
    use jackfield_conform::mastodon::Visibility as V;
    let line = Line::new();
    let cases = [
        (V::Public, Visibility::Public),
        (V::Unlisted, Visibility::Unlisted),
        (V::Private, Visibility::Followers),
        (V::Direct, Visibility::Direct),
    ];
    for (theirs, _) in &cases {
        line.speak(
            "ana",
            NewPost {
                visibility: *theirs,
                ..mention("hello")
            },
        );
    }
    let events = line.drain();
    assert_eq!(
        events.iter().map(|e| e.visibility.clone()).collect::<Vec<_>>(),
        cases.map(|(_, ours)| ours)
    );
}

#[test]
fn what_we_answer_with_another_program_comes_as_ours() {
    let line = Line::new();
    let asked = line.speak("ana", direct("my order number is 7"));
    assert_eq!(line.drain().len(), 1);
    let ours = NewPost {
        in_reply_to: Some(asked),
        ..NewPost {
            visibility: jackfield_conform::mastodon::Visibility::Direct,
            ..NewPost::public("@ana thank you")
        }
    };
    let ours = line.as_brand(ours);
    let world = line.as_brand(NewPost::public("A post to the world"));
    line.as_brand(NewPost {
        in_reply_to: Some(world),
        ..NewPost::public("and its second part")
    });
    let events = line.drain();
    assert_eq!(ids(&events), [ours.0.to_string()]);
    assert!(events[0].ours && !events[0].context);
    assert_eq!(events[0].thread, asked.0.to_string());
}

#[test]
fn only_the_history_that_was_asked_for_is_taken() {
    let line = Line::new();
    line.speak("ana", mention("old"));
    // Eight days on, with a history of seven.
    line.ahead_ms.set(8 * 86_400_000);
    assert!(line.drain().is_empty());
    line.speak("ana", mention("new"));
    assert_eq!(line.drain().iter().map(text).collect::<Vec<_>>(), ["@northwind new"]);
}

#[test]
fn a_bad_moment_of_the_network_loses_nothing_and_doubles_nothing() {
    let later = |t: &Trouble| matches!(t, Trouble::Later(_));
    type Means<'a> = &'a dyn Fn(&Trouble) -> bool;
    let cases: [(&str, Means<'_>); 6] = [
        (r#"{"kind":"ratelimit","retry_after":7}"#, &|t| {
            *t == Trouble::Later(Some(7000))
        }),
        (r#"{"kind":"status","status":503}"#, &later),
        (r#"{"kind":"status","status":502,"retry_after":3}"#, &|t| {
            *t == Trouble::Later(Some(3000))
        }),
        (
            r#"{"kind":"malformed"}"#,
            &|t| matches!(t, Trouble::Unexpected(words) if words.contains("/api/v1/notifications")),
        ),
        (r#"{"kind":"cut-body"}"#, &later),
        (r#"{"kind":"timeout"}"#, &later),
    ];
    let line = Line::new();
    line.drain();
    for (n, (fault, means)) in cases.into_iter().enumerate() {
        let post = line.speak("ana", mention(&format!("number {n}")));
        line.fault(&fault.replace('}', r#","path":"/api/v1/notifications"}"#));
        let before = (line.cursor.borrow().clone(), line.stored());
        let trouble = line.poll(100).unwrap_err();
        assert!(means(&trouble), "{fault}: {trouble:?}");
        assert_eq!((line.cursor.borrow().clone(), line.stored()), before);
        assert_eq!(ids(&line.drain()), [post.0.to_string()], "{fault}");
    }
}

#[test]
fn trouble_with_one_thread_does_not_hold_back_what_came_before() {
    let line = Line::new();
    line.drain();
    let root = line.speak("carl", NewPost::public("to nobody"));
    let first = line.speak("ana", mention("plain"));
    let second = line.speak("ben", answer(root, "needs the thread"));
    line.fault(r#"{"kind":"status","status":500,"path":"/api/v1/statuses/","retry_after":9}"#);
    let batch = line.poll(100).unwrap();
    assert_eq!(ids(&batch.events), [first.0.to_string()]);
    assert_eq!(batch.not_before_ms, Some(9000));
    let rest = ids(&line.drain());
    assert!(
        rest.contains(&second.0.to_string()) && !rest.contains(&first.0.to_string()),
        "{rest:?}"
    );
}

#[test]
fn a_page_that_comes_twice_is_taken_once() {
    let line = Line::new();
    for n in 0..50 {
        line.speak("ana", mention(&format!("number {n}")));
    }
    let first = line.poll(40).unwrap();
    line.fault(r#"{"kind":"duplicate-page","path":"/api/v1/notifications"}"#);
    let mut all = ids(&first.events);
    all.extend(ids(&line.drain()));
    all.extend(ids(&line.drain()));
    assert_eq!(all.len(), 50);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 50);
}

#[test]
fn a_token_that_is_no_longer_good_is_said_to_be_so() {
    let line = Line::new();
    line.drain();
    line.standin()
        .with_world(|world| world.revoke_token(line.standin().token()));
    let Err(Trouble::Credential(words)) = line.poll(100) else {
        panic!("no credential trouble")
    };
    assert!(
        words.contains("The access token is invalid") && words.contains("Preferences > Development"),
        "{words}"
    );
}

#[test]
fn the_rate_limit_is_kept_and_told_to_the_host() {
    let line = Line::with(Config {
        rate_limit: 12,
        ..Config::default()
    });
    let batch = line.poll(100).unwrap();
    assert_eq!(batch.not_before_ms, None, "plenty is left");
    let mut waits = Vec::new();
    for _ in 0..6 {
        match line.poll(100) {
            Ok(batch) => waits.push(batch.not_before_ms),
            Err(Trouble::Later(ms)) => waits.push(ms),
            Err(other) => panic!("{other:?}"),
        }
    }
    let last = waits.last().copied().flatten().expect("a wait");
    assert!(last > 0 && last <= 300_000, "{waits:?}");
}

#[test]
fn known_posts_are_looked_at_without_using_up_the_requests() {
    let line = Line::new();
    for n in 0..120 {
        line.speak("ana", mention(&format!("number {n}")));
    }
    line.drain();
    line.ahead_ms.set(3_600_000);
    line.poll(100).unwrap();
    let made = line.requests.borrow().len();
    assert!(made <= 5, "{:?}", line.requests.borrow());
}
