//! A mapping file on its way into a connection's settings: checked before anything is written, with a line for every
//! mistake.

use crate::cli::plugin::mapping::read;
use jackfield_channel_http_json::trial;
use jackfield_protocol::ConnectionRecord;
use std::path::Path;

/// The plugin that takes mappings.
const PLUGIN: &str = "http-json";

/// The settings with the mapping of the file in them.
pub(super) fn settings(plugin: &str, settings: &str, file: Option<&Path>) -> Result<String, String> {
    let Some(file) = file else {
        return Ok(settings.to_owned());
    };
    if plugin != PLUGIN {
        return Err(format!(
            "--mapping is for the plugin `{PLUGIN}`, and this line is of `{plugin}`; write --plugin {PLUGIN}, or leave it away"
        ));
    }
    let (text, _) = read(file)?;
    trial::with_mapping(settings, &text).map_err(|why| format!("--settings: {why}"))
}

/// The same plugin at the same base address; only the mapping and the values that it asks for are others.
pub(super) fn only_mapping_differs(before: &ConnectionRecord, after: &ConnectionRecord) -> bool {
    let rest = |record: &ConnectionRecord| {
        let mut settings = serde_json::from_str::<serde_json::Value>(&record.settings).ok()?;
        let object = settings.as_object_mut()?;
        object.remove("mapping");
        object.remove("values");
        Some((record.plugin == PLUGIN, settings))
    };
    before.plugin == after.plugin && rest(before).is_some_and(|(is, _)| is) && rest(before) == rest(after)
}

/// The settings of a line with another mapping, and other values where they are given.
pub(super) fn changed(record: &ConnectionRecord, file: &Path, given: &[String]) -> Result<String, String> {
    if record.plugin != PLUGIN {
        return Err(format!(
            "the line {} is of the plugin `{}`, which has no mapping; mappings are for `{PLUGIN}`",
            record.id, record.plugin
        ));
    }
    let (text, mapping) = read(file)?;
    let mut settings: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&record.settings).map_err(|error| format!("the settings of {}: {error}", record.id))?;
    settings.insert("mapping".to_owned(), text.into());
    let mut values = match settings.remove("values") {
        Some(serde_json::Value::Object(values)) => values,
        _ => serde_json::Map::new(),
    };
    // What the mapping asks for no longer is not kept: the plugin refuses what it does not know.
    values.retain(|name, _| mapping.values().any(|(known, _)| known == name));
    for text in given {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| format!("--value {text}: there is no `=`; write it as NAME=VALUE"))?;
        values.insert(name.to_owned(), value.into());
    }
    if !values.is_empty() {
        settings.insert("values".to_owned(), values.into());
    }
    let settings = serde_json::Value::Object(settings).to_string();
    trial::check_settings(&settings).map_err(|why| format!("{why} A value is given with --value NAME=VALUE"))?;
    Ok(settings)
}

/// What the engine cannot know: whether the mapping is one, its values are there, and each secret that it names is given.
pub(super) fn check(record: &ConnectionRecord) -> Result<(), String> {
    if record.plugin != PLUGIN {
        return Ok(());
    }
    trial::check_settings(&record.settings)?;
    let text = serde_json::from_str::<serde_json::Value>(&record.settings).ok();
    let text = text.as_ref().and_then(|settings| settings.get("mapping")?.as_str());
    let Some(Ok(mapping)) = text.map(jackfield_channel_http_json::Mapping::read) else {
        return Ok(());
    };
    let given = |name: &&String| record.secrets.iter().any(|secret| secret.name == **name);
    match mapping.secrets().iter().find(|name| !given(name)) {
        Some(name) => Err(format!(
            "the mapping uses the secret `{name}`; add it with --secret {name}=file:PATH@HOST"
        )),
        None => Ok(()),
    }
}
