//! What the judge warns of, and what it leaves alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

use jackfield_sdk::triage::*;
use jackfield_triage_abuse::Abuse;

fn labels(text: &str) -> Vec<String> {
    let said = Abuse::classify(&Subject {
        content: Content::plain(Author::named("ana"), text),
        visibility: Visibility::Public,
        thread_age_ms: 0,
        thread_length: 1,
        answered: false,
        parent_text: None,
        brand_terms: Vec::new(),
    });
    said.into_iter().filter(|v| v.margin >= 0.0).map(|v| v.label).collect()
}

#[test]
fn threats_are_told_from_figures_of_speech() {
    assert!(labels("i know where you live").contains(&"abuse/threat".to_owned()));
    assert!(labels("I'll find you and burn down your shop").contains(&"abuse/threat".to_owned()));
    for text in [
        "this update will kill my battery",
        "I could kill for a coffee",
        "you are killing it, great work",
    ] {
        assert!(!labels(text).contains(&"abuse/threat".to_owned()), "{text}");
    }
}

#[test]
fn foul_words_are_found_with_their_endings_and_other_words_are_not() {
    assert!(labels("you fucking IDIOTS").contains(&"abuse/offensive".to_owned()));
    for text in ["The bishop of Scunthorpe", "a cup of coffee, please", ""] {
        assert!(labels(text).is_empty(), "{text}");
    }
}

#[test]
fn what_reaches_a_person_is_personal() {
    assert_eq!(labels("her mail is ana@mail.example"), ["abuse/personal"]);
    assert!(labels("order 50770571 is late").is_empty());
}
