//! What goes out, and what is known of it afterwards.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod net;

use jackfield_channel_discourse::text::{typed, words};
use jackfield_conform::networks::discourse::cooked;
use jackfield_sdk::channel::*;
use jackfield_sdk::testing::response;
use net::{Line, text};
use proptest::prelude::*;

#[test]
fn an_answer_is_posted_below_what_it_answers_and_comes_back_as_ours() {
    let line = Line::new();
    let root = line.open("ana", "help");
    let asked = line.reply("ben", root, "me too");
    line.drain();
    let draft = line.draft("k1", asked, "@ben a new *lid* is on its way", Visibility::Public);
    let receipt = line.publish(&draft).unwrap();
    assert_eq!(line.publish(&draft).unwrap(), receipt, "the same key, the same receipt");
    let events = line.drain();
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!((&event.remote_id, event.ours), (&receipt.remote_id, true));
    assert_eq!(
        (event.parent.as_deref(), &event.url),
        (Some(asked.to_string().as_str()), &receipt.url)
    );
    assert_eq!(text(event), "@ben a new *lid* is on its way", "stars stay stars");
}

#[test]
fn one_key_makes_one_post_whatever_happens_to_the_answer() {
    let line = Line::new();
    let asked = line.open("ana", "help");
    for (n, arrives) in [true, false].into_iter().enumerate() {
        let draft = line.draft(
            &format!("k{n}"),
            asked,
            &format!("we look into it, {n}"),
            Visibility::Public,
        );
        line.spoil(move |request, live| {
            (request.method == "POST").then(|| {
                if arrives {
                    live();
                }
                Err(HttpFailure::TimedOut)
            })
        });
        let refusal = line.publish(&draft).unwrap_err();
        assert!(matches!(refusal, Refusal::Trouble(Trouble::Later(None))));
        line.heal();
        // A host that lost what was stored, too.
        line.host.kv.borrow_mut().clear();
        assert_eq!(line.reconcile(&draft).unwrap().is_some(), arrives);
        line.host.kv.borrow_mut().clear();
        let receipt = line.publish(&draft).unwrap();
        assert_eq!(line.count(&format!("we look into it, {n}")), 1);
        assert_eq!(line.reconcile(&draft).unwrap(), Some(receipt));
    }
}

#[test]
fn two_drafts_of_the_same_words_are_two_posts() {
    let line = Line::new();
    let (one, two) = (line.open("ana", "help"), line.open("ben", "help me"));
    line.publish(&line.draft("k1", one, "Thank you.", Visibility::Public))
        .unwrap();
    // The forum takes the same words again only after five minutes.
    line.pass(400_000);
    let second = line.draft("k2", one, "Thank you.", Visibility::Public);
    assert_eq!(line.reconcile(&second).unwrap(), None);
    line.publish(&second).unwrap();
    line.pass(400_000);
    line.publish(&line.draft("k3", two, "Thank you.", Visibility::Public))
        .unwrap();
    assert_eq!(line.count("Thank you."), 3);
}

#[test]
fn an_answer_is_never_wider_than_it_was_meant() {
    let line = Line::new();
    let open = line.open("ana", "my lid is broken");
    let private = line
        .forum
        .borrow_mut()
        .write_to("ben", &["northwind"], "help", "my card number", line.now());
    let rule = |draft: &Draft, word: &str| {
        let refusal = line.publish(draft).unwrap_err();
        assert!(
            matches!(&refusal, Refusal::Rule(words) if words.contains(word)),
            "{refusal:?}"
        );
    };
    rule(&line.draft("a", private, "thanks", Visibility::Public), "choose direct");
    rule(
        &line.draft("b", open, "thanks", Visibility::Followers),
        "public or direct",
    );
    rule(&line.draft("c", open, " ", Visibility::Public), "empty");
    rule(
        &line.draft("d", open, &"x".repeat(32_001), Visibility::Public),
        "take 1 away",
    );
    // Into a conversation of their own, and a word among the brand's own people.
    let direct = line.draft("e", open, "your order number, please", Visibility::Direct);
    let receipt = line.publish(&direct).unwrap();
    let whisper = line
        .publish(&line.draft("f", open, "she called, too", Visibility::Internal))
        .unwrap();
    let events = line.drain();
    let of = |id: &str| events.iter().find(|event| event.remote_id == id);
    assert_eq!(of(&receipt.remote_id).unwrap().visibility, Visibility::Direct);
    assert_ne!(
        of(&receipt.remote_id).unwrap().thread,
        of(&open.to_string()).unwrap().thread
    );
    line.host.kv.borrow_mut().clear();
    assert_eq!(line.reconcile(&direct).unwrap(), Some(receipt));
    // Whispers are in no list; the topic has them.
    assert!(of(&whisper.remote_id).is_none());
    assert_eq!(line.count("she called, too"), 1);
}

#[test]
fn what_the_forum_says_no_to_is_said_in_its_words() {
    let line = Line::new();
    let asked = line.open("ana", "help");
    let gone = line.reply("ben", asked, "never mind");
    line.forum.borrow_mut().remove(gone, line.now());
    let refused = line
        .publish(&line.draft("a", gone, "hello", Visibility::Public))
        .unwrap_err();
    assert!(
        matches!(&refused, Refusal::Trouble(Trouble::Refused(words)) if words.contains("no longer")),
        "{refused:?}"
    );
    let topic = line.forum.borrow().topic_of(asked).unwrap();
    line.forum.borrow_mut().approve_posts(true);
    let waits = line
        .publish(&line.draft("b", asked, "hello there", Visibility::Public))
        .unwrap_err();
    assert!(
        matches!(&waits, Refusal::Trouble(Trouble::Refused(words)) if words.contains("moderator")),
        "{waits:?}"
    );
    line.forum.borrow_mut().approve_posts(false);
    line.forum.borrow_mut().close(topic);
    let closed = line
        .publish(&line.draft("c", asked, "hello again", Visibility::Public))
        .unwrap_err();
    assert!(
        matches!(&closed, Refusal::Rule(words) if words.contains("the topic is closed")),
        "{closed:?}"
    );
    line.spoil(|request, _| (request.method == "POST").then(|| Ok(response(429, r#"{"extras":{"wait_seconds":3}}"#))));
    let later = line
        .publish(&line.draft("d", asked, "hello", Visibility::Public))
        .unwrap_err();
    assert_eq!(later, Refusal::Trouble(Trouble::Later(Some(3000))));
}

proptest! {
    /// Whatever an agent types is what people read.
    #[test]
    fn typed_words_are_shown_as_they_are(words_typed in "[ a-zA-Z0-9*_`<>#|~\\[\\]!&.,:;()\\\\+=-]{1,80}") {
        let shown = words(&cooked(&typed(&words_typed)), "https://forum.example").text;
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assert_eq!(plain(&shown), plain(&words_typed));
    }
}
