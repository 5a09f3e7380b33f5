//! What goes out, to a stand-in with state, by HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod net;

use jackfield_conform::Config;
use jackfield_conform::mastodon::PostId;
use jackfield_sdk::channel::*;
use net::{Line, mention};

fn draft(line: &Line, key: &str, parent: Option<PostId>, text: &str) -> Draft {
    Draft {
        key: key.to_owned(),
        thread: parent.map(|p| p.0.to_string()),
        parent: parent.map(|p| p.0.to_string()),
        visibility: Visibility::Unlisted,
        text: text.to_owned(),
        language: Some("en-GB".to_owned()),
        asked_at: line.now_ms(),
        attachments: Vec::new(),
    }
}

#[test]
fn an_answer_is_published_and_comes_back_as_ours() {
    let line = Line::new();
    let asked = line.speak("ana", mention("help"));
    line.drain();
    let receipt = line
        .publish(&draft(&line, "k1", Some(asked), "@ana sorry, a new one is on its way"))
        .unwrap();
    let events = line.drain();
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0].remote_id, events[0].ours), (&receipt.remote_id, true));
    assert_eq!(events[0].visibility, Visibility::Unlisted);
    assert_eq!(events[0].url, receipt.url);
    let Kind::Said(content) = &events[0].kind else {
        panic!("not said")
    };
    assert_eq!(content.language.as_deref(), Some("en"));
}

#[test]
fn the_same_key_is_published_once_whatever_happens() {
    let line = Line::new();
    let asked = line.speak("ana", mention("help"));
    let doubts = [
        r#"{"kind":"accept-then-timeout","method":"POST"}"#,
        r#"{"kind":"cut-body","method":"POST"}"#,
        r#"{"kind":"timeout","method":"POST"}"#,
        r#"{"kind":"status","status":500,"method":"POST"}"#,
        r#"{"kind":"malformed","method":"POST"}"#,
    ];
    for (n, fault) in doubts.into_iter().enumerate() {
        let before = line.posts();
        line.fault(fault);
        let draft = draft(&line, &format!("key-{n}"), Some(asked), "@ana the same words each time");
        let refusal = line.publish(&draft).unwrap_err();
        assert!(
            matches!(refusal, Refusal::Trouble(Trouble::Later(_))),
            "{fault}: {refusal:?}"
        );
        // What the host does: ask, and try again only where the network does not have it.
        let receipt = match line.reconcile(&draft).unwrap() {
            Some(receipt) => receipt,
            None => line.publish(&draft).unwrap(),
        };
        assert_eq!(line.posts(), before + 1, "{fault}");
        assert_eq!(line.publish(&draft).unwrap(), receipt);
        assert_eq!(line.reconcile(&draft).unwrap(), Some(receipt));
        assert_eq!(line.posts(), before + 1, "{fault}");
    }
}

#[test]
fn reconcile_does_not_take_one_post_for_two_drafts() {
    let line = Line::new();
    let asked = line.speak("ana", mention("help"));
    let first = draft(&line, "a", Some(asked), "@ana yes");
    line.publish(&first).unwrap();
    assert_eq!(
        line.reconcile(&draft(&line, "b", Some(asked), "@ana yes")).unwrap(),
        None
    );
    assert_eq!(
        line.reconcile(&draft(&line, "c", None, "@ana yes")).unwrap(),
        None,
        "another parent"
    );
}

#[test]
fn what_breaks_a_rule_is_refused_before_anything_is_sent() {
    let line = Line::with(Config {
        max_characters: 40,
        ..Config::default()
    });
    let rule = |change: &dyn Fn(&mut Draft)| {
        let mut draft = draft(&line, "k", None, "@ana hello");
        change(&mut draft);
        match line.publish(&draft) {
            Err(Refusal::Rule(words)) => words,
            other => panic!("{other:?}"),
        }
    };
    assert!(rule(&|d| d.text = "x".repeat(52)).contains("52 characters as Mastodon counts"));
    assert!(rule(&|d| d.text = "x".repeat(52)).contains("takes 40; take 12 away"));
    assert!(rule(&|d| d.text = "  ".to_owned()).contains("empty"));
    assert!(rule(&|d| d.visibility = Visibility::Internal).contains("no visibility"));
    assert!(rule(&|d| d.visibility = Visibility::Other("circle".to_owned())).contains("circle"));
    let words = rule(&|d| {
        d.visibility = Visibility::Direct;
        d.text = "to nobody".to_owned();
    });
    assert!(words.contains("names nobody"));
    let file = AttachmentRef {
        url: "https://a.example/b.png".to_owned(),
        media_type: None,
        size: None,
        alt: None,
    };
    assert!(rule(&|d| d.attachments = vec![file.clone()]).contains("cannot send files"));
    assert!(
        line.requests.borrow().iter().all(|r| !r.starts_with("POST")),
        "{:?}",
        line.requests.borrow()
    );
    assert_eq!(line.posts(), 0);
    let long_link = format!("https://example.org/{}", "a".repeat(200));
    line.publish(&draft(&line, "k2", None, &long_link))
        .expect("a link counts as 23");
}

#[test]
fn the_networks_no_is_told_in_its_words() {
    let line = Line::new();
    let gone = line.speak("ana", mention("help"));
    line.delete(gone);
    let Err(Refusal::Trouble(Trouble::Refused(words))) = line.publish(&draft(&line, "a", Some(gone), "@ana hi")) else {
        panic!("not refused")
    };
    assert!(
        words.contains("no longer on") && words.contains("Record not found"),
        "{words}"
    );
    line.fault(r#"{"kind":"status","status":422,"method":"POST"}"#);
    let refused = line.publish(&draft(&line, "b", None, "hi")).unwrap_err();
    assert_eq!(
        refused,
        Refusal::Trouble(Trouble::Refused("The network says no (422): Ordered fault".to_owned()))
    );
    line.fault(r#"{"kind":"status","status":403,"method":"POST"}"#);
    let refused = line.publish(&draft(&line, "c", None, "hi")).unwrap_err();
    assert!(
        matches!(refused, Refusal::Trouble(Trouble::Credential(_))),
        "{refused:?}"
    );
    line.fault(r#"{"kind":"ratelimit","retry_after":30,"method":"POST"}"#);
    let refused = line.publish(&draft(&line, "d", None, "hi")).unwrap_err();
    assert_eq!(refused, Refusal::Trouble(Trouble::Later(Some(30_000))));
    assert_eq!(line.posts(), 0);
}

#[test]
fn reconcile_in_trouble_says_so_and_never_that_there_is_nothing() {
    let line = Line::new();
    let draft = draft(&line, "k", None, "hi");
    line.reconcile(&draft).unwrap();
    for fault in [
        r#"{"kind":"status","status":500}"#,
        r#"{"kind":"cut-body"}"#,
        r#"{"kind":"timeout"}"#,
    ] {
        line.fault(fault);
        assert!(matches!(line.reconcile(&draft), Err(Trouble::Later(_))), "{fault}");
    }
    line.fault(r#"{"kind":"malformed"}"#);
    assert!(matches!(line.reconcile(&draft), Err(Trouble::Unexpected(_))));
}
