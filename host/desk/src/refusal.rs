//! Why something was not done: for programs a code that never changes, for people a sentence with the repair.

use crate::approval;
use crate::authority::NotYours;
use crate::passage::{Judgement, Needs};
use jackfield_protocol::{AgentId, CommandId, Problem, RemoteId, Visibility};

/// Nothing was changed, and this is why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such conversation.
    #[error("There is no such conversation.")]
    NoConversation,
    /// The command's id cannot be one.
    #[error("The command's id {0:?} is not 1 to 64 of A-Z a-z 0-9 - _: make one of these characters.")]
    CommandIdMalformed(String),
    /// The id was used for something else.
    #[error("The command's id {0} was used before for something else: use a new id for each command.")]
    CommandIdReused(CommandId),
    /// Somebody else has the conversation.
    #[error("{owner} has this conversation: ask {owner} to hand it over, or hand it over yourself and say why.")]
    OwnedBy {
        /// Who has it.
        owner: AgentId,
    },
    /// A conversation is taken from somebody without a word.
    #[error("{owner} has this conversation: say why you hand it over, so that {owner} knows.")]
    WhyMissing {
        /// Who has it.
        owner: AgentId,
    },
    /// The reason is too long.
    #[error("The reason has {length} characters, {max} are possible: shorten it, or write a note.")]
    WhyTooLong {
        /// How many it has.
        length: usize,
        /// How many it may have.
        max: usize,
    },
    /// The agent to hand over to cannot be one.
    #[error("There can be no agent named {0:?}: name one, or nobody to put it back into the queue.")]
    AgentMalformed(String),
    /// Nothing is written.
    #[error("There is nothing to send yet: write a text.")]
    ReplyEmpty,
    /// The reply is longer than the network takes.
    #[error("The reply is {} too long: the network takes {max}, this has {length}.", length - max)]
    ReplyTooLong {
        /// Its length as the network counts.
        length: usize,
        /// The greatest length.
        max: usize,
    },
    /// A text holds a character that no network and no store can carry.
    #[error("The text holds a NUL character, which cannot be kept: remove it.")]
    TextUnstorable,
    /// There is no message to answer.
    #[error("Nobody has written anything here that could be answered.")]
    NothingToAnswer,
    /// The message to answer is not part of the conversation.
    #[error("The message {0} is not part of this conversation: pick one that is, or none to answer the newest.")]
    ParentUnknown(RemoteId),
    /// The message to answer was taken away.
    #[error("The message {0} was taken away on the network: pick another one to answer.")]
    ParentDeleted(RemoteId),
    /// More people would read the reply than may read what it answers.
    #[error(
        "What you answer is {}, a {} answer would show it to more people: choose {} or narrower.",
        words(parent),
        words(wanted),
        words(parent)
    )]
    VisibilityTooWide {
        /// Who would read the reply.
        wanted: Visibility,
        /// Who can read the message.
        parent: Visibility,
    },
    /// What is internal is never published.
    #[error("Internal words are never published: write a note instead.")]
    VisibilityInternal,
    /// The channel has no such answers.
    #[error("This channel has no {} answers: choose another visibility.", words(.0))]
    VisibilityImpossible(Visibility),
    /// The network no longer takes an answer.
    #[error(
        "The network takes answers for {hours} hours after the person's last message, and that time is over: reach the person another way."
    )]
    WindowClosed {
        /// How long the window was.
        hours: u64,
    },
    /// Nothing can be sent on this line.
    #[error("{0}")]
    LineClosed(String),
    /// The note is empty.
    #[error("There is nothing to keep yet: write a note of 1 to {max} characters.")]
    NoteEmpty {
        /// The greatest length.
        max: usize,
    },
    /// The note is too long.
    #[error("The note has {length} characters, {max} are possible: shorten it or write two.")]
    NoteTooLong {
        /// How many it has.
        length: usize,
        /// How many it may have.
        max: usize,
    },
    /// No such reply.
    #[error("There is no reply {0} in this conversation.")]
    ReplyUnknown(CommandId),
    /// Only what failed can be tried again.
    #[error("The reply is {state}: only a failed one can be tried again.")]
    ReplyNotFailed {
        /// Where it is.
        state: &'static str,
    },
    /// A delivery report that does not follow from where the reply is.
    #[error("The reply {reply} is {state}; it cannot become {wanted}.")]
    DeliveryOutOfOrder {
        /// The reply.
        reply: CommandId,
        /// Where it is.
        state: &'static str,
        /// What was reported.
        wanted: &'static str,
    },
    /// One message on the network cannot be two replies.
    #[error(
        "The network's message {remote_id} is known as the reply {reply} already: the plugin gave one id to two replies."
    )]
    ReceiptTaken {
        /// The network's id.
        remote_id: RemoteId,
        /// The reply it belongs to.
        reply: CommandId,
    },
    /// Something is still on its way.
    #[error("A reply is still {state}: resolve once the network has it or it has failed.")]
    ReplyPending {
        /// Where it is.
        state: &'static str,
    },
    /// Nobody can have seen what has not happened.
    #[error("This conversation is at version {known}, nobody can have seen {version}: read it again.")]
    VersionUnknown {
        /// What was claimed.
        version: u64,
        /// What there is.
        known: u64,
    },
    /// The facts belong somewhere else.
    #[error("A message of thread {found:?} was brought to the conversation of thread {expected:?}.")]
    ThreadMismatch {
        /// Where it belongs.
        found: String,
        /// Where it was brought.
        expected: String,
    },
    /// The conversation belongs to another workspace, brand or line.
    #[error("This conversation belongs to another workspace, brand or line.")]
    PlaceMismatch,
    /// Something in the text stands in the way.
    #[error("{}", findings(.0))]
    Findings(Box<Judgement>),
    /// The person said something meanwhile.
    #[error("The person wrote or changed something after what you saw: read it, then send the reply again.")]
    ThreadMoved {
        /// What they saw.
        seen: u64,
    },
    /// It does not go through with its readers.
    #[error("{0}")]
    Approval(approval::Refusal),
    /// It is not theirs to do.
    #[error("{0}")]
    NotYours(NotYours),
    /// Where the work stands, it cannot happen.
    #[error("{why}")]
    NotNow {
        /// Where it stands, why not, and what to do.
        why: String,
    },
    /// Nobody asked them.
    #[error("It is not offered to {agent}: it may have gone on to somebody else. Take it, if nobody has it.")]
    NotOffered {
        /// Who answered.
        agent: AgentId,
    },
    /// They lack something that the work needs.
    #[error("{lacking}: give it to somebody who can, or put it into another queue.")]
    NotQualified {
        /// Who.
        agent: AgentId,
        /// What they lack.
        lacking: String,
    },
    /// It is to come back before now.
    #[error("That time is over: name one that is to come.")]
    SnoozeOver,
    /// A wait without its reason.
    #[error("Say whom or what it waits for, so that somebody can ask them.")]
    ReasonMissing,
    /// No such queue.
    #[error("There is no queue {queue:?}: name one of {known}.")]
    QueueUnknown {
        /// What was named.
        queue: String,
        /// What there is.
        known: String,
    },
    /// A move on the ladder that nobody may make.
    #[error("{why}")]
    TierRefused {
        /// Why not, and what to do.
        why: String,
    },
    /// Something is still owed, or cannot be done about it.
    #[error("{why}")]
    Owed {
        /// What.
        why: String,
    },
    /// Nothing is owed.
    #[error("Nothing is owed here by that number: read the conversation again.")]
    NothingOwed,
    /// A verdict on a message that is not here.
    #[error("The message {0} is not part of this conversation.")]
    MessageUnknown(RemoteId),
}

