//! What the events of a conversation add up to.
//!
//! What a network told is kept so that the order of telling does not matter: per message the newest revision, the
//! time of the oldest, whether any revision addressed us, and whether it was taken away. Only `seq`, our own order,
//! says what an agent has seen and what came after "resolved".

use crate::Place;
use crate::approval::Approval;
use crate::gate::PassRecord;
use jackfield_protocol::{AgentId, CommandId, Content, Millis, RemoteId, Status, Turn, Unsent, Verdict, Visibility};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A conversation as of its newest event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// Whose it is.
    pub place: Place,
    /// The `seq` of the newest event; 0 before the first.
    pub version: u64,
    /// Where it stands.
    pub status: Status,
    /// Who has it.
    pub owner: Option<AgentId>,
    /// What a network told.
    pub messages: BTreeMap<RemoteId, Message>,
    /// What we answered, by the command that asked.
    pub replies: BTreeMap<CommandId, Reply>,
    /// What we told one another, by the command that asked.
    pub notes: BTreeMap<CommandId, Note>,
    /// Who did what.
    pub turns: Vec<TurnTaken>,
    /// Up to which `seq` each agent has seen it.
    pub seen: BTreeMap<AgentId, u64>,
    /// Messages up to this `seq` wait for nobody: somebody said that it was done.
    pub settled: u64,
    /// `settled` before the last "resolved", for when that turns out to be wrong.
    pub settled_before: u64,
    /// Every command that had an effect, so that it has none when it comes again.
    pub commands: BTreeMap<CommandId, Done>,
    /// The `seq` of the newest thing that a network told and that is not ours: what a reader of a reply has to have seen.
    #[serde(default)]
    pub heard: u64,
    /// What it is marked with.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// Why it is urgent: points by reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, i64>,
    /// Where a rule put it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The canned reply that a rule laid out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub laid_out: Option<String>,
    /// Rules on time passed that held when last asked.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub holding: BTreeSet<String>,
    /// What rules did, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ruled: Vec<RuleDid>,
    /// The work on it.
    #[serde(default)]
    pub work: crate::work::Dossier,
}

/// Something that a rule did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleDid {
    /// When, by our clock.
    pub at: Millis,
    /// The rule.
    pub rule: String,
    /// What, in words.
    pub what: String,
    /// Why it was not done after all; none where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// A message on its network.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Every revision that was told.
    pub revisions: BTreeSet<u64>,
    /// Network time of the oldest revision that was told: its place in the thread.
    pub posted_at: Millis,
    /// The newest revision; none where only the deletion is known.
    pub newest: Option<Said>,
    /// Some revision of it addressed us.
    pub addressed: bool,
    /// The `seq` by which it first addressed us; 0 where it does not.
    pub addressed_seq: u64,
    /// By our own account.
    pub ours: bool,
    /// Taken away on the network, and what the network told along with that.
    pub deleted: Option<Deletion>,
    /// What triage said, by plugin and version; may be of an older revision.
    pub verdicts: BTreeMap<String, Verdict>,
    /// The `seq` of the newest thing that the network told of it.
    #[serde(default)]
    pub heard: u64,
}

/// One revision of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Its number.
    pub revision: u64,
    /// What it answers.
    pub parent: Option<RemoteId>,
    /// Who can read it.
    pub visibility: Visibility,
    /// Its page.
    pub url: Option<String>,
    /// What it says.
    pub content: Content,
}

/// What a network told when it took a message away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deletion {
    /// When.
    pub at: Millis,
    /// What the message answered.
    pub parent: Option<RemoteId>,
    /// Who could read it.
    pub visibility: Visibility,
    /// Its page.
    pub url: Option<String>,
}

/// A reply of ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Who wrote it.
    pub by: AgentId,
    /// When, by our clock.
    pub asked_at: Millis,
    /// The number in the conversation of its being asked for: two replies of one millisecond have an order, too.
    pub asked_seq: u64,
    /// The text.
    pub text: String,
    /// Who will be able to read it.
    pub visibility: Visibility,
    /// What it answers.
    pub parent: Option<RemoteId>,
    /// The idempotency key for the network.
    pub key: String,
    /// Where it is.
    pub state: ReplyState,
    /// How many times the network was asked to publish it.
    pub attempts: u32,
    /// When the network was first asked to, by our clock: it cannot have the reply from before that.
    pub tried_at: Option<Millis>,
    /// What it passed before it went out; none where no policy was in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<Box<PassRecord>>,
    /// Who reads it; none where nobody has to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Box<Approval>>,
    /// The text of its first edition, where it is another now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
}

