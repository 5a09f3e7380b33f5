//! What a plugin feels of its neighbours.

use crate::{Row, engine_with, hostile, manifest, percentile, spec};
use jackfield_engine::{ConnectionSpec, Limits, LogSink, bindings::Level};
use std::{
    hint::black_box,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// Connections that all compute and call the host at once, on two threads.
const BUSY: usize = 100;
/// Host calls of one of them that are looked at.
const CALLS: usize = 20_000;

/// Writes down when the lines of one connection came.
#[derive(Default)]
struct Times(Mutex<Vec<Instant>>);

impl LogSink for Times {
    fn line(&self, who: &str, _: Level, _: &str) {
        if who == "watched" {
            self.0.lock().unwrap().push(Instant::now());
        }
    }
}

/// From one host call of a guest to its next, while as many others do the same: what a plugin feels of its neighbours.
pub(crate) fn busy() -> Vec<Row> {
    let Some(wasm) = hostile() else { return Vec::new() };
    let times = Arc::new(Times::default());
    let plugin = engine_with(times.clone())
        .load_channel(&wasm, manifest("hostile", "channel-plugin"))
        .unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut rows = Vec::new();
    let mut floor = None;
    for tenants in [1, BUSY] {
        let seen = runtime.block_on(async {
            let mut others = tokio::task::JoinSet::new();
            for n in 1..tenants {
                let connection = plugin.connect(writing(&format!("other-{n}"))).unwrap();
                others.spawn(async move { while connection.poll(None, Vec::new(), 1).await.is_err() {} });
            }
            let watched = plugin.connect(writing("watched")).unwrap();
            times.0.lock().unwrap().clear();
            while times.0.lock().unwrap().len() < CALLS {
                let _ = black_box(watched.poll(None, Vec::new(), 1).await);
            }
            others.shutdown().await;
            std::mem::take(&mut *times.0.lock().unwrap())
        });
        let between: Vec<f64> = seen
            .windows(2)
            .map(|two| (two[1] - two[0]).as_secs_f64() * 1e6)
            .collect();
        let p99 = percentile(between, 0.99);
        rows.push(Row {
            what: if tenants == 1 {
                "host call of a channel, alone, p99"
            } else {
                "host call of a channel, 100 busy tenants, p99"
            },
            value: p99,
            unit: "us",
            floor,
            goal: "-",
        });
        floor = Some(p99);
    }
    rows
}

/// A connection that writes a million lines and is stopped when its time is up.
fn writing(id: &str) -> ConnectionSpec {
    let limits = Limits {
        log: usize::MAX,
        host_calls: u32::MAX,
        cpu: Duration::from_millis(200),
        wall: Duration::from_secs(60),
        ..Limits::channel()
    };
    ConnectionSpec {
        limits,
        ..spec(id, "log")
    }
}
