//! Written channels: a backlog and a promise.
//!
//! Nobody holds the line; what counts is whether an answer goes out before it is due. Work is done earliest deadline first,
//! which misses nothing that any order could have kept (for one kind of work that may be put down; here an item that was
//! begun is finished, so a miss of at most one handling time can be the order's and not the staffing's).
//!
//! [`bound`] is the fluid lower bound: the work that is due by an instant has to fit into the capacity until then.
//! [`simulate`] is item by item, with whole people, and says what share was in time.

use jackfield_protocol::Millis;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Something to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// When it came.
    pub at: Millis,
    /// When its answer is due.
    pub due: Millis,
    /// How long it takes somebody.
    pub takes: Millis,
}

/// So many people are at work from one instant to the next one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// From when.
    pub from: Millis,
    /// How many.
    pub people: u32,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Items.
    pub all: u64,
    /// Answered by their deadline.
    pub in_time: u64,
    /// Never answered: the plan ended before.
    pub left: u64,
    /// The longest backlog, in items.
    pub backlog: u64,
    /// The latest answer after its deadline.
    pub latest: Millis,
}

impl Outcome {
    /// The share that was in time; 1 of nothing.
    #[allow(clippy::cast_precision_loss)] // counts of messages
    pub fn share(&self) -> f64 {
        if self.all == 0 {
            1.0
        } else {
            self.in_time as f64 / self.all as f64
        }
    }
}

/// How many people are at work at an instant, by a plan in order of time; nobody before its first line.
fn people(plan: &[Shift], at: Millis) -> u32 {
    let known = plan.partition_point(|shift| shift.from <= at);
    known
        .checked_sub(1)
        .and_then(|at| plan.get(at))
        .map_or(0, |shift| shift.people)
}

/// Goes through the items, earliest deadline first. Whoever is in the middle of one when their shift ends, finishes it.
/// `plan` is in order of time; its last line holds for ever.
pub fn simulate(items: &[Item], plan: &[Shift]) -> Outcome {
    let mut coming = items.to_vec();
    coming.sort_unstable_by_key(|item| (item.at, item.due, item.takes));
    let mut outcome = Outcome {
        all: coming.len() as u64,
        ..Outcome::default()
    };
    let mut coming = coming.into_iter().peekable();
    let mut changes = plan.iter().map(|shift| shift.from).peekable();
    // Earliest deadline first; among equals, the earlier one.
    let mut backlog: BinaryHeap<Reverse<(Millis, Millis, Millis)>> = BinaryHeap::new();
    let mut busy: BinaryHeap<Reverse<Millis>> = BinaryHeap::new();
    loop {
        let next = [
            coming.peek().map(|item| item.at),
            changes.peek().copied(),
            busy.peek().map(|end| end.0),
        ];
        let Some(now) = next.into_iter().flatten().min() else {
            break;
        };
        while let Some(item) = coming.next_if(|item| item.at <= now) {
            backlog.push(Reverse((item.due, item.at, item.takes)));
        }
        while changes.next_if(|from| *from <= now).is_some() {}
        while busy.peek().is_some_and(|end| end.0 <= now) {
            busy.pop();
        }
        outcome.backlog = outcome.backlog.max(backlog.len() as u64);
        let present = people(plan, now) as usize;
        while busy.len() < present {
            let Some(Reverse((due, _, takes))) = backlog.pop() else {
                break;
            };
            let done = now + takes.max(1);
            busy.push(Reverse(done));
            outcome.in_time += u64::from(done <= due);
            outcome.latest = outcome.latest.max(done - due);
        }
    }
    outcome.left = backlog.len() as u64;
    outcome
}

/// The fewest people, always present, with whom so large a share is in time; none where even one person for each item is
/// not enough. Searched by halving: more people answer no less in time, but for the odd item that the order decides.
pub fn people_for(items: &[Item], share: f64) -> Option<u32> {
    let from = items.iter().map(|item| item.at).min()?;
    let enough = |people: u32| simulate(items, &[Shift { from, people }]).share() >= share;
    let (mut few, mut many) = (0, 1);
    let most = u32::try_from(items.len()).unwrap_or(u32::MAX);
    while !enough(many) {
        if many >= most {
            return None;
        }
        few = many;
        many = many.saturating_mul(2).min(most);
    }
    while many - few > 1 {
        let middle = few + (many - few) / 2;
        if enough(middle) {
            many = middle;
        } else {
            few = middle;
        }
    }
    Some(many)
}

/// No plan with fewer people, always present, keeps every promise: the most work per time in any window from an arrival to
/// a deadline. The fluid bound of scheduling theory; what it calls enough need not be, what it calls too few is.
#[allow(clippy::cast_precision_loss)] // milliseconds of some weeks
pub fn bound(items: &[Item]) -> f64 {
    let mut starts: Vec<Millis> = items.iter().map(|item| item.at).collect();
    starts.sort_unstable();
    starts.dedup();
    let mut by_due: Vec<&Item> = items.iter().collect();
    by_due.sort_unstable_by_key(|item| item.due);
    let mut most = 0.0_f64;
    for start in starts {
        let mut work: Millis = 0;
        for item in by_due.iter().filter(|item| item.at >= start && item.due > start) {
            work += item.takes;
            most = most.max(work as f64 / (item.due - start) as f64);
        }
    }
    most
}
