//! `jackfield plugin record`, `test` and `replay` as a plugin's author meets them: recorded once against a server, then
//! without it for ever.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

use jackfield_conform::mastodon::{NewAccount, NewPost, PostId};
use jackfield_conform::{Config, Standin};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn run(folder: &Path, arguments: &[&str]) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jackfield"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("JACKFIELD_")) {
        command.env_remove(name);
    }
    command.env("JACKFIELD_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cwasm"));
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

/// A folder with a plugin in it, as a build leaves it.
fn plugin(name: &str) -> tempfile::TempDir {
    let made = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../dist/plugins")
        .join(name);
    let folder = tempfile::tempdir().unwrap();
    for file in ["plugin.toml", "plugin.wasm"] {
        std::fs::copy(made.join(file), folder.path().join(file)).expect("run `cargo xtask build --plugins-only`");
    }
    folder
}

/// Somebody writes at this moment of the network's clock.
fn says(standin: &Standin, name: &str, text: &str, parent: Option<PostId>, at: u64) -> PostId {
    standin.with_world(|world| {
        let known = world.by_acct(name).map(|account| account.id);
        let author = known.unwrap_or_else(|| {
            let new = NewAccount {
                username: name.to_owned(),
                ..NewAccount::default()
            };
            world.add_account(new, at)
        });
        let post = NewPost {
            in_reply_to: parent,
            ..NewPost::public(&format!("@northwind {text}"))
        };
        world.publish(author, post, None, at).unwrap()
    })
}

fn now() -> u64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

#[test]
fn what_was_recorded_once_is_tested_and_replayed_without_the_server() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        people: 0,
        ..Config::default()
    };
    let standin = runtime.block_on(Standin::start(config)).unwrap();
    let at = now();
    let root = says(&standin, "ana", "the parcel never arrived", None, at - 5_000);
    says(&standin, "ben", "mine neither, unbelievable", Some(root), at - 4_000);
    says(&standin, "cem", "another matter altogether", None, at - 3_000);
    says(&standin, "dea", "the very same moment", None, at - 3_000);

    let folder = plugin("mastodon");
    let here = folder.path();
    std::fs::write(here.join("token.txt"), format!("{}\n", standin.token())).unwrap();
    let url = standin.url();
    let record = [
        "plugin",
        "record",
        ".",
        "--against",
        &url,
        "--pause",
        "0",
        "--polls",
        "2",
    ];
    let (good, _, err) = run(here, &record);
    assert!(!good && err.contains("--secret access-token=file:PATH"), "{err}");
    let with_secret = [&record[..], &["--secret", "access-token=file:token.txt"]].concat();
    let publish = ["--publish", "@ana we look into it"];
    let (good, out, err) = run(here, &[&with_secret[..], &publish].concat());
    assert!(good, "{out}{err}");
    assert!(out.contains("publish, the same key again"), "{out}");
    let file = here.join("fixtures/mastodon.trace");
    let trace = std::fs::read_to_string(&file).unwrap();
    assert!(!trace.contains(standin.token()) && trace.contains("\"secret\":\"access-token\""));

    runtime.block_on(standin.stop());
    drop(runtime);
    std::fs::remove_file(here.join("token.txt")).unwrap();

    let (good, out, err) = run(here, &["plugin", "test", ".", "--json", "--at-least", "gold"]);
    assert!(good, "{out}{err}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["grade"], "gold");
    for case in report["cases"].as_array().unwrap() {
        // Nobody edited or deleted while it was recorded; everything else was tried.
        let wanted = match case["case"].as_str().unwrap() {
            "edits" | "deletions" => "not-tried",
            _ => "passed",
        };
        assert_eq!(case["outcome"], wanted, "{case}");
    }
    let (good, _, err) = run(here, &["plugin", "test", ".", "--at-least", "platinum"]);
    assert!(!good && err.contains("reached gold"), "{err}");

    let fixture = "fixtures/mastodon.trace";
    let (good, out, err) = run(here, &["plugin", "replay", fixture]);
    assert!(good && out.contains("identical"), "{out}{err}");
    for fault in ["429", "5xx", "cut-body", "half-body", "slow-body", "expired-token"] {
        let (good, out, err) = run(here, &["plugin", "replay", fixture, "--fault", fault]);
        assert!(good && out.contains("everything held"), "{fault}: {out}{err}");
    }
    std::fs::write(&file, trace.replace("never arrived", "has arrived")).unwrap();
    let (good, out, _) = run(here, &["plugin", "replay", fixture]);
    assert!(
        good,
        "the answers of the network changed, and what the plugin makes of them with them: {out}"
    );
    let bent = trace.replacen("\"revision\":0", "\"revision\":7", 1);
    assert_ne!(bent, trace);
    std::fs::write(&file, bent).unwrap();
    let (good, out, err) = run(here, &["plugin", "replay", fixture]);
    assert!(
        !good && err.contains("revision") && err.contains("recorded: 7"),
        "{out}{err}"
    );
}

#[test]
fn what_cannot_be_tested_is_said_in_words() {
    let folder = plugin("mastodon");
    let here = folder.path();
    let (good, out, err) = run(here, &["plugin", "test", "."]);
    assert!(
        !good && out.contains("record a trace"),
        "nothing to try it with: {out}{err}"
    );
    for (arguments, word) in [
        (&["plugin", "test", "nowhere"][..], "nowhere is not there"),
        (&["plugin", "test", ".", "--case", "thread"], "the cases are describe"),
        (&["plugin", "replay", "plugin.toml"], "a trace begins with its header"),
        (
            &["plugin", "record", ".", "--against", "server"],
            "https://server.example",
        ),
    ] {
        let (good, out, err) = run(here, arguments);
        assert!(!good && err.contains(word), "{arguments:?}: {out}{err}");
    }
    std::fs::remove_file(here.join("plugin.wasm")).unwrap();
    let (good, _, err) = run(here, &["plugin", "test", "."]);
    assert!(!good && err.contains("jackfield plugin build"), "{err}");
    std::fs::write(
        here.join("conform.toml"),
        "stand-in = \"mastodon\"\n\n[[skip]]\ncase = \"edits\"\nreason = \"later\"\n",
    )
    .unwrap();
    let (good, _, err) = run(here, &["plugin", "test", ".", "--component", "plugin.toml"]);
    assert!(
        !good && err.contains("conform.toml, line 3") && err.contains("write a sentence"),
        "{err}"
    );
}
