//! WASI behind the same policy: what the runtime of another language asks for is counted, bounded and denied like the
//! imports of the contract.

// A test may say "this cannot be".
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use jackfield_engine::{
    BreakKind, ChannelConnection, Manifest, Secret,
    bindings::Level,
    egress::Grants,
    trace::{Matching, Memory, Replaying, Trace},
};
use std::sync::Arc;
use support::{Names, Stage, TOKEN, Web, broken, poll, redirect, text};

fn fetcher(stage: &Stage, id: &str, mode: &str, port: u16, header: &str, secret_for: &str) -> ChannelConnection {
    let grant = format!("private:http://forum.test:{port}");
    stage.open(id, mode, |spec| {
        spec.settings = format!("{{\"mode\":\"{mode}\",\"url\":\"http://forum.test:{port}/\",\"text\":\"{header}\"}}");
        spec.grants = Grants::parse(&[&grant]).unwrap();
        let hosts = if secret_for.is_empty() {
            grant.as_str()
        } else {
            secret_for
        };
        spec.secrets = vec![Secret::new("token", TOKEN.to_owned().into(), Grants::parse(&[hosts]).unwrap()).unwrap()];
        spec.resolver = Arc::new(Names::default().with("forum.test", &["127.0.0.1"]));
    })
}

#[tokio::test]
async fn fetch_reaches_a_granted_host_with_its_secret_and_never_sees_it() {
    let web = Web::echo().await;
    let connection = fetcher(&Stage::new(), "f", "wasi-fetch", web.port, "", "");
    let polled = poll(&connection).await.unwrap();
    let said = text(&polled);
    assert!(
        said.starts_with("200 GET / HTTP/1.1") && said.contains("Bearer [secret token]"),
        "{said}"
    );
    assert!(!said.contains(TOKEN), "{said}");
    assert!(web.requests()[0].contains(TOKEN));
    assert_eq!(polled.usage.requests, 1);
    assert!(
        polled.usage.host_calls > 10,
        "every call of WASI is a host call: {:?}",
        polled.usage
    );
}

#[tokio::test]
async fn a_mark_outside_of_a_header_is_text_like_any_other() {
    let web = Web::echo().await;
    let connection = fetcher(&Stage::new(), "m", "wasi-mark", web.port, "nothing", "");
    let said = poll(&connection).await.unwrap();
    assert!(
        text(&said).starts_with("200 POST /?t={{secret:token}}"),
        "{}",
        text(&said)
    );
    let request = &web.requests()[0];
    assert!(request.to_lowercase().contains("content-length: 16"), "{request}");
    assert!(!request.contains(TOKEN), "{request}");
}

#[tokio::test]
async fn a_secret_named_wrongly_or_for_another_host_stays_here_and_the_log_says_why() {
    let web = Web::echo().await;
    for (id, header, secret_for, code, word) in [
        (
            "foreign",
            "",
            "social.example",
            "HttpRequestDenied",
            "only to social.example",
        ),
        (
            "unknown",
            "Bearer {{secret:other}}",
            "",
            "HttpRequestDenied",
            "no such secret (it has: token)",
        ),
        (
            "two",
            "{{secret:token}} {{secret:token}}",
            "",
            "InternalError",
            "names two secrets",
        ),
    ] {
        let stage = Stage::new();
        let polled = poll(&fetcher(&stage, id, "wasi-fetch", web.port, header, secret_for))
            .await
            .unwrap();
        assert!(text(&polled).contains(code), "{id}: {}", text(&polled));
        let lines = stage.log.of(id);
        assert!(
            lines
                .iter()
                .any(|(level, line)| *level == Level::Warn && line.contains(word)),
            "{id}: {lines:?}"
        );
    }
    assert!(web.requests().is_empty());
}

#[tokio::test]
async fn fetch_has_the_policy_of_http() {
    let inside = Web::echo().await;
    let to = format!("http://127.0.0.1:{}/admin", inside.port);
    let web = Web::start(move |_| redirect(&to)).await;
    let redirected = poll(&fetcher(&Stage::new(), "r", "wasi-fetch", web.port, "x", ""))
        .await
        .unwrap();
    assert!(text(&redirected).contains("HttpRequestDenied"), "{}", text(&redirected));
    assert!(inside.requests().is_empty());

    let stage = Stage::new();
    let ungranted = stage.open("u", "wasi-fetch", |spec| {
        spec.settings = format!(
            "{{\"mode\":\"wasi-fetch\",\"url\":\"http://127.0.0.1:{}/\",\"text\":\"x\"}}",
            inside.port
        );
    });
    assert!(text(&poll(&ungranted).await.unwrap()).contains("HttpRequestDenied"));
    let lines = stage.log.of("u");
    assert!(
        lines.iter().any(|(_, line)| line.contains("may talk to no host")),
        "{lines:?}"
    );
    assert!(inside.requests().is_empty());
}

#[tokio::test]
async fn a_request_whose_body_was_never_finished_is_not_sent() {
    let web = Web::echo().await;
    let polled = poll(&fetcher(&Stage::new(), "h", "wasi-unfinished", web.port, "", ""))
        .await
        .unwrap();
    assert!(
        text(&polled).contains("was not finished; nothing was sent"),
        "{}",
        text(&polled)
    );
    assert!(web.requests().is_empty());
}

