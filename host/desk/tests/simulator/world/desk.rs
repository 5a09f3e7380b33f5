//! What a host does with the desk: commands, stages, queues, floor, ladder, and waking at what is due.

use super::check::Told;
use super::time::Office;
use super::{Fault, Next, Outcome, World};
use jackfield_desk::condition::{Around, Facts};
use jackfield_desk::floor::{Change, Item};
use jackfield_desk::ladder::{Rung, due_rungs, standing};
use jackfield_desk::stage::{Cause, Happened, Stage};
use jackfield_desk::{Command, Event, Recorded, Rules, apply, decide};
use jackfield_protocol::{AgentId, Command as Wish, CommandRequest, ConversationId, Millis};

impl World {
    /// Through `decide` and `apply`, as everything that happens to a conversation. The events, or the refusal's code.
    pub(super) fn act(&mut self, id: &ConversationId, command: Command) -> Result<Vec<Event>, String> {
        self.touched.insert(id.clone());
        let case = self.cases.get_mut(id).unwrap();
        let known = (case.state.version > 0).then_some(&case.state);
        let events = decide(known, command, &Rules::free(), self.now).map_err(|refusal| refusal.code().to_owned())?;
        for event in &events {
            self.counts.log += 1;
            let seq = case.state.version + 1;
            let recorded = Recorded {
                seq,
                at: self.now,
                event: event.clone(),
            };
            apply(&mut case.state, &recorded);
        }
        Ok(events)
    }

    /// As above, by an agent; who is not of its brand has no business here.
    pub(super) fn wish(&mut self, id: &ConversationId, by: &AgentId, wish: Wish) -> Result<Vec<Event>, String> {
        self.serial += 1;
        let request = CommandRequest {
            id: format!("k{}", self.serial).as_str().into(),
            command: wish,
        };
        let events = self.act(
            id,
            Command::Agent {
                by: by.clone(),
                request,
            },
        )?;
        let brand = &self.cases[id].state.place.brand;
        match self.people.get(by) {
            Some(person) if !person.agent.brands.contains(brand) => {
                Err(format!("{id} left its brand {brand}: {by} acted on it"))
            }
            _ => Ok(events),
        }
    }

    pub(super) fn stage(&mut self, id: &ConversationId, happened: &Happened) -> Outcome {
        self.touched.insert(id.clone());
        let case = self.cases.get_mut(id).unwrap();
        if case.work.hear(happened, self.now).map_err(|no| format!("{id}: {no}"))? {
            case.hands += 1;
        }
        Ok(())
    }

    pub(super) fn plain(&mut self, id: &ConversationId, cause: Cause) -> Outcome {
        self.stage(id, &Happened::Plain(cause))
    }

    pub(super) fn rung(&mut self, id: &ConversationId, rung: Rung) {
        self.touched.insert(id.clone());
        self.cases.get_mut(id).unwrap().rungs.push((self.now, rung));
    }

    pub(super) fn facts(&self, id: &ConversationId) -> Facts {
        let case = &self.cases[id];
        let around = Around {
            stage: Some(case.work.stage),
            tier: self.tier(id),
            ..Around::default()
        };
        Facts::of(&case.state, &around, self.now)
    }

    pub(super) fn tier(&self, id: &ConversationId) -> Option<String> {
        standing(&self.house.ladder, &Office, &self.cases[id].rungs, self.now).map(|standing| standing.tier)
    }

    /// The item goes to the floor, or what the floor knows of it changes; the community is not on the floor.
    pub(super) fn onto_floor(&mut self, id: &ConversationId) -> Outcome {
        let case = &self.cases[id];
        let tier = self.tier(id);
        let ours = tier.is_some_and(|tier| tier != "community" && tier != "super-user");
        if !ours || !matches!(case.work.stage, Stage::Waiting | Stage::Offered) {
            return Ok(());
        }
        let (last, since) = (case.work.last.clone(), case.work.since);
        let item: Option<Item> = self
            .house
            .queues
            .item(id.clone(), &self.facts(id), &Office, last, since);
        let item = item.ok_or_else(|| format!("{id} comes to no queue"))?;
        self.hear(&Change::Waits(item));
        Ok(())
    }

    /// Nobody has it any more: the next one may take it.
    pub(super) fn let_go(&mut self, id: &ConversationId, why: &str) -> Outcome {
        let Some(owner) = self.cases[id].state.owner.clone() else {
            return Ok(());
        };
        let why = why.to_owned();
        self.wish(id, &owner, Wish::HandOver { to: None, why }).map(drop)
    }

