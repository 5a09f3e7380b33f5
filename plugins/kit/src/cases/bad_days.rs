//! The bad days of a network. The fault comes at each of the first requests of a call in turn, because a plugin that
//! is careful with its first answer is not always with its third.

use super::{Bench, Verdict, life, shape};
use crate::line::{Ear, Spoil};
use futures_util::FutureExt;
use jackfield_engine::{CallError, bindings::Ability, trace::Fault};

/// Requests of a call that are spoiled in turn.
const DEPTH: usize = 4;

pub(crate) async fn fault(bench: &Bench<'_>, case: &str) -> Verdict {
    let fault = named(case).ok_or("no such fault")?;
    let mut met = 0;
    let (town, line) = bench.town().await?;
    if fault != Fault::DuplicatePage {
        line.ear.spoil(Some(Spoil::Any(fault, 0)));
        let said = line.check().await;
        if line.ear.met() {
            met += 1;
            right(fault, said.map(|_| ()), "check", true)?;
        }
    }
    drop(town);
    if shape::can(bench, &Ability::Poll).is_ok() {
        for at in 0..DEPTH {
            met += usize::from(poll(bench, fault, at).await?);
        }
    }
    if met == 0 {
        return Err(super::Not::DoesNotApply(
            "it makes no request that could go wrong in this way".to_owned(),
        ));
    }
    Ok(format!(
        "met {met} times, at the first requests of `check` and `poll` in turn"
    ))
}

pub(crate) fn named(case: &str) -> Option<Fault> {
    Some(match case {
        "duplicate-page" => Fault::DuplicatePage,
        "unauthorised" => Fault::ExpiredToken,
        "rate-limited" => Fault::RateLimited,
        "server-error" => Fault::ServerError,
        "cut-body" => Fault::HalfBody,
        "slow-body" => Fault::SlowBody,
        _ => return None,
    })
}

/// One poll of a network with three messages, spoiled at the request number `at`. Whether it was.
async fn poll(bench: &Bench<'_>, fault: Fault, at: usize) -> Result<bool, super::Not> {
    let (town, mut line) = bench.town().await?;
    line.drain(50).await?;
    let mut ids = Vec::new();
    for (who, words) in [
        ("ana", "the parcel has not come"),
        ("ben", "mine neither"),
        ("cem", "and mine?"),
    ] {
        ids.push(town.speak(who, words, None, None).await?);
    }
    line.ear.spoil(Some(Spoil::Any(fault, at)));
    let said = line.poll(50).await;
    let met = line.ear.met();
    line.ear.spoil(None);
    let mut events = Vec::new();
    match said {
        Ok(polled) => {
            // A part of a batch is a good answer; an empty one with a cursor behind what was lost is not, and is found
            // below by what is missing.
            events.extend(polled.events);
        }
        Err(error) if met => right(fault, Err(error), "poll", events.is_empty())?,
        Err(error) => return Err(format!("a poll of a network that is well fails: {error}").into()),
    }
    events.extend(
        line.drain(50)
            .await
            .map_err(|why| format!("after the fault was over: {why}"))?,
    );
    life::all_there(&events, &ids).map_err(|why| format!("{fault} at request {}: {why}", at + 1))?;
    Ok(met)
}

/// Whether the trouble is the right one.
fn right(fault: Fault, said: Result<(), CallError>, function: &str, must: bool) -> Result<(), String> {
    let wrong = |said: String, wanted: &str| Err(format!("{fault}: `{function}` said {said}; {wanted} is right"));
    let wanted = match fault {
        Fault::RateLimited => "`later` with the 30 s of `retry-after`",
        Fault::ExpiredToken => "`credential`",
        Fault::HalfBody => "`later` or `unexpected`",
        _ => "`later`",
    };
    match (fault, said) {
        (_, Err(CallError::Broken(breakdown))) => Err(format!("{fault}: {breakdown}")),
        (Fault::RateLimited, Err(CallError::Later { after_ms: Some(ms) })) if ms >= 30_000 => Ok(()),
        (Fault::ExpiredToken, Err(CallError::Credential(_))) => Ok(()),
        (Fault::HalfBody, Err(CallError::Later { .. } | CallError::Unexpected(_))) => Ok(()),
        (Fault::ServerError | Fault::SlowBody | Fault::CutBody, Err(CallError::Later { .. })) => Ok(()),
        (_, Err(error)) => wrong(format!("{error:?}"), wanted),
        (_, Ok(())) if must => wrong("that all is well".to_owned(), wanted),
        (_, Ok(())) => Ok(()),
    }
}

pub(crate) async fn cancellation(bench: &Bench<'_>) -> Verdict {
    shape::can(bench, &Ability::Poll)?;
    let (town, mut line) = bench.town().await?;
    line.drain(50).await?;
    let id = town.speak("ana", "the parcel has not come", None, None).await?;
    line.ear.spoil(Some(Spoil::Silence));
    dropped(&line.ear, line.look(50)).await?;
    line.ear.spoil(None);
    let events = line
        .drain(50)
        .await
        .map_err(|why| format!("after a call was dropped: {why}"))?;
    life::each_once(&events, &[id])?;
    Ok("a poll was dropped while it waited for the network; the next one brought everything".to_owned())
}

/// Drops a call as soon as it waits for a network that says nothing.
async fn dropped<T>(ear: &Ear, call: impl Future<Output = T>) -> Result<(), String> {
    let mut call = Box::pin(call.fuse());
    loop {
        tokio::select! {
            biased;
            _ = &mut call => return Err("the call ended although the network had said nothing".to_owned()),
            () = tokio::task::yield_now() => {
                if ear.met() {
                    return Ok(());
                }
            }
        }
    }
}
