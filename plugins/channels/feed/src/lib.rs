//! Channel `feed`: what a blog, a news site or a forum publishes as RSS, Atom or JSON Feed. It only reads.
//!
//! | module | what is in it |
//! |---|---|
//! | [`document`] | a feed of any kind: characters, entries, addresses |
//! | `xml`, `json` | RSS and Atom by quick-xml; JSON Feed |
//! | [`dates`] | dates as feeds write them |
//! | `map` | from an entry to an event |
//! | `seen` | which entries were handed over, within a bound |
//! | `poll` | a look at the feed, and what its hub sends by itself |

mod json;
mod map;
mod poll;
mod seen;
mod settings;
mod xml;

pub mod dates;
pub mod document;

use jackfield_sdk::channel::{Ability, Batch, Channel, Description, Event, Host, Trouble};
use jackfield_sdk::webhook::{Webhook, WebhookRequest};

/// The channel.
#[derive(Debug)]
pub struct Feed;

impl Channel for Feed {
    fn describe() -> Description {
        Description::new("feed", env!("CARGO_PKG_VERSION"))
            .settings(settings::SCHEMA)
            .can([
                Ability::Poll,
                Ability::Edits,
                Ability::Other("webhook".to_owned()),
                Ability::Other("read-only".to_owned()),
            ])
    }

    fn check(host: &dyn Host, settings: &str) -> Result<String, Trouble> {
        poll::check(host, settings)
    }

    fn poll(host: &dyn Host, settings: &str, cursor: Option<Vec<u8>>, max_events: u32) -> Result<Batch, Trouble> {
        poll::poll(host, settings, cursor, max_events)
    }
}

impl Webhook for Feed {
    fn ingest(host: &dyn Host, settings: &str, request: WebhookRequest) -> Result<Vec<Event>, Trouble> {
        poll::ingest(host, settings, &request)
    }
}

jackfield_sdk::channel!(Feed);
jackfield_sdk::webhook!(Feed);
