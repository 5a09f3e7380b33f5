//! What can go wrong in a call, and whose word it is.
//!
//! Two voices are kept apart because they have different next actions. The plugin's word (`Later`, `Credential`,
//! `Refused`, `Unexpected`) is about its network: an operator renews a token or waits. The sandbox's word
//! ([`Breakdown`]) is about the plugin: its author repairs it. A plugin cannot utter a breakdown, and no trap is ever
//! shown as an answer of the network.

use crate::bindings::{Refusal, Trouble};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a call gave no answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum CallError {
    /// The plugin asks for patience: the network is down, slow or limits the rate.
    #[error("the network asks to try again{}", in_words(.after_ms))]
    Later {
        /// Not before this many milliseconds, where the network says.
        after_ms: Option<u64>,
    },
    /// The credential is no longer good; the plugin's words.
    #[error("the credential is refused: {0}")]
    Credential(String),
    /// The network understood and said no; the network's words.
    #[error("the network refused: {0}")]
    Refused(String),
    /// The network answered something that it does not document; the plugin's words.
    #[error("the network answered something unexpected: {0}")]
    Unexpected(String),
    /// The plugin broke; the sandbox's words.
    #[error(transparent)]
    Broken(#[from] Box<Breakdown>),
}

/// Why nothing was published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum PublishError {
    /// As for every call. After `Later` and `Broken` it may have been published all the same: ask `reconcile`.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The network no longer takes an answer here. Final.
    #[error("the network no longer takes an answer in this conversation")]
    WindowClosed,
    /// A rule of the network, told before anything was sent. Final.
    #[error("a rule of the network: {0}")]
    Rule(String),
}

/// What broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BreakKind {
    /// The guest trapped: a panic, a division by zero, an access outside its memory.
    Trap,
    /// The call took longer than its wall time or its processor time.
    TimedOut,
    /// The guest asked for more memory than it may have, and gave up.
    OutOfMemory,
    /// The guest's stack is used up.
    StackOverflow,
    /// An answer outside the bounds of the contract. Nothing of it is used.
    BadAnswer,
    /// More host calls, or more bytes in one crossing, than the call may use.
    OverBudget,
    /// The component does not fit its world.
    WrongTypes,
    /// In a replay: the plugin did something that the trace has no answer for.
    Diverged,
    /// The host's own shortage: no free instance in the pool, no thread.
    NoRoom,
    /// The process that ran the plugin ended in the middle of the call; whose fault that was nobody knows.
    Lost,
}

impl BreakKind {
    /// A word for metrics and logs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Trap => "trap",
            Self::TimedOut => "timed-out",
            Self::OutOfMemory => "out-of-memory",
            Self::StackOverflow => "stack-overflow",
            Self::BadAnswer => "bad-answer",
            Self::OverBudget => "over-budget",
            Self::WrongTypes => "wrong-types",
            Self::Diverged => "diverged",
            Self::NoRoom => "no-room",
            Self::Lost => "lost",
        }
    }
}

/// A plugin that broke: one sentence for people, and what its author needs to find the fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Breakdown {
    /// What broke.
    pub kind: BreakKind,
    /// The plugin and its version, `mastodon 0.1.0`.
    pub plugin: String,
    /// The function that was called: `poll`.
    pub function: String,
    /// What happened, in a sentence, scrubbed of secrets.
    pub detail: String,
    /// Guest functions on the stack, innermost first, where a trap left them.
    pub stack: Vec<String>,
    /// The last host calls before it, oldest first: import, method, host and status. No text, no path, no secret.
    pub host_calls: Vec<String>,
}

impl fmt::Display for Breakdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the plugin {} broke in `{}`: {}",
            self.plugin, self.function, self.detail
        )
    }
}

impl std::error::Error for Breakdown {}

impl CallError {
    /// The breakdown, where the plugin broke.
    pub fn breakdown(&self) -> Option<&Breakdown> {
        match self {
            Self::Broken(broken) => Some(broken),
            _ => None,
        }
    }
}

impl From<Breakdown> for CallError {
    fn from(broken: Breakdown) -> Self {
        Self::Broken(Box::new(broken))
    }
}

impl From<Trouble> for CallError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Later(after_ms) => Self::Later { after_ms },
            Trouble::Credential(text) => Self::Credential(text),
            Trouble::Refused(text) => Self::Refused(text),
            Trouble::Unexpected(text) => Self::Unexpected(text),
        }
    }
}

impl From<Refusal> for PublishError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Trouble(trouble) => Self::Call(trouble.into()),
            Refusal::WindowClosed => Self::WindowClosed,
            Refusal::Rule(text) => Self::Rule(text),
        }
    }
}

fn in_words(after_ms: &Option<u64>) -> String {
    match after_ms {
        Some(ms) => format!(", not before {} s from now", ms.div_ceil(1000)),
        None => String::new(),
    }
}
