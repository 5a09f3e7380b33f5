//! Why nothing was changed, for the command line and the admin API alike.

use jackfield_engine::package::{Diff, PackageError};
use jackfield_store::StoreError;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The package.
    #[error("{0}")]
    Package(#[from] PackageError),
    /// Somebody has to agree first.
    #[error("{0}")]
    NeedsApproval(Box<Diff>),
    /// The store.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Anything else: a word for programs, a sentence for people.
    #[error("{what}")]
    Other {
        /// The word.
        code: &'static str,
        /// The sentence, with the repair.
        what: String,
    },
}

impl Refused {
    pub(super) fn new(code: &'static str, what: impl Into<String>) -> Self {
        Self::Other {
            code,
            what: what.into(),
        }
    }

    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Package(PackageError::Unsigned(_)) => "package-unsigned",
            Self::Package(PackageError::Untrusted { .. }) => "package-untrusted",
            Self::Package(PackageError::Changed(_)) => "package-changed",
            Self::Package(_) => "package-broken",
            Self::NeedsApproval(_) => "needs-approval",
            Self::Store(StoreError::Conflict(_)) => "busy",
            Self::Store(_) => "storage",
            Self::Other { code, .. } => code,
        }
    }
}
