//! The triage lane on judges that no compiler would emit: the cause is named, the lane goes on, and what is no verdict
//! is dropped.

// A test may say "this cannot be".
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use jackfield_engine::{BreakKind, Limits, Manifest, TriageLane, TriagePlugin, bindings::TriageVerdict};
use std::{sync::Arc, time::Duration};
use support::{broken, component::written, subject::subject};

/// A judge of one label, `x`. `body` is the code of `classify`, which leaves the address of the answer on the stack;
/// 0x300 holds a good one for one subject. The judge is named by `describe`, whose code is `(i32.const 0x200)` unless
/// a test has another.
fn judge(body: &str, describe: &str, extra: &str) -> String {
    format!(
        r#"(module
        (memory (export "memory") 2)
        (global $next (mut i32) (i32.const 0x4000))
        (global $calls (mut i32) (i32.const 0))
        (data (i32.const 0x100) "evil") (data (i32.const 0x110) "0.1.0") (data (i32.const 0x120) "x") (data (i32.const 0x124) "m\ff")
        ;; description: name, version, labels
        (data (i32.const 0x200) "\00\01\00\00\04\00\00\00\10\01\00\00\05\00\00\00\20\02\00\00\01\00\00\00")
        ;; label: name, meaning, threshold 1.0
        (data (i32.const 0x220) "\20\01\00\00\01\00\00\00\24\01\00\00\01\00\00\00\00\00\80\3f")
        ;; one list of three verdicts
        (data (i32.const 0x300) "\10\03\00\00\01\00\00\00") (data (i32.const 0x310) "\20\03\00\00\03\00\00\00")
        ;; x, 1.5, because (0, 3); m (no label of ours), 1.5; x, not a number
        (data (i32.const 0x320) "\20\01\00\00\01\00\00\00\00\00\c0\3f\01\00\00\00\00\00\00\00\03\00\00\00")
        (data (i32.const 0x338) "\24\01\00\00\01\00\00\00\00\00\c0\3f\00\00\00\00\00\00\00\00\00\00\00\00")
        (data (i32.const 0x350) "\20\01\00\00\01\00\00\00\00\00\c0\7f\00\00\00\00\00\00\00\00\00\00\00\00")
        ;; no lists; a list outside the memory; a label that is no text
        (data (i32.const 0x400) "\10\03\00\00\00\00\00\00") (data (i32.const 0x408) "\00\00\ff\ff\05\00\00\00")
        (data (i32.const 0x410) "\18\04\00\00\01\00\00\00\20\04\00\00\01\00\00\00\25\01\00\00\01\00\00\00\00\00\c0\3f\00\00\00\00")
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (global.get $next)
            (global.set $next (i32.and (i32.add (global.get $next) (i32.add (local.get 3) (i32.const 7))) (i32.const -8))))
        (func (export "jackfield:plugin/triage@0.1.0#describe") (result i32) {describe})
        (func $classify (export "jackfield:plugin/triage@0.1.0#classify") (param i32 i32) (result i32) (local $at i32)
            (global.set $next (i32.const 0x4000))
            {body})
        {extra})"#
    )
}

fn load(body: &str) -> TriagePlugin {
    load_described(body, "(i32.const 0x200)").unwrap()
}

fn load_described(body: &str, describe: &str) -> Result<TriagePlugin, String> {
    let manifest =
        Manifest::parse("name = \"evil\"\nversion = \"0.1.0\"\nworld = \"triage-plugin\"\nsummary = \"Misbehaves.\"\n")
            .unwrap();
    let wasm = written("triage-plugin", &judge(body, describe, ""));
    support::engine(Arc::default())
        .load_triage(&wasm, manifest)
        .map_err(|error| error.to_string())
}

fn limits() -> Limits {
    Limits {
        cpu: Duration::from_millis(200),
        ..Limits::triage()
    }
}

async fn classify(body: &str) -> Result<Vec<Vec<TriageVerdict>>, jackfield_engine::CallError> {
    TriageLane::new(load(body), limits(), 1)
        .unwrap()
        .classify(vec![subject("a b c")])
        .await
}

#[tokio::test]
async fn a_verdict_with_an_unknown_label_or_no_number_is_dropped_and_the_others_stay() {
    let lists = classify("(i32.const 0x300)").await.unwrap();
    assert_eq!(
        lists,
        [[TriageVerdict {
            label: "x".into(),
            margin: 1.5,
            because: Some((0, 3))
        }]]
    );
}

#[tokio::test]
async fn a_reason_outside_the_text_is_left_out_and_the_verdict_stays() {
    let lane = TriageLane::new(load("(i32.const 0x300)"), limits(), 1).unwrap();
    for (text, because) in [("ab", None), ("aü", Some((0, 3))), ("abü", None), ("", None)] {
        let lists = lane.classify(vec![subject(text)]).await.unwrap();
        assert_eq!(lists[0][0].because, because, "{text:?}");
    }
}

