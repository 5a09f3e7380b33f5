//! What holds after every step of any history, found by looking at every pair of item and agent.

use crate::{MIN, agent, item};
use jackfield_desk::floor::{
    Agent, Change, Floor, Item, Last, Presence, Relaxation, Relaxed, Skill, Terms, Whereabouts,
};
use jackfield_protocol::{AgentId, ConversationId, Millis};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const SKILLS: [&str; 3] = ["language:de", "licence:mail", "product:bills"];

fn some_skills() -> impl Strategy<Value = BTreeMap<Skill, u8>> {
    proptest::collection::vec(0..3_u8, SKILLS.len()).prop_map(|levels| {
        let all = SKILLS.iter().zip(levels).filter(|(_, level)| *level > 0);
        all.map(|(skill, level)| ((*skill).to_owned().try_into().unwrap(), level))
            .collect()
    })
}

fn brand(n: usize) -> &'static str {
    ["north", "south"][n]
}

fn an_agent(greatest: u32) -> impl Strategy<Value = Agent> {
    (0..5_usize, some_skills(), 1..=greatest, 0..4_usize, 0..6_usize).prop_map(|(n, skills, capacity, brands, only)| {
        Agent {
            brands: match brands {
                0 => [brand(1).into()].into(),
                1 => [brand(0).into(), brand(1).into()].into(),
                _ => [brand(0).into()].into(),
            },
            skills,
            only: if only == 0 {
                ["pr".to_owned()].into()
            } else {
                BTreeSet::new()
            },
            ..agent(&format!("a{n}"), "", capacity)
        }
    })
}

fn an_item(greatest: u32) -> impl Strategy<Value = Item> {
    let needs = (some_skills(), some_skills()).prop_map(|(one, other)| {
        // Mostly one need or none: a need for everything makes an empty floor.
        one.into_iter()
            .filter(|(skill, _)| !other.contains_key(skill))
            .collect::<BTreeMap<_, _>>()
    });
    let wait = (0..6_usize, 0..40_i64, proptest::option::of((0..5_usize, 0..20_i64)));
    (0..12_usize, needs, 0..4_i32, 1..=greatest, 0..5_usize, wait).prop_map(
        |(n, needs, points, weight, place, (relaxed, after, last))| Item {
            brand: brand(usize::from(place == 0)).into(),
            queue: if place == 1 { "pr" } else { "care" }.to_owned(),
            needs,
            weight,
            relaxations: match relaxed {
                0 => vec![Relaxation {
                    after: after * MIN,
                    what: Relaxed::Reserved,
                }],
                n if n <= SKILLS.len() => vec![Relaxation {
                    after: after * MIN,
                    what: Relaxed::Level {
                        skill: SKILLS[n - 1].to_owned().try_into().unwrap(),
                        to: 0,
                    },
                }],
                _ => Vec::new(),
            },
            last: last.map(|(n, keep)| Last {
                agent: format!("a{n}").as_str().into(),
                keep: keep * MIN,
            }),
            terms: Terms {
                wrap_up: 2 * MIN,
                accept_within: 3 * MIN,
                spare_for: 4 * MIN,
                return_after: 5 * MIN,
            },
            ..item(&format!("c{n}"), "", points, 0)
        },
    )
}

/// What happens next; agents and items are picked by number from those that fit at that moment.
#[derive(Debug, Clone)]
enum Happens {
    Said(Change),
    Waits(Item),
    Here(usize, i64),
    Accepts(usize),
    Declines(usize),
    Returns(usize),
    Ends(usize),
    Step(i64),
}

fn happens(greatest: u32) -> impl Strategy<Value = Happens> {
    let id = || (0..5_usize).prop_map(|n| AgentId(format!("a{n}")));
    prop_oneof![
        2 => an_agent(greatest).prop_map(|agent| Happens::Said(Change::Works(agent))),
        1 => id().prop_map(|agent| Happens::Said(Change::Left(agent))),
        5 => (0..5_usize, 1..60_i64).prop_map(|(n, lease)| Happens::Here(n, lease)),
        1 => (id(), 1..4000_i64).prop_map(|(agent, until)| Happens::Said(Change::Paused { agent, until: until * MIN })),
        1 => id().prop_map(|agent| Happens::Said(Change::Away(agent))),
        7 => an_item(greatest).prop_map(Happens::Waits),
        3 => (0..9_usize).prop_map(Happens::Accepts),
        1 => (0..9_usize).prop_map(Happens::Declines),
        1 => (0..9_usize).prop_map(Happens::Returns),
        2 => (0..9_usize).prop_map(Happens::Ends),
        6 => (0..8_i64).prop_map(Happens::Step),
    ]
}

