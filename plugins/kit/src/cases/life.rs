//! A line's ordinary life, and its death between two calls.

use super::{Bench, Verdict, shape};
use crate::line::{Line, text};
use jackfield_engine::{
    bindings::{Ability, Event},
    trace::{Matching, Replaying},
};
use std::collections::BTreeMap;

/// Messages in a case that needs several.
const SOME: usize = 7;

/// How often each of `ids` is among `events`.
pub(crate) fn told(events: &[Event], ids: &[String]) -> BTreeMap<String, usize> {
    ids.iter()
        .map(|id| (id.clone(), events.iter().filter(|event| event.remote_id == *id).count()))
        .collect()
}

/// All of them, once at least.
pub(crate) fn all_there(events: &[Event], ids: &[String]) -> Result<(), String> {
    let counted = told(events, ids);
    let lost: Vec<_> = counted
        .iter()
        .filter(|(_, times)| **times == 0)
        .map(|(id, _)| id.as_str())
        .collect();
    if lost.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{} of {} messages were never handed over: {}",
        lost.len(),
        ids.len(),
        lost.join(", ")
    ))
}

/// All of them, each once.
pub(crate) fn each_once(events: &[Event], ids: &[String]) -> Result<(), String> {
    all_there(events, ids)?;
    match told(events, ids).into_iter().find(|(_, times)| *times > 1) {
        Some((id, times)) => Err(format!("the message {id} was handed over {times} times")),
        None => Ok(()),
    }
}

pub(crate) async fn lifecycle(bench: &Bench<'_>) -> Verdict {
    let (town, mut line) = bench.town().await?;
    let sentence = line
        .check()
        .await
        .map_err(|error| format!("`check` fails against a network that is well: {error}"))?;
    if sentence.trim().is_empty() {
        return Err("`check` answers with an empty sentence; it names the account".into());
    }
    if shape::can(bench, &Ability::Poll).is_err() {
        return Ok(format!("check: {sentence}"));
    }
    line.drain(50).await?;
    let id = town.speak("ana", "the parcel has not come", None, None).await?;
    let events = line.drain(50).await?;
    each_once(&events, std::slice::from_ref(&id))?;
    if !events
        .iter()
        .any(|event| text(event).is_some_and(|text| text.contains("the parcel has not come")))
    {
        return Err("the message was handed over without its words".into());
    }
    line.kill().await;
    line.check()
        .await
        .map_err(|error| format!("`check` on a fresh instance: {error}"))?;
    let again = line.drain(50).await?;
    if told(&again, &[id]).values().any(|times| *times > 0) {
        return Err("a fresh instance hands over again what was stored, though it has the cursor".into());
    }
    Ok(format!("check: {sentence}"))
}

pub(crate) async fn max_events(bench: &Bench<'_>) -> Verdict {
    shape::can(bench, &Ability::Poll)?;
    let (town, mut line) = bench.town().await?;
    line.drain(50).await?;
    let ids = crowd(&town, SOME).await?;
    // One more than asked for is refused by the sandbox: the poll would fail.
    let events = line.drain(2).await?;
    each_once(&events, &ids)?;
    let mut narrow = bench.line(&town)?;
    let events = narrow.drain(1).await?;
    all_there(&events, &ids)?;
    Ok(format!("{SOME} messages in batches of 2, and of 1"))
}

/// Several people, each with something to say.
async fn crowd(town: &crate::town::Town, how_many: usize) -> Result<Vec<String>, String> {
    let mut ids = Vec::new();
    for number in 0..how_many {
        let words = format!("message number {number} of the crowd");
        ids.push(town.speak(&format!("guest{number}"), &words, None, None).await?);
    }
    Ok(ids)
}

pub(crate) async fn ceilings(bench: &Bench<'_>) -> Verdict {
    shape::can(bench, &Ability::Poll)?;
    let (town, mut line) = bench.town().await?;
    crowd(&town, 60).await?;
    line.drain(200).await?;
    let most = line.most;
    if most.log_dropped > 0 {
        return Err(format!(
            "{} log lines were dropped in one call: it may log 64 KiB",
            most.log_dropped
        )
        .into());
    }
    let limit = crate::line::limits().memory;
    if most.memory > limit / 2 {
        return Err(format!(
            "it used {} MiB of memory for 60 short messages and may have {} MiB; a busy day would end it",
            most.memory >> 20,
            limit >> 20
        )
        .into());
    }
    let stored: usize = line.kv.iter().map(|(key, value)| key.len() + value.len()).sum();
    Ok(format!(
        "60 messages: {} KiB of memory, {} host calls and {} requests in the largest call, cursor {} bytes, stored {} bytes",
        most.memory >> 10,
        most.host_calls,
        most.requests,
        line.cursor.as_ref().map_or(0, Vec::len),
        stored
    ))
}

