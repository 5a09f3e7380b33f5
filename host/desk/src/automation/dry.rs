//! What rules would have touched: "41 items last week, here they are".

use super::{On, Ruleset, Trigger};
use crate::condition::{Facts, Times};
use std::collections::BTreeMap;

/// What would have been touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched<K> {
    /// How many facts were looked at.
    pub seen: u64,
    /// Of how many some rule would have done something.
    pub count: u64,
    /// How many each rule would have done something with.
    pub rules: BTreeMap<String, u64>,
    /// How many times one rule would have stood in the way of another.
    pub conflicts: u64,
    /// The first of them.
    pub examples: Vec<Example<K>>,
}

/// One that would have been touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example<K> {
    /// What the facts are of.
    pub of: K,
    /// What would have been done: the rule, and what in words.
    pub acts: Vec<(String, String)>,
}

/// Runs rules over stored facts, as if each were the event now. Facts are taken one by one and none is kept: memory
/// grows with the rules and the examples, never with the history.
pub fn dry_run<K>(
    rules: &Ruleset,
    on: On,
    facts: impl IntoIterator<Item = (K, Facts)>,
    times: &dyn Times,
    examples: usize,
) -> Touched<K> {
    let mut touched = Touched {
        seen: 0,
        count: 0,
        rules: BTreeMap::new(),
        conflicts: 0,
        examples: Vec::new(),
    };
    let trigger = Trigger::default();
    for (of, facts) in facts {
        touched.seen += 1;
        let outcome = rules.run(on, &trigger, &facts, times);
        touched.conflicts += u64::try_from(outcome.conflicts.len()).unwrap_or(u64::MAX);
        if outcome.acts.is_empty() {
            continue;
        }
        touched.count += 1;
        let mut last = None;
        // The acts of one rule stand together.
        for act in outcome
            .acts
            .iter()
            .filter(|act| last.replace(&act.rule) != Some(&act.rule))
        {
            match touched.rules.get_mut(&act.rule) {
                Some(count) => *count += 1,
                None => drop(touched.rules.insert(act.rule.clone(), 1)),
            }
        }
        if touched.examples.len() < examples {
            let acts = outcome.acts.iter().map(|act| (act.rule.clone(), act.action.words()));
            touched.examples.push(Example {
                of,
                acts: acts.collect(),
            });
        }
    }
    touched
}