/// What the test itself remembers, so as not to ask the floor: who was spared what, who wraps up.
#[derive(Default)]
struct Witness {
    floor: Floor,
    now: Millis,
    spared: BTreeMap<(ConversationId, AgentId), Millis>,
    wraps: BTreeMap<AgentId, Millis>,
    agents: BTreeSet<AgentId>,
    items: BTreeMap<ConversationId, Item>,
}

impl Witness {
    fn with(&self, pick: usize, offered: bool) -> Option<(ConversationId, AgentId)> {
        let all = self.items.keys().filter_map(|id| match self.floor.whereabouts(id)? {
            Whereabouts::Offered { agent, .. } if offered => Some((id.clone(), agent.clone())),
            Whereabouts::Assigned { agent } if !offered => Some((id.clone(), agent.clone())),
            _ => None,
        });
        let all: Vec<_> = all.collect();
        all.get(pick % all.len().max(1)).cloned()
    }

    fn hear(&mut self, what: Happens) {
        let now = self.now;
        let change = match what {
            Happens::Said(change) => change,
            Happens::Waits(item) => Change::Waits(Item { since: now, ..item }),
            Happens::Here(n, lease) => Change::Here {
                agent: format!("a{n}").as_str().into(),
                until: now + lease * MIN,
            },
            Happens::Accepts(n) => {
                let Some((item, agent)) = self.with(n, true) else {
                    return;
                };
                Change::Accepted { item, agent }
            }
            Happens::Declines(n) => {
                let Some((item, agent)) = self.with(n, true) else {
                    return;
                };
                Change::Declined { item, agent }
            }
            Happens::Returns(n) => {
                let Some((item, _)) = self.with(n, false) else { return };
                Change::Returned { item }
            }
            Happens::Ends(n) => {
                let Some((item, _)) = self.with(n, false) else { return };
                Change::Done(item)
            }
            Happens::Step(_) => return,
        };
        let before = self.floor.clone();
        if self.floor.hear(change.clone(), now).is_err() {
            return;
        }
        match change {
            Change::Works(agent) => drop(self.agents.insert(agent.id)),
            Change::Left(agent) => {
                self.agents.remove(&agent);
                self.wraps.remove(&agent);
            }
            Change::Waits(item) => drop(self.items.insert(item.id.clone(), item)),
            Change::Declined { item, agent } => self.spare(item, agent, now),
            Change::Returned { item } => {
                let agent = before.whereabouts(&item).unwrap().agent().unwrap().clone();
                self.spare(item, agent, now);
            }
            Change::Done(id) => {
                let agent = before.whereabouts(&id).unwrap().agent().unwrap().clone();
                self.items.remove(&id);
                self.spared.retain(|(item, _), _| *item != id);
                self.wraps.insert(agent, now + 2 * MIN);
            }
            _ => {}
        }
    }

    fn spare(&mut self, item: ConversationId, agent: AgentId, at: Millis) {
        self.spared.insert((item, agent), at + 4 * MIN);
    }

    /// Everything but room, and being kept for another: walls, needs, presence, wrap-up, having let it pass.
    fn suits(&self, item: &Item, id: &AgentId) -> bool {
        self.qualified(item, id)
            && matches!(self.floor.presence(id), Some(Presence::Here { until }) if until > self.now)
            && self.wraps.get(id).is_none_or(|until| *until <= self.now)
            && !self.is_spared(item, id)
    }

    fn is_spared(&self, item: &Item, id: &AgentId) -> bool {
        self.spared
            .get(&(item.id.clone(), id.clone()))
            .is_some_and(|until| *until > self.now)
    }

    fn qualified(&self, item: &Item, id: &AgentId) -> bool {
        let Some(agent) = self.floor.agent(id) else {
            return false;
        };
        let over = |r: &&Relaxation| item.since + r.after <= self.now;
        let relaxed: Vec<_> = item.relaxations.iter().filter(over).map(|r| &r.what).collect();
        let meets = item.needs.iter().all(|(skill, level)| {
            let mut level = *level;
            for what in &relaxed {
                if let Relaxed::Level { skill: which, to } = what
                    && which == skill
                {
                    let floor = u8::from(matches!(skill, Skill::Licence(_)));
                    level = level.min((*to).max(floor));
                }
            }
            agent.skills.get(skill).copied().unwrap_or(0) >= level
        });
        let open = agent.only.is_empty() || agent.only.contains(&item.queue) || relaxed.contains(&&Relaxed::Reserved);
        agent.brands.contains(&item.brand) && open && meets
    }

    fn kept_for(&self, item: &Item) -> Option<AgentId> {
        let last = item.last.as_ref()?;
        let there = matches!(self.floor.presence(&last.agent), Some(Presence::Here { until }) if until > self.now);
        let kept = item.since + last.keep > self.now;
        let able = self.qualified(item, &last.agent) && !self.is_spared(item, &last.agent);
        (there && kept && able).then(|| last.agent.clone())
    }

