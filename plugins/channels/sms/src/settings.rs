//! The connection's settings.

use jackfield_sdk::channel::Trouble;
use serde::Deserialize;

/// Checked by the host before every call.
pub(crate) const SCHEMA: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "required": ["api", "account", "number"],
  "properties": {
    "api": {
      "type": "string",
      "pattern": "^https?://[^/?#@\\s]+/?$",
      "description": "Where the API is, without a path: https://api.twilio.com"
    },
    "account": {
      "type": "string",
      "pattern": "^AC[0-9a-fA-F]{32}$",
      "description": "The account SID, from the first page of the console."
    },
    "number": {
      "type": "string",
      "pattern": "^(\\+[1-9][0-9]{6,14}|[0-9]{3,8})$",
      "description": "Our number with its country, +15005550006, or a short code."
    },
    "callback": {
      "type": "string",
      "pattern": "^https://[^\\s?#]+$",
      "description": "The address of this connection's webhooks, as `connection add` prints it. With it, delivery states arrive, and a sent message is found again by our own key."
    },
    "most-segments": {
      "type": "integer",
      "minimum": 1,
      "maximum": 10,
      "description": "An answer that would be sent in more parts is refused; 6 unless given. Each part is paid for."
    },
    "history-days": {
      "type": "integer",
      "minimum": 0,
      "maximum": 400,
      "description": "How far back the first poll reaches; 7 unless given, 0 takes only what comes from then on."
    }
  }
}"#;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Settings {
    /// Without a slash at its end.
    pub(crate) api: String,
    pub(crate) account: String,
    pub(crate) number: String,
    #[serde(default)]
    pub(crate) callback: Option<String>,
    #[serde(default = "six")]
    pub(crate) most_segments: usize,
    #[serde(default = "a_week")]
    pub(crate) history_days: u64,
}

fn six() -> usize {
    6
}

fn a_week() -> u64 {
    7
}

pub(crate) fn read(settings: &str) -> Result<Settings, Trouble> {
    let mut settings: Settings = serde_json::from_str(settings)
        .map_err(|e| Trouble::Refused(format!("The settings of this connection cannot be read: {e}.")))?;
    settings.api.truncate(settings.api.trim_end_matches('/').len());
    Ok(settings)
}
