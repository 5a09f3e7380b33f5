//! From people at work to people on the roster.

use serde::{Deserialize, Serialize};

/// Why more people are on the roster than at work.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Roster {
    /// Share of paid time that is not work on the queue: leave, illness, training, breaks. 0 to below 1.
    pub shrinkage: f64,
    /// The most of an agent's time that may go into people, over the day; 1 for no limit.
    pub occupancy: f64,
}

/// Several conversations at once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Concurrency {
    /// How many conversations an agent has at once.
    pub at_once: u32,
    /// By how much longer each of them takes for each further one beside it: 0.25 for a quarter.
    pub slower: f64,
}

impl Concurrency {
    /// One after the other.
    pub const ONE: Self = Self {
        at_once: 1,
        slower: 0.0,
    };

    /// How long one conversation takes beside the others, of how long it takes alone.
    pub fn stretched(self, handling: f64) -> f64 {
        handling * (1.0 + self.slower * f64::from(self.at_once.saturating_sub(1)))
    }

    /// Agents who hold so many conversations.
    pub fn agents(self, conversations: u32) -> u32 {
        conversations.div_ceil(self.at_once.max(1))
    }

    /// What an agent gets done, beside one who takes one after the other. More at once is not always more.
    pub fn gain(self) -> f64 {
        f64::from(self.at_once.max(1)) / self.stretched(1.0)
    }
}

impl Roster {
    /// How many have to be on the roster so that so many are at work and none is busier than allowed. `offered` is the
    /// work that arrives, in agents. None where the shares are no shares.
    pub fn people(self, at_work: u32, offered: f64) -> Option<u32> {
        let busy = self.occupancy > 0.0 && self.occupancy <= 1.0;
        if !busy || !(0.0..1.0).contains(&self.shrinkage) {
            return None;
        }
        let calm = (offered / self.occupancy).max(f64::from(at_work));
        let people = (calm / (1.0 - self.shrinkage) - 1e-9).ceil();
        (0.0..=f64::from(u32::MAX)).contains(&people).then(|| {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // just checked
            let whole = people as u32;
            whole
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roster_has_those_who_are_away_as_well() {
        let check = |shrinkage, occupancy, at_work, offered, expected| {
            let found = Roster { shrinkage, occupancy }.people(at_work, offered);
            assert_eq!(found, expected, "{shrinkage} {occupancy} {at_work} {offered}");
        };
        // 100 calls in half an hour of 180 s each, 80 % within 20 s: 14 at work, 20 with 30 % shrinkage.
        check(0.3, 1.0, 14, 10.0, Some(20));
        check(0.0, 1.0, 14, 10.0, Some(14));
        check(0.5, 1.0, 7, 1.0, Some(14));
        // Whoever may be busy half of the time needs a colleague.
        check(0.0, 0.5, 14, 10.0, Some(20));
        check(1.0, 1.0, 14, 10.0, None);
        check(0.3, 0.0, 14, 10.0, None);
        check(f64::NAN, 1.0, 14, 10.0, None);
    }

    #[test]
    fn more_at_once_is_more_only_while_each_is_not_much_slower() {
        let gain = |at_once, slower| Concurrency { at_once, slower }.gain();
        assert!(gain(3, 0.2) > gain(2, 0.2) && gain(2, 0.2) > 1.0);
        assert!(gain(3, 1.0) <= 1.0);
        assert_eq!(
            Concurrency {
                at_once: 3,
                slower: 0.0
            }
            .agents(10),
            4
        );
        assert_eq!(Concurrency::ONE.agents(10), 10);
    }
}
