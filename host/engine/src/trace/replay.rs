//! A trace is run again: the same component, or a newer one, with imports answered from the trace and no network.
//!
//! Each call of the trace is made with its own arguments and its own stored values, so one call that differs does not
//! bend those behind it. A fault, where one is asked for, meets each call at the same request; what must hold then is
//! looked at from what the call said: nothing may be said to be published, the trouble must be of the right kind,
//! and no message may be handed over twice or lost behind a cursor that moved.

use super::{
    Difference, Event, Memory, Trace, differ,
    fault::Fault,
    script::{Matching, Script},
};
use crate::{
    CallError, ChannelConnection, ChannelPlugin, ConnectionSpec, Limits, PublishError, Usage,
    bindings::{Draft, Event as Said, RawRequest},
    egress::{Grants, SystemResolver},
};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// How a trace is replayed.
#[derive(Debug, Clone, Copy)]
pub struct Replaying {
    /// How exactly.
    pub matching: Matching,
    /// What goes wrong, and at which request of each call, from 0.
    pub fault: Option<(Fault, usize)>,
    /// A fresh instance for each call, as after a kill.
    pub fresh: bool,
}

/// What a replay gave.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// Call by call.
    pub calls: Vec<Outcome>,
    /// The first difference to what was recorded: none, and it was identical. Not looked for where a fault was asked for.
    pub difference: Option<Difference>,
    /// What crossed the boundary now.
    pub events: Vec<Event>,
    /// Requests that the trace had no answer to.
    pub unknown: Vec<String>,
}

/// How one call went.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The function.
    pub function: String,
    /// What came of it.
    pub result: Result<Gave, PublishError>,
    /// The cursor it began with.
    pub cursor: Option<Vec<u8>>,
    /// Whether the fault was met.
    pub met: bool,
    /// What the call used, where it gave an answer.
    pub usage: Usage,
    /// What the recorded call handed over.
    pub recorded: Vec<(String, u64)>,
    /// Requests that had no answer of their own in the trace: where there are some, the call proves less.
    pub guessed: usize,
    /// After a `poll` that met a fault and moved the cursor: what the next polls brought, and whether each of their
    /// requests had an answer of its own in the trace.
    pub then: Option<(Vec<(String, u64)>, bool)>,
}

/// What a call gave.
#[derive(Debug, Clone, PartialEq)]
pub enum Gave {
    /// `check`: its sentence.
    Checked(String),
    /// `poll`, or `ingest` without a cursor: what it handed over, and where it goes on.
    Polled {
        /// The events.
        events: Vec<Said>,
        /// The next cursor.
        cursor: Option<Vec<u8>>,
        /// More is waiting.
        more: bool,
    },
    /// `publish`, or `reconcile` that found it: the network's id.
    There(String),
    /// `reconcile`: the network does not have it.
    NotThere,
}

/// A trace that cannot be replayed at all: says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ReplayError(pub String);

