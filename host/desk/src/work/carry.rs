//! What follows for the work from what was decided, and from time that has passed.
//!
//! The order: what happened by itself until now; what was decided, with the stage after each event; what triage makes
//! of it; the queue; the tier; what is owed; the clocks. Each looks at the conversation as it is after the one before.

use super::{judge, routed, stage_of};
use crate::condition::Facts;
use crate::policy::Applied;
use crate::stage::{Cause, Happened, Stage, Work};
use crate::{Conversation, Event, Recorded, Refusal, Rules, apply};
use jackfield_protocol::{AgentId, Millis, WorkAct};

/// A conversation as it becomes.
pub(super) struct Carry<'a> {
    pub(super) state: Conversation,
    pub(super) work: Work,
    pub(super) rules: &'a Rules<'a>,
    pub(super) now: Millis,
    pub(super) out: Vec<Event>,
    /// Stages are written: the house says something about work, or this conversation has a stage already.
    staged: bool,
    version: u64,
}

/// What is owed to the person is not put aside, by whatever name the work ends.
pub(super) fn may_end(state: &Conversation) -> Result<(), Refusal> {
    let owing = state.work.owing.iter().map(|owing| &owing.obligation);
    crate::ladder::may_resolve(owing).map_err(|why| Refusal::Owed { why })
}

/// These events and all that follows for the work.
///
/// # Errors
/// What an agent wanted and the stage does not allow.
pub(crate) fn carry(
    state: Option<&Conversation>,
    events: Vec<Event>,
    rules: &Rules<'_>,
    now: Millis,
) -> Result<Vec<Event>, Refusal> {
    let begins = events
        .iter()
        .any(|event| matches!(event, Event::Worked { .. } | Event::Staged { .. }));
    let says = super::route::says_something(rules.policies);
    if !says && !begins && state.is_none_or(|state| state.work.is_untouched()) {
        return Ok(events);
    }
    let before = state.cloned().unwrap_or_default();
    let work = state.map_or_else(|| Work::new(now), stage_of);
    let mut carry = Carry {
        work,
        staged: begins || before.work.stage.is_some() || says,
        version: before.version,
        state: before,
        rules,
        now,
        out: Vec::new(),
    };
    carry.let_pass();
    carry.hear(events)?;
    // What addresses nobody of ours is kept for its surroundings and is nobody's work.
    if carry.state.is_listed() {
        carry.judge();
        carry.go_on();
        carry.route();
        carry.climb();
        // A queue may ask for the tier.
        carry.route();
        carry.owe();
        carry.wind();
    }
    Ok(carry.out)
}

