//! Every post of a real forum's recorded answers is understood by the code that a poll runs.
//!
//! The recordings are named by the environment variable `JACKFIELD_RECORDED`; the folder has a subfolder `discourse` with
//! JSON files somewhere below. Without it the test counts as skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(clippy::print_stdout)] // a skip is said aloud

use jackfield_channel_discourse::text::words;
use jackfield_channel_discourse::wire::{Latest, Made, Post, Topic};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const VARIABLE: &str = "JACKFIELD_RECORDED";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = std::env::var_os(VARIABLE).map(|dir| PathBuf::from(dir).join("discourse"));
    let trial = match folder {
        None => {
            if !arguments.list {
                println!("skipped: {VARIABLE} is not set");
            }
            Trial::test("every_recorded_post_is_understood", || Ok(())).with_ignored_flag(true)
        }
        Some(folder) => Trial::test("every_recorded_post_is_understood", move || all(&folder)),
    };
    libtest_mimic::run(&arguments, vec![trial]).exit_code()
}

fn all(folder: &Path) -> Result<(), Failed> {
    let mut files = Vec::new();
    collect(folder, &mut files);
    let (mut posts, mut topics, mut lists, mut made) = (0, 0, 0, 0);
    for file in &files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let body: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).map_err(|e| format!("{name}: {e}"))?;
        walk(&body, &name, &mut posts)?;
        if body.get("latest_posts").is_some() {
            let list: Latest = serde_json::from_value(body.clone()).map_err(|e| format!("{name}: {e}"))?;
            lists += usize::from(!list.posts.is_empty());
        }
        if body.get("post_stream").is_some() {
            let topic: Topic = serde_json::from_value(body.clone()).map_err(|e| format!("{name}: {e}"))?;
            topics += usize::from(!topic.post_stream.posts.is_empty());
        }
        if name == "create_topic_with_tags.json" {
            let answer: Made = serde_json::from_value(body.clone()).map_err(|e| format!("{name}: {e}"))?;
            made += usize::from(matches!(answer, Made::Post(_)));
        }
    }
    println!(
        "{posts} posts, {topics} topics, {lists} lists, {made} answers to a new post in {} files",
        files.len()
    );
    if posts < 10 || topics < 2 || lists < 2 || made < 1 {
        return Err("the recordings hold too little to prove anything".into());
    }
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{VARIABLE}: {}: {e}", folder.display()));
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "json") && path.file_stem().is_some() {
            files.push(path);
        }
    }
}

/// Everything that looks like a post.
fn walk(value: &Value, name: &str, posts: &mut usize) -> Result<(), Failed> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| walk(item, name, posts)),
        Value::Object(map) => {
            let has = |keys: &[&str]| keys.iter().all(|key| map.contains_key(*key));
            if has(&["id", "cooked", "post_number", "username"]) {
                one(value, name)?;
                *posts += 1;
            }
            map.values().try_for_each(|inner| walk(inner, name, posts))
        }
        _ => Ok(()),
    }
}

fn one(value: &Value, name: &str) -> Result<(), Failed> {
    let post: Post = serde_json::from_value(value.clone()).map_err(|e| format!("{name}: {e}: {value}"))?;
    let read = words(&post.cooked, "https://forum.example");
    let wrong = |what: &str| Err(format!("{name}: post {}: {what}: {read:?}", post.id).into());
    if value["id"] != post.id || value["username"] != post.username || value["post_number"] != post.post_number {
        return wrong("it is read wrongly");
    }
    if jackfield_sdk::time::parse_ms(&post.created_at).is_none() {
        return wrong("its time is not read");
    }
    if read.text.trim().is_empty() && read.files.is_empty() && !post.cooked.trim().is_empty() {
        return wrong("its words are lost");
    }
    if ["</", "<p>", "<a "].iter().any(|markup| read.text.contains(markup)) {
        return wrong("markup is left");
    }
    let links = post.cooked.matches("<a ").count();
    let marks = read.spans.iter().filter(|span| {
        use jackfield_sdk::channel::Mark;
        matches!(span.mark, Mark::Link(_) | Mark::Mention(_) | Mark::Tag(_))
    });
    if links > 0 && marks.count() == 0 && read.files.is_empty() {
        return wrong("its links are lost");
    }
    Ok(())
}
