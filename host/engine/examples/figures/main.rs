//! What the sandbox costs, each figure beside its floor measured in the same run on the same machine.
//!
//! `cargo run --release -p jackfield-engine --example figures` prints a table; `-- --json` prints one object per line.
//! The floor is bare wasmtime with its default settings (no pool, no epoch, no limits) calling the same component
//! through the same generated bindings. The plugins are those of `dist/`.

// A measurement that cannot be made should stop; what it prints is its purpose.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    missing_docs
)]

mod busy;
#[path = "../../tests/support/component.rs"]
mod component;
#[path = "../../tests/support/subject.rs"]
mod subject;

use jackfield_engine::{
    ConnectionSpec, Engine, EngineConfig, Limits, LogSink, Manifest, Scrubber, Secret, SystemClock, SystemRandom,
    TracingSink, TriageLane,
    bindings::{Level, channel_world::jackfield::plugin as host, triage_world},
    egress::{Grants, SystemResolver, policy},
};
use std::{fs, hint::black_box, path::PathBuf, sync::Arc, time::Instant};
use subject::subject;
use wasmtime::{
    Config, Store,
    component::{Component, HasSelf, Linker},
};

/// A judge that answers one verdict from static data: what is measured is the way in and out.
const JUDGE: &str = r#"(module
    (memory (export "memory") 2)
    (global $next (mut i32) (i32.const 0x4000))
    (data (i32.const 0x100) "tiny") (data (i32.const 0x110) "0.1.0") (data (i32.const 0x120) "x")
    (data (i32.const 0x200) "\00\01\00\00\04\00\00\00\10\01\00\00\05\00\00\00\20\02\00\00\01\00\00\00")
    (data (i32.const 0x220) "\20\01\00\00\01\00\00\00\20\01\00\00\01\00\00\00\00\00\80\3f")
    (data (i32.const 0x300) "\10\03\00\00\01\00\00\00") (data (i32.const 0x310) "\20\03\00\00\01\00\00\00")
    (data (i32.const 0x320) "\20\01\00\00\01\00\00\00\00\00\c0\3f\00\00\00\00\00\00\00\00\00\00\00\00")
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (global.get $next)
        (global.set $next (i32.and (i32.add (global.get $next) (i32.add (local.get 3) (i32.const 7))) (i32.const -8))))
    (func (export "jackfield:plugin/triage@0.1.0#describe") (result i32) (i32.const 0x200))
    (func (export "jackfield:plugin/triage@0.1.0#classify") (param i32 i32) (result i32)
        (if (i32.eqz (local.get 1)) (then unreachable))
        (global.set $next (i32.const 0x4000))
        (i32.const 0x300)))"#;

const CONNECTIONS: u32 = 1000;

struct Row {
    what: &'static str,
    value: f64,
    unit: &'static str,
    floor: Option<f64>,
    goal: &'static str,
}

fn main() {
    let json = std::env::args().any(|argument| argument == "--json");
    for row in [triage(), channel(), busy::busy(), policies()].into_iter().flatten() {
        let ratio = row.floor.map(|floor| row.value / floor);
        if json {
            let number = |value: Option<f64>| value.map_or("null".to_owned(), |value| format!("{value:.3}"));
            println!(
                "{{\"what\":\"{}\",\"value\":{:.3},\"unit\":\"{}\",\"floor\":{},\"ratio\":{},\"goal\":\"{}\"}}",
                row.what,
                row.value,
                row.unit,
                number(row.floor),
                number(ratio),
                row.goal
            );
        } else {
            let beside = row.floor.map_or(String::new(), |floor| {
                format!("  floor {floor:.2}  ratio {:.2}", row.value / floor)
            });
            println!(
                "{:<52} {:>10.2} {:<5}{beside}  goal {}",
                row.what, row.value, row.unit, row.goal
            );
        }
    }
}

