//! The mappings in `examples/` against answers of the shape that those systems give.

use crate::site::{BASE, NOW, draft, drain, host, ids, ok, settings, silent, status, text};
use jackfield_channel_http_json::HttpJson;
use jackfield_sdk::channel::{Channel, HttpFailure, Kind, Mark, Refusal, Trouble, Visibility};
use jackfield_sdk::testing::header_of;
use serde_json::{Value, json};
use std::cell::RefCell;

const TICKETS: &str = include_str!("../../examples/tickets.toml");
const ISSUES: &str = include_str!("../../examples/issues.toml");
const ISSO: &str = include_str!("../../examples/isso.toml");

fn fixture(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn tickets(ask: &str) -> Option<jackfield_sdk::channel::HttpResponse> {
    let tickets = fixture(include_str!("../../fixtures/tickets.json"));
    match ask.split('?').next().unwrap() {
        "GET /api/v1/users/me" => ok(&json!({"id": 3, "email": "mia@northwind.example"})),
        "GET /api/v1/tickets/search" => ok(&tickets),
        "GET /api/v1/ticket_articles/by_ticket/11" => ok(&fixture(include_str!("../../fixtures/articles-11.json"))),
        "GET /api/v1/ticket_articles/by_ticket/12" => ok(&json!([])),
        _ => None,
    }
}

#[test]
fn a_ticket_system_is_read_with_the_articles_of_each_ticket() {
    let host = host(|ask, _| tickets(ask));
    let settings = settings(TICKETS, &json!({}));
    assert_eq!(
        HttpJson::check(&host, &settings).unwrap(),
        "Tickets answers as mia@northwind.example; `poll.tickets` has 2 items; all 3 items of `poll.tickets.each` can be read; `reconcile` answers with 3 items."
    );
    let (events, cursor) = drain(&host, &settings, None, 50);
    assert_eq!(ids(&events), ["101", "102"], "what the system itself wrote is skipped");
    let first = &events[0];
    let Kind::Said(content) = &first.kind else {
        panic!("{first:?}")
    };
    assert_eq!((first.thread.as_str(), first.revision, first.ours), ("11", 0, false));
    assert_eq!(
        (content.title.as_deref(), content.text.as_str()),
        (Some("Parcel is missing"), "Where is my parcel?")
    );
    assert_eq!(content.author.id, "5");
    let file = &content.attachments[0];
    assert_eq!(file.url, format!("{BASE}/api/v1/ticket_attachment/11/101/7"));
    assert_eq!(
        (file.media_type.as_deref(), file.size, file.alt.as_deref()),
        (Some("application/pdf"), Some(4711), Some("receipt.pdf"))
    );
    let note = &events[1];
    assert_eq!((note.visibility.clone(), note.ours), (Visibility::Internal, true));
    let Kind::Said(content) = &note.kind else {
        panic!("{note:?}")
    };
    assert_eq!(
        content.title.as_deref(),
        Some("Parcel is missing"),
        "the ticket's own where the article has none"
    );

    // Nothing changed: the list is asked for again, the articles are not.
    host.sent.borrow_mut().clear();
    let (events, _) = drain(&host, &settings, cursor, 50);
    assert!(events.is_empty());
    let asked: Vec<_> = host.sent.borrow().iter().map(|r| r.url.replace(BASE, "")).collect();
    assert_eq!(
        asked,
        [
            "/api/v1/tickets/search?query=updated_at:%3E2026-08-01T10%3A59%3A00Z&sort_by=updated_at&order_by=asc&per_page=50&page=1"
        ]
    );
    assert_eq!(
        header_of(&host.sent.borrow()[0], "authorization").as_deref(),
        Some("Token token={token}")
    );
}

#[test]
fn an_answer_becomes_an_article() {
    let host = host(|ask, _| match ask {
        "POST /api/v1/ticket_articles" => Some(status(201, r#"{"id": 104, "created_at": "2026-08-01T16:00:01Z"}"#)),
        other => tickets(other),
    });
    let settings = settings(TICKETS, &json!({}));
    let receipt = HttpJson::publish(
        &host,
        &settings,
        draft("k1", "11", Some("101"), "It is \"here\".", Visibility::Direct),
    )
    .unwrap();
    assert_eq!((receipt.remote_id.as_str(), receipt.at), ("104", NOW + 1000));
    let body: Value = serde_json::from_slice(&host.sent.borrow().last().unwrap().body).unwrap();
    assert_eq!(
        body,
        json!({"ticket_id": 11, "body": "It is \"here\".", "content_type": "text/plain", "type": "web", "internal": false})
    );
    let wider = HttpJson::publish(&host, &settings, draft("k2", "11", None, "x", Visibility::Public));
    assert!(
        matches!(&wider, Err(Refusal::Rule(words)) if words.contains("direct")),
        "{wider:?}"
    );
    // The same key again is the same receipt, and nothing is sent.
    let sent = host.sent.borrow().len();
    let again = HttpJson::publish(
        &host,
        &settings,
        draft("k1", "11", Some("101"), "It is \"here\".", Visibility::Direct),
    )
    .unwrap();
    assert_eq!((again.remote_id.as_str(), host.sent.borrow().len()), ("104", sent));
}

fn issues(ask: &str) -> Option<jackfield_sdk::channel::HttpResponse> {
    match ask.split('?').next().unwrap() {
        "GET /user" => ok(&json!({"id": 3, "login": "mia"})),
        "GET /repos/northwind/shop/issues" => ok(&fixture(include_str!("../../fixtures/issues.json"))),
        "GET /repos/northwind/shop/issues/12/comments" => ok(&json!([])),
        "GET /repos/northwind/shop/issues/comments" => ok(&fixture(include_str!("../../fixtures/issue-comments.json"))),
        _ => None,
    }
}

#[test]
fn issues_and_comments_are_one_thread_each() {
    let host = host(|ask, _| issues(ask));
    let settings = settings(ISSUES, &json!({"repo": "northwind/shop"}));
    assert_eq!(
        HttpJson::check(&host, &settings).unwrap(),
        "Issues answers as mia; all 2 items of `poll.comments` can be read; all 2 items of `poll.issues` can be read; `reconcile` answers with 0 items."
    );
    let (events, _) = drain(&host, &settings, None, 50);
    assert_eq!(
        ids(&events),
        ["issue-12", "comment-501", "comment-502"],
        "pull requests are skipped"
    );
    assert!(events.iter().all(|event| event.thread == "12"));
    assert_eq!(events[1].parent.as_deref(), Some("issue-12"));
    assert_eq!(
        events.iter().map(|event| event.ours).collect::<Vec<_>>(),
        [false, true, false]
    );
    assert_eq!(
        events.iter().map(|event| event.revision > 0).collect::<Vec<_>>(),
        [false, false, true],
        "the last one was edited"
    );
    let Kind::Said(content) = &events[0].kind else { panic!() };
    assert_eq!(
        (content.title.as_deref(), content.text.as_str()),
        (Some("Export crashes"), "It crashes on page 2.")
    );
    assert_eq!(content.spans[1].mark, Mark::Link("https://shop.example/p2".to_owned()));
    assert_eq!(
        (content.author.handle.as_str(), content.author.automated),
        ("ana", false)
    );
}

#[test]
fn a_value_that_the_mapping_needs_is_asked_for() {
    let host = host(|_, _| None);
    let missing = HttpJson::check(&host, &settings(ISSUES, &json!({})));
    assert!(
        matches!(&missing, Err(Trouble::Refused(words)) if words.contains("values.repo") && words.contains("owner/name")),
        "{missing:?}"
    );
    let unknown = HttpJson::check(&host, &settings(ISSUES, &json!({"repo": "a/b", "rpo": "x"})));
    assert!(
        matches!(&unknown, Err(Trouble::Refused(words)) if words.contains("values.rpo")),
        "{unknown:?}"
    );
    assert!(host.sent.borrow().is_empty());
}

#[test]
fn an_answer_in_doubt_is_found_by_its_words_and_never_sent_twice() {
    let kept = RefCell::new(Vec::<Value>::new());
    let host = host(|ask, request| match ask.split('?').next().unwrap() {
        "POST /repos/northwind/shop/issues/12/comments" => {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let id = 600 + kept.borrow().len();
            kept.borrow_mut().push(
                json!({"id": id, "issue_url": "x/issues/12", "body": body["body"], "user": {"id": 3, "login": "mia"},
                "created_at": "2026-08-01T16:00:00Z", "updated_at": "2026-08-01T16:00:00Z"}),
            );
            Some(status(502, "bad gateway"))
        }
        "GET /repos/northwind/shop/issues/12/comments" => ok(&Value::Array(kept.borrow().clone())),
        _ => issues(ask),
    });
    let settings = settings(ISSUES, &json!({"repo": "northwind/shop"}));
    let one = draft("k1", "12", Some("comment-502"), "Thank **you**!", Visibility::Public);
    assert_eq!(
        HttpJson::reconcile(&host, &settings, one.clone())
            .unwrap()
            .map(|r| r.remote_id),
        None,
        "before it was sent"
    );
    assert!(matches!(
        HttpJson::publish(&host, &settings, one.clone()),
        Err(Refusal::Trouble(Trouble::Later(_)))
    ));
    let found = HttpJson::reconcile(&host, &settings, one.clone()).unwrap().unwrap();
    assert_eq!(found.remote_id, "comment-600");
    assert_eq!(
        HttpJson::publish(&host, &settings, one).unwrap().remote_id,
        "comment-600",
        "known now"
    );
    // Another draft of the same words is not the one that was found.
    let two = draft("k2", "12", Some("comment-502"), "Thank **you**!", Visibility::Public);
    assert!(HttpJson::reconcile(&host, &settings, two).unwrap().is_none());
    assert_eq!(kept.borrow().len(), 1);
}

#[test]
fn each_way_in_which_publishing_fails_is_told_apart() {
    let settings = settings(ISSUES, &json!({"repo": "northwind/shop"}));
    let one = || draft("k", "12", None, "x", Visibility::Public);
    let with = |code: u16, body: &'static str| {
        let host = host(move |ask, _| {
            if ask.starts_with("POST") {
                Some(status(code, body))
            } else {
                issues(ask)
            }
        });
        HttpJson::publish(&host, &settings, one()).unwrap_err()
    };
    assert!(matches!(with(401, "{}"), Refusal::Trouble(Trouble::Credential(words)) if words.contains("`token`")));
    assert!(matches!(with(403, "{}"), Refusal::Trouble(Trouble::Credential(_))));
    assert!(matches!(with(410, "{}"), Refusal::WindowClosed), "the mapping says so");
    assert!(
        matches!(with(422, r#"{"message":"Body is too long"}"#), Refusal::Rule(words) if words == "Issues: Body is too long")
    );
    assert!(matches!(with(404, "{}"), Refusal::Trouble(Trouble::Refused(_))));
    assert!(matches!(with(429, "{}"), Refusal::Trouble(Trouble::Later(_))));
    assert!(
        matches!(with(302, ""), Refusal::Trouble(Trouble::Later(_))),
        "it may have been taken"
    );
    assert!(
        matches!(with(201, "{}"), Refusal::Trouble(Trouble::Later(_))),
        "taken, and nobody said under which id"
    );
    assert!(matches!(with(201, "<html>"), Refusal::Trouble(Trouble::Later(_))));
    for failure in [HttpFailure::TimedOut, HttpFailure::Unreachable("no".to_owned())] {
        let host = silent(failure);
        host.kv.borrow_mut().insert(
            "account".to_owned(),
            json!({"id": "3", "name": null, "base": BASE, "at": NOW})
                .to_string()
                .into_bytes(),
        );
        assert!(matches!(
            HttpJson::publish(&host, &settings, one()),
            Err(Refusal::Trouble(Trouble::Later(_)))
        ));
    }
    let long = draft("k", "12", None, &"é".repeat(65_537), Visibility::Public);
    let host = host(|ask, _| issues(ask));
    assert!(
        matches!(HttpJson::publish(&host, &settings, long), Err(Refusal::Rule(words)) if words.contains("take 1 away"))
    );
    assert!(
        host.sent.borrow().iter().all(|request| request.method == "GET"),
        "told before anything was sent"
    );
}

#[test]
fn the_comments_of_a_blog_are_read_and_answered() {
    let list = RefCell::new(fixture(include_str!("../../fixtures/isso-latest.json")));
    let host = host(|ask, request| match ask {
        "GET /latest?limit=100" => ok(&list.borrow()),
        "POST /new?uri=%2F2026%2Fparcels%2F" => {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            assert_eq!(body, json!({"text": "Soon.", "author": "Northwind", "parent": 2}));
            let made = json!({"id": 3, "uri": "/2026/parcels/", "parent": 1, "author": "Northwind", "website": null,
                "text": "<p>Soon.</p>", "mode": 1, "created": 1_785_600_000.5, "modified": null});
            list.borrow_mut().as_array_mut().unwrap().push(made.clone());
            Some(status(201, &made.to_string()))
        }
        _ => None,
    });
    let settings = settings(ISSO, &json!({"author": "Northwind"}));
    let (events, cursor) = drain(&host, &settings, None, 50);
    assert_eq!(ids(&events), ["1", "2"]);
    assert_eq!((text(&events[0]), events[0].at), ("Where is mine?", 1_785_580_000_250));
    assert_eq!(
        (events[1].parent.as_deref(), events[1].thread.as_str()),
        (Some("1"), "/2026/parcels/")
    );
    assert_eq!(events[1].revision, 1_785_583_700_750);
    let Kind::Said(content) = &events[1].kind else { panic!() };
    assert_eq!(
        (content.author.id.as_str(), content.author.display_name.as_deref()),
        ("anonymous-2", Some("Anonymous"))
    );

    let receipt = HttpJson::publish(
        &host,
        &settings,
        draft("k", "/2026/parcels/", Some("2"), "Soon.", Visibility::Public),
    )
    .unwrap();
    assert_eq!((receipt.remote_id.as_str(), receipt.at), ("3", NOW + 500));
    let (events, _) = drain(&host, &settings, cursor, 50);
    assert_eq!(ids(&events), ["3"], "what was handed over is not handed over again");
    assert!(
        events[0].ours,
        "what went out by this connection is ours, whoever could write under that name"
    );
}

#[test]
fn a_trial_shows_what_nobody_uses() {
    use jackfield_channel_http_json::{Mapping, trial};
    let tickets = include_str!("../../fixtures/tickets.json").as_bytes().to_vec();
    let articles = include_str!("../../fixtures/articles-11.json").as_bytes().to_vec();
    let samples = trial::Samples::new(
        vec![(None, tickets), (Some("by_ticket".to_owned()), articles)],
        NOW,
        BASE,
    );
    let settings = settings(TICKETS, &json!({}));
    let found = trial::polls(
        &samples,
        &settings,
        trial::Trying {
            most: 200,
            whole: false,
            begin: 0,
        },
    )
    .unwrap();
    let [(name, Ok(batch))] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!((name.as_str(), ids(&batch.events)), ("tickets", vec!["101", "102"]));
    let answers: Vec<(String, Value)> = samples
        .answers
        .borrow()
        .iter()
        .map(|(url, body)| (url.clone(), serde_json::from_slice(body).unwrap()))
        .collect();
    let unused: Vec<String> = trial::unmapped(&Mapping::read(TICKETS).unwrap(), &answers)
        .into_iter()
        .map(|one| one.path)
        .collect();
    assert_eq!(unused, ["$.to", "$.type"]);
    assert!(samples.missing.borrow().is_empty());
    assert!(
        trial::with_mapping(r#"{"mapping":"x"}"#, "y")
            .unwrap_err()
            .contains("already")
    );
}
