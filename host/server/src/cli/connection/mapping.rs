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