/// Where a reply is. It never leaves `Sent`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum ReplyState {
    /// It is read by others first, or was and is not to go out: its [`Approval`] says.
    Held,
    /// The network does not have it.
    Queued {
        /// Why it waits, where it is more than its turn.
        reason: Option<String>,
        /// Not before.
        not_before: Millis,
    },
    /// The network is being asked.
    Sending,
    /// The network has it.
    Sent {
        /// The network's id.
        remote_id: RemoteId,
        /// Its page.
        url: Option<String>,
        /// The network's time.
        at: Millis,
    },
    /// It needs somebody's help.
    Failed {
        /// Why, with the next action.
        reason: String,
        /// The kind of reason.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Unsent>,
    },
    /// The network did not answer.
    Unknown {
        /// What happened.
        reason: String,
    },
}

/// A note for our own people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// Who wrote it.
    pub by: AgentId,
    /// When, by our clock.
    pub at: Millis,
    /// The text.
    pub text: String,
}

/// Somebody of ours, or a rule, did something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TurnTaken {
    /// The event.
    pub seq: u64,
    /// When, by our clock.
    pub at: Millis,
    /// Who; none for a rule.
    pub by: Option<AgentId>,
    /// What.
    pub what: Turn,
}

/// A command that had its effect: whose it was and what it asked, to tell a repetition from another use of its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Whose it was.
    pub by: AgentId,
    /// What it asked.
    pub what: DoneWhat,
}

/// What a command asked. Texts of notes and replies stand in the conversation itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoneWhat {
    /// To have it.
    Take,
    /// To give it away.
    HandOver {
        /// To whom.
        to: Option<AgentId>,
    },
    /// To keep a note.
    Note,
    /// To answer.
    Reply,
    /// To try again.
    Retry {
        /// What.
        reply: CommandId,
    },
    /// To be done with it.
    Resolve,
    /// To take it up again.
    Reopen,
    /// To say something about a reply that is read by others.
    Read {
        /// Which.
        reply: CommandId,
        /// What, as a hash of it.
        said: String,
    },
    /// Something about the work.
    Work {
        /// What.
        act: jackfield_protocol::WorkAct,
    },
}

impl Conversation {
    /// Before its first event.
    pub fn new() -> Self {
        let nowhere = Place {
            workspace: "".into(),
            brand: "".into(),
            connection: "".into(),
            network: String::new(),
            thread: String::new(),
        };
        Self {
            place: nowhere,
            version: 0,
            status: Status::Open,
            owner: None,
            messages: BTreeMap::new(),
            replies: BTreeMap::new(),
            notes: BTreeMap::new(),
            turns: Vec::new(),
            seen: BTreeMap::new(),
            settled: 0,
            settled_before: 0,
            commands: BTreeMap::new(),
            heard: 0,
            tags: BTreeSet::new(),
            weights: BTreeMap::new(),
            queue: None,
            laid_out: None,
            holding: BTreeSet::new(),
            ruled: Vec::new(),
            work: crate::work::Dossier::default(),
        }
    }

    /// Its id.
    pub fn id(&self) -> jackfield_protocol::ConversationId {
        crate::conversation_id(&self.place.connection, &self.place.thread)
    }

    /// Somebody addresses us in it: it belongs in a list of work. Else it is kept for its surroundings only.
    pub fn is_listed(&self) -> bool {
        self.messages.values().any(|m| m.addressed)
    }

    /// The reply of ours that the network knows by this id.
    pub fn reply_known_as(&self, remote_id: &RemoteId) -> Option<(&CommandId, &Reply)> {
        self.replies
            .iter()
            .find(|(_, reply)| reply.remote_id() == Some(remote_id))
    }

