//! What an instance may hold, as wasmtime asks for it.

use crate::Limits;
use std::sync::Arc;
use wasmtime::ResourceLimiter;

/// Counts memory and refuses what is too much. A refusal is remembered: the trap that follows when a guest cannot go
/// on without the memory is then called by its cause.
pub(crate) struct Gauge {
    limits: Arc<Limits>,
    now: usize,
    pub(crate) most: usize,
    pub(crate) refused: Option<usize>,
}

impl Gauge {
    pub(crate) fn new(limits: Arc<Limits>) -> Self {
        Self {
            limits,
            now: 0,
            most: 0,
            refused: None,
        }
    }
}

impl ResourceLimiter for Gauge {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let grown = self.now.saturating_sub(current).saturating_add(desired);
        if grown > self.limits.memory || maximum.is_some_and(|maximum| desired > maximum) {
            self.refused = Some(desired);
            return Ok(false);
        }
        self.now = grown;
        self.most = self.most.max(grown);
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= self.limits.table_elements && maximum.is_none_or(|maximum| desired <= maximum))
    }

    fn instances(&self) -> usize {
        self.limits.instances
    }

    fn tables(&self) -> usize {
        self.limits.tables
    }

    fn memories(&self) -> usize {
        self.limits.memories
    }
}
