//! What must hold after every event, found without asking the desk: from what was said to it and what it answered.

use super::house::Person;
use jackfield_desk::floor::{Change, Item, Lapse, LapseCause, Offer, Relaxed, Skill};
use jackfield_desk::ladder::{Phase, Rung};
use jackfield_desk::stage::Stage;
use jackfield_protocol::{AgentId, ConversationId, Millis};
use std::collections::{BTreeMap, BTreeSet};

/// The waiting items that every agent can take or none.
type Alike = (String, String, bool, u32, Vec<(Skill, u8)>);

struct Seen {
    item: Item,
    with: Option<AgentId>,
    accepted: bool,
    spared: BTreeMap<AgentId, Millis>,
    alike: Option<Alike>,
}

struct Place {
    here: Option<Millis>,
    paused: bool,
    wraps: Millis,
    load: u32,
}

#[derive(Default)]
pub(crate) struct Check {
    items: BTreeMap<ConversationId, Seen>,
    waiting: BTreeMap<Alike, BTreeSet<ConversationId>>,
    seats: BTreeMap<AgentId, Place>,
    /// When what waits is to be looked at anew because a need relaxes.
    relaxes: BTreeSet<(Millis, ConversationId)>,
    /// What the engine has to do, and when.
    due: BTreeSet<(Millis, ConversationId)>,
    dues: BTreeMap<ConversationId, Millis>,
    /// How often each was looked at: events, pairs of item and agent, owners, deadlines.
    pub(crate) looked: [u64; 4],
}

/// What the check is told of a conversation after each event that touched it.
pub(crate) struct Told<'a> {
    pub(crate) id: &'a ConversationId,
    pub(crate) stage: Stage,
    pub(crate) until: Option<Millis>,
    pub(crate) rungs: &'a [(Millis, Rung)],
    pub(crate) owner: Option<String>,
    pub(crate) owed: Option<(Phase, Millis)>,
    pub(crate) tiers: &'a [&'a str],
}

impl Check {
    /// Nothing that was to be done before this instant was left.
    pub(crate) fn before(&mut self, now: Millis) -> Result<(), String> {
        self.looked[0] += 1;
        self.looked[3] += 1;
        while let Some((at, id)) = self.relaxes.first().cloned()
            && at <= now
        {
            self.relaxes.pop_first();
            self.sort(&id, now);
        }
        match self.due.first() {
            Some((at, id)) if *at < now => Err(format!("a deadline was missed: {id} was due at {at}, and it is {now}")),
            _ => Ok(()),
        }
    }

    pub(crate) fn hear(&mut self, change: &Change, people: &BTreeMap<AgentId, Person>, now: Millis) {
        match change {
            Change::Here { agent, until } | Change::Paused { agent, until } => {
                let seat = self.seats.entry(agent.clone()).or_insert(Place {
                    here: None,
                    paused: false,
                    wraps: 0,
                    load: 0,
                });
                seat.here = Some(*until);
                seat.paused = matches!(change, Change::Paused { .. });
            }
            Change::Away(agent) => drop(self.seats.get_mut(agent).map(|seat| seat.here = None)),
            Change::Waits(item) => {
                let seen = self.items.entry(item.id.clone()).or_insert_with(|| Seen {
                    item: item.clone(),
                    with: None,
                    accepted: false,
                    spared: BTreeMap::new(),
                    alike: None,
                });
                seen.item = item.clone();
                self.sort(&item.id, now);
            }
            Change::Accepted { item, .. } => drop(self.items.get_mut(item).map(|seen| seen.accepted = true)),
            Change::Declined { item, agent } => self.passed(item, agent, now),
            Change::Assigned { item, agent } => {
                self.take(item, now);
                self.put(item, agent, true, now);
            }
            Change::Done(item) => {
                let Some(seen) = self.items.get(item) else { return };
                let (with, accepted, wrap) = (seen.with.clone(), seen.accepted, seen.item.terms.wrap_up);
                self.take(item, now);
                self.unsort(item);
                self.items.remove(item);
                if let Some(seat) = with.filter(|_| accepted).and_then(|agent| self.seats.get_mut(&agent)) {
                    seat.wraps = seat.wraps.max(now + wrap);
                }
            }
            Change::Works(_) | Change::Left(_) | Change::Returned { .. } => {
                unreachable!("nobody of {} agents does that here", people.len())
            }
        }
    }

    fn passed(&mut self, item: &ConversationId, agent: &AgentId, at: Millis) {
        if let Some(seen) = self.items.get_mut(item) {
            seen.spared.insert(agent.clone(), at + seen.item.terms.spare_for);
        }
        self.take(item, at);
    }

