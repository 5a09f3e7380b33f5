//! The connection's settings.

use jackfield_sdk::channel::Trouble;
use serde::Deserialize;

/// Checked by the host before every call.
pub(crate) const SCHEMA: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "required": ["graph"],
  "properties": {
    "graph": {
      "type": "string",
      "format": "uri",
      "pattern": "^https?://[^?#@\\s]+$",
      "title": "Graph API",
      "description": "With its version: https://graph.facebook.com/v23.0"
    },
    "page": {
      "type": "string",
      "pattern": "^[0-9]{1,40}$",
      "title": "Page",
      "description": "The number of the Facebook Page: its comments and its Messenger."
    },
    "instagram": {
      "type": "string",
      "pattern": "^[0-9]{1,40}$",
      "title": "Instagram account",
      "description": "The number of the professional account: its comments, mentions and messages."
    },
    "whatsapp": {
      "type": "string",
      "pattern": "^[0-9]{1,40}$",
      "title": "WhatsApp number",
      "description": "The phone number id (not the number itself) of the business."
    }
  }
}"#;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Settings {
    /// Without a slash at its end.
    pub(crate) graph: String,
    #[serde(default)]
    pub(crate) page: Option<String>,
    #[serde(default)]
    pub(crate) instagram: Option<String>,
    #[serde(default)]
    pub(crate) whatsapp: Option<String>,
}

pub(crate) fn read(settings: &str) -> Result<Settings, Trouble> {
    let mut settings: Settings = serde_json::from_str(settings)
        .map_err(|e| Trouble::Refused(format!("The settings of this connection cannot be read: {e}.")))?;
    settings.graph.truncate(settings.graph.trim_end_matches('/').len());
    if settings.page.is_none() && settings.instagram.is_none() && settings.whatsapp.is_none() {
        return Err(Trouble::Refused(
            "The settings name no account; write the number of a `page`, an `instagram` account or a `whatsapp` number.".to_owned(),
        ));
    }
    Ok(settings)
}

impl Settings {
    /// Whether this id is the Page or the Instagram account.
    pub(crate) fn is_us(&self, id: &str) -> bool {
        [&self.page, &self.instagram].into_iter().flatten().any(|own| own == id)
    }
}
