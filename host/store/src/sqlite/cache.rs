//! Conversations that were read or written lately, so that a busy one is not parsed again and again. An entry counts
//! only where its version is the one in the file: another program may have written in between.

use jackfield_desk::Conversation;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A conversation of a few messages takes some kilobytes, so this is some tens of megabytes at most.
const KEPT: usize = 4096;

/// See the module.
#[derive(Default)]
pub(super) struct Cache(Mutex<HashMap<String, Arc<Conversation>>>);

impl Cache {
    /// The conversation at exactly this version.
    pub(super) fn get(&self, id: &str, version: u64) -> Option<Arc<Conversation>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(id).filter(|state| state.version == version).cloned()
    }

    /// Keeps it, unless a newer one is kept.
    pub(super) fn put(&self, id: &str, state: &Arc<Conversation>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT && !kept.contains_key(id) {
            // No order of use is kept: to forget all of them now and then costs less than to know the oldest.
            kept.clear();
        }
        match kept.get_mut(id) {
            Some(old) if old.version > state.version => {}
            Some(old) => *old = Arc::clone(state),
            None => {
                kept.insert(id.to_owned(), Arc::clone(state));
            }
        }
    }

    /// Forgets all: after a rebuild, versions may stand for other states.
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