    fn could(&self, item: &Item, id: &AgentId, room: u32) -> bool {
        room >= item.weight && self.suits(item, id) && self.kept_for(item).is_none_or(|only| only == *id)
    }

    fn room(&self, id: &AgentId) -> u32 {
        let (load, capacity) = self.floor.load(id).unwrap();
        capacity.saturating_sub(load)
    }

    fn step(&mut self, later: i64) -> Result<(), TestCaseError> {
        self.now += later * MIN;
        let now = self.now;
        let step = self.floor.step(now);
        for lapse in &step.lapses {
            prop_assert!(lapse.at <= now);
            if lapse.cause == jackfield_desk::floor::LapseCause::NotAccepted {
                self.spare(lapse.item.clone(), lapse.agent.clone(), lapse.at);
            }
        }
        for offer in &step.offers {
            let item = &self.items[&offer.item];
            prop_assert!(
                self.suits(item, &offer.agent),
                "{} is not for {}",
                offer.item,
                offer.agent
            );
            prop_assert!(
                self.kept_for(item).is_none_or(|only| only == offer.agent),
                "it was kept for another"
            );
            let (load, capacity) = self.floor.load(&offer.agent).unwrap();
            prop_assert!(load <= capacity, "{} has more than they can", offer.agent);
            prop_assert_eq!(offer.points, item.points_at(now));
        }
        let waiting: Vec<Item> = self.floor.waiting().cloned().collect();
        for item in &waiting {
            for agent in &self.agents {
                let idle = self.could(item, agent, self.room(agent));
                prop_assert!(!idle, "{} waits beside {}, who could take it", item.id, agent);
                for offer in step.offers.iter().filter(|offer| offer.agent == *agent) {
                    let lesser = &self.items[&offer.item];
                    let instead = self.could(item, agent, self.room(agent) + lesser.weight);
                    let greater = item.points_at(now) > lesser.points_at(now);
                    prop_assert!(!(instead && greater), "{} was passed over for {}", item.id, lesser.id);
                }
            }
            prop_assert!(!self.floor.why_waits(&item.id, now).is_empty());
        }
        // Looking at everything again finds nothing that looking at what was touched did not.
        let mut whole = self.floor.clone();
        whole.reconsider();
        let again = whole.step(now).offers;
        prop_assert!(again.is_empty(), "a whole look finds {again:?}");
        prop_assert!(step.wake_at.is_none_or(|at| at > now));
        Ok(())
    }
}

/// The greatest number of items that can be placed, one unit each, by trying everything.
fn most(witness: &Witness, items: &[Item], rooms: &mut BTreeMap<AgentId, u32>) -> usize {
    let Some((item, rest)) = items.split_first() else {
        return 0;
    };
    let mut best = most(witness, rest, rooms);
    for agent in witness.agents.clone() {
        if rooms[&agent] > 0 && witness.suits(item, &agent) {
            *rooms.get_mut(&agent).unwrap() -= 1;
            best = best.max(1 + most(witness, rest, rooms));
            *rooms.get_mut(&agent).unwrap() += 1;
        }
    }
    best
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_promises_of_matching_hold_after_every_step(
        history in proptest::collection::vec(happens(3), 1..80)
    ) {
        let mut witness = Witness::default();
        for what in history {
            match what {
                Happens::Step(later) => witness.step(later)?,
                other => witness.hear(other),
            }
        }
        witness.step(0)?;
    }

    #[test]
    fn of_items_of_one_weight_as_many_are_placed_as_can_be_the_most_important_first(
        agents in proptest::collection::vec(an_agent(2), 1..5),
        items in proptest::collection::vec(an_item(1), 1..7)
    ) {
        let mut witness = Witness::default();
        for agent in agents {
            witness.hear(Happens::Said(Change::Works(agent)));
        }
        for n in 0..5 {
            witness.hear(Happens::Here(n, 600));
        }
        for item in items {
            witness.hear(Happens::Waits(Item { last: None, ..item }));
        }
        let mut all: Vec<Item> = witness.items.values().cloned().collect();
        all.sort_by_key(|item| (-item.points_at(0), item.since, item.id.clone()));
        let mut rooms: BTreeMap<_, _> = witness.agents.iter().map(|id| (id.clone(), witness.room(id))).collect();
        let before: Vec<usize> = (0..=all.len()).map(|n| most(&witness, &all[..n], &mut rooms)).collect();
        witness.step(0)?;
        let placed = |item: &Item| witness.floor.whereabouts(&item.id) != Some(&Whereabouts::Waiting);
        for n in 0..=all.len() {
            // Of every number of the most important ones, the most that could be placed together.
            prop_assert_eq!(all[..n].iter().filter(|item| placed(item)).count(), before[n]);
        }
    }
}
