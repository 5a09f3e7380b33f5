//! The connection's settings.

use jackfield_sdk::channel::{Request, Trouble};
use serde::Deserialize;

/// Checked by the host before every call.
pub(crate) const SCHEMA: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "required": ["url"],
  "properties": {
    "url": {
      "type": "string",
      "format": "uri",
      "pattern": "^https?://[^@\\s#]+$",
      "title": "Address",
      "description": "The feed itself, not the page that it is of: https://blog.example/feed.xml"
    },
    "sign-in": {
      "type": "string",
      "enum": ["none", "bearer", "basic"],
      "default": "none",
      "title": "Sign in",
      "description": "How the secret `credential` is sent where the feed is not for everybody: behind Bearer, or behind Basic."
    },
    "every-minutes": {
      "type": "integer",
      "minimum": 1,
      "maximum": 60,
      "default": 5,
      "title": "Minutes between looks",
      "description": "How often the feed is looked at; less often where its server asks for that."
    },
    "history-days": {
      "type": "integer",
      "minimum": 0,
      "maximum": 3650,
      "default": 7,
      "title": "Days of history",
      "description": "How old an entry may be that the first look takes; 0 takes only what comes from then on."
    }
  }
}"#;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) url: String,
    #[serde(default)]
    sign_in: SignIn,
    #[serde(default = "five")]
    pub(crate) every_minutes: u64,
    #[serde(default = "a_week")]
    pub(crate) history_days: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SignIn {
    #[default]
    None,
    Bearer,
    Basic,
}

fn five() -> u64 {
    5
}

fn a_week() -> u64 {
    7
}

pub(crate) fn read(settings: &str) -> Result<Settings, Trouble> {
    serde_json::from_str(settings)
        .map_err(|e| Trouble::Refused(format!("The settings of this connection cannot be read: {e}.")))
}

impl Settings {
    /// The request with what it signs in by.
    pub(crate) fn signed(&self, request: Request) -> Request {
        match self.sign_in {
            SignIn::None => request,
            SignIn::Bearer => request.bearer("credential"),
            SignIn::Basic => request.secret_header("authorization", "credential", "Basic ", ""),
        }
    }
}
