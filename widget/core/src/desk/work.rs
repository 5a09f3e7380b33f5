//! The work on a conversation as the server tells it: stage, queue, tier, clocks, and what this agent may do.

use crate::json::Json;
use crate::wire::{Read, Wire, int, list, maybe_int, maybe_text, text, words};
use jackfield_protocol::{AgentId, ConversationId, Millis};

/// The earliest deadline of a conversation that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// What is due, `first-response`.
    pub clock: String,
    /// When.
    pub at: Millis,
    /// From when on it is to be warned of.
    pub warn_at: Option<Millis>,
}

/// What a row of the list says more at a desk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowMore {
    /// The version of the row it belongs to.
    pub version: u64,
    /// Where the work stands.
    pub stage: Option<String>,
    /// The queue it is in.
    pub queue: Option<String>,
    /// The tier that owns it.
    pub tier: Option<String>,
    /// Its next deadline.
    pub due: Option<Due>,
    /// Whom it is offered to.
    pub offered_to: Option<AgentId>,
}

/// How a clock stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stand {
    /// It runs.
    Running,
    /// It stands still, and for what.
    Paused(String),
    /// What it measured was done.
    Met,
    /// It no longer matters.
    Over,
}

/// A clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// What it measures.
    pub clock: String,
    /// When that is due; none while its calendar is shut for good.
    pub due: Option<Millis>,
    /// From when on it is to be warned of.
    pub warn_at: Option<Millis>,
    /// How it stands.
    pub stand: Stand,
}

/// The work on the open conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// Where it stands.
    pub stage: String,
    /// The queue it is in.
    pub queue: Option<String>,
    /// The tier that owns it, and why.
    pub tier: Option<String>,
    /// Why that tier.
    pub tier_because: Option<String>,
    /// When that tier loses it, and to whom.
    pub tier_due: Option<(Millis, String)>,
    /// Its clocks.
    pub clocks: Vec<Clock>,
    /// The sum of the reasons for its priority.
    pub priority: i64,
    /// The reasons, each with its points.
    pub reasons: Vec<(String, i64)>,
    /// What is promised to the person, in words.
    pub promise: Option<String>,
    /// The version of what the person said.
    pub said: u64,
    /// Commands that the server would not refuse.
    pub may: Vec<String>,
}

/// Somebody who has the conversation before them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looker {
    /// Who.
    pub agent: AgentId,
    /// They are writing.
    pub writing: bool,
    /// Until when that is known.
    pub until: Millis,
}

/// A queue and what waits in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The queue.
    pub name: String,
    /// How many.
    pub waiting: u64,
}

/// The opening view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Home {
    /// Open items that wait for this agent.
    pub mine: u64,
    /// The next deadline among them: where, what, when.
    pub next: Option<(ConversationId, Due)>,
    /// The queues.
    pub queues: Vec<Waiting>,
    /// Whether new work comes, `free`, `away`; none where the host does not match.
    pub presence: Option<String>,
}

/// The policies in force, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyWords {
    /// Their version.
    pub version: String,
    /// Who applied them, when, and why.
    pub applied: Option<(Millis, String, String)>,
    /// What is promised.
    pub promises: Vec<String>,
    /// Titles and sentences.
    pub parts: Vec<(String, Vec<String>)>,
}

pub(super) fn due(json: &Json) -> Read<Due> {
    Ok(Due {
        clock: text(json, "clock")?,
        at: int(json, "at")?,
        warn_at: maybe_int(json, "warn_at"),
    })
}

fn clock(json: &Json) -> Read<Clock> {
    let stand = match text(json, "state")?.as_str() {
        "running" => Stand::Running,
        "paused" => Stand::Paused(maybe_text(json, "why").unwrap_or_default()),
        "met" => Stand::Met,
        _ => Stand::Over,
    };
    Ok(Clock {
        clock: text(json, "clock")?,
        due: maybe_int(json, "due"),
        warn_at: maybe_int(json, "warn_at"),
        stand,
    })
}

/// Pairs of a text and a number, `[["reach", 2]]`.
pub(super) fn points(json: &Json, name: &str) -> Read<Vec<(String, i64)>> {
    list(json, name, |pair| match pair {
        Json::List(pair) => match pair.as_slice() {
            [Json::Text(reason), Json::Int(points)] => Ok((reason.clone(), *points)),
            _ => Err("a reason with its points"),
        },
        _ => Err("a reason with its points"),
    })
}

pub(super) fn row_more(json: &Json) -> Read<(String, RowMore)> {
    let more = RowMore {
        version: int(json, "version")?,
        stage: maybe_text(json, "stage"),
        queue: maybe_text(json, "queue"),
        tier: maybe_text(json, "tier"),
        due: json.get("due").map(due).transpose()?,
        offered_to: maybe_text(json, "offered_to").map(AgentId),
    };
    Ok((text(json, "id")?, more))
}

impl Wire for Work {
    fn of(json: &Json) -> Read<Self> {
        let priority = json.get("priority");
        let tier_due = json.get("tier_due");
        Ok(Self {
            stage: text(json, "stage")?,
            queue: maybe_text(json, "queue"),
            tier: maybe_text(json, "tier"),
            tier_because: maybe_text(json, "tier_because"),
            tier_due: tier_due.and_then(|due| Some((maybe_int(due, "at")?, maybe_text(due, "then")?))),
            clocks: list(json, "clocks", clock)?,
            priority: priority.and_then(|one| maybe_int(one, "sum")).unwrap_or_default(),
            reasons: priority
                .map(|one| points(one, "points"))
                .transpose()?
                .unwrap_or_default(),
            promise: maybe_text(json, "promise"),
            said: maybe_int(json, "said").unwrap_or_default(),
            may: words(json, "may")?,
        })
    }
}

pub(super) fn looker(json: &Json) -> Read<Looker> {
    Ok(Looker {
        agent: AgentId(text(json, "agent")?),
        writing: json.get("writing") == Some(&Json::Bool(true)),
        until: int(json, "until")?,
    })
}

/// Who else has a conversation open, and who holds the pen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looking {
    /// Everybody the server knows of.
    pub others: Vec<Looker>,
    /// Somebody else holds the reply.
    pub lock: Option<AgentId>,
}

impl Wire for Looking {
    fn of(json: &Json) -> Read<Self> {
        Ok(Self {
            others: list(json, "others", looker)?,
            lock: maybe_text(json, "lock").map(AgentId),
        })
    }
}

impl Wire for Home {
    fn of(json: &Json) -> Read<Self> {
        let next: Option<Read<(ConversationId, Due)>> = json
            .get("next")
            .map(|next| Ok((ConversationId(text(next, "conversation")?), due(next)?)));
        Ok(Self {
            mine: int(json, "mine")?,
            next: next.transpose()?,
            queues: list(json, "queues", |one| {
                Ok(Waiting {
                    name: text(one, "name")?,
                    waiting: int(one, "waiting")?,
                })
            })?,
            presence: json.get("presence").and_then(|presence| maybe_text(presence, "is")),
        })
    }
}

impl Wire for PolicyWords {
    fn of(json: &Json) -> Read<Self> {
        let applied = maybe_int(json, "at").map(|at| {
            let word = |name| maybe_text(json, name).unwrap_or_default();
            (at, word("who"), word("why"))
        });
        Ok(Self {
            version: text(json, "version")?,
            applied,
            promises: words(json, "promises")?,
            parts: list(json, "parts", |part| Ok((text(part, "title")?, words(part, "lines")?)))?,
        })
    }
}
