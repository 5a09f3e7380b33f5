//! Requests to the Bot API.
//!
//! Telegram wants the token in the address, and no secret of a connection goes there. So the requests go to a proxy of the
//! operator's, with the token in a header, and the proxy puts it into the address.

use crate::settings::{self, Settings};
use crate::wire::User;
use jackfield_sdk::channel::{Answer, Host, HttpFailure, Request, Trouble, trouble_of};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The secret's name in `plugin.toml`.
const TOKEN: &str = "bot-token";

pub(crate) struct Api<'a> {
    pub(crate) host: &'a dyn Host,
    pub(crate) settings: Settings,
}

#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    ok: bool,
    result: Option<Value>,
    description: Option<String>,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
}

impl<'a> Api<'a> {
    pub(crate) fn new(host: &'a dyn Host, settings: &str) -> Result<Self, Trouble> {
        let settings = settings::read(settings)?;
        Ok(Self { host, settings })
    }

    pub(crate) fn send(&self, method: &str, asked: &Value) -> Result<Answer, HttpFailure> {
        Request::post(format!("{}/bot/{method}", self.settings.server))
            .secret_header("x-bot-token", TOKEN, "", "")
            .body("application/json", asked.to_string())
            .try_send(self.host)
    }

    /// The result of a call, or what its refusal means.
    pub(crate) fn good<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, Trouble> {
        let reply = serde_json::from_slice::<Reply>(answer.bytes());
        let said = |reply: &Result<Reply, serde_json::Error>| {
            let words = reply.as_ref().ok().and_then(|reply| reply.description.clone());
            words.map_or_else(|| answer.words(), |words| words.chars().take(300).collect())
        };
        match answer.status() {
            200..=299 => {}
            401 | 404 => {
                return Err(Trouble::Credential(format!(
                    "Telegram does not know the bot ({}). Ask @BotFather for the token, put it where this connection's secret \
                     `{TOKEN}` is kept, and look whether the proxy puts it into the address.",
                    said(&reply)
                )));
            }
            409 => {
                return Err(Trouble::Refused(format!(
                    "Somebody else reads the bot's updates: {}. Where that is a webhook of this connection, write \
                     \"webhook\": true into its settings; else take the webhook away with deleteWebhook.",
                    said(&reply)
                )));
            }
            429 => {
                let seconds = reply.ok().and_then(|reply| reply.parameters?.retry_after);
                let wait = answer
                    .retry_after_ms()
                    .or_else(|| seconds.map(|s| s.saturating_mul(1000)));
                return Err(Trouble::Later(wait));
            }
            400 | 403 => return Err(Trouble::Refused(format!("Telegram says no: {}", said(&reply)))),
            _ => return Err(answer.trouble()),
        }
        match reply {
            Ok(Reply {
                ok: true,
                result: Some(result),
                ..
            }) => serde_json::from_value(result).map_err(|error| odd(&error, answer.bytes())),
            Ok(_) => Err(Trouble::Unexpected(
                "Telegram answered well and without a result.".to_owned(),
            )),
            Err(error) => Err(odd(&error, answer.bytes())),
        }
    }

    pub(crate) fn call<T: DeserializeOwned>(&self, method: &str, asked: &Value) -> Result<T, Trouble> {
        let answer = self.send(method, asked).map_err(|failure| trouble_of(&failure))?;
        self.good(&answer)
    }

    /// Who the bot is, asked anew.
    pub(crate) fn who(&self) -> Result<User, Trouble> {
        let me: User = self.call("getMe", &json!({}))?;
        if let Ok(json) = serde_json::to_vec(&me) {
            // Where there is no room to keep it, it is asked again.
            let _ = self.host.set("me", &json);
        }
        Ok(me)
    }

    /// The same, from memory where it is there.
    pub(crate) fn me(&self) -> Result<User, Trouble> {
        let kept = self.host.get("me").and_then(|json| serde_json::from_slice(&json).ok());
        kept.map_or_else(|| self.who(), Ok)
    }
}

fn odd(error: &serde_json::Error, body: &[u8]) -> Trouble {
    let begin: String = String::from_utf8_lossy(body).chars().take(80).collect();
    Trouble::Unexpected(format!(
        "This is nothing that the Bot API documents ({error}): {begin:?}"
    ))
}

/// JSON of this shape, or what came instead.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(body).map_err(|error| odd(&error, body))
}
