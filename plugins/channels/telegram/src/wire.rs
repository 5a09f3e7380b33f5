//! The JSON of the Bot API, as far as it is read here.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that happened.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Update {
    /// Grows.
    pub update_id: u64,
    /// Somebody wrote.
    pub message: Option<Message>,
    /// Somebody wrote it anew.
    pub edited_message: Option<Message>,
    /// A channel wrote.
    pub channel_post: Option<Message>,
    /// A channel wrote it anew.
    pub edited_channel_post: Option<Message>,
}

/// A message.
#[derive(Debug, Clone, Deserialize)]
pub struct Message {
    /// Of its chat.
    pub message_id: i64,
    /// The topic of a forum.
    pub message_thread_id: Option<i64>,
    /// Whether that is a topic, and not a thread of answers.
    #[serde(default)]
    pub is_topic_message: bool,
    /// Who wrote; none for channels.
    pub from: Option<User>,
    /// Where.
    pub chat: Chat,
    /// In seconds.
    #[serde(default)]
    pub date: u64,
    /// Its words.
    pub text: Option<String>,
    /// What stretches of them are.
    #[serde(default)]
    pub entities: Vec<Value>,
    /// The words below a file.
    pub caption: Option<String>,
    /// What stretches of those are.
    #[serde(default)]
    pub caption_entities: Vec<Value>,
    /// What it answers.
    pub reply_to_message: Option<Box<Message>>,
    /// The same picture in several sizes, the largest last.
    #[serde(default)]
    pub photo: Vec<Value>,
    /// A file, and so on.
    pub document: Option<Value>,
    /// See above.
    pub video: Option<Value>,
    /// See above.
    pub audio: Option<Value>,
    /// See above.
    pub voice: Option<Value>,
    /// See above.
    pub sticker: Option<Value>,
}

/// Somebody.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct User {
    /// Stays.
    pub id: i64,
    /// Whether it is a program.
    #[serde(default)]
    pub is_bot: bool,
    /// The name they show.
    #[serde(default)]
    pub first_name: String,
    /// Its second part.
    pub last_name: Option<String>,
    /// Their handle; many have none.
    #[serde(default)]
    pub username: String,
}

/// A place.
#[derive(Debug, Clone, Deserialize)]
pub struct Chat {
    /// Below zero for groups.
    pub id: i64,
    /// `private`, `group`, `supergroup`, `channel`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// A group's name.
    pub title: Option<String>,
    /// Its handle, where everybody can find it.
    pub username: Option<String>,
}
