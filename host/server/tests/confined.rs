//! Plugins are compiled by the program in a child that may do nothing but compute.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

use jackfield_engine::{Engine, EngineConfig, Manifest, SystemClock, SystemRandom, TracingSink};
use jackfield_server::config::Confine;
use jackfield_server::tier::compile::ConfinedCompiler;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

fn compiler() -> ConfinedCompiler {
    ConfinedCompiler::new(PathBuf::from(env!("CARGO_BIN_EXE_jackfield")), Confine::Required)
}

/// Loads a component in an engine that has it compiled elsewhere.
fn load(compiler: ConfinedCompiler, cache: Option<&Path>, component: &[u8]) -> Result<String, String> {
    let config = EngineConfig {
        cache: cache.map(Path::to_owned),
        instances: 4,
        max_memory: 64 << 20,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        log: Arc::new(TracingSink),
        extra_roots: Vec::new(),
    };
    let engine = Engine::compiled_by(config, Arc::new(compiler)).unwrap();
    let manifest = std::fs::read_to_string(bundled("plugin.toml")).unwrap();
    let loaded = engine.load_triage(component, Manifest::parse(&manifest).unwrap());
    loaded
        .map(|plugin| plugin.description().version.clone())
        .map_err(|error| error.to_string())
}

fn bundled(file: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist/plugins/keywords");
    let file = folder.join(file);
    assert!(
        file.exists(),
        "{}: run `cargo xtask build --plugins-only`",
        file.display()
    );
    file
}

fn keywords() -> Vec<u8> {
    std::fs::read(bundled("plugin.wasm")).unwrap()
}

#[test]
fn what_the_child_compiled_is_kept_and_runs() {
    let cache = tempfile::tempdir().unwrap();
    assert_eq!(
        load(compiler(), Some(cache.path()), &keywords()),
        Ok("0.1.0".to_owned())
    );
    // From the cache: nobody compiles in no time.
    let never = compiler().within(Duration::ZERO, 1);
    assert_eq!(load(never, Some(cache.path()), &keywords()), Ok("0.1.0".to_owned()));
    // Without a cache it runs just as well.
    assert_eq!(load(compiler(), None, &keywords()), Ok("0.1.0".to_owned()));
}

#[test]
fn what_takes_too_much_is_stopped_and_the_error_says_of_what() {
    let wasm = keywords();
    let slow = load(compiler().within(Duration::from_millis(1), 6 << 10), None, &wasm).unwrap_err();
    assert!(
        slow.contains("does not compile: its compilation took more than 1ms"),
        "{slow}"
    );
    let large = load(compiler().within(Duration::from_secs(60), 64), None, &wasm).unwrap_err();
    assert!(
        large.contains("does not compile: its compilation took more than 64 MB of memory"),
        "{large}"
    );
}

#[test]
fn what_is_wrong_with_a_component_is_said_as_the_compiler_said_it() {
    let mut broken = keywords();
    let middle = broken.len() / 2;
    broken.truncate(middle);
    let error = load(compiler(), None, &broken).unwrap_err();
    assert!(
        error.contains("does not compile") && error.contains("is out of bounds"),
        "{error}"
    );
    let gone = ConfinedCompiler::new(PathBuf::from("/nowhere/jackfield"), Confine::Able);
    let error = load(gone, None, &keywords()).unwrap_err();
    assert!(error.contains("/nowhere/jackfield"), "{error}");
}
