//! Lines in which people wait: Erlang C, and Erlang A (M/M/n+M; Mandelbaum and Zeltyn 2005) where they may leave.
//!
//! Everything is reckoned by recursions whose terms are positive and at most 1, so nothing overflows at a thousand agents.

use serde::{Deserialize, Serialize};

/// What arrives and how long it takes. Times in seconds, here and below.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// Arrivals per second.
    pub rate: f64,
    /// Mean time of handling one.
    pub handling: f64,
}

/// What waiting looks like with so many agents.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// Share of people who wait at all.
    pub waits: f64,
    /// Mean wait, those who do not wait included.
    pub mean: f64,
    /// Share of people who leave without an answer; 0 by Erlang C.
    pub leaves: f64,
    /// Share of an agent's time that is spent on people.
    pub occupancy: f64,
}

impl Load {
    /// The work that arrives, in agents (Erlang).
    pub fn offered(self) -> f64 {
        self.rate * self.handling
    }

    fn sound(self) -> bool {
        self.rate > 0.0 && self.handling > 0.0 && self.offered().is_finite()
    }
}

/// The share of people who find all `agents` busy and are turned away (Erlang B).
pub fn blocked(offered: f64, agents: u32) -> f64 {
    (1..=agents).fold(1.0, |b, k| offered * b / (f64::from(k) + offered * b))
}

/// The share of people who wait where nobody leaves (Erlang C): 1 where the agents cannot keep up.
pub fn waits(offered: f64, agents: u32) -> f64 {
    let n = f64::from(agents);
    if n <= offered {
        return 1.0;
    }
    let b = blocked(offered, agents);
    n * b / (n - offered * (1.0 - b))
}

/// Waiting where nobody leaves; none where the line grows for ever, or the load is no load.
pub fn erlang_c(load: Load, agents: u32) -> Option<Waiting> {
    let (a, n) = (load.offered(), f64::from(agents));
    if !load.sound() || n <= a {
        return None;
    }
    let c = waits(a, agents);
    Some(Waiting {
        waits: c,
        mean: c * load.handling / (n - a),
        leaves: 0.0,
        occupancy: a / n,
    })
}

/// Share of people who are answered within `target`, where nobody leaves; 0 where the agents cannot keep up.
pub fn level(load: Load, agents: u32, target: f64) -> f64 {
    let (a, n) = (load.offered(), f64::from(agents));
    if !load.sound() || n <= a {
        return 0.0;
    }
    1.0 - waits(a, agents) * (-(n - a) * target / load.handling).exp()
}

/// The fewest agents by whom at least this share is answered within `target`; none where the share cannot be reached.
pub fn agents_for(load: Load, target: f64, share: f64) -> Option<u32> {
    if !load.sound() || !(0.0..1.0).contains(&share) || target < 0.0 {
        return None;
    }
    // Far beyond the square-root rule; more than this no share below 1 - 1e-9 asks for.
    let a = load.offered();
    let most = a + 10.0 * a.sqrt() + 30.0;
    (1_u32..)
        .skip_while(|n| f64::from(*n) <= a)
        .take_while(|n| f64::from(*n) <= most)
        .find(|n| level(load, *n, target) >= share)
}

/// Terms below this share of the largest change no digit that is shown.
const NOTHING: f64 = 1e-18;
/// A line this long has been reckoned far enough, whatever the terms say.
const LONGEST: u32 = 5_000_000;

/// Waiting where people leave after a patience with this mean (exponential). However few the agents are, it settles.
pub fn erlang_a(load: Load, agents: u32, patience: f64) -> Option<Waiting> {
    if !load.sound() || agents == 0 || patience <= 0.0 {
        return None;
    }
    let (n, mu, theta) = (f64::from(agents), 1.0 / load.handling, 1.0 / patience);
    // Relative to the state in which all agents are busy and nobody waits.
    let b = blocked(load.offered(), agents);
    let below = 1.0 / b; // the states 0 to n together
    let (mut term, mut line, mut length) = (1.0_f64, 0.0_f64, 0.0_f64);
    let mut largest = 1.0_f64;
    for waiting in 1..=LONGEST {
        let q = f64::from(waiting);
        term *= load.rate / (n * mu + q * theta);
        line += term;
        length += q * term;
        largest = largest.max(term);
        if !term.is_finite() || !line.is_finite() {
            return None; // hopeless: thousands wait for each who is answered
        }
        if term < NOTHING * largest {
            break;
        }
    }
    let all = below + line;
    let waiting = length / all;
    let leaves = theta * waiting / load.rate;
    Some(Waiting {
        waits: (1.0 + line) / all,
        mean: waiting / load.rate,
        leaves,
        occupancy: load.offered() * (1.0 - leaves) / n,
    })
}

/// The fewest agents with whom at most this share leaves.
pub fn agents_to_keep(load: Load, patience: f64, leaves: f64) -> Option<u32> {
    if !load.sound() || patience <= 0.0 || leaves <= 0.0 {
        return None;
    }
    let a = load.offered();
    let most = a + 10.0 * a.sqrt() + 30.0;
    (1_u32..)
        .take_while(|n| f64::from(*n) <= most)
        .find(|n| erlang_a(load, *n, patience).is_some_and(|waiting| waiting.leaves <= leaves))
}
