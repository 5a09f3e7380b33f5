//! How a call ended, as a line sees it: the plugin's word, and beside it what the host itself saw of the network.

use super::budget::Exhausted;
use jackfield_engine::{BreakKind, Breakdown, CallError, CallNote};
use jackfield_protocol::Cause;

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It did its work.
    Good,
    /// The network asks for patience, at least this long.
    Patience(Option<u64>),
    /// The network was not reached, or says that it is broken, in words; it may have said how long to wait.
    Down {
        /// What happened.
        what: String,
        /// Not before this many milliseconds.
        after_ms: Option<u64>,
    },
    /// The network said something that stops the line for now, in words.
    Network(String),
    /// The plugin wants to go where nobody let it, in words.
    NotGranted(String),
    /// The credential is no longer good, in words.
    Credential(String),
    /// The plugin broke, in words.
    Broken(String),
    /// A budget over time is used up.
    Budget(Exhausted),
    /// The host's own storage does not take it, in words.
    Host(String),
}

impl From<&CallError> for Outcome {
    fn from(error: &CallError) -> Self {
        match error {
            CallError::Later { after_ms } => Self::Patience(*after_ms),
            CallError::Credential(text) => Self::Credential(text.clone()),
            CallError::Refused(_) | CallError::Unexpected(_) => Self::Network(error.to_string()),
            // Nobody can say that it was the plugin.
            CallError::Broken(broken) if matches!(broken.kind, BreakKind::Lost | BreakKind::NoRoom) => {
                Self::Host(broken.detail.clone())
            }
            CallError::Broken(broken) => Self::Broken(broken.to_string()),
        }
    }
}

impl Outcome {
    /// How a call ended, told by the plugin's word and by what the host itself saw of the network: a plugin says
    /// "later" for a name that does not resolve and for a rate limit alike, and the operator wants to know which.
    pub fn of(error: &CallError, note: &CallNote) -> Self {
        match (error, &note.failed) {
            (CallError::Later { after_ms }, Some(what)) => Self::Down {
                what: what.clone(),
                after_ms: *after_ms,
            },
            (CallError::Broken(broken), Some(what)) if waited(broken, note) => Self::Down {
                what: what.clone(),
                after_ms: None,
            },
            (CallError::Refused(_) | CallError::Unexpected(_), _) if note.not_granted.is_some() => {
                Self::NotGranted(note.not_granted.clone().unwrap_or_default())
            }
            _ => Self::from(error),
        }
    }

    /// Why the line is not healthy after it; none where it is.
    pub fn cause(&self) -> Option<Cause> {
        Some(match self {
            Self::Good => return None,
            Self::Patience(_) => Cause::NetworkLimits,
            Self::Down { .. } => Cause::NetworkDown,
            Self::Network(_) => Cause::NetworkRefuses,
            Self::NotGranted(_) => Cause::NotGranted,
            Self::Credential(_) => Cause::CredentialExpired,
            Self::Broken(_) => Cause::PluginBroken,
            Self::Budget(_) => Cause::Budget,
            Self::Host(_) => Cause::Host,
        })
    }
}

/// A call whose time ran out while its network kept it waiting: that is the network's doing and not the plugin's.
pub(super) fn waited(broken: &Breakdown, note: &CallNote) -> bool {
    broken.kind == BreakKind::TimedOut && note.failed.is_some()
}
