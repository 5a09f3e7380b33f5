//! Every status and every notification that a real Mastodon server was recorded to send is understood by the same
//! code that a poll runs, and nothing that we claim to read is lost on the way.
//!
//! The recordings (VCR format, one YAML file for a session) are named by the environment variable
//! `JACKFIELD_RECORDED`; the folder has a subfolder `mastodon`. Without it the tests count as skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(clippy::print_stdout)] // a skip is said aloud

use jackfield_channel_mastodon::map::said;
use jackfield_channel_mastodon::wire::{Context, Notification, Status, Wording};
use jackfield_sdk::channel::{Event, Kind, Mark, Visibility};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const VARIABLE: &str = "JACKFIELD_RECORDED";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = std::env::var_os(VARIABLE).map(|dir| PathBuf::from(dir).join("mastodon"));
    let trials = match folder {
        None => {
            if !arguments.list {
                println!("skipped: {VARIABLE} is not set");
            }
            vec![Trial::test("every_recorded_exchange_is_understood", || Ok(())).with_ignored_flag(true)]
        }
        Some(folder) => {
            let files = files(&folder);
            let mut trials: Vec<Trial> = files.iter().cloned().map(file_trial).collect();
            trials.push(Trial::test("the_recordings_hold_what_this_test_is_about", move || {
                census(&files)
            }));
            trials
        }
    };
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{VARIABLE}: {}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "yaml"));
    files.sort();
    assert!(!files.is_empty(), "{VARIABLE}: no recordings in {}", folder.display());
    files
}

fn file_trial(file: PathBuf) -> Trial {
    let name = format!("understood::{}", file.file_stem().unwrap().to_string_lossy());
    Trial::test(name, move || {
        let mut found = Found::default();
        for body in bodies(&file) {
            found.walk(&body)?;
        }
        Ok(())
    })
}

/// Guards the test itself: recordings without a status in them would let everything pass.
fn census(files: &[PathBuf]) -> Result<(), Failed> {
    let mut found = Found::default();
    for file in files {
        for body in bodies(file) {
            found.walk(&body)?;
        }
    }
    let Found {
        statuses,
        notifications,
        edits,
        files,
        contexts,
        wordings,
    } = found;
    println!(
        "{statuses} statuses, {notifications} notifications, {edits} edited, {files} files, {contexts} contexts, {wordings} wordings"
    );
    if statuses < 100 || notifications < 5 || edits == 0 || contexts == 0 || wordings == 0 {
        return Err("the recordings hold too little to prove anything".into());
    }
    Ok(())
}

/// Every JSON value in the response bodies of a file, the events of a stream included.
fn bodies(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    let recording: yaml_serde::Value =
        yaml_serde::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let interactions = recording
        .get("interactions")
        .and_then(|i| i.as_sequence())
        .expect("interactions");
    let mut values = Vec::new();
    for interaction in interactions {
        let body = interaction
            .get("response")
            .and_then(|r| r.get("body"))
            .and_then(|b| b.get("string"));
        let Some(body) = body.and_then(|b| b.as_str()) else {
            continue;
        };
        match serde_json::from_str(body) {
            Ok(value) => values.push(value),
            Err(_) => values.extend(
                body.lines()
                    .filter_map(|l| serde_json::from_str(l.strip_prefix("data: ")?).ok()),
            ),
        }
    }
    values
}

#[derive(Default)]
struct Found {
    statuses: usize,
    notifications: usize,
    edits: usize,
    files: usize,
    contexts: usize,
    wordings: usize,
}

impl Found {
    fn walk(&mut self, value: &Value) -> Result<(), Failed> {
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.walk(item)),
            Value::Object(map) => {
                let has = |keys: &[&str]| keys.iter().all(|k| map.contains_key(*k));
                if has(&["id", "created_at", "account", "visibility"]) && (has(&["content"]) || has(&["text"])) {
                    self.status(value)?;
                } else if has(&["id", "type", "created_at", "account"]) {
                    self.notification(value)?;
                } else if has(&["ancestors", "descendants"]) {
                    serde_json::from_value::<Context>(value.clone()).map_err(|e| format!("context: {e}"))?;
                    self.contexts += 1;
                } else if has(&["content", "spoiler_text", "created_at", "account"]) && !has(&["id"]) {
                    serde_json::from_value::<Wording>(value.clone()).map_err(|e| format!("wording: {e}"))?;
                    self.wordings += 1;
                }
                map.values().try_for_each(|v| self.walk(v))
            }
            _ => Ok(()),
        }
    }

    fn notification(&mut self, value: &Value) -> Result<(), Failed> {
        let read: Notification =
            serde_json::from_value(value.clone()).map_err(|e| format!("notification: {e}: {value}"))?;
        if read.id.is_empty() || read.kind != value["type"] || read.status.is_some() == value["status"].is_null() {
            return Err(format!("a notification is read wrongly: {value}").into());
        }
        self.notifications += 1;
        Ok(())
    }

    fn status(&mut self, value: &Value) -> Result<(), Failed> {
        let read: Status = serde_json::from_value(value.clone()).map_err(|e| format!("status: {e}: {value}"))?;
        let event = said(&read, &read.id, "not us");
        let complaints = complaints(value, &event);
        if !complaints.is_empty() {
            return Err(format!("{complaints:?}\n{value}\n{event:?}").into());
        }
        self.statuses += 1;
        self.edits += usize::from(event.revision > 0);
        self.files += value["media_attachments"].as_array().map_or(0, Vec::len);
        Ok(())
    }
}

