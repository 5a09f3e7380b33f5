//! Short ways to the records of the contract.

use crate::channel::{Author, Content, Event, Kind, Visibility};

impl Author {
    /// Somebody of whom only a name is known: it serves as id and handle.
    pub fn named(name: &str) -> Self {
        Self {
            id: name.to_owned(),
            handle: name.to_owned(),
            display_name: None,
            profile_url: None,
            reach: None,
            automated: false,
        }
    }
}

impl Content {
    /// Plain words of somebody, with nothing else.
    pub fn plain(author: Author, text: &str) -> Self {
        Self {
            author,
            title: None,
            text: text.to_owned(),
            spans: Vec::new(),
            attachments: Vec::new(),
            language: None,
            warning: None,
        }
    }
}

/// A public message that starts a thread of its own, to be changed field by field where it is more than that.
pub fn said(remote_id: &str, author: Author, text: &str, at: u64) -> Event {
    Event {
        remote_id: remote_id.to_owned(),
        revision: 0,
        at,
        kind: Kind::Said(Content::plain(author, text)),
        thread: remote_id.to_owned(),
        parent: None,
        visibility: Visibility::Public,
        ours: false,
        context: false,
        url: None,
    }
}
