//! Channel `http-json`: any system that speaks JSON over HTTP, by a mapping file instead of code.
//!
//! The mapping is part of the connection's settings. It is read and checked whole, with a line for every mistake, and
//! then only obeyed: it holds addresses, paths and tables of words, and nothing that runs. `jackfield plugin mapping`
//! uses this same code to check and to try a file, so what it shows is what a connection will do.
//!
//! | module | what is in it |
//! |---|---|
//! | [`mapping`](Mapping) | the language: sections, checks, mistakes |
//! | `template`, `path`, `times` | inserts, places in JSON, ways to write times |
//! | `net` | requests: built from a mapping, counted, bounded |
//! | `event`, `text` | from an item to a message |
//! | `poll`, `seen` | lists, pages, parts; what was handed over before |
//! | `publish`, `sent` | answers, receipts, and looking for them |
//! | `webhook` | what the system sends by itself |
//! | `check`, `account` | who we are, and whether anything works |
//! | [`trial`] | what the command line shows of a mapping |

mod account;
mod check;
mod event;
mod mapping;
mod net;
mod path;
mod poll;
mod publish;
mod seen;
mod sent;
mod settings;
mod template;
mod text;
mod times;
#[cfg(not(target_arch = "wasm32"))]
pub mod trial;
mod webhook;

/// The names of the contract as the SDK has them, for whoever gives this plugin a host of their own.
pub use jackfield_sdk::channel as sdk;
pub use mapping::fault::{Fault, lines};
pub use mapping::{MOST_BYTES, Mapping};

use jackfield_sdk::channel::{
    Ability, Batch, Channel, Counting, Description, Draft, Event, Host, Receipt, Refusal, Trouble,
};
use jackfield_sdk::webhook::{Keys, Verify, Webhook, WebhookRequest};

/// The channel.
#[derive(Debug)]
pub struct HttpJson;

impl Channel for HttpJson {
    fn describe() -> Description {
        let can = [
            Ability::Poll,
            Ability::ReplyPublic,
            Ability::ReplyPrivate,
            Ability::Edits,
            Ability::Deletions,
            Ability::Threads,
        ];
        Description {
            // A mapping has the greatest length, and `publish` the last word.
            counting: Counting::Other("as the mapping says".to_owned()),
            ..Description::new("http-json", env!("CARGO_PKG_VERSION"))
                .settings(settings::SCHEMA)
                .can(can)
        }
    }

    fn check(host: &dyn Host, settings: &str) -> Result<String, Trouble> {
        check::check(host, settings)
    }

    fn poll(host: &dyn Host, settings: &str, cursor: Option<Vec<u8>>, max_events: u32) -> Result<Batch, Trouble> {
        poll::poll(host, settings, cursor.as_deref(), max_events)
    }

    fn publish(host: &dyn Host, settings: &str, draft: Draft) -> Result<Receipt, Refusal> {
        publish::publish(host, settings, &draft)
    }

    fn reconcile(host: &dyn Host, settings: &str, draft: Draft) -> Result<Option<Receipt>, Trouble> {
        publish::reconcile(host, settings, &draft)
    }
}

impl Webhook for HttpJson {
    fn ingest(host: &dyn Host, settings: &str, request: WebhookRequest) -> Result<Vec<Event>, Trouble> {
        webhook::ingest(host, settings, &request)
    }
}

impl Verify for HttpJson {
    fn verify(keys: &dyn Keys, settings: &str, request: &WebhookRequest) -> Result<(), String> {
        webhook::verify(keys, settings, request)
    }
}

jackfield_sdk::channel!(HttpJson);
jackfield_sdk::webhook!(HttpJson);
jackfield_sdk::webhook_verify!(HttpJson);
