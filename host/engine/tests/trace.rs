//! What crosses the boundary is written down whole, in order, and without a secret.

// A test may say "this cannot be".
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use jackfield_engine::{
    CallError, Secret,
    egress::Grants,
    trace::{Event, Memory, Trace, TraceFile},
};
use std::sync::{Arc, Mutex};
use support::{Names, Stage, TOKEN, Web, ok, poll};

/// The names of imports, `call`, `answer` and `broke`, in order.
fn steps(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .map(|event| match event {
            Event::Call { call, .. } => format!("call {call}"),
            Event::Import { import, .. } => import.clone(),
            Event::Answer { .. } => "answer".to_owned(),
            Event::Broke { broke, .. } => format!("broke {broke}"),
            Event::LeftOut { left_out } => format!("left out {left_out}"),
        })
        .collect()
}

#[tokio::test]
async fn every_crossing_is_written_in_order_and_no_secret_is_in_it() {
    // A server that says back all that it was told, in every spelling it can think of.
    let web = Web::start(|head| {
        ok(&format!(
            "{head}\n{}\n{}\n{}",
            hex::encode(TOKEN),
            BASE64_STANDARD.encode(format!("user:{TOKEN}")),
            serde_json::to_string(TOKEN).unwrap()
        ))
    })
    .await;
    let stage = Stage::new();
    let memory = Arc::new(Memory::default());
    let grant = format!("private:http://forum.test:{}", web.port);
    let connection = stage.open("traced", "print", |spec| {
        // An operator who pastes the value where it does not belong.
        spec.settings = format!(
            "{{\"mode\":\"print\",\"url\":\"http://forum.test:{}/x\",\"text\":\"{TOKEN}\"}}",
            web.port
        );
        spec.grants = Grants::parse(&[&grant]).unwrap();
        spec.secrets = vec![Secret::new("token", TOKEN.to_owned().into(), Grants::parse(&[&grant]).unwrap()).unwrap()];
        spec.resolver = Arc::new(Names::default().with("forum.test", &["127.0.0.1"]));
        spec.recorder = Some(memory.clone());
    });
    let kv = vec![("told".to_owned(), format!("before {TOKEN}").into_bytes())];
    connection.poll(Some(TOKEN.as_bytes().to_vec()), kv, 10).await.unwrap();

    let trace = Trace {
        header: connection.last_trace().header,
        events: memory.take(),
    };
    assert_eq!(
        steps(&trace.events),
        [
            "call poll",
            "http.send",
            "clock.now-ms",
            "log.write",
            "kv.set",
            "http.send",
            "clock.now-ms",
            "answer"
        ]
    );
    let text = trace.write();
    let forms = [
        TOKEN.to_owned(),
        hex::encode(TOKEN),
        BASE64_STANDARD.encode(TOKEN),
        BASE64_STANDARD.encode(format!("user:{TOKEN}"))[8..20].to_owned(),
        TOKEN.replace('/', "%2F"),
        "s3cr3t".to_owned(),
    ];
    for form in forms {
        assert!(!text.contains(&form), "{form} is in the trace:\n{text}");
    }
    assert!(
        text.contains(r#"{"after":"","before":"Bearer ","secret":"token"}"#),
        "{text}"
    );
    assert!(
        text.contains("authorization: Bearer [secret token]"),
        "what came back is there:\n{text}"
    );
    assert_eq!(Trace::parse(&text).unwrap(), trace);
    assert_eq!(trace.header.plugin, "hostile");
    assert_eq!(trace.header.component.len(), 64);
    assert!(
        connection.last_trace().events.is_empty(),
        "a good call leaves nothing behind"
    );
}

#[tokio::test]
async fn a_failing_call_can_be_read_afterwards() {
    let stage = Stage::new();
    for (mode, end) in [
        ("panic", "broke trap"),
        ("keep-and-fail", "answer"),
        ("many", "broke bad-answer"),
        ("no-id", "broke bad-answer"),
    ] {
        let connection = stage.connect("failing", mode);
        let error = poll(&connection).await.unwrap_err();
        let events = connection.last_trace().events;
        let said = steps(&events);
        assert_eq!(said[0], "call poll", "{mode}");
        assert_eq!(said.last().unwrap(), end, "{mode}: {error}");
        let Event::Call { kv, .. } = &events[0] else {
            panic!("{events:?}")
        };
        assert!(kv.is_some(), "{mode}: what it knew is there, so it can be replayed");
    }
    let connection = stage.connect("loud", "log");
    poll(&connection).await.unwrap_err();
    let said = steps(&connection.last_trace().events);
    assert!(
        said.len() < 1100 && said[1].starts_with("left out"),
        "{} {}",
        said.len(),
        said[1]
    );
    assert_eq!(said.last().unwrap(), "broke over-budget");
}

#[tokio::test]
async fn stored_values_are_written_once_and_again_where_they_changed_behind_the_plugin() {
    let stage = Stage::new();
    let memory = Arc::new(Memory::default());
    let connection = stage.open("kept", "keep", |spec| spec.recorder = Some(memory.clone()));
    let mut kv: Vec<(String, Vec<u8>)> = Vec::new();
    let mut written = Vec::new();
    for round in 0..4 {
        if round == 2 {
            kv = vec![("seen".to_owned(), vec![9])];
        }
        let polled = connection.poll(Some(vec![round]), kv.clone(), 10).await.unwrap();
        kv = polled
            .kv_writes
            .into_iter()
            .map(|(key, value)| (key, value.unwrap()))
            .collect();
        written.extend(memory.take().into_iter().filter_map(|event| match event {
            Event::Call { kv, .. } => Some(kv.is_some()),
            _ => None,
        }));
    }
    assert_eq!(written, [true, false, true, false]);
    // A call that fails leaves nothing to count on.
    assert!(matches!(
        stage.connect("other", "keep-and-fail").poll(None, Vec::new(), 1).await,
        Err(CallError::Later { .. })
    ));
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);
impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_file_is_written_while_calls_run() {
    let stage = Stage::new();
    let written = Shared::default();
    let header = stage.plugin.trace_header(r#"{"mode":"clock"}"#);
    let file = Arc::new(TraceFile::begin(Box::new(written.clone()), &header).unwrap());
    let connection = stage.open("filed", "clock", |spec| spec.recorder = Some(file.clone()));
    poll(&connection).await.unwrap();
    file.end().unwrap();
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let trace = Trace::parse(&text).unwrap();
    assert_eq!(trace.header, header);
    assert_eq!(steps(&trace.events), ["call poll", "clock.now-ms", "answer"]);
}
