//! What the desk says of a reply, as people and panels read it.

use jackfield_desk::approval::{self, Stands, difference};
use jackfield_desk::authority::{Duty, Writer, on_duty};
use jackfield_desk::condition::{Around, Facts};
use jackfield_desk::gate::{Finding, PassRecord, Risk, Rule, Severity};
use jackfield_desk::passage::{Judgement, Meant, Needs};
use jackfield_desk::policy::Policies;
use jackfield_desk::{Conversation, Reply};
use jackfield_protocol::{
    CommandId, ConversationId, FindingView, JudgementView, MeantRequest, Millis, OverrideView, PieceView, ReaderView,
    ReplyStanding, RiskView, SuggestionView,
};
use serde::Serialize;

/// The word of something in the desk's own vocabulary.
fn word(of: &impl Serialize) -> String {
    let value = serde_json::to_value(of).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn finding(finding: &Finding, needs: &'static str, text: &str) -> FindingView {
    let (start, end) = finding.span;
    FindingView {
        span: finding.span,
        rule: word(&finding.rule),
        words: text.chars().skip(start).take(end.saturating_sub(start)).collect(),
        reason: finding.reason.clone(),
        severity: word(&finding.severity),
        needs: needs.to_owned(),
        suggestion: finding.suggestion.clone(),
    }
}

fn risk(risk: &Risk) -> RiskView {
    RiskView {
        points: risk.points.clone(),
        total: risk.total(),
        readers: risk.readers,
    }
}

/// A judgement. Findings are about the text as its author sees it, which the signed one begins with.
pub(super) fn view(judged: &Judgement) -> JudgementView {
    let needs = |needs: Needs| match needs {
        Needs::Nothing => "nothing",
        Needs::Word => "word",
        Needs::Override => "override",
        Needs::Change => "change",
    };
    JudgementView {
        policy: judged.policy.clone(),
        text: judged.text.clone(),
        signature: judged.signature.clone(),
        findings: judged
            .findings
            .iter()
            .map(|(one, asks)| finding(one, needs(*asks), &judged.text))
            .collect(),
        risk: risk(&judged.risk),
        clear: judged.is_clear(),
    }
}

/// What somebody says is meant; the name of a rule that there is not is the error.
pub(super) fn meant(asked: &[MeantRequest]) -> Result<Vec<Meant>, String> {
    let one = |meant: &MeantRequest| {
        let rule = Rule::ALL.into_iter().find(|rule| word(rule) == meant.rule);
        Ok(Meant {
            rule: rule.ok_or_else(|| meant.rule.chars().take(64).collect::<String>())?,
            words: meant.words.clone(),
            why: meant.why.clone(),
        })
    };
    asked.iter().map(one).collect()
}

/// Where a reply stands, for somebody who asks.
pub(super) fn standing(
    state: &Conversation,
    (conversation, id, reply): (&ConversationId, &CommandId, &Reply),
    asker: &Writer,
    policies: &Policies,
    now: Millis,
) -> ReplyStanding {
    let approval = reply.approval.as_deref();
    let none = PassRecord {
        policy: String::new(),
        findings: Vec::new(),
        overrides: Vec::new(),
        risk: Risk::default(),
        read_by: Vec::new(),
        signature: String::new(),
    };
    let pass = reply.pass.as_deref().unwrap_or(&none);
    let said = |one: &Finding| {
        let over = pass.overrides.iter().any(|over| over.rule == one.rule);
        let meant = over || one.severity == Severity::Note;
        finding(one, if meant { "nothing" } else { "word" }, &reply.text)
    };
    ReplyStanding {
        conversation: conversation.clone(),
        reply: id.clone(),
        by: reply.by.clone(),
        text: reply.text.clone(),
        visibility: reply.visibility.clone(),
        asked_at: reply.asked_at,
        stands: approval.map_or("free", |approval| stands(&approval.stands)).to_owned(),
        words: approval.map_or_else(|| "Nobody has to read it.".to_owned(), approval::Approval::words),
        edition: approval.map_or(0, |approval| approval.edition),
        readers: approval.map_or(0, |approval| approval.readers),
        approved: approval
            .iter()
            .flat_map(|approval| &approval.approved)
            .map(|one| ReaderView {
                by: one.by.clone(),
                at: one.at,
            })
            .collect(),
        suggested: approval
            .iter()
            .flat_map(|approval| &approval.suggested)
            .map(|one| SuggestionView {
                by: one.by.clone(),
                text: one.text.clone(),
                why: one.why.clone(),
                difference: pieces(&reply.text, &one.text),
            })
            .collect(),
        difference: reply
            .first
            .as_ref()
            .map_or_else(Vec::new, |first| pieces(first, &reply.text)),
        expires_at: approval.map(|approval| approval.expires_at),
        policy: pass.policy.clone(),
        signature: pass.signature.clone(),
        findings: pass.findings.iter().map(said).collect(),
        overrides: pass
            .overrides
            .iter()
            .map(|over| OverrideView {
                rule: word(&over.rule),
                words: over.words.clone(),
                by: over.by.clone(),
                why: over.why.clone(),
            })
            .collect(),
        risk: risk(&pass.risk),
        may: may(state, reply, asker, policies, now),
    }
}

/// A difference, word by word.
fn pieces(from: &str, to: &str) -> Vec<PieceView> {
    let piece = |piece: approval::Piece| PieceView {
        change: word(&piece.change),
        text: piece.text,
    };
    difference(from, to).into_iter().map(piece).collect()
}

fn stands(stands: &Stands) -> &'static str {
    match stands {
        Stands::Waiting => "waiting",
        Stands::Ready => "ready",
        Stands::Rejected { .. } => "rejected",
        Stands::Withdrawn => "withdrawn",
        Stands::Expired => "expired",
        Stands::Published => "published",
    }
}

/// What somebody may do with a reply that waits. The desk asks again when they do it.
fn may(state: &Conversation, reply: &Reply, asker: &Writer, policies: &Policies, now: Millis) -> Vec<String> {
    let waits = reply.is_held()
        && reply
            .approval
            .as_ref()
            .is_some_and(|approval| now < approval.expires_at);
    if !waits {
        return Vec::new();
    }
    let mine = reply.by == asker.agent;
    let duty = if mine { Duty::Reply } else { Duty::Approve };
    if !has(state, asker, policies, duty, now) {
        return Vec::new();
    }
    let all: &[&str] = if mine {
        &["supersede", "withdraw"]
    } else {
        &["approve", "suggest", "return"]
    };
    all.iter().map(|one| (*one).to_owned()).collect()
}

/// Whether somebody has a duty in a conversation.
pub(super) fn has(state: &Conversation, who: &Writer, policies: &Policies, duty: Duty, now: Millis) -> bool {
    let applied = &policies.current;
    let facts = Facts::of(state, &Around::of(state), now);
    let brand = state.place.brand.as_str();
    let about = Some((&facts, &applied.calendars as &dyn jackfield_desk::condition::Times));
    on_duty(&applied.house.authority, &who.who(&applied.house), duty, brand, about).is_ok()
}
