//! One judgement of one text.

use crate::authority::{Duty, Writer, may_write, on_duty};
use crate::condition::{Around, Facts};
use crate::gate::{Context, Draft, Finding, Override, PassRecord, Risk, Severity, Thread, risk, sign, signature};
use crate::gate::{Rule, signing_adds};
use crate::{Conversation, Rules, view};
use jackfield_protocol::{Millis, RemoteId, Visibility};
use std::collections::BTreeSet;

/// A finding that somebody says is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    /// Which rule.
    pub rule: Rule,
    /// The words that were found.
    pub words: String,
    /// Why; demanded of what blocks.
    pub why: String,
}

/// What is to be judged.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// Who writes.
    pub by: &'a Writer,
    /// The text as they see it.
    pub text: &'a str,
    /// Who will be able to read it.
    pub visibility: &'a Visibility,
    /// What it answers.
    pub parent: Option<&'a RemoteId>,
    /// Findings that they say are meant.
    pub meant: &'a [Meant],
    /// What else they have open.
    pub elsewhere: &'a [Thread],
}

/// What a finding asks of its author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// Nothing: it is shown, or was said to be meant.
    Nothing,
    /// That they say that it is meant.
    Word,
    /// That somebody who may overrides it and says why.
    Override,
    /// Another text: what is not allowed to them is not overridden.
    Change,
}

/// What was found, and what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The version of the policy.
    pub policy: String,
    /// The text as it would go out, signed.
    pub text: String,
    /// What signing put at its end.
    pub signature: String,
    /// What was found, with what each still asks.
    pub findings: Vec<(Finding, Needs)>,
    /// What its author said was meant, and was found.
    pub overrides: Vec<Override>,
    /// What was weighed.
    pub risk: Risk,
}

impl Judgement {
    /// Nothing stands in the way but readers.
    pub fn is_clear(&self) -> bool {
        self.findings.iter().all(|(_, needs)| *needs == Needs::Nothing)
    }

    /// The worst thing that is still asked.
    pub fn needs(&self) -> Needs {
        self.findings
            .iter()
            .map(|(_, needs)| *needs)
            .max()
            .unwrap_or(Needs::Nothing)
    }

    /// What the reply carries.
    pub fn pass(&self) -> PassRecord {
        PassRecord {
            policy: self.policy.clone(),
            findings: self.findings.iter().map(|(finding, _)| finding.clone()).collect(),
            overrides: self.overrides.clone(),
            risk: self.risk.clone(),
            read_by: Vec::new(),
            signature: self.signature.clone(),
        }
    }
}

/// The words under a finding.
pub(crate) fn words(text: &str, (start, end): (usize, usize)) -> String {
    text.chars().skip(start).take(end.saturating_sub(start)).collect()
}

/// Judges a text in a conversation as it is now. Without any policy nothing is found.
pub fn judge(state: &Conversation, letter: Letter<'_>, rules: &Rules<'_>, now: Millis) -> Judgement {
    let applied = &rules.policies.current;
    let (house, gates) = (&applied.house, &applied.gates);
    let brand = state.place.brand.as_str();
    let Letter {
        by, text, visibility, ..
    } = letter;
    let parent = letter.parent.or_else(|| state.default_parent());
    // All that waits is answered, whichever message the author picked as the parent: a harmless one takes no reader away.
    let around = Around {
        besides: parent.cloned(),
        ..Around::of(state)
    };
    let facts = Facts::of(state, &around, now);
    let times = &applied.calendars;
    let who = by.who(house);
    let gate = gates.get(brand);
    let style = gate.map(|gate| gate.voice().sign.clone()).unwrap_or_default();
    let (name, network) = (by.signs(house), state.place.network.as_str());

    let mut findings = gate.map_or_else(Vec::new, |gate| {
        let draft = Draft {
            text: text.to_owned(),
            visibility: visibility.clone(),
            counting: rules.line.counting,
            max_length: rules.line.max_length,
            prefix: view::prefix(state, parent, rules.line),
            signature: signing_adds(text, &name, &style, network, rules.line.counting),
        };
        let context = Context {
            here: Thread::of(state, parent),
            elsewhere: letter.elsewhere.to_vec(),
            other_brands: gates.others(brand),
            agent: name.clone(),
            language: None,
        };
        gate.check(&draft, &context)
    });
    let acts = gates.acts(brand).map(|gate| gate.acts(text)).unwrap_or_default();
    let mut second = false;
    let mut denied: BTreeSet<usize> = BTreeSet::new();
    if !house.authority.may.is_empty() {
        match may_write(&house.authority, &who, &acts, &facts, times) {
            Ok(leave) => second = leave,
            Err(all) => {
                for (found, why) in all {
                    let rule = found.act.rule();
                    let known = findings.iter().position(|f| f.span == found.span && f.rule == rule);
                    let at = known.unwrap_or(findings.len());
                    if known.is_none() {
                        findings.push(Finding {
                            span: found.span,
                            rule,
                            reason: String::new(),
                            severity: Severity::Block,
                            suggestion: None,
                        });
                    }
                    if let Some(finding) = findings.get_mut(at) {
                        finding.severity = Severity::Block;
                        finding.reason = why.to_string();
                    }
                    denied.insert(at);
                }
            }
        }
    }
    let may_override = on_duty(&house.authority, &who, Duty::Override, brand, Some((&facts, times))).is_ok();
    let mut overrides: Vec<Override> = Vec::new();
    let judged = findings.iter().enumerate().map(|(at, finding)| {
        let found = words(text, finding.span);
        let meant = letter
            .meant
            .iter()
            .find(|one| one.rule == finding.rule && one.words == found);
        let needs = match (finding.severity, meant) {
            _ if denied.contains(&at) => Needs::Change,
            (Severity::Note, _) => Needs::Nothing,
            (Severity::Ask, Some(_)) => Needs::Nothing,
            (Severity::Ask, None) => Needs::Word,
            (Severity::Block, Some(one)) if may_override && !one.why.trim().is_empty() => Needs::Nothing,
            (Severity::Block, _) if may_override => Needs::Override,
            (Severity::Block, _) => Needs::Change,
        };
        if let (Some(one), Needs::Nothing, true) = (meant, needs, finding.severity > Severity::Note) {
            overrides.push(Override {
                rule: one.rule,
                words: one.words.clone(),
                by: by.agent.clone(),
                why: one.why.trim().to_owned(),
            });
        }
        (finding.clone(), needs)
    });
    let judged: Vec<(Finding, Needs)> = judged.collect();
    overrides.dedup();
    let mut risk = gate.map_or_else(Risk::default, |gate| {
        let licence = by.licence(house, facts.kind);
        risk(
            &gate.voice().risk,
            visibility,
            licence,
            &findings,
            &acts,
            (&facts, times),
        )
    });
    if second && risk.readers == 0 {
        risk.readers = 1;
        risk.points
            .push(("A second person has to read what it does".to_owned(), 0));
    }
    Judgement {
        policy: applied.version.clone(),
        text: if gate.is_some() {
            sign(text, &name, &style, network)
        } else {
            text.to_owned()
        },
        signature: signature(&name, &style, network),
        findings: judged,
        overrides,
        risk,
    }
}
