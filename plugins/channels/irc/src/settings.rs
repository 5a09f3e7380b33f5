//! What a connection is told.

use jackfield_sdk::channel::Trouble;
use serde::Deserialize;

/// Checked by the host before each call.
pub(crate) const SCHEMA: &str = r##"{
  "type": "object",
  "properties": {
    "server": {"type": "string", "pattern": "^[^:/\\s]+:[0-9]{1,5}$", "description": "Where the server speaks TLS: irc.example:6697"},
    "nick": {"type": "string", "pattern": "^[A-Za-z\\[\\]\\\\`_^{|}][A-Za-z0-9\\[\\]\\\\`_^{|}-]{0,29}$", "description": "Our name there."},
    "channel": {"type": "string", "pattern": "^[#&][^\\s,\\u0007]{1,49}$", "description": "The channel to be in: #help"},
    "sign-in": {"enum": ["none", "server", "sasl"], "description": "How the secret `password` is used; none unless given."},
    "all": {"type": "boolean", "description": "True: everything in the channel is for us. Else only what names our nick; the rest is shown as context."}
  },
  "required": ["server", "nick", "channel"],
  "additionalProperties": false
}"##;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SignIn {
    #[default]
    None,
    Server,
    Sasl,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Settings {
    server: String,
    pub(crate) nick: String,
    pub(crate) channel: String,
    #[serde(default)]
    pub(crate) sign_in: SignIn,
    #[serde(default)]
    pub(crate) all: bool,
}

impl Settings {
    pub(crate) fn of(json: &str) -> Result<Self, Trouble> {
        serde_json::from_str(json).map_err(|error| Trouble::Refused(format!("The settings cannot be read: {error}")))
    }

    /// Host and port.
    pub(crate) fn address(&self) -> Result<(&str, u16), Trouble> {
        self.server
            .split_once(':')
            .and_then(|(name, port)| Some((name, port.parse().ok()?)))
            .ok_or_else(|| Trouble::Refused("`server` is no host:port; write irc.example:6697".to_owned()))
    }
}