/// The median of 31 rounds, each the mean of `times` calls, in microseconds.
fn median(times: u32, mut call: impl FnMut()) -> f64 {
    let mut rounds: Vec<f64> = (0..31)
        .map(|_| {
            let began = Instant::now();
            (0..times).for_each(|_| call());
            began.elapsed().as_secs_f64() * 1e6 / f64::from(times)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}

fn percentile(mut all: Vec<f64>, part: f64) -> f64 {
    all.sort_by(f64::total_cmp);
    all[((all.len() - 1) as f64 * part) as usize]
}

fn engine() -> Arc<Engine> {
    engine_with(Arc::new(TracingSink))
}

fn engine_with(log: Arc<dyn LogSink>) -> Arc<Engine> {
    Engine::new(EngineConfig {
        cache: None,
        instances: CONNECTIONS + 8,
        max_memory: 64 << 20,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        log,
        extra_roots: Vec::new(),
    })
    .unwrap()
}

/// The guest of the tests answers in every way that is to be measured.
fn hostile() -> Option<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests/dist/hostile");
    let wasm = fs::read(folder.join("plugin.wasm")).ok();
    if wasm.is_none() {
        println!("no figures of the channel lane: run `cargo xtask build --plugins-only`");
    }
    wasm
}

fn spec(id: &str, mode: &str) -> ConnectionSpec {
    ConnectionSpec {
        id: id.into(),
        settings: format!("{{\"mode\":\"{mode}\"}}"),
        grants: Grants::default(),
        secrets: Vec::new(),
        limits: Limits::channel(),
        resolver: Arc::new(SystemResolver),
        recorder: None,
    }
}

fn manifest(name: &str, world: &str) -> Manifest {
    Manifest::parse(&format!(
        "name = \"{name}\"\nversion = \"0.1.0\"\nworld = \"{world}\"\nsummary = \"Measured.\"\n"
    ))
    .unwrap()
}

struct Bare;
impl host::types::Host for Bare {}
impl host::log::Host for Bare {
    fn write(&mut self, _: Level, _: String) -> wasmtime::Result<()> {
        Ok(())
    }
}

fn triage() -> Vec<Row> {
    let wasm = component::written("triage-plugin", JUDGE);
    let subjects = [subject("Why?")];
    let plugin = engine().load_triage(&wasm, manifest("tiny", "triage-plugin")).unwrap();
    let mut hot = plugin.instance(Limits::triage()).unwrap();
    let ours = median(2000, || {
        black_box(hot.classify(&subjects).unwrap());
    });
    let fresh = median(300, || {
        let mut instance = plugin.instance(Limits::triage()).unwrap();
        black_box(instance.classify(&subjects).unwrap());
    });

    let bare = wasmtime::Engine::new(&Config::new()).unwrap();
    let component = Component::new(&bare, &wasm).unwrap();
    let mut linker = Linker::new(&bare);
    triage_world::TriagePlugin::add_to_linker::<_, HasSelf<Bare>>(&mut linker, |bare| bare).unwrap();
    let pre = triage_world::TriagePluginPre::new(linker.instantiate_pre(&component).unwrap()).unwrap();
    let mut store = Store::new(&bare, Bare);
    let guest = pre.instantiate(&mut store).unwrap();
    let bare_hot = median(2000, || {
        black_box(
            guest
                .jackfield_plugin_triage()
                .call_classify(&mut store, &subjects)
                .unwrap(),
        );
    });
    let bare_fresh = median(300, || {
        let mut store = Store::new(&bare, Bare);
        let guest = pre.instantiate(&mut store).unwrap();
        black_box(
            guest
                .jackfield_plugin_triage()
                .call_classify(&mut store, &subjects)
                .unwrap(),
        );
    });

    // An empty batch traps: the time from the trap to the next answer, which needs a fresh instance.
    let recovery: Vec<f64> = (0..1000)
        .map(|_| {
            let mut instance = plugin.instance(Limits::triage()).unwrap();
            assert!(instance.classify(&[]).is_err());
            let began = Instant::now();
            drop(instance);
            let mut instance = plugin.instance(Limits::triage()).unwrap();
            black_box(instance.classify(&subjects).unwrap());
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let lane = TriageLane::new(plugin.clone(), Limits::triage(), 1).unwrap();
    let through = median(500, || {
        black_box(runtime.block_on(lane.classify(subjects.to_vec())).unwrap());
    });
    vec![
        Row {
            what: "call of a judge, one small record, hot",
            value: ours,
            unit: "us",
            floor: Some(bare_hot),
            goal: "<= 1.3 x",
        },
        Row {
            what: "fresh instance and one call",
            value: fresh,
            unit: "us",
            floor: Some(bare_fresh),
            goal: "<= 0.7 x",
        },
        Row {
            what: "triage: next call served after a trap, p99",
            value: percentile(recovery, 0.99),
            unit: "us",
            floor: None,
            goal: "<= 1000 us",
        },
        Row {
            what: "the same call through the lane's queue",
            value: through,
            unit: "us",
            floor: Some(ours),
            goal: "-",
        },
    ]
}

fn channel() -> Vec<Row> {
    let Some(wasm) = hostile() else { return Vec::new() };
    let plugin = engine()
        .load_channel(&wasm, manifest("hostile", "channel-plugin"))
        .unwrap();
    let connect = |mode: &str| plugin.connect(spec("measured", mode)).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let warm = connect("well");
    let hot = runtime.block_on(async {
        let mut rounds = Vec::new();
        for _ in 0..31 {
            let began = Instant::now();
            for _ in 0..500 {
                black_box(warm.check().await.unwrap());
            }
            rounds.push(began.elapsed().as_secs_f64() * 1e6 / 500.0);
        }
        percentile(rounds, 0.5)
    });
    let panics = connect("panic");
    let recovery = runtime.block_on(async {
        let mut all = Vec::new();
        for _ in 0..500 {
            assert!(panics.poll(None, Vec::new(), 1).await.is_err());
            let began = Instant::now();
            black_box(panics.check().await.unwrap());
            all.push(began.elapsed().as_secs_f64() * 1e6);
        }
        all
    });
    let before = resident();
    let idle: Vec<_> = (0..CONNECTIONS).map(|_| connect("well")).collect();
    runtime.block_on(async {
        for connection in &idle {
            connection.check().await.unwrap();
        }
    });
    let each = (resident() - before) / 1024.0 / f64::from(CONNECTIONS);
    vec![
        Row {
            what: "call of a channel, warm",
            value: hot,
            unit: "us",
            floor: None,
            goal: "-",
        },
        Row {
            what: "channel: next call served after a trap, p99",
            value: percentile(recovery, 0.99),
            unit: "us",
            floor: None,
            goal: "<= 1000 us",
        },
        Row {
            what: "resident memory per idle connection, of 1 000",
            value: each,
            unit: "KiB",
            floor: None,
            goal: "<= 512 KiB",
        },
    ]
}

fn policies() -> Vec<Row> {
    let grants = Grants::parse(&["social.example", "*.files.example", "private:forum.intern"]).unwrap();
    let address = ["93.184.215.14".parse().unwrap()];
    let check = median(10_000, || {
        let to = policy::check("https://social.example/api/v1/notifications?limit=40", &grants).unwrap();
        black_box(to.pin(&address).unwrap());
    });
    let secret = Secret::new("token", "ZDRmYTIwNzk5NmUzYjE".to_owned().into(), grants.clone()).unwrap();
    let scrub = Scrubber::new(&[secret]);
    let page = "{\"content\":\"Why does my router not work?\",\"id\":\"1093845\"},".repeat(1000);
    let whole = median(20, || {
        black_box(scrub.text(&page));
    });
    let per_kib = whole / (page.len() as f64 / 1024.0);
    vec![
        Row {
            what: "egress: one URL and its addresses checked",
            value: check,
            unit: "us",
            floor: None,
            goal: "-",
        },
        Row {
            what: "scrubbing, per KiB of answer",
            value: per_kib,
            unit: "us",
            floor: None,
            goal: "-",
        },
    ]
}

/// Resident bytes of this process.
fn resident() -> f64 {
    let pages: f64 = fs::read_to_string("/proc/self/statm")
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    pages * 4096.0
}
