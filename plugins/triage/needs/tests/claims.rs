//! What the judge says of messages, and what it never does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

use jackfield_sdk::triage::*;
use jackfield_triage_needs::{BAND, Needs};
use proptest::prelude::*;

fn subject(text: &str, visibility: Visibility) -> Subject {
    Subject {
        content: Content::plain(Author::named("ana"), text),
        visibility,
        thread_age_ms: 0,
        thread_length: 1,
        answered: false,
        parent_text: None,
        brand_terms: Vec::new(),
    }
}

fn margin(text: &str) -> f32 {
    let verdicts = Needs::classify(&subject(text, Visibility::Public));
    verdicts
        .iter()
        .find(|v| v.label == "needs/actionable")
        .map_or(0.0, |v| v.margin)
}

#[test]
fn needs_stand_above_noise() {
    let needs = [
        "@northwind my parcel still has not arrived, where is it?",
        "How do I change the address of my order?",
        "I want to cancel my contract",
        "unsubscribe me",
        "Could you tell me the price? thx in advance",
        "thanks a lot for losing my bag",
        "the charger got so hot that it melted",
        "do you still have the green one in size M? would buy it today",
    ];
    let noise = [
        "lol",
        "good morning everyone",
        "no thanks",
        "happy birthday to my favourite sister",
        "only two days to go until the big launch, so excited",
        "RT to win a signed shirt, winners drawn on friday",
        "watching the game with the boys tonight",
    ];
    for text in needs {
        assert!(margin(text) > 0.0, "{text}: {}", margin(text));
    }
    for text in noise {
        assert!(margin(text) < BAND, "{text}: {}", margin(text));
    }
}

#[test]
fn both_labels_carry_one_margin_with_opposite_signs_and_one_of_them_the_reason() {
    let text = "hello, where is my parcel? it is late";
    let verdicts = Needs::classify(&subject(text, Visibility::Public));
    assert_eq!(verdicts.len(), 2);
    assert!((verdicts[0].margin + verdicts[1].margin).abs() < 1e-6);
    let (start, end) = verdicts[0].because.unwrap();
    assert!(!text[start as usize..end as usize].is_empty());
    assert_eq!(verdicts[1].because, None);
}

#[test]
fn who_writes_to_us_alone_is_nearer_to_a_need() {
    let direct = Needs::classify(&subject("hello there", Visibility::Direct));
    let public = Needs::classify(&subject("hello there", Visibility::Public));
    assert!(direct[0].margin > public[0].margin);
}

#[test]
fn where_there_are_no_words_it_abstains() {
    for text in ["", "   ", "\u{200b}\n"] {
        assert!(
            Needs::classify(&subject(text, Visibility::Public)).is_empty(),
            "{text:?}"
        );
    }
}

proptest! {
    #[test]
    fn it_never_panics_always_says_the_same_and_gives_reasons_inside_the_text(text in "\\PC{0,300}") {
        let subject = subject(&text, Visibility::Public);
        let verdicts = Needs::classify(&subject);
        prop_assert_eq!(&verdicts, &Needs::classify(&subject));
        for verdict in verdicts {
            prop_assert!(verdict.margin.is_finite());
            if let Some((start, end)) = verdict.because {
                prop_assert!(text.get(start as usize..end as usize).is_some_and(|s| !s.is_empty()));
            }
        }
    }
}
