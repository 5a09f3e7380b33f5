//! Channel cases against traces: what a plugin once did with a real server, done again with that server's answers, and
//! with answers that were bent. Recorded once, the kit runs offline for ever.
//!
//! A trace knows only what was asked when it was recorded. Where a case needs more (an edit, a second try of the same
//! key), it says what to record.

mod bend;
mod bounds;
mod publish;

use crate::{
    cases::{self, Bench, Not, Verdict},
    line,
};
use bend::bent;
use jackfield_engine::{
    CallError, ChannelConnection, ConnectionSpec, PublishError,
    bindings::{Ability, Event as Said, Kind},
    egress::{Grants, SystemResolver},
    trace::{Event, Fault, Gave, Matching, Outcome, Player, Playing, Replayed, Replaying, Script, Trace, held},
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Requests of a call that are spoiled in turn.
const DEPTH: usize = 4;
const DAY_MS: i64 = 86_400_000;
const TOLERANT: Replaying = Replaying {
    matching: Matching::Tolerant,
    fault: None,
    fresh: false,
};

pub(crate) async fn case(bench: &Bench<'_>, case: &str) -> Verdict {
    let one = Traced { bench };
    let work: std::pin::Pin<Box<dyn Future<Output = Verdict> + '_>> = match case {
        "lifecycle" => Box::pin(one.lifecycle()),
        "max-events" => Box::pin(one.max_events()),
        "ceilings" => Box::pin(one.ceilings()),
        "secret-leak" => return one.secret_leak(),
        "determinism" => Box::pin(one.determinism()),
        "resume-after-kill" => Box::pin(one.again(
            Replaying {
                fresh: true,
                ..TOLERANT
            },
            "a fresh instance for each call",
        )),
        "half-acknowledged" => Box::pin(one.twice()),
        "cancellation" => Box::pin(one.cancellation()),
        "duplicate-page" | "unauthorised" | "rate-limited" | "server-error" | "cut-body" | "slow-body" => {
            Box::pin(one.fault(case))
        }
        "unicode" | "right-to-left" | "emoji" => Box::pin(one.letters(case)),
        "large-body" => Box::pin(one.large_body()),
        "clock-skew" => Box::pin(one.clock_skew()),
        "own-messages" => Box::pin(one.own_messages()),
        "threads" => Box::pin(one.threads()),
        "cursor-tie" => Box::pin(one.cursor_tie()),
        "edits" => Box::pin(one.kinds(&Ability::Edits)),
        "deletions" => Box::pin(one.kinds(&Ability::Deletions)),
        "publish-once" => Box::pin(one.once()),
        "publish-doubt" => Box::pin(one.doubt()),
        "reconcile-honest" => Box::pin(one.honest()),
        other => return Err(Not::Untried(format!("this kit has no case `{other}`"))),
    };
    work.await
}

fn record(what: &str) -> Not {
    Not::Untried(format!(
        "the traces have no such thing; record one with {what}: jackfield plugin record --help"
    ))
}

struct Traced<'a, 'b> {
    bench: &'a Bench<'b>,
}

impl Traced<'_, '_> {
    fn traces(&self) -> impl Iterator<Item = &Trace> {
        self.bench.subject.traces.iter().map(|(_, trace)| trace)
    }

    async fn replay(&self, trace: &Trace, how: Replaying) -> Result<Replayed, Not> {
        let replayed = Box::pin(self.bench.stage.counted.replay(trace, how)).await;
        replayed.map_err(|error| Not::Failed(error.to_string()))
    }

    /// All traces, replayed in one way.
    async fn all(&self, how: Replaying) -> Result<Vec<Outcome>, Not> {
        let mut calls = Vec::new();
        for trace in self.traces() {
            calls.extend(self.replay(trace, how).await?.calls);
        }
        Ok(calls)
    }

