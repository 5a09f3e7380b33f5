//! A trace is run again without a network: identical, or with the first difference named; and with what goes wrong on
//! bad days.

// A test may say "this cannot be".
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use jackfield_engine::{
    BreakKind, CallError, ChannelPlugin, Engine, EngineConfig, Limits, PublishError, SystemRandom,
    trace::{Event, Fault, Gave, Matching, Memory, Replaying, Trace, held},
};
use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};
use support::{INSTANCES, Kept, Names, Stage, StandingClock, Web, hostile, ok, poll};

const EXACT: Replaying = Replaying {
    matching: Matching::Exact,
    fault: None,
    fresh: false,
};

/// The guest that misbehaves, in an engine that counts instructions.
fn counted() -> ChannelPlugin {
    static LOADED: OnceLock<ChannelPlugin> = OnceLock::new();
    LOADED
        .get_or_init(|| {
            let engine = Engine::deterministic(EngineConfig {
                cache: Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cwasm")),
                instances: INSTANCES,
                max_memory: 64 << 20,
                clock: Arc::new(StandingClock),
                random: Arc::new(SystemRandom),
                log: Arc::new(Kept::default()),
                extra_roots: Vec::new(),
            })
            .unwrap();
            let (wasm, manifest) = hostile();
            engine.load_channel(&wasm, manifest).unwrap()
        })
        .clone()
}

/// Two polls in this mode, recorded in the ordinary engine.
async fn recorded(mode: &str, more: &str) -> Trace {
    let stage = Stage::new();
    let memory = Arc::new(Memory::default());
    let settings = format!("{{\"mode\":\"{mode}\"{more}}}");
    let connection = stage.open("recorded", mode, |spec| {
        spec.settings = settings;
        spec.recorder = Some(memory.clone());
    });
    for _ in 0..2 {
        poll(&connection).await.unwrap();
    }
    Trace {
        header: connection.last_trace().header,
        events: memory.take(),
    }
}

/// One poll that fetches, from a server that is gone by the time it is replayed.
async fn fetched() -> Trace {
    let web = Web::start(|_| ok("{\"page\": 1}")).await;
    let stage = Stage::new();
    let memory = Arc::new(Memory::default());
    let grant = format!("private:http://forum.test:{}", web.port);
    let connection = stage.open("fetched", "fetch-twice", |spec| {
        spec.settings = format!(
            "{{\"mode\":\"fetch-twice\",\"url\":\"http://forum.test:{}/l?b=2&a=1\"}}",
            web.port
        );
        spec.grants = jackfield_engine::egress::Grants::parse(&[&grant]).unwrap();
        spec.secrets = vec![
            jackfield_engine::Secret::new("token", support::TOKEN.to_owned().into(), spec.grants.clone()).unwrap(),
        ];
        spec.resolver = Arc::new(Names::default().with("forum.test", &["127.0.0.1"]));
        spec.recorder = Some(memory.clone());
    });
    poll(&connection).await.unwrap();
    Trace {
        header: connection.last_trace().header,
        events: memory.take(),
    }
}

#[tokio::test]
async fn the_same_component_does_the_same_to_the_byte() {
    for trace in [
        recorded("clock", "").await,
        recorded("random", "").await,
        recorded("keep", "").await,
        recorded("log-text", ",\"text\":\"hello\"").await,
        fetched().await,
    ] {
        let replayed = counted().replay(&trace, EXACT).await.unwrap();
        assert_eq!(replayed.difference, None, "{}", trace.write());
        let again = counted().replay(&trace, EXACT).await.unwrap();
        assert_eq!(replayed.events, again.events);
        // The ordinary engine gives the same bytes for a guest that does no arithmetic with what is not a number.
        let plain = Stage::new().plugin.replay(&trace, EXACT).await.unwrap();
        assert_eq!(plain.difference, None);
    }
}

#[tokio::test]
async fn the_first_difference_is_shown() {
    let trace = fetched().await;
    let check = async |change: &dyn Fn(String) -> String, wanted: &[&str]| {
        let changed = Trace::parse(&change(trace.write())).unwrap();
        let replayed = counted().replay(&changed, EXACT).await.unwrap();
        let said = replayed.difference.expect("there is a difference").to_string();
        for word in wanted {
            assert!(said.contains(word), "{word}: {said}");
        }
    };
    // As if the plugin now asked for another address, and as if it now made something else of the answer.
    check(
        &|text| text.replacen("/l?b=2&a=1\"}", "/l?b=2&a=9\"}", 1),
        &["call 1, `poll`, import 1", "a=1", "a=9"],
    )
    .await;
    check(
        &|text| text.replace("200 {\\\"page", "201 {\\\"page"),
        &["its end", "kind.Said.text", "201 {", "200 {"],
    )
    .await;
    let mut stranger = trace.clone();
    stranger.header.plugin = "mastodon".to_owned();
    let error = counted().replay(&stranger, EXACT).await.unwrap_err().to_string();
    assert!(
        error.contains("trace of the plugin `mastodon`") && error.contains("--plugin"),
        "{error}"
    );
}

