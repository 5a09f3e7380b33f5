//! A hostile plugin is contained: whatever it does, the host names it by its cause, the next call is served by a fresh
//! instance, and a neighbour on the same engine notices nothing.

// A test may say "this cannot be".
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use futures_util::FutureExt as _;
use jackfield_engine::{BreakKind, Breakdown, CallError, ConnectionSpec, Limits, bindings::Level};
use std::time::{Duration, Instant};
use support::{Stage, broken, poll, text};

/// For guests that use up all of it.
const SHORT: Duration = Duration::from_millis(300);

/// Polls a connection in `mode` beside a healthy neighbour, and checks what is true of every containment.
async fn contained(mode: &str, expected: BreakKind, change: impl FnOnce(&mut ConnectionSpec)) -> Breakdown {
    let stage = Stage::new();
    let neighbour = stage.connect(&format!("{mode}-neighbour"), "well");
    let victim = stage.open(mode, mode, change);
    assert_eq!(text(&poll(&neighbour).await.unwrap()), "call 1");
    assert_eq!(
        victim.check().await.unwrap(),
        "call 1",
        "the instance is warm before it breaks"
    );

    let (outcome, beside) = tokio::join!(poll(&victim), poll(&neighbour));
    let breakdown = broken(outcome.unwrap_err());
    assert_eq!(breakdown.kind, expected, "{breakdown:?}");
    assert_eq!(
        (breakdown.plugin.as_str(), breakdown.function.as_str()),
        ("hostile 0.1.0", "poll")
    );
    assert!(!breakdown.detail.is_empty());

    assert_eq!(
        victim.check().await.unwrap(),
        "call 1",
        "a fresh instance serves the next call"
    );
    assert_eq!(text(&beside.unwrap()), "call 2");
    assert_eq!(
        text(&poll(&neighbour).await.unwrap()),
        "call 3",
        "the neighbour kept its instance"
    );
    breakdown
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_loop_is_stopped_by_its_processor_time() {
    let began = Instant::now();
    let breakdown = contained("loop", BreakKind::TimedOut, |spec| spec.limits.cpu = SHORT).await;
    assert!(breakdown.detail.contains("300 ms"), "{breakdown}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "current_thread")]
async fn an_endless_loop_leaves_its_thread_to_others() {
    let stage = Stage::new();
    let victim = stage.open("loop", "loop", |spec| spec.limits.cpu = SHORT);
    let neighbour = stage.connect("calm", "well");
    let mut served = 0;
    let looping = poll(&victim);
    tokio::pin!(looping);
    // On one thread: the neighbour can only be served while the loop yields.
    let outcome = loop {
        tokio::select! {
            outcome = &mut looping => break outcome,
            polled = poll(&neighbour) => { polled.unwrap(); served += 1; }
        }
    };
    assert_eq!(broken(outcome.unwrap_err()).kind, BreakKind::TimedOut);
    assert!(served >= 5, "{served} calls of the neighbour in 300 ms");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_allocation_is_named_as_such() {
    let breakdown = contained("allocate", BreakKind::OutOfMemory, |spec| spec.limits.memory = 16 << 20).await;
    assert!(breakdown.detail.contains("may have 16 MiB"), "{breakdown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stack_overflow_is_named_as_such() {
    contained("recurse", BreakKind::StackOverflow, |_| {}).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_a_trap_with_its_functions() {
    let breakdown = contained("panic", BreakKind::Trap, |_| {}).await;
    assert!(
        breakdown.stack.iter().any(|name| name.contains("panic")),
        "{:?}",
        breakdown.stack
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_string_of_a_gigabyte_is_more_than_its_memory() {
    contained("giant", BreakKind::OutOfMemory, |_| {}).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_log_lines_end_at_the_budget_of_host_calls() {
    let breakdown = contained("log", BreakKind::OverBudget, |spec| spec.limits.host_calls = 50_000).await;
    assert!(breakdown.detail.contains("50000 host calls"), "{breakdown}");
    assert_eq!(breakdown.host_calls, ["log.write (x 50000)"]);
}

#[tokio::test]
async fn log_lines_past_the_budget_are_dropped_and_counted() {
    let stage = Stage::new();
    let connection = stage.open("flood", "log", |spec| {
        spec.limits = Limits {
            host_calls: 2_000_000,
            cpu: Duration::from_secs(60),
            wall: Duration::from_secs(120),
            ..Limits::channel()
        };
    });
    let polled = poll(&connection).await.unwrap();
    let lines = stage.log.of("flood");
    let (last, kept) = lines.split_last().unwrap();
    assert!(kept.iter().map(|(_, line)| line.len()).sum::<usize>() <= 64 << 10);
    assert_eq!(kept.len() + polled.usage.log_dropped as usize, 1_000_000);
    assert_eq!(last.0, Level::Warn);
    assert!(
        last.1.contains(&format!("{} more lines", polled.usage.log_dropped)),
        "{}",
        last.1
    );
}

// Virtual time: it passes when nothing is left to do but wait, so the 30 s of the limit take none.
#[tokio::test(start_paused = true)]
async fn a_wall_time_stops_a_plugin_that_waits() {
    let web = support::Web::start(|_| Vec::new()).await;
    let stage = Stage::new();
    let url = format!("http://127.0.0.1:{}/", web.port);
    let grant = format!("private:{url}").trim_end_matches('/').to_owned();
    let connection = stage.open("waits", "well", |spec| {
        spec.settings = format!("{{\"mode\":\"error\",\"url\":\"{url}\"}}");
        spec.grants = jackfield_engine::egress::Grants::parse(&[&grant]).unwrap();
        let hosts = spec.grants.clone();
        spec.secrets = vec![jackfield_engine::Secret::new("token", support::TOKEN.to_owned().into(), hosts).unwrap()];
        spec.limits.request_time = Duration::from_secs(60);
    });
    assert_eq!(connection.check().await.unwrap(), "call 1");
    let breakdown = broken(poll(&connection).await.unwrap_err());
    assert_eq!(breakdown.kind, BreakKind::TimedOut);
    assert!(breakdown.detail.contains("waiting included"), "{breakdown}");
    assert_eq!(
        breakdown.host_calls,
        ["http GET 127.0.0.1"],
        "the request that was never answered"
    );
    assert_eq!(connection.check().await.unwrap(), "call 1");
}

#[tokio::test]
async fn a_call_that_is_dropped_takes_its_instance_along() {
    let stage = Stage::new();
    let connection = stage.connect("dropped", "loop");
    assert_eq!(connection.check().await.unwrap(), "call 1");
    assert_eq!(connection.check().await.unwrap(), "call 2");
    // Polled once, as far as its first yield, then dropped.
    assert!(poll(&connection).now_or_never().is_none());
    assert_eq!(
        connection.check().await.unwrap(),
        "call 1",
        "what was interrupted is never entered again"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_outside_the_contract_is_refused_whole_and_the_field_is_named() {
    for (mode, field) in [
        ("cursor", "`cursor` has 1048576 bytes; at most 4096"),
        ("large", "`events[0].kind.said.text` has 2097152 bytes"),
        ("no-id", "`events[0].remote-id` is empty"),
        ("many", "`events` holds 11 events where 10 were asked for"),
    ] {
        let stage = Stage::new();
        let neighbour = stage.connect("n", "well");
        let connection = stage.connect(mode, mode);
        let (outcome, beside) = tokio::join!(poll(&connection), poll(&neighbour));
        let breakdown = broken(outcome.unwrap_err());
        assert_eq!(breakdown.kind, BreakKind::BadAnswer);
        assert!(breakdown.detail.contains(field), "{mode}: {breakdown}");
        assert!(connection.check().await.is_ok());
        assert_eq!(text(&beside.unwrap()), "call 1");
    }
}

#[tokio::test]
async fn a_bad_span_is_dropped_and_counted_and_the_text_stays() {
    let stage = Stage::new();
    let polled = poll(&stage.connect("spans", "spans")).await.unwrap();
    assert_eq!(text(&polled), "grün");
    assert_eq!(polled.dropped_spans, 4);
}

#[tokio::test]
async fn values_are_written_with_the_answer_or_not_at_all() {
    let stage = Stage::new();
    let keeps = stage.connect("keeps", "keep");
    let polled = keeps
        .poll(Some(vec![9]), vec![("seen".to_owned(), vec![1])], 10)
        .await
        .unwrap();
    assert_eq!(polled.kv_writes, [("seen".to_owned(), Some(vec![9]))]);

    let fails = stage.connect("fails", "keep-and-fail");
    assert_eq!(poll(&fails).await.unwrap_err(), CallError::Later { after_ms: None });
    // The plugin's own word is an answer: the instance stays.
    assert_eq!(fails.check().await.unwrap(), "call 2");

    let hoards = poll(&stage.connect("hoards", "hoard")).await.unwrap();
    assert_eq!(
        text(&hoards).matches("true").count(),
        17,
        "17 values of 60 000 bytes fit into 1 MiB"
    );
}

#[tokio::test]
async fn the_plugins_word_is_never_taken_for_the_sandboxs() {
    let stage = Stage::new();
    assert_eq!(
        stage.connect("later", "later").check().await.unwrap_err(),
        CallError::Later { after_ms: Some(1500) }
    );
    let error = stage.connect("cred", "credential").check().await.unwrap_err();
    assert!(matches!(&error, CallError::Credential(_)), "{error:?}");
    assert!(error.breakdown().is_none());
}

#[tokio::test]
async fn the_clock_and_the_random_source_are_the_hosts() {
    let stage = Stage::new();
    assert_eq!(
        text(&poll(&stage.connect("clock", "clock")).await.unwrap()),
        "1795510800000"
    );
    assert_eq!(text(&poll(&stage.connect("random", "random")).await.unwrap()), "1024");
}

#[tokio::test]
async fn a_full_pool_is_the_hosts_shortage_and_passes() {
    let stage = Stage::new();
    let connections: Vec<_> = (0..=support::INSTANCES)
        .map(|n| stage.connect(&format!("c{n}"), "well"))
        .collect();
    let (last, first) = connections.split_last().unwrap();
    for connection in first {
        assert_eq!(connection.check().await.unwrap(), "call 1");
    }
    let breakdown = broken(last.check().await.unwrap_err());
    assert_eq!(breakdown.kind, BreakKind::NoRoom, "{breakdown:?}");
    assert!(breakdown.detail.contains("limits.instances"), "{breakdown}");
    first[0].rest().await;
    assert_eq!(last.check().await.unwrap(), "call 1");
}

#[tokio::test]
async fn an_instance_is_replaced_after_its_number_of_calls() {
    let stage = Stage::new();
    let connection = stage.open("worn", "well", |spec| spec.limits.calls_per_instance = 2);
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(connection.check().await.unwrap());
    }
    assert_eq!(seen, ["call 1", "call 2", "call 1", "call 2", "call 1"]);
    connection.rest().await;
    assert_eq!(connection.check().await.unwrap(), "call 1");
}
