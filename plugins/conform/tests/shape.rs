//! The stand-in's JSON against recordings of a real server: every field that a real server always writes is there,
//! with the same kind of value.
//!
//! The recordings are named by the environment variable `JACKFIELD_RECORDED`, as in the tests of the connector.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(clippy::print_stdout)] // a skip is said aloud

use jackfield_conform::mastodon::{NewPost, Render, Visibility};
use jackfield_conform::{Config, Standin};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const VARIABLE: &str = "JACKFIELD_RECORDED";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = match std::env::var_os(VARIABLE) {
        None => {
            if !arguments.list {
                println!("skipped: {VARIABLE} is not set");
            }
            vec![Trial::test("the_stand_in_has_the_shape_of_a_real_server", || Ok(())).with_ignored_flag(true)]
        }
        Some(folder) => {
            let folder = PathBuf::from(folder).join("mastodon");
            vec![Trial::test("the_stand_in_has_the_shape_of_a_real_server", move || {
                compare(&folder)
            })]
        }
    };
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// What an object with these fields is.
fn kind_of(map: &Map<String, Value>) -> Option<&'static str> {
    let has = |keys: &[&str]| keys.iter().all(|k| map.contains_key(*k));
    if has(&["in_reply_to_id", "visibility", "content"]) {
        Some("status")
    } else if has(&["acct", "followers_count"]) {
        Some("account")
    } else if has(&["group_key", "type", "created_at"]) {
        Some("notification")
    } else if has(&["ancestors", "descendants"]) {
        Some("context")
    } else if has(&["last_status", "accounts", "unread"]) {
        Some("conversation")
    } else if has(&["content", "spoiler_text", "created_at"]) && !has(&["id"]) {
        Some("wording")
    } else if has(&["acct", "username", "url"]) {
        Some("mention")
    } else {
        None
    }
}

/// For each kind of object: the fields that each of its objects has, each with the types of its values.
type Shapes = BTreeMap<&'static str, BTreeMap<String, BTreeSet<&'static str>>>;

fn learn(value: &Value, shapes: &mut Shapes) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| learn(item, shapes)),
        Value::Object(map) => {
            if let Some(kind) = kind_of(map) {
                let fields = map.iter().map(|(k, v)| (k.clone(), BTreeSet::from([type_of(v)])));
                match shapes.get_mut(kind) {
                    None => drop(shapes.insert(kind, fields.collect())),
                    Some(known) => {
                        known.retain(|k, _| map.contains_key(k));
                        for (field, types) in known {
                            types.insert(type_of(&map[field]));
                        }
                    }
                }
            }
            map.values().for_each(|v| learn(v, shapes));
        }
        _ => {}
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn recorded(folder: &Path) -> Shapes {
    let mut shapes = Shapes::new();
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{VARIABLE}: {}: {e}", folder.display()));
    for file in entries
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "yaml"))
    {
        let recording: yaml_serde::Value = yaml_serde::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        for interaction in recording
            .get("interactions")
            .and_then(|i| i.as_sequence())
            .into_iter()
            .flatten()
        {
            let body = interaction
                .get("response")
                .and_then(|r| r.get("body"))
                .and_then(|b| b.get("string"));
            if let Some(Ok(value)) = body.and_then(|b| b.as_str()).map(serde_json::from_str::<Value>) {
                learn(&value, &mut shapes);
            }
        }
    }
    shapes
}

/// One of everything that the stand-in writes.
fn ours() -> Shapes {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut shapes = Shapes::new();
    let standin = runtime
        .block_on(Standin::start(Config {
            people: 1,
            ..Config::default()
        }))
        .unwrap();
    let values = standin.with_world(|world| {
        let brand = world.by_acct("northwind").unwrap().id;
        let ana = world.by_acct("ana").unwrap().id;
        let new = NewPost {
            visibility: Visibility::Direct,
            ..NewPost::public("@northwind #tea https://a.example")
        };
        let first = world.publish(ana, new, None, 1_785_592_299_138).unwrap();
        world
            .edit(ana, first, "@northwind again", "", 1_785_592_300_000)
            .unwrap();
        let render = Render {
            world,
            viewer: Some(brand),
        };
        let post = world.post(first).unwrap();
        let notice = world.notices_of(brand).next().unwrap();
        let account = render.own_account(world.account(brand).unwrap());
        json!([render.post(post), render.history(post), render.notice(notice), account,
            {"ancestors": [], "descendants": []}, {"last_status": null, "accounts": [], "unread": true, "id": "1"}])
    });
    learn(&values, &mut shapes);
    shapes
}

fn compare(folder: &Path) -> Result<(), Failed> {
    let (theirs, ours) = (recorded(folder), ours());
    let mut missing = Vec::new();
    for (kind, fields) in &theirs {
        let Some(own) = ours.get(kind) else {
            missing.push(format!("{kind}: not written at all"));
            continue;
        };
        for (field, types) in fields {
            match own.get(field) {
                None => missing.push(format!("{kind}.{field}")),
                // Another type is wrong unless one of the two had nothing to say.
                Some(own) if own.is_disjoint(types) && !own.contains("null") && !types.contains("null") => {
                    missing.push(format!("{kind}.{field}: {own:?}, a real server writes {types:?}"));
                }
                Some(_) => {}
            }
        }
    }
    let counted: usize = theirs.values().map(BTreeMap::len).sum();
    println!(
        "{} kinds of objects, {counted} fields that are always there",
        theirs.len()
    );
    if counted < 60 || !theirs.contains_key("status") {
        return Err("the recordings hold too little to prove anything".into());
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("{missing:#?}").into())
    }
}
