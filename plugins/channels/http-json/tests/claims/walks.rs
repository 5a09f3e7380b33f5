//! Lists: pages, marks, edits, faults in the middle. Nothing is lost, nothing comes twice.

use crate::site::{BASE, NOW, drain, host, ids, ok, settings, status, text};
use jackfield_channel_http_json::HttpJson;
use jackfield_sdk::channel::{Channel, HttpResponse, Kind, Trouble};
use jackfield_sdk::time::format_ms;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};

const HOUR: u64 = 3_600_000;

/// A mapping of one list; `poll` is what its section says besides.
fn mapping(poll: &str) -> String {
    format!(
        "mapping = 1\nname = \"List\"\n[poll.posts]\nitems = \"$.posts\"\nmessage = \"post\"\n{poll}\n\
         [message.post]\nid = \"$.id\"\nat = \"$.at\"\nrevision = \"$.edited\"\ntext = \"$.text\"\nvisibility = \"public\"\n\
         deleted = {{ value = \"$.gone\", is = true }}\nauthor = {{ id = \"ana\" }}\n"
    )
}

fn post(id: u64, at: u64) -> Value {
    json!({"id": id, "at": format_ms(at), "text": format!("post {id}")})
}

/// `/posts?…` over a list that is oldest first: by `page` and `size`, by `offset`, by `after`, by `since`, by `token`.
fn serve(posts: &[Value], ask: &str, newest_first: bool) -> Option<HttpResponse> {
    let query = ask.strip_prefix("GET /posts?")?;
    let get = |name: &str| {
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
            .map(str::to_owned)
    };
    let number = |name: &str| get(name).and_then(|text| text.parse::<usize>().ok());
    let mut list: Vec<&Value> = posts.iter().collect();
    if let Some(after) = get("after").and_then(|text| text.parse::<u64>().ok()) {
        list.retain(|post| post["id"].as_u64().unwrap() > after);
    }
    if let Some(since) = get("since").map(|text| text.replace("%3A", ":")) {
        list.retain(|post| post["at"].as_str().unwrap() >= since.as_str());
    }
    if newest_first {
        list.reverse();
    }
    let size = number("size").unwrap_or(usize::MAX);
    let skip = number("offset")
        .or(number("page").map(|page| (page - 1) * size))
        .or(number("token"))
        .unwrap_or(0);
    let page: Vec<&Value> = list.iter().skip(skip).take(size).copied().collect();
    let after = skip.saturating_add(size);
    let more = after < list.len();
    let next = more.then(|| {
        format!(
            "/posts?{}",
            query
                .split('&')
                .filter(|p| !p.starts_with("token"))
                .chain([format!("token={after}").as_str()])
                .collect::<Vec<_>>()
                .join("&")
        )
    });
    let mut answer = status(
        200,
        &json!({"posts": page, "token": more.then_some(after), "next": next}).to_string(),
    );
    if let Some(next) = next {
        answer
            .headers
            .push(("link".to_owned(), format!("<{BASE}{next}>; rel=\"next\"")));
    }
    Some(answer)
}

const WAYS: [(&str, bool); 8] = [
    (
        "url = \"/posts?size=7&page={page}\"\npaging = { by = \"page\", size = 7 }",
        false,
    ),
    (
        "url = \"/posts?size=7&offset={page}\"\npaging = { by = \"offset\", size = 7 }",
        false,
    ),
    (
        "url = [\"/posts?size=7&token={page}\", \"/posts?size=7\"]\npaging = { by = \"token\", at = \"$.token\" }",
        false,
    ),
    (
        "url = \"/posts?size=7\"\npaging = { by = \"next\", at = \"$.next\" }",
        false,
    ),
    ("url = \"/posts?size=7\"\npaging = { by = \"link-header\" }", false),
    (
        "url = \"/posts?size=7&after={since}\"\nsince = \"id\"\npaging = { by = \"next\", at = \"$.next\" }",
        false,
    ),
    (
        "url = \"/posts?size=7&since={since}&page={page}\"\nsince = \"time\"\npaging = { by = \"page\", size = 7 }",
        false,
    ),
    (
        "url = \"/posts?size=7&page={page}\"\norder = \"newest-first\"\npaging = { by = \"page\" }",
        true,
    ),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// New posts come in between, ties in time included, batches are small, and every tenth answer fails.
    #[test]
    fn whatever_the_paging_every_post_comes_once(way in 0..WAYS.len(), first in 0usize..40, later in 0usize..25, max in 1u32..9, faults in any::<bool>()) {
        let (poll, newest_first) = WAYS[way];
        let at = |n: usize| NOW - 5 * HOUR + (n as u64 / 3) * 1000;
        let posts = RefCell::new((0..first).map(|n| post(n as u64 + 1, at(n))).collect::<Vec<_>>());
        let asked = Cell::new(0);
        let host = host(|ask, _| {
            asked.set(asked.get() + 1);
            if faults && asked.get() % 10 == 3 { Some(status(503, "")) } else { serve(&posts.borrow(), ask, newest_first) }
        });
        let settings = settings(&mapping(poll), &json!({}));
        let (mut cursor, mut found, mut left) = (None, Vec::new(), later);
        for turn in 0.. {
            prop_assert!(turn < 500, "it never ends");
            let more = match HttpJson::poll(&host, &settings, cursor.clone(), max) {
                Ok(batch) => {
                    prop_assert!(batch.events.len() <= max as usize);
                    found.extend(batch.events.iter().map(|e| e.remote_id.parse::<usize>().unwrap()));
                    cursor = batch.cursor;
                    batch.more
                }
                Err(Trouble::Later(_)) => true,
                Err(other) => return Err(TestCaseError::fail(format!("{other:?}"))),
            };
            // A list by page number that shifts under the walk is met between walks.
            if left > 0 && (!more || !newest_first) {
                let n = posts.borrow().len();
                posts.borrow_mut().push(post(n as u64 + 1, at(n)));
                left -= 1;
            } else if !more && left == 0 {
                break;
            }
        }
        found.sort_unstable();
        prop_assert_eq!(found, (1..=first + later).collect::<Vec<_>>());
    }
}

