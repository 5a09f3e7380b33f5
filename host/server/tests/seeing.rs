//! What an operator sees of a running host: the page of a line, the metrics, the spans. All of it names what it should, and
//! none of it holds a secret, a message, or where on a network something was.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use jackfield_server::lines::status::Status;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::json;
use stage::whole::{ADMIN, TOKEN, get, house, line, mia, misbehaving, network, to};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const TEXT: &str = "planted-words-of-a-person";
const PATH: &str = "planted-path-of-a-post";

/// A collector: takes what is sent to it.
async fn collector() -> (SocketAddr, Arc<Mutex<Vec<Vec<u8>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let taken: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
    let keeps = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let keeps = Arc::clone(&keeps);
            tokio::spawn(async move {
                let mut bytes = Vec::new();
                // The connection may be used again: each request is read by its own length.
                loop {
                    let head = loop {
                        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                            break at + 4;
                        }
                        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                            return;
                        }
                    };
                    let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
                    assert!(text.starts_with("post /v1/traces "), "{text}");
                    let length = text.split("content-length: ").nth(1).unwrap();
                    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
                    while bytes.len() < head + length {
                        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0);
                    }
                    keeps.lock().unwrap().push(bytes[head..head + length].to_vec());
                    bytes.drain(..head + length);
                    stream
                        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                        .await
                        .unwrap();
                }
            });
        }
    });
    (address, taken)
}

