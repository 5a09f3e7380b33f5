//! The last host calls of a call, for the people who will look for the fault: import, method, host and status. Never
//! a path, a text or a value.

use crate::note::Notes;
use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

const KEPT: usize = 20;

/// Shared by the store, which writes it, and the connection, which still has it when the store is gone.
#[derive(Clone, Default)]
pub(crate) struct Trail {
    steps: Arc<Mutex<VecDeque<Step>>>,
    /// The same of networks and budgets, in figures.
    pub(crate) notes: Notes,
}

struct Step {
    what: String,
    times: u32,
}

impl Trail {
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// The same step again is counted, not repeated: a million log lines leave room for what came before them.
    pub(crate) fn add(&self, what: impl fmt::Display) {
        let what = what.to_string();
        let mut steps = self.lock();
        match steps.back_mut() {
            Some(last) if last.what == what => last.times = last.times.saturating_add(1),
            _ => {
                if steps.len() == KEPT {
                    steps.pop_front();
                }
                steps.push_back(Step { what, times: 1 });
            }
        }
    }

    /// Says how the last step ended. A call that never ends leaves its step without an end, which is what one wants to
    /// read after a time-out.
    pub(crate) fn end(&self, how: impl fmt::Display) {
        let step = self.lock().pop_back();
        if let Some(step) = step {
            self.add(format_args!("{} {how}", step.what));
        }
    }

    pub(crate) fn read(&self) -> Vec<String> {
        self.lock()
            .iter()
            .map(|step| {
                if step.times == 1 {
                    step.what.clone()
                } else {
                    format!("{} (x {})", step.what, step.times)
                }
            })
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Step>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_does_not_push_out_what_came_before() {
        let trail = Trail::default();
        trail.add("http GET social.example 200");
        (0..1000).for_each(|_| trail.add("log.write"));
        assert_eq!(trail.read(), ["http GET social.example 200", "log.write (x 1000)"]);
        trail.add("http GET social.example");
        trail.end(500);
        trail.add("http GET social.example");
        trail.end(500);
        trail.add("http GET social.example");
        let steps = trail.read();
        assert_eq!(
            steps[2..],
            ["http GET social.example 500 (x 2)", "http GET social.example"]
        );
        (0..50).for_each(|n| trail.add(format!("kv.get {n}")));
        assert_eq!(trail.read().len(), KEPT);
    }
}