    /// Everything that is due by now is done, each at its instant.
    pub(super) fn catch_up(&mut self) -> Outcome {
        while let Some((at, id)) = self.wakes.first().cloned()
            && at <= self.now
        {
            self.wakes.pop_first();
            let case = self.cases.get_mut(&id).unwrap();
            case.wake = None;
            let stage = case.work.stage;
            self.touched.insert(id.clone());
            if self.plan.fault != Fault::ForgetsTiers {
                for rung in due_rungs(&self.house.ladder, &Office, &self.cases[&id].rungs, self.now) {
                    self.counts.rose += 1;
                    self.rung(&id, rung);
                    self.onto_floor(&id)?;
                }
            }
            if stage == Stage::Snoozed && self.cases[&id].work.until.is_some_and(|until| until <= self.now) {
                self.plain(&id, Cause::Woke)?;
                self.let_go(&id, "it woke")?;
                self.onto_floor(&id)?;
            }
            let case = self.cases.get_mut(&id).unwrap();
            let deadline = case.owed.as_ref().and_then(|owed| owed.next_deadline());
            if let Some(deadline) = deadline.filter(|deadline| deadline.at <= self.now) {
                case.overdue = Some(deadline);
                self.counts.overdue += 1;
            }
            self.set_wake(&id);
        }
        Ok(())
    }

    /// The next instant at which something of a conversation is due.
    pub(super) fn set_wake(&mut self, id: &ConversationId) {
        let case = &self.cases[id];
        let rises = standing(&self.house.ladder, &Office, &case.rungs, self.now)
            .and_then(|s| s.due)
            .map(|due| due.at);
        let snoozed = case.work.until.filter(|_| case.work.stage == Stage::Snoozed);
        let owed = case.owed.as_ref().and_then(|owed| owed.next_deadline());
        let owed = owed
            .filter(|deadline| case.overdue != Some(*deadline))
            .map(|deadline| deadline.at);
        let wake = rises.into_iter().chain(snoozed).chain(owed).min();
        let case = self.cases.get_mut(id).unwrap();
        if case.wake != wake {
            if let Some(old) = case.wake {
                self.wakes.remove(&(old, id.clone()));
            }
            if let Some(new) = wake {
                self.wakes.insert((new, id.clone()));
            }
            case.wake = wake;
        }
    }

    /// What the floor says now is what happens.
    pub(super) fn match_up(&mut self) -> Outcome {
        let step = self.step();
        for lapse in &step.lapses {
            self.counts.lapses += 1;
            self.check.lapse(lapse, self.now)?;
            let id = &lapse.item;
            if self.cases[id].work.stage == Stage::Assigned {
                self.plain(id, Cause::Vanished)?;
                self.let_go(id, lapse.cause.words())?;
            } else {
                self.plain(id, Cause::PassedOn)?;
            }
        }
        for offer in step.offers {
            self.counts.offers += 1;
            self.check.offer(&offer, &self.people, self.now)?;
            let (agent, until) = (offer.agent.clone(), offer.until);
            self.stage(&offer.item, &Happened::Offered { agent, until })?;
            let thinks = self.random.within(2_000, 25_000);
            self.after(thinks, Next::Decides(offer));
        }
        Ok(())
    }

    /// The check is told of every conversation that was touched.
    pub(super) fn tell(&mut self) -> Outcome {
        for id in std::mem::take(&mut self.touched) {
            self.set_wake(&id);
            let owner = self.tier(&id);
            let Some(case) = self.cases.get(&id) else { continue };
            let owed = case.owed.as_ref().and_then(|owed| owed.next_deadline());
            let tiers = self.house.ladder.names();
            self.check.conversation(&Told {
                id: &id,
                stage: case.work.stage,
                until: case.work.until,
                rungs: &case.rungs,
                owner,
                owed: owed
                    .filter(|deadline| case.overdue != Some(*deadline))
                    .map(|deadline| (deadline.of, deadline.at)),
                tiers: &tiers,
            })?;
            if case.work.stage == Stage::Closed {
                self.cases.remove(&id);
            }
        }
        Ok(())
    }

    /// The engine is woken at the first thing that is due, and not before.
    pub(super) fn set_alarm(&mut self) {
        if self.plan.fault == Fault::Sleeps {
            return;
        }
        let cases = self.wakes.first().map(|(at, _)| *at);
        let first = self.floor.wake_at().into_iter().chain(cases).min();
        let set: Option<Millis> = self.woken_at.filter(|at| *at > self.now);
        if let Some(at) = first
            && set.is_none_or(|set| at < set)
        {
            self.woken_at = Some(at);
            self.at(at, Next::Wake);
        }
    }
}
