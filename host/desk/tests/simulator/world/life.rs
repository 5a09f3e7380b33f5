//! What people, networks and agents do.

use super::time::{DAY, HOUR, MINUTE, Office, SECOND};
use super::traffic::{next_arrival, story};
use super::{Case, Next, Outcome, World};
use jackfield_desk::floor::{Change, Offer};
use jackfield_desk::ladder::{Rung, Way, standing};
use jackfield_desk::stage::{Cause, Happened, Stage, Work};
use jackfield_desk::{Command, Conversation, Event, Place, ReplyState, conversation_id};
use jackfield_protocol::{
    AgentId, Author, Command as Wish, CommandId, Content, ConversationId, FactKind, InboundFact, Opinion, RemoteId,
    Verdict, Visibility,
};

impl World {
    pub(super) fn happens(&mut self, next: Next) -> Outcome {
        match next {
            Next::Wake => Ok(()),
            Next::Arrives => self.arrives(),
            Next::Told(id, fact) => self.told(&id, *fact),
            Next::Triaged(id, message, revision) => self.triaged(&id, message, revision),
            Next::Decides(offer) => self.decides(offer),
            Next::Writes(id, agent, hands) => self.writes(&id, &agent, hands),
            Next::Publishes(id, reply) => self.publishes(&id, reply),
            Next::Receipt(id, reply) => self.receipt(&id, &reply),
            Next::Writes2(id) => self.writes_again(&id),
            Next::PeerAnswers(id) => self.peer_answers(&id),
            Next::OthersAnswer(id, hands) => self.others_answer(&id, hands),
            Next::Owes(id) => self.owes(&id),
            Next::Quiet(id, version) => self.quiet(&id, version),
            Next::Rests(id, since) => self.rests(&id, since),
            Next::Begins(agent) => self.begins(&agent),
            Next::Ends(agent, n) => self.ends(&agent, n),
            Next::Renews(agent, n) => self.there(&agent, n),
            Next::Pauses(agent, n, paused) => self.pauses(&agent, n, paused),
            Next::Vanishes(agent, n) => self.vanishes(&agent, n),
            Next::Returns(agent, n) => self.returns(&agent, n),
        }
    }

    /// Somebody writes for the first time.
    fn arrives(&mut self) -> Outcome {
        let next = next_arrival(self.now, self.plan.mean, &mut self.random);
        self.at(next, Next::Arrives);
        let story = story(self.now, &mut self.random);
        self.counts.conversations += 1;
        let place = Place {
            workspace: "house".into(),
            brand: story.brand.into(),
            connection: format!("{}-{}", story.brand, story.network).as_str().into(),
            network: story.network.to_owned(),
            thread: format!("t{}", self.counts.conversations),
        };
        let id = conversation_id(&place.connection, &place.thread);
        let mut state = Conversation::new();
        state.place = place;
        let case = Case {
            state,
            work: Work::new(self.now),
            rungs: Vec::new(),
            owed: None,
            overdue: None,
            story,
            hands: 0,
            messages: 0,
            wake: None,
        };
        self.cases.insert(id.clone(), case);
        self.writes_again(&id)
    }

    /// The person writes; the network tells us later, and of an edit or a deletion later still or even first.
    fn writes_again(&mut self, id: &ConversationId) -> Outcome {
        let Some(case) = self.cases.get_mut(id) else {
            return Ok(());
        };
        case.messages += 1;
        let fact = fact(case, self.now);
        let delay = self.random.wait(20 * SECOND);
        if self.random.percent(6) {
            let edited = InboundFact {
                revision: 1,
                ..fact.clone()
            };
            let later = self.random.wait(40 * SECOND);
            self.after(later, Next::Told(id.clone(), Box::new(edited)));
        } else if self.random.percent(2) {
            let gone = InboundFact {
                kind: FactKind::Deleted,
                ..fact.clone()
            };
            let later = self.random.wait(HOUR);
            self.after(later, Next::Told(id.clone(), Box::new(gone)));
        }
        // Now and then a network tells twice.
        if self.random.percent(3) {
            self.after(delay + SECOND, Next::Told(id.clone(), Box::new(fact.clone())));
        }
        self.after(delay, Next::Told(id.clone(), Box::new(fact)));
        Ok(())
    }

