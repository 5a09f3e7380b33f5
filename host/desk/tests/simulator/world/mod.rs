//! A contact centre in virtual time: people who write, agents with shifts, networks that are late, and the desk itself.
//!
//! Nothing here is a model of the desk. Every message goes through `decide` and `apply`, every item through the queues,
//! the floor, the stages and the ladder, as a host would do it; only time, people and networks are made up, from a seed.
//! [`check`] watches from outside.

pub(crate) mod check;
mod desk;
mod ends;
mod house;
mod life;
mod random;
mod shifts;
pub(crate) mod time;
mod traffic;

use check::Check;
use house::Person;
use jackfield_desk::Conversation;
use jackfield_desk::floor::{Change, Floor, Offer, Step};
use jackfield_desk::ladder::{Deadline, Obligation, Stood};
use jackfield_desk::policy::House;
use jackfield_desk::stage::Work;
use jackfield_protocol::{AgentId, CommandId, ConversationId, InboundFact, Millis, RemoteId};
use random::Random;
use std::collections::{BTreeMap, BTreeSet};
use traffic::Story;

/// What is simulated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// The first day, counted from New Year.
    pub(crate) from: i64,
    pub(crate) days: i64,
    pub(crate) agents: usize,
    /// The usual time between two people who write.
    pub(crate) mean: Millis,
    pub(crate) fault: Fault,
}

/// Something that is wrong with the desk on purpose, so that the check is seen to find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Offers go to the next agent in the alphabet who is there.
    AnyAgent,
    /// Offers go to whoever is qualified, of whatever brand.
    NoWalls,
    /// One offer in fifty is lost.
    LosesOffers,
    /// Nobody wakes the engine; it looks when something else happens.
    Sleeps,
    /// What rose to the next tier is not written down.
    ForgetsTiers,
}

/// What there was.
#[derive(Debug, Default, Clone)]
pub(crate) struct Counts {
    pub(crate) events: u64,
    pub(crate) conversations: u64,
    pub(crate) log: u64,
    pub(crate) offers: u64,
    pub(crate) lapses: u64,
    pub(crate) refused_late: u64,
    pub(crate) replies: u64,
    pub(crate) rose: u64,
    pub(crate) moved: u64,
    pub(crate) resolved: u64,
    pub(crate) reopened: u64,
    pub(crate) owed: u64,
    pub(crate) followed_up: u64,
    pub(crate) waived: u64,
    pub(crate) overdue: u64,
    pub(crate) silent_ends_refused: u64,
    pub(crate) vanished: u64,
    pub(crate) most_waiting: usize,
}

/// What is going to happen.
enum Next {
    Arrives,
    Told(ConversationId, Box<InboundFact>),
    Triaged(ConversationId, RemoteId, u64),
    Decides(Offer),
    Writes(ConversationId, AgentId, u64),
    Publishes(ConversationId, CommandId),
    Receipt(ConversationId, CommandId),
    Writes2(ConversationId),
    PeerAnswers(ConversationId),
    OthersAnswer(ConversationId, u64),
    Owes(ConversationId),
    Quiet(ConversationId, u64),
    Rests(ConversationId, Millis),
    Begins(AgentId),
    Ends(AgentId, u64),
    Renews(AgentId, u64),
    Pauses(AgentId, u64, bool),
    Vanishes(AgentId, u64),
    Returns(AgentId, u64),
    Wake,
}

/// A conversation, as the server would keep it.
struct Case {
    state: Conversation,
    work: Work,
    rungs: Vec<Stood>,
    owed: Option<Obligation>,
    /// Deadlines of what is owed that went by and were told.
    overdue: Option<Deadline>,
    story: Story,
    /// Counts how often it changed hands, so that who no longer has it does nothing.
    hands: u64,
    messages: u32,
    wake: Option<Millis>,
}

#[derive(Default)]
struct Shift {
    number: u64,
    on: bool,
    gone: bool,
    paused: bool,
}

pub(crate) struct World {
    plan: Plan,
    now: Millis,
    random: Random,
    house: House,
    floor: Floor,
    people: BTreeMap<AgentId, Person>,
    shifts: BTreeMap<AgentId, Shift>,
    cases: BTreeMap<ConversationId, Case>,
    queue: BTreeMap<(Millis, u64), Next>,
    serial: u64,
    /// When the engine has to look at which conversation.
    wakes: BTreeSet<(Millis, ConversationId)>,
    woken_at: Option<Millis>,
    touched: BTreeSet<ConversationId>,
    check: Check,
    counts: Counts,
}

