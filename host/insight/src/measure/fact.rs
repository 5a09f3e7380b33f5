//! What measures are made from: a plain stream of facts, which the server makes from the log.
//!
//! A fact has the network's time where a network has one (a post, a reply that it accepted) and ours elsewhere. Facts of
//! a conversation are in the order of the log; conversations may be mixed in any way.

use jackfield_protocol::{BrandId, ConversationId, Millis};
use serde::{Deserialize, Serialize};

/// Something that happened, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The conversation.
    pub conversation: ConversationId,
    /// Whose it is.
    pub brand: BrandId,
    /// The network's name: `mastodon`, `sms`.
    pub channel: String,
    /// When.
    pub at: Millis,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "fact")]
pub enum What {
    /// A person wrote to the brand. Told again (an edit), the first time counts.
    Wrote {
        /// The network's id, or whatever else tells messages of a conversation apart.
        message: String,
        /// Who, over all channels: the key under which the house knows one and the same person.
        person: String,
    },
    /// Somebody or something decided whether a message needs a reply. The last word counts; a message that nobody judged
    /// needs one.
    Judged {
        /// The message.
        message: String,
        /// It needs a reply; else it is noise.
        needs: bool,
    },
    /// The person took a message away.
    Withdrawn {
        /// The message.
        message: String,
    },
    /// The conversation is this team's from here on.
    Given {
        /// The team.
        team: String,
    },
    /// Somebody or something told the person that it was received, which is no answer.
    Acknowledged,
    /// The network accepted a reply of ours.
    Answered {
        /// The reply.
        reply: String,
        /// The team of who wrote it.
        team: String,
        /// A human wrote or approved it. What a machine sent by itself acknowledges and does not answer.
        human: bool,
    },
    /// A reply was taken away again: it answers nobody any more.
    Retracted {
        /// The reply.
        reply: String,
    },
    /// The person thanked us, in one way or another.
    Thanked {
        /// In which way.
        how: Thanks,
    },
    /// What the conversation is about: the same issue may stand in conversations on several channels. A conversation of
    /// which this is never said is an issue of its own.
    About {
        /// The issue.
        issue: String,
    },
    /// Somebody said that it is done.
    Resolved {
        /// Who said so called it resolved at first contact.
        first_contact: bool,
    },
    /// It is not done after all.
    Reopened,
    /// The person said that it is done.
    Confirmed,
}

/// Ways of saying thanks. Only the first is gratitude.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Thanks {
    /// Meant.
    Sincere,
    /// "Thanks for nothing".
    Sarcastic,
    /// "Thx in advance": a request.
    InAdvance,
    /// "No thanks": a refusal.
    Refusal,
    /// The closing line of a letter.
    Formula,
}

impl Thanks {
    /// As it stands in a file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sincere => "sincere",
            Self::Sarcastic => "sarcastic",
            Self::InAdvance => "in-advance",
            Self::Refusal => "refusal",
            Self::Formula => "formula",
        }
    }
}
