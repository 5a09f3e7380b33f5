//! A reply that others read before it goes out: a state machine without a clock.
//!
//! ```text
//! asked ──> waiting ──> ready ──> published
//!             │  ^         │
//!             │  └─────────┤ overtaken (the thread moved on), superseded (another text): approvals are void
//!             └────────────┴──> rejected, withdrawn, expired
//! ```
//!
//! An approval is of one text against one version of the thread. When either changes it no longer counts, and the
//! reader looks again. So what goes out was read, as it is, by as many people as the policy demanded when it was asked,
//! and each of them had seen all that the person wrote.

mod decide;
mod diff;
mod refusal;

pub use decide::{apply, decide};
pub use diff::{Change, Piece, difference, in_words};
pub use refusal::Refusal;

use jackfield_protocol::{AgentId, Millis};
use serde::{Deserialize, Serialize};

/// A reply, its readers, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who wrote it.
    pub author: AgentId,
    /// The text as it stands.
    pub text: String,
    /// The number of that text: 1, and one more with each change.
    pub edition: u32,
    /// How many people have to approve it, as the policy in force at asking demanded.
    pub readers: u8,
    /// The version of that policy.
    pub policy: String,
    /// The newest version of the thread that is known: of what the person said, not of what we did.
    pub thread: u64,
    /// From when on it no longer goes out.
    pub expires_at: Millis,
    /// Approvals of this text against this thread.
    pub approved: Vec<Approved>,
    /// Changes that readers suggested to this text.
    pub suggested: Vec<Suggested>,
    /// Where it stands.
    pub stands: Stands,
}

/// An approval that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// Who read it.
    pub by: AgentId,
    /// When.
    pub at: Millis,
}

/// What a reader would rather write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggested {
    /// Who.
    pub by: AgentId,
    /// The text.
    pub text: String,
    /// Why, where they said.
    pub why: String,
}

/// Where a reply stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "stands")]
pub enum Stands {
    /// It needs readers.
    Waiting,
    /// Enough people approved it.
    Ready,
    /// A reader said no.
    Rejected {
        /// Who.
        by: AgentId,
        /// Why.
        why: String,
    },
    /// Its author took it back.
    Withdrawn,
    /// Nobody read it in time.
    Expired,
    /// It went out.
    Published,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// An author asks for readers.
    Ask(Asking),
    /// A reader approves what they have before them.
    Approve {
        /// Who.
        by: AgentId,
        /// The edition that they read.
        edition: u32,
        /// The version of the thread that they saw.
        thread: u64,
    },
    /// A reader would rather write something else.
    Suggest {
        /// Who.
        by: AgentId,
        /// The edition that they read.
        edition: u32,
        /// The text.
        text: String,
        /// Why.
        why: String,
    },
    /// A reader says no.
    Reject {
        /// Who.
        by: AgentId,
        /// Why.
        why: String,
    },
    /// The author writes another text, or takes a suggestion. What the policy demands of that text stands in it.
    Supersede(Asking),
    /// The author takes it back.
    Withdraw {
        /// Who.
        by: AgentId,
    },
    /// The person wrote again, edited or deleted: the thread is at this version now.
    Moved {
        /// The version.
        thread: u64,
    },
    /// Time has passed.
    Expire,
    /// It is about to go out.
    Publish {
        /// The version of the thread as it is now.
        thread: u64,
    },
}

/// A text and what is demanded of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// Who wrote it.
    pub by: AgentId,
    /// The text.
    pub text: String,
    /// How many readers the policy demands.
    pub readers: u8,
    /// The version of that policy.
    pub policy: String,
    /// The version of the thread that the author saw.
    pub thread: u64,
    /// From when on it no longer goes out.
    pub expires_at: Millis,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// Readers were asked for.
    Asked {
        /// What for.
        asking: Asking,
    },
    /// Somebody approved.
    Approved {
        /// Who.
        by: AgentId,
        /// When.
        at: Millis,
        /// The edition.
        edition: u32,
        /// The version of the thread that they saw.
        thread: u64,
    },
    /// Enough people approved.
    Ready,
    /// Somebody would rather write something else.
    Suggested {
        /// Who.
        by: AgentId,
        /// The text.
        text: String,
        /// Why.
        why: String,
    },
    /// Somebody said no.
    Rejected {
        /// Who.
        by: AgentId,
        /// Why.
        why: String,
    },
    /// Another text took its place; approvals are void.
    Superseded {
        /// The text and what is demanded of it.
        asking: Asking,
    },
    /// The thread moved on; approvals are void.
    Overtaken {
        /// The version of the thread now.
        thread: u64,
        /// Who has to look again.
        again: Vec<AgentId>,
    },
    /// The author took it back.
    Withdrawn,
    /// Nobody read it in time.
    Expired,
    /// It went out.
    Published,
}

impl Approval {
    /// It may still become something.
    pub fn is_open(&self) -> bool {
        matches!(self.stands, Stands::Waiting | Stands::Ready)
    }

    /// How many more people have to approve it.
    pub fn missing(&self) -> usize {
        usize::from(self.readers).saturating_sub(self.approved.len())
    }

    /// Where it stands, in words.
    pub fn words(&self) -> String {
        let names = |all: &[Approved]| {
            all.iter()
                .map(|one| one.by.0.as_str())
                .collect::<Vec<_>>()
                .join(" and ")
        };
        match &self.stands {
            Stands::Waiting if self.approved.is_empty() => format!("It waits for {}.", people(self.missing())),
            Stands::Waiting => format!(
                "{} approved it; it waits for {} more.",
                names(&self.approved),
                people(self.missing())
            ),
            Stands::Ready if self.approved.is_empty() => "Nobody has to read it; it can go out.".to_owned(),
            Stands::Ready => format!("{} approved it; it can go out.", names(&self.approved)),
            Stands::Rejected { by, why } => format!("{by} said no: {why}"),
            Stands::Withdrawn => format!("{} took it back.", self.author),
            Stands::Expired => "Nobody read it in time; ask again if it is still right.".to_owned(),
            Stands::Published => "It went out.".to_owned(),
        }
    }
}

fn people(count: usize) -> String {
    match count {
        1 => "one reader".to_owned(),
        2 => "two readers".to_owned(),
        _ => format!("{count} readers"),
    }
}
