//! Nasty posts: whatever is in them, words come out and nothing breaks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod net;

use jackfield_channel_discourse::text::{Words, words};
use jackfield_channel_discourse::wire::Post;
use jackfield_sdk::channel::Mark;
use net::Line;
use proptest::prelude::*;

const SERVER: &str = "https://forum.example";

fn sound(words: &Words) {
    for span in &words.spans {
        assert!(
            words
                .text
                .get(span.start as usize..span.end as usize)
                .is_some_and(|part| !part.is_empty())
        );
        if let Mark::Link(url) = &span.mark {
            assert!(url.starts_with("http"), "{url}");
        }
    }
    assert!(words.files.iter().all(|file| file.url.starts_with("http")));
    assert!(words.files.len() <= 64 && words.spans.len() <= 4096 && words.text.len() <= 1 << 20);
}

#[test]
fn what_is_no_text_stays_outside() {
    let cases = [
        ("<p>a<script>alert(1)</script>b</p>", "ab"),
        ("<p>a<style>p{}</style><iframe src=x>inside</iframe>b</p>", "ab"),
        ("<p onclick=x>a <b>bold</p>", "a bold"),
        ("<p><a href='javascript:alert(1)'>press</a></p>", "press"),
        (
            "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
            "<script>alert(1)</script>",
        ),
        (
            "<p>nice <img class=\"emoji\" alt=\":tada:\" src=\"/t.png\"></p>",
            "nice :tada:",
        ),
        (
            "<aside class=\"quote\" data-username=\"ana\"><div class=\"title\"><div class=\"quote-controls\">x</div><img class=\"avatar\" src=\"/a.png\"> ana:</div><blockquote><p>broken</p></blockquote></aside><p>same</p>",
            "ana:\n\nbroken\n\nsame",
        ),
        (
            "<aside class=\"onebox\" data-onebox-src=\"https://x.example/p\"><article>a long preview</article></aside><p>see</p>",
            "https://x.example/p\n\nsee",
        ),
        ("<!-- a --><p>b<![CDATA[c]]></p><!--", "b"),
    ];
    for (html, expected) in cases {
        let read = words(html, SERVER);
        sound(&read);
        assert_eq!(read.text, expected, "{html}");
    }
}

#[test]
fn files_come_with_their_address_and_description() {
    let html = "<p><div class=\"lightbox-wrapper\"><a class=\"lightbox\" href=\"//cdn.example/full.png\"><img src=\"/small.png\" alt=\"a lid\"><div class=\"meta\">lid 690×388</div></a></div>\
                <a class=\"attachment\" href=\"/uploads/log.txt\">log.txt</a> <img src=\"data:image/png;base64,xx\"><img src=\"file:///etc/passwd\"></p>";
    let read = words(html, SERVER);
    let files: Vec<(&str, Option<&str>, Option<&str>)> = read
        .files
        .iter()
        .map(|file| (file.url.as_str(), file.media_type.as_deref(), file.alt.as_deref()))
        .collect();
    assert_eq!(
        files,
        [
            ("https://cdn.example/full.png", Some("image/png"), Some("a lid")),
            ("https://forum.example/uploads/log.txt", Some("text/plain"), None),
        ]
    );
    assert_eq!(read.text, "log.txt");
}

#[test]
fn ten_thousand_nested_elements_and_a_megabyte_are_read() {
    let deep = format!(
        "{}core{}",
        "<blockquote><b>".repeat(10_000),
        "</b></blockquote>".repeat(10_000)
    );
    assert_eq!(words(&deep, SERVER).text, "core");
    let wide = format!("<p>{}</p>", "a parcel that never came ".repeat(60_000));
    let read = words(&wide, SERVER);
    assert!(read.text.len() <= 1 << 20 && read.text.ends_with('…'));
    let links = "<a href=\"https://x.example\">x</a> ".repeat(9_000);
    sound(&words(&links, SERVER));
}

#[test]
fn a_thread_of_ten_thousand_answers_is_read_in_bounded_polls() {
    let line = Line::new();
    let mut parent = line.open("ana", "down we go");
    for n in 0..10_000 {
        parent = line.reply("ben", parent, &format!("level {n}"));
    }
    let mut found = 0;
    loop {
        let batch = line.poll(200).unwrap();
        assert!(line.host.sent.borrow().len() <= 20);
        found += batch.events.len();
        if !batch.more {
            break;
        }
    }
    assert_eq!(found, 10_001);
    let kept: usize = line.host.kv.borrow().values().map(Vec::len).sum();
    assert!(kept < 512 * 1024, "{kept} bytes");
    assert!(line.host.kv.borrow().values().all(|value| value.len() <= 64 * 1024));
}

#[test]
fn an_account_that_was_renamed_or_deleted_is_still_somebody() {
    let line = Line::new();
    for (user, id) in [("\"ana_new\"", "2"), ("null", "null"), ("\"\"", "7")] {
        let body = format!(
            r#"{{"post":{{"id":5,"post_number":1,"topic_id":3,"username":{user},"user_id":{id},"name":null,"created_at":"2026-08-01T10:00:00Z","cooked":"<p>hi</p>"}}}}"#
        );
        let events = line.hook("post_created", body.as_bytes()).unwrap();
        let jackfield_sdk::channel::Kind::Said(content) = &events[0].kind else {
            panic!()
        };
        assert!(!content.author.id.is_empty());
    }
}

proptest! {
    #[test]
    fn no_html_breaks_the_reader(html in "(<|>|&|\"|'|/|!|-|=|a|p|br|img|script|style|div class=|meta|href=|src=|title|\\PC){0,60}") {
        sound(&words(&html, SERVER));
    }

    #[test]
    fn no_json_breaks_a_webhook(text in "(\\{|\\}|\\[|\\]|\"post\"|\"id\"|:|,|1|null|\"x\"|true){0,40}") {
        let line = Line::new();
        let _ = line.hook("post_created", text.as_bytes());
        let _ = serde_json::from_str::<Post>(&text);
    }
}
