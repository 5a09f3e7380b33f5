//! Cases about bounds: how much a call may bring, use and take, and what time it is.

use super::*;

impl Traced<'_, '_> {
    pub(super) async fn ceilings(&self) -> Verdict {
        let limits = line::limits();
        let (mut memory, mut calls, mut dropped) = (0, 0, 0);
        for call in self.all(TOLERANT).await? {
            memory = memory.max(call.usage.memory);
            calls = calls.max(call.usage.host_calls);
            dropped = dropped.max(call.usage.log_dropped);
        }
        if dropped > 0 {
            return Err(format!("{dropped} log lines were dropped in one call: it may log 64 KiB").into());
        }
        if memory > limits.memory / 2 {
            return Err(format!(
                "it used {} MiB of memory and may have {} MiB; a busy day would end it",
                memory >> 20,
                limits.memory >> 20
            )
            .into());
        }
        Ok(format!(
            "{} KiB of memory and {calls} host calls in the largest call",
            memory >> 10
        ))
    }

    pub(super) async fn max_events(&self) -> Verdict {
        cases::can(self.bench, &Ability::Poll)?;
        let (found, walked) = self.one_by_one().await?;
        let came = found.intersection(&walked).count();
        if came == 0 {
            return Err("asked for one message at a time it hands over none".into());
        }
        // A trace has no pages of one: what a plugin that trusts its server would get then is not known.
        Ok(format!(
            "never more than one at a time; {came} of {} messages came",
            found.len()
        ))
    }

    pub(super) async fn cursor_tie(&self) -> Verdict {
        cases::can(self.bench, &Ability::Poll)?;
        let calls = self.all(TOLERANT).await?;
        let mut times = BTreeSet::new();
        let tie = polled(&calls)
            .flat_map(|(events, _)| events)
            .any(|event| !times.insert(event.at));
        if !tie {
            return Err(record("two messages of the same moment"));
        }
        let (found, walked) = self.one_by_one().await?;
        if !found.is_subset(&walked) {
            return Err(Not::Untried(
                "the trace cannot be asked for one message at a time; name a stand-in in conform.toml".to_owned(),
            ));
        }
        Ok(format!(
            "{} messages one at a time, two of them of one moment",
            found.len()
        ))
    }

    /// What the first poll of a trace brought, and what comes when one message at a time is asked for.
    pub(super) async fn one_by_one(&self) -> Result<(BTreeSet<String>, BTreeSet<String>), Not> {
        for trace in self.traces() {
            let calls = self.replay(trace, TOLERANT).await?.calls;
            let first = calls.iter().find_map(|call| match &call.result {
                Ok(Gave::Polled { events, .. }) if call.cursor.is_none() && !events.is_empty() => Some(events),
                _ => None,
            });
            let Some(first) = first else { continue };
            let found: BTreeSet<String> = first.iter().map(|event| event.remote_id.clone()).collect();
            let script = Arc::new(Script::new(Matching::Loose));
            script.knows(&trace.events);
            script.call(&trace.events);
            let connection = self.connect(trace, script)?;
            let (mut cursor, mut kv) = (None, BTreeMap::new());
            let mut walked = BTreeSet::new();
            for _ in 0..4 * found.len() + 8 {
                let stored = kv
                    .iter()
                    .map(|(key, value): (&String, &Vec<u8>)| (key.clone(), value.clone()));
                let polled = Box::pin(connection.poll(cursor.clone(), stored.collect(), 1))
                    .await
                    .map_err(|error| asked_for_less(&error))?;
                walked.extend(polled.events.iter().map(|event| event.remote_id.clone()));
                let stands = polled.cursor.is_none() || polled.cursor == cursor;
                cursor = polled.cursor.or(cursor);
                for (key, value) in polled.kv_writes {
                    match value {
                        Some(value) => kv.insert(key, value),
                        None => kv.remove(&key),
                    };
                }
                if !polled.more || (stands && polled.events.is_empty()) {
                    break;
                }
            }
            return Ok((found, walked));
        }
        Err(record("a first `poll` that brings messages"))
    }

    pub(super) async fn cancellation(&self) -> Verdict {
        let trace = self.traces().next().ok_or("there is no trace")?;
        let silence = Arc::new(Silence::default());
        let connection = self.connect(trace, silence.clone())?;
        {
            let mut call = Box::pin(connection.check());
            loop {
                tokio::select! {
                    biased;
                    said = &mut call => {
                        return match said {
                            Ok(_) => Err(Not::DoesNotApply("`check` asks the network nothing, so there is nothing to wait for".to_owned())),
                            Err(error) => Err(format!("`check` ended although the network had said nothing: {error}").into()),
                        };
                    }
                    () = tokio::task::yield_now() => if silence.0.load(Ordering::Relaxed) { break },
                }
            }
        }
        self.again(TOLERANT, "after one was dropped while it waited").await
    }

    pub(super) fn connect(&self, trace: &Trace, player: Arc<dyn Player>) -> Result<ChannelConnection, Not> {
        let spec = ConnectionSpec {
            id: "kit".to_owned(),
            settings: trace.header.settings.clone(),
            grants: Grants::default(),
            secrets: Vec::new(),
            limits: line::limits(),
            resolver: Arc::new(SystemResolver),
            recorder: None,
        };
        let opened = self.bench.stage.counted.connect_to(player, spec);
        opened.map_err(|error| Not::Failed(error.to_string()))
    }

    pub(super) async fn clock_skew(&self) -> Verdict {
        let mut compared = 0;
        for ahead in [DAY_MS, -DAY_MS] {
            for trace in self.traces() {
                let skewed = Trace {
                    header: trace.header.clone(),
                    events: trace.events.iter().cloned().map(|event| skew(event, ahead)).collect(),
                };
                let (truth, now) = (
                    self.replay(trace, TOLERANT).await?,
                    self.replay(&skewed, TOLERANT).await?,
                );
                for (truth, now) in truth.calls.iter().zip(&now.calls) {
                    // Another clock may ask what was never asked: such a call proves nothing.
                    if truth.guessed + now.guessed > 0 {
                        continue;
                    }
                    compared += 1;
                    let (truth, now) = (ids(truth), ids(now));
                    if truth != now {
                        let days = if ahead > 0 { "a day ahead" } else { "a day behind" };
                        return Err(
                            format!("with the host's clock {days} it hands over {now:?} and not {truth:?}").into(),
                        );
                    }
                }
            }
        }
        if compared == 0 {
            return Err(record(
                "a stand-in: with another clock the plugin asks what was never asked",
            ));
        }
        Ok(format!("{compared} calls, a day ahead and a day behind"))
    }
}

/// A trace answers a whole page when one message is asked for: a plugin that leaves the cutting to its network hands over
/// too many, and that says nothing about it.
fn asked_for_less(error: &CallError) -> Not {
    let words = error.to_string();
    if words.contains("where 1 were asked for") {
        return Not::Untried(format!(
            "the trace answers whole pages, and was asked for one message at a time ({words}); name a stand-in in conform.toml, or cut the list in the plugin"
        ));
    }
    Not::Failed(format!("asked for one message at a time: {words}"))
}