    /// Messages that address us, oldest first by the network's time, then by id.
    pub fn addressed(&self) -> Vec<(&RemoteId, &Message)> {
        let mut found: Vec<_> = self.messages.iter().filter(|(_, m)| m.addressed).collect();
        found.sort_by_key(|(id, m)| (m.posted_at, *id));
        found
    }

    /// Network time of our newest answer that stands: a sent reply, or a post of our account by other means.
    pub fn answered_at(&self) -> Option<Millis> {
        let taken_away = |id: &RemoteId| self.messages.get(id).is_some_and(|m| m.deleted.is_some());
        let replies = self.replies.values().filter_map(|reply| match &reply.state {
            ReplyState::Sent { at, remote_id, .. } if !taken_away(remote_id) => Some(*at),
            _ => None,
        });
        let posts = self.messages.values().filter(|m| m.answering().is_some());
        replies.chain(posts.map(|m| m.posted_at)).max()
    }

    /// Messages that address us and wait for an answer, oldest first.
    pub fn waiting(&self) -> Vec<(&RemoteId, &Message)> {
        if self.status == Status::Resolved {
            return Vec::new();
        }
        let answered = self.answered_at();
        let waits = |m: &Message| {
            m.deleted.is_none() && m.addressed_seq > self.settled && answered.is_none_or(|at| m.posted_at > at)
        };
        self.addressed().into_iter().filter(|(_, m)| waits(m)).collect()
    }

    /// The message that a reply answers unless somebody picks another: the newest that addresses us and still stands.
    pub fn default_parent(&self) -> Option<&RemoteId> {
        self.addressed()
            .into_iter()
            .rev()
            .find(|(_, m)| m.deleted.is_none())
            .map(|(id, _)| id)
    }

    /// Messages that address us, still stand and came after what this agent has seen.
    pub fn unread(&self, agent: &AgentId) -> usize {
        let seen = self.seen.get(agent).copied().unwrap_or(0);
        self.messages
            .values()
            .filter(|m| m.addressed && m.deleted.is_none() && m.addressed_seq > seen)
            .count()
    }

    /// Messages that address us, still stand, and whose newest revision no triage plugin has read: `(id, revision)`.
    pub fn untriaged(&self) -> Vec<(&RemoteId, u64)> {
        self.messages
            .iter()
            .filter_map(|(id, m)| m.untriaged().map(|revision| (id, revision)))
            .collect()
    }
}

impl Default for Conversation {
    fn default() -> Self {
        Self::new()
    }
}

impl Message {
    /// What it says, where it is of our account, stands, and can be read by the people outside: a note among ourselves
    /// answers nobody.
    pub(crate) fn answering(&self) -> Option<&Said> {
        let said = self.newest.as_ref()?;
        (self.ours && self.deleted.is_none() && said.visibility != Visibility::Internal).then_some(said)
    }

    /// Who can read it: as the newest revision says, else as its deletion said.
    pub fn visibility(&self) -> Option<&Visibility> {
        self.newest
            .as_ref()
            .map(|said| &said.visibility)
            .or(self.deleted.as_ref().map(|gone| &gone.visibility))
    }

    /// The newest revision, where it is to be judged and was not.
    pub fn untriaged(&self) -> Option<u64> {
        let revision = self.newest.as_ref()?.revision;
        let judged = self.verdicts.values().any(|v| v.revision == revision);
        (self.addressed && self.deleted.is_none() && !judged).then_some(revision)
    }
}

impl Reply {
    /// The network's id, once it has one.
    pub fn remote_id(&self) -> Option<&RemoteId> {
        match &self.state {
            ReplyState::Sent { remote_id, .. } => Some(remote_id),
            _ => None,
        }
    }

    /// It waits for readers, or has them all and not gone out.
    pub fn is_held(&self) -> bool {
        self.state == ReplyState::Held && self.approval.as_ref().is_some_and(|approval| approval.is_open())
    }

    /// Its end is still open: it waits, is under way, or nobody knows.
    pub fn is_pending(&self) -> bool {
        matches!(
            self.state,
            ReplyState::Queued { .. } | ReplyState::Sending | ReplyState::Unknown { .. }
        )
    }
}
