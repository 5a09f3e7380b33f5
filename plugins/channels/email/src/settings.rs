//! What a connection is told.

use jackfield_sdk::channel::Trouble;
use serde::Deserialize;

/// Checked by the host before each call.
pub(crate) const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "imap": {"type": "string", "pattern": "^[^:/\\s]+:[0-9]{1,5}$", "description": "Where mail is read, with TLS from the start: imap.example:993"},
    "smtp": {"type": "string", "pattern": "^[^:/\\s]+:[0-9]{1,5}$", "description": "Where mail is handed in: smtp.example:465; with port 587 TLS begins after STARTTLS."},
    "address": {"type": "string", "pattern": "^[^\\s<>@\"]+@[A-Za-z0-9.-]+$", "description": "Our address: help@northwind.example"},
    "name": {"type": "string", "maxLength": 100, "description": "The name beside the address."},
    "user": {"type": "string", "maxLength": 200, "description": "The name to sign in with, where it is not the address."},
    "mailbox": {"type": "string", "pattern": "^[A-Za-z0-9 ./_-]{1,100}$", "description": "The mailbox that is read; INBOX unless given."},
    "sent": {"type": "string", "pattern": "^[A-Za-z0-9 ./_-]{1,100}$", "description": "Where copies of what we send are, or are put; Sent unless given."},
    "save-sent": {"type": "boolean", "description": "False where the provider itself puts what is sent into that mailbox; true unless given."},
    "history-days": {"type": "integer", "minimum": 0, "maximum": 3650, "description": "How far back the first poll reaches; 7 unless given."}
  },
  "required": ["imap", "smtp", "address"],
  "additionalProperties": false
}"#;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Settings {
    imap: String,
    smtp: String,
    pub(crate) address: String,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    user: String,
    #[serde(default = "inbox")]
    pub(crate) mailbox: String,
    #[serde(default = "sent")]
    pub(crate) sent: String,
    #[serde(default = "yes")]
    pub(crate) save_sent: bool,
    #[serde(default = "a_week")]
    pub(crate) history_days: u64,
}

fn inbox() -> String {
    "INBOX".to_owned()
}

fn sent() -> String {
    "Sent".to_owned()
}

fn yes() -> bool {
    true
}

fn a_week() -> u64 {
    7
}

impl Settings {
    pub(crate) fn of(json: &str) -> Result<Self, Trouble> {
        serde_json::from_str(json).map_err(|error| Trouble::Refused(format!("The settings cannot be read: {error}")))
    }

    pub(crate) fn user(&self) -> &str {
        if self.user.is_empty() {
            &self.address
        } else {
            &self.user
        }
    }

    /// What stands behind the `@`.
    pub(crate) fn domain(&self) -> &str {
        self.address.rsplit('@').next().unwrap_or("localhost")
    }

    pub(crate) fn imap(&self) -> Result<(&str, u16), Trouble> {
        place("imap", &self.imap)
    }

    pub(crate) fn smtp(&self) -> Result<(&str, u16), Trouble> {
        place("smtp", &self.smtp)
    }
}

fn place<'s>(field: &str, text: &'s str) -> Result<(&'s str, u16), Trouble> {
    text.split_once(':')
        .and_then(|(name, port)| Some((name, port.parse().ok()?)))
        .ok_or_else(|| {
            Trouble::Refused(format!(
                "`{field}` is {text:?} and no host:port; write {field}.example:993"
            ))
        })
}
