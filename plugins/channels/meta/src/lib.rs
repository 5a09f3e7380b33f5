//! Channel `meta`: a Facebook Page, its Messenger, an Instagram account and a WhatsApp number, by the one webhook of an app.
//!
//! | module | what is in it |
//! |---|---|
//! | [`place`] | which conversation a thread is |
//! | `api` | requests to the Graph API, and what its numbered errors mean |
//! | `hook`, `whatsapp` | one webhook, with all that is in it |
//! | `publish` | publish and reconcile |
//! | `kept` | what is remembered in `kv`, each with its bound |

mod api;
mod hook;
mod kept;
mod publish;
mod settings;
mod whatsapp;

pub mod place;

use jackfield_sdk::channel::{
    Ability, Batch, Channel, Counting, Description, Draft, Event, Host, Receipt, Refusal, Trouble,
};
use jackfield_sdk::webhook::{Webhook, WebhookRequest};
use serde_json::Value;

/// The channel.
#[derive(Debug)]
pub struct Meta;

/// There is nothing to ask for: everything comes by webhook.
const REST_MS: u64 = 3_600_000;

impl Channel for Meta {
    fn describe() -> Description {
        let can = [
            Ability::ReplyPublic,
            Ability::ReplyPrivate,
            Ability::Other("webhook".to_owned()),
            Ability::Other("templates".to_owned()),
        ];
        Description::new("meta", env!("CARGO_PKG_VERSION"))
            .settings(settings::SCHEMA)
            .can(can)
            .max_length(8_000, Counting::Characters)
    }

    fn check(host: &dyn Host, settings: &str) -> Result<String, Trouble> {
        let api = api::Api::new(host, settings)?;
        let mut names = Vec::new();
        let own = &api.settings;
        for (id, fields, at, kind) in [
            (&own.page, "name", "/name", "the Page"),
            (&own.instagram, "username", "/username", "Instagram"),
            (
                &own.whatsapp,
                "verified_name,display_phone_number",
                "/display_phone_number",
                "WhatsApp",
            ),
        ] {
            let Some(id) = id else { continue };
            let found: Value = api.get(id, &[("fields", fields)])?;
            let name = found.pointer(at).and_then(Value::as_str);
            let name = name.ok_or_else(|| Trouble::Unexpected(format!("/{id} answered without its name.")))?;
            names.push(format!("{kind} {name}"));
        }
        Ok(format!("The token reaches {}.", names.join(", ")))
    }

    fn poll(_host: &dyn Host, _settings: &str, _cursor: Option<Vec<u8>>, _max: u32) -> Result<Batch, Trouble> {
        Ok(Batch::new(Vec::new()).not_before(Some(REST_MS)))
    }

    fn publish(host: &dyn Host, settings: &str, draft: Draft) -> Result<Receipt, Refusal> {
        publish::publish(host, settings, &draft)
    }

    fn reconcile(host: &dyn Host, settings: &str, draft: Draft) -> Result<Option<Receipt>, Trouble> {
        publish::reconcile(host, settings, &draft)
    }
}

impl Webhook for Meta {
    fn ingest(host: &dyn Host, settings: &str, request: WebhookRequest) -> Result<Vec<Event>, Trouble> {
        hook::ingest(host, settings, &request)
    }
}

jackfield_sdk::channel!(Meta);
jackfield_sdk::webhook!(Meta);
