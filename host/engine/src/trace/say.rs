//! Export calls and their answers as JSON. The records of the contract write themselves (the bindings derive it); only
//! bytes need a hand, because a list of numbers is read by nobody.

use super::Bytes;
use crate::bindings::{Batch, Draft, RawRequest, Subject, Trouble};
use serde::Serialize;
use serde_json::{Value, json};

/// Arguments of `poll`.
pub(crate) fn poll(cursor: Option<&Vec<u8>>, max_events: u32) -> Value {
    json!({"cursor": cursor.map(|bytes| Bytes(bytes.clone())), "max_events": max_events})
}

/// Arguments of `publish` and `reconcile`.
pub(crate) fn draft(draft: &Draft) -> Value {
    json!({"draft": draft})
}

/// Arguments of `ingest` and `verify`.
pub(crate) fn request(request: &RawRequest) -> Value {
    let mut value = json!({"request": request});
    if let Some(slot) = value.pointer_mut("/request/body") {
        *slot = plain(&Bytes(request.body.clone()));
    }
    value
}

/// Arguments of `classify`.
pub(crate) fn classify(subjects: &[Subject]) -> Value {
    json!({"subjects": subjects})
}

/// The answer of `poll`.
pub(crate) fn batch(said: &Result<Batch, Trouble>) -> Value {
    let mut value = plain(said);
    if let Ok(Batch {
        cursor: Some(bytes), ..
    }) = said
        && let Some(slot) = value.pointer_mut("/Ok/cursor")
    {
        *slot = plain(&Bytes(bytes.clone()));
    }
    value
}

/// Any other answer.
pub(crate) fn plain(said: &impl Serialize) -> Value {
    // The contract's records have text keys and nothing that JSON cannot hold.
    serde_json::to_value(said).unwrap_or(Value::Null)
}
