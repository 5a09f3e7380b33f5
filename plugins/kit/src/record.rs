//! Records a plugin at work against a server: check, polls, and where a text is given, an answer: published, published
//! again with the same key as a host does that lost the receipt, looked for, and another one looked for that was
//! never sent. That is what the kit needs to try a plugin for ever after without that server.

use crate::{Options, line::Line, stage::Stage, subject::Subject};
use jackfield_engine::{
    CallError, Clock as _, PublishError, SystemClock,
    bindings::{Ability, Draft, Event, Visibility},
    trace::Trace,
};
use std::time::Duration;

/// What is recorded, and against what.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Hosts that the plugin may talk to.
    pub grants: Vec<String>,
    /// The settings of the connection, as JSON.
    pub settings: String,
    /// Secrets, by name.
    pub secrets: Vec<(String, String)>,
    /// Polls at most, each until nothing more is waiting.
    pub polls: u32,
    /// Events of one poll at most.
    pub max_events: u32,
    /// Between two polls, so that somebody can write, edit or delete on the network.
    pub pause: Duration,
    /// What is published.
    pub publish: Option<Reply>,
}

/// What is published.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The words, as people will read them.
    pub text: String,
    /// The message that is answered; the newest one of somebody else that was found where none is named.
    pub parent: Option<String>,
    /// Who may read it.
    pub visibility: Visibility,
}

/// What was recorded, and what happened, a line each.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The trace. It holds no secret.
    pub trace: Trace,
    /// What happened.
    pub lines: Vec<String>,
    /// A call that failed; it is in the trace.
    pub failed: Option<String>,
}

/// Records.
pub async fn record(subject: &Subject, options: &Options, plan: &Plan) -> Result<Recorded, String> {
    for need in subject.manifest.secrets.iter().filter(|need| need.required) {
        if !plan.secrets.iter().any(|(name, _)| *name == need.name) {
            return Err(format!(
                "the secret `{}` is missing ({}); add --secret {}=file:PATH",
                need.name, need.meaning, need.name
            ));
        }
    }
    let stage = Stage::channel(subject, options)?;
    let mut line = Line::granted(&stage.plugin, plan.settings.clone(), &plan.grants, &plan.secrets)?;
    let mut lines = Vec::new();
    let failed = Box::pin(calls(
        &mut line,
        stage.plugin.description().can.as_slice(),
        plan,
        &mut lines,
    ))
    .await
    .err();
    let trace = line.trace();
    // The recorder scrubs; this looks once more at what is about to be kept in a repository.
    let text = trace.write();
    if let Some((name, _)) = plan.secrets.iter().find(|(_, value)| text.contains(value.trim())) {
        return Err(format!(
            "the secret `{name}` would be in the trace; nothing was written. This is a fault of the kit: please report it"
        ));
    }
    Ok(Recorded { trace, lines, failed })
}

async fn calls(line: &mut Line, can: &[Ability], plan: &Plan, lines: &mut Vec<String>) -> Result<(), String> {
    let sentence = line.check().await.map_err(|error| said("check", &error))?;
    lines.push(format!("check: {sentence}"));
    let polls = can.contains(&Ability::Poll);
    let mut found = Vec::new();
    if polls {
        for round in 0..plan.polls {
            if round > 0 {
                tokio::time::sleep(plan.pause).await;
            }
            found.extend(poll(line, plan.max_events, lines).await?);
        }
    }
    let Some(reply) = &plan.publish else { return Ok(()) };
    let answered = match &reply.parent {
        None => found.iter().rfind(|event| !event.ours && !event.context),
        Some(id) => found.iter().rfind(|event| event.remote_id == *id),
    };
    let draft = Draft {
        key: key(),
        thread: answered.map(|event| event.thread.clone()),
        parent: reply
            .parent
            .clone()
            .or_else(|| answered.map(|event| event.remote_id.clone())),
        visibility: reply.visibility.clone(),
        text: reply.text.clone(),
        language: None,
        asked_at: SystemClock.now_ms(),
        attachments: Vec::new(),
    };
    let publishing = |error: PublishError| format!("publish failed: {error}");
    let before = line.kv.clone();
    let receipt = line.publish(&draft).await.map_err(publishing)?;
    lines.push(format!("publish: {}", receipt.remote_id));
    line.kv.clone_from(&before);
    let again = line.publish(&draft).await.map_err(publishing)?;
    lines.push(format!("publish, the same key again: {}", again.remote_id));
    line.kv = before;
    let there = line
        .reconcile(&draft)
        .await
        .map_err(|error| said("reconcile", &error))?;
    lines.push(format!(
        "reconcile: {}",
        there.map_or_else(|| "not there".to_owned(), |receipt| receipt.remote_id)
    ));
    let never = Draft {
        key: key(),
        text: format!("{} (never sent)", reply.text),
        ..draft
    };
    let there = line
        .reconcile(&never)
        .await
        .map_err(|error| said("reconcile", &error))?;
    lines.push(format!(
        "reconcile, of what was never sent: {}",
        there.map_or_else(|| "not there".to_owned(), |receipt| receipt.remote_id)
    ));
    if polls {
        tokio::time::sleep(plan.pause).await;
        poll(line, plan.max_events, lines).await?;
    }
    Ok(())
}

async fn poll(line: &mut Line, max_events: u32, lines: &mut Vec<String>) -> Result<Vec<Event>, String> {
    let mut events = Vec::new();
    loop {
        let polled = line.poll(max_events).await.map_err(|error| said("poll", &error))?;
        lines.push(format!(
            "poll: {} events{}",
            polled.events.len(),
            if polled.more { ", more is waiting" } else { "" }
        ));
        events.extend(polled.events);
        if !polled.more {
            return Ok(events);
        }
    }
}

fn said(function: &str, error: &CallError) -> String {
    format!("{function} failed: {error}")
}

/// A key as a host makes one: different for each recording, so that a real network takes it.
fn key() -> String {
    let now = SystemClock.now_ms();
    let mut hash = std::hash::DefaultHasher::new();
    std::hash::Hash::hash(&(now, std::process::id(), std::time::Instant::now()), &mut hash);
    let drawn = std::hash::Hasher::finish(&hash);
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        (now >> 16) & 0xffff_ffff,
        now & 0xffff,
        (drawn >> 52) & 0xfff,
        (drawn >> 40) & 0xfff,
        drawn & 0xff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_and_another_one_is_another() {
        let (one, other) = (key(), key());
        assert_eq!(one.len(), 36, "{one}");
        assert_ne!(one, other);
    }
}