#[tokio::test]
async fn there_is_no_environment_and_the_time_is_the_engines() {
    let stage = Stage::new();
    let said = |mode: &'static str| {
        let connection = stage.connect(mode, mode);
        async move { text(&poll(&connection).await.unwrap()).to_owned() }
    };
    assert_eq!(
        said("wasi-surroundings").await,
        "0 variables, 0 arguments, None, Err(\"no input\")"
    );
    assert_eq!(said("wasi-now").await, "1795510800 true");
    assert_eq!(said("wasi-random").await, "4 true");
    assert_eq!(said("wasi-headers").await, "65 true true");
}

#[tokio::test]
async fn what_is_printed_becomes_lines_of_the_log() {
    let stage = Stage::new();
    let connection = stage.open("p", "wasi-print", |spec| {
        spec.settings = format!("{{\"mode\":\"wasi-print\",\"text\":\"{TOKEN}\"}}");
        let hosts = Grants::parse(&["social.example"]).unwrap();
        spec.secrets = vec![Secret::new("token", TOKEN.to_owned().into(), hosts).unwrap()];
    });
    poll(&connection).await.unwrap();
    let line = |level, text: &str| (level, text.to_owned());
    assert_eq!(
        stage.log.of("p"),
        [
            line(Level::Info, "one"),
            line(Level::Info, "two [secret token]"),
            line(Level::Info, "forged\\u{1b}[2J"),
            line(Level::Warn, "last words"),
        ]
    );
}

#[tokio::test]
async fn a_runtime_that_asks_without_end_is_stopped_by_name() {
    let stage = Stage::new();
    for (mode, kind, word) in [
        ("wasi-million", BreakKind::OverBudget, "20000 host calls"),
        (
            "wasi-hoard",
            BreakKind::OverBudget,
            "more than 1000 of the host's resources",
        ),
        ("wasi-giant", BreakKind::OverBudget, "random bytes at once"),
        ("wasi-exit", BreakKind::Trap, "ended its own program with an error"),
    ] {
        let connection = stage.connect(mode, mode);
        let breakdown = broken(poll(&connection).await.unwrap_err());
        assert_eq!(breakdown.kind, kind, "{breakdown:?}");
        assert!(breakdown.detail.contains(word), "{breakdown}");
        assert!(
            breakdown.host_calls.iter().any(|step| step.starts_with("wasi:")),
            "{breakdown:?}"
        );
        assert_eq!(
            connection.check().await.unwrap(),
            "call 1",
            "a fresh instance serves the next call"
        );
    }
}

// Virtual time: it passes when nothing is left to do but wait.
#[tokio::test(start_paused = true)]
async fn a_runtime_that_sleeps_is_stopped_by_the_wall_time() {
    let connection = Stage::new().connect("s", "wasi-sleep");
    assert_eq!(connection.check().await.unwrap(), "call 1");
    let breakdown = broken(poll(&connection).await.unwrap_err());
    assert_eq!(breakdown.kind, BreakKind::TimedOut);
    assert!(breakdown.detail.contains("waiting included"), "{breakdown}");
}

#[tokio::test]
async fn what_a_runtime_asked_for_is_replayed_without_a_network_and_without_waiting() {
    let web = Web::echo().await;
    for mode in ["wasi-fetch", "wasi-now", "wasi-random"] {
        let stage = Stage::new();
        let memory = Arc::new(Memory::default());
        let connection = {
            let grant = format!("private:http://forum.test:{}", web.port);
            stage.open("recorded", mode, |spec| {
                spec.settings = format!("{{\"mode\":\"{mode}\",\"url\":\"http://forum.test:{}/\"}}", web.port);
                spec.grants = Grants::parse(&[&grant]).unwrap();
                let hosts = spec.grants.clone();
                spec.secrets = vec![Secret::new("token", TOKEN.to_owned().into(), hosts).unwrap()];
                spec.resolver = Arc::new(Names::default().with("forum.test", &["127.0.0.1"]));
                spec.recorder = Some(memory.clone());
            })
        };
        poll(&connection).await.unwrap();
        let header = connection.last_trace().header;
        let trace = Trace {
            header,
            events: memory.take(),
        };
        assert!(trace.events.len() > 2, "{mode}: {:?}", trace.events);
        assert!(!trace.write().contains(TOKEN), "{mode}");
        let how = Replaying {
            matching: Matching::Exact,
            fault: None,
            fresh: false,
        };
        let replayed = stage.plugin.replay(&trace, how).await.unwrap();
        assert!(replayed.difference.is_none(), "{mode}: {:?}", replayed.difference);
    }
    assert_eq!(web.requests().len(), 1);
}

#[test]
fn what_is_not_linked_of_wasi_is_refused_in_words() {
    let engine = support::engine(Arc::default());
    for (world, import, word) in [
        (
            "channel-plugin",
            "wasi:keyvalue/store@0.2.0",
            "which is refused: of WASI a plugin gets io",
        ),
        ("channel-plugin", "wasi:cli/environment@0.3.0", "versions 0.2 alone"),
        ("triage-plugin", "wasi:http/outgoing-handler@0.2.0", "has no network"),
    ] {
        // The exports are checked first: a component that has them, and one import more.
        let resolve = support::component::contract("", "");
        let whole = support::component::hollow_importing(&resolve, world, import);
        let manifest = Manifest::parse(&format!(
            "name = \"guest\"\nversion = \"0.1.0\"\nworld = \"{world}\"\nsummary = \"For a test.\"\n"
        ))
        .unwrap();
        let error = if world == "channel-plugin" {
            engine.load_channel(&whole, manifest).err().unwrap().to_string()
        } else {
            engine.load_triage(&whole, manifest).err().unwrap().to_string()
        };
        assert!(error.contains(import) && error.contains(word), "{error}");
    }
}
