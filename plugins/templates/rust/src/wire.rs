//! What the guestbook says, as it writes it. Fields that nobody reads are left out; new ones do no harm.

use serde::Deserialize;

/// An answer of `GET /book/changes`.
#[derive(Debug, Deserialize)]
pub struct Page {
    /// What happened, oldest first.
    pub changes: Vec<Change>,
    /// The number of the last of it.
    pub last: u64,
    /// Whether more is waiting.
    pub more: bool,
}

/// One thing that happened.
#[derive(Debug, Deserialize)]
pub struct Change {
    /// `posted`, `edited` or `deleted`.
    pub what: String,
    /// When, RFC 3339.
    pub at: String,
    /// To which entry.
    pub entry: Entry,
}

/// An entry; of a deleted one only `id`, `thread`, `author` and `private` are left.
#[derive(Debug, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// The thread it stands in.
    pub thread: String,
    /// The entry it answers.
    pub answers: Option<String>,
    /// Who wrote it.
    pub author: Person,
    /// The words.
    #[serde(default)]
    pub text: String,
    /// BCP 47.
    pub language: Option<String>,
    /// When it was written, RFC 3339.
    pub posted: Option<String>,
    /// When it was last changed.
    pub edited: Option<String>,
    /// Only the brand and its author can read it.
    pub private: bool,
    /// Its page.
    pub page: Option<String>,
}

/// Somebody with an account.
#[derive(Debug, Deserialize)]
pub struct Person {
    /// Stays when the name changes.
    pub id: String,
    /// The account's name.
    pub name: String,
    /// The name they show; may be empty.
    #[serde(default)]
    pub display: String,
    /// Their page.
    pub page: Option<String>,
    /// People who read them.
    pub readers: Option<u64>,
    /// A program, by its own word.
    #[serde(default)]
    pub automated: bool,
}

/// An answer of `GET /book/entries?key=`.
#[derive(Debug, Deserialize)]
pub struct Found {
    /// One or none.
    pub entries: Vec<Entry>,
}
