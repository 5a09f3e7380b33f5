//! Components that no compiler would emit: a core module in text, or one that is made to fit a contract with a
//! mistake in it, and the encoder that turns either into a component.
#![allow(dead_code, unreachable_pub, reason = "each test program uses its part")]

use std::{fs, path::PathBuf};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve, SourceMap};

/// The contract, with every `from` in its text replaced by `to`: what an author with another version would build
/// against.
pub fn contract(from: &str, to: &str) -> Resolve {
    let mut sources = SourceMap::new();
    let mut found = from.is_empty();
    for name in ["types.wit", "host.wit", "channel.wit", "webhook.wit", "triage.wit"] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../../plugins/wit/v0.1")
            .join(name);
        let text = fs::read_to_string(path).unwrap();
        found |= !from.is_empty() && text.contains(from);
        sources.push(
            name.as_ref(),
            if from.is_empty() { text } else { text.replace(from, to) },
        );
    }
    assert!(found, "the contract no longer says {from:?}");
    let mut resolve = Resolve::default();
    resolve
        .push_group(sources.parse().map_err(|(_, error)| error).unwrap())
        .unwrap();
    resolve
}

/// A component of `world` whose functions all trap.
pub fn hollow(resolve: &Resolve, world: &str) -> Vec<u8> {
    let id = resolve.worlds.iter().find(|(_, w)| w.name == world).unwrap().0;
    let module = dummy_module(resolve, id, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    encode(resolve, world, module)
}

/// A component of `world` from a core module in text.
pub fn written(world: &str, wat: &str) -> Vec<u8> {
    encode(&contract("", ""), world, wat::parse_str(wat).unwrap())
}

fn encode(resolve: &Resolve, world: &str, mut module: Vec<u8>) -> Vec<u8> {
    let id = resolve.worlds.iter().find(|(_, w)| w.name == world).unwrap().0;
    embed_component_metadata(&mut module, resolve, id, StringEncoding::UTF8, false).unwrap();
    ComponentEncoder::default()
        .module(&module)
        .unwrap()
        .validate(true)
        .encode()
        .unwrap()
}

/// The same with one import more, of an interface that is made up: `wasi:keyvalue/store@0.2.0`.
pub fn hollow_importing(contract: &Resolve, world: &str, import: &str) -> Vec<u8> {
    let (package, rest) = import.split_once('/').unwrap();
    let (interface, version) = rest.split_once('@').unwrap();
    let text = format!(
        "package test:more;\nworld more {{ include jackfield:plugin/{world}@0.1.0; import {import}; }}\n\
         package {package}@{version} {{ interface {interface} {{ ask: func(); }} }}\n"
    );
    let mut sources = SourceMap::new();
    sources.push("more.wit".as_ref(), text);
    let mut resolve = contract.clone();
    resolve
        .push_group(sources.parse().map_err(|(_, error)| error).unwrap())
        .unwrap();
    hollow(&resolve, "more")
}
