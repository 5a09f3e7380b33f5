//! Channel `matrix`: the rooms and direct chats of one account, by the client-server API.
//!
//! What comes in: messages by `/sync`, gaps filled by `/messages`, edits as revisions, redactions as deletions,
//! reactions. What goes out: answers under the host's key as transaction id, with the key in the message itself, by which
//! it is found again. Nothing kept in memory is needed for being right: everything is in the cursor and in `kv`.
//!
//! | module | what is in it |
//! |---|---|
//! | [`wire`] | the JSON of the API, as far as we read it |
//! | [`text`] | from a message's content to one text, its marks and files |
//! | `api` | requests, and what a "no" means |
//! | `rooms`, `roots`, `seen` | what is remembered in `kv`, each with its bound |
//! | `poll`, `gather` | one poll: sync, gaps, what is new; what each event becomes |
//! | `publish` | publish and reconcile |

mod api;
mod gather;
mod poll;
mod publish;
mod rooms;
mod roots;
mod seen;
mod settings;

pub mod text;
pub mod wire;

use jackfield_sdk::channel::{Ability, Batch, Channel, Counting, Description, Draft, Host, Receipt, Refusal, Trouble};

/// The channel.
#[derive(Debug)]
pub struct Matrix;

impl Channel for Matrix {
    fn describe() -> Description {
        let can = [
            Ability::Poll,
            Ability::ReplyPublic,
            Ability::ReplyPrivate,
            Ability::Edits,
            Ability::Deletions,
            Ability::Threads,
        ];
        Description::new("matrix", env!("CARGO_PKG_VERSION"))
            .settings(settings::SCHEMA)
            .can(can)
            .max_length(publish::LONGEST, Counting::Bytes)
    }

    fn check(host: &dyn Host, settings: &str) -> Result<String, Trouble> {
        let api = api::Api::new(host, settings)?;
        Ok(format!("Signed in to {} as {}.", api.server(), api.who()?))
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

jackfield_sdk::channel!(Matrix);
