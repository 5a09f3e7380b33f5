//! Nasty records and words: what fits is read, what does not is left out, and nothing breaks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

use jackfield_channel_bluesky::facets::{What, find, spans};
use jackfield_channel_bluesky::map::said;
use jackfield_channel_bluesky::wire::{Actor, Notification, parts};
use jackfield_sdk::channel::{Kind, Mark};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn names_links_and_tags_are_found_by_bytes() {
    let cases: [(&str, &[&str]); 8] = [
        ("hi @ana.example, see", &["@ana.example"]),
        ("(@ana.bsky.social)", &["@ana.bsky.social"]),
        ("@ana is no handle, nor is a@b.example", &[]),
        ("ü https://x.example/a_(b)?c=ä. done", &["https://x.example/a_(b)?c=ä"]),
        ("#größe #1 #a-b! ##x", &["#größe", "#a-b", "##x"]),
        ("@-x.example @x..example @.example", &[]),
        ("http:// https:// #", &[]),
        ("👨\u{200d}👩\u{200d}👧 @ana.example", &["@ana.example"]),
    ];
    for (text, expected) in cases {
        let found: Vec<&str> = find(text)
            .iter()
            .map(|one| text.get(one.start..one.end).unwrap())
            .collect();
        assert_eq!(found, expected, "{text}");
    }
    assert_eq!(find("@ANA.Example")[0].what, What::Name("ana.example".to_owned()));
}

#[test]
fn facets_that_do_not_fit_are_left_out() {
    let facet = |start: u64, end: u64, feature: serde_json::Value| json!({"index": {"byteStart": start, "byteEnd": end}, "features": [feature]});
    let link = |uri: &str| json!({"$type": "app.bsky.richtext.facet#link", "uri": uri});
    let record = json!({"facets": [
        facet(0, 2, link("https://x.example")),
        facet(1, 2, link("https://x.example")),
        facet(2, 2, link("https://x.example")),
        facet(2, 99, link("https://x.example")),
        facet(3, 4, link("javascript:alert(1)")),
        facet(u64::MAX, u64::MAX, link("https://x.example")),
        {"index": {}, "features": []}, 7, null,
        facet(3, 4, json!({"$type": "app.bsky.richtext.facet#tag", "tag": "t"})),
    ]});
    let found = spans("ä tag", &record);
    let marks: Vec<&Mark> = found.iter().map(|span| &span.mark).collect();
    assert_eq!(
        marks,
        [&Mark::Link("https://x.example".to_owned()), &Mark::Tag("t".to_owned())]
    );
}

#[test]
fn clocks_pictures_and_labels_are_read_and_lies_about_time_are_not() {
    let actor = Actor {
        did: "did:plc:ana".to_owned(),
        handle: "handle.invalid".to_owned(),
        ..Actor::default()
    };
    let blob = json!({"$type": "blob", "ref": {"$link": "bafkrei"}, "mimeType": "image/png", "size": 9});
    let bad = json!({"ref": {"$link": "../../x"}, "mimeType": "image/png"});
    let record = json!({
        "text": "x", "createdAt": "2038-01-01T00:00:00Z", "langs": ["pt-BR"],
        "labels": {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "graphic-media"}]},
        "embed": {"$type": "app.bsky.embed.images", "images": [{"image": blob, "alt": "a lid"}, {"image": bad, "alt": ""}]},
    });
    let event = said(
        "at://did:plc:ana/app.bsky.feed.post/3k",
        &actor,
        &record,
        "2026-08-01T12:00:00Z",
        false,
        false,
    );
    let Kind::Said(content) = &event.kind else { panic!() };
    assert_eq!(
        (event.at, event.url.as_deref()),
        (1_785_585_600_000, Some("https://bsky.app/profile/did:plc:ana/post/3k"))
    );
    assert_eq!(
        (content.warning.as_deref(), content.language.as_deref()),
        (Some("graphic-media"), Some("pt-BR"))
    );
    assert_eq!(
        (content.attachments.len(), content.attachments[0].alt.as_deref()),
        (1, Some("a lid"))
    );
}

proptest! {
    #[test]
    fn no_words_break_the_finder(text in "(@|#|https://|\\.|[a-z]|é|👍| |\\n|\\(|\\)|\\PC){0,60}") {
        let mut before = 0;
        for found in find(&text) {
            prop_assert!(found.start >= before && found.start < found.end);
            prop_assert!(text.get(found.start..found.end).is_some());
            before = found.end;
        }
    }

    #[test]
    fn no_record_breaks_the_reader(json in "(\\{|\\}|\\[|\\]|\"text\"|\"facets\"|\"index\"|\"reply\"|\"embed\"|:|,|1|null|\"x\"|true){0,40}", uri in "\\PC{0,40}") {
        let _ = parts(&uri);
        let _ = serde_json::from_str::<Notification>(&json);
        let record = serde_json::from_str(&json).unwrap_or(serde_json::Value::Null);
        let _ = said(&uri, &Actor::default(), &record, &json, false, true);
    }
}
