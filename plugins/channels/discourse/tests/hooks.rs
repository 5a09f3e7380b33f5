//! What the forum sends by itself, and how it goes with what a poll brings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod net;

use jackfield_sdk::channel::*;
use net::{Line, text};

fn sent(line: &Line, event: &str, post: u64) -> Vec<Event> {
    let body = line.forum.borrow().hook(event, post).to_string();
    let events = line.hook(event, body.as_bytes()).unwrap();
    assert_eq!(
        line.hook(event, body.as_bytes()).unwrap(),
        events,
        "asked again it gives the same"
    );
    events
}

#[test]
fn a_post_is_the_same_by_webhook_and_by_poll() {
    let line = Line::new();
    let root = line.open("ana", "my lid is broken");
    let answer = line.reply("ben", root, "mine too");
    for post in [root, answer] {
        let hooked = sent(&line, "post_created", post);
        let polled = line.poll(20).unwrap().events;
        let polled: Vec<&Event> = polled
            .iter()
            .filter(|event| event.remote_id == post.to_string())
            .collect();
        if let [polled] = polled.as_slice() {
            assert_eq!(**polled, hooked[0]);
        }
        *line.cursor.borrow_mut() = None;
        line.host.kv.borrow_mut().clear();
    }
}

#[test]
fn an_edit_comes_once_by_both_ways() {
    let line = Line::new();
    let post = line.open("ana", "frist");
    line.drain();
    for wait in [30_000, 600_000] {
        line.pass(wait);
        line.forum
            .borrow_mut()
            .reword(post, &format!("after {wait}"), line.now());
        let events = sent(&line, "post_edited", post);
        assert_eq!(
            (text(&events[0]), events[0].revision),
            (format!("after {wait}").as_str(), line.now())
        );
        line.pass(3_600_000);
        assert!(line.drain().is_empty(), "the poll knows of it");
    }
    line.forum.borrow_mut().moderate(post, line.now());
    assert_eq!(sent(&line, "post_destroyed", post)[0].kind, Kind::Deleted);
    line.pass(3_600_000);
    assert!(line.drain().is_empty());
}

#[test]
fn solved_assigned_liked_and_the_rest_are_facts_beside_the_thread() {
    let line = Line::new();
    let post = line.open("ana", "turn it off and on");
    let cases = [
        ("accepted_solution", "solved"),
        ("unaccepted_solution", "unsolved"),
        ("post_liked", "liked by @fan"),
        ("unassigned", "unassigned"),
        ("topic_destroyed", "topic deleted"),
        ("topic_status_updated", "topic open"),
    ];
    for (event, what) in cases {
        let events = sent(&line, event, post);
        assert_eq!(events.len(), 1, "{event}");
        assert_eq!(
            (&events[0].kind, events[0].context),
            (&Kind::Other(what.to_owned()), true),
            "{event}"
        );
        assert_eq!(
            events[0].thread,
            line.forum.borrow().topic_of(post).unwrap().to_string(),
            "{event}"
        );
    }
    let assigned = br#"{"assign":{"type":"assigned","topic_id":7,"assigned_to_username":"mia"}}"#;
    assert_eq!(
        line.hook("assigned", assigned).unwrap()[0].kind,
        Kind::Other("assigned to @mia".to_owned())
    );
    let promoted = br#"{"user_promoted":{"user_id":5,"new_trust_level":3,"old_trust_level":2}}"#;
    assert_eq!(
        line.hook("user_promoted", promoted).unwrap()[0].kind,
        Kind::Other("trust-level 3".to_owned())
    );
    assert!(
        sent(&line, "topic_created", post).is_empty(),
        "its first post comes by itself"
    );
    assert!(line.hook("ping", br#"{"ping":"OK"}"#).unwrap().is_empty());
}

#[test]
fn personal_messages_and_whispers_keep_who_may_read_them() {
    let line = Line::new();
    let private = line
        .forum
        .borrow_mut()
        .write_to("ben", &["northwind"], "help", "to you alone", line.now());
    assert_eq!(sent(&line, "post_created", private)[0].visibility, Visibility::Direct);
    let open = line.open("ana", "help");
    let receipt = line
        .publish(&line.draft("k", open, "between us", Visibility::Internal))
        .unwrap();
    let whisper = sent(&line, "post_created", receipt.remote_id.parse().unwrap());
    assert_eq!((&whisper[0].visibility, whisper[0].ours), (&Visibility::Internal, true));
}

#[test]
fn what_is_no_webhook_of_a_forum_is_set_aside_with_a_reason() {
    let line = Line::new();
    let cases: [&[u8]; 4] = [
        b"",
        b"\xff\xfe",
        b"{\"post\": 7}",
        b"{\"post\":{\"id\":\"seven\",\"created_at\":\"\"}}",
    ];
    for body in cases {
        let trouble = line.hook("post_created", body).unwrap_err();
        assert!(matches!(&trouble, Trouble::Unexpected(_)), "{trouble:?}");
    }
    for body in [
        &b"[]"[..],
        b"null",
        b"{\"assign\":{}}",
        b"{\"topic\":{}}",
        b"{\"user_promoted\":{}}",
    ] {
        assert!(line.hook("anything", body).unwrap().is_empty());
    }
}
