//! The cache of compiled plugins believes its own key and nothing else.

// A test may say "this cannot be".
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use jackfield_engine::{Engine, EngineConfig, Manifest, SystemClock, SystemRandom, TracingSink};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};
use support::component::{contract, hollow};

fn engine(cache: &Path) -> Result<Arc<Engine>, String> {
    let config = EngineConfig {
        cache: Some(cache.to_owned()),
        instances: 4,
        max_memory: 16 << 20,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        log: Arc::new(TracingSink),
        extra_roots: Vec::new(),
    };
    Engine::new(config).map_err(|error| error.to_string())
}

/// Loads a plugin that fits and traps when it is asked to describe itself: the error shows that its code was reached.
fn load(cache: &Path) {
    let manifest =
        Manifest::parse("name = \"p\"\nversion = \"0.1.0\"\nworld = \"channel-plugin\"\nsummary = \"x\"\n").unwrap();
    let wasm = hollow(&contract("", ""), "channel-plugin");
    let error = engine(cache)
        .unwrap()
        .load_channel(&wasm, manifest)
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("broke in `describe`"), "{error}");
}

fn compiled(cache: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(cache)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "cwasm"))
        .collect();
    files.sort();
    files
}

#[test]
fn a_plugin_is_compiled_once_and_read_from_then_on() {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("made/on/demand");
    load(&cache);
    let file = compiled(&cache).remove(0);
    let first = fs::metadata(&file).unwrap().modified().unwrap();
    load(&cache);
    assert_eq!(compiled(&cache).len(), 1);
    assert_eq!(
        fs::metadata(&file).unwrap().modified().unwrap(),
        first,
        "it was not written again"
    );
    assert_eq!(
        fs::metadata(cache.join("key")).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_file_that_was_touched_is_never_loaded() {
    let dir = tempfile::tempdir().unwrap();
    load(dir.path());
    let file = compiled(dir.path()).remove(0);
    let honest = fs::read(&file).unwrap();
    let forged: [fn(&mut Vec<u8>); 5] = [
        |bytes| bytes[0] ^= 1,
        |bytes| {
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
        },
        |bytes| bytes[4000] ^= 1,
        |bytes| bytes.truncate(20),
        |bytes| bytes.clear(),
    ];
    for (number, forge) in forged.iter().enumerate() {
        let mut bytes = honest.clone();
        forge(&mut bytes);
        fs::write(&file, &bytes).unwrap();
        load(dir.path());
        assert_eq!(
            fs::read(&file).unwrap(),
            honest,
            "forgery {number} was compiled again and replaced"
        );
    }
}

#[test]
fn a_file_of_another_key_or_for_another_plugin_is_never_loaded() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    load(ours.path());
    load(theirs.path());
    let (our_file, their_file) = (compiled(ours.path()).remove(0), compiled(theirs.path()).remove(0));
    assert_eq!(our_file.file_name(), their_file.file_name());
    let their_bytes = fs::read(&their_file).unwrap();
    fs::write(&our_file, &their_bytes).unwrap();
    load(ours.path());
    assert_ne!(fs::read(&our_file).unwrap(), their_bytes, "made with another key");
}

#[test]
fn a_key_that_others_can_read_is_refused_with_what_to_type() {
    let dir = tempfile::tempdir().unwrap();
    load(dir.path());
    let key = dir.path().join("key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let error = engine(dir.path()).err().unwrap();
    assert!(error.contains("type `chmod 600"), "{error}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&key, b"short").unwrap();
    let error = engine(dir.path()).err().unwrap();
    assert!(error.contains("does not have 32 bytes"), "{error}");
}
