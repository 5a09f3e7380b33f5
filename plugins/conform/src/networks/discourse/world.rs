//! The forum's state and rules, without HTTP.

use std::collections::BTreeSet;

/// The number of a post.
pub type PostId = u64;
/// The number of a topic.
pub type TopicId = u64;

/// Edits of the author within this time after posting change the words and leave the version as it is.
const GRACE_MS: u64 = 300_000;

/// Somebody.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) trust: u8,
    pub(super) staff: bool,
}

/// A topic.
#[derive(Debug, Clone)]
pub(super) struct Topic {
    pub(super) id: TopicId,
    pub(super) title: String,
    pub(super) category: u64,
    /// Who may see it; none where it is no personal message.
    pub(super) allowed: Option<BTreeSet<String>>,
    pub(super) accepted: Option<PostId>,
    pub(super) assigned: Option<String>,
    pub(super) closed: bool,
    pub(super) highest: u64,
}

/// A post.
#[derive(Debug, Clone)]
pub(super) struct Post {
    pub(super) id: PostId,
    pub(super) topic: TopicId,
    pub(super) number: u64,
    pub(super) author: String,
    pub(super) raw: String,
    pub(super) created: u64,
    pub(super) updated: u64,
    pub(super) version: u64,
    pub(super) answers: Option<u64>,
    pub(super) whisper: bool,
    pub(super) user_deleted: bool,
    pub(super) deleted: Option<u64>,
    pub(super) likes: u64,
}

impl Post {
    pub(super) fn gone(&self) -> bool {
        self.user_deleted || self.deleted.is_some()
    }
}

/// The forum.
#[derive(Debug, Clone)]
pub struct Forum {
    pub(super) base: String,
    /// The account of the brand.
    pub(super) brand: String,
    pub(super) users: Vec<User>,
    pub(super) topics: Vec<Topic>,
    pub(super) posts: Vec<Post>,
    /// Ids are counted over everything, personal messages included.
    next: u64,
    /// Categories that not everybody may read.
    pub(super) restricted: BTreeSet<u64>,
    /// New posts wait for a moderator.
    pub(super) approving: bool,
}

impl Default for Forum {
    fn default() -> Self {
        let mut forum = Self {
            base: "http://127.0.0.1:1".to_owned(),
            brand: "northwind".to_owned(),
            users: Vec::new(),
            topics: Vec::new(),
            posts: Vec::new(),
            next: 10,
            restricted: BTreeSet::new(),
            approving: false,
        };
        forum.moves_in("northwind", 4, true);
        forum
    }
}

impl Forum {
    /// Somebody with this trust level; known people get it.
    pub fn moves_in(&mut self, name: &str, trust: u8, staff: bool) {
        match self.users.iter_mut().find(|user| user.name == name) {
            Some(known) => (known.trust, known.staff) = (trust, staff),
            None => {
                let id = i64::try_from(self.users.len()).unwrap_or(0) + 2;
                self.users.push(User {
                    id,
                    name: name.to_owned(),
                    trust,
                    staff,
                });
            }
        }
    }

    /// New posts wait for a moderator from now on, or no longer.
    pub fn approve_posts(&mut self, yes: bool) {
        self.approving = yes;
    }

    /// A category that not everybody may read.
    pub fn restrict(&mut self, category: u64) {
        self.restricted.insert(category);
    }

    /// A topic in the open; its first post.
    pub fn open(&mut self, who: &str, title: &str, raw: &str, at: u64) -> PostId {
        self.begin(who, title, raw, at, None)
    }

    /// A personal message to these people; its first post.
    pub fn write_to(&mut self, who: &str, to: &[&str], title: &str, raw: &str, at: u64) -> PostId {
        let allowed = to.iter().copied().chain([who]).map(str::to_owned).collect();
        self.begin(who, title, raw, at, Some(allowed))
    }

    fn begin(&mut self, who: &str, title: &str, raw: &str, at: u64, allowed: Option<BTreeSet<String>>) -> PostId {
        let id = self.number();
        self.topics.push(Topic {
            id,
            title: title.to_owned(),
            category: 1,
            allowed,
            accepted: None,
            assigned: None,
            closed: false,
            highest: 0,
        });
        self.add(who, id, None, raw, at, false)
    }

