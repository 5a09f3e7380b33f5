//! Nasty documents: each is a feed or refused, and nothing breaks or grows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

use jackfield_channel_feed::dates::date_ms;
use jackfield_channel_feed::document::{Feed, absolute, read};
use jackfield_sdk::time::{format_ms, parse_ms};
use proptest::prelude::*;

fn xml(text: &str) -> Result<Feed, String> {
    read(text.as_bytes(), "application/xml")
}

#[test]
fn an_entity_that_a_document_defines_is_never_put_in() {
    let bomb = "<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY x SYSTEM 'file:///etc/passwd'>]>\
                <rss><channel><item><guid>1</guid><title>&b;&x;</title></item></channel></rss>";
    let feed = xml(bomb).unwrap();
    assert_eq!(feed.entries[0].title, "&b;&x;");
}

#[test]
fn what_is_not_quite_xml_is_read() {
    let cases = [
        ("<title>Fish & chips&nbsp;caf&eacute;</title>", "Fish & chips\u{a0}café"),
        ("<title><![CDATA[a <b>bold</b> one]]></title>", "a bold one"),
        ("<title>a &lt;b&gt;bold&lt;/b&gt; one</title>", "a bold one"),
        ("<title>crossed</title></wrong>", "crossed"),
        ("<title>sp   ace\n d</title>", "sp ace d"),
    ];
    for (title, expected) in cases {
        let feed = xml(&format!("<rss><channel><item>{title}</item></channel></rss>")).unwrap();
        assert_eq!(feed.entries[0].title, expected, "{title}");
    }
}

#[test]
fn xhtml_rdf_and_old_atom_are_read() {
    let xhtml = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><title type='xhtml'><div>A <em>big</em> day</div></title>\
                 <content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>one &lt;tag&gt;</p><p><a href='/x'>two</a></p></div></content>\
                 <link rel='enclosure' href='/a.mp3' type='audio/mpeg' length='9'/><link href='/p'/></entry></feed>";
    let feed = xml(xhtml).unwrap();
    let entry = &feed.entries[0];
    assert_eq!((entry.title.as_str(), entry.link.as_str()), ("A big day", "/p"));
    assert_eq!(
        entry.body.text,
        "<div><p>one &lt;tag&gt;</p><p><a href=\"/x\">two</a></p></div>"
    );
    assert_eq!(
        (entry.files[0].size, entry.files[0].kind.as_deref()),
        (Some(9), Some("audio/mpeg"))
    );
    let rdf = "<rdf:RDF xmlns:rdf='x'><channel><title>T</title></channel><item rdf:about='u'><title>one</title><link>https://s.test/1</link><dc:date>2026-08-01</dc:date></item></rdf:RDF>";
    assert_eq!(xml(rdf).unwrap().entries[0].link, "https://s.test/1");
}

#[test]
fn depth_and_size_have_an_end() {
    assert!(xml(&format!("<rss><channel><item>{}", "<b>".repeat(10_000))).is_err());
    let many = "<item><title>x</title></item>".repeat(5_000);
    assert_eq!(
        xml(&format!("<rss><channel>{many}</channel></rss>"))
            .unwrap()
            .entries
            .len(),
        1_000
    );
    let deep = format!(
        "{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":{}",
        "[".repeat(10_000)
    );
    assert!(read(deep.as_bytes(), "application/json").is_err());
}

#[test]
fn addresses_are_made_whole_and_scripts_are_none() {
    let base = "https://s.test/blog/feed.xml?x=1";
    let cases = [
        ("https://o.test/p", Some("https://o.test/p")),
        ("//o.test/p", Some("https://o.test/p")),
        ("/p", Some("https://s.test/p")),
        ("p", Some("https://s.test/blog/p")),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("", None),
    ];
    for (href, expected) in cases {
        assert_eq!(absolute(base, href).as_deref(), expected, "{href}");
    }
}

proptest! {
    #[test]
    fn no_document_breaks_the_reader(text in "(<|>|</|/>|&|;|rss|channel|item|feed|entry|title|content type='xhtml'|<!\\[CDATA\\[|\\]\\]>|<!--|link href=|'|\"|\\PC){0,50}") {
        let _ = xml(&text);
        let _ = xml(&format!("<rss><channel><item>{text}</item></channel></rss>"));
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in "[a-z/;= \"-]{0,40}") {
        let _ = read(&bytes, &kind);
        let mut document = b"<rss><channel><item><title>".to_vec();
        document.extend(&bytes);
        document.extend(b"</title></item></channel></rss>");
        let _ = read(&document, &kind);
    }

    #[test]
    fn no_json_breaks_the_reader(items in "(\\{|\\}|\\[|\\]|\"id\"|\"title\"|\"authors\"|:|,|1|null|\"x\"|true){0,30}") {
        let _ = read(format!("{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{items}]}}").as_bytes(), "");
    }

    #[test]
    fn no_date_breaks_the_reader(text in "\\PC{0,40}") {
        let _ = date_ms(&text);
    }

    #[test]
    fn every_rfc_date_is_read(ms in 0u64..4_000_000_000_000) {
        let written = format_ms(ms - ms % 1000);
        let (day, clock) = (written.get(..10).unwrap(), written.get(11..19).unwrap());
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let month = months[day[5..7].parse::<usize>().unwrap() - 1];
        let mail = format!("Mon, {} {month} {} {clock} +0000", &day[8..10], &day[..4]);
        prop_assert_eq!(date_ms(&mail), parse_ms(&written));
    }
}