    fn told(&mut self, id: &ConversationId, fact: InboundFact) -> Outcome {
        let Some(case) = self.cases.get(id) else { return Ok(()) };
        let (place, message, revision) = (case.state.place.clone(), fact.remote_id.clone(), fact.revision);
        let said = matches!(fact.kind, FactKind::Said(_)) && !fact.ours;
        let anew = said && !case.state.messages.get(&message).is_some_and(|m| m.addressed);
        let facts = vec![fact];
        let events = self.act(id, Command::Ingest { place, facts })?;
        if events.is_empty() || !said {
            return Ok(());
        }
        if anew {
            let before = self.cases[id].work.stage;
            self.plain(id, Cause::Said)?;
            match self.cases[id].work.stage {
                Stage::Waiting if before != Stage::Waiting => {
                    self.let_go(id, "the person wrote again")?;
                    if let Some(standing) = standing(&self.house.ladder, &Office, &self.cases[id].rungs, self.now) {
                        let waits = self.house.ladder.waits(&standing, &Office, self.now);
                        self.rung(id, waits);
                    }
                    self.onto_floor(id)?;
                }
                Stage::Reopened => {
                    self.counts.reopened += 1;
                    self.let_go(id, "the person wrote again")?;
                }
                _ => {}
            }
        }
        let reads = self.random.wait(2 * SECOND);
        self.after(reads, Next::Triaged(id.clone(), message, revision));
        Ok(())
    }

    fn triaged(&mut self, id: &ConversationId, remote_id: RemoteId, revision: u64) -> Outcome {
        let Some(case) = self.cases.get(id) else { return Ok(()) };
        let opinion = |label: &str, margin| Opinion {
            label: label.to_owned(),
            margin,
            because: None,
        };
        let mut opinions = vec![opinion("noise", if case.story.noise { 0.8 } else { -0.6 })];
        if case.story.complaint {
            opinions.push(opinion("complaint", 0.7));
        }
        let (noise, judged) = (
            case.story.noise || case.messages > 2,
            matches!(case.work.stage, Stage::New | Stage::Reopened),
        );
        let verdict = Verdict {
            by: "judge@1".to_owned(),
            revision,
            opinions,
            trouble: None,
        };
        let happened = self.act(id, Command::Judge { remote_id, verdict })?;
        if !judged || happened.is_empty() {
            return Ok(());
        }
        self.plain(id, if noise { Cause::JudgedNoise } else { Cause::JudgedWork })?;
        match self.cases[id].work.stage {
            Stage::Waiting => self.becomes_work(id),
            Stage::Resolved => {
                // "Thank you" after it was done.
                self.wish(id, &"desk".into(), Wish::Resolve)?;
                self.rests_later(id);
                Ok(())
            }
            _ => {
                self.rests_later(id);
                Ok(())
            }
        }
    }

    /// A need was found: it is on the ladder, perhaps owed to somebody, and on the floor.
    fn becomes_work(&mut self, id: &ConversationId) -> Outcome {
        let facts = self.facts(id);
        let began = self.house.ladder.begin(&facts, &Office, self.now).ok_or("no ladder")?;
        self.rung(id, began);
        let facts = self.facts(id);
        let owes = self.cases[id].owed.as_ref().is_some_and(|owed| !owed.phase.is_end());
        if !owes && let Some(owed) = self.house.overspill.take_over(&facts, &Office, self.now) {
            self.counts.owed += 1;
            let case = self.cases.get_mut(id).unwrap();
            (case.owed, case.overdue) = (Some(owed), None);
        }
        if self.tier(id).is_some_and(|tier| tier == "community") && self.random.percent(60) {
            let later = self.random.wait(3 * HOUR);
            self.after(later, Next::PeerAnswers(id.clone()));
        }
        self.onto_floor(id)
    }

