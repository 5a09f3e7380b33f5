//! A reply that others read before it goes out, and the record of how it was checked.

use super::check::{Finding, finding};
use crate::json::Json;
use crate::wire::{Read, Wire, int, list, maybe_int, maybe_text, text, words, yes};
use jackfield_protocol::{AgentId, Millis};

/// Where a reply stands with its readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stands {
    /// It needs readers.
    #[default]
    Waiting,
    /// Enough people approved it.
    Ready,
    /// A reader gave it back.
    Rejected,
    /// Its author took it back.
    Withdrawn,
    /// Nobody read it in time.
    Expired,
    /// It went out.
    Published,
}

/// What became of a stretch of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It stayed.
    Same,
    /// It is gone.
    Removed,
    /// It is new.
    Added,
}

/// A reply's readers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Approval {
    /// The number of the text.
    pub edition: u32,
    /// How many have to approve it.
    pub readers: u8,
    /// Who did, and when.
    pub approved: Vec<(AgentId, Millis)>,
    /// Who would rather write what, and why.
    pub suggested: Vec<(AgentId, String, String)>,
    /// Where it stands.
    pub stands: Stands,
    /// Who gave it back, and why.
    pub rejected: Option<(AgentId, String)>,
    /// The version of what the person had said.
    pub said: u64,
    /// The person wrote after it was read: approvals are void.
    pub overtaken: bool,
    /// From when on it no longer goes out.
    pub expires_at: Millis,
    /// What this agent may do with it.
    pub may: Vec<String>,
    /// From the text that was read to the one that stands.
    pub difference: Vec<(Became, String)>,
}

impl Approval {
    /// How many more have to approve it.
    pub fn missing(&self) -> usize {
        usize::from(self.readers).saturating_sub(self.approved.len())
    }
}

/// How a reply was checked before it went out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pass {
    /// Under which version of the policies.
    pub policy: String,
    /// Who read it, and when.
    pub read_by: Vec<(AgentId, Millis)>,
    /// Who said of which words that they are meant, and why.
    pub meant: Vec<(AgentId, String, String)>,
    /// What was noted.
    pub notes: Vec<Finding>,
}

/// What a reply of the thread says more at a desk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplyMore {
    /// Its readers, where it has some.
    pub approval: Option<Approval>,
    /// The record of its checks.
    pub pass: Option<Pass>,
}

fn reader(json: &Json) -> Read<(AgentId, Millis)> {
    Ok((AgentId(text(json, "by")?), int(json, "at")?))
}

impl Wire for Approval {
    fn of(json: &Json) -> Read<Self> {
        let stands = match text(json, "stands")?.as_str() {
            "waiting" => Stands::Waiting,
            "ready" => Stands::Ready,
            "rejected" => Stands::Rejected,
            "withdrawn" => Stands::Withdrawn,
            "expired" => Stands::Expired,
            "published" => Stands::Published,
            _ => return Err("stands"),
        };
        let rejected = maybe_text(json, "by").map(|by| (AgentId(by), maybe_text(json, "why").unwrap_or_default()));
        Ok(Self {
            edition: int(json, "edition")?,
            readers: int(json, "readers")?,
            approved: list(json, "approved", reader)?,
            suggested: list(json, "suggested", |one| {
                let why = maybe_text(one, "why").unwrap_or_default();
                Ok((AgentId(text(one, "by")?), text(one, "text")?, why))
            })?,
            stands,
            rejected,
            said: maybe_int(json, "said").unwrap_or_default(),
            overtaken: yes(json, "overtaken"),
            expires_at: maybe_int(json, "expires_at").unwrap_or_default(),
            may: words(json, "may")?,
            difference: list(json, "difference", |piece| {
                let became = match text(piece, "change")?.as_str() {
                    "same" => Became::Same,
                    "removed" => Became::Removed,
                    "added" => Became::Added,
                    _ => return Err("change"),
                };
                Ok((became, text(piece, "text")?))
            })?,
        })
    }
}

impl Wire for Pass {
    fn of(json: &Json) -> Read<Self> {
        Ok(Self {
            policy: text(json, "policy")?,
            read_by: list(json, "read_by", reader)?,
            meant: list(json, "meant", |one| {
                let why = maybe_text(one, "why").unwrap_or_default();
                Ok((AgentId(text(one, "by")?), text(one, "words")?, why))
            })?,
            notes: list(json, "notes", finding)?,
        })
    }
}

pub(super) fn reply_more(item: &Json) -> Read<ReplyMore> {
    Ok(ReplyMore {
        approval: item.get("approval").map(Approval::of).transpose()?,
        pass: item.get("pass").map(Pass::of).transpose()?,
    })
}
