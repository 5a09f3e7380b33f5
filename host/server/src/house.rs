//! What the house has written, as it is in force: one handle for everybody who decides.
//!
//! Whoever decides takes it anew for each decision, so a policy that is applied counts from the next one on.

use jackfield_desk::policy::Policies;
use std::sync::{Arc, PoisonError, RwLock};

/// The policies in force.
#[derive(Debug, Default)]
pub struct Current(RwLock<Arc<Policies>>);

impl Current {
    /// As they are now.
    pub fn now(&self) -> Arc<Policies> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From here on these.
    pub fn put(&self, policies: Policies) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policies);
    }
}
