//! What the floor hears, and what it does not believe.

use super::item::Item;
use super::people::{Agent, Presence, Seat};
use super::state::{Entry, Floor, Whereabouts};
use super::step::LapseCause;
use jackfield_protocol::{AgentId, ConversationId, Millis};
use std::collections::BTreeMap;

/// Something that happened. Each is said once, when it happened; hearing one again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Somebody works here, or their description changed.
    Works(Agent),
    /// Somebody no longer works here: all they had goes back at once.
    Left(AgentId),
    /// An agent is there and takes work; said again, it renews the lease.
    Here {
        /// Who.
        agent: AgentId,
        /// When the lease ends.
        until: Millis,
    },
    /// An agent is there and takes nothing new.
    Paused {
        /// Who.
        agent: AgentId,
        /// When the lease ends.
        until: Millis,
    },
    /// An agent went. Offers go back at once, what they have after its `return-after`.
    Away(AgentId),
    /// An item waits for an agent, or what is known of it changed.
    Waits(Item),
    /// An agent takes what they were offered.
    Accepted {
        /// What.
        item: ConversationId,
        /// Who.
        agent: AgentId,
    },
    /// An agent lets an offer pass.
    Declined {
        /// What.
        item: ConversationId,
        /// Who.
        agent: AgentId,
    },
    /// An agent has an item without having been offered it: they took it, or were handed it. Whether they may is
    /// [`Floor::may_take`]; an override is the log's, not the floor's.
    Assigned {
        /// What.
        item: ConversationId,
        /// Who.
        agent: AgentId,
    },
    /// An agent gives an item back: it waits again, and they are spared it.
    Returned {
        /// What.
        item: ConversationId,
    },
    /// An item needs nobody any more.
    Done(ConversationId),
}

/// Why a change was not believed. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nobody of that name works here.
    #[error("Nobody named {0} works here: describe the agent first.")]
    NobodyNamed(AgentId),
    /// The item is not on the floor.
    #[error("{0} waits for nobody and nobody has it: it may be done already.")]
    NoItem(ConversationId),
    /// The offer is over.
    #[error("{item} is no longer offered to {agent}: {now_with}.")]
    OfferOver {
        /// What.
        item: ConversationId,
        /// Who wanted it.
        agent: AgentId,
        /// Where it is, in words.
        now_with: String,
    },
}

impl Floor {
    /// Hears a change. What ended by itself before `now` has ended first.
    ///
    /// # Errors
    /// What does not fit what is known is refused in words and changes nothing.
    pub fn hear(&mut self, change: Change, now: Millis) -> Result<(), Refused> {
        self.let_pass(now);
        match change {
            Change::Works(agent) => self.works(agent),
            Change::Left(agent) => self.left(&agent, now)?,
            Change::Here { agent, until } => self.presence_is(&agent, Presence::Here { until }, now)?,
            Change::Paused { agent, until } => self.presence_is(&agent, Presence::Paused { until }, now)?,
            Change::Away(agent) => self.goes(&agent, now, now, LapseCause::WentAway)?,
            Change::Waits(item) => self.waits(item, now),
            Change::Accepted { item, agent } => {
                self.offered(&item, &agent)?;
                self.give(&item, Whereabouts::Assigned { agent }, now);
            }
            Change::Declined { item, agent } => {
                self.offered(&item, &agent)?;
                self.passes(&item, &agent, now);
            }
            Change::Assigned { item, agent } => {
                self.known(&item)?;
                if !self.seats.contains_key(&agent) {
                    return Err(Refused::NobodyNamed(agent));
                }
                self.give(&item, Whereabouts::Assigned { agent }, now);
            }
            Change::Returned { item } => match self.known(&item)?.agent().cloned() {
                Some(agent) => self.passes(&item, &agent, now),
                None => return Ok(()),
            },
            Change::Done(item) => self.done(&item, now),
        }
        Ok(())
    }

    fn known(&self, item: &ConversationId) -> Result<&Whereabouts, Refused> {
        self.whereabouts(item).ok_or_else(|| Refused::NoItem(item.clone()))
    }

    fn offered(&self, item: &ConversationId, agent: &AgentId) -> Result<(), Refused> {
        match self.known(item)? {
            Whereabouts::Offered { agent: offered, .. } if offered == agent => Ok(()),
            other => Err(Refused::OfferOver {
                item: item.clone(),
                agent: agent.clone(),
                now_with: match other {
                    Whereabouts::Waiting => "it waits for an agent again".to_owned(),
                    Whereabouts::Offered { agent, .. } => format!("it is offered to {agent}"),
                    Whereabouts::Assigned { agent } => format!("{agent} has it"),
                },
            }),
        }
    }

    fn works(&mut self, agent: Agent) {
        let id = agent.id.clone();
        match self.seats.get_mut(&id) {
            Some(seat) if seat.agent == agent => return,
            Some(seat) => seat.agent = agent,
            None => drop(self.seats.insert(id.clone(), Seat::new(agent))),
        }
        self.touch_followers(&id);
        self.touched_agents.insert(id);
    }

