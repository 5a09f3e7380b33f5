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
      "description": "The account's own server (PDS), without a path: https://bsky.social"
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

#[derive(Debug, Clone, Deserialize)]
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
    Ok(settings)
}