    fn decides(&mut self, offer: Offer) -> Outcome {
        let Offer { item, agent, .. } = offer;
        let pick = self.random.within(0, 100);
        if !self.works(&agent) || pick < 3 {
            return Ok(());
        }
        if pick < 7 {
            let (id, by) = (item.clone(), agent.clone());
            if self.hear(&Change::Declined { item, agent: by }) {
                return self.plain(&id, Cause::PassedOn);
            }
            self.counts.refused_late += 1;
            return Ok(());
        }
        let accepted = Change::Accepted {
            item: item.clone(),
            agent: agent.clone(),
        };
        if !self.hear(&accepted) {
            self.counts.refused_late += 1;
            return Ok(());
        }
        let how = Cause::Accepted;
        self.gets(&item, &agent, how)
    }

    fn gets(&mut self, id: &ConversationId, agent: &AgentId, how: Cause) -> Outcome {
        let agent = agent.clone();
        self.stage(
            id,
            &Happened::Got {
                how,
                agent: agent.clone(),
            },
        )?;
        self.wish(id, &agent, Wish::Take)?;
        let mean = if self.cases[id].story.network == "mail" { 9 } else { 5 };
        let works = 30 * SECOND + self.random.wait(mean * MINUTE);
        let hands = self.cases[id].hands;
        self.after(works, Next::Writes(id.clone(), agent, hands));
        Ok(())
    }

    fn writes(&mut self, id: &ConversationId, agent: &AgentId, hands: u64) -> Outcome {
        let still = self
            .cases
            .get(id)
            .is_some_and(|case| case.hands == hands && case.work.stage == Stage::Assigned);
        if !still || !self.works(agent) {
            return Ok(());
        }
        match self.random.within(0, 100) {
            0..=3 if self.tier(id).is_some_and(|tier| tier == "agent") => {
                let stands = standing(&self.house.ladder, &Office, &self.cases[id].rungs, self.now);
                let (to, by, why) = ("specialist", agent.clone(), "beyond me");
                let up = self
                    .house
                    .ladder
                    .move_to(stands.as_ref(), Way::Up, to, None, by, why, &Office, self.now);
                self.rung(id, up.map_err(|refused| refused.to_string())?);
                self.counts.moved += 1;
                self.plain(id, Cause::PutBack)?;
                self.leaves(id, "it was escalated")?;
                self.onto_floor(id)
            }
            4..=6 => {
                self.plain(id, Cause::AskedOthers)?;
                self.hear(&Change::Done(id.clone()));
                let (later, hands) = (self.random.wait(5 * HOUR), self.cases[id].hands);
                self.after(later, Next::OthersAnswer(id.clone(), hands));
                Ok(())
            }
            7..=9 => {
                let until = self.now + self.random.wait(3 * HOUR);
                self.stage(id, &Happened::Snoozed { until })?;
                self.hear(&Change::Done(id.clone()));
                Ok(())
            }
            10..=11 => self.hands_over(id, agent),
            _ => {
                let wish = Wish::Reply {
                    text: "We looked into it, and this is what comes next.".to_owned(),
                    visibility: if self.cases[id].story.direct {
                        Visibility::Direct
                    } else {
                        Visibility::Public
                    },
                    parent: None,
                };
                match self.wish(id, agent, wish) {
                    Ok(events) => {
                        let reply = events.iter().find_map(|event| match event {
                            Event::ReplyAsked { command, .. } => Some(command.clone()),
                            _ => None,
                        });
                        self.counts.replies += 1;
                        self.after(
                            SECOND,
                            Next::Publishes(id.clone(), reply.ok_or("a reply that nobody asked for")?),
                        );
                        Ok(())
                    }
                    // The person took back all they said.
                    Err(code) if code == "nothing-to-answer" => self.resolve(id),
                    Err(code) => Err(format!("{id}: a reply was refused: {code}")),
                }
            }
        }
    }

    /// Off the floor, and nobody's.
    fn leaves(&mut self, id: &ConversationId, why: &str) -> Outcome {
        self.hear(&Change::Done(id.clone()));
        self.let_go(id, why)
    }