impl ChannelPlugin {
    /// Runs `trace` again.
    pub async fn replay(&self, trace: &Trace, how: Replaying) -> Result<Replayed, ReplayError> {
        if trace.header.plugin != self.manifest().name {
            return Err(ReplayError(format!(
                "this is a trace of the plugin `{}`, and `{}` is to replay it; give the folder of `{}` with --plugin",
                trace.header.plugin,
                self.manifest().name,
                trace.header.plugin
            )));
        }
        let calls = calls(&trace.events);
        if calls.is_empty() {
            return Err(ReplayError(
                "there is no call in this trace; record again with `jackfield plugin record`".to_owned(),
            ));
        }
        let script = Arc::new(Script::new(how.matching));
        let memory = Arc::new(Memory::default());
        let spec = ConnectionSpec {
            id: "replay".to_owned(),
            settings: trace.header.settings.clone(),
            grants: Grants::default(),
            secrets: Vec::new(),
            limits: Limits {
                // Nothing is waited for but this machine, which may be busy.
                cpu: Duration::from_secs(20),
                wall: Duration::from_secs(120),
                ..Limits::channel()
            },
            resolver: Arc::new(SystemResolver),
            recorder: Some(memory.clone()),
        };
        let connection = self
            .connect_to(script.clone(), spec)
            .map_err(|error| ReplayError(error.to_string()))?;
        let mut replayed = Replayed {
            calls: Vec::new(),
            difference: None,
            events: Vec::new(),
            unknown: Vec::new(),
        };
        let mut kv = BTreeMap::new();
        if how.matching != Matching::Exact {
            script.knows(&trace.events);
        }
        for (number, recorded) in calls.iter().enumerate() {
            let ask = Ask::read(recorded, number + 1, &mut kv)?;
            script.call(recorded);
            if let Some((fault, at)) = how.fault {
                script.spoil(fault, at);
            }
            if how.fresh {
                connection.rest().await;
            }
            let cursor = match &ask.what {
                What::Poll(cursor, _) => cursor.clone(),
                _ => None,
            };
            let stored = kv
                .iter()
                .map(|(key, value): (&String, &Vec<u8>)| (key.clone(), value.clone()));
            let (result, usage) = match Box::pin(ask.make(&connection, stored.collect())).await {
                Ok((gave, usage)) => (Ok(gave), usage),
                Err(error) => (Err(error), Usage::default()),
            };
            let (met, guessed) = (script.met(), script.guessed());
            let then = if met {
                script.call(recorded);
                Box::pin(afterwards(&connection, &script, &result, &cursor, &kv)).await
            } else {
                None
            };
            let now = memory.take();
            if how.fault.is_none() && replayed.difference.is_none() {
                let answers_only = how.matching != Matching::Exact;
                replayed.difference = differ::first(number + 1, &ask.function, recorded, &now, answers_only);
            }
            replayed.events.extend(now);
            replayed.calls.push(Outcome {
                function: ask.function,
                result,
                usage,
                cursor,
                met,
                recorded: handed_over(recorded),
                guessed,
                then,
            });
            after(recorded, &mut kv);
        }
        replayed.unknown = script.unknown();
        Ok(replayed)
    }
}

/// Polls that a host would make after a `poll` that met a fault and moved the cursor all the same.
const AFTER: usize = 6;

/// What comes when a host goes on from the cursor of a call that met a fault.
async fn afterwards(
    connection: &ChannelConnection,
    script: &Script,
    result: &Result<Gave, PublishError>,
    before: &Option<Vec<u8>>,
    kv: &BTreeMap<String, Vec<u8>>,
) -> Option<(Vec<(String, u64)>, bool)> {
    let Ok(Gave::Polled { cursor, .. }) = result else {
        return None;
    };
    let mut cursor = cursor.clone().filter(|cursor| Some(cursor) != before.as_ref())?;
    script.loosen();
    let (mut brought, mut values) = (Vec::new(), kv.clone());
    for _ in 0..AFTER {
        let stored = values.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let most = Limits::channel().events;
        let Ok(polled) = Box::pin(connection.poll(Some(cursor.clone()), stored, most)).await else {
            return Some((brought, false));
        };
        brought.extend(
            polled
                .events
                .iter()
                .map(|event| (event.remote_id.clone(), event.revision)),
        );
        for (key, value) in polled.kv_writes {
            match value {
                Some(value) => values.insert(key, value),
                None => values.remove(&key),
            };
        }
        let moved = polled.cursor.filter(|next| *next != cursor);
        match moved {
            Some(next) => cursor = next,
            None if !polled.more => break,
            None => {}
        }
    }
    Some((brought, script.guessed() == 0))
}

/// The events of each call.
fn calls(events: &[Event]) -> Vec<&[Event]> {
    let starts: Vec<usize> = events
        .iter()
        .enumerate()
        .filter(|(_, event)| matches!(event, Event::Call { .. }))
        .map(|(at, _)| at)
        .collect();
    let ends = starts.iter().copied().skip(1).chain([events.len()]);
    starts
        .iter()
        .zip(ends)
        .filter_map(|(from, to)| events.get(*from..to))
        .collect()
}

/// What a recorded call left in the connection's values, where its answer was good.
fn after(recorded: &[Event], kv: &mut BTreeMap<String, Vec<u8>>) {
    let good = recorded
        .iter()
        .any(|event| matches!(event, Event::Answer { answer } if answer.get("Ok").is_some()));
    if !good {
        return;
    }
    for event in recorded {
        let Event::Import { import, with, gave } = event else {
            continue;
        };
        let key = with.get("key").and_then(Value::as_str).unwrap_or_default().to_owned();
        match import.as_str() {
            "kv.set" if gave.get("Err").is_none() => {
                if let Some(Ok(value)) = with.get("value").map(super::Bytes::deserialize) {
                    kv.insert(key, value.0);
                }
            }
            "kv.delete" => {
                kv.remove(&key);
            }
            _ => {}
        }
    }
}