    fn take(&mut self, item: &ConversationId, now: Millis) {
        let Some(seen) = self.items.get_mut(item) else { return };
        seen.accepted = false;
        if let Some(seat) = seen.with.take().and_then(|agent| self.seats.get_mut(&agent)) {
            seat.load -= seen.item.weight;
        }
        self.sort(item, now);
    }

    fn put(&mut self, item: &ConversationId, agent: &AgentId, accepted: bool, now: Millis) {
        let Some(seen) = self.items.get_mut(item) else { return };
        seen.with = Some(agent.clone());
        seen.accepted = accepted;
        if let Some(seat) = self.seats.get_mut(agent) {
            seat.load += seen.item.weight;
        }
        self.sort(item, now);
    }

    /// An item that went back went back at its instant and not later.
    pub(crate) fn lapse(&mut self, lapse: &Lapse, now: Millis) -> Result<(), String> {
        if lapse.at != now {
            return Err(format!(
                "a deadline was missed: {} went back at {}, and it is {now}",
                lapse.item, lapse.at
            ));
        }
        match lapse.cause {
            LapseCause::NotAccepted => self.passed(&lapse.item, &lapse.agent, lapse.at),
            LapseCause::Vanished | LapseCause::WentAway | LapseCause::Changed => self.take(&lapse.item, now),
        }
        Ok(())
    }

    /// An offer goes to somebody who may, can and is there.
    pub(crate) fn offer(
        &mut self,
        offer: &Offer,
        people: &BTreeMap<AgentId, Person>,
        now: Millis,
    ) -> Result<(), String> {
        let (item, agent) = (&offer.item, &offer.agent);
        let Some(seen) = self.items.get(item) else {
            return Err(format!("{item} is offered and waits for nobody"));
        };
        if let Some(with) = &seen.with {
            return Err(format!("{item} is offered to {agent}, and {with} has it"));
        }
        let person = &people[agent];
        if !person.agent.brands.contains(&seen.item.brand) {
            return Err(format!(
                "{item} left its brand {}: it is offered to {agent}",
                seen.item.brand
            ));
        }
        if !qualified(seen.alike.as_ref().unwrap(), person) {
            return Err(format!(
                "unqualified: {item} is offered to {agent}, who lacks what it needs"
            ));
        }
        let Some(seat) = self.seats.get(agent).filter(|seat| free(seat, now)) else {
            return Err(format!("{item} is offered to {agent}, who takes nothing now"));
        };
        if seat.load + seen.item.weight > person.agent.capacity {
            return Err(format!("{item} is offered to {agent}, who has no room"));
        }
        if spared(seen, agent, now) || self.kept_for(seen, people, now).is_some_and(|only| only != *agent) {
            return Err(format!("{item} is offered to {agent}, and was kept from them"));
        }
        self.put(item, agent, false, now);
        Ok(())
    }

