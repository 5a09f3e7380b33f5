//! What comes in by polls, from a forum with state.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod net;

use jackfield_sdk::channel::*;
use jackfield_sdk::testing::response;
use net::{Line, ids, known, text};

#[test]
fn the_check_names_the_account_and_finds_a_key_of_somebody_else() {
    use jackfield_channel_discourse::Discourse;
    let line = Line::new();
    let check = |settings: &str| Discourse::check(&line.host, settings);
    let settings = line.settings.borrow().clone();
    assert_eq!(
        check(&settings).unwrap(),
        "Signed in to http://forum.test as @northwind."
    );
    let other = settings.replace("northwind", "southwind");
    assert!(matches!(check(&other), Err(Trouble::Refused(words)) if words.contains("@northwind")));
}

#[test]
fn hundreds_of_posts_arrive_once_each_in_order_whatever_the_batch() {
    let line = Line::new();
    line.drain();
    let said: Vec<String> = (0..230)
        .map(|n| {
            line.pass(1000);
            line.open("ana", &format!("number {n}")).to_string()
        })
        .collect();
    assert_eq!(ids(&line.drain()), said);
    assert!(line.drain().is_empty());
}

#[test]
fn a_gap_of_many_ids_costs_few_requests() {
    let line = Line::new();
    line.drain();
    for n in 0..3000 {
        line.forum
            .borrow_mut()
            .write_to("ana", &["ben"], "x", &format!("between others {n}"), line.now());
    }
    let wanted: Vec<String> = (0..60)
        .map(|n| line.open("ana", &format!("open {n}")).to_string())
        .collect();
    let mut polls = 0;
    let mut found = Vec::new();
    loop {
        polls += 1;
        let batch = line.poll(100).unwrap();
        assert!(line.host.sent.borrow().len() <= 16);
        found.extend(ids(&batch.events));
        if !batch.more {
            break;
        }
    }
    assert_eq!(found, wanted);
    assert!(polls <= 3, "{polls} polls");
}

#[test]
fn only_the_history_of_the_settings_is_taken_at_first() {
    let line = Line::new();
    for n in 0..120 {
        line.open("ana", &format!("old {n}"));
    }
    line.pass(8 * 86_400_000);
    let new: Vec<String> = (0..70)
        .map(|n| line.open("ben", &format!("new {n}")).to_string())
        .collect();
    assert_eq!(ids(&line.drain()), new);
}

#[test]
fn a_topic_is_a_thread_and_an_answer_knows_what_it_answers() {
    let line = Line::new();
    let root = line.open("ana", "my lid is broken");
    let second = line.reply("ben", root, "is that usual?");
    let third = line.reply("ana", second, "no idea");
    let events = line.drain();
    assert_eq!(ids(&events), [root, second, third].map(|id| id.to_string()));
    let parents: Vec<Option<String>> = events.iter().map(|event| event.parent.clone()).collect();
    assert_eq!(parents, [None, Some(root.to_string()), Some(second.to_string())]);
    assert!(events.iter().all(|event| event.thread == events[0].thread));
    let Kind::Said(first) = &events[0].kind else { panic!() };
    assert_eq!(first.title.as_deref(), Some("my lid is broken"));
}

#[test]
fn edits_deletions_solutions_and_likes_come_as_new_facts() {
    let line = Line::new();
    let first = line.open("ana", "frist");
    let second = line.reply("ben", first, "gone soon");
    let third = line.reply("cem", first, "staff takes this away");
    let fourth = line.reply("dea", first, "turn it off and on");
    assert_eq!(line.drain().len(), 4);
    line.pass(30_000);
    {
        let mut forum = line.forum.borrow_mut();
        assert!(
            forum.reword(first, "first", line.now()),
            "an edit that leaves the version as it is"
        );
        forum.remove(second, line.now());
        forum.moderate(third, line.now());
        let topic = forum.topic_of(fourth).unwrap();
        forum.accept(topic, Some(fourth));
        forum.like(fourth);
    }
    let events = line.drain();
    let of = |id: u64| events.iter().find(|event| event.remote_id == id.to_string()).unwrap();
    assert_eq!(text(of(first)), "first");
    assert!(of(first).revision > 0);
    let Kind::Said(content) = &of(first).kind else { panic!() };
    assert_eq!(
        content.title.as_deref(),
        Some("frist"),
        "the title stays with the first post"
    );
    assert_eq!((&of(second).kind, &of(third).kind), (&Kind::Deleted, &Kind::Deleted));
    let facts: Vec<&Kind> = events
        .iter()
        .filter(|event| event.context)
        .map(|event| &event.kind)
        .collect();
    assert_eq!(
        facts,
        [&Kind::Other("solved".to_owned()), &Kind::Other("likes 1".to_owned())]
    );
    line.pass(600_000);
    assert!(line.drain().is_empty(), "told once");
    line.forum.borrow_mut().reword(first, "first, really", line.now());
    let topic = line.forum.borrow().topic_of(fourth).unwrap();
    line.forum.borrow_mut().accept(topic, None);
    line.pass(600_000);
    let events = line.drain();
    assert_eq!(known(&events).len(), 2);
    assert!(
        events
            .iter()
            .any(|event| event.kind == Kind::Other("unsolved".to_owned()) && event.revision == 2)
    );
}

