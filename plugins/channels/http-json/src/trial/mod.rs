//! What the command line does with a mapping: runs its polls, its `[reconcile]` and its `[webhook]` against samples or a
//! live system, and shows which fields nobody uses and which paths lead nowhere. Not part of a component.

mod fields;
mod nowhere;
mod samples;

pub use fields::{Unmapped, unmapped};
pub use nowhere::{Nowhere, nowhere};
pub use samples::Samples;

use crate::mapping::message::Readers;
use crate::mapping::{MOST_BYTES, Mapping};
use crate::net::Net;
use crate::settings::{self, Setup};
use crate::{event, publish, webhook};
use jackfield_sdk::channel::{Batch, Event, Host, Trouble, Visibility};
use jackfield_sdk::webhook::WebhookRequest;
use serde_json::json;

/// Whether these settings can be used: the mapping, and the values that it asks for. The words name the mistakes.
pub fn check_settings(settings: &str) -> Result<(), String> {
    match settings::read(settings) {
        Ok(_) => Ok(()),
        Err(Trouble::Refused(words)) => Err(words),
        Err(other) => Err(format!("{other:?}")),
    }
}

/// Who may be meant to read an answer of a connection with these settings; none where they cannot be read. The host
/// offers nobody what `publish` would refuse.
pub fn visibilities(settings: &str) -> Option<Vec<Visibility>> {
    let setup = settings::read(settings).ok()?;
    let readers = setup.mapping.publish.as_ref().map(|publish| &publish.visibility);
    let seen = |(readers, _): &(Readers, String)| event::visibility(*readers);
    Some(readers.into_iter().flatten().map(seen).collect())
}

/// A poll by its name, and what it found or why it could not.
pub type Tried = (String, Result<Batch, Trouble>);

/// How a mapping is tried.
#[derive(Debug, Clone, Copy)]
pub struct Trying {
    /// As many messages of one list.
    pub most: u32,
    /// Whether pages are followed; else the first is all that is asked for.
    pub whole: bool,
    /// What was said before this is left alone, as milliseconds since 1970.
    pub begin: u64,
}

/// Each poll of the mapping by itself.
pub fn polls(host: &dyn Host, settings: &str, trying: Trying) -> Result<Vec<Tried>, String> {
    check_settings(settings)?;
    let setup = settings::read(settings).map_err(|trouble| format!("{trouble:?}"))?;
    let cursor = json!({ "b": trying.begin }).to_string();
    let one = |poll: &crate::mapping::poll::Poll| {
        let mut poll = poll.clone();
        if !trying.whole {
            // No page is as large as this, so each is the last.
            let pagings = poll
                .paging
                .iter_mut()
                .chain(poll.each.iter_mut().filter_map(|each| each.paging.as_mut()));
            pagings.for_each(|paging| paging.size = Some(u64::MAX));
        }
        let name = poll.name.clone();
        let setup = Setup {
            mapping: Mapping {
                polls: vec![poll],
                ..setup.mapping.clone()
            },
            ..(*setup).clone()
        };
        (
            name,
            crate::poll::poll_as(host, &setup, Some(cursor.as_bytes()), trying.most),
        )
    };
    Ok(setup.mapping.polls.iter().map(one).collect())
}

/// Asks the address of `[reconcile]` after the conversation of this message; none without that section.
pub fn reconcile(host: &dyn Host, settings: &str, event: &Event) -> Option<Result<String, Trouble>> {
    let setup = settings::read(settings).ok()?;
    publish::probe(&Net::new(host, &setup), event)
}

/// What a body that the system sends by itself becomes. Its signature is not looked at: it came from a file.
pub fn webhook(host: &dyn Host, settings: &str, body: Vec<u8>) -> Result<Vec<Event>, Trouble> {
    let request = WebhookRequest {
        method: "POST".to_owned(),
        path: String::new(),
        query: String::new(),
        headers: Vec::new(),
        body,
        received_at: host.now_ms(),
    };
    webhook::ingest(host, settings, &request)
}

/// The settings of a connection with this mapping in them. Says what is wrong with either.
pub fn with_mapping(settings: &str, mapping: &str) -> Result<String, String> {
    let mut object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(settings).map_err(|error| format!("the settings are no JSON object: {error}"))?;
    if mapping.len() > MOST_BYTES {
        return Err(format!("the mapping has {} bytes; at most {MOST_BYTES}", mapping.len()));
    }
    if object.insert("mapping".to_owned(), mapping.into()).is_some() {
        return Err("the settings have a `mapping` already; take it out, or leave --mapping away".to_owned());
    }
    Ok(serde_json::Value::Object(object).to_string())
}
