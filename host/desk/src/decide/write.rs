//! Writing to the person under a policy: judged as it is asked for, read by as many as its risk demands, and only then
//! in the outbox.

use super::agent::is_free;
use super::reply::{check_parent, check_text, check_window, take_up};
use crate::approval::{self, Asking};
use crate::authority::{Duty, Writer};
use crate::gate::{PassRecord, Thread};
use crate::passage::{Judgement, Letter, Meant, judge};
use crate::{Conversation, Event, Refusal, Reply, Rules, publish_key, view};
use jackfield_protocol::{AgentId, CommandId, Millis, RemoteId, Visibility};

/// A reply that somebody wants to send.
#[derive(Debug, Clone, PartialEq)]
pub struct Writing {
    /// Who.
    pub by: Writer,
    /// The command; the reply's own id.
    pub id: CommandId,
    /// The text as they wrote it, unsigned.
    pub text: String,
    /// Who will be able to read it.
    pub visibility: Visibility,
    /// What it answers; the newest message of the person where none.
    pub parent: Option<RemoteId>,
    /// Findings that they say are meant.
    pub meant: Vec<Meant>,
    /// The version of the conversation that was before them; none where the client does not say.
    pub seen: Option<u64>,
    /// What else they have open.
    pub elsewhere: Vec<Thread>,
}

pub(super) fn write(
    state: &Conversation,
    asked: Writing,
    rules: &Rules<'_>,
    now: Millis,
) -> Result<Vec<Event>, Refusal> {
    is_free(state, &asked.by.agent)?;
    super::duty(state, &asked.by, Duty::Reply, rules, now)?;
    if let Some(reason) = &rules.line.closed {
        return Err(Refusal::LineClosed(reason.clone()));
    }
    let parent = match &asked.parent {
        Some(parent) => parent.clone(),
        None => state.default_parent().cloned().ok_or(Refusal::NothingToAnswer)?,
    };
    check_parent(state, &parent, &asked.visibility, rules.line)?;
    check_window(state, rules.line, now)?;
    has_seen(state, asked.seen)?;
    let judged = judged(state, &asked, &parent, rules, now)?;
    let key = publish_key(&state.id(), &asked.id);
    let mut events = take_up(state, &asked.by.agent, &asked.id)?;
    let Writing { by, id, visibility, .. } = asked;
    let text = judged.text.clone();
    if rules.policies.is_none() || judged.risk.readers == 0 {
        events.push(Event::ReplyAsked {
            command: id,
            by: by.agent,
            text,
            visibility,
            parent: Some(parent),
            key,
            pass: (!rules.policies.is_none()).then(|| Box::new(judged.pass())),
        });
        return Ok(events);
    }
    let asking = asking(state, &by.agent, &judged, rules, now);
    events.push(Event::ReplyHeld {
        command: id.clone(),
        by: by.agent,
        text,
        visibility,
        parent: Some(parent),
        key,
        pass: Box::new(judged.pass()),
    });
    let made = approval::decide(None, approval::Command::Ask(asking), now).map_err(Refusal::Approval)?;
    events.extend(made.into_iter().map(|what| Event::ReplyRead {
        command: None,
        by: None,
        reply: id.clone(),
        what,
        pass: None,
    }));
    Ok(events)
}

/// The judgement, where nothing in it stands in the way.
pub(super) fn judged(
    state: &Conversation,
    asked: &Writing,
    parent: &RemoteId,
    rules: &Rules<'_>,
    now: Millis,
) -> Result<Judgement, Refusal> {
    let letter = Letter {
        by: &asked.by,
        text: &asked.text,
        visibility: &asked.visibility,
        parent: Some(parent),
        meant: &asked.meant,
        elsewhere: &asked.elsewhere,
    };
    let judged = judge(state, letter, rules, now);
    // What is empty without its signature is empty.
    check_text(&asked.text, &view::prefix(state, Some(parent), rules.line), rules.line)?;
    check_text(&judged.text, "", rules.line)?;
    if judged.is_clear() {
        Ok(judged)
    } else {
        Err(Refusal::Findings(Box::new(judged)))
    }
}

/// What the person said after what somebody saw.
pub(super) fn has_seen(state: &Conversation, seen: Option<u64>) -> Result<(), Refusal> {
    match seen {
        Some(version) if version > state.version => Err(Refusal::VersionUnknown {
            version,
            known: state.version,
        }),
        Some(version) if version < state.heard => Err(Refusal::ThreadMoved { seen: version }),
        _ => Ok(()),
    }
}

/// What is asked of readers.
pub(super) fn asking(state: &Conversation, by: &AgentId, judged: &Judgement, rules: &Rules<'_>, now: Millis) -> Asking {
    let applied = &rules.policies.current;
    let voice = applied.gates.get(state.place.brand.as_str()).map(|gate| gate.voice());
    let waits = voice.map_or(DAY, |voice| voice.expires.0);
    Asking {
        by: by.clone(),
        text: judged.text.clone(),
        readers: judged.risk.readers,
        policy: judged.policy.clone(),
        thread: state.heard,
        expires_at: now.saturating_add(waits),
    }
}

/// How long a reply waits for a reader where its brand has no voice that says so.
const DAY: Millis = 8 * 3_600_000;

/// What goes out when its readers have read it: the same checks of the line, the pass with their names.
pub(super) fn publish(
    state: &Conversation,
    id: &CommandId,
    reply: &Reply,
    approval: &approval::Approval,
    pass: Option<&PassRecord>,
    (rules, now): (&Rules<'_>, Millis),
) -> Result<Event, Refusal> {
    if let Some(reason) = &rules.line.closed {
        return Err(Refusal::LineClosed(reason.clone()));
    }
    if let Some(parent) = &reply.parent {
        check_parent(state, parent, &reply.visibility, rules.line)?;
    }
    check_window(state, rules.line, now)?;
    check_text(&approval.text, "", rules.line)?;
    let pass = pass.or(reply.pass.as_deref()).cloned().map(|mut pass| {
        pass.read_by = approval.approved.iter().map(|one| (one.by.clone(), one.at)).collect();
        Box::new(pass)
    });
    Ok(Event::ReplyAsked {
        command: id.clone(),
        by: reply.by.clone(),
        text: approval.text.clone(),
        visibility: reply.visibility.clone(),
        parent: reply.parent.clone(),
        key: reply.key.clone(),
        pass,
    })
}