#[test]
fn an_edit_and_a_deletion_are_found_with_and_without_a_number() {
    let posts = RefCell::new(vec![post(1, NOW - HOUR), post(2, NOW - HOUR)]);
    let host = host(|ask, _| serve(&posts.borrow(), ask, false));
    let settings = settings(&mapping("url = \"/posts?x=1\""), &json!({}));
    let (events, cursor) = drain(&host, &settings, None, 50);
    assert_eq!(events.iter().map(|e| e.revision).collect::<Vec<_>>(), [0, 0]);
    posts.borrow_mut()[0]["text"] = json!("post 1, mended");
    posts.borrow_mut()[1]["text"] = json!("post 2, mended");
    posts.borrow_mut()[1]["edited"] = json!(format_ms(NOW - 1000));
    let (events, cursor) = drain(&host, &settings, cursor, 50);
    assert_eq!(
        events
            .iter()
            .map(|e| (e.remote_id.as_str(), e.revision))
            .collect::<Vec<_>>(),
        [("1", NOW), ("2", NOW - 1000)]
    );
    posts.borrow_mut()[0]["gone"] = json!(true);
    let (events, cursor) = drain(&host, &settings, cursor, 50);
    assert!(
        matches!(&events[..], [one] if one.kind == Kind::Deleted && one.remote_id == "1"),
        "{events:?}"
    );
    assert!(drain(&host, &settings, cursor, 50).0.is_empty());
}

#[test]
fn what_is_older_than_the_history_is_left_alone() {
    let posts = vec![post(1, NOW - 30 * 24 * HOUR), post(2, NOW - HOUR)];
    let of = |days: &str| {
        let host = host(|ask, _| serve(&posts, ask, false));
        let text = mapping("url = \"/posts?x=1\"").replace("name = ", &format!("history-days = {days}\nname = "));
        drain(&host, &settings(&text, &json!({})), None, 50).0.len()
    };
    assert_eq!((of("7"), of("60"), of("0")), (1, 2, 0));
}

#[test]
fn items_that_cannot_be_read_are_told_and_do_not_block() {
    let posts = vec![
        json!({"id": 1, "text": "no time"}),
        post(2, NOW - HOUR),
        json!({"text": "no id"}),
        json!({"id": 4, "at": "soon"}),
    ];
    let host = host(|ask, _| serve(&posts, ask, false));
    let settings = settings(&mapping("url = \"/posts?x=1\""), &json!({}));
    let (events, cursor) = drain(&host, &settings, None, 50);
    assert_eq!(ids(&events), ["2"]);
    let told: Vec<String> = host.logged.borrow().iter().map(|(_, line)| line.clone()).collect();
    assert!(
        told.iter()
            .any(|line| line.contains("`message.post.at`") && line.contains("nothing there")),
        "{told:?}"
    );
    assert!(told.iter().any(|line| line.contains("\"soon\" is no time")), "{told:?}");
    host.logged.borrow_mut().clear();
    drain(&host, &settings, cursor, 50);
    assert_eq!(host.logged.borrow().len(), 1, "what has an id is told once");
    let check = HttpJson::check(&host, &settings).unwrap();
    assert!(
        check.starts_with("List answers; 1 of 4 items of `poll.posts` can be read (`message.post.at`"),
        "{check}"
    );
}

