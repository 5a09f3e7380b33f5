//! What may be asked of a conversation: by an agent, or by the host on behalf of a network, of triage, of the outbox.

use crate::authority::Writer;
use crate::{Place, Reading, Writing};
use jackfield_protocol::{
    AgentId, CommandId, CommandRequest, InboundFact, Millis, RemoteId, Unsent, Verdict, WorkRequest,
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
    /// The same, of somebody whose token says more of them.
    As {
        /// Who.
        by: Writer,
        /// What.
        request: CommandRequest,
    },
    /// Somebody writes to the person, having seen what the gate finds.
    Write(Box<Writing>),
    /// Somebody says something about a reply that waits for readers.
    Read(Box<Reading>),
    /// Time has passed: see [`crate::alarm_at`].
    TimePassed,
    /// A network told of these, all of one thread. What is known already is passed over.
    Ingest {
        /// Where they belong.
        place: Place,
        /// In any order.
        facts: Vec<InboundFact>,
    },
    /// An agent wants something about the work.
    Work {
        /// Who, as the token says.
        by: Writer,
        /// What.
        request: WorkRequest,
    },
    /// Matching offers it to an agent.
    Offer {
        /// Whom.
        agent: AgentId,
        /// Until when it can be accepted.
        until: Millis,
        /// Why, in words.
        because: Vec<String>,
    },
    /// It is with an agent no longer: they let an offer pass, or were not heard of for too long.
    Lapsed {
        /// With whom it was.
        agent: AgentId,
        /// They were not heard of, or went.
        vanished: bool,
        /// What happened, in words.
        because: String,
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
