//! A channel whose network sends by itself: `{"messages":[{"id","thread","from","text","at"}]}`, any number at once.
//!
//! For the tests of webhooks: polls find nothing, `{"trap":true}` makes it break, `{"ask":"later"}` makes it ask for
//! patience, and a counter in `kv` says how many messages it has handed over, so that a write that is lost or doubled
//! shows. It also verifies by itself where its manifest says so: the header `x-hook-plain` holds the HMAC in hexadecimal.

// It breaks on purpose.
#![allow(clippy::panic)]

use jackfield_sdk::channel::*;
use jackfield_sdk::webhook::{Algorithm, Keys, Verify, Webhook, WebhookRequest};
use serde::Deserialize;

/// The network that sends.
pub struct Hook;

#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    messages: Vec<Message>,
    #[serde(default)]
    trap: bool,
    ask: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    id: String,
    thread: String,
    from: String,
    text: String,
    at: u64,
}

const SCHEMA: &str = r#"{"type":"object","additionalProperties":false,"properties":{"repaired":{"type":"boolean"},"clumsy":{"type":"boolean"}}}"#;

impl Channel for Hook {
    fn describe() -> Description {
        Description::new("hook", "0.1.0").settings(SCHEMA)
    }

    fn check(_host: &dyn Host, _settings: &str) -> Result<String, Trouble> {
        Ok("It waits to be sent something.".to_owned())
    }

    fn poll(host: &dyn Host, settings: &str, _cursor: Option<Vec<u8>>, _max: u32) -> Result<Batch, Trouble> {
        // An event that is outside the contract, beside one that is good.
        if settings.contains("clumsy") {
            let good = said("good", Author::named("ana"), "a good one", host.now_ms());
            let bad = said("", Author::named("ana"), "one without an id", host.now_ms());
            return Ok(Batch::new(vec![good, bad]).cursor("past both"));
        }
        Ok(Batch::new(Vec::new()))
    }
}

impl Webhook for Hook {
    fn ingest(host: &dyn Host, settings: &str, request: WebhookRequest) -> Result<Vec<Event>, Trouble> {
        let sent: Sent = serde_json::from_slice(&request.body)
            .map_err(|error| Trouble::Unexpected(format!("messages in JSON were expected: {error}")))?;
        assert!(!sent.trap || settings.contains("repaired"), "on order");
        match sent.ask.as_deref() {
            Some("later") => return Err(Trouble::Later(Some(100))),
            Some("refused") => return Err(Trouble::Refused("the network says no".to_owned())),
            _ => {}
        }
        let events: Vec<Event> = sent
            .messages
            .into_iter()
            .map(|message| Event {
                thread: message.thread,
                ..said(&message.id, Author::named(&message.from), &message.text, message.at)
            })
            .collect();
        let count = host
            .get("count")
            .and_then(|count| String::from_utf8(count).ok()?.parse().ok());
        let count: usize = count.unwrap_or(0);
        let _ = host.set("count", (count + events.len()).to_string().as_bytes());
        Ok(events)
    }
}

impl Verify for Hook {
    fn verify(keys: &dyn Keys, _settings: &str, request: &WebhookRequest) -> Result<(), String> {
        let header = request.headers.iter().find(|(name, _)| name == "x-hook-plain");
        let (_, signature) = header.ok_or("it has no header x-hook-plain")?;
        let signature = bytes(signature).ok_or("its x-hook-plain is not hexadecimal")?;
        match keys.is_signed("signing-secret", Algorithm::Sha256, &request.body, &signature) {
            true => Ok(()),
            false => Err("its x-hook-plain is of something else".to_owned()),
        }
    }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

jackfield_sdk::channel!(Hook);
jackfield_sdk::webhook!(Hook);
jackfield_sdk::webhook_verify!(Hook);
