//! What an event makes happen.

use super::index::Index;
use super::{Action, CHAIN, On, Rule, Slot};
use crate::condition::{Facts, Times};
use jackfield_protocol::Millis;
use std::collections::{BTreeMap, BTreeSet};

/// Rules made ready: in their order, and filed.
#[derive(Debug, Clone, Default)]
pub struct Ruleset {
    rules: Vec<(String, Rule)>,
    by_event: BTreeMap<On, Index>,
}

/// An event, as rules see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trigger {
    /// The rules that led to it, the first one first; empty where the world did.
    pub chain: Vec<String>,
    /// Rules on time passed that held when last asked, of this conversation: they do not run again before they have
    /// stopped holding.
    pub holding: BTreeSet<String>,
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The rule that says so.
    pub rule: String,
    /// What.
    pub action: Action,
}

/// Two rules that set the same thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What they set.
    pub slot: Slot,
    /// The rule that has its way.
    pub kept: String,
    /// The rule that does not.
    pub dropped: String,
    /// What it would have done.
    pub action: Action,
}

/// What comes of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What is to be done, in order. The event of each carries the chain of this one and the act's own rule.
    pub acts: Vec<Act>,
    /// What is not done, since an earlier rule said something else.
    pub conflicts: Vec<Conflict>,
    /// Rules that hold and do not run, since they led to this event or the chain is long enough.
    pub guarded: Vec<String>,
    /// Of a time passed: the rules that hold now, for the next [`Trigger::holding`].
    pub holding: BTreeSet<String>,
}

impl Ruleset {
    /// Makes rules ready. What is switched off is left out.
    pub fn new<'a>(rules: impl IntoIterator<Item = (&'a String, &'a Rule)>) -> Self {
        let on = rules.into_iter().filter(|(_, rule)| !rule.off);
        let mut rules: Vec<(String, Rule)> = on.map(|(name, rule)| (name.clone(), rule.clone())).collect();
        rules.sort_by(|(one, a), (other, b)| b.priority.cmp(&a.priority).then_with(|| one.cmp(other)));
        let numbered = || (0_u32..).zip(&rules);
        let of = |on: On| -> Vec<_> {
            let on = numbered().filter(|(_, (_, rule))| rule.on.contains(&on));
            on.map(|(number, (_, rule))| (number, &rule.when)).collect()
        };
        let by_event = On::ALL.iter().map(|on| (*on, Index::new(&of(*on)))).collect();
        Self { rules, by_event }
    }

    /// How many rules are in force.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Some rule looks at this.
    pub fn looks_at(&self, on: On) -> bool {
        self.rules.iter().any(|(_, rule)| rule.on.contains(&on))
    }

    /// None is.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What an event makes happen.
    pub fn run(&self, on: On, trigger: &Trigger, facts: &Facts, times: &dyn Times) -> Outcome {
        let numbers = self
            .by_event
            .get(&on)
            .map(|index| index.candidates(facts))
            .unwrap_or_default();
        let rules = numbers
            .into_iter()
            .filter_map(|number| self.rules.get(usize::try_from(number).ok()?));
        decide(rules, on, trigger, facts, times)
    }

    /// The same, asking every rule. It is what [`Ruleset::run`] is tested and measured against.
    pub fn run_plainly(&self, on: On, trigger: &Trigger, facts: &Facts, times: &dyn Times) -> Outcome {
        let rules = self.rules.iter().filter(|(_, rule)| rule.on.contains(&on));
        decide(rules, on, trigger, facts, times)
    }

    /// When [`On::TimePassed`] is to be run next, if nothing happens: now where a rule holds that did not, else the first
    /// instant at which some rule's answer may change; none where no rule waits for a time. Asked again after each
    /// event.
    pub fn wake_at(&self, holding: &BTreeSet<String>, facts: &Facts, times: &dyn Times) -> Option<Millis> {
        let timed = self.rules.iter().filter(|(_, rule)| rule.on.contains(&On::TimePassed));
        let next = timed.filter_map(|(name, rule)| {
            let news = rule.when.holds(facts, times) != holding.contains(name);
            if news {
                Some(facts.now)
            } else {
                rule.when.next_change(facts, times)
            }
        });
        next.min()
    }
}

/// Asks rules in their order.
fn decide<'a>(
    rules: impl Iterator<Item = &'a (String, Rule)>,
    on: On,
    trigger: &Trigger,
    facts: &Facts,
    times: &dyn Times,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut set: BTreeMap<Slot, (&String, &Action)> = BTreeMap::new();
    let mut stopped = false;
    let timed = on == On::TimePassed;
    for (name, rule) in rules {
        // After a `stop` it is still written down which rules hold: else they would run the next time.
        if (stopped && !timed) || !rule.when.holds(facts, times) {
            continue;
        }
        if timed {
            outcome.holding.insert(name.clone());
        }
        if stopped || (timed && trigger.holding.contains(name)) {
            continue;
        }
        if trigger.chain.len() >= CHAIN || trigger.chain.contains(name) {
            outcome.guarded.push(name.clone());
            continue;
        }
        for action in &rule.acts {
            match action.slot().and_then(|slot| Some((slot, *set.get(&slot)?))) {
                Some((slot, (kept, other))) => {
                    // Two rules that want the same are of one mind.
                    if other != action {
                        outcome.conflicts.push(Conflict {
                            slot,
                            kept: kept.clone(),
                            dropped: name.clone(),
                            action: action.clone(),
                        });
                    }
                }
                None => {
                    if let Some(slot) = action.slot() {
                        set.insert(slot, (name, action));
                    }
                    outcome.acts.push(Act {
                        rule: name.clone(),
                        action: action.clone(),
                    });
                }
            }
        }
        stopped = rule.stop;
    }
    outcome
}
