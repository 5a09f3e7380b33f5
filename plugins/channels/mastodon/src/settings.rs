//! The connection's settings.

use jackfield_sdk::channel::Trouble;
use serde::Deserialize;

/// Checked by the host before every call.
pub(crate) const SCHEMA: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "required": ["server"],
  "properties": {
    "server": {
      "type": "string",
      "format": "uri",
      "pattern": "^https?://[^/?#@\\s]+/?$",
      "title": "Server",
      "description": "Where the account lives, without a path: https://mastodon.example"
    },
    "history-days": {
      "type": "integer",
      "minimum": 0,
      "maximum": 3650,
      "default": 7,
      "title": "Days of history",
      "description": "How far back the first poll reaches; 0 takes only what comes from then on."
    }
  }
}"#;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Settings {
    /// Without a slash at its end.
    pub(crate) server: String,
    #[serde(default = "a_week")]
    pub(crate) history_days: u64,
}

fn a_week() -> u64 {
    7
}

pub(crate) fn read(settings: &str) -> Result<Settings, Trouble> {
    let mut settings: Settings = serde_json::from_str(settings)
        .map_err(|e| Trouble::Refused(format!("The settings of this connection cannot be read: {e}.")))?;
    settings.server.truncate(settings.server.trim_end_matches('/').len());
    let rest = settings
        .server
        .strip_prefix("https://")
        .or_else(|| settings.server.strip_prefix("http://"));
    match rest {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => Ok(settings),
        _ => Err(Trouble::Refused(format!(
            "`server` in the settings is {:?}; write the server's address without a path, as https://mastodon.example.",
            settings.server
        ))),
    }
}
