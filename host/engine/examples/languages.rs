//! What a plugin costs in each language: the same channel, measured the same way.
//!
//! `cargo run --release -p jackfield-engine --example languages -- rust=DIR js=DIR python=DIR`, each folder with the
//! `plugin.toml` and `plugin.wasm` of a project of `jackfield plugin new`. Prints a table; `--json` prints one object per
//! line. Each language is measured in a process of its own, so that none pays for the memory of another.

// A measurement that cannot be made should stop; what it prints is its purpose.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    missing_docs
)]

use jackfield_engine::{
    ChannelPlugin, ConnectionSpec, Engine, EngineConfig, Limits, Manifest, Secret, SystemClock, SystemRandom,
    TracingSink,
    egress::{Grants, SystemResolver},
};
use std::{fs, path::Path, process::Command, sync::Arc, time::Instant};

/// Instances whose memory is measured: the first pays for what all share.
const MANY: u32 = 20;
/// Calls that are timed; the median counts.
const CALLS: usize = 201;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    if let [one, word, folder] = arguments.as_slice()
        && one == "--one"
    {
        return measure(word, Path::new(folder));
    }
    let languages = arguments.iter().filter_map(|argument| argument.split_once('='));
    for (word, folder) in languages {
        let own = std::env::current_exe().unwrap();
        let output = Command::new(own).args(["--one", word, folder]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{word}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        for line in said.lines() {
            let mut parts = line.split('\t');
            let (what, value, unit) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
            if json {
                println!(
                    "{{\"what\":\"{word}: {what}\",\"value\":{value},\"unit\":\"{unit}\",\"floor\":null,\"ratio\":null,\"goal\":\"-\"}}"
                );
            } else {
                println!("{:<52} {value:>10} {unit}", format!("{word}: {what}"));
            }
        }
    }
}

fn say(what: &str, value: f64, unit: &str) {
    println!("{what}\t{value:.2}\t{unit}");
}

fn engine(cache: &Path) -> Arc<Engine> {
    let limits = Limits::channel();
    Engine::new(EngineConfig {
        cache: Some(cache.to_owned()),
        instances: MANY + 4,
        max_memory: limits.memory,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        log: Arc::new(TracingSink),
        extra_roots: Vec::new(),
    })
    .unwrap()
}

fn measure(_word: &str, folder: &Path) {
    let wasm = fs::read(folder.join("plugin.wasm")).unwrap();
    let manifest = Manifest::parse(&fs::read_to_string(folder.join("plugin.toml")).unwrap()).unwrap();
    say("component", wasm.len() as f64 / 1e6, "MB");
    let cache = tempfile::tempdir().unwrap();
    let first = {
        let engine = engine(cache.path());
        let began = Instant::now();
        drop(engine.load_channel(&wasm, manifest.clone()).unwrap());
        began.elapsed().as_secs_f64()
    };
    say("first load, compiled to machine code", first, "s");
    let engine = engine(cache.path());
    let began = Instant::now();
    let plugin = engine.load_channel(&wasm, manifest).unwrap();
    say("load from the cache", began.elapsed().as_secs_f64() * 1e3, "ms");

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    // A host that nobody granted refuses at once, without a network: what is timed is the guest and the way in and out.
    let call = |plugin: &ChannelPlugin| {
        let spec = ConnectionSpec {
            id: "measured".into(),
            settings: r#"{"server":"https://book.example"}"#.to_owned(),
            grants: Grants::default(),
            secrets: vec![
                Secret::new(
                    "token",
                    "a-token-that-goes-nowhere".to_owned().into(),
                    Grants::parse(&["book.example"]).unwrap(),
                )
                .unwrap(),
            ],
            limits: Limits::channel(),
            resolver: Arc::new(SystemResolver),
            recorder: None,
        };
        plugin.connect(spec).unwrap()
    };
    let before = resident();
    let began = Instant::now();
    let one = call(&plugin);
    assert!(runtime.block_on(one.check()).is_err(), "nobody granted it a host");
    say(
        "instance made and first call",
        began.elapsed().as_secs_f64() * 1e3,
        "ms",
    );
    let with_one = resident();
    say("memory of the first instance", (with_one - before) / 1e6, "MB");
    let more: Vec<_> = (1..MANY).map(|_| call(&plugin)).collect();
    for connection in &more {
        assert!(runtime.block_on(connection.check()).is_err());
    }
    say(
        "memory of each further instance, of 20",
        (resident() - with_one) / 1e6 / f64::from(MANY - 1),
        "MB",
    );
    let mut times: Vec<f64> = (0..CALLS)
        .map(|_| {
            let began = Instant::now();
            let _ = std::hint::black_box(runtime.block_on(one.check()));
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    say("one call, warm", times[CALLS / 2], "us");
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
