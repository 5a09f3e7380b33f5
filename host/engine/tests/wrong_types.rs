//! A component that does not fit its world is refused when it is loaded, before any instance of it exists, in words
//! that name the function, the place, both sides and the repair.

// A test may say "this cannot be".
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use jackfield_engine::{Engine, Manifest};
use std::sync::Arc;
use support::component::{contract, hollow};

fn manifest(world: &str) -> Manifest {
    Manifest::parse(&format!(
        "name = \"odd\"\nversion = \"0.1.0\"\nworld = \"{world}\"\nsummary = \"Does not fit.\"\n"
    ))
    .unwrap()
}

fn engine() -> Arc<Engine> {
    support::engine(Arc::default())
}

#[test]
fn another_contract_is_refused_and_the_place_is_named() {
    let engine = engine();
    for (from, to, words) in [
        // A parameter, an answer, a field, a case, deep inside a batch, and an import.
        (
            "max-events: u32",
            "max-events: u64",
            ["`poll`", "at max-events, the host has `u32`, the plugin has `u64`"],
        ),
        (
            "max-events: u32) ->",
            "most: u32) ->",
            ["`poll`", "(settings, cursor, max-events)"],
        ),
        (
            "more: bool,",
            "more: option<bool>,",
            [
                "`poll`",
                "at its answer.ok.more, the host has `bool`, the plugin has `option`",
            ],
        ),
        (
            "        context: bool,",
            "        context: string,",
            [
                "`poll`",
                "at its answer.ok.events[].context, the host has `bool`, the plugin has `string`",
            ],
        ),
        (
            "        context: bool,",
            "",
            [
                "`poll`",
                "at its answer.ok.events[], the host has `record with context`",
            ],
        ),
        (
            "        refused(string),",
            "        refused(string), tired,",
            ["`check`", "the plugin has `variant with tired`"],
        ),
        (
            "status: u16,",
            "status: u32,",
            [
                "`send`",
                "at its answer.ok.status, the host has `u16`, the plugin has `u32`",
            ],
        ),
        (
            "enum level { debug, info, warn, error }",
            "enum level { info, debug, warn, error }",
            ["`write`", "the same enum in another order"],
        ),
        (
            "now-ms: func() -> u64;",
            "now-ms: func() -> u64; sleep: func(ms: u64);",
            ["`sleep`", "this host does not have"],
        ),
        (
            "    reconcile: func",
            "    reconcile-all: func",
            ["`reconcile`", "has no function"],
        ),
    ] {
        let wasm = hollow(&contract(from, to), "channel-plugin");
        let error = engine
            .load_channel(&wasm, manifest("channel-plugin"))
            .err()
            .expect(to)
            .to_string();
        for word in words {
            assert!(error.contains(word), "{from:?} -> {to:?}: {error}");
        }
        assert!(error.starts_with("the plugin odd 0.1.0 cannot be used: "), "{error}");
        assert!(error.contains("build the plugin against the contract"), "{error}");
    }
}

#[test]
fn the_contract_as_it_is_fits_and_only_then_code_runs() {
    let wasm = hollow(&contract("", ""), "channel-plugin");
    let error = engine()
        .load_channel(&wasm, manifest("channel-plugin"))
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("broke in `describe`: it gave up"), "{error}");
}

#[test]
fn a_component_of_the_other_world_is_refused() {
    let engine = engine();
    let triage = hollow(&contract("", ""), "triage-plugin");
    let error = engine
        .load_channel(&triage, manifest("channel-plugin"))
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("does not export `jackfield:plugin/channel@0.1.0`")
            && error.contains("it exports `jackfield:plugin/triage@0.1.0`"),
        "{error}"
    );
    let channel = hollow(&contract("", ""), "channel-plugin");
    let error = engine
        .load_triage(&channel, manifest("triage-plugin"))
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("does not export `jackfield:plugin/triage@0.1.0`"),
        "{error}"
    );
    let error = engine
        .load_triage(&triage, manifest("channel-plugin"))
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("plugin.toml says `world = \"channel-plugin\"`"),
        "{error}"
    );
}

#[test]
fn a_judge_that_wants_the_network_is_refused() {
    let greedy = contract(
        "world triage-plugin {\n    import log;",
        "world triage-plugin {\n    import log;\n    import http;",
    );
    let error = engine()
        .load_triage(&hollow(&greedy, "triage-plugin"), manifest("triage-plugin"))
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("imports `jackfield:plugin/http@0.1.0`, which world `triage-plugin` does not offer"),
        "{error}"
    );
}

#[test]
fn what_is_no_component_is_refused_in_words() {
    let engine = engine();
    for (bytes, word) in [
        (b"".to_vec(), "no WebAssembly"),
        (b"#!/bin/sh".to_vec(), "no WebAssembly"),
        (wat::parse_str("(module)").unwrap(), "wit-component"),
        (wat::parse_str("(component)").unwrap(), "it exports nothing"),
        (wat::parse_str("(component)").unwrap()[..7].to_vec(), "does not compile"),
        (
            wat::parse_str("(component (import \"wasi:cli/environment@0.2.0\" (instance)))").unwrap(),
            "does not export",
        ),
    ] {
        let error = engine
            .load_channel(&bytes, manifest("channel-plugin"))
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains(word), "{word}: {error}");
    }
}
