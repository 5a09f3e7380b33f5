//! What a call costs when plugins run in a process of their own, beside the same call in the host's process.
//!
//! `cargo run --release -p jackfield --example tier` prints the figures; `-- --json` prints one object per line. The
//! program starts itself again as compiler and tier, as the host does. The judge is the bundled one, a message at a time.

// A measurement that cannot be made should stop; what it prints is its purpose.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    missing_docs
)]

use jackfield_engine::bindings::{Author, Content, Subject, Visibility};
use jackfield_server::config::{self, Overrides, TierForm};
use jackfield_server::plugins::Plugins;
use jackfield_server::tier::{self, apart, compile};
use jackfield_server::triage::Judge;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    let done = match words.get(1).map(String::as_str) {
        Some(compile::COMMAND) => compile::child(),
        Some(apart::COMMAND) => apart::run(),
        _ => {
            measure(words.iter().any(|word| word == "--json"));
            Ok(())
        }
    };
    ExitCode::from(u8::from(done.is_err()))
}

fn measure(json: bool) {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let [inside, process] = [TierForm::Inside, TierForm::Process].map(|form| {
        let judge = judge(folder.path(), form);
        median(&runtime, judge.as_ref())
    });
    let what = "one message judged in the plugin tier (floor: inside)";
    let ratio = process / inside;
    if json {
        println!(
            "{{\"what\":\"{what}\",\"value\":{process:.3},\"unit\":\"us\",\"floor\":{inside:.3},\"ratio\":{ratio:.3},\"goal\":\"<= 200 us\"}}"
        );
    } else {
        println!("{what}: {process:.2} us, inside {inside:.2} us, ratio {ratio:.2}");
    }
}

fn judge(folder: &Path, form: TierForm) -> Arc<dyn Judge> {
    let text = "[[issuer]]\nname = \"x\"\nalgorithm = \"HS256\"\nkey = \"file:x\"\nworkspace = \"x\"\nbrands = [\"x\"]\norigins = []\n";
    let mut config = config::parse(&folder.join("jackfield.toml"), text, &Overrides::default()).unwrap();
    config.bundle = Some(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../dist"));
    config.plugins.tier = form;
    config.plugins.program = tier::program();
    Plugins::new(&config)
        .unwrap()
        .judge("keywords")
        .expect("`cargo xtask build --plugins-only` makes it")
}

/// The median of 31 rounds, each the mean of 200 calls, in microseconds.
fn median(runtime: &tokio::runtime::Runtime, judge: &dyn Judge) -> f64 {
    let call = || runtime.block_on(judge.classify(vec![subject()])).unwrap();
    call();
    let mut rounds: Vec<f64> = (0..31)
        .map(|_| {
            let began = Instant::now();
            (0..200).for_each(|_| drop(call()));
            began.elapsed().as_secs_f64() * 1e6 / 200.0
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}

fn subject() -> Subject {
    let author = Author {
        id: "1".to_owned(),
        handle: "ana".to_owned(),
        display_name: None,
        profile_url: None,
        reach: None,
        automated: false,
    };
    let content = Content {
        author,
        title: None,
        text: "@northwind where is my parcel? I have been waiting for two weeks.".to_owned(),
        spans: Vec::new(),
        attachments: Vec::new(),
        language: None,
        warning: None,
    };
    Subject {
        content,
        visibility: Visibility::Public,
        thread_age_ms: 0,
        thread_length: 1,
        answered: false,
        parent_text: None,
        brand_terms: vec!["northwind".to_owned()],
    }
}
