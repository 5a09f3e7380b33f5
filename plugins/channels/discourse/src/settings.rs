//! The connection's settings.

use jackfield_sdk::channel::Trouble;
use serde::Deserialize;

/// Checked by the host before every call.
pub(crate) const SCHEMA: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "required": ["server", "account"],
  "properties": {
    "server": {
      "type": "string",
      "format": "uri",
      "pattern": "^https?://[^?#@\\s]+$",
      "title": "Server",
      "description": "The forum's address, with its folder where it has one: https://forum.example"
    },
    "account": {
      "type": "string",
      "pattern": "^[^\\s/@?#]{1,60}$",
      "title": "Account",
      "description": "The user name that the key belongs to: answers are written as this account."
    },
    "categories": {
      "type": "array",
      "items": {"type": "integer", "minimum": 1},
      "maxItems": 200,
      "title": "Categories",
      "description": "Numbers of the categories that are watched; all of them where this is left out. Personal messages always are."
    },
    "mentions-only": {
      "type": "boolean",
      "default": false,
      "title": "Mentions only",
      "description": "Only posts that name or answer the account are for us; the rest is shown around them."
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
    pub(crate) account: String,
    /// Empty: all.
    #[serde(default)]
    pub(crate) categories: Vec<u64>,
    #[serde(default)]
    pub(crate) mentions_only: bool,
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
        Some(host) if !host.is_empty() && !host.contains(['?', '#', '@', ' ']) => Ok(settings),
        _ => Err(Trouble::Refused(format!(
            "`server` in the settings is {:?}; write the forum's address, as https://forum.example.",
            settings.server
        ))),
    }
}

impl Settings {
    /// User names are one whatever their case.
    pub(crate) fn is_us(&self, name: &str) -> bool {
        name.to_lowercase() == self.account.to_lowercase()
    }

    /// Whether posts of this category are taken.
    pub(crate) fn watches(&self, category: Option<u64>) -> bool {
        self.categories.is_empty() || category.is_some_and(|id| self.categories.contains(&id))
    }
}
