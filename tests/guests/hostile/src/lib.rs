//! A channel that misbehaves on order: `mode` in its settings says how. For the tests of the sandbox alone.
//!
//! Every good answer carries the number of calls this instance has served, so that a test can see whether the
//! instance is fresh. Modes that fetch send the secret `token` along and do their worst with what comes back.

// It breaks on purpose; that is what it is for.
#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing)]

mod runtime;
mod streams;
mod thief;

use jackfield_sdk::channel::*;
use std::{
    hint::black_box,
    sync::atomic::{AtomicU32, Ordering},
};

static CALLS: AtomicU32 = AtomicU32::new(0);

/// Misbehaves in the mode that its settings name.
pub struct Hostile;

const SCHEMA: &str = r#"{"type":"object","additionalProperties":false,"required":["mode"],"properties":{
"mode":{"type":"string"},"url":{"type":"string"},"text":{"type":"string"},
"host":{"type":"string"},"port":{"type":"string"},"security":{"type":"string"}}}"#;

impl Channel for Hostile {
    fn describe() -> Description {
        Description::new("hostile", "0.1.0")
            .settings(SCHEMA)
            .can([Ability::Poll])
    }

    fn check(host: &dyn Host, settings: &str) -> Result<String, Trouble> {
        match field(settings, "mode").as_str() {
            "credential" => Err(Trouble::Credential(fetch(host, settings))),
            "thief" => Ok(thief::loot(host, settings)),
            "later" => Err(Trouble::Later(Some(1500))),
            _ => Ok(format!("call {}", CALLS.fetch_add(1, Ordering::Relaxed) + 1)),
        }
    }

    fn poll(host: &dyn Host, settings: &str, cursor: Option<Vec<u8>>, max: u32) -> Result<Batch, Trouble> {
        let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
        let mut text = format!("call {calls}");
        match field(settings, "mode").as_str() {
            "loop" => spin(),
            "allocate" => allocate(),
            "recurse" => text = recurse(u64::from(calls)).to_string(),
            "panic" => panic!("on order"),
            "giant" => text = "x".repeat(1 << 30),
            "large" => text = "x".repeat(2 << 20),
            "no-id" => return Ok(Batch::new(vec![said("", Author::named("h"), "x", 0)])),
            "many" => return Ok(Batch::new((0..=max).map(|n| event(&n.to_string())).collect())),
            "cursor" => return Ok(Batch::new(vec![event("1")]).cursor(vec![7; 1 << 20])),
            "log" => (0..1_000_000).for_each(|n| host.log(Level::Info, &format!("line {n}"))),
            "log-text" => host.log(Level::Warn, &field(settings, "text")),
            "spans" => return Ok(Batch::new(vec![with_bad_spans()])),
            "fetch" => text = fetch(host, settings),
            "fetch-twice" => text = format!("{} | {}", fetch(host, settings), fetch(host, settings)),
            "fetch-many" => text = (0..1000).fold(String::new(), |_, _| fetch(host, settings)),
            // Says of itself how long it is, and begins a header inside another one.
            "length" => text = headed(host, settings, "content-length", "5"),
            "smuggle" => text = headed(host, settings, "x-a", "b\r\nauthorization: forged"),
            "print" => print(host, settings),
            "error" => return Err(Trouble::Unexpected(fetch(host, settings))),
            "keep" => host.set("seen", &[cursor.map_or(0, |c| c[0])]).unwrap(),
            "keep-and-fail" => {
                host.set("seen", b"lost").unwrap();
                return Err(Trouble::Later(None));
            }
            "hoard" => {
                text = (0..100)
                    .map(|n| format!("{:?}", host.set(&format!("k{n}"), &[0; 60_000]).is_ok()))
                    .collect()
            }
            "thief" => {
                let loot = thief::loot(host, settings);
                thief::spread(host, settings, &loot);
                let cursor: String = loot.chars().take(1_000).collect();
                return Ok(Batch::new(thief::told(&loot)).cursor(cursor));
            }
            "thief-credential" => return Err(Trouble::Credential(thief::loot(host, settings))),
            "thief-refused" => return Err(Trouble::Refused(thief::loot(host, settings))),
            "thief-unexpected" => return Err(Trouble::Unexpected(thief::loot(host, settings))),
            "thief-panic" => panic!("{}", thief::loot(host, settings)),
            "thief-spoilt" => {
                let mut events = thief::told(&thief::loot(host, settings));
                // The one that is out of bounds says it all.
                events.iter_mut().for_each(|event| event.remote_id.clear());
                return Ok(Batch::new(events).cursor("past it"));
            }
            mode if mode.starts_with("stream") => text = streams::stream(host, settings, mode),
            mode if mode.starts_with("body") => text = streams::body(host, settings, mode),
            mode if mode.starts_with("kv") => text = streams::values(host, mode),
            mode if mode.starts_with("wasi") => text = runtime::ask(settings, mode),
            "random" => text = host.random(1_000_000).len().to_string(),
            "clock" => text = host.now_ms().to_string(),
            _ => {}
        }
        Ok(Batch::new(vec![event(&text)]).cursor(calls.to_string()))
    }
}

jackfield_sdk::channel!(Hostile);

fn event(text: &str) -> Event {
    said("1", Author::named("h"), text, 0)
}

fn spin() -> ! {
    loop {
        black_box(());
    }
}

fn allocate() {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    loop {
        kept.push(vec![1; 1 << 20]);
        black_box(&kept);
    }
}

#[allow(unconditional_recursion, reason = "on order")]
fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 16]);
    black_box(recurse(depth + 1)) + frame[0]
}

/// What came back, or the failure in the host's own words.
fn fetch(host: &dyn Host, settings: &str) -> String {
    match Request::get(field(settings, "url")).bearer("token").try_send(host) {
        Ok(answer) => format!("{} {}", answer.status(), answer.text()),
        Err(failure) => format!("{failure:?}"),
    }
}

fn headed(host: &dyn Host, settings: &str, name: &str, value: &str) -> String {
    match Request::get(field(settings, "url")).header(name, value).try_send(host) {
        Ok(answer) => format!("{} {}", answer.status(), answer.text()),
        Err(failure) => format!("{failure:?}"),
    }
}

/// Puts what a server echoed wherever a plugin can put anything.
fn print(host: &dyn Host, settings: &str) {
    let echoed = fetch(host, settings);
    host.log(Level::Error, &echoed);
    let _ = host.set("echoed", echoed.as_bytes());
    let url = format!("{}?again={}", field(settings, "url"), percent(&echoed));
    let _ = Request::get(url)
        .header("x-echoed", echoed.replace(['\r', '\n'], " "))
        .try_send(host);
}

fn with_bad_spans() -> Event {
    let mut event = event("grün");
    let Kind::Said(content) = &mut event.kind else {
        return event;
    };
    let span = |start, end| Span {
        start,
        end,
        mark: Mark::Strong,
    };
    // Good; inside the two bytes of ü; past the end; empty; backwards.
    content.spans = vec![span(0, 5), span(0, 3), span(0, 50), span(2, 2), span(4, 1)];
    event
}

/// A string field of flat JSON, without a parser: the tests write no escapes.
fn field(settings: &str, name: &str) -> String {
    let key = format!("\"{name}\":\"");
    let rest = settings.split_once(&key).map_or("", |(_, rest)| rest);
    rest.split('"').next().unwrap_or_default().to_owned()
}
