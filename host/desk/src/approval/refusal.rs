//! Why something was not done, with the repair.

use jackfield_protocol::AgentId;

/// Nothing was changed, and this is why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such reply.
    #[error("No reply waits for readers here.")]
    Nothing,
    /// It is asked for twice.
    #[error("This reply waits for readers already: change its text instead, or take it back first.")]
    AskedAlready,
    /// It is over.
    #[error("This reply is done with ({0}): ask for readers anew.")]
    Over(&'static str),
    /// The author cannot be a reader.
    #[error("{0} wrote this reply: somebody else has to read it.")]
    OwnReply(AgentId),
    /// The same person counts once.
    #[error("{0} has approved it already: another person has to.")]
    TwiceBy(AgentId),
    /// Another text has taken the place of what they read.
    #[error("The text was changed while you read edition {read}: it is at edition {now}, read that.")]
    TextMoved {
        /// What they read.
        read: u32,
        /// What there is.
        now: u32,
    },
    /// The person wrote again.
    #[error("The person wrote or changed something after what you saw: look at the thread again, then decide.")]
    ThreadMoved,
    /// Nobody can have seen that.
    #[error("The thread is at version {known}, nobody can have seen {claimed}: read it again.")]
    ThreadUnknown {
        /// What was claimed.
        claimed: u64,
        /// What there is.
        known: u64,
    },
    /// Readers are missing.
    #[error("{missing} more of {readers} readers have to approve it first.")]
    ReadersMissing {
        /// How many.
        missing: usize,
        /// Of how many.
        readers: u8,
    },
    /// Only its author may.
    #[error("{author} wrote this reply: only {author} can change it or take it back; suggest a change instead.")]
    NotAuthor {
        /// Who wrote it.
        author: AgentId,
    },
    /// It is too late.
    #[error("The time for this reply is over: ask for readers anew, if it is still right.")]
    TooLate,
    /// A word is missing.
    #[error("Say why you say no, so that its author can do better.")]
    WhyMissing,
    /// Nothing is written.
    #[error("There is no text: write one.")]
    TextEmpty,
    /// Nothing is changed.
    #[error("That is the same text: change something, or approve it.")]
    TextSame,
    /// More readers than there are steps for.
    #[error("{0} readers are demanded; 0, 1 or 2 are possible.")]
    TooManyReaders(u8),
}

impl Refusal {
    /// For programs. A code keeps its meaning for ever.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Nothing => "approval-none",
            Self::AskedAlready => "approval-asked",
            Self::Over(_) => "approval-over",
            Self::OwnReply(_) => "approval-own",
            Self::TwiceBy(_) => "approval-twice",
            Self::TextMoved { .. } => "approval-text-moved",
            Self::ThreadMoved => "approval-overtaken",
            Self::ThreadUnknown { .. } => "approval-thread-unknown",
            Self::ReadersMissing { .. } => "approval-readers-missing",
            Self::NotAuthor { .. } => "approval-not-author",
            Self::TooLate => "approval-expired",
            Self::WhyMissing => "approval-why-missing",
            Self::TextEmpty => "approval-text-empty",
            Self::TextSame => "approval-text-same",
            Self::TooManyReaders(_) => "approval-readers",
        }
    }
}