    /// Replayed in this way, each call has to answer as recorded.
    async fn again(&self, how: Replaying, words: &str) -> Verdict {
        let mut calls = 0;
        for trace in self.traces() {
            let replayed = self.replay(trace, how).await?;
            if let Some(difference) = replayed.difference {
                return Err(format!("{difference}{}", unknown(&replayed.unknown)).into());
            }
            calls += replayed.calls.len();
        }
        Ok(format!("{calls} calls, {words}"))
    }

    async fn lifecycle(&self) -> Verdict {
        let calls = self.all(TOLERANT).await?;
        if !calls.iter().any(|call| matches!(call.result, Ok(Gave::Checked(_)))) {
            return Err(record("a `check`"));
        }
        if cases::can(self.bench, &Ability::Poll).is_ok() && polled(&calls).next().is_none() {
            return Err(record("a `poll` that brings something"));
        }
        self.again(TOLERANT, "answered as recorded").await
    }

    async fn determinism(&self) -> Verdict {
        let (mut same, mut events) = (true, 0);
        for trace in self.traces() {
            let mut runs = Vec::new();
            for fresh in [false, true] {
                runs.push(self.replay(trace, Replaying { fresh, ..TOLERANT }).await?.events);
            }
            if runs.first() != runs.last() {
                return Err("two replays of one trace are not the same".into());
            }
            let exact = Replaying {
                matching: Matching::Exact,
                ..TOLERANT
            };
            let replayed = self.replay(trace, exact).await?;
            events += trace.events.len();
            if let Some(difference) = replayed.difference {
                // Another build may ask otherwise; this very one may not.
                if trace.header.component == self.bench.stage.counted.trace_header("{}").component {
                    return Err(format!("a replay is not what this very component did: {difference}").into());
                }
                same = false;
            }
        }
        let words = if same {
            "identical to the recorded ones"
        } else {
            "as another build recorded them, but for requests"
        };
        Ok(format!("{events} events, twice to the byte, {words}"))
    }

    /// Each poll, thrown away and made again by a fresh instance.
    async fn twice(&self) -> Verdict {
        cases::can(self.bench, &Ability::Poll)?;
        let doubled: Vec<Trace> = self
            .traces()
            .map(|trace| Trace {
                header: trace.header.clone(),
                events: double(&trace.events),
            })
            .collect();
        for trace in &doubled {
            let replayed = self
                .replay(
                    trace,
                    Replaying {
                        fresh: true,
                        ..TOLERANT
                    },
                )
                .await?;
            if let Some(difference) = replayed.difference {
                return Err(format!("a poll that was not stored does not come again: {difference}").into());
            }
        }
        Ok("each poll twice, from the same cursor".to_owned())
    }

    async fn fault(&self, case: &str) -> Verdict {
        let fault = cases::named(case).ok_or("no such fault")?;
        let (mut met, mut kept, mut unanswered) = (0, 0, None);
        for at in 0..DEPTH {
            let how = Replaying {
                fault: Some((fault, at)),
                fresh: true,
                ..TOLERANT
            };
            for call in self.all(how).await?.iter().filter(|call| call.met) {
                met += 1;
                for promise in held(fault, call) {
                    if let Some(broken) = promise.broken {
                        // A list other than the recorded one may lead on to what was never asked then, and a trace has no
                        // answer to that: it says nothing about the plugin.
                        if fault == Fault::DuplicatePage && call.guessed > 0 {
                            unanswered = Some(call.function.clone());
                            continue;
                        }
                        return Err(
                            format!("`{}`, request {}: {}: {broken}", call.function, at + 1, promise.promise).into(),
                        );
                    }
                    kept += 1;
                }
            }
        }
        if let Some(function) = unanswered.filter(|_| kept == 0) {
            return Err(Not::Untried(format!(
                "with another list `{function}` goes on to what was not recorded; name a stand-in in conform.toml"
            )));
        }
        if met == 0 && fault == Fault::DuplicatePage {
            return Err(Not::DoesNotApply("no list is asked for twice in the traces".to_owned()));
        }
        if met == 0 {
            return Err(record("a call that makes a request"));
        }
        Ok(format!(
            "met {met} times at the first requests of calls; {kept} promises held"
        ))
    }

