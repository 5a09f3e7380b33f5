//! What the judge says of clear cases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

use jackfield_sdk::triage::*;
use jackfield_triage_mood::Mood;

fn classify(text: &str) -> Vec<Verdict> {
    Mood::classify(&Subject {
        content: Content::plain(Author::named("ana"), text),
        visibility: Visibility::Public,
        thread_age_ms: 0,
        thread_length: 1,
        answered: false,
        parent_text: None,
        brand_terms: Vec::new(),
    })
}

#[test]
fn exactly_one_sentiment_stands_above_nothing() {
    for (text, label) in [
        ("this is awful, I hate it so much", "mood/negative"),
        ("so happy, best day ever, love you all", "mood/positive"),
        ("The meeting is on Monday at 10 in room 4", "mood/neutral"),
    ] {
        let above: Vec<String> = classify(text)
            .into_iter()
            .filter(|v| {
                v.margin > 0.0 && ["mood/negative", "mood/neutral", "mood/positive"].contains(&v.label.as_str())
            })
            .map(|v| v.label)
            .collect();
        assert_eq!(above, [label], "{text}");
    }
}

#[test]
fn every_label_it_uses_is_one_that_it_described() {
    let known = Mood::describe().labels;
    assert!(known.len() >= 3);
    assert!(
        classify("what a day")
            .iter()
            .all(|v| known.iter().any(|l| l.name == v.label))
    );
    assert!(classify("").is_empty());
}
