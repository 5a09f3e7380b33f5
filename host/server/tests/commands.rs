//! The program as an operator meets it: what each command writes, and the sentence where it does not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a command said.
struct Said {
    good: bool,
    out: String,
    err: String,
}

/// Runs the program in a folder, with nothing of this process's own settings.
fn run(folder: &Path, arguments: &[&str]) -> Said {
    run_with(folder, arguments, &[])
}

fn run_with(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jackfield"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("JACKFIELD_")) {
        command.env_remove(name);
    }
    // No panel and no plugins: what these tests say does not depend on a build of them.
    command.env("JACKFIELD_BUNDLE", folder.join("bundle"));
    command.envs(settings.iter().copied());
    let output = command.output().unwrap();
    Said {
        good: output.status.success(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder with what `init` writes.
fn house() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let said = run(folder.path(), &["init"]);
    assert!(said.good, "{}", said.err);
    folder
}

/// The refusal in words, and every file as it was.
fn refused(folder: &Path, arguments: &[&str], words: &[&str]) {
    let before = files(folder);
    let said = run(folder, arguments);
    assert!(!said.good, "{arguments:?}: {}", said.out);
    for word in words {
        assert!(said.err.contains(word), "{arguments:?}: {}", said.err);
    }
    assert_eq!(files(folder), before, "{arguments:?} changed something");
}

/// Every file by a digest of its bytes. SQLite moves pages between its files when it only opens them: what is in a
/// database is asked of the database.
fn files(folder: &Path) -> Vec<(String, String)> {
    use sha2::{Digest, Sha256};
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| !name.starts_with("jackfield.db"))
        .map(|(name, path)| (name, hex::encode(Sha256::digest(std::fs::read(path).unwrap()))))
        .collect();
    all.sort();
    all
}

