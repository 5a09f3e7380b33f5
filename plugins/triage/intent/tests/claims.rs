//! What the judge says of messages that were planted for it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

use jackfield_sdk::triage::*;
use jackfield_triage_intent::Intent;

fn classify(text: &str) -> Vec<Verdict> {
    Intent::classify(&Subject {
        content: Content::plain(Author::named("ana"), text),
        visibility: Visibility::Public,
        thread_age_ms: 0,
        thread_length: 1,
        answered: false,
        parent_text: None,
        brand_terms: Vec::new(),
    })
}

fn has(text: &str, label: &str) -> bool {
    classify(text).iter().any(|v| v.label == label && v.margin >= 0.0)
}

#[test]
fn what_is_wanted_is_said() {
    for (text, label) in [
        ("Where can I buy the green one, and what does it cost?", "intent/buy"),
        ("I want to order two of the large lamps please", "intent/buy"),
        ("please cancel my subscription, I am leaving", "intent/leave"),
        ("unsubscribe me", "intent/leave"),
        ("how do I close my account?", "intent/leave"),
        ("it would be great if you could add a dark mode", "intent/feedback"),
        ("Thank you so much for the quick help!", "intent/thanks"),
        ("Does the shop open on Sunday?", "intent/question"),
        ("the charger caught fire in my kitchen", "intent/danger"),
        ("there is a smell of gas in the stairwell", "intent/danger"),
        ("good morning all", "intent/chat"),
    ] {
        assert!(has(text, label), "{text}: {:?}", classify(text));
    }
}

#[test]
fn one_message_may_want_several_things() {
    let text = "Third outage this week. How do I cancel my contract?";
    assert!(
        has(text, "intent/leave") && has(text, "intent/question"),
        "{:?}",
        classify(text)
    );
}

#[test]
fn thanks_that_are_none_are_not_thanks() {
    for text in [
        "thanks a lot for losing my bag",
        "Could you tell me the price? thx in advance",
        "no thanks",
        "No, thank you.",
        "Thanks for nothing",
        "Thank you for contacting us.",
        "Nein danke",
        "unsubscribe me, thanks but I am done",
    ] {
        assert!(!has(text, "intent/thanks"), "{text}: {:?}", classify(text));
    }
}

#[test]
fn the_chatter_of_a_planned_promotion_is_no_complaint_no_danger_and_nobody_leaves() {
    for text in [
        "RT @kestrel: only 2 days to go! #kestrelday",
        "so excited for the launch party tonight, see you all there",
        "the queue for the launch is round the block #kestrelday",
    ] {
        for label in ["intent/complaint", "intent/danger", "intent/leave"] {
            assert!(!has(text, label), "{text}: {:?}", classify(text));
        }
    }
}

#[test]
fn the_reason_lies_in_the_text() {
    let text = "Größe passt nicht. How do I cancel my contract?";
    for verdict in classify(text).iter().filter(|v| v.margin >= 0.0) {
        let (start, end) = verdict.because.unwrap();
        assert!(
            text.get(start as usize..end as usize).is_some_and(|s| !s.is_empty()),
            "{verdict:?}"
        );
    }
    assert!(classify("").is_empty());
}
