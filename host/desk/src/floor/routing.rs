//! Which queue a conversation comes to, and what it asks for there: the rules that a supervisor writes.
//!
//! A queue asks in the one language of conditions, so a rule holds for a post, a mail and a message alike. What an item
//! needs is what its queue says and what its facts say: the person's language, a licence for the kind of its channel.

use super::{Item, Last, Level, Needs, Raise, Reason, Relaxation, Relaxed, Skill, Terms};
use crate::condition::{Condition, Facts, Times};
use crate::policy::{Faults, House, Span};
use jackfield_protocol::{AgentId, ConversationId, Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Queues, in order: the first whose condition holds gets the item.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Queues(pub Vec<Queue>);

/// One queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// What comes to it; without, everything that came to none before.
    #[serde(default)]
    pub when: Condition,
    /// What its agents must be able to do.
    #[serde(default)]
    pub needs: Needs,
    /// The level of the person's language, where it is known; 0 where it does not matter.
    #[serde(default)]
    pub language: Level,
    /// The level of the licence for the kind of channel; 0 for none.
    #[serde(default)]
    pub licence: Level,
    /// Units of an agent by kind of channel; 1 where none is given.
    #[serde(default)]
    pub weights: BTreeMap<String, u32>,
    /// What makes an item go before others.
    #[serde(default)]
    pub priority: Vec<Points>,
    /// What is given up with waiting.
    #[serde(default)]
    pub relax: Vec<Relax>,
    /// How long an item waits for its last agent alone, while they are there.
    #[serde(default)]
    pub keep_for_last: Span,
    /// An offer that is not accepted for this long goes on.
    #[serde(default = "accept_within")]
    pub accept_within: Span,
    /// Whoever let it pass is not asked again for this long.
    #[serde(default = "spare_for")]
    pub spare_for: Span,
    /// Who finished one gets nothing new for this long.
    #[serde(default)]
    pub wrap_up: Span,
    /// What a vanished agent had goes back this long after their lease.
    #[serde(default = "return_after")]
    pub return_after: Span,
}

fn accept_within() -> Span {
    Span(Terms::default().accept_within)
}

fn spare_for() -> Span {
    Span(Terms::default().spare_for)
}

fn return_after() -> Span {
    Span(Terms::default().return_after)
}

/// Points for a reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Points {
    /// When it counts.
    #[serde(default)]
    pub when: Condition,
    /// And only after this wait.
    #[serde(default)]
    pub after: Span,
    /// How much.
    pub points: i32,
    /// What for, as it is shown.
    pub words: String,
}

/// What is given up, and after which wait: a skill down to a level, or that other queues' reserved agents stay out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Relax {
    /// After this wait.
    pub after: Span,
    /// Of what; `language` and `licence` alone mean the ones that the facts asked for. None opens reserved agents.
    #[serde(default)]
    pub skill: Option<String>,
    /// The level that is enough from then on.
    #[serde(default)]
    pub to: Level,
}

impl Queues {
    /// The queue of these facts.
    pub fn queue(&self, facts: &Facts, times: &dyn Times) -> Option<&Queue> {
        self.0.iter().find(|queue| queue.when.holds(facts, times))
    }

    /// The item that a conversation is on the floor; none where no queue takes it.
    pub fn item(
        &self,
        id: ConversationId,
        facts: &Facts,
        times: &dyn Times,
        last: Option<AgentId>,
        since: Millis,
    ) -> Option<Item> {
        Some(self.queue(facts, times)?.item(id, facts, times, last, since))
    }

    /// By its name.
    pub fn named(&self, name: &str) -> Option<&Queue> {
        self.0.iter().find(|queue| queue.name == name)
    }

    /// Their names.
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(|queue| queue.name.as_str()).collect()
    }

    /// What is wrong in them.
    pub fn check(&self, house: &House, at: &str, faults: &mut Faults) {
        for (n, queue) in self.0.iter().enumerate() {
            let here = format!("{at}[{n}]");
            faults.name(&format!("{here}.name"), &queue.name);
            let mut earlier = self.0.iter().take(n);
            if earlier.clone().any(|other| other.name == queue.name) {
                faults.add(
                    format!("{here}.name"),
                    format!("{:?} is there twice", queue.name),
                    "give each queue a name of its own",
                );
            }
            if let Some(all) = earlier.find(|other| other.when.is_always()) {
                let what = format!("nothing comes here: {:?} before it takes everything", all.name);
                faults.add(
                    &here,
                    what,
                    format!("put {:?} last, or say when it takes something", all.name),
                );
            }
            queue.check(house, &here, faults);
        }
    }
}

