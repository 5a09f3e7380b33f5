//! What the log holds: everything that happened to a conversation.

use crate::approval;
use crate::automation::Action;
use crate::clocks::{Chosen, Clock, Ring};
use crate::gate::PassRecord;
use crate::ladder::{Act, Obligation, Phase, Rung};
use crate::stage::{Cause, Stage};
use jackfield_protocol::{
    AgentId, BrandId, CommandId, ConnectionId, InboundFact, Millis, RemoteId, Unsent, Verdict, Visibility, WorkAct,
    WorkspaceId,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Whose a conversation is and by which line it came; fixed by its first event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The customer.
    pub workspace: WorkspaceId,
    /// The brand.
    pub brand: BrandId,
    /// The line.
    pub connection: ConnectionId,
    /// The network's name.
    pub network: String,
    /// The network's thread key.
    pub thread: String,
}

/// Something that happened. The log is these, in order, and nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// The first event of every conversation.
    Opened(Place),
    /// A network said that something was said, edited or taken away.
    Inbound(InboundFact),
    /// Triage read a revision of a message.
    Judged {
        /// The message.
        remote_id: RemoteId,
        /// What it said.
        verdict: Verdict,
    },
    /// An agent made it theirs.
    Taken {
        /// The command that did it; the reply's own where replying took it.
        command: CommandId,
        /// Who.
        by: AgentId,
    },
    /// It was given to somebody, or back to the queue.
    HandedOver {
        /// The command.
        command: CommandId,
        /// Who gave it.
        by: AgentId,
        /// Who has it now; none for the queue.
        to: Option<AgentId>,
        /// In the words of who gave it.
        why: String,
    },
    /// A note for our own people.
    Noted {
        /// The command; a note's own id.
        command: CommandId,
        /// Who.
        by: AgentId,
        /// The text.
        text: String,
    },
    /// A reply was asked for. It is in the outbox from here on.
    ReplyAsked {
        /// The command; a reply's own id.
        command: CommandId,
        /// Who.
        by: AgentId,
        /// The text, as the network will show it.
        text: String,
        /// Who will be able to read it.
        visibility: Visibility,
        /// What it answers.
        parent: Option<RemoteId>,
        /// The idempotency key for the network, made by the host from the conversation and the command.
        key: String,
        /// What it passed; none where no policy was in force.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pass: Option<Box<PassRecord>>,
    },
    /// A reply was asked for that others read first. It is in the outbox from its `reply-asked` on.
    ReplyHeld {
        /// The command; a reply's own id.
        command: CommandId,
        /// Who.
        by: AgentId,
        /// The text, as the network would show it.
        text: String,
        /// Who would be able to read it.
        visibility: Visibility,
        /// What it answers.
        parent: Option<RemoteId>,
        /// The idempotency key for the network.
        key: String,
        /// What it passed so far.
        pass: Box<PassRecord>,
    },
    /// A reply that others read moved.
    ReplyRead {
        /// The command that did it; none where the thread or time did.
        command: Option<CommandId>,
        /// Who; none where the thread or time did.
        by: Option<AgentId>,
        /// The reply.
        reply: CommandId,
        /// What happened.
        what: approval::Event,
        /// What another text passed so far.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pass: Option<Box<PassRecord>>,
    },
    /// A rule did something.
    Ruled {
        /// The rule.
        rule: String,
        /// The rules that led to it, the first one first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        chain: Vec<String>,
        /// What it did.
        did: Action,
        /// Why the desk did not let it; none where it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
    },
    /// Which rules on time passed hold now.
    RulesHold {
        /// Their names.
        rules: BTreeSet<String>,
    },
    /// The network is about to be asked.
    ReplySending {
        /// The reply.
        command: CommandId,
    },
    /// The network has it.
    ReplySent {
        /// The reply.
        command: CommandId,
        /// The network's id.
        remote_id: RemoteId,
        /// Its page.
        url: Option<String>,
        /// The network's time.
        at: Millis,
    },
    /// The network surely does not have it; it waits for its next try.
    ReplyWaits {
        /// The reply.
        command: CommandId,
        /// Why, in words.
        reason: String,
        /// Not before.
        not_before: Millis,
    },
    /// It will not be sent without somebody's help.
    ReplyFailed {
        /// The reply.
        command: CommandId,
        /// Why, in words, with the next action.
        reason: String,
        /// The kind of reason.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Unsent>,
    },
    /// Nobody knows whether the network has it.
    ReplyUnknown {
        /// The reply.
        command: CommandId,
        /// What happened.
        reason: String,
    },
    /// An agent asked that a failed reply be tried again.
    ReplyRetried {
        /// The command that asked for it.
        command: CommandId,
        /// The reply.
        reply: CommandId,
        /// Who.
        by: AgentId,
    },
    /// Done.
    Resolved {
        /// The command.
        command: CommandId,
        /// Who.
        by: AgentId,
    },
    /// Opened again, by an agent or, where none, by a new message.
    Reopened {
        /// The command; none where a message did it.
        command: Option<CommandId>,
        /// Who; none where a message did it.
        by: Option<AgentId>,
    },
    /// An agent did something about the work; what it led to stands in the events after it.
    Worked {
        /// The command.
        command: CommandId,
        /// Who.
        by: AgentId,
        /// What.
        act: WorkAct,
    },
    /// The work is at another stage, with another agent, or for another time.
    Staged {
        /// What moved it.
        cause: Cause,
        /// Where it stands now.
        to: Stage,
        /// Who has it, or to whom it is offered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<AgentId>,
        /// When it goes on by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Millis>,
        /// Why, in words.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        because: Vec<String>,
    },
    /// It came to a queue, or to none.
    Queued {
        /// Which.
        queue: Option<String>,
        /// Who put it there; none for the policy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<AgentId>,
    },
    /// A clock has its target, by the policy of that moment.
    Chosen(Chosen),
    /// A clock warned, or was due.
    Rang(Ring),
    /// These clocks are so from here on.
    Clocks {
        /// Each with the instants that were reckoned.
        changed: Vec<Clock>,
    },
    /// It stands on another rung of the ladder, or its time there changed.
    Rung(Rung),
    /// Something was taken over for somebody else: it is owed from here on.
    Owes(Box<Obligation>),
    /// Something was done about what is owed.
    Owed {
        /// Which, in the order of their beginning, from 0.
        number: u32,
        /// Who.
        by: AgentId,
        /// What.
        act: Act,
    },
    /// Something about what is owed was not done in time.
    OwedLate {
        /// Which.
        number: u32,
        /// What had to be over.
        phase: Phase,
        /// By when.
        at: Millis,
    },
    /// An agent has seen everything up to this version.
    Seen {
        /// Who.
        by: AgentId,
        /// The version of the conversation that was before them.
        version: u64,
    },
}

/// An event with its place in the conversation and our time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// 1 for the first event of a conversation, then one more each.
    pub seq: u64,
    /// Our time.
    pub at: Millis,
    /// What happened.
    pub event: Event,
}
