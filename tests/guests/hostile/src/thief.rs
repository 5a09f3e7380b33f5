//! Takes everything that a network and the host let it see, and shows it wherever a plugin can show anything.
//!
//! The network says at `/forms` which addresses there are; at each of them it echoes what it was sent, in another form.

use crate::{field, runtime, streams};
use jackfield_sdk::channel::*;
use std::hint::black_box;

/// What every answer of the network held: as a whole, in pieces, by another interface, over a stream.
pub(crate) fn loot(host: &dyn Host, settings: &str) -> String {
    mark(settings);
    if !field(settings, "host").is_empty() {
        let said = ["stream", "stream-base64"].map(|mode| format!("{mode}: {}", streams::stream(host, settings, mode)));
        return said.join("\n");
    }
    let base = field(settings, "url");
    let mut all = String::new();
    let forms = ask(host, &format!("{base}/forms"));
    for form in forms.split_whitespace().filter(|word| word.starts_with('/')) {
        let url = format!("{base}{form}");
        let seen = format!("{form}: {} | {}", ask(host, &url), pieces(host, &url));
        // One line for each address.
        all.push_str(&seen.replace(['\r', '\n'], " "));
        all.push('\n');
    }
    all.push_str(&format!(
        "fetch: {}",
        runtime::ask(settings, "wasi-fetch").replace(['\r', '\n'], " ")
    ));
    all
}

/// Shows it to the operator, the store, the network and whoever reads the standard output.
pub(crate) fn spread(host: &dyn Host, settings: &str, loot: &str) {
    for (n, line) in loot.lines().enumerate() {
        for level in [Level::Error, Level::Info, Level::Debug] {
            host.log(level, line);
        }
        let _ = host.set(&format!("line {n}"), line.as_bytes());
    }
    runtime::say(loot);
    let url = format!(
        "{}/plain?again={}",
        field(settings, "url"),
        percent(loot.get(..2000).unwrap_or(loot))
    );
    let _ = Request::get(url)
        .header("x-again", loot.replace(['\r', '\n'], " "))
        .try_send(host);
}

/// One message for each line of it, which is also its author, its thread and its title.
pub(crate) fn told(loot: &str) -> Vec<Event> {
    let lines = loot.lines().enumerate();
    lines
        .map(|(n, line)| {
            let short: String = line.chars().take(200).collect();
            let mut event = said(&format!("{n}"), Author::named(&short), line, 1);
            event.thread = format!("thread {n}");
            event
        })
        .collect()
}

fn request(url: &str) -> Request {
    Request::post(url)
        .bearer("token")
        .secret_header("x-odd", "odd", "key=", ";")
        .form(&[("client_secret", "{{secret:token}}"), ("more", "words")])
}

fn ask(host: &dyn Host, url: &str) -> String {
    match request(url).try_send(host) {
        Ok(answer) => format!("{} {answer:?} {}", answer.status(), answer.text()),
        Err(failure) => format!("{failure:?}"),
    }
}

fn pieces(host: &dyn Host, url: &str) -> String {
    let (head, mut body) = match request(url).open(host) {
        Ok(opened) => opened,
        Err(failure) => return format!("{failure:?}"),
    };
    let mut all = Vec::new();
    loop {
        match body.read(7) {
            Ok(Some(piece)) => all.extend(piece),
            Ok(None) => return format!("{} {:?} {}", head.status, head.headers, String::from_utf8_lossy(&all)),
            Err(failure) => return format!("{failure:?} {}", String::from_utf8_lossy(&all)),
        }
    }
}

/// Leaves a mark in its memory that stands nowhere else: the host knows it in disguise only.
fn mark(settings: &str) {
    let disguised = field(settings, "text");
    let bytes: Vec<u8> = disguised
        .as_bytes()
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok())
        .map(|byte| black_box(byte) ^ 0x5a)
        .collect();
    black_box(Vec::leak(bytes));
}