#[test]
fn init_writes_what_serve_needs_and_never_over_what_is_there() {
    let folder = house();
    let mode = |name: &str| {
        std::fs::metadata(folder.path().join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("issuer.key"), 0o600);
    assert!(folder.path().join("jackfield.db").exists());
    let key = std::fs::read_to_string(folder.path().join("issuer.key")).unwrap();
    assert_eq!(key.trim().len(), 64);
    assert_ne!(key, std::fs::read_to_string(house().path().join("issuer.key")).unwrap());
    refused(folder.path(), &["init"], &["is there already", "--dir"]);
    refused(
        folder.path(),
        &["init", "--dir", "x", "--brand", "No Good"],
        &["--brand", "a-z 0-9"],
    );
    refused(
        folder.path(),
        &["init", "--dir", "x", "--origin", "crm.example"],
        &["--origin", "https://crm.example"],
    );
}

#[test]
fn a_token_is_printed_alone_and_refused_with_what_to_mend() {
    let folder = house();
    let said = run(
        folder.path(),
        &[
            "token",
            "--agent",
            "mia",
            "--brand",
            "northwind",
            "--origin",
            "http://127.0.0.1:7070",
        ],
    );
    assert!(said.good, "{}", said.err);
    assert_eq!((said.out.trim().split('.').count(), said.out.lines().count()), (3, 1));
    let ask = |changes: &[&'static str]| {
        let mut all = vec!["token", "--agent", "mia"];
        all.extend(changes);
        all
    };
    refused(
        folder.path(),
        &ask(&["--brand", "eastwind"]),
        &["eastwind", "crm (northwind)"],
    );
    refused(folder.path(), &ask(&["--brand", "northwind", "--ttl", "2h"]), &["3600"]);
    refused(
        folder.path(),
        &ask(&["--brand", "northwind", "--ttl", "soon"]),
        &["15m"],
    );
    refused(
        folder.path(),
        &ask(&["--brand", "northwind", "--origin", "http://evil.example"]),
        &["not among the origins"],
    );
    let key = folder.path().join("issuer.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    refused(
        folder.path(),
        &ask(&["--brand", "northwind"]),
        &["everybody on this machine", "chmod 600"],
    );
    std::fs::write(&key, "short").unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    refused(
        folder.path(),
        &ask(&["--brand", "northwind"]),
        &["5 bytes", "32 or more"],
    );
    std::fs::remove_file(&key).unwrap();
    refused(
        folder.path(),
        &ask(&["--brand", "northwind"]),
        &["cannot be read", "issuer.key"],
    );
}

#[test]
fn a_bad_configuration_is_named_by_file_line_and_key() {
    let folder = house();
    let path = folder.path().join("jackfield.toml");
    let good = std::fs::read_to_string(&path).unwrap();
    let line = |word: &str| 1 + good.lines().position(|line| line.starts_with(word)).unwrap();
    for (from, to, place, words) in [
        (
            "database =",
            "datastore =",
            format!("line {}", line("database")),
            "`datastore`",
        ),
        (
            "algorithm = \"HS256\"",
            "algorithm = \"none\"",
            format!("line {}", line("algorithm")),
            "Write HS256, RS256 or EdDSA",
        ),
        (
            "key = \"file:issuer.key\"",
            "key = \"hunter2hunter2\"",
            format!("line {}", line("key")),
            "file:PATH or env:NAME",
        ),
        (
            "name = \"crm\"",
            "name = 7",
            format!("line {}", line("name")),
            "`issuer.name`",
        ),
        (
            "listen = \"127.0.0.1:7070\"",
            "listen = \"7070\"",
            "line 2".to_owned(),
            "IP:PORT",
        ),
        (
            "plugins = [\"keywords\"]",
            "plugins = [\"key words\"]",
            format!("line {}", line("plugins")),
            "`triage.plugins`",
        ),
        (
            "[triage]",
            "[budget.\"*\"]\nrequests-per-minute = 3\n[triage]",
            format!("line {}", line("[triage]") + 1),
            "requests-per-hour",
        ),
        (
            "[triage]",
            "[budget.main]\nweight = 0\n[triage]",
            format!("line {}", line("[triage]") + 1),
            "`budget.main.weight`: 0 is out of range. Write a number from 1 to 1000",
        ),
        (
            "[triage]",
            "[budget.\"No Name\"]\nweight = 1\n[triage]",
            format!("line {}", line("[triage]")),
            "\"*\" for every connection",
        ),
        ("[triage]", "[triage", format!("line {}", line("[triage]")), "TOML"),
    ] {
        assert!(good.contains(from), "{from}");
        std::fs::write(&path, good.replace(from, to)).unwrap();
        refused(folder.path(), &["doctor"], &["jackfield.toml", &place, words]);
    }
    std::fs::write(&path, good.replace("hunter2", "")).unwrap();
    let said = run_with(folder.path(), &["doctor"], &[("JACKFIELD_LISTEN", "everywhere")]);
    assert!(
        said.err.contains("JACKFIELD_LISTEN") && said.err.contains("IP:PORT"),
        "{}",
        said.err
    );
    std::fs::remove_file(&path).unwrap();
    refused(folder.path(), &["serve"], &["there is no such file", "jackfield init"]);
}

#[test]
fn what_stands_where_a_reference_should_is_not_repeated() {
    let folder = house();
    let path = folder.path().join("jackfield.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("file:issuer.key", "correct-horse-battery")).unwrap();
    let said = run(folder.path(), &["doctor"]);
    assert!(
        !said.err.contains("horse") && !said.out.contains("horse"),
        "{}{}",
        said.out,
        said.err
    );
}

#[test]
fn a_damaged_database_is_said_by_every_command_and_left_as_it_is() {
    let folder = house();
    let database = folder.path().join("jackfield.db");
    let damaged = b"SQLite format 3\0 and then nothing that was ever written by one";
    std::fs::write(&database, damaged).unwrap();
    for command in [
        &["log", "verify"][..],
        &["connection", "list"],
        &["serve", "--listen", "127.0.0.1:0"],
    ] {
        refused(folder.path(), command, &["jackfield.db", "damaged", "backup"]);
    }
    let said = run(folder.path(), &["doctor"]);
    assert!(
        !said.good && said.out.contains("WRONG database") && said.out.contains("damaged"),
        "{}",
        said.out
    );
    assert_eq!(std::fs::read(&database).unwrap(), damaged);
}

#[test]
fn a_misspelt_database_is_not_an_empty_host() {
    let folder = house();
    for command in [
        &["serve", "--database", "jackfeild.db", "--listen", "127.0.0.1:0"][..],
        &["connection", "list", "--database", "jackfeild.db"],
        &["log", "verify", "--database", "jackfeild.db"],
    ] {
        refused(
            folder.path(),
            command,
            &[
                "there is no database at jackfeild.db",
                "--database",
                "jackfield serve --create",
            ],
        );
    }
    assert!(!folder.path().join("jackfeild.db").exists());
    let said = run(folder.path(), &["doctor", "--database", "jackfeild.db"]);
    assert!(
        said.out
            .contains("WRONG database: there is no database at jackfeild.db"),
        "{}",
        said.out
    );
}

#[test]
fn a_misspelt_setting_of_the_environment_is_told_at_the_start() {
    let folder = house();
    // It stops at the next thing that is wrong: the bundle has no plugins. The warning came before.
    let said = run_with(
        folder.path(),
        &["serve", "--listen", "127.0.0.1:0"],
        &[("JACKFIELD_LISTEM", "127.0.0.1:1"), ("JACKFIELD_SECRET_CRM", "x")],
    );
    assert!(
        said.err.contains("JACKFIELD_LISTEM is not one of ours") && said.err.contains("Was JACKFIELD_LISTEN meant?"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("SECRET_CRM"), "{}", said.err);
}

#[test]
fn a_line_is_refused_before_anything_is_written() {
    let folder = house();
    let add = |changes: &[&'static str]| {
        let mut all = vec![
            "connection",
            "add",
            "main",
            "--plugin",
            "mastodon",
            "--workspace",
            "demo",
            "--brand",
            "northwind",
        ];
        all.extend(changes);
        all
    };
    refused(folder.path(), &add(&[]), &["there is no plugin `mastodon`"]);
    refused(folder.path(), &add(&["--secret", "token"]), &["NAME=file:PATH@HOST"]);
    refused(
        folder.path(),
        &add(&["--secret", "token=hunter2@host"]),
        &["file:PATH or env:NAME"],
    );
    let other = [
        "connection",
        "add",
        "main",
        "--plugin",
        "mastodon",
        "--workspace",
        "demo",
        "--brand",
        "eastwind",
    ];
    refused(folder.path(), &other, &["no issuer speaks", "demo/northwind"]);
    for command in ["check", "pause", "resume", "remove"] {
        refused(
            folder.path(),
            &["connection", command, "main"],
            &["there is no line `main`"],
        );
    }
    let said = run(folder.path(), &["connection", "list"]);
    assert!(said.good && said.out.contains("connection add --help"), "{}", said.out);
}

#[test]
fn the_demo_listens_on_this_machine_only() {
    let folder = house();
    refused(
        folder.path(),
        &["serve", "--demo", "--listen", "0.0.0.0:0"],
        &["--demo", "this machine only"],
    );
}

#[test]
fn doctor_says_a_line_for_each_thing_and_what_to_do() {
    let folder = house();
    let said = run(folder.path(), &["doctor"]);
    for line in [
        "ok    configuration",
        "ok    issuers",
        "ok    database",
        "ok    clock",
        "ok    sandbox",
    ] {
        assert!(said.out.contains(line), "{line}: {}", said.out);
    }
    // No plugins are in this bundle, and the configuration names one.
    assert!(
        !said.good && said.out.contains("WRONG triage plugin keywords"),
        "{}",
        said.out
    );
    assert!(said.err.contains("to mend"), "{}", said.err);
}

#[test]
fn doctor_tells_another_program_from_a_host_that_runs() {
    let folder = house();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    // It takes the call and says nothing that a host would say.
    let answers = std::thread::spawn(move || {
        use std::io::Write;
        let (mut stream, _) = taken.accept().unwrap();
        stream.write_all(b"220 mail.example\r\n").unwrap();
    });
    let said = run(folder.path(), &["doctor", "--listen", &address]);
    answers.join().unwrap();
    let line = format!("WRONG address: another program listens on {address}");
    assert!(!said.good && said.out.contains(&line), "{}", said.out);
}

#[test]
fn the_log_of_an_empty_house_verifies_and_equals_its_rebuild() {
    let folder = house();
    for (command, words) in [("verify", "as it was written"), ("rebuild", "equals its rebuild")] {
        let said = run(folder.path(), &["log", command]);
        assert!(
            said.good && said.out.contains(words),
            "{command}: {}{}",
            said.out,
            said.err
        );
    }
}

#[test]
fn openapi_prints_the_document() {
    let folder = tempfile::tempdir().unwrap();
    let said = run(folder.path(), &["openapi"]);
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert!(document["paths"]["/api/v1/feed"].is_object());
}

#[test]
fn every_command_has_help_for_a_stranger() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        &["--help"][..],
        &["init", "--help"],
        &["serve", "--help"],
        &["connection", "--help"],
        &["connection", "add", "--help"],
        &["connection", "reingest", "--help"],
        &["connection", "poison", "--help"],
        &["token", "--help"],
        &["plugin", "--help"],
        &["doctor", "--help"],
        &["log", "--help"],
        &["log", "rebuild", "--help"],
        &["openapi", "--help"],
    ] {
        let said = run(folder.path(), command);
        assert!(said.good && said.out.len() > 100, "{command:?}: {}", said.out);
    }
    for command in [
        &["init", "--help"][..],
        &["serve", "--help"],
        &["token", "--help"],
        &["connection", "add", "--help"],
        &["connection", "reingest", "--help"],
        &["connection", "poison", "--help"],
    ] {
        assert!(run(folder.path(), command).out.contains("Example:"), "{command:?}");
    }
}