    /// The calls, with an event's words replaced in the network's answers.
    async fn bent(&self, words: &str) -> Result<(), Not> {
        cases::can(self.bench, &Ability::Poll)?;
        let mut tried = None;
        for trace in self.traces() {
            for bend in bent(trace, words) {
                let replayed = self
                    .replay(
                        &bend.trace,
                        Replaying {
                            fresh: true,
                            ..TOLERANT
                        },
                    )
                    .await?;
                let events: Vec<&Said> = polled(&replayed.calls).flat_map(|(events, _)| events).collect();
                if let Some(event) = events.iter().find(|event| event.remote_id == bend.id) {
                    let got = line::text(event).unwrap_or_default();
                    if got == bend.wanted || cases::cut_openly(got, bend.wanted.len()) {
                        cases::spans_fit(event)?;
                        return Ok(());
                    }
                    let why = format!("{:?} came through as {:?}", shorten(&bend.wanted), shorten(got));
                    tried.get_or_insert(why);
                } else if let Some(Err(PublishError::Call(error))) = replayed
                    .calls
                    .iter()
                    .map(|call| &call.result)
                    .find(|result| result.is_err())
                {
                    tried.get_or_insert(format!("with {:?} in the answer: {error}", shorten(words)));
                }
            }
        }
        match tried {
            Some(why) => Err(why.into()),
            None => Err(record(
                "a poll that brings a message whose words can be found in the answer as they are",
            )),
        }
    }

    async fn letters(&self, case: &str) -> Verdict {
        let samples = cases::samples(case);
        for words in samples {
            self.bent(words).await?;
        }
        Ok(format!("{} samples to the letter", samples.len()))
    }

    async fn large_body(&self) -> Verdict {
        let words = cases::large();
        match self.bent(words.trim()).await {
            Ok(()) => Ok(format!("{} bytes came through", words.len())),
            // A replay counts instructions, so that it is the same everywhere; a language engine spends more on 1 MB than
            // a replay allows, and in time it is well within what a call has.
            Err(Not::Failed(why)) if why.contains("instructions") => Err(Not::Untried(format!(
                "{why}; how long it takes on a host a trace cannot tell: name a stand-in in conform.toml"
            ))),
            Err(other) => Err(other),
        }
    }

    async fn own_messages(&self) -> Verdict {
        cases::answers(self.bench)?;
        let calls = self.all(TOLERANT).await?;
        let sent: BTreeSet<&str> = calls
            .iter()
            .filter_map(|call| match &call.result {
                Ok(Gave::There(id)) if call.function == "publish" => Some(id.as_str()),
                _ => None,
            })
            .collect();
        let mut back = 0;
        for event in polled(&calls).flat_map(|(events, _)| events) {
            if sent.contains(event.remote_id.as_str()) {
                back += 1;
                if !event.ours {
                    return Err(format!(
                        "our own message {} comes back without `ours`: it would be answered by us",
                        event.remote_id
                    )
                    .into());
                }
            }
        }
        if back == 0 {
            return Err(record("a `publish` and a `poll` after it that brings our message back"));
        }
        Ok(format!("{back} messages of ours came back as ours"))
    }

    async fn threads(&self) -> Verdict {
        cases::can(self.bench, &Ability::Threads)?;
        let calls = self.all(TOLERANT).await?;
        let events: BTreeMap<&str, &Said> = polled(&calls)
            .flat_map(|(events, _)| events)
            .map(|event| (event.remote_id.as_str(), event))
            .collect();
        let mut pairs = 0;
        for event in events.values() {
            if let Some(parent) = event.parent.as_deref().and_then(|id| events.get(id)) {
                pairs += 1;
                if parent.thread != event.thread {
                    return Err(format!(
                        "{} answers {} and has the thread {}, not {}",
                        event.remote_id, parent.remote_id, event.thread, parent.thread
                    )
                    .into());
                }
            }
        }
        if pairs == 0 {
            return Err(record("a message and an answer to it"));
        }
        Ok(format!("{pairs} answers in the threads of what they answer"))
    }

