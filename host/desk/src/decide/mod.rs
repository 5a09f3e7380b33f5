//! `decide`: what a command makes happen. Every rule of the desk is in this folder, and is decided here on the server
//! whatever the panel offers.

mod agent;
mod delivery;
mod ingest;
mod reply;

use crate::{Command, Conversation, Event, Refusal, Rules};
use jackfield_protocol::Millis;

/// The events that a command makes of a conversation; none where it changes nothing (it was done before, or is known).
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
    if let Command::Ingest { place, facts } = command {
        return ingest::ingest(state, place, facts);
    }
    let state = state.ok_or(Refusal::NoConversation)?;
    match command {
        Command::Ingest { place, facts } => ingest::ingest(Some(state), place, facts),
        Command::Agent { by, request } => agent::agent(state, by, request, rules, now),
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
