//! The state of the server and every rule that changes it.

use super::{
    Account, AccountId, Change, ChangeKind, NewAccount, NewPost, Post, PostId, Revision, Visibility, counted_length,
    render,
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What an account is told about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Consecutive over the whole server.
    pub id: u64,
    /// Who is told.
    pub to: AccountId,
    /// Of what.
    pub kind: NoticeKind,
    /// Who did it.
    pub from: AccountId,
    /// To which post.
    pub post: PostId,
    /// When.
    pub at_ms: u64,
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// A post names the account.
    Mention,
    /// Somebody liked a post.
    Favourite,
    /// A post that the account liked was edited.
    Update,
}

impl NoticeKind {
    /// The network's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Mention => "mention",
            Self::Favourite => "favourite",
            Self::Update => "update",
        }
    }
}

/// Why a change was not made: the status and the words that Mastodon answers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// 404.
    NotFound,
    /// 422, with its reason.
    Invalid(String),
}

/// The server.
#[derive(Debug)]
pub struct World {
    /// Where it is reached.
    pub base: String,
    /// The greatest length of a post.
    pub max_characters: usize,
    accounts: BTreeMap<AccountId, Account>,
    posts: BTreeMap<PostId, Post>,
    notices: Vec<Notice>,
    tokens: HashMap<String, AccountId>,
    keys: HashMap<(AccountId, String), PostId>,
    changes: Vec<Change>,
    last_id: u64,
    last_notice: u64,
    last_conversation: u64,
}

impl World {
    /// An empty server.
    pub fn new(base: &str, max_characters: usize) -> Self {
        Self {
            base: base.to_owned(),
            max_characters,
            accounts: BTreeMap::new(),
            posts: BTreeMap::new(),
            notices: Vec::new(),
            tokens: HashMap::new(),
            keys: HashMap::new(),
            changes: Vec::new(),
            last_id: 0,
            last_notice: 0,
            last_conversation: 0,
        }
    }

    /// Numbers as Mastodon makes them: the time in the high bits, so that they grow with it.
    fn next_id(&mut self, now: u64) -> u64 {
        self.last_id = (now << 16).max(self.last_id + 1);
        self.last_id
    }

    /// Makes an account.
    pub fn add_account(&mut self, new: NewAccount, now: u64) -> AccountId {
        let id = AccountId(self.next_id(now));
        let account = Account {
            id,
            username: new.username,
            domain: new.domain,
            display_name: new.display_name,
            note: String::new(),
            bot: new.bot,
            followers_elsewhere: new.followers,
            followers: Default::default(),
            created_ms: now,
        };
        self.accounts.insert(id, account);
        id
    }

    /// Makes a token good for an account.
    pub fn add_token(&mut self, token: &str, account: AccountId) {
        self.tokens.insert(token.to_owned(), account);
    }

    /// Takes a token back; false where there was none.
    pub fn revoke_token(&mut self, token: &str) -> bool {
        self.tokens.remove(token).is_some()
    }

    /// Whose token this is.
    pub fn by_token(&self, token: &str) -> Option<AccountId> {
        self.tokens.get(token).copied()
    }

