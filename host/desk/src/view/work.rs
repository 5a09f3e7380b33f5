//! The work as people see it: a part of a row, and in full.

use crate::clocks::{Clock, Kind};
use crate::ladder::{Phase, Standing};
use crate::work::{Owing, stage_of};
use crate::{Conversation, stage::Stage};
use jackfield_protocol::{ClockView, DueView, Millis, OwedView, TierView, WorkRow, WorkView};

/// The part of a row.
pub fn work_row(state: &Conversation) -> WorkRow {
    let work = stage_of(state);
    let known = state.work.stage.is_some();
    WorkRow {
        stage: work.stage.as_str().to_owned(),
        since: known.then_some(work.since),
        offered_to: work.agent.filter(|_| work.stage == Stage::Offered),
        until: work.until,
        queue: state.work.queue.as_ref().map(|queue| queue.name.clone()),
        tier: state.work.tier.as_ref().map(|standing| standing.tier.clone()),
        due: next_due(state),
    }
}

/// In full, as of an instant.
pub fn work(state: &Conversation, now: Millis) -> WorkView {
    WorkView {
        row: work_row(state),
        because: state.work.because.clone(),
        clocks: state.work.clocks.iter().map(|one| clock(one, now)).collect(),
        tier: state.work.tier.as_ref().map(tier),
        owed: (0_u32..)
            .zip(&state.work.owing)
            .map(|(number, one)| owed(number, one))
            .collect(),
    }
}

fn next_due(state: &Conversation) -> Option<DueView> {
    let clocks = state.work.clocks.iter().filter(|clock| clock.ended.is_none());
    let clocks = clocks.filter_map(|clock| {
        Some(DueView {
            what: kind(clock.kind).to_owned(),
            at: clock.due?,
            warn: clock.warn,
        })
    });
    let plain = |what: &str, at| DueView {
        what: what.to_owned(),
        at,
        warn: None,
    };
    let tier = state.work.tier.as_ref().and_then(|standing| standing.due.as_ref());
    let owed = state
        .work
        .owing
        .iter()
        .filter_map(|owing| owing.obligation.next_deadline());
    clocks
        .chain(tier.map(|due| plain("tier", due.at)))
        .chain(owed.map(|deadline| plain("owed", deadline.at)))
        .min_by_key(|due| due.at)
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::FirstResponse => "first-response",
        Kind::NextResponse => "next-response",
        Kind::Acknowledge => "acknowledge",
        Kind::Answer => "answer",
        Kind::Resolve => "resolve",
    }
}

fn clock(clock: &Clock, now: Millis) -> ClockView {
    ClockView {
        kind: kind(clock.kind).to_owned(),
        round: clock.round,
        target: clock.target.clone(),
        policy: clock.version,
        started: clock.started,
        due: clock.due,
        warn: clock.warn,
        paused: clock.paused.map(|(since, _)| since),
        ended: clock.ended.map(|(_, at)| at),
        missed: clock.missed(now),
    }
}

fn tier(standing: &Standing) -> TierView {
    TierView {
        tier: standing.tier.clone(),
        desk: standing.desk.clone(),
        since: standing.since,
        due: standing.due.as_ref().map(|due| due.at),
        then: standing.due.as_ref().map(|due| due.then.clone()),
        because: standing.because.clone(),
    }
}

fn owed(number: u32, owing: &Owing) -> OwedView {
    let obligation = &owing.obligation;
    OwedView {
        number,
        phase: match obligation.phase {
            Phase::Taken => "taken",
            Phase::Acknowledged => "acknowledged",
            Phase::Escalated => "escalated",
            Phase::FollowedUp => "followed-up",
            Phase::Waived => "waived",
        }
        .to_owned(),
        scope: obligation.scope.clone(),
        taken_by: obligation.taken_by.clone(),
        owed_to: obligation.owed_to.clone(),
        due: obligation.next_deadline().map(|deadline| deadline.at),
        late: !owing.late.is_empty(),
    }
}
