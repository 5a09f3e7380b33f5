//! From rounds to clocks: when each is due, and whom it wakes.

use super::rounds::{End, Pause, Round, Rounds};
use super::{Bell, Book, Chosen, Edition, History, Kind, Ring, Target, Why};
use crate::calendar::Calendar;
use crate::condition::Facts;
use jackfield_protocol::Millis;
use serde::{Deserialize, Serialize};

/// One clock of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// What it is about.
    pub kind: Kind,
    /// Counted from 0 for each kind.
    pub round: u32,
    /// The target's name.
    pub target: String,
    /// The version of the policy that started it.
    pub version: u64,
    /// Since when.
    pub started: Millis,
    /// When it is due, the last instant that is in time; none while it stands still and nobody knows for how long.
    pub due: Option<Millis>,
    /// When somebody is warned.
    pub warn: Option<Millis>,
    /// Since when it stands still, and why.
    pub paused: Option<(Millis, Why)>,
    /// How it ended, and when.
    pub ended: Option<(End, Millis)>,
    /// What is still to ring, with its instant; empty once it ended.
    pub bells: Vec<Ring>,
}

impl Clock {
    /// It runs on after the instant at which it was due, or ended after it.
    pub fn missed(&self, now: Millis) -> bool {
        let until = self.ended.map_or(now, |(_, at)| at);
        self.due.is_some_and(|due| until > due)
    }
}

/// The choices that are to be made now, for rounds that began and have none: the first target whose condition holds.
/// Whoever calls writes them into the log, "no target" too, so that a later policy finds nothing to choose.
pub fn choose(history: &History, version: u64, edition: &Edition, facts: &Facts) -> Vec<Chosen> {
    let all = Rounds::of(history);
    let waiting = all
        .rounds
        .iter()
        .filter(|round| round.chosen.is_none() && round.ended.is_none());
    let choice = |round: &Round| Chosen {
        kind: round.kind,
        round: round.number,
        target: edition
            .targets
            .first(round.kind, facts, &edition.calendars)
            .map(|target| target.name.clone()),
        version,
    };
    waiting.map(choice).collect()
}

/// The clocks of a conversation, in the order of their beginning. The error is a version that the book does not have.
pub fn due(history: &History, book: &Book) -> Result<Vec<Clock>, u64> {
    let all = Rounds::of(history);
    let mut clocks = Vec::new();
    for round in &all.rounds {
        let Some(chosen) = &round.chosen else { continue };
        let Some(name) = &chosen.target else { continue };
        let edition = book.get(&chosen.version).ok_or(chosen.version)?;
        let target = edition.targets.named(name).ok_or(chosen.version)?;
        let calendar = match &target.hours {
            None => None,
            Some(hours) => Some(edition.calendars.get(hours).ok_or(chosen.version)?),
        };
        clocks.push(clock(round, chosen, target, calendar, &all.pauses));
    }
    Ok(clocks)
}

fn clock(round: &Round, chosen: &Chosen, target: &Target, calendar: Option<&Calendar>, pauses: &[Pause]) -> Clock {
    let ended = round.ended.map_or(Millis::MAX, |(_, at)| at);
    let mut counts: Vec<Pause> = pauses
        .iter()
        .filter(|pause| target.pause.contains(&pause.why) && pause.from < ended)
        .filter(|pause| pause.to.is_none_or(|to| to > round.started))
        .copied()
        .collect();
    counts.sort_by_key(|pause| (pause.from, pause.to));
    let before = |ms: Millis| target.within.0.saturating_sub(ms).max(0);
    let due = run(calendar, round.started, target.within.0, &counts);
    let warn = target
        .warn
        .and_then(|warn| run(calendar, round.started, before(warn.0), &counts));
    let stands = counts.iter().find(|pause| pause.to.is_none() && round.ended.is_none());
    let paused = stands.filter(|_| due.is_none()).map(|pause| (pause.from, pause.why));
    let bells = [(Bell::Warning, warn), (Bell::Due, due)].into_iter().zip(round.rang);
    let unrung = bells.filter_map(|((bell, at), rang)| {
        let at = at?;
        let (kind, round) = (round.kind, round.number);
        rang.is_none_or(|rang| rang < at)
            .then_some(Ring { kind, round, bell, at })
    });
    Clock {
        kind: round.kind,
        round: round.number,
        target: target.name.clone(),
        version: chosen.version,
        started: round.started,
        due,
        warn,
        paused,
        ended: round.ended,
        bells: if round.ended.is_none() {
            unrung.collect()
        } else {
            Vec::new()
        },
    }
}

/// The instant by which so much time has run, pauses left out. What was reached before a pause stays reached.
fn run(calendar: Option<&Calendar>, started: Millis, span: Millis, pauses: &[Pause]) -> Option<Millis> {
    let add =
        |from: Millis, span| calendar.map_or(Some(from.saturating_add(span)), |calendar| calendar.add(from, span));
    let between = |from, to: Millis| calendar.map_or(to.saturating_sub(from), |calendar| calendar.between(from, to));
    let (mut from, mut left) = (started, span);
    for pause in pauses {
        if pause.from > from {
            let ran = between(from, pause.from);
            if ran >= left {
                break;
            }
            left -= ran;
        }
        from = from.max(pause.to?);
    }
    add(from, left)
}

/// The next instant at which somebody has to be told of something; it may be over, where we learned of it late.
pub fn next_wake(clocks: &[Clock]) -> Option<Millis> {
    clocks.iter().flat_map(|clock| &clock.bells).map(|bell| bell.at).min()
}

/// What rings now, in the order of its instants. Whoever rings it writes it into the log.
pub fn ringing(clocks: &[Clock], now: Millis) -> Vec<Ring> {
    let mut bells: Vec<Ring> = clocks
        .iter()
        .flat_map(|clock| &clock.bells)
        .filter(|bell| bell.at <= now)
        .copied()
        .collect();
    bells.sort_by_key(|bell| (bell.at, *bell));
    bells
}
