//! The JSON of the API and of webhooks, as far as we read it.
//!
//! Only what is needed to be right is required: an id, an author, a time. Plugins of a forum add fields and old versions
//! leave some out; `null` is the same as nothing.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A post.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Post {
    /// Its id, one for the whole forum.
    pub id: u64,
    /// Its place in the topic, from 1.
    #[serde(default, deserialize_with = "nullable")]
    pub post_number: u64,
    /// 1 regular, 2 by a moderator, 3 something that was done to the topic, 4 a whisper.
    #[serde(default, deserialize_with = "nullable")]
    pub post_type: u64,
    /// What was done, in posts of type 3.
    #[serde(default)]
    pub action_code: Option<String>,
    /// The author's handle.
    #[serde(default, deserialize_with = "nullable")]
    pub username: String,
    /// The name the author shows.
    #[serde(default)]
    pub name: Option<String>,
    /// The author's id; below 0 for the forum's own programs.
    #[serde(default)]
    pub user_id: Option<i64>,
    /// 0 new to 4 leader.
    #[serde(default)]
    pub trust_level: Option<u8>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// The words as HTML.
    #[serde(default, deserialize_with = "nullable")]
    pub cooked: String,
    /// The words as they were typed. A text, as documented; a recorded body has something else here.
    #[serde(default)]
    pub raw: Value,
    /// Grows with edits, but not with those right after posting.
    #[serde(default, deserialize_with = "nullable")]
    pub version: u64,
    /// The post of the same topic that it answers; none where it answers the topic.
    #[serde(default)]
    pub reply_to_post_number: Option<u64>,
    /// Whom it answers.
    #[serde(default)]
    pub reply_to_user: Option<Named>,
    /// Its topic; left out where the topic stands around it.
    #[serde(default, deserialize_with = "nullable")]
    pub topic_id: u64,
    /// The topic's title as a part of its address.
    #[serde(default)]
    pub topic_slug: Option<String>,
    /// The topic's title.
    #[serde(default)]
    pub topic_title: Option<String>,
    /// In webhooks: `regular` or `private_message`.
    #[serde(default)]
    pub topic_archetype: Option<String>,
    /// The topic's category; none for personal messages.
    #[serde(default)]
    pub category_id: Option<u64>,
    /// When staff took it away.
    #[serde(default)]
    pub deleted_at: Option<String>,
    /// Its author took it away: the words say so until it is gone.
    #[serde(default, deserialize_with = "nullable")]
    pub user_deleted: bool,
    /// Hidden by flags of the community.
    #[serde(default, deserialize_with = "nullable")]
    pub hidden: bool,
    /// It is the solution of its topic.
    #[serde(default, deserialize_with = "nullable")]
    pub accepted_answer: bool,
    /// What people did about it; id 2 are likes.
    #[serde(default, deserialize_with = "nullable")]
    pub actions_summary: Vec<Action>,
}

impl Post {
    /// It is no longer there, or about to go.
    pub fn gone(&self) -> bool {
        self.user_deleted || self.deleted_at.is_some()
    }

    /// How many people like it.
    pub fn likes(&self) -> u64 {
        let likes = self.actions_summary.iter().find(|action| action.id == 2);
        likes.map_or(0, |likes| likes.count)
    }
}

/// Somebody by name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Named {
    /// The handle.
    #[serde(default, deserialize_with = "nullable")]
    pub username: String,
}

/// One kind of what people did.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Action {
    /// 2: like.
    #[serde(default, deserialize_with = "nullable")]
    pub id: u64,
    /// How many.
    #[serde(default, deserialize_with = "nullable")]
    pub count: u64,
}

/// A list of posts over all topics.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Latest {
    /// Newest first.
    #[serde(alias = "latest_posts", alias = "private_posts")]
    pub posts: Vec<Value>,
}

/// A topic, or a part of its posts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Topic {
    /// Its id.
    pub id: u64,
    /// `regular` or `private_message`.
    #[serde(default)]
    pub archetype: Option<String>,
    /// Its title.
    #[serde(default)]
    pub title: Option<String>,
    /// Its posts.
    #[serde(default)]
    pub post_stream: Stream,
}

/// The posts of a topic.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct Stream {
    /// Some of them.
    #[serde(default, deserialize_with = "nullable")]
    pub posts: Vec<Post>,
    /// The ids of all of them, in order.
    #[serde(default, deserialize_with = "nullable")]
    pub stream: Vec<u64>,
}

/// The answer to a new post: the post, or that it waits.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Made {
    /// It is there.
    Post(Box<Post>),
    /// It waits for a moderator.
    Waits {
        /// `enqueued`.
        action: String,
    },
}

/// What a key is asked for its owner.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Session {
    /// The owner.
    pub current_user: Named,
}

/// A category, as far as who may read it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Shown {
    /// The category.
    pub category: Category,
}

/// A category.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Category {
    /// Its name.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// Not everybody may read it.
    #[serde(default, deserialize_with = "nullable")]
    pub read_restricted: bool,
}

/// `null` is the same as nothing.
fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
