//! What rules make of events, in the same commit as the events: whoever is killed in between finds both or neither.
//!
//! Rules ask about the conversation as the events leave it, event by event. What they do goes through the desk like the
//! wish of anybody else, by `rule NAME`; what the desk refuses them is written down with the refusal. What rules did is
//! an event, too, and other rules may look at it: the chain of rules that led there ends that (see
//! [`crate::automation`]).

use super::agent;
use crate::automation::{Act, Action, Assign, On, Trigger};
use crate::condition::{Around, Facts};
use crate::{Conversation, Event, Recorded, Refusal, Rules, apply};
use jackfield_protocol::{AgentId, CommandId, FactKind, Millis, RemoteId};
use std::collections::VecDeque;

/// Something that rules may look at.
struct Look {
    on: On,
    message: Option<RemoteId>,
    chain: Vec<String>,
}

/// The conversation as the events leave it, and the events.
struct Course<'a> {
    state: Conversation,
    events: Vec<Event>,
    looks: VecDeque<Look>,
    rules: &'a Rules<'a>,
    now: Millis,
    /// What rules have done so far.
    acts: usize,
}

/// What rules may do in one commit. A handful is usual; rules that answer one another in turn would multiply without end.
const MOST: usize = 1_000;

/// Adds to events what rules make of them. `timed` where time has passed.
pub(super) fn follow(
    state: Option<&Conversation>,
    events: Vec<Event>,
    timed: bool,
    rules: &Rules<'_>,
    now: Millis,
) -> Vec<Event> {
    let applied = &rules.policies.current;
    if applied.rules.is_empty() || (events.is_empty() && !timed) {
        return events;
    }
    let mut course = Course {
        state: state.cloned().unwrap_or_default(),
        events: Vec::new(),
        looks: VecDeque::new(),
        rules,
        now,
        acts: 0,
    };
    for event in events {
        let look = look_at(&event);
        course.add(event);
        course.looks.extend(look);
    }
    if timed {
        course.looks.push_back(Look {
            on: On::TimePassed,
            message: None,
            chain: Vec::new(),
        });
    }
    // A thread that addresses nobody is kept for its surroundings, and is nobody's work.
    while let Some(look) = course.looks.pop_front().filter(|_| course.state.is_listed()) {
        course.look(&look);
    }
    course.events
}

/// What an event is to a rule.
fn look_at(event: &Event) -> Option<Look> {
    let (on, message) = match event {
        Event::Inbound(fact) if fact.ours || fact.context => return None,
        Event::Inbound(fact) => {
            // A message that is gone has no words; what waits is asked about then.
            let said = matches!(fact.kind, FactKind::Said(_));
            (On::Message, said.then(|| fact.remote_id.clone()))
        }
        Event::Judged { remote_id, .. } => (On::Verdict, Some(remote_id.clone())),
        Event::Taken { .. } | Event::HandedOver { .. } | Event::Resolved { .. } | Event::Reopened { .. } => {
            (On::StateChanged, None)
        }
        _ => return None,
    };
    Some(Look {
        on,
        message,
        chain: Vec::new(),
    })
}

