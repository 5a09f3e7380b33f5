//! What may be asked of a conversation: by an agent, or by the host on behalf of a network, of triage, of the outbox.

use crate::Place;
use jackfield_protocol::{
    AgentId, CommandId, CommandRequest, Counting, InboundFact, Millis, RemoteId, Unsent, Verdict, Visibility,
};

/// A wish. [`crate::decide`] makes events of it, or refuses.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// An agent wants something.
    Agent {
        /// Who, as the token says.
        by: AgentId,
        /// What.
        request: CommandRequest,
    },
    /// A network told of these, all of one thread. What is known already is passed over.
    Ingest {
        /// Where they belong.
        place: Place,
        /// In any order.
        facts: Vec<InboundFact>,
    },
    /// Triage read a message. A verdict on a revision that is no longer the newest is passed over.
    Judge {
        /// The message.
        remote_id: RemoteId,
        /// What was said of it.
        verdict: Verdict,
    },
    /// The network is about to be asked to publish a queued reply.
    Sending {
        /// The reply.
        reply: CommandId,
    },
    /// The network has the reply.
    Sent {
        /// The reply.
        reply: CommandId,
        /// The network's id.
        remote_id: RemoteId,
        /// Its page.
        url: Option<String>,
        /// The network's time.
        at: Millis,
    },
    /// The network surely does not have the reply; it is to be tried again later.
    Waits {
        /// The reply.
        reply: CommandId,
        /// Why, in words.
        reason: String,
        /// Not before.
        not_before: Millis,
    },
    /// `reconcile` found that the network does not have the reply: it may be published again, at once.
    PublishAgain {
        /// The reply.
        reply: CommandId,
    },
    /// The reply will not be sent without somebody's help.
    Failed {
        /// The reply.
        reply: CommandId,
        /// Why, in words, with the next action.
        reason: String,
        /// The kind of reason.
        cause: Option<Unsent>,
    },
    /// Nobody knows whether the network has the reply.
    Unknown {
        /// The reply.
        reply: CommandId,
        /// What happened.
        reason: String,
    },
}

/// What a line to a network allows, as its plugin describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The greatest length of one message; none where the network states none.
    pub max_length: Option<u32>,
    /// How the network counts.
    pub counting: Counting,
    /// Answers that strangers can read are possible.
    pub reply_public: bool,
    /// Answers that only the person can read are possible.
    pub reply_private: bool,
    /// Of these visibilities there are no answers, though others of their kind are possible.
    pub refuses: Vec<Visibility>,
    /// Milliseconds after the person's last message in which an answer is allowed; none where always.
    pub reply_window_ms: Option<u64>,
    /// A reply tells the person by naming them: the composer begins with `@handle `.
    pub mention: bool,
    /// Why nothing can be sent on this line at all, in words with the next action; none where it can.
    pub closed: Option<String>,
}

impl Default for Policy {
    /// Everything is allowed: for host-side commands, which no policy decides.
    fn default() -> Self {
        Self {
            max_length: None,
            counting: Counting::Characters,
            reply_public: true,
            reply_private: true,
            refuses: Vec::new(),
            reply_window_ms: None,
            mention: false,
            closed: None,
        }
    }
}
