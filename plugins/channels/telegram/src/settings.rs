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
      "description": "The proxy that puts the token into the address, without a path: https://telegram-proxy.example"
    },
    "webhook": {
      "type": "boolean",
      "description": "True where a webhook is set: nothing is asked for then. False unless given."
    },
    "all": {
      "type": "boolean",
      "description": "True: everything in groups is for us. Else what names or answers the bot, and private chats; the rest is context."
    }
  }
}"#;

/// What a connection is told.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Without a slash at its end.
    pub server: String,
    /// Updates come by themselves.
    #[serde(default)]
    pub webhook: bool,
    /// Everything in groups is for us.
    #[serde(default)]
    pub all: bool,
}

pub(crate) fn read(settings: &str) -> Result<Settings, Trouble> {
    let mut settings: Settings = serde_json::from_str(settings)
        .map_err(|e| Trouble::Refused(format!("The settings of this connection cannot be read: {e}.")))?;
    settings.server.truncate(settings.server.trim_end_matches('/').len());
    Ok(settings)
}