impl Course<'_> {
    fn add(&mut self, event: Event) {
        let recorded = Recorded {
            seq: self.state.version + 1,
            at: self.now,
            event,
        };
        apply(&mut self.state, &recorded);
        self.events.push(recorded.event);
    }

    fn look(&mut self, look: &Look) {
        let applied = &self.rules.policies.current;
        // What is asked of a conversation is read out of all that waits in it: not for nobody.
        if !applied.rules.looks_at(look.on) {
            return;
        }
        let around = Around {
            message: look.message.clone(),
            ..Around::of(&self.state)
        };
        let facts = Facts::of(&self.state, &around, self.now);
        let trigger = Trigger {
            chain: look.chain.clone(),
            holding: self.state.holding.clone(),
        };
        let outcome = applied.rules.run(look.on, &trigger, &facts, &applied.calendars);
        let timed = look.on == On::TimePassed;
        if timed && outcome.holding != self.state.holding {
            self.add(Event::RulesHold { rules: outcome.holding });
        }
        for act in outcome.acts {
            self.carry_out(act, &look.chain);
        }
    }

    fn carry_out(&mut self, act: Act, chain: &[String]) {
        let Act { rule, action } = act;
        if changes_nothing(&self.state, &action) {
            return;
        }
        self.acts += 1;
        if self.acts > MOST {
            return;
        }
        let made = if self.acts == MOST {
            let why =
                format!("{MOST} acts of rules followed from one thing, and no more may: rules answer one another.");
            Err(Refusal::NotNow { why })
        } else {
            self.made(&rule, &action)
        };
        let refused = made.as_ref().err().map(ToString::to_string);
        let mut chain = chain.to_vec();
        self.add(Event::Ruled {
            rule: rule.clone(),
            chain: chain.clone(),
            did: action.clone(),
            refused: refused.clone(),
        });
        if refused.is_some() {
            return;
        }
        for event in made.unwrap_or_default() {
            self.add(event);
        }
        // A note changes nothing that a rule could ask for.
        if matches!(action, Action::Note(_) | Action::Notify(_)) {
            return;
        }
        chain.push(rule);
        self.looks.push_back(Look {
            on: On::StateChanged,
            message: None,
            chain,
        });
    }

    /// What the desk makes of it, as of the wish of anybody; why not, where it does not.
    fn made(&self, rule: &str, action: &Action) -> Result<Vec<Event>, Refusal> {
        let by = AgentId(format!("rule {rule}"));
        // The number of what it follows: the same rule may do the same again later. No client may send such an id.
        let id = CommandId(format!("rule:{}", self.state.version));
        match action {
            Action::Note(text) => agent::note(by, id, text.clone()),
            Action::Notify(who) => agent::note(by, id, format!("For {who}: look at this, please.")),
            // A rule takes nothing from somebody who has it.
            Action::Assign(Assign::Agent { agent }) => agent::is_free(&self.state, &by).and_then(|_| {
                let to = Some(AgentId(agent.clone()));
                agent::hand_over(&self.state, by, id, to, format!("rule {rule}"))
            }),
            Action::Tag(_) | Action::Untag(_) | Action::Priority(_) | Action::Queue(_) | Action::Draft(_) => {
                Ok(Vec::new())
            }
            Action::Escalate(tier) => self.work(
                crate::work::escalate(&self.state, tier, by.as_str(), self.rules, self.now),
                "It cannot move to that tier from where it stands.",
            ),
            Action::Snooze(span) => self.work(
                crate::work::snooze(&self.state, self.now.saturating_add(span.0), by.as_str(), self.now),
                "Nobody has it, or it is done: it cannot be put away.",
            ),
            Action::CloseAsNoise => self.work(
                crate::work::noise(&self.state, by.as_str(), self.now),
                "Somebody found work in it, or it is done.",
            ),
            // Skills are asked for by queues.
            Action::Assign(Assign::Skill { .. }) => Err(Refusal::NotNow {
                why: "Rules do not give work to a skill yet: put it into a queue that needs it.".to_owned(),
            }),
        }
    }
}

impl Course<'_> {
    fn work(&self, event: Option<Event>, why: &str) -> Result<Vec<Event>, Refusal> {
        match event {
            Some(event) => Ok(vec![event]),
            None => Err(Refusal::NotNow { why: why.to_owned() }),
        }
    }
}

/// It is so already: nothing is written down, and nothing follows.
fn changes_nothing(state: &Conversation, action: &Action) -> bool {
    match action {
        Action::Tag(tag) => state.tags.contains(tag),
        Action::Untag(tag) => !state.tags.contains(tag),
        Action::Queue(queue) => state.queue.as_ref() == Some(queue),
        Action::Draft(canned) => state.laid_out.as_ref() == Some(canned),
        Action::Priority(points) => *points == 0,
        Action::Assign(Assign::Agent { agent }) => state.owner.as_ref().is_some_and(|owner| owner.as_str() == agent),
        _ => false,
    }
}
