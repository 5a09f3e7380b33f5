//! What an account says.

use super::AccountId;

/// The number of a post. Later posts have greater ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostId(pub u64);

/// Who may see a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody, in public lists.
    Public,
    /// Everybody who has the address.
    Unlisted,
    /// Followers of the author and who is mentioned.
    Private,
    /// Who is mentioned.
    Direct,
}

impl Visibility {
    /// The network's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
            Self::Private => "private",
            Self::Direct => "direct",
        }
    }

    /// From the network's word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Public, Self::Unlisted, Self::Private, Self::Direct]
            .into_iter()
            .find(|v| v.word() == word)
    }
}

/// A post as it stands.
#[derive(Debug, Clone)]
pub struct Post {
    /// Its number.
    pub id: PostId,
    /// Who wrote it.
    pub author: AccountId,
    /// When it was posted.
    pub created_ms: u64,
    /// The post it answers; none once that one is deleted.
    pub in_reply_to: Option<PostId>,
    /// The author of the post it answers; stays when that one is deleted.
    pub in_reply_to_account: Option<AccountId>,
    /// The thread, for the list of private conversations.
    pub conversation: u64,
    /// Who may see it.
    pub visibility: Visibility,
    /// The language its author set.
    pub language: Option<String>,
    /// Accounts it names.
    pub mentions: Vec<AccountId>,
    /// Every wording, oldest first; never empty.
    pub revisions: Vec<Revision>,
    /// The choices of its poll; empty where it has none.
    pub poll: Vec<String>,
    /// The program it was written with.
    pub application: Option<String>,
    /// Who liked it.
    pub favourited_by: Vec<AccountId>,
}

/// One wording of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// As its author typed it.
    pub text: String,
    /// The warning it hides behind; empty for none.
    pub spoiler: String,
    /// When it was written.
    pub at_ms: u64,
}

impl Post {
    /// The newest wording.
    pub fn now(&self) -> Revision {
        self.revisions.last().cloned().unwrap_or(Revision {
            text: String::new(),
            spoiler: String::new(),
            at_ms: 0,
        })
    }

    /// When it was last changed; none where it never was.
    pub fn edited_ms(&self) -> Option<u64> {
        (self.revisions.len() > 1).then(|| self.now().at_ms)
    }
}

/// What is needed to post.
#[derive(Debug, Clone)]
pub struct NewPost {
    /// The words.
    pub text: String,
    /// The post it answers.
    pub in_reply_to: Option<PostId>,
    /// Who may see it.
    pub visibility: Visibility,
    /// The warning; empty for none.
    pub spoiler: String,
    /// Its language.
    pub language: Option<String>,
    /// The choices of a poll; empty for none.
    pub poll: Vec<String>,
    /// The program it was written with.
    pub application: Option<String>,
}

impl NewPost {
    /// A public post with nothing but words.
    pub fn public(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            in_reply_to: None,
            visibility: Visibility::Public,
            spoiler: String::new(),
            language: Some("en".to_owned()),
            poll: Vec::new(),
            application: None,
        }
    }
}