impl Refusal {
    /// For programs. A code keeps its meaning for ever.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoConversation => "no-conversation",
            Self::CommandIdMalformed(_) => "command-id-malformed",
            Self::CommandIdReused(_) => "command-id-reused",
            Self::OwnedBy { .. } => "owned-by-another",
            Self::WhyMissing { .. } => "why-missing",
            Self::WhyTooLong { .. } => "why-too-long",
            Self::AgentMalformed(_) => "agent-malformed",
            Self::ReplyEmpty => "reply-empty",
            Self::ReplyTooLong { .. } => "reply-too-long",
            Self::TextUnstorable => "text-unstorable",
            Self::NothingToAnswer => "nothing-to-answer",
            Self::ParentUnknown(_) => "parent-unknown",
            Self::ParentDeleted(_) => "parent-deleted",
            Self::VisibilityTooWide { .. } => "visibility-too-wide",
            Self::VisibilityInternal => "visibility-internal",
            Self::VisibilityImpossible(_) => "visibility-impossible",
            Self::WindowClosed { .. } => "window-closed",
            Self::LineClosed(_) => "line-closed",
            Self::NoteEmpty { .. } => "note-empty",
            Self::NoteTooLong { .. } => "note-too-long",
            Self::ReplyUnknown(_) => "reply-unknown",
            Self::ReplyNotFailed { .. } => "reply-not-failed",
            Self::DeliveryOutOfOrder { .. } => "delivery-out-of-order",
            Self::ReceiptTaken { .. } => "receipt-taken",
            Self::ReplyPending { .. } => "reply-pending",
            Self::VersionUnknown { .. } => "version-unknown",
            Self::ThreadMismatch { .. } => "thread-mismatch",
            Self::PlaceMismatch => "place-mismatch",
            Self::Findings(judged) if judged.needs() == Needs::Word => "reply-ask",
            Self::Findings(_) => "reply-blocked",
            Self::ThreadMoved { .. } => "thread-moved",
            Self::Approval(refusal) => refusal.code(),
            Self::NotYours(refusal) => refusal.code(),
            Self::MessageUnknown(_) => "message-unknown",
            Self::NotNow { .. } => "not-now",
            Self::NotOffered { .. } => "not-offered",
            Self::NotQualified { .. } => "not-qualified",
            Self::SnoozeOver => "snooze-over",
            Self::ReasonMissing => "reason-missing",
            Self::QueueUnknown { .. } => "queue-unknown",
            Self::TierRefused { .. } => "tier-refused",
            Self::Owed { .. } => "owed",
            Self::NothingOwed => "nothing-owed",
        }
    }

    /// The part of the request it is about, where it is about one.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::CommandIdMalformed(_) | Self::CommandIdReused(_) => Some("id"),
            Self::WhyMissing { .. } | Self::WhyTooLong { .. } => Some("command.why"),
            Self::AgentMalformed(_) => Some("command.to"),
            Self::ReplyEmpty
            | Self::ReplyTooLong { .. }
            | Self::TextUnstorable
            | Self::NoteEmpty { .. }
            | Self::NoteTooLong { .. } => Some("command.text"),
            Self::ParentUnknown(_) | Self::ParentDeleted(_) => Some("command.parent"),
            Self::VisibilityTooWide { .. } | Self::VisibilityInternal | Self::VisibilityImpossible(_) => {
                Some("command.visibility")
            }
            Self::ReplyUnknown(_) | Self::ReplyNotFailed { .. } => Some("command.reply"),
            Self::SnoozeOver => Some("work.until"),
            Self::ReasonMissing => Some("work.why"),
            Self::QueueUnknown { .. } => Some("work.queue"),
            Self::TierRefused { .. } => Some("work.tier"),
            Self::NothingOwed => Some("work.owed"),
            Self::VersionUnknown { .. } => Some("command.version"),
            Self::Findings(_) => Some("text"),
            Self::ThreadMoved { .. } => Some("seen"),
            _ => None,
        }
    }
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        Self {
            code: refusal.code().to_owned(),
            message: refusal.to_string(),
            field: refusal.field().map(str::to_owned),
        }
    }
}

/// What stands in the way, each with what to do.
fn findings(judged: &Judgement) -> String {
    let one = |(finding, needs): &(crate::gate::Finding, Needs)| {
        let repair = match needs {
            Needs::Nothing => return None,
            Needs::Word => "Change it, or say that it is meant.",
            Needs::Override => "Change it, or say why it goes out all the same.",
            Needs::Change => "Change it.",
        };
        Some(format!("{} {repair}", finding.reason))
    };
    judged.findings.iter().filter_map(one).collect::<Vec<_>>().join(" ")
}

/// A visibility as people say it.
fn words(visibility: &Visibility) -> &str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Unlisted => "unlisted",
        Visibility::Followers => "followers-only",
        Visibility::Direct => "direct",
        Visibility::Internal => "internal",
        Visibility::Other(word) => word,
    }
}