/// What of a status is not in its event.
fn complaints(status: &Value, event: &Event) -> Vec<String> {
    let Kind::Said(content) = &event.kind else {
        return vec!["it is not said".to_owned()];
    };
    let mut wrong = Vec::new();
    let mut check = |what: &str, good: bool| {
        if !good {
            wrong.push(what.to_owned());
        }
    };
    let text = |key: &str| status[key].as_str().filter(|t| !t.is_empty());
    let list = |key: &str| status[key].as_array().cloned().unwrap_or_default();
    let account = &status["account"];

    check("id", !event.remote_id.is_empty() && status["id"] == event.remote_id);
    let word = match &event.visibility {
        Visibility::Public => "public",
        Visibility::Unlisted => "unlisted",
        Visibility::Followers => "private",
        Visibility::Direct => "direct",
        Visibility::Internal => "internal",
        Visibility::Other(other) => other,
    };
    check("visibility", status["visibility"] == word);
    check("time", event.at > 1_700_000_000_000);
    check("revision", text("edited_at").is_some() == (event.revision > 0));
    check("parent", status["in_reply_to_id"].as_str() == event.parent.as_deref());
    check("page", text("url") == event.url.as_deref());
    check("language", text("language") == content.language.as_deref());
    check("warning", text("spoiler_text") == content.warning.as_deref());
    check("handle", account["acct"] == content.author.handle);
    check("author", account["id"] == content.author.id);
    check(
        "name",
        account["display_name"].as_str().filter(|n| !n.is_empty()) == content.author.display_name.as_deref(),
    );
    check("reach", account["followers_count"].as_u64() == content.author.reach);
    check(
        "program",
        account["bot"].as_bool().unwrap_or(false) == content.author.automated,
    );

    let files = list("media_attachments");
    check("files", files.len() == content.attachments.len());
    for (file, attachment) in files.iter().zip(&content.attachments) {
        check(
            "alt",
            file["description"].as_str().filter(|d| !d.is_empty()) == attachment.alt.as_deref(),
        );
        check("file type", attachment.media_type.is_some());
    }
    let has_words = !content.text.trim().is_empty();
    check(
        "words",
        has_words || !files.is_empty() || !status["poll"].is_null() || !status["reblog"].is_null(),
    );
    for option in status["poll"]["options"].as_array().cloned().unwrap_or_default() {
        check(
            "poll",
            content.text.contains(option["title"].as_str().unwrap_or_default()),
        );
    }
    // The answer to a deletion has the words as typed; there is no markup to find in them.
    let html = text("content").unwrap_or_default();
    for mention in list("mentions")
        .iter()
        .filter(|m| html.contains(m["url"].as_str().unwrap_or("\0")))
    {
        let named = |m: &Mark| matches!(m, Mark::Mention(acct) if mention["acct"] == **acct);
        check("mention", content.spans.iter().any(|s| named(&s.mark)));
    }
    for tag in list("tags").iter().filter(|_| !html.is_empty()) {
        check(
            "tag",
            content
                .spans
                .iter()
                .any(|s| matches!(&s.mark, Mark::Tag(name) if tag["name"] == **name)),
        );
    }
    let links = content
        .spans
        .iter()
        .filter(|s| matches!(s.mark, Mark::Link(_) | Mark::Mention(_) | Mark::Tag(_)));
    check("links", html.matches("<a ").count() <= links.count());
    for span in &content.spans {
        check(
            "span",
            content.text.get(span.start as usize..span.end as usize).is_some(),
        );
    }
    check("no markup is left", !content.text.contains("</"));
    wrong
}
