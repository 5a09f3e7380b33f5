//! Answers arrive once, and nobody says so who does not know it.

use super::{Bench, Not, Verdict, shape};
use crate::line::{Line, Spoil};
use crate::town::Town;
use jackfield_engine::{
    CallError, Clock as _, PublishError, SystemClock,
    bindings::{Ability, Draft, Visibility},
    trace::Fault,
};
use std::sync::atomic::{AtomicU32, Ordering};

/// Somebody has written to us, and the line knows of it where it can poll: a host answers nothing else.
async fn asked(bench: &Bench<'_>) -> Result<(Town, Line, String), Not> {
    let (town, mut line) = bench.town().await?;
    let polls = shape::can(bench, &Ability::Poll).is_ok();
    if polls {
        line.drain(50).await?;
    }
    let id = town.speak("ana", "the parcel has not come", None, None).await?;
    if polls {
        line.drain(50).await?;
    }
    Ok((town, line, id))
}

/// An answer to `parent`, as the host makes one: in the thread that the plugin named. A plugin that hands over nothing
/// by polling has named none here; the parent's id stands for it.
pub(crate) fn draft(bench: &Bench<'_>, line: &Line, words: &str, parent: &str, handle: &str) -> Result<Draft, Not> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let standin = bench.subject.conform.standin.as_ref();
    let shape = standin.map_or("{text}", |standin| standin.reply.as_str());
    let visibility = match standin.map(|standin| standin.visibility.as_str()) {
        Some("unlisted") => Visibility::Unlisted,
        Some("followers") => Visibility::Followers,
        Some("direct") => Visibility::Direct,
        _ => Visibility::Public,
    };
    let thread = match line.thread(parent) {
        Some(thread) => thread.to_owned(),
        None if shape::can(bench, &Ability::Poll).is_ok() => {
            return Err(format!("the message {parent} never came, so there is no thread to answer it in").into());
        }
        None => parent.to_owned(),
    };
    Ok(Draft {
        key: format!("00000000-0000-4000-8000-{number:012}"),
        thread: Some(thread),
        parent: Some(parent.to_owned()),
        visibility,
        text: shape.replace("{text}", words).replace("{handle}", handle),
        language: Some("en".to_owned()),
        asked_at: SystemClock.now_ms(),
        attachments: Vec::new(),
    })
}

pub(crate) async fn once(bench: &Bench<'_>) -> Verdict {
    shape::answers(bench)?;
    let (town, mut line, id) = asked(bench).await?;
    let words = "we look into it at once";
    let draft = draft(bench, &line, words, &id, "ana")?;
    // The host died before it stored the receipt: the second try knows nothing of the first.
    let before = line.kv.clone();
    let first = line
        .publish(&draft)
        .await
        .map_err(|error| format!("`publish` fails: {error}"))?;
    line.kv = before;
    line.kill().await;
    let second = line
        .publish(&draft)
        .await
        .map_err(|error| format!("the same key again: {error}"))?;
    let there = town.count(words).await?;
    if there != 1 {
        return Err(format!("one key made {there} messages").into());
    }
    if first.remote_id != second.remote_id {
        return Err(format!("one key gave the receipts {} and {}", first.remote_id, second.remote_id).into());
    }
    Ok(format!("one message, {}", first.remote_id))
}

pub(crate) async fn doubt(bench: &Bench<'_>) -> Verdict {
    shape::answers(bench)?;
    // The network has it and the answer is lost; the network refused it and has not; in both the plugin cannot know.
    for (fault, arrived) in [
        (Fault::SlowBody, true),
        (Fault::CutBody, true),
        (Fault::ServerError, false),
    ] {
        let (town, mut line, id) = asked(bench).await?;
        let words = "we look into it without doubt";
        let draft = draft(bench, &line, words, &id, "ana")?;
        line.ear.spoil(Some(Spoil::Change(fault)));
        let said = line.publish(&draft).await;
        let met = line.ear.met();
        line.ear.spoil(None);
        if !met {
            return Err(format!("{fault}: `publish` changes nothing on the network; it said {said:?}").into());
        }
        match said {
            Err(PublishError::Call(CallError::Later { .. })) => {}
            other => {
                return Err(
                    format!("{fault}: `publish` said {other:?}, where nobody can know; `later` is right").into(),
                );
            }
        }
        let found = line
            .reconcile(&draft)
            .await
            .map_err(|error| format!("{fault}: `reconcile` fails: {error}"))?;
        if found.is_some() != arrived {
            let truth = if arrived { "has it" } else { "does not have it" };
            return Err(format!("{fault}: the network {truth}, and `reconcile` says {found:?}").into());
        }
        if !arrived {
            line.publish(&draft)
                .await
                .map_err(|error| format!("{fault}: the second try: {error}"))?;
        }
        let there = town.count(words).await?;
        if there != 1 {
            return Err(format!("{fault}: in the end the network has {there} messages").into());
        }
    }
    Ok("answer lost, answer cut, refused with 503: one message each in the end".to_owned())
}

pub(crate) async fn honest(bench: &Bench<'_>) -> Verdict {
    shape::answers(bench)?;
    let (town, mut line, id) = asked(bench).await?;
    let never = draft(bench, &line, "these words were never sent", &id, "ana")?;
    let found = line
        .reconcile(&never)
        .await
        .map_err(|error| format!("`reconcile` fails: {error}"))?;
    if let Some(receipt) = found {
        return Err(format!("it found {} for a draft that was never sent", receipt.remote_id).into());
    }
    if town.count("these words were never sent").await? != 0 {
        return Err("`reconcile` made a message".into());
    }
    let sent = draft(bench, &line, "these words were sent", &id, "ana")?;
    let receipt = line
        .publish(&sent)
        .await
        .map_err(|error| format!("`publish` fails: {error}"))?;
    line.kv.clear();
    let found = line
        .reconcile(&sent)
        .await
        .map_err(|error| format!("`reconcile` fails: {error}"))?;
    match found {
        Some(found) if found.remote_id == receipt.remote_id => Ok("found what was sent, and nothing else".to_owned()),
        other => Err(format!("it was sent as {}, and `reconcile` says {other:?}", receipt.remote_id).into()),
    }
}
