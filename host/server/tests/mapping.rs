//! `jackfield plugin mapping` and `connection add --mapping`, as whoever writes a mapping meets them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A file of the channel's folder.
fn of_the_channel(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/channels/http-json");
    folder.join(name).to_str().unwrap().to_owned()
}

/// Runs the program in a folder without a bundle; whether it went well, and everything it said.
fn run(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jackfield"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("JACKFIELD_")) {
        command.env_remove(name);
    }
    command.env("JACKFIELD_BUNDLE", folder.join("bundle"));
    let output = command.output().unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.success(), said)
}

/// The words are all in what was said.
fn says(arguments: &[&str], good: bool, words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let (went_well, said) = run(folder.path(), arguments);
    assert_eq!(went_well, good, "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in:\n{said}");
    }
}

fn spoilt(folder: &Path, from: &str, to: &str) -> PathBuf {
    let text = std::fs::read_to_string(of_the_channel("examples/tickets.toml")).unwrap();
    assert!(text.contains(from));
    let file = folder.join("spoilt.toml");
    std::fs::write(&file, text.replace(from, to)).unwrap();
    file
}

#[test]
fn a_good_mapping_is_told_with_what_it_needs() {
    let file = of_the_channel("examples/issues.toml");
    let words = [
        "is good. Issues: polls comments, issues; messages comment, issue",
        "the value `repo`",
        "the secret `token`",
    ];
    says(&["plugin", "mapping", "check", &file], true, &words);
}

#[test]
fn mistakes_are_told_with_their_lines() {
    let folder = tempfile::tempdir().unwrap();
    let file = spoilt(folder.path(), "{since}", "{sincee}");
    let words = [
        "spoilt.toml has 1 mistake:",
        "line 16, `poll.tickets.url`: `{sincee}` means nothing here",
        "{since}",
    ];
    says(&["plugin", "mapping", "check", file.to_str().unwrap()], false, &words);
    says(
        &["plugin", "mapping", "check", "nowhere.toml"],
        false,
        &["nowhere.toml cannot be read"],
    );
    says(
        &["plugin", "mapping", "try", &of_the_channel("examples/isso.toml")],
        false,
        &["--sample FILE"],
    );
}

#[test]
fn a_sample_is_shown_as_a_person_reads_it_with_what_was_forgotten() {
    let (mapping, tickets) = (
        of_the_channel("examples/tickets.toml"),
        of_the_channel("fixtures/tickets.json"),
    );
    let articles = format!("by_ticket={}", of_the_channel("fixtures/articles-11.json"));
    let words = [
        "poll.tickets: 2 messages",
        "2026-07-30 09:00:00  Ana Sousa <ana@example.org> (@ana@example.org, id 5)  direct",
        "id 101, thread 11",
        "# Parcel is missing",
        "| Where is my parcel?",
        "file https://sample.example/api/v1/ticket_attachment/11/101/7",
        "Mia (@mia@northwind.example, id 3)  internal  ours",
        "message.article  $.to  (\"care@northwind.example\")",
        "Nothing was published.",
    ];
    says(
        &[
            "plugin", "mapping", "try", &mapping, "--sample", &tickets, "--sample", &articles,
        ],
        true,
        &words,
    );
    says(
        &["plugin", "mapping", "try", &mapping, "--sample", &tickets],
        true,
        &[
            "poll.tickets: 0 messages",
            "There is no sample for 2 of its addresses, such as /api/v1/ticket_articles/by_ticket/11",
        ],
    );
    let wrong = of_the_channel("plugin.toml");
    says(
        &["plugin", "mapping", "try", &mapping, "--sample", &wrong],
        false,
        &["no JSON", "not everything worked: poll.tickets"],
    );
}

