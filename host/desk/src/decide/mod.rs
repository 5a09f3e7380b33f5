//! `decide`: what a command makes happen. Every rule of the desk is in this folder, and is decided here on the server
//! whatever the panel offers.

mod agent;
mod delivery;
mod follow;
mod ingest;
mod read;
mod reply;
mod write;

pub(crate) use agent::{is_command_id, is_free};
pub use read::{ReadAct, Reading};
pub use write::Writing;

use crate::authority::{Duty, Writer, on_duty};
use crate::automation::On;
use crate::condition::{Around, Facts};
use crate::{Command, Conversation, Event, Refusal, Rules};
use jackfield_protocol::{Command as Wish, Millis};

/// The events that a command makes of a conversation, and what rules make of them; none where it changes nothing (it was
/// done before, or is known).
///
/// `state` is none for a conversation that does not exist yet; only [`Command::Ingest`] begins one.
///
/// # Errors
/// The [`Refusal`] says why nothing is to happen.
pub fn decide(
    state: Option<&Conversation>,
    command: Command,
    rules: &Rules<'_>,
    now: Millis,
) -> Result<Vec<Event>, Refusal> {
    let timed = matches!(command, Command::TimePassed);
    let events = one(state, command, rules, now)?;
    let events = follow::follow(state, events, timed, rules, now);
    // Last, so that the stage, the queue and the clocks are those after all that rules did.
    crate::work::carry(state, events, rules, now)
}

fn one(state: Option<&Conversation>, command: Command, rules: &Rules<'_>, now: Millis) -> Result<Vec<Event>, Refusal> {
    if let Command::Ingest { place, facts } = command {
        return ingest::ingest(state, place, facts, now);
    }
    let state = state.ok_or(Refusal::NoConversation)?;
    match command {
        Command::Ingest { place, facts } => ingest::ingest(Some(state), place, facts, now),
        Command::Agent { by, request } => agent::agent(state, Writer::bare(by), request, rules, now),
        Command::As { by, request } => agent::agent(state, by, request, rules, now),
        Command::Write(writing) => {
            let wish = Wish::Reply {
                text: writing.text.clone(),
                visibility: writing.visibility.clone(),
                parent: writing.parent.clone(),
            };
            if agent::again(state, &writing.by.agent, &writing.id, &wish)? {
                return Ok(Vec::new());
            }
            write::write(state, *writing, rules, now)
        }
        Command::Read(reading) => read::read(state, *reading, rules, now),
        Command::TimePassed => Ok(read::expired(state, now)),
        Command::Work { by, request } => {
            duty(state, &by, Duty::Work, rules, now)?;
            crate::work::act(state, by.agent, request, rules, now)
        }
        Command::Offer { agent, until, because } => crate::work::offer(state, agent, until, because, now),
        Command::Lapsed {
            agent,
            vanished,
            because,
        } => crate::work::lapsed(state, &agent, vanished, because, now),
        Command::Judge { remote_id, verdict } => ingest::judge(state, remote_id, verdict),
        Command::Sending { reply } => delivery::sending(state, reply),
        Command::Sent {
            reply,
            remote_id,
            url,
            at,
        } => delivery::sent(state, reply, remote_id, url, at),
        Command::Waits {
            reply,
            reason,
            not_before,
        } => delivery::waits(state, reply, reason, not_before),
        Command::PublishAgain { reply } => delivery::publish_again(state, reply, now),
        Command::Failed { reply, reason, cause } => delivery::failed(state, reply, reason, cause),
        Command::Unknown { reply, reason } => delivery::unknown(state, reply, reason),
    }
}

/// Whether it is theirs to do.
fn duty(state: &Conversation, who: &Writer, duty: Duty, rules: &Rules<'_>, now: Millis) -> Result<(), Refusal> {
    let applied = &rules.policies.current;
    let authority = &applied.house.authority;
    if authority.duties.is_empty() {
        return Ok(());
    }
    let (brand, who) = (state.place.brand.as_str(), who.who(&applied.house));
    // Most houses say nothing of when: then nothing is read out of the conversation.
    if authority.duties.iter().all(|post| post.when.is_always()) {
        return on_duty(authority, &who, duty, brand, None).map_err(Refusal::NotYours);
    }
    let facts = Facts::of(state, &Around::of(state), now);
    let about = Some((&facts, &applied.calendars as &dyn crate::condition::Times));
    on_duty(authority, &who, duty, brand, about).map_err(Refusal::NotYours)
}

/// When [`Command::TimePassed`] is due, if nothing happens before; none where nothing waits for a time.
pub fn alarm_at(state: &Conversation, rules: &Rules<'_>, now: Millis) -> Option<Millis> {
    let applied = &rules.policies.current;
    let held = state.replies.values().filter(|reply| reply.is_held());
    let expires = held.filter_map(|reply| reply.approval.as_ref().map(|approval| approval.expires_at));
    let rules = || {
        if !applied.rules.looks_at(On::TimePassed) || !state.is_listed() {
            return None;
        }
        let facts = Facts::of(state, &Around::of(state), now);
        applied.rules.wake_at(&state.holding, &facts, &applied.calendars)
    };
    let work = crate::work::wake_at(state);
    expires.min().into_iter().chain(rules()).chain(work).min()
}
