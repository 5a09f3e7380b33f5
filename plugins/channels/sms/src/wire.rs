//! The JSON of the Messages API (2010-04-01), as far as it is read here. Every field but the id may be missing or null.

use jackfield_sdk::time::http_date_ms;
use serde::Deserialize;

/// The account.
#[derive(Debug, Clone, Deserialize)]
pub struct Account {
    /// `AC…`
    pub sid: String,
    /// What its owner calls it.
    pub friendly_name: Option<String>,
    /// `active`, `suspended`, `closed`.
    pub status: Option<String>,
}

/// One page of messages, newest first. Each is read by itself, so that one odd one does not hide the others.
#[derive(Debug, Clone, Deserialize)]
pub struct Page {
    /// The messages.
    pub messages: Vec<serde_json::Value>,
    /// Path and query of the next page; none on the last.
    pub next_page_uri: Option<String>,
}

/// A message, in or out.
#[derive(Debug, Clone, Deserialize)]
pub struct Message {
    /// `SM…` or `MM…`.
    pub sid: String,
    /// Who wrote it.
    pub from: Option<String>,
    /// To whom.
    pub to: Option<String>,
    /// Its words.
    pub body: Option<String>,
    /// `inbound`, or one of several words that begin with `outbound`.
    pub direction: Option<String>,
    /// How many files, as a text.
    pub num_media: Option<String>,
    /// RFC 2822, in GMT.
    pub date_created: Option<String>,
    /// The same; null until it is sent.
    pub date_sent: Option<String>,
}

impl Message {
    /// When it was made, in milliseconds; none where the API writes a time that is none.
    pub fn at(&self) -> Option<u64> {
        let written = self.date_created.as_deref().or(self.date_sent.as_deref())?;
        http_date_ms(written)
    }

    /// Whether a person wrote it.
    pub fn is_inbound(&self) -> bool {
        self.direction.as_deref() == Some("inbound")
    }

    /// How many files it has.
    pub fn files(&self) -> usize {
        self.num_media.as_deref().and_then(|n| n.parse().ok()).unwrap_or(0)
    }
}

/// The files of a message.
#[derive(Debug, Clone, Deserialize)]
pub struct MediaList {
    /// Each.
    pub media_list: Vec<Media>,
}

/// A file.
#[derive(Debug, Clone, Deserialize)]
pub struct Media {
    /// `ME…`
    pub sid: String,
    /// Its type.
    pub content_type: Option<String>,
}
