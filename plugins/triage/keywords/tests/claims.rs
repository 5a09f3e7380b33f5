//! What the judge says of messages, and what it never does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

use jackfield_sdk::triage::*;
use jackfield_triage_keywords::Keywords;
use proptest::prelude::*;

fn subject(text: &str, spans: Vec<Span>) -> Subject {
    Subject {
        content: Content {
            spans,
            ..Content::plain(Author::named("ana"), text)
        },
        visibility: Visibility::Public,
        thread_age_ms: 0,
        thread_length: 1,
        answered: false,
        parent_text: None,
        brand_terms: Vec::new(),
    }
}

/// The labels at or above their thresholds.
fn labels(text: &str) -> Vec<String> {
    let known = Keywords::describe().labels;
    let shown = |v: &Verdict| {
        known
            .iter()
            .any(|l| l.name == v.label && v.margin >= l.suggested_threshold)
    };
    Keywords::classify(&subject(text, Vec::new()))
        .into_iter()
        .filter(shown)
        .map(|v| v.label)
        .collect()
}

fn check(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(labels(text), *expected, "{text}");
    }
}

#[test]
fn thanks_that_are_meant_are_thanks() {
    check(&[
        ("Oh great, thank you so much!", &["thanks"]),
        ("That was quick. Thanks a lot, really appreciated.", &["thanks"]),
        ("Super, vielen Dank!", &["thanks"]),
        ("¡Muchas gracias!", &["thanks"]),
        ("Muito obrigado!", &["thanks"]),
        ("Merci beaucoup !", &["thanks"]),
        ("thx", &["thanks"]),
    ]);
}

#[test]
fn thanks_that_are_none_are_not() {
    check(&[
        ("Thanks for nothing.", &["complaint"]),
        ("no thanks", &[]),
        ("No, thanks to you my parcel is lost.", &["complaint"]),
        ("Could you tell me the price? thx in advance", &["question"]),
        ("Thank you for contacting us.", &[]),
        ("thanks a lot for losing my bag", &["complaint"]),
        ("Danke für nichts!", &["complaint"]),
        ("Nein danke", &[]),
        ("Gracias por nada", &["complaint"]),
        ("obrigado por nada", &["complaint"]),
        ("Merci pour rien", &["complaint"]),
        ("Great, it is broken again and nobody answers. Thanks!", &["complaint"]),
        ("Thank god it is Friday", &[]),
        ("When will the big one be back in stock? Thanks", &["question"]),
        (
            "Hi, I would need the invoice of my last order from March, thank you",
            &[],
        ),
    ]);
}

#[test]
fn questions_and_complaints_are_told_apart_and_may_be_both() {
    check(&[
        ("Does the small one fit under a cupboard?", &["question"]),
        ("anyone know where can i buy it", &["question"]),
        ("It stopped working after two weeks.", &["complaint"]),
        ("You charged me twice. Where is my money?", &["question", "complaint"]),
        ("Meine Maschine ist kaputt.", &["complaint"]),
        ("El molinillo no funciona", &["complaint"]),
        ("O moinho parou de funcionar. E agora?", &["question", "complaint"]),
        ("La machine ne marche plus", &["complaint"]),
        ("It is not broken at all", &[]),
        ("see https://forum.example/?q=broken", &[]),
    ]);
}

#[test]
fn spam_needs_more_than_a_link() {
    check(&[
        (
            "Earn $5000 a week from home!! Click now https://win.example/join #crypto #giveaway",
            &["spam"],
        ),
        (
            "Congratulations, you have been selected for a free gift card! Claim at https://gift.example/3",
            &["spam"],
        ),
        ("Buy followers cheap, 100% real, DM me for promo", &["spam"]),
        ("My photos of the tour: https://photos.example/7", &[]),
        ("My order is 50770571", &[]),
    ]);
}

#[test]
fn where_nothing_speaks_there_is_no_verdict() {
    for text in [
        "",
        "   ",
        "I had a coffee this morning.",
        "👍",
        "@northwind",
        "Guten Morgen zusammen",
        "…",
    ] {
        assert!(Keywords::classify(&subject(text, Vec::new())).is_empty(), "{text:?}");
    }
}

#[test]
fn the_reason_is_the_words_that_weighed_most() {
    let cases = [
        (
            "Hello there, thanks for nothing, bye",
            "complaint",
            "thanks for nothing",
        ),
        ("Größe passt, aber kaputt", "complaint", "kaputt"),
        ("und wo kann ich das kaufen", "question", "wo kann ich"),
    ];
    for (text, label, reason) in cases {
        let verdicts = Keywords::classify(&subject(text, Vec::new()));
        let verdict = verdicts
            .iter()
            .find(|v| v.label == label)
            .unwrap_or_else(|| panic!("{text}: {verdicts:?}"));
        let (start, end) = verdict.because.unwrap();
        assert_eq!(&text[start as usize..end as usize], reason);
    }
}

#[test]
fn what_a_channel_marked_as_a_link_or_a_name_is_not_read() {
    let text = "broken.example and @broken_stuff";
    let spans = vec![
        Span {
            start: 0,
            end: 14,
            mark: Mark::Link("https://broken.example".to_owned()),
        },
        Span {
            start: 19,
            end: 32,
            mark: Mark::Mention("broken_stuff".to_owned()),
        },
    ];
    assert!(
        Keywords::classify(&subject(text, spans))
            .iter()
            .all(|v| v.label != "complaint")
    );
    let beyond = vec![Span {
        start: 5,
        end: 500,
        mark: Mark::Tag("x".to_owned()),
    }];
    assert!(labels_with("thanks", beyond).contains(&"thanks".to_owned()));
}

fn labels_with(text: &str, spans: Vec<Span>) -> Vec<String> {
    Keywords::classify(&subject(text, spans))
        .into_iter()
        .map(|v| v.label)
        .collect()
}

/// Texts in which cues and trouble are more frequent than in random letters.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("thanks "),
        Just("for nothing "),
        Just("not "),
        Just("broken"),
        Just("?"),
        Just("¿"),
        Just("!"),
        Just("é"),
        Just("👩‍👩‍👧"),
        Just("İ"),
        Just("ß"),
        Just("@"),
        Just("#"),
        Just("https://x"),
        Just("’"),
        Just("'"),
        Just("$"),
        Just("\n"),
        Just("09012345678"),
        Just("nicht "),
        Just("_"),
        Just("no "),
        Just("merci "),
    ];
    prop_oneof![
        prop::collection::vec(piece, 0..40).prop_map(|p| p.concat()),
        "\\PC{0,200}"
    ]
}

proptest! {
    #[test]
    fn it_never_panics_always_says_the_same_and_gives_reasons_inside_the_text(
        text in text(),
        spans in prop::collection::vec((0u32..300, 0u32..300), 0..5),
    ) {
        let spans: Vec<Span> =
            spans.into_iter().map(|(start, end)| Span { start, end, mark: Mark::Link(String::new()) }).collect();
        let subject = subject(&text, spans);
        let verdicts = Keywords::classify(&subject);
        prop_assert_eq!(&verdicts, &Keywords::classify(&subject));
        let known = Keywords::describe().labels;
        for verdict in verdicts {
            prop_assert!(known.iter().any(|l| l.name == verdict.label));
            prop_assert!(verdict.margin.is_finite() && verdict.margin != 0.0);
            let (start, end) = verdict.because.expect("a verdict has a reason");
            prop_assert!(text.get(start as usize..end as usize).is_some_and(|s| !s.is_empty()));
        }
    }
}
