//! The work on a conversation as the server tells it: stage, queue, tier, clocks; and what an agent may do about it.

use crate::json::Json;
use crate::wire::{Read, Wire, int, list, maybe_int, maybe_text, text, words, yes};
use jackfield_protocol::{AgentId, ConversationId, Millis};

/// Something that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// What, `first-response`; `tier` and `owed` are no clocks, `read` is a reply that waits for its reader.
    pub what: String,
    /// When.
    pub at: Millis,
    /// From when on it is to be warned of.
    pub warn: Option<Millis>,
}

/// What a row of the list says of the work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowMore {
    /// The version of the row it belongs to.
    pub version: u64,
    /// Where the work stands.
    pub stage: String,
    /// The queue it is in.
    pub queue: Option<String>,
    /// The tier that owns it.
    pub tier: Option<String>,
    /// Its next deadline.
    pub due: Option<Due>,
    /// Whom it is offered to.
    pub offered_to: Option<AgentId>,
    /// When it goes on by itself.
    pub until: Option<Millis>,
}

/// How a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// It runs.
    Running,
    /// It stands still.
    Paused,
    /// It ended.
    Over,
}

/// A clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// What it measures.
    pub kind: String,
    /// When that is due; none while it stands still for nobody knows how long.
    pub due: Option<Millis>,
    /// From when on it is to be warned of.
    pub warn: Option<Millis>,
    /// How it stands.
    pub stand: Stand,
}

/// Something that is owed to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// `taken`, `acknowledged`, `escalated`, `followed-up` or `waived`.
    pub phase: String,
    /// Who took it over.
    pub taken_by: String,
    /// When the next thing about it is due.
    pub due: Option<Millis>,
    /// Something about it was late.
    pub late: bool,
}

/// The work on the open conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// What its row says.
    pub row: RowMore,
    /// Why it is with whom it is, in words.
    pub because: Vec<String>,
    /// Its clocks.
    pub clocks: Vec<Clock>,
    /// Why this tier, in words.
    pub tier_because: Option<String>,
    /// When the tier loses it, and to whom.
    pub tier_due: Option<(Millis, String)>,
    /// What is owed in it.
    pub owed: Vec<Owed>,
}

/// What an agent may do about the work, as far as its stage says; the server decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Take what is offered.
    Accept,
    /// Let it pass.
    Decline,
    /// Give it back to the queue, with a reason.
    Release,
    /// Wait for somebody outside, with a reason.
    WaitFor,
    /// Put it away.
    Snooze,
    /// Go on with it.
    Resume,
    /// It needs nobody.
    Noise,
    /// Move it to the next tier, with a reason.
    Escalate,
}

impl Work {
    /// What `me` may do. `owner` is who has it.
    pub fn may(&self, me: &AgentId, owner: Option<&AgentId>) -> Vec<Deed> {
        let mine = owner == Some(me);
        let mut may = match self.row.stage.as_str() {
            "offered" if self.row.offered_to.as_ref() == Some(me) => vec![Deed::Accept, Deed::Decline],
            "assigned" if mine => vec![Deed::Release, Deed::WaitFor, Deed::Snooze],
            "waiting-for-others" | "snoozed" => vec![Deed::Resume],
            "new" | "waiting" | "reopened" => vec![Deed::Noise],
            _ => Vec::new(),
        };
        if self.tier_due.is_some() && (mine || self.row.stage == "waiting") {
            may.push(Deed::Escalate);
        }
        may
    }
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

/// Who else has a conversation open, and who holds the pen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looking {
    /// Everybody the server knows of.
    pub others: Vec<Looker>,
    /// Somebody else holds the reply.
    pub lock: Option<AgentId>,
}

/// The opening view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Home {
    /// Open items that wait for this agent.
    pub mine: u64,
    /// The next deadline among them: where, and what.
    pub next: Option<(ConversationId, Due)>,
    /// Items that nobody has.
    pub queue: u64,
}

/// How an agent is, as matching sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presence {
    /// `here`, `paused`, `away`; `unlisted` where nothing is ever offered to them.
    pub presence: String,
}

impl Wire for Presence {
    fn of(json: &Json) -> Read<Self> {
        Ok(Self {
            presence: text(json, "presence")?,
        })
    }
}