    /// No qualified agent has room beside an item that waits.
    pub(crate) fn after(&mut self, people: &BTreeMap<AgentId, Person>, now: Millis) -> Result<(), String> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let free: Vec<_> = self
            .seats
            .iter()
            .filter(|(_, seat)| free(seat, now))
            .map(|(agent, seat)| {
                let person = &people[agent];
                (agent, person, person.agent.capacity.saturating_sub(seat.load))
            })
            .filter(|(_, _, room)| *room > 0)
            .collect();
        for (agent, person, room) in &free {
            let able = self
                .waiting
                .iter()
                .filter(|(alike, _)| *room >= alike.3 && qualified(alike, person));
            for (_, ids) in able {
                let could = |id: &&ConversationId| {
                    let seen = &self.items[*id];
                    !spared(seen, agent, now) && self.kept_for(seen, people, now).is_none_or(|only| only == **agent)
                };
                if let Some(id) = ids.iter().find(could) {
                    return Err(format!("{id} waits beside {agent}, who is idle and qualified"));
                }
            }
        }
        let pairs = (free.len() * self.waiting.len()) as u64;
        self.looked[1] += pairs;
        Ok(())
    }

    /// One owner tier, the one that was written last; and what is due next is remembered.
    pub(crate) fn conversation(&mut self, told: &Told<'_>) -> Result<(), String> {
        self.looked[2] += 1;
        let id = told.id;
        let mut written = None;
        let mut due = None;
        for (at, rung) in told.rungs {
            match rung {
                Rung::Began { tier, due: next } => (written, due) = (Some(tier), next.as_ref()),
                Rung::Rose { to, due: next, .. } | Rung::Moved { to, due: next, .. } => {
                    (written, due) = (Some(to), next.as_ref());
                }
                Rung::Waits { due: next } => due = due.or(next.as_ref()),
                Rung::Answered => due = None,
                Rung::Ended => (written, due) = (None, None),
            }
            let _ = at;
        }
        if told.owner.as_ref() != written {
            return Err(format!(
                "{id} has two owners: {:?} and {written:?}; {:?}",
                told.owner, told.rungs
            ));
        }
        let works = !matches!(
            told.stage,
            Stage::New | Stage::Noise | Stage::Resolved | Stage::Closed | Stage::Reopened
        );
        let owners = told
            .tiers
            .iter()
            .filter(|tier| told.owner.as_deref() == Some(**tier))
            .count();
        if owners != usize::from(works) {
            return Err(format!("{id} is {} and has {owners} owner tiers", told.stage.as_str()));
        }
        let snoozed = told.until.filter(|_| told.stage == Stage::Snoozed);
        let owed = told.owed.map(|(_, at)| at);
        let next = due.map(|due| due.at).into_iter().chain(snoozed).chain(owed).min();
        if let Some(old) = self.dues.remove(id) {
            self.due.remove(&(old, id.clone()));
        }
        if let Some(at) = next {
            self.dues.insert(id.clone(), at);
            self.due.insert((at, id.clone()));
        }
        Ok(())
    }

    fn sort(&mut self, id: &ConversationId, now: Millis) {
        self.unsort(id);
        let Some(seen) = self.items.get_mut(id).filter(|seen| seen.with.is_none()) else {
            return;
        };
        let alike = alike(&seen.item, now);
        self.waiting.entry(alike.clone()).or_default().insert(id.clone());
        seen.alike = Some(alike);
        let instants = seen.item.relaxations.iter().map(|r| seen.item.since + r.after);
        if let Some(at) = instants.filter(|at| *at > now).min() {
            self.relaxes.insert((at, id.clone()));
        }
    }

    fn unsort(&mut self, id: &ConversationId) {
        if let Some(alike) = self.items.get_mut(id).and_then(|seen| seen.alike.take())
            && let Some(ids) = self.waiting.get_mut(&alike)
        {
            ids.remove(id);
            if ids.is_empty() {
                self.waiting.remove(&alike);
            }
        }
    }

    fn kept_for(&self, seen: &Seen, people: &BTreeMap<AgentId, Person>, now: Millis) -> Option<AgentId> {
        let last = seen.item.last.as_ref()?;
        let seat = self.seats.get(&last.agent)?;
        let there = seat.here.is_some_and(|until| until > now) && !seat.paused;
        let kept = seen.item.since + last.keep > now && !spared(seen, &last.agent, now);
        (there && kept && qualified(seen.alike.as_ref()?, &people[&last.agent])).then(|| last.agent.clone())
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.values().map(BTreeSet::len).sum()
    }
}

fn free(seat: &Place, now: Millis) -> bool {
    seat.here.is_some_and(|until| until > now) && !seat.paused && seat.wraps <= now
}

fn spared(seen: &Seen, agent: &AgentId, now: Millis) -> bool {
    seen.spared.get(agent).is_some_and(|until| *until > now)
}

fn alike(item: &Item, now: Millis) -> Alike {
    let over: Vec<_> = item
        .relaxations
        .iter()
        .filter(|r| item.since + r.after <= now)
        .map(|r| &r.what)
        .collect();
    let needs = item.needs.iter().map(|(skill, level)| {
        let least = u8::from(matches!(skill, Skill::Licence(_)));
        let relaxed = over.iter().filter_map(|what| match what {
            Relaxed::Level { skill: which, to } if which == skill => Some((*to).max(least)),
            _ => None,
        });
        (skill.clone(), relaxed.min().unwrap_or(*level).min(*level))
    });
    (
        item.brand.0.clone(),
        item.queue.clone(),
        over.contains(&&Relaxed::Reserved),
        item.weight,
        needs.collect(),
    )
}

fn qualified((brand, queue, opened, _, needs): &Alike, person: &Person) -> bool {
    let agent = &person.agent;
    agent.brands.iter().any(|of| of.as_str() == brand)
        && (agent.only.is_empty() || agent.only.contains(queue) || *opened)
        && needs
            .iter()
            .all(|(skill, level)| agent.skills.get(skill).copied().unwrap_or(0) >= *level)
}
