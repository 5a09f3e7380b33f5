//! A step: what ended by itself, who is offered what, and when to ask again.

use super::fit::{because, sorted};
use super::people::Presence;
use super::round::Round;
use super::state::{Floor, Timer, Whereabouts};
use super::{Reason, people::Seat};
use jackfield_protocol::{AgentId, ConversationId, Millis};

/// What follows from what was heard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// What went back into its line without having been given back.
    pub lapses: Vec<Lapse>,
    /// Who is offered what, most important first.
    pub offers: Vec<Offer>,
    /// Step again at this instant if nothing is heard before.
    pub wake_at: Option<Millis>,
}

/// An item is on an agent's screen from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What.
    pub item: ConversationId,
    /// To whom.
    pub agent: AgentId,
    /// Until when it can be accepted.
    pub until: Millis,
    /// Why this agent, in words.
    pub because: Vec<String>,
    /// Why it was this item's turn: the greatest reason first.
    pub priority: Vec<Reason>,
    /// The sum of these reasons.
    pub points: i64,
}

/// An item is with an agent no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lapse {
    /// What.
    pub item: ConversationId,
    /// With whom it was.
    pub agent: AgentId,
    /// Since when, however late that was noticed.
    pub at: Millis,
    /// Why.
    pub cause: LapseCause,
}

/// Why an item went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LapseCause {
    /// Nobody accepted it in time.
    NotAccepted,
    /// The agent said nothing until their lease was over.
    Vanished,
    /// The agent went, or no longer works here.
    WentAway,
    /// What is known of the item changed while it was offered.
    Changed,
}

impl LapseCause {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotAccepted => "was not accepted in time",
            Self::Vanished => "its agent was not heard of until the lease ended",
            Self::WentAway => "its agent went away",
            Self::Changed => "what it needs changed",
        }
    }
}

impl Floor {
    /// Matches what was touched since the last step. The offers are part of the floor when it returns.
    pub fn step(&mut self, now: Millis) -> Step {
        self.let_pass(now);
        let given: Vec<(ConversationId, AgentId)> = {
            let given = Round::new(self, now).run();
            let mut given: Vec<_> = given
                .into_iter()
                .filter_map(|(id, agent)| Some((self.key(id)?, id, agent)))
                .collect();
            given.sort();
            given
                .into_iter()
                .map(|(_, id, agent)| (id.clone(), agent.clone()))
                .collect()
        };
        self.touched_agents.clear();
        self.touched_items.clear();
        let offers = given
            .into_iter()
            .filter_map(|(id, agent)| self.offer(&id, &agent, now))
            .collect();
        Step {
            lapses: std::mem::take(&mut self.lapses),
            offers,
            wake_at: self.wake_at(),
        }
    }

    /// The first instant at which something on the floor changes by itself.
    pub fn wake_at(&self) -> Option<Millis> {
        self.timers.first().map(|(at, _)| *at)
    }

    fn key(&self, id: &ConversationId) -> Option<&super::item::Key> {
        self.items.get(id)?.line.as_ref().map(|(_, key)| key)
    }

    fn offer(&mut self, id: &ConversationId, agent: &AgentId, now: Millis) -> Option<Offer> {
        let entry = self.items.get(id)?;
        let (shape, _) = entry.line.clone()?;
        let seat = self.seats.get_mut(agent)?;
        let because = because(entry, &shape, seat, seat.load, now);
        self.turns = self.turns.saturating_add(1);
        seat.turn = self.turns;
        let until = now.saturating_add(entry.item.terms.accept_within.max(1));
        let (priority, points) = (sorted(entry.item.reasons_at(now)), entry.item.points_at(now));
        let agent = agent.clone();
        self.give(
            id,
            Whereabouts::Offered {
                agent: agent.clone(),
                until,
            },
            now,
        );
        Some(Offer {
            item: id.clone(),
            agent,
            until,
            because,
            priority,
            points,
        })
    }

    pub(super) fn lapse(&mut self, item: &ConversationId, agent: &AgentId, at: Millis, cause: LapseCause) {
        self.lapses.push(Lapse {
            item: item.clone(),
            agent: agent.clone(),
            at,
            cause,
        });
    }

    /// Everything that happens by itself until now happens, each at its instant, in order.
    pub(super) fn let_pass(&mut self, now: Millis) {
        while let Some((at, timer)) = self.timers.first().cloned()
            && at <= now
        {
            // Taken out first: what happens may set another one at this very instant.
            self.timers.pop_first();
            match &timer {
                Timer::Agent(agent) => self.seat_changes(agent, at),
                Timer::Item(item) => self.item_changes(item, at),
            }
        }
    }

    fn seat_changes(&mut self, agent: &AgentId, at: Millis) {
        let Some(seat) = self.seats.get_mut(agent) else { return };
        seat.timer = None;
        if seat.wrap_until.is_some_and(|until| until <= at) {
            seat.wrap_until = None;
            self.touched_agents.insert(agent.clone());
        }
        match seat.presence {
            Presence::Here { until } | Presence::Paused { until } if until <= at => {
                // Somebody who is in a seat cannot be unknown.
                drop(self.goes(agent, at, at, LapseCause::Vanished));
            }
            Presence::Away { back_at: Some(back_at) } if back_at <= at => self.bring_back(agent, at),
            _ => {}
        }
        self.seat_timer(agent);
    }

    /// What an absent agent had long enough goes back.
    fn bring_back(&mut self, agent: &AgentId, at: Millis) {
        let Some(seat) = self.seats.get_mut(agent) else { return };
        seat.presence = Presence::Away { back_at: None };
        for item in seat.holds.clone() {
            self.lapse(&item, agent, at, LapseCause::Vanished);
            self.put_back(&item, at);
        }
    }

    fn item_changes(&mut self, item: &ConversationId, at: Millis) {
        let Some(entry) = self.items.get_mut(item) else { return };
        entry.timer = None;
        match entry.place.clone() {
            Whereabouts::Offered { agent, until } if until <= at => {
                self.lapse(item, &agent, until, LapseCause::NotAccepted);
                self.passes(item, &agent, at);
            }
            Whereabouts::Waiting => {
                self.file(item, at);
                self.touched_items.insert(item.clone());
            }
            _ => self.file(item, at),
        }
    }
}

impl Seat {
    /// For words: what keeps this seat from new work, where something does.
    pub(super) fn busy_with(&self, now: Millis) -> Option<&'static str> {
        match self.presence {
            Presence::Away { .. } => Some("away"),
            Presence::Paused { .. } => Some("paused"),
            Presence::Here { until } if until <= now => Some("away"),
            Presence::Here { .. } if self.wrap_until.is_some_and(|at| at > now) => Some("wrapping up"),
            Presence::Here { .. } => None,
        }
    }
}
