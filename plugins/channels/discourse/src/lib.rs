//! Channel `discourse`: one account on a Discourse forum.
//!
//! What comes in, by webhooks at once and by polls in any case: posts in the open, personal messages and whispers, with
//! what each answers; edits, deletions; solutions, assignments, likes and levels of trust as facts. What goes out: answers
//! as posts, personal messages, whispers. Nothing kept in memory is needed for being right.
//!
//! | module | what is in it |
//! |---|---|
//! | [`wire`] | the JSON of API and webhooks, as far as we read it |
//! | [`text`] | from the HTML of a post to words and files, and back to Markdown |
//! | [`map`] | from a post to an event, the same by whatever way it came |
//! | `api` | requests, their budget, what a refusal means |
//! | `known`, `watch`, `sent` | what is remembered in `kv`, each with its bound |
//! | `poll` | one poll: new posts, personal messages, known posts looked at again |
//! | `hook` | one webhook |
//! | `publish` | publish and reconcile |

mod api;
mod hook;
mod known;
mod poll;
mod publish;
mod sent;
mod settings;
mod watch;

pub mod map;
pub mod text;
pub mod wire;

use jackfield_sdk::channel::{
    Ability, Batch, Channel, Counting, Description, Draft, Event, Host, Receipt, Refusal, Trouble,
};
use jackfield_sdk::webhook::{Webhook, WebhookRequest};

/// The channel.
#[derive(Debug)]
pub struct Discourse;

impl Channel for Discourse {
    fn describe() -> Description {
        let can = [
            Ability::Poll,
            Ability::ReplyPublic,
            Ability::ReplyPrivate,
            Ability::Edits,
            Ability::Deletions,
            Ability::Threads,
            Ability::Other("webhook".to_owned()),
            Ability::Other("internal-note".to_owned()),
        ];
        Description::new("discourse", env!("CARGO_PKG_VERSION"))
            .settings(settings::SCHEMA)
            .can(can)
            .max_length(publish::USUAL_LENGTH, Counting::Characters)
    }

    fn check(host: &dyn Host, settings: &str) -> Result<String, Trouble> {
        let api = api::Api::new(host, settings)?;
        let session: wire::Session = api.read("/session/current.json", &[])?;
        let name = session.current_user.username;
        if !api.settings.is_us(&name) {
            return Err(Trouble::Refused(format!(
                "The key belongs to @{name}, and `account` in the settings says {}; make them the same.",
                api.settings.account
            )));
        }
        Ok(format!("Signed in to {} as @{name}.", api.settings.server))
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

impl Webhook for Discourse {
    fn ingest(host: &dyn Host, settings: &str, request: WebhookRequest) -> Result<Vec<Event>, Trouble> {
        hook::ingest(host, settings, &request)
    }
}

jackfield_sdk::channel!(Discourse);
jackfield_sdk::webhook!(Discourse);
