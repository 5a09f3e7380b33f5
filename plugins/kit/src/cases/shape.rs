//! What a plugin says of itself.

use super::{Bench, Not, Verdict};
use crate::line;
use jackfield_engine::{
    ConnectionSpec,
    bindings::Ability,
    egress::{Grants, SystemResolver},
    trace::{Matching, Script},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// That it makes no import calls and keeps its bounds is checked whenever a plugin is loaded; here, that it says the
/// same each time and says enough.
pub(crate) fn describe(bench: &Bench<'_>) -> Verdict {
    let told = bench.stage.plugin.description();
    if told != bench.stage.counted.description() {
        return Err("two instances describe themselves differently; `describe` has to say the same each time".into());
    }
    if told.network.chars().any(char::is_uppercase) {
        return Err(format!("`network` is {:?}; write it in lower case", told.network).into());
    }
    if told.can.is_empty() {
        return Err("`can` is empty; a channel that can do nothing is of no use. Add `poll` or `reply-public`".into());
    }
    let schema: Value = serde_json::from_str(&told.settings_schema).map_err(|error| error.to_string())?;
    for (name, field) in schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        if field.get("description").is_none() && field.get("title").is_none() {
            return Err(format!(
                "the setting `{name}` has no `description`; people fill it in and have to know what it is"
            )
            .into());
        }
    }
    let can: Vec<_> = told.can.iter().map(|ability| format!("{ability:?}")).collect();
    Ok(format!("network {}, can {}", told.network, can.join(", ")))
}

/// Good settings are taken, and none that are spoiled in one of the usual ways.
pub(crate) fn settings_schema(bench: &Bench<'_>) -> Verdict {
    let told = bench.stage.plugin.description();
    let schema: Value = serde_json::from_str(&told.settings_schema).map_err(|error| error.to_string())?;
    if schema.get("additionalProperties") != Some(&json!(false)) {
        return Err(
            "the schema has no `\"additionalProperties\": false`, so a misspelt setting is taken in silence".into(),
        );
    }
    let good = good_settings(bench)?;
    let Ok(Value::Object(map)) = serde_json::from_str::<Value>(&good) else {
        return Err(format!("the settings of the stand-in or trace are no JSON object: {good}").into());
    };
    let taken = |settings: &Value| connects(bench, &settings.to_string());
    taken(&Value::Object(map.clone())).map_err(|why| format!("good settings are refused: {why}"))?;
    let mut tried = 0;
    let mut refuse = |what: String, spoiled: Value| -> Result<(), String> {
        tried += 1;
        match taken(&spoiled) {
            Ok(()) => Err(format!("{what} is taken: {spoiled}")),
            Err(_) => Ok(()),
        }
    };
    let mut more = map.clone();
    more.insert("no-such-setting".to_owned(), json!(1));
    refuse("a setting that there is not".to_owned(), Value::Object(more))?;
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        let Some(name) = name.as_str() else { continue };
        let mut less = map.clone();
        less.remove(name);
        refuse(format!("leaving out the required `{name}`"), Value::Object(less))?;
    }
    for (name, field) in schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        if let Some(kind) = field.get("type") {
            // Of another kind than any that the field could be.
            let (what, odd) = match kind.as_str() {
                Some("object") => ("a list", json!([{"not": "this"}])),
                _ => ("an object", json!({"not": ["this"]})),
            };
            let mut wrong = map.clone();
            wrong.insert(name.clone(), odd);
            refuse(format!("{what} in `{name}`"), Value::Object(wrong))?;
        }
    }
    Ok(format!("{tried} spoiled settings were refused"))
}

/// Settings that work: the stand-in's, or those of a trace.
fn good_settings(bench: &Bench<'_>) -> Result<String, Not> {
    let subject = bench.subject;
    match (&subject.conform.standin, subject.traces.first()) {
        (Some(standin), _) => Ok(standin.settings("http://127.0.0.1:1")),
        (None, Some((_, trace))) => Ok(trace.header.settings.clone()),
        (None, None) => Err(Not::Untried(
            "good settings are known from a stand-in in conform.toml, or from a trace under fixtures/".to_owned(),
        )),
    }
}

fn connects(bench: &Bench<'_>, settings: &str) -> Result<(), String> {
    let spec = ConnectionSpec {
        id: "kit".to_owned(),
        settings: settings.to_owned(),
        grants: Grants::default(),
        secrets: Vec::new(),
        limits: line::limits(),
        resolver: Arc::new(SystemResolver),
        recorder: None,
    };
    let nobody = Arc::new(Script::new(Matching::Tolerant));
    let opened = bench.stage.plugin.connect_to(nobody, spec);
    opened.map(|_| ()).map_err(|error| error.to_string())
}

/// Whether the plugin says that it can do this.
pub(crate) fn can(bench: &Bench<'_>, ability: &Ability) -> Result<(), Not> {
    let told = bench.stage.plugin.description();
    if told.can.contains(ability) {
        return Ok(());
    }
    Err(Not::DoesNotApply(format!(
        "the plugin does not say `{}`, so nothing is claimed",
        word(ability)
    )))
}

/// As the contract writes it: whoever wrote a plugin in another language knows no other word.
fn word(ability: &Ability) -> &str {
    match ability {
        Ability::Poll => "poll",
        Ability::ReplyPublic => "reply-public",
        Ability::ReplyPrivate => "reply-private",
        Ability::Edits => "edits",
        Ability::Deletions => "deletions",
        Ability::Threads => "threads",
        Ability::Other(word) => word,
    }
}

/// Whether it answers at all.
pub(crate) fn answers(bench: &Bench<'_>) -> Result<(), Not> {
    can(bench, &Ability::ReplyPublic)
        .or_else(|_| can(bench, &Ability::ReplyPrivate))
        .map_err(|_| Not::DoesNotApply("the plugin says neither `reply-public` nor `reply-private`".to_owned()))
}
