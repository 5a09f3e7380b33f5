//! A line to a site with a feed: what comes, once each, in whatever kind it is written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

use jackfield_channel_feed::Feed;
use jackfield_conform::networks::{Answered, Asked, Network as _, answer, feed::Site};
use jackfield_sdk::channel::*;
use jackfield_sdk::testing::{Scripted, header_of, response};
use jackfield_sdk::webhook::{Webhook as _, WebhookRequest};
use std::cell::RefCell;
use std::rc::Rc;

/// 2026-08-01T12:00:00Z.
const NOW: u64 = 1_785_585_600_000;
const HOUR: u64 = 3_600_000;

struct Line {
    site: Rc<RefCell<Site>>,
    host: Scripted<'static>,
    settings: String,
    cursor: RefCell<Option<Vec<u8>>>,
    /// Instead of the site's answer.
    page: Rc<RefCell<Option<HttpResponse>>>,
}

impl Line {
    fn new(path: &str) -> Self {
        let (site, page) = (Rc::new(RefCell::new(Site::default())), Rc::new(RefCell::new(None)));
        site.borrow_mut().lives_at("http://site.test");
        let (there, instead): (Rc<RefCell<Site>>, Rc<RefCell<Option<HttpResponse>>>) = (site.clone(), page.clone());
        let host = Scripted::new(NOW, move |request| {
            if let Some(page) = instead.borrow().clone() {
                return Ok(page);
            }
            let headers = ["if-none-match"].into_iter();
            let headers = headers.filter_map(|name| Some((name.to_owned(), header_of(request, name)?)));
            let asked = Asked {
                headers: headers.collect(),
                ..Asked::new(&request.method, &request.url)
            };
            let Answered { status, headers, body } = answer(&mut *there.borrow_mut(), &asked, NOW);
            Ok(HttpResponse { status, headers, body })
        });
        let settings = format!(r#"{{"url":"http://site.test{path}"}}"#);
        Self {
            site,
            host,
            settings,
            cursor: RefCell::default(),
            page,
        }
    }

    fn shows(&self, kind: &str, body: impl Into<Vec<u8>>) {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        *self.page.borrow_mut() = Some(HttpResponse {
            status: 200,
            headers,
            body: body.into(),
        });
    }

    fn write(&self, text: &str, at: u64) -> String {
        let said = jackfield_conform::networks::Said {
            who: "ana",
            text,
            parent: None,
            at_ms: at,
        };
        self.site.borrow_mut().speak(said).unwrap()
    }

    fn poll(&self, max: u32) -> Result<Batch, Trouble> {
        let before = self.host.kv.borrow().clone();
        let polled = Feed::poll(&self.host, &self.settings, self.cursor.borrow().clone(), max);
        match &polled {
            Ok(batch) => {
                assert!(batch.events.len() <= max as usize);
                if let Some(cursor) = &batch.cursor {
                    *self.cursor.borrow_mut() = Some(cursor.clone());
                }
            }
            Err(_) => *self.host.kv.borrow_mut() = before,
        }
        polled
    }

    fn drain(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..2_000 {
            let batch = self.poll(40).unwrap();
            events.extend(batch.events);
            if !batch.more {
                return events;
            }
        }
        panic!("more and more");
    }
}

fn ids(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.remote_id.as_str()).collect()
}