#[test]
fn a_try_says_where_it_began_where_it_stopped_and_what_leads_nowhere() {
    let (mapping, tickets) = (
        of_the_channel("examples/tickets.toml"),
        of_the_channel("fixtures/tickets.json"),
    );
    let articles = format!("by_ticket={}", of_the_channel("fixtures/articles-11.json"));
    let samples = ["--sample", &tickets, "--sample", &articles];
    let attempt = |more: &[&str], file: &str, good, words: &[&str]| {
        says(
            &[&["plugin", "mapping", "try", file][..], &samples, more].concat(),
            good,
            words,
        );
    };
    attempt(&[], &mapping, true, &["This began at 1970", "(`history-days`)"]);
    attempt(
        &["--most", "1"],
        &mapping,
        true,
        &["It stops here, at 1 messages", "--most NUMBER"],
    );
    attempt(&["--from", "2026-08-01"], &mapping, true, &["This began at 2026-08-01"]);
    attempt(&["--from", "soon"], &mapping, false, &["--from: `soon` is no time"]);
    let folder = tempfile::tempdir().unwrap();
    let file = spoilt(folder.path(), "\"$.body\"", "\"$.boddy\"");
    let words = ["message.article.text  $.boddy is in none of 3 items; did you mean $.body?"];
    attempt(&[], file.to_str().unwrap(), true, &words);
}

#[test]
fn what_a_system_sends_by_itself_is_tried_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(of_the_channel("examples/isso.toml")).unwrap();
    let webhook = "\n[webhook]\nitems = \"$.comment\"\nmessage = \"comment\"\nverify = { secret = \"signing\", header = \"X-Signature\" }\n";
    let (mapping, sent) = (folder.path().join("blog.toml"), folder.path().join("sent.json"));
    std::fs::write(&mapping, format!("{text}{webhook}")).unwrap();
    let body = r#"{"comment":{"id":7,"uri":"/p/","parent":null,"author":"Ana","text":"<p>hi</p>","created":1785580000.25,"modified":null}}"#;
    std::fs::write(&sent, body).unwrap();
    let arguments = [
        "plugin",
        "mapping",
        "try",
        mapping.to_str().unwrap(),
        "--webhook",
        sent.to_str().unwrap(),
    ];
    says(&arguments, true, &["sent.json: 1 messages", "id 7, thread /p/", "| hi"]);
    std::fs::write(&sent, "{\"comment\":{}}").unwrap();
    says(
        &arguments,
        false,
        &["`message.comment.id`", "not everything worked: webhook"],
    );
}

#[test]
fn a_connection_with_a_mapping_is_checked_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    assert!(run(here, &["init"]).0);
    let add = |mapping: &str, plugin: &str, settings: &str, more: &[&str]| {
        let base = [
            "connection",
            "add",
            "desk",
            "--plugin",
            plugin,
            "--workspace",
            "demo",
            "--brand",
            "northwind",
        ];
        let rest = [
            "--mapping",
            mapping,
            "--settings",
            settings,
            "--grant",
            "tickets.example",
        ];
        run(here, &[&base[..], &rest[..], more].concat())
    };
    let refused = |(good, said): (bool, String), words: &[&str]| {
        assert!(!good, "{said}");
        for word in words {
            assert!(said.contains(word), "{word:?} is not in:\n{said}");
        }
    };
    let (good, issues) = (
        of_the_channel("examples/tickets.toml"),
        of_the_channel("examples/issues.toml"),
    );
    let base = r#"{"base":"https://tickets.example"}"#;
    let file = spoilt(here, "items", "itemss");
    refused(
        add(file.to_str().unwrap(), "http-json", base, &[]),
        &["line 17, `poll.tickets.itemss`"],
    );
    refused(
        add(&good, "http-json", base, &[]),
        &["the secret `token`", "--secret token=file:PATH@HOST"],
    );
    refused(
        add(&issues, "http-json", base, &[]),
        &["`values.repo` is missing", "owner/name"],
    );
    refused(
        add(&good, "mastodon", base, &[]),
        &["--mapping is for the plugin `http-json`"],
    );
    refused(
        add(
            &good,
            "http-json",
            r#"{"base":"https://tickets.example","mapping":"x"}"#,
            &[],
        ),
        &["a `mapping` already"],
    );
    refused(add(&good, "http-json", "[]", &[]), &["--settings"]);
    let (_, list) = run(here, &["connection", "list"]);
    assert!(list.starts_with("No line yet"), "{list}");
}
