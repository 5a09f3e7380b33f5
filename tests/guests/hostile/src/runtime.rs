//! What the runtime of another language would ask for, asked for by hand.

use crate::field;
use bindings::wasi::{
    cli::{environment, exit, stderr, stdin, stdout},
    clocks::{monotonic_clock, wall_clock},
    http::{
        outgoing_handler,
        types::{Fields, IncomingBody, Method, OutgoingBody, OutgoingRequest, Scheme},
    },
    random::{insecure_seed, random},
};

#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::restriction
)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../host/engine/wit",
        world: "jackfield:runtimes/language-runtime",
        generate_all,
    });
}

/// What came of it, in words.
pub(crate) fn ask(settings: &str, mode: &str) -> String {
    match mode {
        "wasi-fetch" => fetch(settings, "/", b""),
        // The mark where it is text like any other.
        "wasi-mark" => fetch(settings, "/?t={{secret:token}}", b"{{secret:token}}"),
        "wasi-unfinished" => unfinished(settings),
        "wasi-now" => {
            let (wall, steady) = (wall_clock::now(), monotonic_clock::now());
            monotonic_clock::subscribe_duration(5_000_000).block();
            format!("{} {}", wall.seconds, monotonic_clock::now() >= steady)
        }
        "wasi-sleep" => {
            monotonic_clock::subscribe_duration(u64::MAX / 2).block();
            "slept".to_owned()
        }
        "wasi-surroundings" => format!(
            "{} variables, {} arguments, {:?}, {:?}",
            environment::get_environment().len(),
            environment::get_arguments().len(),
            environment::initial_cwd(),
            stdin::get_stdin().read(10).map_err(|_| "no input"),
        ),
        "wasi-print" => {
            let out = stdout::get_stdout();
            for text in ["one\ntw", "o ", &field(settings, "text"), "\nforged\u{1b}[2J"] {
                let _ = out.blocking_write_and_flush(text.as_bytes());
            }
            let _ = stderr::get_stderr().blocking_write_and_flush(b"last words");
            "printed".to_owned()
        }
        "wasi-exit" => {
            exit::exit(Err(()));
            "still here".to_owned()
        }
        "wasi-random" => format!(
            "{:?} {:?}",
            random::get_random_bytes(4).len(),
            insecure_seed::insecure_seed() != (0, 0)
        ),
        "wasi-giant" => random::get_random_bytes(1 << 30).len().to_string(),
        "wasi-million" => (0..1_000_000_u64)
            .fold(0, |all, _| all ^ random::get_random_u64())
            .to_string(),
        "wasi-hoard" => {
            let kept: Vec<Fields> = (0..1_000_000).map(|_| Fields::new()).collect();
            kept.len().to_string()
        }
        "wasi-headers" => {
            let fields = Fields::new();
            let fits = (0..1_000)
                .take_while(|_| fields.append("x", &[b'y'; 1_000]).is_ok())
                .count();
            format!(
                "{fits} {:?} {:?}",
                fields.append("a b", b"c").is_err(),
                fields.append("a", b"b\r\nc").is_err()
            )
        }
        _ => "no such mode".to_owned(),
    }
}

/// To the standard output and the standard error.
pub(crate) fn say(text: &str) {
    for piece in text.as_bytes().chunks(1_000) {
        let _ = stdout::get_stdout().blocking_write_and_flush(piece);
        let _ = stderr::get_stderr().blocking_write_and_flush(piece);
    }
}

fn request(settings: &str, path: &str) -> Option<OutgoingRequest> {
    let url = field(settings, "url");
    let (scheme, rest) = url.split_once("://")?;
    let headers = Fields::new();
    let wanted = field(settings, "text");
    let header = if wanted.is_empty() {
        "Bearer {{secret:token}}"
    } else {
        wanted.as_str()
    };
    headers.append("authorization", header.as_bytes()).ok()?;
    let request = OutgoingRequest::new(headers);
    let scheme = if scheme == "http" { Scheme::Http } else { Scheme::Https };
    request.set_scheme(Some(&scheme)).ok()?;
    request.set_authority(Some(rest.split('/').next()?)).ok()?;
    request.set_path_with_query(Some(path)).ok()?;
    Some(request)
}

fn fetch(settings: &str, path: &str, body: &[u8]) -> String {
    let Some(request) = request(settings, path) else {
        return "no request".to_owned();
    };
    if !body.is_empty() {
        let _ = request.set_method(&Method::Post);
    }
    let sending = request.body().unwrap();
    let answer = match outgoing_handler::handle(request, None) {
        Ok(answer) => answer,
        Err(code) => return format!("{code:?}"),
    };
    let stream = sending.write().unwrap();
    let _ = stream.blocking_write_and_flush(body);
    drop(stream);
    if let Err(code) = OutgoingBody::finish(sending, None) {
        return format!("{code:?}");
    }
    answer.subscribe().block();
    let answer = match answer.get() {
        Some(Ok(Ok(answer))) => answer,
        Some(Ok(Err(code))) => return format!("{code:?}"),
        other => return format!("{:?}", other.is_some()),
    };
    let body: IncomingBody = answer.consume().unwrap();
    let stream = body.stream().unwrap();
    let mut all = Vec::new();
    while let Ok(more) = stream.blocking_read(100) {
        all.extend(more);
    }
    format!("{} {}", answer.status(), String::from_utf8_lossy(&all))
}

/// Waits for an answer to a request whose body has no end.
fn unfinished(settings: &str) -> String {
    let Some(request) = request(settings, "/") else {
        return "no request".to_owned();
    };
    let sending = request.body().unwrap();
    let Ok(answer) = outgoing_handler::handle(request, None) else {
        return "not handled".to_owned();
    };
    answer.subscribe().block();
    let said = match answer.get() {
        Some(Ok(Err(code))) => format!("{code:?}"),
        _ => "answered".to_owned(),
    };
    drop(sending);
    said
}