fn said(event: &Event) -> &Content {
    match &event.kind {
        Kind::Said(content) => content,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_kind_of_feed_gives_the_same_entries_once_in_order() {
    for path in ["/feed.xml", "/rss.xml", "/feed.json"] {
        let line = Line::new(path);
        assert!(
            Feed::check(&line.host, &line.settings)
                .unwrap()
                .starts_with("Reads \"Site\" at http://site.test/")
        );
        let wanted: Vec<String> = (0..130)
            .map(|n| line.write(&format!("<number> & {n}"), NOW + n))
            .collect();
        let events = line.drain();
        assert_eq!(ids(&events), wanted, "{path}");
        assert_eq!(
            (said(&events[7]).text.as_str(), said(&events[7]).author.handle.as_str()),
            ("<number> & 7", "ana")
        );
        assert_eq!(events[7].url.as_deref(), Some("http://site.test/posts/8"));
        assert!(line.drain().is_empty(), "{path}");
        assert_eq!(line.poll(10).unwrap().not_before_ms, Some(300_000));
        let late = line.write("one more", NOW + HOUR);
        assert_eq!(ids(&line.drain()), [late.as_str()], "{path}");
    }
}

#[test]
fn a_thousand_entries_are_handed_over_once_each_and_remembered() {
    let line = Line::new("/feed.xml");
    for n in 0..1_000 {
        line.write(&format!("number {n}"), NOW + n);
    }
    assert_eq!(line.drain().len(), 1_000);
    line.write("one more", NOW + HOUR);
    assert_eq!(line.drain().len(), 1);
    let kept = line.host.kv.borrow();
    assert!(kept.values().all(|value| value.len() <= 64 * 1024));
}

#[test]
fn only_what_changed_is_asked_for_and_never_while_something_waits() {
    let line = Line::new("/feed.xml");
    for n in 0..5 {
        line.write(&format!("number {n}"), NOW + n);
    }
    let conditional = || {
        let sent = line.host.sent.borrow();
        header_of(sent.last().unwrap(), "if-none-match").is_some()
    };
    assert!(line.poll(3).unwrap().more);
    assert!(!line.poll(3).unwrap().more);
    assert!(!conditional(), "the rest is fetched whole");
    assert!(line.poll(3).unwrap().events.is_empty());
    assert!(conditional());
}

#[test]
fn an_edit_is_a_new_revision_and_an_old_entry_is_history() {
    let line = Line::new("/feed.json");
    line.write("long ago", NOW - 8 * 24 * HOUR);
    let entry = line.write("frist", NOW);
    assert_eq!(ids(&line.drain()), [entry.as_str()]);
    line.site.borrow_mut().edit(&entry, "first", NOW + HOUR);
    let events = line.drain();
    assert_eq!(
        (said(&events[0]).text.as_str(), events[0].revision),
        ("first", NOW + HOUR)
    );
    assert!(line.drain().is_empty());
}

#[test]
fn ids_that_change_repeat_or_are_missing_make_nothing_twice() {
    let line = Line::new("/rss.xml");
    let feed = |items: &str| format!("<rss version='2.0'><channel><title>T</title>{items}</channel></rss>");
    let item = |guid: &str, link: &str, text: &str| {
        format!(
            "<item><guid>{guid}</guid><link>{link}</link><title>{text}</title><description>{text}</description></item>"
        )
    };
    let show = |items: &str| {
        line.shows("application/rss+xml", feed(items));
        line.drain()
    };
    let (a, b) = (
        item("1", "https://s.test/a", "one"),
        item("1", "https://s.test/a", "one"),
    );
    assert_eq!(ids(&show(&format!("{a}{b}"))), ["1"], "twice in one document");
    assert!(
        show(&item("1-new", "https://s.test/a", "one")).is_empty(),
        "another id for the same page"
    );
    let events = show(&item("1-new", "https://s.test/a", "one, mended"));
    assert_eq!(
        (ids(&events), events[0].revision > 0),
        (vec!["1"], true),
        "and its edit is one of the first"
    );
    let same = format!(
        "{}{}",
        item("x", "https://s.test/p", "p"),
        item("x", "https://s.test/q", "q")
    );
    assert_eq!(
        ids(&show(&same)),
        ["https://s.test/q", "https://s.test/p"],
        "one id for all of them"
    );
    let none = "<item><title>nothing but a title</title></item>";
    assert_eq!(show(none).len(), 1);
    assert!(show(none).is_empty());
}

#[test]
fn dates_that_cannot_be_are_the_moment_in_which_it_was_found() {
    let line = Line::new("/rss.xml");
    let cases = [
        ("Sat, 01 Aug 2026 14:00:00 +0200", NOW),
        ("1 Aug 26 07:00 EST", NOW),
        ("2026-08-01 12:00", NOW),
        ("2026-08-01T12:00:00", NOW),
        ("Wed, 32 Foo 2026", NOW),
        ("Fri, 01 Jan 2038 00:00:00 GMT", NOW),
        ("", NOW),
    ];
    for (n, (date, at)) in cases.into_iter().enumerate() {
        let page = format!(
            "<rss><channel><item><guid>{n}</guid><title>x</title><pubDate>{date}</pubDate></item></channel></rss>"
        );
        line.shows("text/xml", page);
        assert_eq!(line.drain()[0].at, at, "{date}");
    }
}

#[test]
fn words_are_read_in_the_characters_they_are_written_in() {
    let page = |declared: &str| {
        format!(
            "<?xml version=\"1.0\"{declared}?><rss><channel><item><guid>1</guid><title>Größe</title></item></channel></rss>"
        )
    };
    let latin = |text: &str| -> Vec<u8> { text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect() };
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(page("").encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let cases: [(&str, Vec<u8>); 6] = [
        ("application/xml", page("").into_bytes()),
        ("application/xml; charset=iso-8859-1", latin(&page(""))),
        ("application/xml", latin(&page(" encoding=\"ISO-8859-1\""))),
        ("application/xml; charset=utf-8", latin(&page(""))),
        (
            "application/xml; charset=nonsense",
            page(" encoding='nonsense'").into_bytes(),
        ),
        ("application/xml", utf16),
    ];
    for (kind, bytes) in cases {
        let line = Line::new("/rss.xml");
        line.shows(kind, bytes);
        assert_eq!(said(&line.drain()[0]).title.as_deref(), Some("Größe"), "{kind}");
    }
}

#[test]
fn a_comment_answers_what_its_feed_says() {
    let line = Line::new("/feed.xml");
    let page = "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:thr='http://purl.org/syndication/thread/1.0'>\
        <title>Comments</title><entry><id>tag:s,1</id><title>Comment #1</title><updated>2026-08-01T12:00:00Z</updated>\
        <author><name>Ana</name><uri>https://ana.example</uri></author><content type='html'>&lt;p&gt;Hi&lt;br&gt;there&lt;/p&gt;</content>\
        <thr:in-reply-to ref='tag:s,0' href='https://s.test/p#c0'/></entry></feed>";
    line.shows("application/atom+xml", page);
    let events = line.drain();
    assert_eq!(
        (events[0].thread.as_str(), events[0].parent.as_deref()),
        ("tag:s,0", Some("tag:s,0"))
    );
    let content = said(&events[0]);
    assert_eq!(
        (content.text.as_str(), content.author.profile_url.as_deref()),
        ("Hi\nthere", Some("https://ana.example"))
    );
}

#[test]
fn trouble_says_what_to_do() {
    let line = Line::new("/feed.xml");
    let cases: [(u16, &str, &str); 7] = [
        (401, "", "Credential"),
        (403, "members only", "sign-in"),
        (404, "", "setting `url`"),
        (410, "", "remove this connection"),
        (503, "", "Later"),
        (
            200,
            "<html><body>not found</body></html>",
            "no feed: it begins with <html>",
        ),
        (200, "<rss><channel><item><title>half", "half a feed"),
    ];
    for (status, body, word) in cases {
        *line.page.borrow_mut() = Some(response(status, body));
        let trouble = format!("{:?}", line.poll(10).unwrap_err());
        assert!(trouble.contains(word), "{status}: {trouble}");
    }
}

#[test]
fn what_a_hub_sends_is_taken_once_with_what_a_look_finds() {
    let line = Line::new("/feed.xml");
    let entry = line.write("pushed", NOW);
    let body = line.site.borrow_mut().api(&Asked::new("GET", "/feed.xml"), NOW).body;
    let request = |body: &[u8]| WebhookRequest {
        method: "POST".to_owned(),
        path: String::new(),
        query: String::new(),
        headers: vec![("content-type".to_owned(), "application/atom+xml".to_owned())],
        body: body.to_vec(),
        received_at: NOW,
    };
    let events = Feed::ingest(&line.host, &line.settings, request(&body)).unwrap();
    assert_eq!(ids(&events), [entry.as_str()]);
    assert!(line.drain().is_empty());
    for broken in [&b""[..], b"\xff\xfe\xff", b"<feed>", b"{}"] {
        assert!(matches!(
            Feed::ingest(&line.host, &line.settings, request(broken)),
            Err(Trouble::Unexpected(_))
        ));
    }
}

#[test]
fn it_publishes_nothing_and_says_so() {
    let line = Line::new("/feed.xml");
    let draft = Draft {
        key: "k".to_owned(),
        thread: None,
        parent: None,
        visibility: Visibility::Public,
        text: "hello".to_owned(),
        language: None,
        asked_at: NOW,
        attachments: Vec::new(),
    };
    assert!(
        matches!(Feed::publish(&line.host, &line.settings, draft), Err(Refusal::Rule(words)) if words.contains("only reads"))
    );
    let can = Feed::describe().can;
    assert!(!can.contains(&Ability::ReplyPublic) && !can.contains(&Ability::ReplyPrivate));
}