    /// Moves a topic into a category.
    pub fn moved(&mut self, post: PostId, category: u64) {
        let topic = self.post(post).map(|post| post.topic);
        if let Some(topic) = self.topics.iter_mut().find(|one| Some(one.id) == topic) {
            topic.category = category;
        }
    }

    /// An answer to a post.
    pub fn answer(&mut self, who: &str, parent: PostId, raw: &str, at: u64) -> Option<PostId> {
        let (topic, number) = self.post(parent).map(|post| (post.topic, post.number))?;
        Some(self.add(who, topic, Some(number).filter(|number| *number > 1), raw, at, false))
    }

    pub(super) fn add(
        &mut self,
        who: &str,
        topic: TopicId,
        answers: Option<u64>,
        raw: &str,
        at: u64,
        whisper: bool,
    ) -> PostId {
        if !self.users.iter().any(|user| user.name == who) {
            self.moves_in(who, 1, false);
        }
        let id = self.number();
        let number = match self.topics.iter_mut().find(|one| one.id == topic) {
            Some(topic) => {
                topic.highest += 1;
                if let Some(allowed) = &mut topic.allowed {
                    allowed.insert(who.to_owned());
                }
                topic.highest
            }
            None => 1,
        };
        self.posts.push(Post {
            id,
            topic,
            number,
            author: who.to_owned(),
            raw: raw.trim_end().to_owned(),
            created: at,
            updated: at,
            version: 1,
            answers,
            whisper,
            user_deleted: false,
            deleted: None,
            likes: 0,
        });
        id
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// The author changes the words.
    pub fn reword(&mut self, id: PostId, raw: &str, now: u64) -> bool {
        let Some(post) = self.posts.iter_mut().find(|post| post.id == id && !post.gone()) else {
            return false;
        };
        if now.saturating_sub(post.created) > GRACE_MS {
            post.version += 1;
        }
        raw.clone_into(&mut post.raw);
        post.updated = now.max(post.updated + 1);
        true
    }

    /// The author takes a post away: the words are replaced at once, the post goes a day later.
    pub fn remove(&mut self, id: PostId, now: u64) -> bool {
        let Some(post) = self.posts.iter_mut().find(|post| post.id == id && !post.gone()) else {
            return false;
        };
        post.user_deleted = true;
        "(post deleted by author)".clone_into(&mut post.raw);
        post.version += 1;
        post.updated = now;
        true
    }

    /// Staff takes a post away: nobody else sees it any more.
    pub fn moderate(&mut self, id: PostId, now: u64) -> bool {
        match self.posts.iter_mut().find(|post| post.id == id) {
            Some(post) => {
                post.deleted = Some(now);
                true
            }
            None => false,
        }
    }

    /// Accepts a post as the solution of its topic; none takes it back.
    pub fn accept(&mut self, topic: TopicId, post: Option<PostId>) {
        if let Some(topic) = self.topics.iter_mut().find(|one| one.id == topic) {
            topic.accepted = post;
        }
    }

    /// One more like.
    pub fn like(&mut self, id: PostId) {
        if let Some(post) = self.posts.iter_mut().find(|post| post.id == id) {
            post.likes += 1;
        }
    }

    /// Closes a topic.
    pub fn close(&mut self, topic: TopicId) {
        if let Some(topic) = self.topics.iter_mut().find(|one| one.id == topic) {
            topic.closed = true;
        }
    }

    /// The topic of a post.
    pub fn topic_of(&self, post: PostId) -> Option<TopicId> {
        self.post(post).map(|post| post.topic)
    }

    pub(super) fn post(&self, id: PostId) -> Option<&Post> {
        self.posts.iter().find(|post| post.id == id)
    }

    pub(super) fn topic(&self, id: TopicId) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.id == id)
    }

    pub(super) fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    /// Whether the brand's account may see it.
    pub(super) fn sees(&self, topic: &Topic) -> bool {
        topic
            .allowed
            .as_ref()
            .is_none_or(|allowed| allowed.contains(&self.brand))
    }
}

/// The first words.
pub(super) fn title_of(text: &str) -> String {
    text.split_whitespace()
        .take(8)
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(120)
        .collect()
}
