//! Whatever stands in a mailbox is read or left out; nothing breaks, and what goes out is one message.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

use jackfield_channel_email::compose::{Answer, message};
use jackfield_channel_email::mail;
use proptest::prelude::*;

#[test]
fn nested_parts_without_an_end_and_huge_ones_are_read_to_some_words() {
    let mut deep = String::from("From: a@b\r\nMessage-ID: <d@b>\r\n");
    for level in 0..10_000 {
        deep.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n"
        ));
    }
    assert!(mail::read(deep.as_bytes()).is_some());
    let long = format!("From: a@b\r\n\r\n{}", "x".repeat(3 << 20));
    let read = mail::read(long.as_bytes()).unwrap();
    assert!(read.text.ends_with('…') && read.text.len() < 1 << 20);
    let many: String = (0..5_000).map(|n| format!("<{n}@b> ")).collect();
    let read = mail::read(format!("From: a@b\r\nReferences: {many}\r\n\r\nx").as_bytes()).unwrap();
    assert_eq!((read.references.len(), read.references[0].as_str()), (60, "0@b"));
    assert_eq!(read.references[59], "4999@b");
    for odd in [
        "",
        "\0",
        "From:",
        "From: <>\r\n\r\n",
        "From: \"a\r\n b\" <x y@z>\r\nMessage-ID: < >\r\n\r\nz",
        "\r\n\r\n\r\n",
    ] {
        let _ = mail::read(odd.as_bytes());
    }
}

#[test]
fn charsets_that_are_wrong_or_unknown_lose_no_words() {
    for charset in ["utf-7", "x-unknown", "\"\"", "utf-8", "shift_jis", "windows-1252"] {
        let head = format!("From: a@b\r\nContent-Type: text/plain; charset={charset}\r\n\r\nwords ");
        let mut raw = head.into_bytes();
        raw.extend([0xff, 0xfe, 0x80, b' ', b'e', b'n', b'd']);
        let read = mail::read(&raw).unwrap();
        assert!(
            read.text.starts_with("words") && read.text.ends_with("end"),
            "{charset}: {:?}",
            read.text
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_break_it(raw in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = mail::read(&raw);
    }

    #[test]
    fn no_headers_break_it_and_what_is_read_keeps_its_bounds(lines in proptest::collection::vec(
        "(From|To|Message-ID|References|In-Reply-To|Subject|Date|Content-Type|Auto-Submitted|Precedence|Return-Path): [ -~é]{0,60}", 0..10), body in "\\PC{0,200}") {
        let raw = format!("{}\r\n\r\n{body}", lines.join("\r\n"));
        if let Some(read) = mail::read(raw.as_bytes()) {
            prop_assert!(read.id.iter().chain(&read.references).all(|id| !id.is_empty() && id.len() <= 512));
            prop_assert!(read.spans.iter().all(|s| read.text.get(s.start as usize..s.end as usize).is_some_and(|t| !t.is_empty())));
        }
    }

    #[test]
    fn quotes_stand_on_borders(text in "(> |é|\n|a:|👋|-----Original Message-----){0,40}") {
        for span in mail::quoted(&text) {
            prop_assert!(text.get(span.start as usize..span.end as usize).is_some());
        }
    }

    #[test]
    fn an_answer_is_read_as_it_was_written_and_no_header_is_smuggled_in(subject in "\\PC{0,120}|[a-z\r\n:]{0,60}", text in "[^\0\r]{1,300}", name in "\\PC{0,60}|[a-z\r\n]{0,20}") {
        let raw = message(&Answer {
            key: "key-1", from: ("help@northwind.example", &name), to: "ana@example.org", subject: &subject, parent: "1@a",
            references: &["0@a".to_owned()], text: &text, language: Some("de\r\nBcc: eve@example.org"), at: 1_795_510_800_000,
        });
        let read = mail::read(&raw).unwrap();
        prop_assert_eq!(read.text, text.trim_end());
        prop_assert_eq!(read.from.0, "help@northwind.example");
        prop_assert_eq!(read.references, ["0@a", "1@a"]);
        prop_assert_eq!(read.date, Some(1_795_510_800_000));
        let raw = String::from_utf8(raw).unwrap();
        prop_assert!(raw.is_ascii() && !raw.contains("\r\nBcc:"));
        prop_assert!(raw.split("\r\n").all(|line| line.len() <= 998));
    }
}