/// The language itself: who speaks `de` reads `de-AT`.
fn language(tag: &str) -> Option<Skill> {
    let primary = tag.split('-').next()?;
    Skill::try_from(format!("language:{primary}")).ok()
}

impl Queue {
    /// The item that a conversation of this queue is on the floor.
    pub fn item(
        &self,
        id: ConversationId,
        facts: &Facts,
        times: &dyn Times,
        last: Option<AgentId>,
        since: Millis,
    ) -> Item {
        let language = facts.language.as_deref().and_then(language);
        let licence = Skill::Licence(facts.kind.as_str().to_owned());
        let mut needs = self.needs.clone();
        if let Some(language) = language.clone().filter(|_| self.language > 0) {
            needs.insert(language, self.language);
        }
        if self.licence > 0 {
            needs.insert(licence.clone(), self.licence);
        }
        let relaxation = |relax: &Relax| {
            let what = match relax.skill.as_deref() {
                None => Relaxed::Reserved,
                Some(word) => Relaxed::Level {
                    skill: match word {
                        "language" => language.clone()?,
                        "licence" => licence.clone(),
                        other => Skill::try_from(other.to_owned()).ok()?,
                    },
                    to: relax.to,
                },
            };
            Some(Relaxation {
                after: relax.after.0,
                what,
            })
        };
        let counts: Vec<&Points> = self
            .priority
            .iter()
            .filter(|points| points.when.holds(facts, times))
            .collect();
        let reason = |points: &Points| Reason {
            points: points.points,
            words: points.words.clone(),
        };
        Item {
            id,
            brand: facts.brand.as_str().into(),
            queue: self.name.clone(),
            needs,
            weight: self.weights.get(facts.kind.as_str()).copied().unwrap_or(1),
            reasons: counts.iter().filter(|p| p.after.0 == 0).map(|p| reason(p)).collect(),
            raises: counts
                .iter()
                .filter(|p| p.after.0 > 0)
                .map(|p| Raise {
                    after: p.after.0,
                    reason: reason(p),
                })
                .collect(),
            relaxations: self.relax.iter().filter_map(relaxation).collect(),
            since,
            last: last.map(|agent| Last {
                agent,
                keep: self.keep_for_last.0,
            }),
            terms: Terms {
                accept_within: self.accept_within.0,
                spare_for: self.spare_for.0,
                wrap_up: self.wrap_up.0,
                return_after: self.return_after.0,
            },
        }
    }

    fn check(&self, house: &House, here: &str, faults: &mut Faults) {
        self.when.check(house, &format!("{here}.when"), faults);
        if self.accept_within.0 == 0 {
            faults.add(
                format!("{here}.accept-within"),
                "nobody can accept an offer in no time",
                "write how long an offer stands: accept-within = \"30s\"",
            );
        }
        for (kind, weight) in &self.weights {
            if *weight == 0 {
                faults.add(
                    format!("{here}.weights.{kind}"),
                    "work that weighs nothing never fills anybody",
                    "write 1 or more",
                );
            }
        }
        for (n, points) in self.priority.iter().enumerate() {
            let at = format!("{here}.priority[{n}]");
            points.when.check(house, &format!("{at}.when"), faults);
            if points.words.trim().is_empty() {
                faults.add(
                    format!("{at}.words"),
                    "these points are shown without a reason",
                    "write what they are for",
                );
            }
        }
        for (n, relax) in self.relax.iter().enumerate() {
            let at = format!("{here}.relax[{n}]");
            if let Some(word) = &relax.skill
                && !["language", "licence"].contains(&word.as_str())
                && let Err(wrong) = Skill::try_from(word.clone())
            {
                faults.add(
                    format!("{at}.skill"),
                    format!("{:?} is no skill", wrong.0),
                    "write language, licence, or a skill such as product:billing",
                );
            }
            let licence = relax.skill.as_deref().is_some_and(|word| word.starts_with("licence"));
            if licence && relax.to == 0 {
                faults.add(
                    format!("{at}.to"),
                    "a licence is never given up, however long the wait",
                    "write to = 1, the least that still is a licence",
                );
            }
        }
    }
}
