//! What the house has written, as it is in force: one handle for everybody who decides.
//!
//! Whoever decides takes it anew for each decision, so a policy that is applied counts from the next one on. What was
//! applied is kept in the store, every version of it; the folder of the configuration is where a new one comes from.
//!
//! - `files`: a folder of policy files, and of dictionaries, as texts
//! - `apply`: a policy is looked at, put in force, taken back

mod apply;
mod files;

pub use apply::{Refused, begin};
pub use files::{dictionaries, policy_files};

use jackfield_desk::gate::Dictionaries;
use jackfield_desk::policy::Policies;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::watch;

/// The policies in force.
#[derive(Debug, Default)]
pub struct Current {
    policies: RwLock<Arc<Policies>>,
    dictionaries: RwLock<Arc<Dictionaries>>,
    /// One change at a time: each is decided on what is in force.
    changing: tokio::sync::Mutex<()>,
    /// Tells of each change.
    number: watch::Sender<u64>,
}

impl Current {
    /// As they are now.
    pub fn now(&self) -> Arc<Policies> {
        Arc::clone(&self.policies.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells when others come into force.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.number.subscribe()
    }

    /// From here on these.
    pub fn put(&self, policies: Policies) {
        let number = policies.current.number;
        *self.policies.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policies);
        self.number.send_replace(number);
    }

    /// By which spelling is looked at, from the next policy on.
    pub fn spell_by(&self, dictionaries: Dictionaries) {
        *self.dictionaries.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(dictionaries);
    }

    fn dictionaries(&self) -> Arc<Dictionaries> {
        Arc::clone(&self.dictionaries.read().unwrap_or_else(PoisonError::into_inner))
    }
}