#[tokio::test]
async fn a_trace_outlives_small_changes_of_the_plugin() {
    let trace = fetched().await;
    // As if it had been recorded by a build that sorted its query otherwise.
    let older = Trace::parse(&trace.write().replace("?b=2&a=1\"},\"gave", "?a=1&b=2\"},\"gave")).unwrap();
    let text = older.write();
    assert!(text.contains("?a=1&b=2"), "{text}");
    assert!(counted().replay(&older, EXACT).await.unwrap().difference.is_some());
    let tolerant = Replaying {
        matching: Matching::Tolerant,
        ..EXACT
    };
    let replayed = counted().replay(&older, tolerant).await.unwrap();
    assert_eq!((replayed.difference, replayed.unknown), (None, Vec::new()));
}

#[tokio::test]
async fn a_loop_ends_after_so_many_instructions_at_the_same_place_each_time() {
    let run = async || {
        let nobody = Arc::new(jackfield_engine::trace::Script::new(Matching::Tolerant));
        let stage = Stage::new();
        let connection = stage.open("loop", "loop", |_| {});
        drop(connection);
        let spec = jackfield_engine::ConnectionSpec {
            id: "loop".to_owned(),
            settings: "{\"mode\":\"loop\"}".to_owned(),
            grants: jackfield_engine::egress::Grants::default(),
            secrets: Vec::new(),
            limits: Limits {
                cpu: std::time::Duration::from_millis(100),
                ..Limits::channel()
            },
            resolver: Arc::new(Names::default()),
            recorder: None,
        };
        let connection = counted().connect_to(nobody, spec).unwrap();
        match poll(&connection).await.unwrap_err() {
            CallError::Broken(breakdown) => *breakdown,
            other => panic!("{other:?}"),
        }
    };
    let (one, other) = (run().await, run().await);
    assert_eq!(one.kind, BreakKind::TimedOut, "{one}");
    assert_eq!(one, other);
}

#[tokio::test]
async fn a_plugin_that_takes_a_refusal_for_a_page_is_found_out() {
    // The hostile guest says what it was told, whatever that is: no trouble, with a cursor that moves.
    let trace = fetched().await;
    for fault in Fault::ALL {
        let how = Replaying {
            matching: Matching::Tolerant,
            fault: Some((fault, 0)),
            fresh: true,
        };
        let replayed = counted().replay(&trace, how).await.unwrap();
        let call = &replayed.calls[0];
        let Ok(Gave::Polled { events, .. }) = &call.result else {
            panic!("{fault}: {:?}", call.result)
        };
        let jackfield_engine::bindings::Kind::Said(content) = &events[0].kind else {
            panic!()
        };
        let heard = match fault {
            Fault::RateLimited => "429",
            Fault::ServerError => "503",
            Fault::CutBody => "cut off",
            Fault::HalfBody => "200 {\"pag |",
            Fault::SlowBody => "TimedOut",
            Fault::ExpiredToken => "401",
            // Its second fetch is answered with the first page; its clock is a day ahead at the second look.
            Fault::DuplicatePage | Fault::ClockJump => "200 {\"page\": 1}",
        };
        assert!(content.text.contains(heard), "{fault}: {}", content.text);
        assert!(call.met, "{fault}");
        assert!(
            held(fault, call).iter().all(|promise| promise.broken.is_none()),
            "{fault}: it handed something over"
        );
    }
}

#[tokio::test]
async fn a_plugin_that_passes_a_message_over_is_found_out() {
    let mut outcome = {
        let trace = fetched().await;
        let how = Replaying {
            matching: Matching::Tolerant,
            fault: Some((Fault::ServerError, 0)),
            fresh: true,
        };
        counted().replay(&trace, how).await.unwrap().calls.remove(0)
    };
    let broken = |outcome: &jackfield_engine::trace::Outcome, fault: Fault| -> Vec<&'static str> {
        let all = held(fault, outcome).into_iter();
        all.filter(|promise| promise.broken.is_some())
            .map(|promise| promise.promise)
            .collect()
    };
    outcome.result = Ok(Gave::Polled {
        events: Vec::new(),
        cursor: Some(b"moved".to_vec()),
        more: false,
    });
    for (then, wanted) in [
        (None, 0),
        (Some((Vec::new(), true)), 1),
        (Some((Vec::new(), false)), 0),
        (Some((outcome.recorded.clone(), true)), 0),
    ] {
        outcome.then = then;
        assert_eq!(broken(&outcome, Fault::ServerError).len(), wanted, "{:?}", outcome.then);
    }
    outcome.result = Err(PublishError::Call(CallError::Credential("no".to_owned())));
    assert_eq!(
        broken(&outcome, Fault::ServerError),
        ["the trouble is of the right kind"]
    );
    assert!(broken(&outcome, Fault::ExpiredToken).is_empty());
    outcome.function = "publish".to_owned();
    outcome.result = Ok(Gave::There("7".to_owned()));
    assert_eq!(
        broken(&outcome, Fault::RateLimited),
        ["nothing is said to be published that the network did not confirm"]
    );
    outcome.function = "reconcile".to_owned();
    outcome.result = Ok(Gave::NotThere);
    assert_eq!(
        broken(&outcome, Fault::SlowBody),
        ["nothing is said to be missing that the network was not asked for"]
    );
}

#[tokio::test]
async fn a_failing_call_is_replayed_from_its_last_trace() {
    let stage = Stage::new();
    let connection = stage.connect("poison", "panic");
    poll(&connection).await.unwrap_err();
    let trace = connection.last_trace();
    assert!(matches!(trace.events.last(), Some(Event::Broke { .. })));
    let replayed = counted().replay(&trace, EXACT).await.unwrap();
    assert_eq!(replayed.difference, None, "it breaks again in the same way");
}
