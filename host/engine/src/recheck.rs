//! What another process says a plugin answered, held against the contract once more. The sandbox there has checked it
//! already; but a process that runs plugins is believed no further than a plugin, because one that broke out speaks with
//! its voice. Nothing of an answer that does not pass is used.

use crate::{
    Ingested, Limits, LoadError, Manifest, Polled, Published, Reconciled, answer,
    bindings::{Batch, TriageDescription, TriageVerdict},
    triage,
};

/// Spans that do not fit are left out, as they are when a plugin says them.
pub fn polled(polled: &mut Polled, max_events: u32, limits: &Limits) -> Result<(), String> {
    let mut batch = Batch {
        events: std::mem::take(&mut polled.events),
        cursor: polled.cursor.take(),
        more: polled.more,
        not_before_ms: polled.not_before_ms,
    };
    polled.dropped_spans += answer::batch(&mut batch, max_events.min(limits.events), limits)?;
    polled.events = batch.events;
    polled.cursor = batch.cursor;
    polled.not_before_ms = batch.not_before_ms;
    kept(&polled.kv_writes, limits)
}

/// The same for what was ingested.
pub fn ingested(ingested: &mut Ingested, limits: &Limits) -> Result<(), String> {
    let mut batch = Batch {
        events: std::mem::take(&mut ingested.events),
        cursor: None,
        more: false,
        not_before_ms: None,
    };
    ingested.dropped_spans += answer::batch(&mut batch, limits.events, limits)?;
    ingested.events = batch.events;
    kept(&ingested.kv_writes, limits)
}

/// A receipt.
pub fn published(published: &Published, limits: &Limits) -> Result<(), String> {
    answer::receipt(&published.receipt, limits)?;
    kept(&published.kv_writes, limits)
}

/// A receipt, where there is one.
pub fn reconciled(reconciled: &Reconciled, limits: &Limits) -> Result<(), String> {
    reconciled
        .receipt
        .as_ref()
        .map_or(Ok(()), |receipt| answer::receipt(receipt, limits))?;
    kept(&reconciled.kv_writes, limits)
}

/// Verdicts: one list for each text, labels of the description.
pub fn verdicts<'a>(
    lists: &mut [Vec<TriageVerdict>],
    texts: impl ExactSizeIterator<Item = &'a str>,
    labels: &[String],
) -> Result<(), String> {
    answer::verdicts(lists, texts, labels).map(|_| ())
}

/// What a triage plugin says of itself.
pub fn triage(manifest: &Manifest, description: &TriageDescription) -> Result<(), LoadError> {
    triage::believable(manifest, description)
}

fn kept(writes: &[(String, Option<Vec<u8>>)], limits: &Limits) -> Result<(), String> {
    let mut all = 0_usize;
    for (key, value) in writes {
        let value = value.as_ref().map_or(0, Vec::len);
        if value > limits.kv_value {
            return Err(format!("a stored value has {value} bytes; at most {}", limits.kv_value));
        }
        all = all.saturating_add(key.len()).saturating_add(value);
    }
    match all > limits.kv {
        true => Err(format!("the stored values have {all} bytes; at most {}", limits.kv)),
        false => Ok(()),
    }
}
