//! Servers that speak the client API and are no Mastodon: ids that are words, fields that are missing or null, kinds
//! and visibilities of their own, and a notification that nobody can read. The fixture is written for this test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

use jackfield_channel_mastodon::Mastodon;
use jackfield_sdk::channel::*;
use jackfield_sdk::testing::{Scripted, header_of, response};
use jackfield_sdk::time::parse_ms;

const SETTINGS: &str = r#"{"server":"https://other.example/"}"#;

fn host<'a>() -> Scripted<'a> {
    Scripted::new(parse_ms("2026-08-01T12:00:00Z").unwrap(), |request| {
        let path = request
            .url
            .strip_prefix("https://other.example")
            .expect("no slash twice");
        let old = path.contains("max_id") || path.contains("01J9ZZZZ0000000000000003MN");
        Ok(match path.split('?').next().unwrap() {
            "/api/v1/accounts/verify_credentials" => response(200, r#"{"id":"me","acct":"northwind"}"#),
            "/api/v1/notifications" if old => response(200, "[]"),
            "/api/v1/notifications" => response(200, include_str!("../fixtures/other-makes.json")),
            "/api/v1/accounts/me/statuses" => response(200, "[]"),
            _ => response(404, r#"{"error":"unknown path"}"#),
        })
    })
}

#[test]
fn what_can_be_read_is_read_and_what_cannot_does_not_stop_the_line() {
    let host = host();
    let batch = Mastodon::poll(&host, SETTINGS, None, 100).unwrap();
    assert_eq!(batch.events.len(), 3, "{:#?}", batch.events);
    let by_id = |id: &str| {
        batch
            .events
            .iter()
            .find(|e| e.remote_id.ends_with(id))
            .unwrap_or_else(|| panic!("{id}"))
    };

    let invoice = by_id("S000");
    let Kind::Said(content) = &invoice.kind else {
        panic!("not said")
    };
    assert_eq!(
        (content.text.as_str(), content.warning.as_deref()),
        ("@northwind my invoice", Some("money"))
    );
    assert_eq!(invoice.visibility, Visibility::Direct);
    assert_eq!(
        (content.language.as_deref(), content.author.display_name.as_deref()),
        (None, None)
    );
    assert_eq!(
        (invoice.url.as_deref(), content.author.profile_url.as_deref()),
        (None, None),
        "only web pages are links"
    );
    assert!(!invoice.context && !invoice.ours);

    let circle = by_id("S003");
    let Kind::Said(content) = &circle.kind else {
        panic!("not said")
    };
    assert_eq!(circle.visibility, Visibility::Other("limited".to_owned()));
    assert_eq!(content.text, "a circle only & no markup");
    assert_eq!(content.author.reach, None);
    assert_eq!(content.attachments[0].media_type.as_deref(), Some("audio/ogg"));

    let unreadable = by_id("0002MN");
    assert_eq!(unreadable.kind, Kind::Other("unreadable-notification".to_owned()));
    assert!(
        host.logged
            .borrow()
            .iter()
            .any(|(level, line)| *level == Level::Warn && line.contains("0002MN"))
    );

    let again = Mastodon::poll(&host, SETTINGS, batch.cursor, 100).unwrap();
    assert_eq!(again.events, []);
}

#[test]
fn the_token_goes_out_as_a_secret_by_its_name() {
    let host = host();
    Mastodon::check(&host, SETTINGS).unwrap();
    let sent = host.sent.borrow();
    assert_eq!(header_of(&sent[0], "authorization").unwrap(), "Bearer {access-token}");
}

#[test]
fn a_cursor_of_another_version_begins_again() {
    let host = host();
    let batch = Mastodon::poll(&host, SETTINGS, Some(b"not ours".to_vec()), 100).unwrap();
    assert_eq!(batch.events.len(), 3);
}

#[test]
fn settings_that_make_no_sense_are_refused_with_their_repair() {
    for settings in [
        r#"{"server":"mastodon.example"}"#,
        r#"{"server":"https://m.example/web"}"#,
        r#"{"server":"https://"}"#,
    ] {
        let Err(Trouble::Refused(words)) = Mastodon::check(&host(), settings) else {
            panic!("{settings}")
        };
        assert!(
            words.contains("`server`") && words.contains("https://mastodon.example"),
            "{words}"
        );
    }
    let Err(Trouble::Refused(words)) = Mastodon::check(&host(), r#"{"serve":"x"}"#) else {
        panic!("no refusal")
    };
    assert!(words.contains("serve"), "{words}");
}