type Outcome = Result<(), String>;

impl World {
    pub(crate) fn new(plan: Plan) -> Self {
        let mut random = Random::new(plan.seed);
        let people = house::people(plan.agents, &mut random);
        let mut world = Self {
            plan,
            now: time::day(plan.from),
            random,
            house: house::house(),
            floor: Floor::default(),
            people: people
                .into_iter()
                .map(|person| (person.agent.id.clone(), person))
                .collect(),
            shifts: BTreeMap::new(),
            cases: BTreeMap::new(),
            queue: BTreeMap::new(),
            serial: 0,
            wakes: BTreeSet::new(),
            woken_at: None,
            touched: BTreeSet::new(),
            check: Check::default(),
            counts: Counts::default(),
        };
        let all: Vec<_> = world.people.values().map(|person| person.agent.clone()).collect();
        for agent in all {
            let id = agent.id.clone();
            world.floor.hear(Change::Works(agent), world.now).unwrap();
            world.shifts.insert(id.clone(), Shift::default());
            world.plan_shift(&id, plan.from);
        }
        world.after(1, Next::Arrives);
        world
    }

    /// Until the plan is over, or something did not hold: then where, with what repeats it.
    pub(crate) fn run(mut self) -> Result<(Counts, [u64; 4]), String> {
        let end = time::day(self.plan.from + self.plan.days);
        while let Some(((at, _), next)) = self.queue.pop_first()
            && at < end
        {
            self.now = at;
            if let Err(what) = self.event(next) {
                let Plan {
                    seed,
                    from,
                    days,
                    agents,
                    mean,
                    ..
                } = self.plan;
                return Err(format!(
                    "after {} events, at {at}: {what}\nSEED={seed} repeats it (from day {from}, {days} days, {agents} agents, {mean} ms between arrivals)",
                    self.counts.events
                ));
            }
        }
        Ok((self.counts, self.check.looked))
    }

    fn event(&mut self, next: Next) -> Outcome {
        self.check.before(self.now)?;
        self.counts.events += 1;
        self.catch_up()?;
        self.happens(next)?;
        // What came too late is due as soon as it comes: escalating what was acknowledged after its time.
        for id in self.touched.clone() {
            self.set_wake(&id);
        }
        self.catch_up()?;
        self.match_up()?;
        self.check.after(&self.people, self.now)?;
        self.tell()?;
        self.counts.most_waiting = self.counts.most_waiting.max(self.check.waiting());
        self.set_alarm();
        Ok(())
    }

    fn after(&mut self, later: Millis, next: Next) {
        self.at(self.now + later, next);
    }

    fn at(&mut self, at: Millis, next: Next) {
        assert!(at >= self.now, "nothing happens in the past");
        self.serial += 1;
        self.queue.insert((at, self.serial), next);
    }

    /// The floor hears it, and the check that watches it.
    fn hear(&mut self, change: &Change) -> bool {
        let heard = self.floor.hear(change.clone(), self.now).is_ok();
        if heard {
            self.check.hear(change, &self.people, self.now);
        }
        heard
    }

    /// A step of the floor, and what a faulty one would have made of it.
    fn step(&mut self) -> Step {
        let mut step = self.floor.step(self.now);
        if self.plan.fault == Fault::None {
            return step;
        }
        let there: Vec<AgentId> = self
            .shifts
            .iter()
            .filter(|(_, s)| s.on && !s.gone)
            .map(|(id, _)| id.clone())
            .collect();
        match self.plan.fault {
            Fault::AnyAgent => {
                for offer in &mut step.offers {
                    let next = there.iter().find(|id| **id > offer.agent);
                    offer.agent = next.or(there.first()).cloned().unwrap_or(offer.agent.clone());
                }
            }
            Fault::NoWalls => {
                for offer in &mut step.offers {
                    let item = self.floor.item(&offer.item).unwrap();
                    let beyond = there.iter().find(|id| {
                        let agent = &self.people[*id].agent;
                        !agent.brands.contains(&item.brand) && agent.lacks(&item.needs).is_empty()
                    });
                    offer.agent = beyond.cloned().unwrap_or(offer.agent.clone());
                }
            }
            Fault::LosesOffers => step.offers.retain(|_| !self.random.percent(2)),
            Fault::None | Fault::Sleeps | Fault::ForgetsTiers => {}
        }
        step
    }
}
