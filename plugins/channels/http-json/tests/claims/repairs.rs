//! What people who wrote their first mapping stumbled on, and what happens now.

use crate::mistakes::GOOD;
use crate::site::{NOW, draft, drain, host, ids, ok, settings, status};
use jackfield_channel_http_json::sdk::{Channel, Trouble, Visibility};
use jackfield_channel_http_json::{HttpJson, Mapping, lines, trial};
use jackfield_sdk::testing::Scripted;
use serde_json::{Value, json};

/// Two lists, of which the first can be broken.
const TWO: &str = r#"mapping = 1
name = "Desk"
[poll.broken]
url = "/broken"
items = "$"
message = "post"
[poll.good]
url = "/good?after={since}"
items = "$"
message = "post"
since = "id"
[message.post]
id = "$.id"
at = "$.at"
text = "$.text"
visibility = "public"
author = { id = "$.who" }
[publish]
url = "/answers"
json = { text = "{text}", key = "{key}" }
visibility = "public"
receipt = { id = "$.id" }
[reconcile]
url = "/threads/{thread}"
items = "$.all"
message = "post"
"#;

fn post(id: u64) -> Value {
    json!({"id": id, "at": "2026-08-01T15:00:00Z", "text": format!("post {id}"), "who": "ana"})
}

fn words(trouble: Trouble) -> String {
    match trouble {
        Trouble::Later(after) => format!("later {after:?}"),
        Trouble::Credential(words) => format!("credential: {words}"),
        Trouble::Refused(words) => format!("refused: {words}"),
        Trouble::Unexpected(words) => format!("unexpected: {words}"),
    }
}

/// A site whose broken list answers with this.
fn half<'a>(broken: u16, body: &'a str) -> Scripted<'a> {
    host(move |ask, _| match ask {
        "GET /broken" => Some(status(broken, body)),
        "GET /good?after=0" => ok(&json!([post(1), post(2)])),
        ask if ask.starts_with("GET /good") => ok(&json!([])),
        _ => None,
    })
}