    fn left(&mut self, agent: &AgentId, now: Millis) -> Result<(), Refused> {
        let seat = self
            .seats
            .get(agent)
            .ok_or_else(|| Refused::NobodyNamed(agent.clone()))?;
        for item in seat.holds.clone() {
            self.lapse(&item, agent, now, LapseCause::WentAway);
            self.put_back(&item, now);
        }
        if let Some(seat) = self.seats.get_mut(agent) {
            seat.presence = Presence::Away { back_at: None };
            seat.wrap_until = None;
        }
        self.seat_timer(agent);
        self.seats.remove(agent);
        self.touched_agents.remove(agent);
        self.touch_followers(agent);
        Ok(())
    }

    /// The lease may end later than before and never ends in the past: a late message brings nobody back.
    fn presence_is(&mut self, agent: &AgentId, presence: Presence, now: Millis) -> Result<(), Refused> {
        let seat = self
            .seats
            .get_mut(agent)
            .ok_or_else(|| Refused::NobodyNamed(agent.clone()))?;
        let (Presence::Here { until } | Presence::Paused { until }) = presence else {
            return Ok(());
        };
        if until <= now || seat.presence == presence {
            return Ok(());
        }
        let took = matches!(seat.presence, Presence::Here { .. });
        let takes = matches!(presence, Presence::Here { .. });
        seat.presence = presence;
        self.seat_timer(agent);
        if takes && !took {
            self.touched_agents.insert(agent.clone());
        }
        if took && !takes {
            self.touch_followers(agent);
        }
        Ok(())
    }

    /// Somebody is gone since `at`: offers go back, what they have goes back later.
    pub(super) fn goes(&mut self, agent: &AgentId, at: Millis, now: Millis, cause: LapseCause) -> Result<(), Refused> {
        let seat = self
            .seats
            .get(agent)
            .ok_or_else(|| Refused::NobodyNamed(agent.clone()))?;
        if matches!(seat.presence, Presence::Away { .. }) {
            return Ok(());
        }
        for item in seat.holds.clone() {
            if matches!(self.whereabouts(&item), Some(Whereabouts::Offered { .. })) {
                self.lapse(&item, agent, at, cause);
                self.put_back(&item, now);
            }
        }
        if let Some(seat) = self.seats.get_mut(agent) {
            let kept = seat.holds.iter().filter_map(|item| self.items.get(item));
            let back_at = kept.map(|entry| at.saturating_add(entry.item.terms.return_after)).min();
            seat.presence = Presence::Away { back_at };
        }
        self.seat_timer(agent);
        self.touch_followers(agent);
        Ok(())
    }

    /// An item that is with an agent stays there when what is known of it changes, but its weight counts anew.
    fn waits(&mut self, item: Item, now: Millis) {
        let id = item.id.clone();
        if self.items.get(&id).is_some_and(|entry| entry.item == item) {
            return;
        }
        self.unfollow(&id);
        let place = self.items.get(&id).map(|entry| entry.place.clone());
        self.free(&id);
        match self.items.get_mut(&id) {
            Some(entry) => entry.item = item,
            None => {
                let entry = Entry {
                    item,
                    place: Whereabouts::Waiting,
                    line: None,
                    passed: BTreeMap::new(),
                    timer: None,
                };
                self.items.insert(id.clone(), entry);
            }
        }
        self.follow(&id);
        match place {
            // What is only offered is matched anew: the agent may lack what is needed now.
            Some(Whereabouts::Assigned { agent }) => self.give(&id, Whereabouts::Assigned { agent }, now),
            Some(Whereabouts::Offered { agent, .. }) => {
                self.lapse(&id, &agent, now, LapseCause::Changed);
                self.put_back(&id, now);
            }
            Some(Whereabouts::Waiting) | None => self.put_back(&id, now),
        }
    }

    /// Back into the line, and not to this agent again for a while.
    pub(super) fn passes(&mut self, item: &ConversationId, agent: &AgentId, now: Millis) {
        if let Some(entry) = self.items.get_mut(item) {
            let spared = now.saturating_add(entry.item.terms.spare_for);
            entry.passed.insert(agent.clone(), spared);
        }
        self.put_back(item, now);
    }

    fn done(&mut self, id: &ConversationId, now: Millis) {
        let assigned = matches!(self.whereabouts(id), Some(Whereabouts::Assigned { .. }));
        let agent = self.free(id);
        self.unfollow(id);
        let Some(entry) = self.items.remove(id) else { return };
        self.touched_items.remove(id);
        if let Some(at) = entry.timer {
            self.timers.remove(&(at, super::state::Timer::Item(id.clone())));
        }
        if let Some(seat) = agent.and_then(|agent| self.seats.get_mut(&agent))
            && assigned
            && entry.item.terms.wrap_up > 0
        {
            let until = now.saturating_add(entry.item.terms.wrap_up);
            seat.wrap_until = Some(seat.wrap_until.unwrap_or(until).max(until));
            let agent = seat.agent.id.clone();
            self.seat_timer(&agent);
        }
    }
}
