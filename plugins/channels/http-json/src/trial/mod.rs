//! What the command line does with a mapping: runs its polls against samples or a live system, and shows which fields
//! nobody uses. Not part of a component.

mod fields;
mod samples;

pub use fields::{Unmapped, unmapped};
pub use samples::Samples;

use crate::mapping::{MOST_BYTES, Mapping};
use crate::settings::{self, Setup};
use jackfield_sdk::channel::{Batch, Host, Trouble};

/// Whether these settings can be used: the mapping, and the values that it asks for. The words name the mistakes.
pub fn check_settings(settings: &str) -> Result<(), String> {
    match settings::read(settings) {
        Ok(_) => Ok(()),
        Err(Trouble::Refused(words)) => Err(words),
        Err(other) => Err(format!("{other:?}")),
    }
}

/// A poll by its name, and what it found or why it could not.
pub type Tried = (String, Result<Batch, Trouble>);

/// Each poll of the mapping by itself, from the very beginning, whatever the mapping says of history. With `whole` the pages are followed, else the first is all that is asked for.
pub fn polls(host: &dyn Host, settings: &str, max_events: u32, whole: bool) -> Result<Vec<Tried>, String> {
    check_settings(settings)?;
    let setup = settings::read(settings).map_err(|trouble| format!("{trouble:?}"))?;
    let one = |poll: &crate::mapping::poll::Poll| {
        let mut poll = poll.clone();
        if !whole {
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
            crate::poll::poll_as(host, &setup, Some(br#"{"b":0}"#), max_events),
        )
    };
    Ok(setup.mapping.polls.iter().map(one).collect())
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
