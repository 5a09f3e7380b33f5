//! Channel `bluesky`: one account on an AT Protocol server.
//!
//! | module | what is in it |
//! |---|---|
//! | [`wire`] | the JSON of the lexicons, as far as we read it |
//! | [`facets`] | names, links and hashtags, by bytes |
//! | [`map`] | from a record to an event |
//! | `api` | the session, requests, the rate limit |
//! | `kept` | what is remembered in `kv`, each with its bound |
//! | `poll` | one poll: notifications, own answers, known posts looked for again |
//! | `publish` | publish and reconcile, by a record key of our own |

mod api;
mod kept;
mod poll;
mod publish;
mod settings;

pub mod facets;
pub mod map;
pub mod wire;

use jackfield_sdk::channel::{Ability, Batch, Channel, Counting, Description, Draft, Host, Receipt, Refusal, Trouble};

/// The channel.
#[derive(Debug)]
pub struct Bluesky;

impl Channel for Bluesky {
    fn describe() -> Description {
        let can = [
            Ability::Poll,
            Ability::ReplyPublic,
            Ability::Deletions,
            Ability::Threads,
            Ability::Other("reply-mentions".to_owned()),
        ];
        Description::new("bluesky", env!("CARGO_PKG_VERSION"))
            .settings(settings::SCHEMA)
            .can(can)
            .max_length(publish::MOST_GRAPHEMES, Counting::Other("graphemes".to_owned()))
    }

    fn check(host: &dyn Host, settings: &str) -> Result<String, Trouble> {
        let api = api::Api::new(host, settings)?;
        let me: serde_json::Value = api.read("com.atproto.server.getSession", &[])?;
        let handle = me.get("handle").and_then(serde_json::Value::as_str);
        let handle = handle.ok_or_else(|| Trouble::Unexpected("getSession answered without a handle.".to_owned()))?;
        Ok(format!("Signed in to {} as @{handle}.", api.settings.server))
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

jackfield_sdk::channel!(Bluesky);
