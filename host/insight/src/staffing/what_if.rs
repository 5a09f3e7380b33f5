//! The same questions with other figures: what a slider moves, and what it shows.

use super::live::{self, Load, Waiting};
use super::roster::{Concurrency, Roster};
use serde::{Deserialize, Serialize};

/// What can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Arrivals per second.
    pub rate: f64,
    /// Seconds that one takes, alone.
    pub handling: f64,
    /// Seconds within which people are to be answered.
    pub target: f64,
    /// The share of people who are.
    pub share: f64,
    /// Mean patience in seconds; none where nobody leaves.
    pub patience: Option<f64>,
    /// Several conversations at once.
    pub concurrency: Concurrency,
    /// Who is away.
    pub roster: Roster,
}

/// What it shows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Agents at work.
    pub agents: u32,
    /// People on the roster.
    pub people: u32,
    /// Share answered within the target, where nobody leaves.
    pub level: f64,
    /// The waiting; with people who leave where a patience is given.
    pub waiting: Waiting,
}

/// Answers; none where the figures are no figures or no number of agents is enough.
pub fn ask(question: &Question) -> Option<Answer> {
    let load = Load {
        rate: question.rate,
        handling: question.concurrency.stretched(question.handling),
    };
    let places = live::agents_for(load, question.target, question.share)?;
    let agents = question.concurrency.agents(places);
    show(question, load, agents)
}

/// The same with so many agents, enough or not; none where the line would grow for ever.
pub fn with(question: &Question, agents: u32) -> Option<Answer> {
    let load = Load {
        rate: question.rate,
        handling: question.concurrency.stretched(question.handling),
    };
    show(question, load, agents)
}

fn show(question: &Question, load: Load, agents: u32) -> Option<Answer> {
    let at_once = question.concurrency.at_once.max(1);
    let places = agents.checked_mul(at_once)?;
    let waiting = match question.patience {
        Some(patience) => live::erlang_a(load, places, patience)?,
        None => live::erlang_c(load, places)?,
    };
    Some(Answer {
        agents,
        people: question.roster.people(agents, load.offered() / f64::from(at_once))?,
        level: live::level(load, places, question.target),
        waiting,
    })
}