#[tokio::test]
async fn a_broken_judge_is_named_by_its_cause() {
    let fill = "(loop (i64.store (local.get $at) (i64.const 0x3e800010000)) \
        (br_if 0 (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 40000)))) \
        (i32.store (i32.const 0x1f000) (i32.const 0)) (i32.store (i32.const 0x1f004) (i32.const 5000)) (i32.const 0x1f000)";
    for (body, kind, word) in [
        ("unreachable", BreakKind::Trap, "gave up"),
        (
            "(i32.div_s (i32.const 1) (i32.const 0))",
            BreakKind::Trap,
            "divide by zero",
        ),
        (
            "(i32.load (i32.const 0x7fffffff))",
            BreakKind::Trap,
            "out of bounds memory access",
        ),
        (
            "(loop (br 0)) (i32.const 0)",
            BreakKind::TimedOut,
            "computed for more than 200 ms",
        ),
        (
            "(call $classify (local.get 0) (local.get 1))",
            BreakKind::StackOverflow,
            "calls itself",
        ),
        (
            "(if (i32.eq (memory.grow (i32.const 2000)) (i32.const -1)) (then unreachable)) (i32.const 0x300)",
            BreakKind::OutOfMemory,
            "may have 64 MiB",
        ),
        (
            "(i32.const 0x400)",
            BreakKind::BadAnswer,
            "0 lists of verdicts for 1 subjects",
        ),
        ("(i32.const 0x408)", BreakKind::BadAnswer, "a value that is none"),
        ("(i32.const 0x410)", BreakKind::BadAnswer, "a value that is none"),
        // 5 000 lists that all point at the same 1 000 verdicts: 120 MB on the host's side, 24 KB in the guest.
        (fill, BreakKind::OverBudget, "more bytes at once"),
    ] {
        let breakdown = broken(classify(body).await.unwrap_err());
        assert_eq!(breakdown.kind, kind, "{body}: {breakdown:?}");
        assert!(breakdown.detail.contains(word), "{body}: {breakdown}");
    }
}

#[tokio::test]
async fn a_lane_serves_on_after_a_trap() {
    // Traps at every second call of an instance, which can only be seen where the instance is reused.
    let body = "(global.set $calls (i32.add (global.get $calls) (i32.const 1))) \
        (if (i32.eq (global.get $calls) (i32.const 2)) (then unreachable)) (i32.const 0x300)";
    let lane = TriageLane::new(load(body), limits(), 1).unwrap();
    let mut outcomes = Vec::new();
    for _ in 0..6 {
        outcomes.push(lane.classify(vec![subject("abc")]).await.is_ok());
    }
    assert_eq!(outcomes, [true, false, true, false, true, false]);

    let once = TriageLane::new(
        load(body),
        Limits {
            calls_per_instance: 1,
            ..limits()
        },
        1,
    )
    .unwrap();
    for _ in 0..4 {
        assert!(once.classify(vec![subject("abc")]).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loop_in_one_thread_does_not_hold_up_the_other() {
    // Loops where a batch has two subjects.
    let body = "(if (i32.eq (local.get 1) (i32.const 2)) (then (loop (br 0)))) (i32.const 0x300)";
    let lane = TriageLane::new(
        load(body),
        Limits {
            cpu: Duration::from_millis(500),
            ..limits()
        },
        2,
    )
    .unwrap();
    let looping = lane.classify(vec![subject("a"), subject("b")]);
    tokio::pin!(looping);
    let mut served = 0;
    let outcome = loop {
        tokio::select! {
            outcome = &mut looping => break outcome,
            good = lane.classify(vec![subject("abc")]) => { good.unwrap(); served += 1; }
        }
    };
    assert_eq!(broken(outcome.unwrap_err()).kind, BreakKind::TimedOut);
    assert!(served > 10, "{served} batches beside the loop");
}

#[test]
fn a_judge_that_cannot_describe_itself_is_not_loaded() {
    for (describe, word) in [
        ("unreachable", "broke in `describe`"),
        ("(loop (br 0)) (i32.const 0)", "computed for more than"),
        (
            "(i32.store (i32.const 0x214) (i32.const 0)) (i32.const 0x200)",
            "holds 0 labels",
        ),
        (
            "(i32.store (i32.const 0x210) (i32.const 0x10000)) (i32.store (i32.const 0x214) (i32.const 300)) (i32.const 0x200)",
            "holds 300 labels",
        ),
        (
            "(i32.store (i32.const 0x224) (i32.const 0)) (i32.const 0x200)",
            "1 to 128 bytes",
        ),
        (
            "(i32.store (i32.const 0x230) (i32.const 0x7fc00000)) (i32.const 0x200)",
            "is not a number",
        ),
        (
            "(i32.store8 (i32.const 0x110) (i32.const 57)) (i32.const 0x200)",
            "make them equal",
        ),
    ] {
        let error = load_described("(i32.const 0x300)", describe).err().expect(describe);
        assert!(error.contains(word), "{describe}: {error}");
    }
}

#[tokio::test]
async fn the_bundled_judge_judges() {
    let (wasm, manifest) = support::bundled("keywords");
    let plugin = support::engine(Arc::default()).load_triage(&wasm, manifest).unwrap();
    let lane = TriageLane::new(plugin, Limits::triage(), 2).unwrap();
    let texts = ["Why does my router not work?", "thank you so much!", "zxcv"];
    let lists = lane.classify(texts.map(subject).to_vec()).await.unwrap();
    let best = |list: &[TriageVerdict]| {
        list.iter()
            .max_by(|a, b| a.margin.total_cmp(&b.margin))
            .map(|verdict| verdict.label.clone())
    };
    assert_eq!(best(&lists[0]).as_deref(), Some("question"), "{lists:?}");
    assert_eq!(best(&lists[1]).as_deref(), Some("thanks"), "{lists:?}");
    assert!(lists[2].is_empty(), "{lists:?}");
}