fn attributes(span: &Span) -> BTreeMap<&str, String> {
    let all = span.attributes.iter();
    all.map(|pair| (pair.key.as_str(), format!("{:?}", pair.value)))
        .collect()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {what}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_the_metrics_and_the_spans_tell_of_calls_and_never_of_what_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let said = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{TEXT}",
        TEXT.len()
    );
    let server = format!("http://{}", network(Some(Box::leak(said.into_boxed_str()))).await);
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let unused = "never-asked.example".to_owned();
    let settings = json!({"mode": "fetch", "url": format!("{server}/{PATH}")});
    let lines = vec![
        line("talks", "hostile", &settings, &[format!("private:{server}"), unused]),
        misbehaving("traps", "panic"),
        to("down", &format!("http://{closed}")),
    ];
    let (otlp, taken) = collector().await;
    let host = house(folder.path(), lines, |config| {
        config.metrics = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        config.telemetry = Some(format!("http://{otlp}"));
        config.triage.plugins = vec!["keywords".to_owned()];
    })
    .await;
    let at = host.address;

    until("the message is in", async || {
        get(at, "/api/v1/conversations?status=all", &mia())
            .await
            .1
            .contains(TEXT)
    })
    .await;
    let page = async |id: &str| -> Status {
        let (status, body) = get(at, &format!("/admin/v1/connections/{id}"), ADMIN).await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    };
    until("set aside", async || {
        page("traps").await.condition.health.word() == "quarantined"
    })
    .await;
    until("down", async || page("down").await.condition.cause.is_some()).await;

    let talks = page("talks").await;
    let poll = &talks.calls["poll"];
    assert!(
        poll.took.count >= 1 && poll.ended["good"] == poll.took.count,
        "{poll:?}"
    );
    assert!(poll.took.p50_ms > 0.0 && poll.took.p50_ms <= poll.took.p99_ms && poll.took.p99_ms <= poll.took.most_ms);
    assert!(talks.totals.requests >= 1 && talks.totals.bytes_in > 0 && talks.totals.stored_bytes > 0);
    let used: Vec<_> = talks.grants.iter().map(|grant| grant.times > 0).collect();
    assert_eq!(used, [true, false], "{:?}", talks.grants);
    assert!(talks.lag.is_some() && talks.last_break.is_none());

    let traps = page("traps").await;
    let broke = traps.last_break.unwrap();
    assert_eq!((broke.kind.as_str(), broke.function.as_str()), ("trap", "poll"));
    let trace = broke.trace.expect("the call in which it broke was kept");
    assert_eq!(std::fs::metadata(&trace).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(
        std::fs::read_to_string(&trace).unwrap().contains("panic"),
        "the settings of the call are in it"
    );
    assert_eq!(traps.turns.last().unwrap().health.word(), "quarantined");

    let (status, metrics) = get(at, "/metrics", ADMIN).await;
    assert_eq!(status, 200);
    for figure in [
        "jackfield_calls_total{plugin=\"hostile\",connection=\"talks\",function=\"poll\",ended=\"good\"} ",
        "jackfield_calls_total{plugin=\"hostile\",connection=\"traps\",function=\"poll\",ended=\"trap\"} 3",
        "jackfield_call_duration_seconds_bucket{le=\"+Inf\",plugin=\"hostile\",connection=\"talks\",function=\"poll\"} ",
        "jackfield_breakdowns_total{plugin=\"hostile\",connection=\"traps\",kind=\"trap\"} 3",
        "jackfield_line_state{plugin=\"hostile\",connection=\"traps\",health=\"quarantined\",cause=\"plugin-broken\"} 1",
        "jackfield_line_state{plugin=\"mastodon\",connection=\"down\",health=\"degraded\",cause=\"network-down\"} 1",
        "jackfield_breaker{plugin=\"hostile\",connection=\"traps\"} 2",
        "jackfield_breaker{plugin=\"hostile\",connection=\"talks\"} 0",
        "jackfield_budget_limit{plugin=\"hostile\",connection=\"talks\",unit=\"requests\",period=\"hour\"} 36000",
        "jackfield_outbox_replies{plugin=\"hostile\",connection=\"talks\"} 0",
        "jackfield_ingest_lag_seconds{plugin=\"hostile\",connection=\"talks\"} ",
        "jackfield_commit_duration_seconds_count ",
        "jackfield_intake_waiting{plugin=\"hostile\",connection=\"talks\"} 0",
        "jackfield_intake_oldest_seconds{plugin=\"hostile\",connection=\"talks\"} 0",
        "jackfield_feed_clients 0",
        "# EOF",
    ] {
        assert!(metrics.contains(figure), "{figure}\n{metrics}");
    }
    let open = get(host.metrics.unwrap(), "/metrics", "nothing").await;
    assert_eq!(open.0, 200);
    assert!(open.1.contains("jackfield_calls_total"));
    assert_eq!(get(at, "/metrics", "nothing").await.0, 401);
    let (_, pages) = get(at, "/admin/v1/connections", ADMIN).await;

    host.stop().await;
    let batches = std::mem::take(&mut *taken.lock().unwrap());
    let requests = batches
        .iter()
        .map(|bytes| ExportTraceServiceRequest::decode(bytes.as_slice()).unwrap());
    let spans: Vec<Span> = requests
        .flat_map(|request| request.resource_spans)
        .flat_map(|of| of.scope_spans)
        .flat_map(|of| of.spans)
        .collect();
    let call = spans
        .iter()
        .find(|span| span.name == "plugin.poll" && attributes(span)["jackfield.connection"].contains("talks"))
        .expect("a span of a call");
    let below = spans
        .iter()
        .find(|span| span.parent_span_id == call.span_id)
        .expect("a span of its exchange");
    assert_eq!((below.name.as_str(), &below.trace_id), ("http.GET", &call.trace_id));
    assert!(attributes(below)["http.response.status_code"].contains("200"));
    assert!(
        call.start_time_unix_nano <= below.start_time_unix_nano && below.end_time_unix_nano <= call.end_time_unix_nano
    );
    let kept = spans
        .iter()
        .find(|span| span.name == "store.commit" && !attributes(span)["jackfield.events"].contains("(0)"));
    let kept = attributes(kept.expect("a span of the commit of a message"));
    assert!(kept["jackfield.ended"].contains("good"), "{kept:?}");
    let judged = spans.iter().find(|span| span.name == "triage.classify");
    let judged = attributes(judged.expect("a span of what the judge was asked"));
    assert!(
        judged["jackfield.plugin"].contains("keywords") && judged["jackfield.messages"].contains("(1)"),
        "{judged:?}"
    );
    let trapped = spans.iter().find(|span| {
        attributes(span)
            .get("jackfield.ended")
            .is_some_and(|ended| ended.contains("trap"))
    });
    assert!(trapped.is_some());

    for (what, bytes) in [
        ("metrics", metrics.into_bytes()),
        ("the pages", pages.into_bytes()),
        ("spans", batches.concat()),
    ] {
        for planted in [TOKEN, TEXT, PATH, ADMIN] {
            let found = bytes.windows(planted.len()).any(|window| window == planted.as_bytes());
            assert!(!found, "{planted} is in {what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_prints_the_page_of_a_line_and_says_what_to_do_where_it_cannot() {
    let folder = tempfile::tempdir().unwrap();
    let host = house(folder.path(), vec![misbehaving("traps", "panic")], |_| {}).await;
    let run = async |arguments: &[&str]| {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_jackfield"));
        command.arg("status").args(arguments).current_dir(folder.path());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("JACKFIELD_")) {
            command.env_remove(name);
        }
        let output = command.output().await.unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.success(), text)
    };
    let config = |more: &str| {
        let text = format!(
            "listen = \"{}\"\n{more}\n[[issuer]]\nname = \"crm\"\nalgorithm = \"HS256\"\nkey = \"file:crm.key\"\nworkspace = \"demo\"\nbrands = [\"northwind\"]\norigins = []\n",
            host.address
        );
        std::fs::write(folder.path().join("jackfield.toml"), text).unwrap();
    };
    config("");
    let (good, said) = run(&[]).await;
    assert!(
        !good && said.contains("the admin API is off") && said.contains("[admin]"),
        "{said}"
    );
    config("admin = { token = \"file:admin.token\" }");
    until("set aside", async || {
        run(&[]).await.1.contains("quarantined (plugin-broken)")
    })
    .await;
    let (good, said) = run(&["--connection", "traps"]).await;
    for words in [
        "state      quarantined, plugin-broken, since ",
        "breaker    open: no call goes through, next try ",
        "poll       3 calls, p50 ",
        "budget     0 of 36000 requests per hour (0 %)",
        "lag        nothing kept",
        "history    ",
        "last break ",
        "it gave up: a panic",
        "again: jackfield plugin replay ",
    ] {
        assert!(good && said.contains(words), "{words}\n{said}");
    }
    let (good, said) = run(&["--connection", "traps", "--json"]).await;
    assert!(
        good && serde_json::from_str::<Status>(&said).unwrap().id == "traps",
        "{said}"
    );
    let (good, said) = run(&["--connection", "other"]).await;
    assert!(!good && said.contains("The lines are: traps"), "{said}");
    // The file says another place than the one where the host was told to listen.
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let text = std::fs::read_to_string(folder.path().join("jackfield.toml")).unwrap();
    let moved = text.replace(&host.address.to_string(), &elsewhere.to_string());
    std::fs::write(folder.path().join("jackfield.toml"), moved).unwrap();
    for arguments in [vec![], vec!["--listen", &host.address.to_string()]] {
        let (good, said) = run(&arguments).await;
        assert!(good && said.contains("traps  hostile"), "{arguments:?}: {said}");
    }
    let (good, said) = run(&["--listen", &elsewhere.to_string()]).await;
    assert!(!good && said.contains(&elsewhere.to_string()), "{said}");
    std::fs::write(folder.path().join("jackfield.toml"), text).unwrap();
    host.stop().await;
    let (good, said) = run(&[]).await;
    assert!(
        !good && said.contains("no host answers") && said.contains("jackfield serve"),
        "{said}"
    );
}