/// A line with some life behind it.
async fn lived(bench: &Bench<'_>) -> Result<(crate::town::Town, Line), super::Not> {
    let (town, mut line) = bench.town().await?;
    line.check().await.map_err(|error| error.to_string())?;
    let polls = shape::can(bench, &Ability::Poll).is_ok();
    if polls {
        line.drain(50).await?;
    }
    let id = town.speak("ana", "the parcel has not come", None, None).await?;
    if polls {
        line.drain(50).await?;
        town.speak("ben", "mine neither", Some(&id), None).await?;
        line.drain(50).await?;
    }
    if shape::answers(bench).is_ok() {
        let draft = super::answers::draft(bench, &line, "we look into it", &id, "ana")?;
        line.publish(&draft)
            .await
            .map_err(|error| format!("`publish` fails: {error}"))?;
    }
    Ok((town, line))
}

pub(crate) async fn secret_leak(bench: &Bench<'_>) -> Verdict {
    let (town, line) = lived(bench).await?;
    let trace = line.trace().write();
    let stored: Vec<String> = line
        .kv
        .iter()
        .map(|(key, value)| format!("{key}={}", String::from_utf8_lossy(value)))
        .collect();
    let cursor = String::from_utf8_lossy(line.cursor.as_deref().unwrap_or_default()).into_owned();
    let logged = bench.stage.lines.all().join("\n");
    let token = &town.token;
    let backwards: String = token.chars().rev().collect();
    for (place, text) in [
        ("the trace", trace.as_str()),
        ("the stored values", &stored.join("\n")),
        ("the cursor", &cursor),
        ("the log", &logged),
    ] {
        for form in [token, &backwards] {
            if text.contains(form.as_str()) {
                return Err(format!("the secret is in {place}").into());
            }
        }
    }
    let uses = trace.matches("\"secret\":").count();
    if uses == 0 && bench.subject.manifest.secrets.iter().any(|secret| secret.required) {
        return Err("plugin.toml asks for a secret and no request used it: take it out of plugin.toml".into());
    }
    Ok(format!("{uses} requests named the secret; its value is nowhere"))
}

pub(crate) async fn determinism(bench: &Bench<'_>) -> Verdict {
    let (_town, line) = lived(bench).await?;
    let trace = line.trace();
    let how = Replaying {
        matching: Matching::Exact,
        fault: None,
        fresh: false,
    };
    let mut runs = Vec::new();
    for fresh in [false, true] {
        let replayed = Box::pin(bench.stage.counted.replay(&trace, Replaying { fresh, ..how })).await;
        let replayed = replayed.map_err(|error| error.to_string())?;
        if let Some(difference) = replayed.difference {
            return Err(format!("a replay is not what was recorded: {difference}").into());
        }
        runs.push(replayed.events);
    }
    if runs.first() != runs.last() {
        return Err("two replays of one trace are not the same".into());
    }
    Ok(format!("{} events, replayed twice to the byte", trace.events.len()))
}

pub(crate) async fn resume_after_kill(bench: &Bench<'_>) -> Verdict {
    shape::can(bench, &Ability::Poll)?;
    let (town, mut line) = bench.town().await?;
    line.drain(50).await?;
    let ids = crowd(&town, SOME).await?;
    let mut events = Vec::new();
    for _ in 0..100 {
        let polled = line
            .poll(2)
            .await
            .map_err(|error| format!("a poll of a fresh instance fails: {error}"))?;
        line.kill().await;
        events.extend(polled.events);
        if !polled.more {
            break;
        }
    }
    each_once(&events, &ids)?;
    Ok(format!("{SOME} messages over {} lives", SOME.div_ceil(2)))
}

pub(crate) async fn half_acknowledged(bench: &Bench<'_>) -> Verdict {
    shape::can(bench, &Ability::Poll)?;
    let (town, mut line) = bench.town().await?;
    line.drain(50).await?;
    let ids = crowd(&town, 3).await?;
    let lost = line.look(50).await.map_err(|error| format!("a poll fails: {error}"))?;
    line.kill().await;
    let again = line
        .look(50)
        .await
        .map_err(|error| format!("the same poll again fails: {error}"))?;
    let shape = |events: &[Event]| -> Vec<(String, u64, String)> {
        events
            .iter()
            .map(|event| (event.remote_id.clone(), event.revision, event.thread.clone()))
            .collect()
    };
    if shape(&lost.events) != shape(&again.events) {
        return Err(format!(
            "the same poll gave {:?} and then {:?}; what was not stored has to come again",
            shape(&lost.events),
            shape(&again.events)
        )
        .into());
    }
    let events = line.drain(50).await?;
    each_once(&events, &ids)?;
    Ok("the same batch came twice, then was stored once".to_owned())
}