#[test]
fn each_trouble_of_a_network_is_told_apart() {
    let settings = settings(
        &mapping("url = \"/posts?x=1\"").replace(
            "[poll",
            "headers = { authorization = \"Bearer {secret.token}\" }\n[poll",
        ),
        &json!({}),
    );
    let with = |code: u16, body: &'static str| {
        HttpJson::poll(&host(move |_, _| Some(status(code, body))), &settings, None, 50).unwrap_err()
    };
    assert!(
        matches!(with(401, r#"{"error":"expired"}"#), Trouble::Credential(w) if w.contains("List") && w.contains("expired") && w.contains("`token`"))
    );
    assert!(matches!(with(500, ""), Trouble::Later(None)));
    assert!(matches!(with(404, "{}"), Trouble::Refused(_)));
    assert!(matches!(with(200, "<html>"), Trouble::Unexpected(w) if w.contains("no JSON") && w.contains("<html>")));
    assert!(matches!(with(200, r#"{"items":[]}"#), Trouble::Unexpected(w) if w.contains("`poll.posts.items`")));
}

#[test]
fn the_rate_limit_is_kept() {
    let posts = vec![post(1, NOW - HOUR)];
    let host = host(|ask, _| {
        let mut answer = serve(&posts, ask, false)?;
        answer.headers.extend([
            ("x-left".to_owned(), "2".to_owned()),
            ("x-ratelimit-reset".to_owned(), "90".to_owned()),
        ]);
        Some(answer)
    });
    let text = format!(
        "{}[rate-limit]\nremaining = \"X-Left\"\nkeep = 2\n",
        mapping("url = \"/posts?x=1\"")
    );
    let batch = HttpJson::poll(&host, &settings(&text, &json!({})), None, 50).unwrap();
    assert_eq!((batch.events.len(), batch.not_before_ms), (1, Some(90_000)));
}

#[test]
fn a_fault_in_the_middle_keeps_what_was_found_and_is_told_the_next_time() {
    let posts: Vec<Value> = (1..=20).map(|n| post(n, NOW - HOUR)).collect();
    let down = Cell::new(true);
    let host = host(|ask, _| {
        if down.get() && ask.contains("page=2") {
            Some(status(401, "{}"))
        } else {
            serve(&posts, ask, false)
        }
    });
    let settings = settings(&mapping(WAYS[0].0), &json!({}));
    let batch = HttpJson::poll(&host, &settings, None, 50).unwrap();
    assert_eq!((batch.events.len(), batch.more), (7, true));
    assert!(matches!(
        HttpJson::poll(&host, &settings, batch.cursor.clone(), 50),
        Err(Trouble::Credential(_))
    ));
    down.set(false);
    let (events, _) = drain(&host, &settings, batch.cursor, 50);
    assert_eq!(events.len(), 13);
    assert_eq!(text(&events[0]), "post 8");
}

#[test]
fn a_next_page_on_another_host_is_not_followed() {
    let host = host(|ask, _| {
        ask.starts_with("GET /posts").then(|| {
            status(
                200,
                &json!({"posts": [post(1, NOW - HOUR)], "next": "https://evil.example/posts"}).to_string(),
            )
        })
    });
    let settings = settings(&mapping(WAYS[3].0), &json!({}));
    let batch = HttpJson::poll(&host, &settings, None, 50).unwrap();
    assert_eq!(batch.events.len(), 1);
    assert!(
        matches!(HttpJson::poll(&host, &settings, batch.cursor, 50), Err(Trouble::Unexpected(w)) if w.contains("evil.example"))
    );
    assert!(host.sent.borrow().iter().all(|request| request.url.starts_with(BASE)));
}

#[test]
fn a_form_and_a_plain_text_are_posted_too() {
    let publish = |body: &str| {
        format!(
            "{}[publish]\nurl = \"/say\"\nmethod = \"PUT\"\n{body}\nheaders = {{ idempotency-key = \"{{key}}\" }}\nidempotent = true\n\
             visibility = {{ public = \"0\", direct = \"1\" }}\nreceipt = {{ id = \"{{header.location:last}}\" }}\n",
            mapping("url = \"/posts?x=1\"")
        )
    };
    let host = host(|ask, _| {
        (ask == "PUT /say").then(|| {
            let mut answer = status(204, "");
            answer.headers.push(("location".to_owned(), "/posts/77".to_owned()));
            answer
        })
    });
    let draft = |key: &str| crate::site::draft(key, "1", None, "a & b", jackfield_sdk::channel::Visibility::Direct);
    let form = settings(
        &publish("form = { t = \"{text}\", p = \"{visibility}\", parent = \"{parent}\" }"),
        &json!({}),
    );
    assert_eq!(HttpJson::publish(&host, &form, draft("k1")).unwrap().remote_id, "77");
    assert_eq!(
        String::from_utf8_lossy(&host.sent.borrow()[0].body),
        "p=1&t=a%20%26%20b",
        "what has no value is left out"
    );
    assert_eq!(
        jackfield_sdk::testing::header_of(&host.sent.borrow()[0], "idempotency-key").as_deref(),
        Some("k1")
    );
    let plain = settings(&publish("body = \"{text}\""), &json!({}));
    HttpJson::publish(&host, &plain, draft("k2")).unwrap();
    assert_eq!(host.sent.borrow()[1].body, b"a & b");
    // The network makes nothing twice for one key, so an answer that is not known may be tried again.
    assert_eq!(
        HttpJson::reconcile(&host, &plain, draft("k3"))
            .unwrap()
            .map(|r| r.remote_id),
        None
    );
    let _ = ok(&json!(null));
}