/// The policies in force, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyWords {
    /// Their version; empty where nothing is in force.
    pub version: String,
    /// How this agent's replies are signed.
    pub signs: Option<String>,
    /// What this agent is in the brand.
    pub roles: Vec<String>,
    /// What this agent may do there.
    pub may: Vec<String>,
    /// What is promised.
    pub promises: Vec<String>,
    /// Who may do what, a sentence each.
    pub authority: Vec<String>,
    /// How the brand speaks, a sentence each.
    pub voice: Vec<String>,
}

fn due(json: &Json) -> Read<Due> {
    Ok(Due {
        what: text(json, "what")?,
        at: int(json, "at")?,
        warn: maybe_int(json, "warn"),
    })
}

fn row(json: &Json, version: u64) -> Read<RowMore> {
    Ok(RowMore {
        version,
        stage: text(json, "stage")?,
        queue: maybe_text(json, "queue"),
        tier: maybe_text(json, "tier"),
        due: json.get("due").map(due).transpose()?,
        offered_to: maybe_text(json, "offered_to").map(AgentId),
        until: maybe_int(json, "until"),
    })
}

/// Of a row of the list; none where the server says nothing of the work.
pub(super) fn row_more(json: &Json) -> Option<(String, RowMore)> {
    let version = maybe_int(json, "version")?;
    Some((maybe_text(json, "id")?, row(json.get("work")?, version).ok()?))
}

fn clock(json: &Json) -> Read<Clock> {
    let there = |name| maybe_int::<Millis>(json, name).is_some();
    Ok(Clock {
        kind: text(json, "kind")?,
        due: maybe_int(json, "due"),
        warn: maybe_int(json, "warn"),
        stand: match (there("ended"), there("paused")) {
            (true, _) => Stand::Over,
            (_, true) => Stand::Paused,
            _ => Stand::Running,
        },
    })
}

fn owed(json: &Json) -> Read<Owed> {
    Ok(Owed {
        phase: text(json, "phase")?,
        taken_by: text(json, "taken_by")?,
        due: maybe_int(json, "due"),
        late: yes(json, "late"),
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

impl Wire for Work {
    fn of(json: &Json) -> Read<Self> {
        let tier = json.get("tier");
        Ok(Self {
            row: row(json.get("row").ok_or("row")?, 0)?,
            because: words(json, "because")?,
            clocks: list(json, "clocks", clock)?,
            tier_because: tier.and_then(|tier| maybe_text(tier, "because")),
            tier_due: tier.and_then(|tier| Some((maybe_int(tier, "due")?, maybe_text(tier, "then")?))),
            owed: list(json, "owed", owed)?,
        })
    }
}

fn looker(json: &Json) -> Read<Looker> {
    Ok(Looker {
        agent: AgentId(text(json, "agent")?),
        writing: yes(json, "writing"),
        until: int(json, "until")?,
    })
}

impl Wire for Looking {
    fn of(json: &Json) -> Read<Self> {
        Ok(Self {
            others: list(json, "others", looker)?,
            lock: maybe_text(json, "lock").map(AgentId),
        })
    }
}

impl Wire for PolicyWords {
    fn of(json: &Json) -> Read<Self> {
        Ok(Self {
            version: text(json, "version")?,
            signs: maybe_text(json, "signs").filter(|signs| !signs.is_empty()),
            roles: words(json, "roles")?,
            may: words(json, "may")?,
            promises: words(json, "promises")?,
            authority: words(json, "authority")?,
            voice: words(json, "voice")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_done_follows_from_the_stage_and_from_who_has_it() {
        let (me, tom) = (AgentId::from("me"), AgentId::from("tom"));
        let work = |stage: &str, offered: Option<&AgentId>, tier: bool| Work {
            row: RowMore {
                stage: stage.into(),
                offered_to: offered.cloned(),
                ..RowMore::default()
            },
            tier_due: tier.then(|| (9, "specialist".into())),
            ..Work::default()
        };
        for (work, owner, may) in [
            (
                work("offered", Some(&me), false),
                None,
                vec![Deed::Accept, Deed::Decline],
            ),
            (work("offered", Some(&tom), false), None, vec![]),
            (work("assigned", None, false), Some(&tom), vec![]),
            (
                work("assigned", None, false),
                Some(&me),
                vec![Deed::Release, Deed::WaitFor, Deed::Snooze],
            ),
            (work("snoozed", None, false), None, vec![Deed::Resume]),
            (work("waiting", None, true), None, vec![Deed::Noise, Deed::Escalate]),
            (work("resolved", None, true), Some(&tom), vec![]),
        ] {
            assert_eq!(work.may(&me, owner), may, "{work:?}");
        }
    }
}
