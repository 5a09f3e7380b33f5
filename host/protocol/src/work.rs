//! The work on a conversation: where it stands, what is due, and what an agent may do about it beside writing.

use crate::{AgentId, CommandId, Millis};
use serde::{Deserialize, Serialize};

/// Where the work on a conversation stands: the part that a row of a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkRow {
    /// `new`, `noise`, `waiting`, `offered`, `assigned`, `waiting-for-person`, `waiting-for-others`, `snoozed`,
    /// `resolved`, `closed` or `reopened`.
    pub stage: String,
    /// Since when; none where nobody wrote it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Millis>,
    /// To whom it is offered; who has it stands in `owner`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered_to: Option<AgentId>,
    /// When it goes on by itself: the end of an offer or of being put away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// The queue it came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The tier that answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// The next thing that is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<DueView>,
}

/// Something that is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DueView {
    /// `first-response`, `next-response`, `acknowledge`, `answer`, `resolve`: a clock. `tier`: the tier loses it.
    /// `owed`: what was taken over for somebody.
    pub what: String,
    /// When.
    pub at: Millis,
    /// When it turns urgent; none where nothing says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn: Option<Millis>,
}

/// The work on one conversation in full.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkView {
    /// Its row.
    pub row: WorkRow,
    /// Why it is offered to whom it is offered, or with whom it is, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
    /// Its clocks, in the order of their beginning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<ClockView>,
    /// The tier that answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<TierView>,
    /// What is owed in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owed: Vec<OwedView>,
}

/// A clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClockView {
    /// `first-response`, `next-response`, `acknowledge`, `answer` or `resolve`.
    pub kind: String,
    /// Counted from 0 for each kind.
    pub round: u32,
    /// The name of its target.
    pub target: String,
    /// The number of the policy that started it.
    pub policy: u64,
    /// Since when.
    pub started: Millis,
    /// When it is due; none while it stands still and nobody knows for how long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Millis>,
    /// When somebody is warned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn: Option<Millis>,
    /// Since when it stands still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Millis>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Millis>,
    /// It ran on after it was due.
    pub missed: bool,
}

/// The tier that answers for a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TierView {
    /// Which.
    pub tier: String,
    /// Which desk of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desk: Option<String>,
    /// Since when.
    pub since: Millis,
    /// When it loses it; none while its time does not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Millis>,
    /// To whom it goes then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
    /// Why it is the one.
    pub because: String,
}

/// What is owed to the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwedView {
    /// Its number in the conversation, by which a request names it.
    pub number: u32,
    /// `taken`, `acknowledged`, `escalated`, `followed-up` or `waived`.
    pub phase: String,
    /// The agreement it was taken over under.
    pub scope: String,
    /// Who took it over.
    pub taken_by: String,
    /// To whom it is escalated.
    pub owed_to: String,
    /// When the next thing about it is due; none once it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Millis>,
    /// Something about it was not done in time.
    pub late: bool,
}

/// Something to do about the work on a conversation. `id` makes it safe to send twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WorkRequest {
    /// Made by the client, 1 to 64 of `A-Z a-z 0-9 - _`.
    pub id: CommandId,
    /// What to do.
    pub work: WorkAct,
}

/// What an agent may do about the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case", tag = "do", deny_unknown_fields)]
pub enum WorkAct {
    /// Take what is offered to me.
    Accept,
    /// Let pass what is offered to me.
    Decline,
    /// Give it back to the queue.
    Release {
        /// For who gets it next; may be empty.
        why: String,
    },
    /// Put it away.
    Snooze {
        /// Until when; in the future.
        until: Millis,
    },
    /// Somebody outside has to do something first.
    WaitFor {
        /// Whom or what it waits for.
        why: String,
    },
    /// What it waited for is there, or it is not put away any longer.
    Resume,
    /// It needs nobody.
    Noise,
    /// Put it into another queue.
    Queue {
        /// Which.
        queue: String,
        /// Why, for those who get it.
        why: String,
    },
    /// Move it on the ladder: up, down, or to another desk of its tier.
    Tier {
        /// To which tier.
        tier: String,
        /// To which desk of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        desk: Option<String>,
        /// Why, for those who get it.
        why: String,
    },
    /// The other side was told of what was taken over.
    Escalated {
        /// Its number; the open one unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owed: Option<u32>,
        /// What they need to know.
        words: String,
    },
    /// The person was told what came of it.
    FollowedUp {
        /// Its number; the open one unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owed: Option<u32>,
        /// The reply that did it.
        reply: CommandId,
    },
    /// Nothing more is owed.
    Waive {
        /// Its number; the open one unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owed: Option<u32>,
        /// Why.
        why: String,
    },
}

/// How somebody says they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PresenceRequest {
    /// `here`, `paused` (there, and takes nothing new) or `away`.
    pub presence: String,
}

/// How somebody is, as matching sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PresenceView {
    /// `here`, `paused`, `away`; `unlisted` where the policy does not name them among its agents: nothing is offered to
    /// them.
    pub presence: String,
    /// When the lease ends unless it is renewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// Units of what they have, offers included.
    pub load: u32,
    /// Units that they may have at once.
    pub capacity: u32,
}
