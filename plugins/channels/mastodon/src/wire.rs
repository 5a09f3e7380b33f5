//! The JSON of the client API, as far as we read it.
//!
//! Only what is needed to be right is required: an id, an account, a time. Servers of other make leave fields out and
//! add their own; those are read as absent or ignored.

use serde::{Deserialize, Deserializer};

/// A post.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Status {
    /// Its id.
    pub id: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339; none where it never was edited.
    #[serde(default)]
    pub edited_at: Option<String>,
    /// The post it answers; a server drops it when that post is deleted.
    #[serde(default)]
    pub in_reply_to_id: Option<String>,
    /// The author of the post it answers.
    #[serde(default)]
    pub in_reply_to_account_id: Option<String>,
    /// `public`, `unlisted`, `private`, `direct`, or what a server invents.
    #[serde(default, deserialize_with = "nullable")]
    pub visibility: String,
    /// The warning; empty for none.
    #[serde(default, deserialize_with = "nullable")]
    pub spoiler_text: String,
    /// ISO 639.
    #[serde(default)]
    pub language: Option<String>,
    /// Its ActivityPub address.
    #[serde(default)]
    pub uri: Option<String>,
    /// Its page.
    #[serde(default)]
    pub url: Option<String>,
    /// The words, as HTML.
    #[serde(default)]
    pub content: Option<String>,
    /// The words as they were typed: instead of `content` in the answer to a deletion.
    #[serde(default)]
    pub text: Option<String>,
    /// Who wrote it.
    pub account: Account,
    /// Files.
    #[serde(default, deserialize_with = "nullable")]
    pub media_attachments: Vec<Media>,
    /// Who is named.
    #[serde(default, deserialize_with = "nullable")]
    pub mentions: Vec<Mention>,
    /// Hashtags.
    #[serde(default, deserialize_with = "nullable")]
    pub tags: Vec<Tag>,
    /// The server's own emoji that the words use.
    #[serde(default, deserialize_with = "nullable")]
    pub emojis: Vec<Emoji>,
    /// A poll.
    #[serde(default)]
    pub poll: Option<Poll>,
    /// A post it quotes.
    #[serde(default)]
    pub quote: Option<Quote>,
    /// The post it passes on; it has no words of its own then.
    #[serde(default)]
    pub reblog: Option<Box<Status>>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// `ana`, or `ana@elsewhere.example`.
    pub acct: String,
    /// The name it shows; may be empty.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
    /// Its page.
    #[serde(default)]
    pub url: Option<String>,
    /// Who would see a public post.
    #[serde(default)]
    pub followers_count: Option<i64>,
    /// It is a program.
    #[serde(default, deserialize_with = "nullable")]
    pub bot: bool,
}

/// Somebody who is named.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Mention {
    /// The account's id.
    pub id: String,
    /// As [`Account::acct`].
    pub acct: String,
    /// The page that the link in the words leads to.
    #[serde(default, deserialize_with = "nullable")]
    pub url: String,
}

/// A hashtag.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Tag {
    /// Without its sign.
    pub name: String,
    /// Its page on the server.
    #[serde(default, deserialize_with = "nullable")]
    pub url: String,
}

/// An emoji of the server's own: `:shortcode:` in the words.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Emoji {
    /// Without colons.
    pub shortcode: String,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Media {
    /// `image`, `video`, `gifv`, `audio`, `unknown`.
    #[serde(default, rename = "type", deserialize_with = "nullable")]
    pub kind: String,
    /// Where it is; none while the server still works on it.
    #[serde(default)]
    pub url: Option<String>,
    /// Where it came from, on another server.
    #[serde(default)]
    pub remote_url: Option<String>,
    /// A small picture of it.
    #[serde(default)]
    pub preview_url: Option<String>,
    /// What it shows.
    #[serde(default)]
    pub description: Option<String>,
}

/// A poll.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Poll {
    /// More than one may be chosen.
    #[serde(default, deserialize_with = "nullable")]
    pub multiple: bool,
    /// The choices.
    #[serde(default, deserialize_with = "nullable")]
    pub options: Vec<Choice>,
}

/// A choice of a poll.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Choice {
    /// Its words.
    #[serde(default, deserialize_with = "nullable")]
    pub title: String,
}

/// A quoted post.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Quote {
    /// The post, where it may be shown.
    #[serde(default)]
    pub quoted_status: Option<Box<Status>>,
}

/// Something that the account is told.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Notification {
    /// Its id; greater is later.
    pub id: String,
    /// `mention`, `status`, `update`, `favourite` and others.
    #[serde(rename = "type")]
    pub kind: String,
    /// RFC 3339.
    pub created_at: String,
    /// The post it is about; none for those about an account, and where the post is gone.
    #[serde(default)]
    pub status: Option<Status>,
}

/// What stands around a post.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Context {
    /// Root first.
    #[serde(default, deserialize_with = "nullable")]
    pub ancestors: Vec<Status>,
    /// In order of time, more or less.
    #[serde(default, deserialize_with = "nullable")]
    pub descendants: Vec<Status>,
}

/// One wording of a post.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Wording {
    /// The words, as HTML.
    #[serde(default, deserialize_with = "nullable")]
    pub content: String,
    /// The warning.
    #[serde(default, deserialize_with = "nullable")]
    pub spoiler_text: String,
    /// When it was written.
    pub created_at: String,
    /// Files.
    #[serde(default, deserialize_with = "nullable")]
    pub media_attachments: Vec<Media>,
    /// A poll.
    #[serde(default)]
    pub poll: Option<Poll>,
}

/// A post as its author typed it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Source {
    /// The words.
    #[serde(default, deserialize_with = "nullable")]
    pub text: String,
}

/// `null` is the same as nothing.
fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
