//! Policies as files, and what was applied when: what an operator and a supervisor ask for.

use crate::Millis;
use serde::{Deserialize, Serialize};

/// A file of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    /// What to call it where something is wrong in it: `rules.toml`. One that ends in `.ics` is the file that a
    /// calendar names.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

/// A policy that is to be looked at, or applied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PolicyProposal {
    /// All of it, in any order.
    pub files: Vec<PolicyFile>,
    /// Why, for the record.
    #[serde(default)]
    pub why: String,
    /// The version that was in force when this was looked at: with another one in force, nothing is applied.
    #[serde(default)]
    pub expected: Option<String>,
}

/// A policy that was applied, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicyEntry {
    /// 1 for the first, then one more each; the greatest is in force.
    pub number: u64,
    /// When.
    pub at: Millis,
    /// By whom.
    pub who: String,
    /// The hash of what it says: the same words have the same version.
    pub version: String,
    /// Why, in their words; may be empty.
    pub why: String,
}

/// What a policy changes, and whether it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicyOutcome {
    /// The version in force before.
    pub before: String,
    /// The version of what was sent.
    pub version: String,
    /// What is different, a line each: `+` is new, `-` is gone.
    pub changes: Vec<String>,
    /// What is worth knowing and is no mistake: rules of which one has its way over another.
    pub notes: Vec<String>,
    /// The row of the log; none where nothing was applied, since it was in force already or was only to be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<PolicyEntry>,
}

/// What is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicyInForce {
    /// Its version.
    pub version: String,
    /// Its row in the log; none before anything was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<PolicyEntry>,
    /// Its normal form, as one policy file.
    pub text: String,
}

/// Something wrong in a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicyFault {
    /// The file; empty where it is about none in particular.
    pub file: String,
    /// The line, from 1; 0 where there is none.
    pub line: usize,
    /// The field, as a path from the top.
    pub at: String,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub repair: String,
}

/// The policy in force, as one brand may see it, and what the asker may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicyView {
    /// Its version; empty where none is in force.
    pub version: String,
    /// The name that the asker's replies are signed with, where they are.
    pub signs: String,
    /// Their roles in the brand.
    pub roles: Vec<String>,
    /// Their duties there: `work`, `reply`, `approve`, `override`, `rehearse`, `apply`.
    pub may: Vec<String>,
    /// Who may promise, refund and so on by writing it, in words; empty where nobody is asked.
    pub authority: Vec<String>,
    /// What replies may hold, a line for each field.
    pub voice: Vec<String>,
}