    /// What the ability promises has to be there.
    async fn kinds(&self, ability: &Ability) -> Verdict {
        cases::can(self.bench, ability)?;
        let calls = self.all(TOLERANT).await?;
        let mut newest: BTreeMap<&str, u64> = BTreeMap::new();
        let mut seen = 0;
        for event in polled(&calls).flat_map(|(events, _)| events) {
            let before = newest.insert(&event.remote_id, event.revision);
            let found = match ability {
                Ability::Edits => before.is_some_and(|before| event.revision > before),
                _ => event.kind == Kind::Deleted,
            };
            seen += usize::from(found);
        }
        match (seen, ability) {
            (0, Ability::Edits) => Err(record("a poll, an edit on the network, and a poll after it")),
            (0, _) => Err(record("a poll, a deletion on the network, and a poll after it")),
            (n, _) => Ok(format!("{n} in the traces")),
        }
    }
}

/// A network that says nothing.
#[derive(Default)]
struct Silence(AtomicBool);

impl Player for Silence {
    fn play(&self, import: &str, _: &Value) -> Playing {
        if import == "http.send" {
            self.0.store(true, Ordering::Relaxed);
            return Playing::Never;
        }
        Playing::Live
    }
}

fn polled(calls: &[Outcome]) -> impl Iterator<Item = (&Vec<Said>, &Option<Vec<u8>>)> {
    calls.iter().filter_map(|call| match &call.result {
        Ok(Gave::Polled { events, cursor, .. }) => Some((events, cursor)),
        _ => None,
    })
}

fn ids(call: &Outcome) -> Vec<(String, u64)> {
    polled(std::slice::from_ref(call))
        .flat_map(|(events, _)| events)
        .map(|event| (event.remote_id.clone(), event.revision))
        .collect()
}

fn unknown(requests: &[String]) -> String {
    match requests.first() {
        None => String::new(),
        Some(first) => format!("\nthe trace has no answer to {first}; record again if the plugin now asks otherwise"),
    }
}

/// Each `poll` of a trace, twice.
fn double(events: &[Event]) -> Vec<Event> {
    let mut doubled = Vec::new();
    let starts = events
        .iter()
        .enumerate()
        .filter(|(_, event)| matches!(event, Event::Call { .. }));
    let starts: Vec<usize> = starts.map(|(at, _)| at).collect();
    for (number, from) in starts.iter().enumerate() {
        let to = starts.get(number + 1).copied().unwrap_or(events.len());
        let call = events.get(*from..to).unwrap_or_default();
        // Without values of its own, a call begins with what the last one left: so the copy stands before it, and a
        // copy that leaves nothing has to say what it began with.
        if matches!(call.first(), Some(Event::Call { call, kv: Some(_), .. }) if call == "poll") {
            doubled.extend_from_slice(call);
        }
        doubled.extend_from_slice(call);
    }
    doubled
}

fn skew(event: Event, ahead: i64) -> Event {
    match event {
        Event::Import { import, with, gave } if import == "clock.now-ms" => {
            let now = gave.as_u64().unwrap_or_default().saturating_add_signed(ahead);
            Event::Import {
                import,
                with,
                gave: now.into(),
            }
        }
        other => other,
    }
}

/// The key of a call's draft; none for a call without one, nothing for what is no call.
fn key(event: &Event) -> Option<Option<String>> {
    match event {
        Event::Call { with, .. } => Some(with.pointer("/draft/key").and_then(Value::as_str).map(str::to_owned)),
        _ => None,
    }
}

fn shorten(text: &str) -> String {
    const SHOWN: usize = 120;
    if text.len() <= SHOWN {
        return text.to_owned();
    }
    let cut = text.floor_char_boundary(SHOWN);
    format!("{}… ({} bytes)", text.get(..cut).unwrap_or_default(), text.len())
}