#[test]
fn a_broken_list_is_named_with_its_address_and_the_others_are_read() {
    let settings = settings(TWO, &json!({}));
    for (code, body) in [(404, "{}"), (403, "{}"), (500, "{}"), (200, "{\"a\":1}"), (200, "<p>")] {
        let host = half(code, body);
        let batch = HttpJson::poll(&host, &settings, None, 50).unwrap();
        assert_eq!(ids(&batch.events), ["1", "2"], "{code} {body}");
        let told = words(HttpJson::poll(&host, &settings, batch.cursor, 50).unwrap_err());
        assert!(
            told.starts_with("unexpected: "),
            "the line is not stopped for one list: {told}"
        );
        for part in [
            "poll.broken",
            "https://api.code.example/broken",
            "other lists of Desk are read",
            "remap",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
        assert_eq!(told.matches("/broken").count(), 1, "{told}");
    }
}

#[test]
fn trouble_of_all_lists_is_the_networks() {
    let settings = settings(TWO, &json!({}));
    let all = |code| host(move |_, _| Some(status(code, "{}")));
    let told = |code| words(HttpJson::poll(&all(code), &settings, None, 50).unwrap_err());
    assert!(told(401).starts_with("credential: `poll.broken`"), "{}", told(401));
    assert_eq!(told(503), "later None");
    let asked = all(404);
    let _ = HttpJson::poll(&asked, &settings, None, 50);
    let limited = Scripted::new(NOW, |_| {
        let mut answer = status(429, "{}");
        answer.headers.push(("retry-after".to_owned(), "30".to_owned()));
        Ok(answer)
    });
    assert_eq!(
        words(HttpJson::poll(&limited, &settings, None, 50).unwrap_err()),
        "later Some(30000)"
    );
}

#[test]
fn check_asks_every_list_and_looks_where_an_answer_would_be_looked_for() {
    let settings = settings(TWO, &json!({}));
    let site = |reconcile: u16| {
        host(move |ask, _| match ask {
            "GET /broken" => ok(&json!([])),
            "GET /good?after=0" => ok(&json!([post(1)])),
            "GET /threads/1" => Some(status(reconcile, "{\"all\":[]}")),
            _ => None,
        })
    };
    assert_eq!(
        HttpJson::check(&site(200), &settings).unwrap(),
        "Desk answers; all 0 items of `poll.broken` can be read; all 1 items of `poll.good` can be read; `reconcile` answers with 0 items."
    );
    let told = words(HttpJson::check(&site(404), &settings).unwrap_err());
    assert!(
        told.contains("`reconcile` at https://api.code.example/threads/1: The network says no (404)"),
        "{told}"
    );
    let told = words(HttpJson::check(&half(404, "{}"), &settings).unwrap_err());
    assert!(
        told.contains("`poll.broken`: https://api.code.example/broken: The network says no"),
        "{told}"
    );
}

#[test]
fn what_cannot_be_found_out_says_where_it_was_looked_for() {
    let settings = settings(TWO, &json!({}));
    let host = half(200, "[]");
    let asked = draft("k", "7", None, "It leaves today.", Visibility::Public);
    let told = words(HttpJson::reconcile(&host, &settings, asked).unwrap_err());
    assert!(
        told.contains("`reconcile` at https://api.code.example/threads/7"),
        "{told}"
    );
}

#[test]
fn a_fixed_word_where_a_path_was_meant_is_refused_with_its_line_and_the_path() {
    for (from, to, key, path) in [
        ("text = \"$.text\"", "text = \"body\"", "message.post.text", "$.body"),
        ("id = \"$.id\"\nat", "id = \"id\"\nat", "message.post.id", "$.id"),
        (
            "at = \"$.at\"",
            "at = \"created.at\"",
            "message.post.at",
            "$.created.at",
        ),
        (
            "receipt = { id = \"$.id\" }",
            "receipt = { id = \"id\" }",
            "publish.receipt.id",
            "$.id",
        ),
        (
            "value = \"$.team\"",
            "value = \"team\"",
            "message.post.ours.value",
            "$.team",
        ),
    ] {
        let faults = Mapping::read(&GOOD.replacen(from, to, 1)).unwrap_err();
        let line = GOOD
            .lines()
            .position(|line| from.lines().next().is_some_and(|from| line.contains(from)))
            .unwrap()
            + 1;
        assert_eq!(faults.len(), 1, "{}", lines(&faults));
        assert_eq!((faults[0].line, faults[0].key.as_str()), (line, key));
        assert!(faults[0].what.contains(&format!("\"{path}\"")), "{}", faults[0]);
    }
}

#[test]
fn what_may_be_meant_is_told_as_a_doubt_and_not_refused() {
    let doubts = |from: &str, to: &str| {
        let mapping = Mapping::read(&GOOD.replacen(from, to, 1)).unwrap_or_else(|faults| panic!("{}", lines(&faults)));
        mapping.doubts().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert!(doubts("", "").is_empty());
    let told = doubts(
        "author = { id = \"$.who\" }",
        "author = { id = \"$.who\", name = \"login\" }",
    );
    assert!(
        told[0].contains("`message.post.author.name`") && told[0].contains("$.login"),
        "{told:?}"
    );
    assert!(
        doubts(
            "author = { id = \"$.who\" }",
            "author = { id = \"$.who\", name = \"A customer\" }"
        )
        .is_empty()
    );
    let told = doubts("receipt = { id = \"$.id\" }", "receipt = { id = \"answer-{$.id}\" }");
    assert!(
        told[0].contains("\"answer-{id}\"") && told[0].contains("\"{id}\""),
        "{told:?}"
    );
    assert_eq!(
        doubts("receipt = { id = \"$.id\" }", "receipt = { id = \"$.answer.uuid\" }").len(),
        1
    );
    for good in ["$.answer.id", "{header.location:last}", "$.url:last"] {
        let to = format!("receipt = {{ id = \"{good}\" }}");
        assert!(doubts("receipt = { id = \"$.id\" }", &to).is_empty(), "{good}");
    }
}

#[test]
fn only_the_first_mistake_is_told_and_not_what_follows_from_it() {
    for (from, to, key) in [
        (
            "json = { text = \"{text}\", key = \"{key}\" }",
            "json = { text = \"{text}\", key = \"{kay}\" }",
            "publish.json.key",
        ),
        (
            "url = \"/posts/{thread}/answers\"\njson",
            "url = \"/posts/{thred}/answers\"\njson",
            "publish.url",
        ),
        ("name = \"Desk\"", "nam = \"Desk\"", "nam"),
        ("[message.post]", "[mesage.post]", "mesage"),
        ("[poll.posts]", "[pol.posts]", "pol"),
        ("[reconcile]", "[reconsile]", "reconsile"),
        ("items = \"$.posts\"", "itmes = \"$.posts\"", "poll.posts.itmes"),
        (
            "is = \"{values.team}\"",
            "iss = \"{values.team}\"",
            "message.post.ours.iss",
        ),
    ] {
        let faults = Mapping::read(&GOOD.replacen(from, to, 1)).unwrap_err();
        let keys: Vec<_> = faults.iter().map(|fault| fault.key.as_str()).collect();
        assert_eq!(keys, [key], "{}", lines(&faults));
    }
    let account = GOOD.replace(
        "[poll.posts]",
        "[account]\nurl = \"/me{x}\"\nid = \"$.id\"\n\n[poll.posts]",
    );
    assert_eq!(Mapping::read(&account).unwrap_err().len(), 1);
}

#[test]
fn a_body_holds_numbers_and_booleans_where_the_mapping_says_so() {
    let mapping = TWO
        .replace("json = { text = \"{text}\", key = \"{key}\" }", "json = { text = \"{text}\", parent = \"{parent:number}\", open = \"{visibility:boolean}\", at = \"{now:epoch-s:number}\", of = \"{thread:last:number}\", key = \"{key}\" }")
        .replace("visibility = \"public\"\nreceipt", "visibility = { public = true, direct = false }\nreceipt");
    let settings = settings(&mapping, &json!({}));
    let host = host(|_, _| ok(&json!({"id": 9})));
    for (visibility, open) in [(Visibility::Public, true), (Visibility::Direct, false)] {
        HttpJson::publish(
            &host,
            &settings,
            draft(&format!("k{open}"), "https://x/t/12", Some("3"), "Yes.", visibility),
        )
        .unwrap();
        let body: Value = serde_json::from_slice(&host.sent.borrow().last().unwrap().body).unwrap();
        let expected =
            json!({"text": "Yes.", "parent": 3, "open": open, "at": NOW / 1000, "of": 12, "key": format!("k{open}")});
        assert_eq!(body, expected);
    }
}

#[test]
fn a_form_that_never_has_a_value_is_refused() {
    for (insert, word) in [
        ("{visibility:number}", "visibility = { public = 0"),
        ("{visibility:boolean}", "visibility = { public = false"),
        ("{text:number}", "take `:number` away"),
        ("no {parent:number}", "stands alone"),
        ("{now:number}", "{now:epoch-s:number}"),
        ("{parent:number:boolean}", "one form too many"),
    ] {
        let to = format!("json = {{ text = \"{{text}}\", more = \"{insert}\", key = \"{{key}}\" }}");
        let faults = Mapping::read(&GOOD.replace("json = { text = \"{text}\", key = \"{key}\" }", &to)).unwrap_err();
        assert!(
            faults.len() == 1 && faults[0].what.contains(word),
            "{insert}: {}",
            lines(&faults)
        );
    }
}

#[test]
fn a_path_that_no_item_has_is_named_with_the_nearest_field() {
    let mapping = TWO.replace(
        "text = \"$.text\"",
        "text = \"$.txet\"\nparent = \"$.answers\"\ntitle = \"$.head.who\"",
    );
    let mapping = Mapping::read(&mapping).unwrap();
    let items = json!([{"id": 1, "at": "2026-08-01T15:00:00Z", "text": "x", "who": "ana", "answers": null}]);
    let found = trial::nowhere(&mapping, &[("https://x.example/good?after=0".to_owned(), items)], &[]);
    let told: Vec<_> = found
        .iter()
        .map(|one| (one.key.as_str(), one.path.as_str(), one.near.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("message.post.text", "$.txet", Some("$.text")),
            ("message.post.title", "$.head.who", Some("$.who")),
        ]
    );
}

#[test]
fn a_body_that_is_sent_can_be_tried_from_a_file() {
    let webhook = "[webhook]\nitems = \"$.post\"\nmessage = \"post\"\nverify = { secret = \"signing\", header = \"X-Signature\" }\n";
    let settings = settings(&format!("{TWO}{webhook}"), &json!({}));
    let host = trial::Samples::new(Vec::new(), NOW, "https://api.code.example");
    let events = trial::webhook(&host, &settings, json!({"post": post(4)}).to_string().into_bytes()).unwrap();
    assert_eq!(ids(&events), ["4"]);
    let odd = trial::webhook(&host, &settings, br#"{"post":{"id":4}}"#.to_vec()).unwrap_err();
    assert!(words(odd).contains("`message.post.at`"));
}

#[test]
fn what_is_only_shown_is_nobodys_answer() {
    let mapping = TWO.replace(
        "author = {",
        "ours = { value = \"$.who\", is = \"ana\" }\ncontext = { value = \"$.id\", is = 2 }\nauthor = {",
    );
    let settings = settings(&mapping, &json!({}));
    let (events, _) = drain(&half(200, "[]"), &settings, None, 50);
    let told: Vec<_> = events.iter().map(|event| (event.ours, event.context)).collect();
    assert_eq!(told, [(true, false), (false, true)]);
}

#[test]
fn after_a_change_a_list_that_asks_for_something_else_begins_anew_and_the_others_go_on() {
    let asked = |mapping: &str, cursor: Option<Vec<u8>>| {
        let host = half(200, "[]");
        let (_, cursor) = drain(&host, &settings(mapping, &json!({})), cursor, 50);
        let last = host.sent.borrow().last().unwrap().url.clone();
        (last, cursor)
    };
    let (_, cursor) = asked(TWO, None);
    let (last, cursor) = asked(TWO, cursor);
    assert!(last.ends_with("/good?after=2"), "{last}");
    let (last, cursor) = asked(&TWO.replace("text = \"$.text\"", "text = \"$.id\""), cursor);
    assert!(
        last.ends_with("/good?after=2"),
        "how an item is read is no other list: {last}"
    );
    let (last, _) = asked(&TWO.replace("/good?after=", "/good?x=1&after="), cursor);
    assert!(last.ends_with("/good?x=1&after=0"), "{last}");
}
