//! The rounds of a history: which waits began, and how each ended.

use super::{Chosen, History, Kind, What, Why};
use jackfield_protocol::{Millis, RemoteId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a round ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// With what the clock is about.
    Met,
    /// The person took away all that waited.
    Withdrawn,
    /// "Resolved" without a word to the person.
    Settled,
}

/// One wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Round {
    pub(super) kind: Kind,
    pub(super) number: u32,
    pub(super) started: Millis,
    pub(super) ended: Option<(End, Millis)>,
    pub(super) chosen: Option<Chosen>,
    /// The latest instant for which each bell rang: warning, due.
    pub(super) rang: [Option<Millis>; 2],
}

/// A time in which clocks may stand still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pause {
    pub(super) from: Millis,
    /// None: nobody knows yet.
    pub(super) to: Option<Millis>,
    pub(super) why: Why,
}

/// What is waited for: any word, a human's word, an answer; and, last, that it is done.
const LANES: usize = 3;
const DONE: usize = 3;

#[derive(Debug, Clone, Default)]
struct Waits {
    messages: [BTreeMap<RemoteId, Millis>; LANES],
    open: [Option<usize>; LANES + 1],
}

#[derive(Debug, Default)]
pub(super) struct Rounds {
    pub(super) rounds: Vec<Round>,
    pub(super) pauses: Vec<Pause>,
    waits: Waits,
    /// Our newest word of each sort.
    latest: [Option<Millis>; LANES],
    /// What "resolved" ended, for when it is taken back.
    resolved: Option<Waits>,
}

impl Rounds {
    pub(super) fn of(history: &History) -> Self {
        let mut all = Self::default();
        for step in &history.0 {
            all.step(step.at, &step.what);
        }
        all
    }

    fn step(&mut self, at: Millis, what: &What) {
        match what {
            What::Asked(message) => self.asked(at, message),
            What::Withdrawn(message) => self.withdrawn(at, message),
            What::Replied { human, answers } => self.replied(at, *human, *answers),
            What::Waits(why) => self.pause(at, None, *why),
            What::Snoozed(until) => self.pause(at, Some(*until), Why::Snoozed),
            What::Resumed => self.resume(at, |_| true),
            What::Resolved => self.resolve(at),
            What::TakenBack => self.take_back(at),
            What::Chosen(chosen) => {
                if let Some(round) = self.round(chosen.kind, chosen.round) {
                    round.chosen.get_or_insert_with(|| chosen.clone());
                }
            }
            What::Rang(ring) => {
                if let Some(round) = self.round(ring.kind, ring.round)
                    && let Some(rang) = round.rang.get_mut(usize::from(ring.bell == super::Bell::Due))
                {
                    *rang = (*rang).max(Some(ring.at));
                }
            }
        }
    }

    fn round(&mut self, kind: Kind, number: u32) -> Option<&mut Round> {
        self.rounds
            .iter_mut()
            .find(|round| round.kind == kind && round.number == number)
    }

    fn running(&self, lane: usize) -> Option<usize> {
        self.waits.open.get(lane).copied().flatten()
    }

    fn begin(&mut self, lane: usize, at: Millis) {
        if let Some(round) = self.running(lane).and_then(|index| self.rounds.get_mut(index)) {
            round.started = round.started.min(at);
            return;
        }
        let first = !self.rounds.iter().any(|round| round.kind == Kind::FirstResponse);
        let kind = match lane {
            0 => Kind::Acknowledge,
            1 if first => Kind::FirstResponse,
            1 => Kind::NextResponse,
            2 => Kind::Answer,
            _ => Kind::Resolve,
        };
        let number = self.rounds.iter().filter(|round| round.kind == kind).count();
        if let Some(open) = self.waits.open.get_mut(lane) {
            *open = Some(self.rounds.len());
        }
        self.rounds.push(Round {
            kind,
            number: u32::try_from(number).unwrap_or(u32::MAX),
            started: at,
            ended: None,
            chosen: None,
            rang: [None; 2],
        });
    }

    fn end(&mut self, lane: usize, end: End, at: Millis) {
        let index = self.waits.open.get_mut(lane).and_then(Option::take);
        if let Some(round) = index.and_then(|index| self.rounds.get_mut(index)) {
            round.ended = Some((end, at.max(round.started)));
        }
    }

    fn asked(&mut self, at: Millis, message: &RemoteId) {
        for lane in 0..LANES {
            let answered = self
                .latest
                .get(lane)
                .copied()
                .flatten()
                .is_some_and(|latest| latest >= at);
            let Some(messages) = self.waits.messages.get_mut(lane) else {
                continue;
            };
            if answered && !messages.contains_key(message) {
                continue;
            }
            messages.insert(message.clone(), at);
            self.begin(lane, at);
        }
        self.begin(DONE, at);
        self.resume(at, |why| why != Why::WaitingForOthers);
    }

    fn withdrawn(&mut self, at: Millis, message: &RemoteId) {
        for lane in 0..LANES {
            let Some(messages) = self.waits.messages.get_mut(lane) else {
                continue;
            };
            if messages.remove(message).is_some() && messages.is_empty() {
                self.end(lane, End::Withdrawn, at);
            }
        }
    }

    fn replied(&mut self, at: Millis, human: bool, answers: bool) {
        for (lane, counts) in [true, human, human && answers].into_iter().enumerate() {
            let (Some(messages), Some(latest)) = (self.waits.messages.get_mut(lane), self.latest.get_mut(lane)) else {
                continue;
            };
            if !counts {
                continue;
            }
            *latest = (*latest).max(Some(at));
            let before = messages.len();
            messages.retain(|_, asked| *asked > at);
            let next = messages.values().min().copied();
            if messages.len() < before {
                self.end(lane, End::Met, at);
                if let Some(next) = next {
                    self.begin(lane, next);
                }
            }
        }
        let nothing_waits = self.waits.messages.iter().all(BTreeMap::is_empty);
        if human && answers && nothing_waits && self.running(DONE).is_some() {
            self.pause(at, None, Why::WaitingForPerson);
        }
    }

    fn pause(&mut self, from: Millis, to: Option<Millis>, why: Why) {
        let standing = |pause: &Pause| pause.why == why && pause.to.is_none_or(|to| to > from);
        if !self
            .pauses
            .iter()
            .any(|pause| standing(pause) && pause.from <= from && to.is_none())
        {
            self.pauses.push(Pause { from, to, why });
        }
    }

    fn resume(&mut self, at: Millis, which: impl Fn(Why) -> bool) {
        for pause in self.pauses.iter_mut().filter(|pause| which(pause.why)) {
            if pause.to.is_none_or(|to| to > at) {
                pause.to = Some(at.max(pause.from));
            }
        }
    }

    fn resolve(&mut self, at: Millis) {
        self.resolved = Some(self.waits.clone());
        for lane in 0..LANES {
            self.end(lane, End::Settled, at);
        }
        self.end(DONE, End::Met, at);
        self.waits = Waits::default();
        self.resume(at, |_| true);
    }

    fn take_back(&mut self, at: Millis) {
        match self.resolved.take() {
            Some(waits) if self.running(DONE).is_none() => {
                for index in waits.open.iter().flatten() {
                    if let Some(round) = self.rounds.get_mut(*index) {
                        round.ended = None;
                    }
                }
                self.waits = waits;
            }
            _ => {}
        }
        if self.running(DONE).is_none() {
            self.begin(DONE, at);
        }
    }
}
