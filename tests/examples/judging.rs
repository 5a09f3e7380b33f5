//! Triage of one message by the default plugin: in the sandbox, beside the same code compiled for this machine.
//!
//! `cargo run --release -p jackfield-tests --example judging [-- --json]`. Batches of 64, as the host makes them.
// A measurement that cannot be made should stop; what it prints is its purpose.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    missing_docs
)]

use jackfield_engine::{Engine, EngineConfig, Limits, Manifest, SystemClock, SystemRandom, TracingSink, bindings};
use jackfield_sdk::triage as native;
use jackfield_sdk::triage::Judge as _;
use jackfield_triage_keywords::Keywords;
use std::{fs, hint::black_box, path::PathBuf, sync::Arc, time::Instant};

/// As many as the host hands over at once.
const BATCH: usize = 64;
/// What people write: short and long, with cues and without.
const TEXTS: [&str; 4] = [
    "Why does my router not work since the update? I have tried everything in the manual, twice.",
    "Third week without an answer. This is the worst service I have ever paid for, and I want my money back.",
    "thanks a lot, that was quick!",
    "A walk along the river this morning, nobody there but two herons and a man with a very small boat.",
];

macro_rules! subject {
    ($of:ident, $text:expr) => {
        $of::Subject {
            content: $of::Content {
                author: $of::Author {
                    id: "1".to_owned(),
                    handle: "h".to_owned(),
                    display_name: None,
                    profile_url: None,
                    reach: None,
                    automated: false,
                },
                title: None,
                text: $text.to_owned(),
                spans: Vec::new(),
                attachments: Vec::new(),
                language: None,
                warning: None,
            },
            visibility: $of::Visibility::Public,
            thread_age_ms: 0,
            thread_length: 1,
            answered: false,
            parent_text: None,
            brand_terms: Vec::new(),
        }
    };
}

fn main() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../dist/plugins/keywords");
    let read = |name: &str| fs::read(folder.join(name)).expect("`cargo xtask build --plugins-only` makes the plugin");
    let manifest = Manifest::parse(std::str::from_utf8(&read("plugin.toml")).unwrap()).unwrap();
    let engine = Engine::new(EngineConfig {
        cache: None,
        instances: 8,
        max_memory: 64 << 20,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        log: Arc::new(TracingSink),
        extra_roots: Vec::new(),
    });
    let plugin = engine.unwrap().load_triage(&read("plugin.wasm"), manifest).unwrap();
    let mut instance = plugin.instance(Limits::triage()).unwrap();
    let text = |n: usize| TEXTS[n % TEXTS.len()];
    let ours: Vec<_> = (0..BATCH).map(|n| subject!(bindings, text(n))).collect();
    let theirs: Vec<_> = (0..BATCH).map(|n| subject!(native, text(n))).collect();

    let said: usize = instance.classify(&ours).unwrap().iter().map(Vec::len).sum();
    let expected: usize = theirs.iter().map(|subject| Keywords::classify(subject).len()).sum();
    assert_eq!(said, expected, "both are the same code");

    let sandboxed = median(|| {
        black_box(instance.classify(black_box(&ours)).unwrap());
    });
    let floor = median(|| {
        for subject in black_box(&theirs) {
            black_box(Keywords::classify(subject));
        }
    });
    let what = "triage of one message by `keywords`, sandboxed, in batches of 64";
    if std::env::args().any(|argument| argument == "--json") {
        println!(
            "{}",
            serde_json::json!({
                "what": what, "value": sandboxed, "unit": "us", "floor": floor,
                "ratio": sandboxed / floor, "goal": "<= 1.5 x",
            })
        );
    } else {
        println!(
            "{what}: {sandboxed:.2} us, native {floor:.2} us, {:.2} x",
            sandboxed / floor
        );
    }
}

/// The median of 31 rounds, in microseconds per message.
fn median(mut batch: impl FnMut()) -> f64 {
    let mut rounds: Vec<f64> = (0..31)
        .map(|_| {
            let began = Instant::now();
            (0..40).for_each(|_| batch());
            began.elapsed().as_secs_f64() * 1e6 / (40 * BATCH) as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}
