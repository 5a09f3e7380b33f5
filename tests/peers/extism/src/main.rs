//! What the Extism crate needs for the work that `host/engine/examples/figures` measures: one small record in, one
//! verdict out, hot and with a fresh instance; memory of idle plugins.
//!
//! Its plugins take bytes and give bytes. The guest copies the record in and the verdict out, byte by byte where the
//! kernel offers nothing wider, as Extism's own kits do; nothing is parsed on either side, which is to its advantage.
use extism::{CompiledPlugin, Manifest, Plugin, PluginBuilder, Wasm};
use std::{hint::black_box, time::Instant};

const GUEST: &str = r#"(module
    (import "extism:host/env" "input_length" (func $length (result i64)))
    (import "extism:host/env" "input_load_u8" (func $byte (param i64) (result i32)))
    (import "extism:host/env" "input_load_u64" (func $word (param i64) (result i64)))
    (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
    (import "extism:host/env" "store_u64" (func $store (param i64 i64)))
    (import "extism:host/env" "output_set" (func $output (param i64 i64)))
    (memory (export "memory") 2)
    (func (export "classify") (result i32) (local $at i64) (local $end i64) (local $out i64)
        (local.set $end (call $length))
        (block $words
            (loop $more
                (br_if $words (i64.gt_u (i64.add (local.get $at) (i64.const 8)) (local.get $end)))
                (i64.store (i32.wrap_i64 (local.get $at)) (call $word (local.get $at)))
                (local.set $at (i64.add (local.get $at) (i64.const 8)))
                (br $more)))
        (block $bytes
            (loop $more
                (br_if $bytes (i64.ge_u (local.get $at) (local.get $end)))
                (i32.store8 (i32.wrap_i64 (local.get $at)) (call $byte (local.get $at)))
                (local.set $at (i64.add (local.get $at) (i64.const 1)))
                (br $more)))
        (local.set $out (call $alloc (i64.const 24)))
        (call $store (local.get $out) (i64.const 0x78))
        (call $store (i64.add (local.get $out) (i64.const 8)) (i64.const 0x3fc00000))
        (call $store (i64.add (local.get $out) (i64.const 16)) (i64.const 0))
        (call $output (local.get $out) (i64.const 24))
        (i32.const 0)))"#;

/// The record of `figures`, its fields as bytes: `h`, `1`, `Why?` and the flags around them.
const RECORD: &[u8] = b"\x01\x001\x01\x00h\x00\x00\x00\x00\x04\x00\x00\x00Why?\x00\x00\x00\x00\x01\x00\x00\x00\x00";
const IDLE: usize = 1000;

fn main() {
    let wasm = wat::parse_str(GUEST).expect("the guest parses");
    let builder = PluginBuilder::new(Manifest::new([Wasm::data(wasm)])).with_wasi(false);
    let compiled = CompiledPlugin::new(builder).expect("the guest compiles");
    let fresh_one = || Plugin::new_from_compiled(&compiled).expect("an instance");
    let ask = |plugin: &mut Plugin| {
        let verdict: Vec<u8> = plugin.call("classify", RECORD).expect("a verdict");
        assert_eq!(verdict.len(), 24);
        black_box(verdict);
    };
    let mut hot = fresh_one();
    row("Extism: call, one small record, hot", median(2000, || ask(&mut hot)), "us");
    row("Extism: fresh instance and one call", median(100, || ask(&mut fresh_one())), "us");
    let before = resident();
    let idle: Vec<Plugin> = (0..IDLE)
        .map(|_| {
            let mut plugin = fresh_one();
            ask(&mut plugin);
            plugin
        })
        .collect();
    let each = (resident() - before) / 1024.0 / idle.len() as f64;
    row("Extism: resident memory per idle plugin, of 1 000", each, "KiB");
}

fn row(what: &str, value: f64, unit: &str) {
    println!(
        "{{\"what\":\"{what}\",\"value\":{value:.3},\"unit\":\"{unit}\",\"floor\":null,\"ratio\":null,\"goal\":\"-\"}}"
    );
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

/// Resident bytes of this process.
fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: f64 = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("Linux");
    pages * 4096.0
}
