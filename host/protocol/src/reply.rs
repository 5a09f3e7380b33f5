//! Replies under a policy: what was found in them, who reads them, what they passed.

use crate::{AgentId, CommandDone, CommandId, ConversationId, Millis, RemoteId, Visibility};
use serde::{Deserialize, Serialize};

/// Something that the gate found in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FindingView {
    /// Where, in characters (Unicode scalar values) of the text: first, and one past the last.
    pub span: (usize, usize),
    /// The rule, `forbidden-word`.
    pub rule: String,
    /// The words that were found.
    pub words: String,
    /// Why, in words.
    pub reason: String,
    /// `note`, `ask` or `block`.
    pub severity: String,
    /// What it still asks of its author: `nothing`, `word` (say that it is meant), `override` (say why it goes out all
    /// the same), `change` (write something else).
    pub needs: String,
    /// What to write instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// What was weighed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RiskView {
    /// Each reason with its points.
    pub points: Vec<(String, u32)>,
    /// The sum.
    pub total: u32,
    /// How many people read it before it goes out: 0, 1 or 2.
    pub readers: u8,
}

/// What is to be said about a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JudgementView {
    /// The version of the policy; empty where none is in force.
    pub policy: String,
    /// The text as it would go out, signed.
    pub text: String,
    /// What signing put at its end; empty where nothing.
    pub signature: String,
    /// In the order of the text.
    pub findings: Vec<FindingView>,
    /// What was weighed.
    pub risk: RiskView,
    /// Nothing stands in the way but readers.
    pub clear: bool,
}

/// A finding that its author says is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MeantRequest {
    /// `rule` of the finding.
    pub rule: String,
    /// `words` of the finding: what is said of one is said of no other.
    pub words: String,
    /// Why; has to be said of what blocks.
    #[serde(default)]
    pub why: String,
}

/// A text that somebody writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DraftRequest {
    /// The text as they see it, unsigned.
    pub text: String,
    /// Who will be able to read it.
    pub visibility: Visibility,
    /// What it answers; the newest message of the person unless given.
    #[serde(default)]
    pub parent: Option<RemoteId>,
    /// Findings that are meant.
    #[serde(default)]
    pub meant: Vec<MeantRequest>,
}

/// A reply that is to go out. `id` makes it safe to send twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReplyRequest {
    /// Made by the client, 1 to 64 of `A-Z a-z 0-9 - _`; the reply's own id from here on.
    pub id: CommandId,
    /// The text as they see it, unsigned.
    pub text: String,
    /// Who will be able to read it.
    pub visibility: Visibility,
    /// What it answers; the newest message of the person unless given.
    #[serde(default)]
    pub parent: Option<RemoteId>,
    /// Findings that are meant.
    #[serde(default)]
    pub meant: Vec<MeantRequest>,
    /// `version` of the summary that was before them: if the person wrote after it, nothing is sent and the answer says
    /// what is new.
    #[serde(default)]
    pub seen: Option<u64>,
}

/// Something to be said about a reply that waits for readers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadRequest {
    /// Made by the client, 1 to 64 of `A-Z a-z 0-9 - _`.
    pub id: CommandId,
    /// What.
    pub act: ReadAct,
}

/// What may be said about a reply that waits for readers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case", tag = "do", deny_unknown_fields)]
pub enum ReadAct {
    /// It may go out as it is.
    Approve {
        /// The edition that was read.
        edition: u32,
        /// `version` of the summary that was before them.
        seen: u64,
    },
    /// This would be better; its author decides.
    Suggest {
        /// The edition that was read.
        edition: u32,
        /// The text.
        text: String,
        /// Why.
        why: String,
    },
    /// It does not go out so.
    Return {
        /// Why.
        why: String,
    },
    /// Its author writes another text; what was approved no longer counts.
    Supersede {
        /// The text, unsigned.
        text: String,
        /// Findings that are meant.
        #[serde(default)]
        meant: Vec<MeantRequest>,
        /// `version` of the summary that was before them.
        seen: u64,
    },
    /// Its author takes it back.
    Withdraw,
}

/// Somebody read it and approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReaderView {
    /// Who.
    pub by: AgentId,
    /// When.
    pub at: Millis,
}

/// A stretch of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PieceView {
    /// `same`, `removed` or `added`.
    pub change: String,
    /// Its text.
    pub text: String,
}

/// What a reader would rather write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SuggestionView {
    /// Who.
    pub by: AgentId,
    /// The text.
    pub text: String,
    /// Why.
    pub why: String,
    /// From the reply's text to this one, word by word.
    pub difference: Vec<PieceView>,
}

/// A finding that somebody said is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OverrideView {
    /// The rule.
    pub rule: String,
    /// The words.
    pub words: String,
    /// Who.
    pub by: AgentId,
    /// Why.
    pub why: String,
}

/// Where a reply stands with the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplyStanding {
    /// Where it is.
    pub conversation: ConversationId,
    /// The reply.
    pub reply: CommandId,
    /// Who wrote it.
    pub by: AgentId,
    /// The text as it stands, signed.
    pub text: String,
    /// Who will be able to read it.
    pub visibility: Visibility,
    /// When it was asked for.
    pub asked_at: Millis,
    /// `free` (nobody has to read it), `waiting`, `ready`, `rejected`, `withdrawn`, `expired`, `published`.
    pub stands: String,
    /// The same in a sentence.
    pub words: String,
    /// The number of the text: 1, and one more with each change; 0 where nobody has to read it.
    pub edition: u32,
    /// How many people have to read it.
    pub readers: u8,
    /// Who has.
    pub approved: Vec<ReaderView>,
    /// What readers would rather write.
    pub suggested: Vec<SuggestionView>,
    /// From the text of the first edition to this one, word by word; empty where it is the first.
    pub difference: Vec<PieceView>,
    /// From when on it no longer goes out; none where nobody has to read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Millis>,
    /// The version of the policy that it passed; empty where none was in force.
    pub policy: String,
    /// What it is signed with.
    pub signature: String,
    /// What was found in its text.
    pub findings: Vec<FindingView>,
    /// What was said to be meant.
    pub overrides: Vec<OverrideView>,
    /// What was weighed.
    pub risk: RiskView,
    /// What the asker may do with it now: `approve`, `suggest`, `return`, `supersede`, `withdraw`.
    pub may: Vec<String>,
}

/// What came of a reply, or of something said about one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplyDone {
    /// The conversation's row and what is new in its thread.
    pub done: CommandDone,
    /// Where the reply stands.
    pub standing: ReplyStanding,
}