#[test]
fn who_may_read_it_is_told() {
    let line = Line::new();
    let open = line.open("ana", "to everybody");
    let private = line
        .forum
        .borrow_mut()
        .write_to("ben", &["northwind"], "help", "to you alone", line.now());
    line.forum
        .borrow_mut()
        .write_to("ben", &["cem"], "psst", "not for us", line.now());
    let inner = line.open("cem", "among testers");
    line.forum.borrow_mut().moved(inner, 9);
    line.forum.borrow_mut().restrict(9);
    let events = line.drain();
    let of = |id: u64| {
        events
            .iter()
            .find(|event| event.remote_id == id.to_string())
            .unwrap()
            .visibility
            .clone()
    };
    assert_eq!(events.len(), 3);
    assert_eq!((of(open), of(private)), (Visibility::Public, Visibility::Direct));
    assert_eq!(of(inner), Visibility::Other("who may read category 9".to_owned()));
}

#[test]
fn only_the_categories_and_mentions_that_were_asked_for_are_for_us() {
    let line = Line::new();
    let settings = line
        .settings
        .borrow()
        .replace('}', r#","categories":[1],"mentions-only":true}"#);
    *line.settings.borrow_mut() = settings;
    let other = line.open("ana", "elsewhere");
    line.forum.borrow_mut().moved(other, 2);
    let around = line.open("ben", "talking of the weather");
    let named = line.open("cem", "hello @Northwind what now");
    let ours = line.reply("northwind", around, "it rains");
    let back = line.reply("ben", ours, "it does");
    let events = line.drain();
    let context: Vec<(String, bool, bool)> = events
        .iter()
        .map(|event| (event.remote_id.clone(), event.context, event.ours))
        .collect();
    let wanted = [
        (around, true, false),
        (named, false, false),
        (ours, false, true),
        (back, false, false),
    ];
    assert_eq!(
        context,
        wanted.map(|(id, context, ours)| (id.to_string(), context, ours))
    );
}

#[test]
fn a_level_of_trust_is_told_where_it_is_news() {
    let line = Line::new();
    line.forum.borrow_mut().moves_in("helper", 3, false);
    line.open("helper", "one");
    line.open("helper", "two");
    line.open("ana", "three");
    let levels = |events: &[Event]| -> Vec<String> {
        let told = events.iter().filter_map(|event| match &event.kind {
            Kind::Other(what) => Some(what.clone()),
            _ => None,
        });
        told.collect()
    };
    assert_eq!(levels(&line.drain()), ["trust-level 3"]);
    line.forum.borrow_mut().moves_in("ana", 2, false);
    line.pass(1000);
    line.open("ana", "four");
    assert_eq!(levels(&line.drain()), ["trust-level 2"]);
}

#[test]
fn a_bad_moment_of_the_forum_loses_nothing_and_doubles_nothing() {
    type Means = fn(&Trouble) -> bool;
    let limited = r#"{"errors":["slow"],"error_type":"rate_limit","extras":{"wait_seconds":7}}"#;
    let wrong_key = r#"{"errors":["The API username or key is invalid."],"error_type":"invalid_access"}"#;
    let cases: [(u16, &str, Means); 5] = [
        (429, limited, |t| *t == Trouble::Later(Some(7000))),
        (502, "<html>", |t| matches!(t, Trouble::Later(None))),
        (
            200,
            r#"{"latest_posts":[{"id"#,
            |t| matches!(t, Trouble::Unexpected(words) if words.contains("/posts.json")),
        ),
        (
            403,
            wrong_key,
            |t| matches!(t, Trouble::Credential(words) if words.contains("Admin > API")),
        ),
        (404, "{}", |t| matches!(t, Trouble::Refused(_))),
    ];
    let line = Line::new();
    line.drain();
    for (status, body, means) in cases {
        let post = line.open("ana", &format!("during {status}"));
        line.spoil(move |_, _| Some(Ok(response(status, body))));
        let trouble = line.poll(20).unwrap_err();
        assert!(means(&trouble), "{status}: {trouble:?}");
        line.heal();
        assert_eq!(ids(&line.drain()), [post.to_string()], "{status}");
    }
}

#[test]
fn trouble_behind_a_part_of_a_batch_keeps_the_part() {
    let line = Line::new();
    line.drain();
    let post = line.open("ana", "plain");
    line.spoil(|request, _| {
        let private = request.url.contains("private-posts");
        private.then(|| Ok(response(503, "")))
    });
    let batch = line.poll(20).unwrap();
    assert_eq!((ids(&batch.events), batch.more), (vec![post.to_string()], false));
    line.heal();
    assert!(line.drain().is_empty());
}

#[test]
fn a_post_that_appears_below_one_that_we_have_is_taken() {
    let line = Line::new();
    line.open("ana", "first");
    line.drain();
    let slow = line.open("ben", "stored late");
    let quick = line.open("cem", "stored first");
    line.spoil(move |request, live| {
        let shown = live();
        let text = String::from_utf8(shown.body.clone()).unwrap();
        let mut body: serde_json::Value = serde_json::from_str(&text).unwrap();
        if let Some(posts) = body.get_mut("latest_posts").and_then(serde_json::Value::as_array_mut) {
            posts.retain(|post| post["id"] != slow);
        }
        let _ = request;
        Some(Ok(HttpResponse {
            body: body.to_string().into_bytes(),
            ..shown
        }))
    });
    assert_eq!(ids(&line.drain()), [quick.to_string()]);
    line.heal();
    assert_eq!(ids(&line.drain()), [slow.to_string()]);
    assert!(line.drain().is_empty());
}
