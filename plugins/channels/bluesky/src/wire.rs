//! The JSON of the lexicons, as far as we read it. Only what is needed to be right is required.

use serde::Deserialize;
use serde_json::Value;

/// The answer to `createSession` and `refreshSession`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// For two hours.
    pub access_jwt: String,
    /// For the next session.
    pub refresh_jwt: String,
    /// Who we are.
    pub did: String,
    /// Our handle.
    pub handle: String,
}

/// Somebody, in one of the views that the AppView has of them.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Actor {
    /// The id; stays the same when the handle changes.
    pub did: String,
    /// `ana.example`, or `handle.invalid`.
    pub handle: String,
    /// The name they show.
    pub display_name: Option<String>,
    /// In the detailed view alone.
    pub followers_count: Option<u64>,
    /// Labels; `bot` where the account says that it is a program.
    pub labels: Option<Vec<Label>>,
}

/// A label.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Label {
    /// `bot`, `porn`, `!warn`.
    pub val: String,
}

/// A notification.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// The record that caused it.
    pub uri: String,
    /// `mention`, `reply`, `quote`, `like` and others.
    pub reason: String,
    /// Who caused it.
    pub author: Actor,
    /// The record as it was written.
    pub record: Value,
    /// When the AppView found it.
    pub indexed_at: String,
}

/// A page of notifications.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Notifications {
    /// Newest first.
    pub notifications: Vec<Value>,
    /// The next page.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// A post in the AppView's view.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostView {
    /// Where it is.
    pub uri: String,
    /// Who wrote it.
    pub author: Actor,
    /// As it was written.
    pub record: Value,
    /// When the AppView found it.
    #[serde(default)]
    pub indexed_at: String,
}

/// Several posts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Posts {
    /// Those that are there.
    pub posts: Vec<PostView>,
}

/// Several profiles.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Profiles {
    /// Those that are there.
    pub profiles: Vec<Actor>,
}

/// A record of a repository.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Held {
    /// Where it is.
    pub uri: String,
    /// The hash of its content.
    #[serde(default)]
    pub cid: String,
    /// The record; not in the answer to a new one.
    #[serde(default)]
    pub value: Value,
}

/// A page of records.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Records {
    /// Newest first.
    pub records: Vec<Held>,
    /// The next page.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// `at://DID/COLLECTION/KEY` in its parts; none where it is no such address.
pub fn parts(uri: &str) -> Option<(&str, &str, &str)> {
    let mut parts = uri.strip_prefix("at://")?.splitn(3, '/');
    let found = (parts.next()?, parts.next()?, parts.next()?);
    let whole = |part: &str| !part.is_empty() && !part.contains(['/', '?', '#']);
    (whole(found.0) && whole(found.1) && whole(found.2)).then_some(found)
}
