//! What the host keeps for a guest under numbers, so that it can take it away by itself.

use std::collections::BTreeMap;

/// Things of one kind.
pub(crate) struct Shelf<T> {
    last: u32,
    kept: BTreeMap<u32, T>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            last: 0,
            kept: BTreeMap::new(),
        }
    }
}

impl<T> Shelf<T> {
    /// Keeps `value` under a number that was not used before.
    pub(crate) fn keep(&mut self, value: T) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.kept.insert(self.last, value);
        self.last
    }

    pub(crate) fn get(&mut self, id: u32) -> Option<&mut T> {
        self.kept.get_mut(&id)
    }

    pub(crate) fn close(&mut self, id: u32) {
        self.kept.remove(&id);
    }

    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    pub(crate) fn drop_if(&mut self, mut done: impl FnMut(&T) -> bool) {
        self.kept.retain(|_, value| !done(value));
    }
}