    /// An account by its number.
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id)
    }

    /// All accounts.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// An account by `name`, `name@domain`, or `name@here`.
    pub fn by_acct(&self, acct: &str) -> Option<&Account> {
        let here = self.base.split_once("://").map_or("", |(_, host)| host);
        let local = acct
            .strip_suffix(here)
            .and_then(|a| a.strip_suffix('@'))
            .unwrap_or(acct);
        self.accounts.values().find(|a| a.acct().eq_ignore_ascii_case(local))
    }

    /// `follower` follows `followed` from now on.
    pub fn follow(&mut self, follower: AccountId, followed: AccountId) {
        if let Some(account) = self.accounts.get_mut(&followed) {
            account.followers.insert(follower);
        }
    }

    /// A post by its number, whoever may see it.
    pub fn post(&self, id: PostId) -> Option<&Post> {
        self.posts.get(&id)
    }

    /// All posts, oldest first.
    pub fn posts(&self) -> impl Iterator<Item = &Post> {
        self.posts.values()
    }

    /// What an account was told, oldest first.
    pub fn notices_of(&self, account: AccountId) -> impl Iterator<Item = &Notice> {
        self.notices.iter().filter(move |n| n.to == account)
    }

    /// May `viewer` (none: a stranger) see this post?
    pub fn may_see(&self, viewer: Option<AccountId>, post: &Post) -> bool {
        let named = viewer.is_some_and(|v| v == post.author || post.mentions.contains(&v));
        match post.visibility {
            Visibility::Public | Visibility::Unlisted => true,
            Visibility::Direct => named,
            Visibility::Private => {
                let follows = |v| {
                    self.accounts
                        .get(&post.author)
                        .is_some_and(|a| a.followers.contains(&v))
                };
                named || viewer.is_some_and(follows)
            }
        }
    }

    /// A post that `viewer` may see.
    pub fn seen_by(&self, viewer: Option<AccountId>, id: PostId) -> Option<&Post> {
        self.posts.get(&id).filter(|post| self.may_see(viewer, post))
    }

    fn check_text(&self, text: &str, spoiler: &str, has_more: bool) -> Result<(), Refused> {
        if text.trim().is_empty() && !has_more {
            return Err(Refused::Invalid("Validation failed: Text can't be blank".to_owned()));
        }
        if counted_length(text) + spoiler.chars().count() > self.max_characters {
            let max = self.max_characters;
            return Err(Refused::Invalid(format!(
                "Validation failed: Text character limit of {max} exceeded"
            )));
        }
        Ok(())
    }

    fn mentions(&self, text: &str) -> Vec<AccountId> {
        render(text, &self.base, |name| self.by_acct(name)).mentions
    }

    /// Posts; the same key of the same author gives the post it gave before.
    pub fn publish(&mut self, author: AccountId, new: NewPost, key: Option<&str>, now: u64) -> Result<PostId, Refused> {
        if let Some(id) = key.and_then(|k| self.keys.get(&(author, k.to_owned()))) {
            return Ok(*id);
        }
        self.check_text(&new.text, &new.spoiler, !new.poll.is_empty())?;
        let parent = match new.in_reply_to {
            Some(id) => Some(self.seen_by(Some(author), id).ok_or(Refused::NotFound)?),
            None => None,
        };
        let parent = parent.map(|p| (p.author, p.conversation));
        let mentions = self.mentions(&new.text);
        let id = PostId(self.next_id(now));
        let conversation = match parent {
            Some((_, conversation)) => conversation,
            None => {
                self.last_conversation += 1;
                self.last_conversation
            }
        };
        self.posts.insert(
            id,
            Post {
                id,
                author,
                created_ms: now,
                in_reply_to: new.in_reply_to,
                in_reply_to_account: parent.map(|(account, _)| account),
                conversation,
                visibility: new.visibility,
                language: new.language,
                mentions: mentions.clone(),
                revisions: vec![Revision {
                    text: new.text,
                    spoiler: new.spoiler,
                    at_ms: now,
                }],
                poll: new.poll,
                application: new.application,
                favourited_by: Vec::new(),
            },
        );
        if let Some(key) = key {
            self.keys.insert((author, key.to_owned()), id);
        }
        self.note(ChangeKind::Posted, id, now);
        for to in mentions.into_iter().filter(|to| *to != author) {
            self.tell(to, NoticeKind::Mention, author, id, now);
        }
        Ok(id)
    }

    /// Adds to the list of what happened.
    fn note(&mut self, kind: ChangeKind, id: PostId, at_ms: u64) {
        if let Some(post) = self.posts.get(&id) {
            self.changes.push(Change {
                number: self.changes.len() as u64 + 1,
                at_ms,
                kind,
                post: id,
                author: post.author,
                conversation: post.conversation,
                visibility: post.visibility,
            });
        }
    }

    /// What happened after this number, oldest first.
    pub fn changes_after(&self, number: u64) -> impl Iterator<Item = &Change> {
        let known = usize::try_from(number).unwrap_or(usize::MAX);
        self.changes.iter().skip(known)
    }

    /// The post that an author wrote with this key, unless it is gone.
    pub fn by_key(&self, author: AccountId, key: &str) -> Option<PostId> {
        let id = self.keys.get(&(author, key.to_owned()))?;
        self.posts.contains_key(id).then_some(*id)
    }

    fn tell(&mut self, to: AccountId, kind: NoticeKind, from: AccountId, post: PostId, at_ms: u64) {
        self.last_notice += 1;
        self.notices.push(Notice {
            id: self.last_notice,
            to,
            kind,
            from,
            post,
            at_ms,
        });
    }

    /// Changes the words of one's own post. Who is newly named is told; who liked it hears of the change.
    pub fn edit(&mut self, author: AccountId, id: PostId, text: &str, spoiler: &str, now: u64) -> Result<(), Refused> {
        let mentions = self.mentions(text);
        self.check_text(text, spoiler, false)?;
        let post = self
            .posts
            .get_mut(&id)
            .filter(|p| p.author == author)
            .ok_or(Refused::NotFound)?;
        let before = post.now();
        if before.text == text && before.spoiler == spoiler {
            return Ok(());
        }
        // Two edits never share a time: a revision is known by it.
        let at_ms = now.max(before.at_ms + 1);
        post.revisions.push(Revision {
            text: text.to_owned(),
            spoiler: spoiler.to_owned(),
            at_ms,
        });
        let named: Vec<AccountId> = mentions
            .iter()
            .copied()
            .filter(|m| !post.mentions.contains(m))
            .collect();
        post.mentions = mentions;
        let liked = post.favourited_by.clone();
        self.note(ChangeKind::Edited, id, at_ms);
        for to in named {
            self.tell(to, NoticeKind::Mention, author, id, at_ms);
        }
        for to in liked.into_iter().filter(|to| *to != author) {
            self.tell(to, NoticeKind::Update, author, id, at_ms);
        }
        Ok(())
    }

    /// Takes one's own post away. As on Mastodon, answers to it lose their parent and nobody is told of it any more.
    pub fn delete(&mut self, author: AccountId, id: PostId, now: u64) -> Result<Post, Refused> {
        if self.posts.get(&id).is_none_or(|p| p.author != author) {
            return Err(Refused::NotFound);
        }
        self.note(ChangeKind::Deleted, id, now);
        for post in self.posts.values_mut().filter(|p| p.in_reply_to == Some(id)) {
            post.in_reply_to = None;
        }
        self.notices.retain(|n| n.post != id);
        self.posts.remove(&id).ok_or(Refused::NotFound)
    }

    /// Likes a post; liking it twice is liking it once.
    pub fn favourite(&mut self, who: AccountId, id: PostId, now: u64) -> Result<(), Refused> {
        self.seen_by(Some(who), id).ok_or(Refused::NotFound)?;
        let post = self.posts.get_mut(&id).ok_or(Refused::NotFound)?;
        if !post.favourited_by.contains(&who) {
            post.favourited_by.push(who);
            let author = post.author;
            if author != who {
                self.tell(author, NoticeKind::Favourite, who, id, now);
            }
        }
        Ok(())
    }

    /// What stands above a post, root first, and below it, in order of time; only what `viewer` may see.
    pub fn context(&self, viewer: Option<AccountId>, id: PostId) -> (Vec<&Post>, Vec<&Post>) {
        let mut above = Vec::new();
        let mut next = self.post(id).and_then(|p| p.in_reply_to);
        while let Some(post) = next.and_then(|id| self.post(id)) {
            next = post.in_reply_to;
            above.push(post);
        }
        above.reverse();
        above.retain(|post| self.may_see(viewer, post));
        let mut known = HashSet::from([id]);
        let mut below = Vec::new();
        // Numbers grow with time, so an answer always comes after what it answers.
        for post in self.posts.values().filter(|p| p.id > id) {
            if post.in_reply_to.is_some_and(|parent| known.contains(&parent)) {
                known.insert(post.id);
                below.push(post);
            }
        }
        below.retain(|post| self.may_see(viewer, post));
        (above, below)
    }
}
