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
      "pattern": "^https?://[^/?#@\\s]+/?$",
      "description": "The homeserver's address for clients, without a path: https://matrix.example"
    },
    "rooms": {
      "type": "array",
      "items": {"type": "string", "pattern": "^![^\\s]+$"},
      "description": "Ids of the rooms that are listened to: !abc:example. All that the account has joined unless given."
    },
    "all": {
      "type": "boolean",
      "description": "True: everything in these rooms is for us. Else what names or answers us, and direct chats; the rest is shown as context."
    },
    "accept-invites": {
      "type": "boolean",
      "description": "Whether the account joins what it is invited to; true unless given, because that is how people begin a direct chat."
    },
    "history-days": {
      "type": "integer",
      "minimum": 0,
      "maximum": 3650,
      "description": "How far back the first poll reaches; 7 unless given, 0 takes only what comes from then on."
    }
  }
}"#;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Settings {
    /// Without a slash at its end.
    pub(crate) server: String,
    #[serde(default)]
    pub(crate) rooms: Vec<String>,
    #[serde(default)]
    pub(crate) all: bool,
    #[serde(default = "yes")]
    pub(crate) accept_invites: bool,
    #[serde(default = "a_week")]
    pub(crate) history_days: u64,
}

fn yes() -> bool {
    true
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
