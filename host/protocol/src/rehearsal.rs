//! What rules would have done with stored messages.

use crate::{ConversationId, Millis, PolicyFile, RemoteId};
use serde::{Deserialize, Serialize};

/// What is to be tried.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RehearsalRequest {
    /// A policy whose rules are tried; the one in force where there is none.
    #[serde(default)]
    pub files: Vec<PolicyFile>,
    /// Only these rules; all where there is none.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Messages from then on; a week back where it is left out.
    #[serde(default)]
    pub since: Option<Millis>,
    /// Messages before then; all where it is left out.
    #[serde(default)]
    pub until: Option<Millis>,
    /// How many examples to show, at most 200; 50 unless told.
    #[serde(default)]
    pub examples: Option<u32>,
}

/// What would have been done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rehearsal {
    /// The version of the policy that was tried.
    pub version: String,
    /// Messages from then on were asked about.
    pub since: Millis,
    /// How many messages were asked about.
    pub seen: u64,
    /// With how many of them some rule would have done something.
    pub count: u64,
    /// With how many each rule would have.
    pub rules: Vec<(String, u64)>,
    /// How many times a rule would have stood in the way of another.
    pub conflicts: u64,
    /// The first of them, newest conversations first.
    pub examples: Vec<RehearsalExample>,
    /// Rules that were not tried: they look at something else than messages and verdicts.
    pub left_out: Vec<String>,
    /// The same in a sentence.
    pub words: String,
}

/// A message with which rules would have done something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RehearsalExample {
    /// Where it is.
    pub conversation: ConversationId,
    /// The message.
    pub remote_id: RemoteId,
    /// When it was written.
    pub at: Millis,
    /// Its beginning, at most 120 characters.
    pub snippet: String,
    /// The rule, and what it would have done.
    pub acts: Vec<(String, String)>,
}
