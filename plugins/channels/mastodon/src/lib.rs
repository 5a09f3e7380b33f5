//! Channel `mastodon`: one account on a Mastodon server (or one that speaks its client API).
//!
//! What comes in: mentions and direct messages by notifications, the thread above each mention as context, our own
//! answers by whatever program they were written, edits as revisions, deletions. What goes out: answers with an
//! idempotency key. Nothing kept in memory is needed for being right: everything is in the cursor and in `kv`.
//!
//! | module | what is in it |
//! |---|---|
//! | [`wire`] | the JSON of the API, as far as we read it |
//! | [`map`] | from a status to an event: one function for every way a status reaches us |
//! | [`text`] | from a status's HTML, poll and quote to one text; the length that Mastodon counts |
//! | `api` | requests, their budget, the rate limit |
//! | `me`, `threads`, `watch`, `sent` | what is remembered in `kv`, each with its bound |
//! | `poll` | one poll: notifications, own posts, known posts looked at again |
//! | `publish` | publish and reconcile |

mod api;
mod me;
mod poll;
mod publish;
mod sent;
mod settings;
mod threads;
mod watch;

pub mod map;
pub mod text;
pub mod wire;

use jackfield_sdk::channel::{Ability, Batch, Channel, Counting, Description, Draft, Host, Receipt, Refusal, Trouble};

/// The channel.
#[derive(Debug)]
pub struct Mastodon;

impl Channel for Mastodon {
    fn describe() -> Description {
        let can = [
            Ability::Poll,
            Ability::ReplyPublic,
            Ability::ReplyPrivate,
            Ability::Edits,
            Ability::Deletions,
            Ability::Threads,
        ];
        Description::new("mastodon", env!("CARGO_PKG_VERSION"))
            .settings(settings::SCHEMA)
            .can(can)
            .max_length(publish::USUAL_LENGTH, Counting::Mastodon)
    }

    fn check(host: &dyn Host, settings: &str) -> Result<String, Trouble> {
        let api = api::Api::new(host, settings)?;
        let me = me::ask(&api)?;
        Ok(format!("Signed in to {} as @{}.", api.server(), me.acct))
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

jackfield_sdk::channel!(Mastodon);