    fn hands_over(&mut self, id: &ConversationId, agent: &AgentId) -> Outcome {
        let others: Vec<AgentId> = self
            .people
            .keys()
            .filter(|other| *other != agent && self.works(other))
            .cloned()
            .collect();
        let may = |other: &&AgentId| matches!(self.floor.may_take(id, other, self.now), Ok(Ok(())));
        let Some(to) = others.iter().find(may).cloned() else {
            let (later, hands) = (self.random.wait(5 * MINUTE), self.cases[id].hands);
            self.after(later, Next::Writes(id.clone(), agent.clone(), hands));
            return Ok(());
        };
        let (wanted, why) = (Some(to.clone()), "you know this better".to_owned());
        self.wish(id, agent, Wish::HandOver { to: wanted, why })?;
        self.hear(&Change::Assigned {
            item: id.clone(),
            agent: to.clone(),
        });
        self.gets(id, &to, Cause::HandedOver)
    }

    /// The outbox asks the network, which answers, stumbles, or says nothing.
    fn publishes(&mut self, id: &ConversationId, reply: CommandId) -> Outcome {
        self.act(id, Command::Sending { reply: reply.clone() })?;
        let reason = "the network stumbled".to_owned();
        match self.random.within(0, 100) {
            0..=3 => {
                let not_before = self.now + 30 * SECOND;
                let waits = Command::Waits {
                    reply: reply.clone(),
                    reason,
                    not_before,
                };
                self.act(id, waits)?;
                self.at(not_before, Next::Publishes(id.clone(), reply));
            }
            4..=5 => {
                self.act(
                    id,
                    Command::Unknown {
                        reply: reply.clone(),
                        reason,
                    },
                )?;
                self.act(id, Command::PublishAgain { reply: reply.clone() })?;
                self.after(20 * SECOND, Next::Publishes(id.clone(), reply));
            }
            _ => {
                let takes = self.random.wait(SECOND);
                self.after(takes, Next::Receipt(id.clone(), reply));
            }
        }
        Ok(())
    }

    fn receipt(&mut self, id: &ConversationId, reply: &CommandId) -> Outcome {
        let sent = Command::Sent {
            remote_id: format!("ours-{reply}").as_str().into(),
            reply: reply.clone(),
            url: None,
            at: self.now,
        };
        self.act(id, sent)?;
        let arrived = matches!(
            self.cases[id].state.replies.get(reply).map(|r| &r.state),
            Some(ReplyState::Sent { .. })
        );
        if !arrived {
            return Err(format!("{id}: the network has {reply}, and the desk does not know"));
        }
        self.owed_by_reply(id, reply)?;
        let before = self.cases[id].work.stage;
        self.plain(id, Cause::Answered)?;
        if before != Stage::WaitingForPerson && self.cases[id].work.stage == Stage::WaitingForPerson {
            self.rung(id, Rung::Answered);
            self.hear(&Change::Done(id.clone()));
        }
        if self.random.percent(35) {
            let later = self.random.wait(2 * HOUR);
            self.after(later, Next::Writes2(id.clone()));
        }
        let version = self.cases[id].state.version;
        self.after(DAY, Next::Quiet(id.clone(), version));
        Ok(())
    }
}

/// What the person says: the same of a revision whenever it is told.
fn fact(case: &Case, at: i64) -> InboundFact {
    let Case {
        story, messages, state, ..
    } = case;
    let thread = state.place.thread.clone();
    let author = Author {
        id: format!("p-{thread}"),
        handle: format!("p-{thread}"),
        display_name: None,
        profile_url: None,
        reach: Some(story.reach),
        automated: false,
    };
    InboundFact {
        remote_id: format!("{thread}-{messages}").as_str().into(),
        revision: 0,
        at,
        thread,
        parent: None,
        visibility: if story.direct {
            Visibility::Direct
        } else {
            Visibility::Public
        },
        ours: false,
        context: false,
        url: None,
        kind: FactKind::Said(Box::new(Content {
            author,
            title: None,
            text: "What I bought does not do what it should.".to_owned(),
            spans: Vec::new(),
            attachments: Vec::new(),
            language: Some(story.language.to_owned()),
            warning: None,
        })),
    }
}