impl Carry<'_> {
    pub(super) fn applied(&self) -> &Applied {
        &self.rules.policies.current
    }

    /// What a condition asks of the conversation as it is now.
    pub(super) fn facts(&self) -> Facts {
        let around = crate::condition::Around::of(&self.state);
        Facts::of(&self.state, &around, self.now)
    }

    pub(super) fn push(&mut self, event: Event) {
        let recorded = Recorded {
            seq: self.state.version + 1,
            at: self.now,
            event,
        };
        apply(&mut self.state, &recorded);
        self.out.push(recorded.event);
    }

    /// Moves the stage. False where it cannot move, with nothing written.
    pub(super) fn stage(&mut self, happened: &Happened, because: Vec<String>) -> Result<(), Refusal> {
        if !self.staged {
            return Ok(());
        }
        let until = self.work.until;
        let changed = self.work.hear(happened, self.now).map_err(|not_now| Refusal::NotNow {
            why: not_now.to_string(),
        })?;
        if changed || self.work.until != until || self.state.work.stage.is_none() {
            self.push(Event::Staged {
                cause: happened.cause(),
                to: self.work.stage,
                agent: self.work.agent.clone(),
                until: self.work.until,
                because,
            });
        }
        Ok(())
    }

    /// The same for what is nobody's wish: where it cannot be, it is not.
    fn happens(&mut self, cause: Cause, because: &str) {
        let because = if because.is_empty() {
            Vec::new()
        } else {
            vec![because.to_owned()]
        };
        let _ = self.stage(&Happened::Plain(cause), because);
    }

    /// What ended by itself before now.
    fn let_pass(&mut self) {
        let over = |at: Option<Millis>| at.is_some_and(|at| at <= self.now);
        if self.state.work.stage.is_none() {
            return;
        }
        match self.work.stage {
            Stage::Snoozed if over(self.work.until) => self.happens(Cause::Woke, "its time came"),
            Stage::New | Stage::Reopened if over(super::wake::judged_by(&self.work)) => {
                self.happens(Cause::JudgedWork, "nobody said in time what it is");
            }
            Stage::Offered if over(super::wake::offered_until(&self.work)) => {
                self.happens(Cause::PassedOn, "it was not accepted in time");
            }
            Stage::Resolved | Stage::Noise if over(super::wake::closed_at(&self.work)) => {
                self.happens(Cause::Rested, "it was done for long enough");
            }
            _ => {}
        }
        self.stay_with_its_agent();
    }

    fn hear(&mut self, events: Vec<Event>) -> Result<(), Refusal> {
        let mut answered = false;
        for event in events {
            let happened = match self.happened(&event) {
                // What a rule wants and the work does not allow does not stop what the rule followed.
                Err(_) if by_rule(&event) => continue,
                other => other?,
            };
            if by_rule(&event)
                && self.staged
                && let Some(happened) = &happened
                && self.work.clone().hear(happened, self.now).is_err()
            {
                continue;
            }
            answered |= matches!(&event, Event::ReplySent { .. });
            if let Event::Inbound(fact) = &event {
                answered |= fact.ours;
            }
            self.push(event);
            // What was decided as a stage is the stage.
            if let Some(stage) = self.state.work.stage.as_ref().filter(|_| self.staged) {
                self.work = stage.clone();
            }
            if let Some(happened) = happened {
                self.stage(&happened, Vec::new())?;
            }
        }
        let version = self.version;
        let mut messages = self.state.messages.values();
        if messages.any(|message| message.addressed_seq > version && message.deleted.is_none()) {
            self.happens(Cause::Said, "");
        }
        if answered && self.state.waiting().is_empty() && self.state.answered_at().is_some() {
            self.happens(Cause::Answered, "");
        }
        Ok(())
    }

    /// What an event means for the stage, where it is somebody's wish.
    fn happened(&self, event: &Event) -> Result<Option<Happened>, Refusal> {
        let got = |how, agent: &AgentId| {
            self.may_have(agent)?;
            let agent = agent.clone();
            Ok(Some(Happened::Got { how, agent }))
        };
        match event {
            Event::Taken { by, .. } => {
                let offered = self.work.stage == Stage::Offered && self.work.agent.as_ref() == Some(by);
                got(if offered { Cause::Accepted } else { Cause::Taken }, by)
            }
            Event::HandedOver { to: Some(to), .. } => got(Cause::HandedOver, to),
            Event::HandedOver { to: None, .. } => Ok(Some(Happened::Plain(Cause::PutBack))),
            Event::Resolved { .. } => {
                may_end(&self.state)?;
                Ok(Some(Happened::Plain(Cause::Resolved)))
            }
            // Somebody finds work in what was noise.
            Event::Reopened { by: Some(_), .. } => Ok(Some(Happened::Plain(match self.work.stage {
                Stage::Noise => Cause::JudgedWork,
                _ => Cause::Reopened,
            }))),
            Event::Worked { by, act, .. } => match act {
                WorkAct::Accept => got(Cause::Accepted, by),
                WorkAct::Decline => Ok(Some(Happened::Plain(Cause::PassedOn))),
                WorkAct::Release { .. } => Ok(Some(Happened::Plain(Cause::PutBack))),
                WorkAct::Snooze { until } => Ok(Some(Happened::Snoozed { until: *until })),
                WorkAct::WaitFor { .. } => Ok(Some(Happened::Plain(Cause::AskedOthers))),
                WorkAct::Resume if self.work.stage == Stage::Snoozed => Ok(Some(Happened::Plain(Cause::Woke))),
                WorkAct::Resume => Ok(Some(Happened::Plain(Cause::OthersAnswered))),
                WorkAct::Noise => {
                    may_end(&self.state)?;
                    Ok(Some(Happened::Plain(Cause::JudgedNoise)))
                }
                // Who moves it on gives it back: the others of that queue or tier take it.
                WorkAct::Queue { .. } | WorkAct::Tier { .. } => Ok(match self.work.stage {
                    Stage::Assigned | Stage::WaitingForPerson | Stage::WaitingForOthers | Stage::Snoozed
                        if routed(self.rules.policies) =>
                    {
                        Some(Happened::Plain(Cause::PutBack))
                    }
                    Stage::Offered => Some(Happened::Plain(Cause::PassedOn)),
                    _ => None,
                }),
                WorkAct::Escalated { .. } | WorkAct::FollowedUp { .. } | WorkAct::Waive { .. } => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// Somebody who lacks what it needs gets it by no way.
    fn may_have(&self, agent: &AgentId) -> Result<(), Refusal> {
        let lacking = super::lacks(&self.state, agent, self.rules.policies, self.now);
        if lacking.is_empty() {
            return Ok(());
        }
        Err(Refusal::NotQualified {
            agent: agent.clone(),
            lacking: lacking.join("; "),
        })
    }

    /// Asked when there is something new to judge: what a person found stands until then.
    fn judge(&mut self) {
        let new = |event: &Event| matches!(event, Event::Judged { .. } | Event::Inbound(_));
        if !self.out.iter().any(new) {
            return;
        }
        match judge::judged(&self.state, self.work.stage) {
            Some(judge::Judged::Noise) if routed(self.rules.policies) && may_end(&self.state).is_ok() => {
                self.happens(Cause::JudgedNoise, "triage finds that it needs nobody")
            }
            Some(_) if self.work.stage != Stage::Waiting => self.happens(Cause::JudgedWork, ""),
            _ => {}
        }
    }

    /// Where nobody routes, what comes back comes back to who had it, and at once.
    fn go_on(&mut self) {
        let reopened_by_hand = matches!(
            self.out.iter().rfind(|event| matches!(event, Event::Reopened { .. })),
            Some(Event::Reopened { by: Some(_), .. })
        );
        if self.work.stage == Stage::Reopened && reopened_by_hand {
            self.happens(Cause::JudgedWork, "somebody took it up again");
        }
        if !routed(self.rules.policies) && self.work.stage == Stage::Reopened {
            self.happens(Cause::JudgedWork, "");
        }
        self.stay_with_its_agent();
    }

    fn stay_with_its_agent(&mut self) {
        let returned = self.out.iter().rev().find_map(|event| match event {
            Event::Staged { cause, .. } => Some(*cause),
            _ => None,
        });
        let came_back = returned.is_some_and(|cause| {
            matches!(
                cause,
                Cause::Said | Cause::Woke | Cause::OthersAnswered | Cause::JudgedWork
            )
        });
        if routed(self.rules.policies) || self.work.stage != Stage::Waiting || !came_back {
            return;
        }
        if let Some(agent) = self.work.last.clone() {
            let how = Cause::HandedOver;
            let _ = self.stage(&Happened::Got { how, agent }, vec!["had it last".to_owned()]);
        }
    }
}

/// A rule wished it, and not a person.
fn by_rule(event: &Event) -> bool {
    matches!(event, Event::Taken { by, .. } | Event::HandedOver { by, .. } if by.as_str().starts_with("rule "))
}
