//! Channel `sms`: one phone number at Twilio, or at a provider with the same API.
//!
//! What comes in: text messages, pictures by reference, voice-mail transcripts, by signed webhook and by looking at the
//! list of messages; both name a message by the same id, so that it is one whichever way it came first. What goes out:
//! answers, with their segments counted before anything is sent. The API has no idempotency keys: before it sends, the
//! channel looks whether these words are there already, and the callback that Twilio makes for a message carries our
//! key.
//!
//! | module | what is in it |
//! |---|---|
//! | [`segments`] | how many parts a text becomes, in which alphabet, and why |
//! | [`hook`] | a webhook's form: a message, a delivery state, a transcript |
//! | [`wire`] | the JSON of the API, as far as we read it |
//! | `settings`, `api` | what a connection is told; requests, pages |
//! | `poll`, `seen` | what is new in the lists, and what was handed over before |
//! | `publish`, `sent` | sending, and finding out afterwards |

mod api;
mod poll;
mod publish;
mod seen;
mod sent;
mod settings;

pub mod hook;
pub mod segments;
pub mod wire;

use jackfield_sdk::channel::{
    Ability, Batch, Channel, Counting, Description, Draft, Event, Host, Receipt, Refusal, Trouble,
};
use jackfield_sdk::webhook::{Webhook, WebhookRequest};

/// The channel.
#[derive(Debug)]
pub struct Sms;

impl Channel for Sms {
    fn describe() -> Description {
        Description::new("sms", env!("CARGO_PKG_VERSION"))
            .settings(settings::SCHEMA)
            .can([Ability::Poll, Ability::ReplyPrivate])
            .max_length(publish::LONGEST, Counting::Characters)
    }

    fn check(host: &dyn Host, settings: &str) -> Result<String, Trouble> {
        let api = api::Api::new(host, settings)?;
        let account: wire::Account = api.read(&api.account_url(".json", &[]))?;
        let name = account.friendly_name.unwrap_or_else(|| account.sid.clone());
        match account.status.as_deref() {
            None | Some("active") => Ok(format!(
                "Signed in to the account {name}, which writes as {}.",
                api.settings.number
            )),
            Some(other) => Err(Trouble::Refused(format!(
                "The account {name} is {other}; it sends nothing until that is settled with the provider."
            ))),
        }
    }

    fn poll(host: &dyn Host, settings: &str, cursor: Option<Vec<u8>>, max_events: u32) -> Result<Batch, Trouble> {
        poll::poll(host, settings, cursor, max_events)
    }

    fn publish(host: &dyn Host, settings: &str, draft: Draft) -> Result<Receipt, Refusal> {
        publish::publish(host, settings, &draft)
    }

    fn reconcile(host: &dyn Host, settings: &str, draft: Draft) -> Result<Option<Receipt>, Trouble> {
        publish::reconcile(host, settings, &draft)
    }
}

impl Webhook for Sms {
    fn ingest(host: &dyn Host, settings: &str, request: WebhookRequest) -> Result<Vec<Event>, Trouble> {
        hook::ingest(host, settings, &request)
    }
}

jackfield_sdk::channel!(Sms);
jackfield_sdk::webhook!(Sms);
