//! Hostile mappings and hostile networks: bounded time, bounded memory, no panic.

use crate::site::{BASE, NOW, host, settings, status};
use jackfield_channel_http_json::{HttpJson, Mapping, lines};
use jackfield_sdk::channel::{Channel, Host, Kind, Trouble};
use serde_json::json;
use std::time::{Duration, Instant};

const HEAD: &str = "mapping = 1\nname = \"x\"\n[poll.p]\nurl = \"/p\"\nitems = \"$\"\nmessage = \"m\"\n[message.m]\nid = \"$.id\"\nat = \"{now}\"\nvisibility = \"public\"\nauthor = { id = \"a\" }\n";

/// Far more than any of these takes, and far less than something that grows with the square.
const SOON: Duration = Duration::from_secs(5);

#[test]
fn a_mapping_that_is_as_large_as_allowed_is_read_soon() {
    let cases = [
        format!("{HEAD}text = [{}]\n", "\"{$.a}\",".repeat(6000)),
        format!("{HEAD}text = \"{}\"\n", "{$.a}".repeat(12_000)),
        format!("{HEAD}text = \"${}\"\n", ".a".repeat(30_000)),
        format!("{HEAD}text = {}1{}\n", "[".repeat(30_000), "]".repeat(30_000)),
        format!("{HEAD}text = {}", "{a=".repeat(20_000)),
        format!("{HEAD}{}", (0..6000).map(|n| format!("k{n} = 1\n")).collect::<String>()),
        format!(
            "{HEAD}{}",
            (0..5000).map(|n| format!("[poll.p{n}]\n")).collect::<String>()
        ),
        format!("[{}]\n", "a.".repeat(30_000)),
        "{".repeat(60_000),
        "\"".repeat(60_000),
        "\n".repeat(65_536),
    ];
    for text in cases {
        let begin = Instant::now();
        let faults = Mapping::read(&text).unwrap_err();
        assert!(
            begin.elapsed() < SOON,
            "{:?}: {}",
            begin.elapsed(),
            &text[..200.min(text.len())]
        );
        assert!(!faults.is_empty() && faults.len() <= 50 && lines(&faults).len() < 100_000);
    }
}

#[test]
fn a_template_that_multiplies_a_text_is_cut() {
    let mapping = format!("{HEAD}text = \"{}\"\n", "{$.t}".repeat(32));
    let big = "é".repeat(400_000);
    let host = host(|_, _| Some(status(200, &json!([{"id": 1, "t": big}]).to_string())));
    let batch = HttpJson::poll(&host, &settings(&mapping, &json!({})), None, 10).unwrap();
    let Kind::Said(content) = &batch.events[0].kind else {
        panic!()
    };
    assert!(content.text.len() <= 1024 * 1024 && content.text.len() > 1024 * 1024 - 4);
}

#[test]
fn an_answer_that_would_fill_the_memory_is_refused_in_words() {
    let mapping = format!("{HEAD}text = \"$.t\"\n");
    let settings = settings(&mapping, &json!({}));
    let large = 4 * 1024 * 1024 - 2;
    let cases = [
        (format!("[{}{{}}]", "{},".repeat(large / 3 - 1)), "more values"),
        (format!("[{}0]", "0,".repeat(large / 2 - 1)), "more values"),
        ("[".repeat(large), "more values"),
        ("[".repeat(100_000), "no JSON"),
        (format!("[{}]", vec!["0"; 6000].join(",")), "6000 items"),
        (format!("\"{}", "\\\"".repeat(large / 2)), "no JSON"),
        ("\u{0}".repeat(1000), "no JSON"),
    ];
    for (body, word) in cases {
        let begin = Instant::now();
        let host = host(|_, _| Some(status(200, &body)));
        let trouble = HttpJson::poll(&host, &settings, None, 10).unwrap_err();
        assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
        assert!(
            matches!(&trouble, Trouble::Unexpected(what) if what.contains(word) && what.len() < 1000),
            "{trouble:?}"
        );
    }
}

#[test]
fn a_list_without_an_end_ends_each_call_and_the_walk() {
    let mapping = format!("{HEAD}text = \"$.t\"\n")
        .replace(
            "items",
            "paging = { by = \"next\", at = \"$.next\", most = 100 }\nitems",
        )
        .replace("\"$\"\n", "\"$.items\"\n");
    let settings = settings(&mapping, &json!({}));
    let counter = std::cell::Cell::new(0_u32);
    let host = host(|_, _| {
        counter.set(counter.get() + 1);
        let n = counter.get();
        Some(status(
            200,
            &json!({"items": [{"id": n, "t": "x"}], "next": format!("{BASE}/p?n={n}")}).to_string(),
        ))
    });
    let (mut cursor, mut calls) = (None, 0);
    loop {
        let before = counter.get();
        let batch = HttpJson::poll(&host, &settings, cursor, 200).unwrap();
        assert!(counter.get() - before <= 24, "the requests of one call are bounded");
        calls += 1;
        assert!(calls < 20, "the walk ends after `most` pages");
        cursor = batch.cursor;
        if !batch.more {
            break;
        }
    }
    assert_eq!(counter.get(), 100);
    assert!(
        host.logged
            .borrow()
            .iter()
            .any(|(_, line)| line.contains("ends after 100 pages"))
    );
}

#[test]
fn a_slow_network_does_not_lose_what_was_found() {
    let mapping = format!("{HEAD}text = \"$.t\"\n")
        .replace("/p\"", "/p?n={page}\"")
        .replace("items", "paging = { by = \"page\" }\nitems");
    let slow = std::rc::Rc::new(std::cell::Cell::new(0_u64));
    struct Slow<'a>(jackfield_sdk::testing::Scripted<'a>, std::rc::Rc<std::cell::Cell<u64>>);
    impl Host for Slow<'_> {
        fn send(
            &self,
            request: &jackfield_sdk::channel::HttpRequest,
        ) -> Result<jackfield_sdk::channel::HttpResponse, jackfield_sdk::channel::HttpFailure> {
            self.0.pass(5000);
            self.1.set(self.1.get() + 1);
            self.0.send(request)
        }
        fn get(&self, key: &str) -> Option<Vec<u8>> {
            self.0.get(key)
        }
        fn set(&self, key: &str, value: &[u8]) -> Result<(), jackfield_sdk::channel::KvFailure> {
            self.0.set(key, value)
        }
        fn delete(&self, key: &str) {
            self.0.delete(key);
        }
        fn log(&self, level: jackfield_sdk::channel::Level, message: &str) {
            self.0.log(level, message);
        }
        fn now_ms(&self) -> u64 {
            self.0.now_ms()
        }
        fn random(&self, len: u32) -> Vec<u8> {
            self.0.random(len)
        }
    }
    let inner = host(|ask, _| Some(status(200, &json!([{"id": ask, "t": "x"}]).to_string())));
    let host = Slow(inner, std::rc::Rc::clone(&slow));
    let batch = HttpJson::poll(&host, &settings(&mapping, &json!({})), None, 200).unwrap();
    assert_eq!(
        (slow.get(), batch.events.len(), batch.more),
        (3, 3, true),
        "well before the 30 s after which the host stops a call"
    );
    assert!(host.0.now_ms() - NOW < 30_000);
}
