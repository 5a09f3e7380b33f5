//! What is shown of a trace.

use super::*;
use serde_json::json;

fn call(name: &str, with: Value) -> Event {
    Event::Call {
        call: name.to_owned(),
        with,
        kv: None,
    }
}

fn http(path: &str, gave: Value) -> Event {
    Event::Import {
        import: "http.send".to_owned(),
        with: json!({"method": "GET", "url": format!("https://book.example{path}"), "headers": [], "body": ""}),
        gave,
    }
}

fn answer(answer: Value) -> Event {
    Event::Answer { answer }
}

fn shown(events: &[Event]) -> Vec<String> {
    let mut view = View::new(Paint::plain());
    let lines = events.iter().enumerate();
    let lines: Vec<String> = lines
        .flat_map(|(n, event)| view.event(event, 10 * n as u64, "12:00:00"))
        .collect();
    for line in &lines {
        assert!(columns(line) <= WIDTH, "{} columns: {line}", columns(line));
        assert!(!line.contains('\u{1b}'), "plain has no colours: {line:?}");
    }
    lines
}

fn said(author: &str, text: &str, mut more: Value) -> Value {
    let mut event = json!({
        "remote_id": "7", "revision": 0, "ours": false, "visibility": "Public",
        "kind": {"Said": {"author": {"handle": author}, "text": text}},
    });
    event.as_object_mut().unwrap().append(more.as_object_mut().unwrap());
    event
}

#[test]
fn a_poll_shows_its_requests_and_what_happened() {
    let events = json!([
        said("ana", "Is the shop open\non Monday? 🌱", json!({})),
        said("ana", "Tuesday, I mean", json!({"revision": 5})),
        said("northwind", "From nine", json!({"ours": true, "visibility": "Direct"})),
        {"remote_id": "9", "kind": "Deleted", "revision": 0},
    ]);
    let lines = shown(&[
        call("poll", json!({"cursor": "17", "max_events": 100})),
        http(
            "/book/changes?after=17",
            json!({"Ok": {"status": 200, "headers": [], "body": "x".repeat(1234)}}),
        ),
        answer(json!({"Ok": {"events": events, "cursor": "21", "more": false}})),
    ]);
    assert_eq!(
        lines,
        [
            "12:00:00 poll after 17 20 ms",
            "    GET /book/changes?after=17                             200   1.2 KB    10 ms",
            "  = 4 events, cursor 21",
            "    + ana: Is the shop open on Monday? 🌱",
            "    ~ ana: Tuesday, I mean",
            "    + northwind (ours, private): From nine",
            "    - 9 is taken away",
        ]
    );
}

#[test]
fn what_is_long_or_wide_is_cut_to_the_terminal() {
    let wide = "終わりのない文章".repeat(40);
    let lines = shown(&[
        call("publish", json!({"draft": {"text": wide}})),
        http(
            &format!("/{}", "long/".repeat(60)),
            json!({"Err": {"not-granted": wide}}),
        ),
        Event::Import {
            import: "log.write".to_owned(),
            with: json!({"level": "warn", "message": wide}),
            gave: Value::Null,
        },
        Event::Broke {
            broke: "trap".to_owned(),
            detail: format!("{} {wide}", "it went wrong ".repeat(20)),
        },
    ]);
    assert!(lines.len() > 5, "the reason of a trap is shown whole: {lines:?}");
    assert!(lines[1].contains("not-granted"), "{}", lines[1]);
}

#[test]
fn polls_with_nothing_new_are_counted() {
    let nothing = || {
        [
            call("poll", json!({"cursor": "17"})),
            http("/x", json!({"Ok": {"status": 200, "body": ""}})),
            answer(json!({"Ok": {"events": [], "cursor": "17", "more": false}})),
        ]
    };
    let mut events: Vec<Event> = (0..4).flat_map(|_| nothing()).collect();
    let lines = shown(&events);
    assert_eq!(lines.len(), 3, "the first one is shown: {lines:?}");
    events.push(call("poll", json!({"cursor": "17"})));
    events.push(http("/x", json!({"Ok": {"status": 429, "body": ""}})));
    events.push(answer(json!({"Err": {"Later": 9000}})));
    let lines = shown(&events);
    assert_eq!(lines[3], "    3 more polls with nothing new");
    assert_eq!(lines.last().unwrap(), "  ! later: not before 9 s");
}

#[test]
fn refusals_are_told_in_their_words() {
    let cases = [
        (json!({"Trouble": {"Credential": "renew it"}}), "credential: renew it"),
        (json!({"Rule": "too long"}), "rule: too long"),
        (
            json!("WindowClosed"),
            "window-closed: no answer is taken there any more",
        ),
        (json!({"Later": null}), "later"),
    ];
    for (error, expected) in cases {
        assert_eq!(said_no(&error), expected);
    }
}

#[test]
fn a_call_that_takes_long_is_shown_while_it_runs() {
    let mut view = View::new(Paint::plain());
    assert!(
        view.event(&call("poll", json!({"cursor": null})), 0, "12:00:00")
            .is_empty()
    );
    assert!(view.tick(LONG_MS - 1).is_empty());
    assert_eq!(view.tick(LONG_MS)[0], "12:00:00 poll from the beginning");
    assert!(view.tick(LONG_MS * 2).is_empty(), "once is enough");
    let end = view.event(&answer(json!({"Ok": {"events": [], "cursor": null}})), LONG_MS * 3, "");
    assert_eq!(end, ["  = nothing new"]);
}