/// Ids and revisions of what a recorded `poll` handed over.
fn handed_over(recorded: &[Event]) -> Vec<(String, u64)> {
    let events = recorded.iter().find_map(|event| match event {
        Event::Answer { answer } => answer.pointer("/Ok/events")?.as_array(),
        _ => None,
    });
    events
        .into_iter()
        .flatten()
        .filter_map(|event| {
            let id = event.get("remote_id")?.as_str()?.to_owned();
            Some((id, event.get("revision")?.as_u64()?))
        })
        .collect()
}

/// A call as the trace has it.
struct Ask {
    function: String,
    what: What,
}

enum What {
    Check,
    Poll(Option<Vec<u8>>, u32),
    Publish(Draft),
    Reconcile(Draft),
    Ingest(RawRequest),
}

#[derive(Deserialize)]
struct Poll {
    cursor: Option<super::Bytes>,
    max_events: u32,
}

#[derive(Deserialize)]
struct Drafted {
    draft: Draft,
}

#[derive(Deserialize)]
struct Requested {
    request: Request,
}

/// A [`RawRequest`] as a trace has it: its body is text where that is possible.
#[derive(Deserialize)]
struct Request {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: super::Bytes,
    received_at: u64,
}

impl From<Request> for RawRequest {
    fn from(request: Request) -> Self {
        Self {
            method: request.method,
            path: request.path,
            query: request.query,
            headers: request.headers,
            body: request.body.0,
            received_at: request.received_at,
        }
    }
}

impl Ask {
    fn read(recorded: &[Event], number: usize, kv: &mut BTreeMap<String, Vec<u8>>) -> Result<Self, ReplayError> {
        let Some(Event::Call { call, with, kv: known }) = recorded.first() else {
            return Err(ReplayError(format!("call {number} has no beginning")));
        };
        if let Some(known) = known {
            *kv = known
                .iter()
                .map(|(key, value)| (key.clone(), value.0.clone()))
                .collect();
        }
        let no = |error: serde_json::Error| ReplayError(format!("call {number}, `{call}`, cannot be read: {error}"));
        let what = match call.as_str() {
            "check" => What::Check,
            "poll" => {
                let poll = Poll::deserialize(with).map_err(no)?;
                What::Poll(poll.cursor.map(|bytes| bytes.0), poll.max_events)
            }
            "publish" => What::Publish(Drafted::deserialize(with).map_err(no)?.draft),
            "reconcile" => What::Reconcile(Drafted::deserialize(with).map_err(no)?.draft),
            "ingest" => What::Ingest(Requested::deserialize(with).map_err(no)?.request.into()),
            other => {
                return Err(ReplayError(format!(
                    "call {number}: this version does not know `{other}`"
                )));
            }
        };
        Ok(Self {
            function: call.clone(),
            what,
        })
    }

    async fn make(
        &self,
        connection: &ChannelConnection,
        kv: Vec<(String, Vec<u8>)>,
    ) -> Result<(Gave, Usage), PublishError> {
        let called = |error: CallError| PublishError::Call(error);
        match &self.what {
            What::Check => {
                let sentence = Box::pin(connection.check()).await.map_err(called)?;
                Ok((Gave::Checked(sentence), Usage::default()))
            }
            What::Poll(cursor, max_events) => {
                let polled = Box::pin(connection.poll(cursor.clone(), kv, *max_events))
                    .await
                    .map_err(called)?;
                let gave = Gave::Polled {
                    events: polled.events,
                    cursor: polled.cursor,
                    more: polled.more,
                };
                Ok((gave, polled.usage))
            }
            What::Ingest(request) => {
                let found = Box::pin(connection.ingest(request.clone(), kv)).await.map_err(called)?;
                let gave = Gave::Polled {
                    events: found.events,
                    cursor: None,
                    more: false,
                };
                Ok((gave, found.usage))
            }
            What::Publish(draft) => {
                let published = Box::pin(connection.publish(draft.clone(), kv)).await?;
                Ok((Gave::There(published.receipt.remote_id), published.usage))
            }
            What::Reconcile(draft) => {
                let found = Box::pin(connection.reconcile(draft.clone(), kv))
                    .await
                    .map_err(called)?;
                let gave = found
                    .receipt
                    .map_or(Gave::NotThere, |receipt| Gave::There(receipt.remote_id));
                Ok((gave, found.usage))
            }
        }
    }
}
