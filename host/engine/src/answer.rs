//! Checks what a plugin answers against the bounds of the contract. One field past its bound refuses the whole
//! answer and names the field: half a batch would be a silent loss.
//!
//! Spans are the exception. They are decoration of a text that stands without them, and they are the easiest thing to
//! get wrong (bytes against characters), so a bad one is left out and counted.

use crate::{
    Limits,
    bindings::{AttachmentRef, Author, Batch, Content, Event, Kind, Mark, Receipt, TriageVerdict, Visibility},
};

/// Times past this year-9999 mark are seconds or microseconds mistaken for milliseconds.
const MAX_MILLIS: u64 = 253_402_300_799_999;
/// The contract honours at most one hour of `not-before-ms`.
const MAX_WAIT_MS: u64 = 3_600_000;
/// A sentence for people; longer ones are cut, not refused, because they carry the reason of a failure.
const MAX_SENTENCE: usize = 2048;

/// A bound that was passed: the field, what it holds, what it may hold.
type Refused = Result<(), String>;

/// Checks a batch and takes bad spans out. Gives the number of spans left out.
pub(crate) fn batch(batch: &mut Batch, max_events: u32, limits: &Limits) -> Result<u32, String> {
    if batch.events.len() > max_events as usize {
        return Err(format!(
            "`events` holds {} events where {max_events} were asked for",
            batch.events.len()
        ));
    }
    if let Some(cursor) = &batch.cursor
        && cursor.len() > limits.cursor
    {
        return Err(format!(
            "`cursor` has {} bytes; at most {} are kept",
            cursor.len(),
            limits.cursor
        ));
    }
    batch.not_before_ms = batch.not_before_ms.map(|wait| wait.min(MAX_WAIT_MS));
    let mut dropped = 0;
    for (index, event) in batch.events.iter_mut().enumerate() {
        dropped += self::event(event, limits).map_err(|what| format!("`events[{index}].{what}"))?;
    }
    Ok(dropped)
}

// The messages of the functions below begin inside the opening quote that `batch` wrote.

fn event(event: &mut Event, limits: &Limits) -> Result<u32, String> {
    required("remote-id", &event.remote_id, limits.id)?;
    required("thread", &event.thread, limits.id)?;
    optional("parent", event.parent.as_ref(), limits.id)?;
    optional("url", event.url.as_ref(), limits.text)?;
    time("at", event.at)?;
    if let Visibility::Other(word) = &event.visibility {
        bounded("visibility", word, limits.id)?;
    }
    match &mut event.kind {
        Kind::Said(content) => self::content(content, limits).map_err(|what| format!("kind.said.{what}")),
        Kind::Deleted => Ok(0),
        Kind::Other(word) => bounded("kind.other", word, limits.text).map(|()| 0),
    }
}

fn content(content: &mut Content, limits: &Limits) -> Result<u32, String> {
    author(&content.author, limits)?;
    optional("title", content.title.as_ref(), limits.text)?;
    bounded("text", &content.text, limits.text)?;
    optional("language", content.language.as_ref(), limits.id)?;
    optional("warning", content.warning.as_ref(), limits.text)?;
    if content.spans.len() > limits.spans {
        return Err(format!(
            "spans` holds {} spans; at most {}",
            content.spans.len(),
            limits.spans
        ));
    }
    if content.attachments.len() > limits.attachments {
        return Err(format!(
            "attachments` holds {} files; at most {}",
            content.attachments.len(),
            limits.attachments
        ));
    }
    for (index, file) in content.attachments.iter().enumerate() {
        attachment(file, limits).map_err(|what| format!("attachments[{index}].{what}"))?;
    }
    for (index, span) in content.spans.iter().enumerate() {
        match &span.mark {
            Mark::Link(word) => bounded("mark", word, limits.text),
            Mark::Mention(word) | Mark::Tag(word) | Mark::Other(word) => bounded("mark", word, limits.id),
            Mark::Quote | Mark::Strong | Mark::Emphasis | Mark::Code => Ok(()),
        }
        .map_err(|what| format!("spans[{index}].{what}"))?;
    }
    let before = content.spans.len();
    let text = &content.text;
    content.spans.retain(|span| within(text, span.start, span.end));
    Ok(u32::try_from(before - content.spans.len()).unwrap_or(u32::MAX))
}

fn author(author: &Author, limits: &Limits) -> Refused {
    required("author.id", &author.id, limits.id)?;
    bounded("author.handle", &author.handle, limits.id)?;
    optional("author.display-name", author.display_name.as_ref(), limits.id)?;
    optional("author.profile-url", author.profile_url.as_ref(), limits.text)
}

fn attachment(file: &AttachmentRef, limits: &Limits) -> Refused {
    required("url", &file.url, limits.text)?;
    optional("media-type", file.media_type.as_ref(), limits.id)?;
    optional("alt", file.alt.as_ref(), limits.text)
}

/// Checks a receipt.
pub(crate) fn receipt(receipt: &Receipt, limits: &Limits) -> Refused {
    required("remote-id", &receipt.remote_id, limits.id)
        .and_then(|()| optional("url", receipt.url.as_ref(), limits.text))
        .and_then(|()| time("at", receipt.at))
        .map_err(|what| format!("`{what}"))
}

/// Checks the verdicts of a batch against its subjects' texts and the labels of the description. What is unknown or
/// not a number is dropped, as the contract says; gives the number dropped. A wrong number of lists is refused.
pub(crate) fn verdicts<'a>(
    lists: &mut [Vec<TriageVerdict>],
    texts: impl ExactSizeIterator<Item = &'a str>,
    labels: &[String],
) -> Result<u32, String> {
    if lists.len() != texts.len() {
        return Err(format!(
            "{} lists of verdicts for {} subjects; there is one per subject, in order",
            lists.len(),
            texts.len()
        ));
    }
    let mut dropped = 0;
    for (list, text) in lists.iter_mut().zip(texts) {
        let before = list.len();
        list.retain(|verdict| verdict.margin.is_finite() && labels.contains(&verdict.label));
        dropped += before - list.len();
        for verdict in list {
            verdict.because = verdict.because.filter(|(start, end)| within(text, *start, *end));
        }
    }
    Ok(u32::try_from(dropped).unwrap_or(u32::MAX))
}

/// A sentence of the plugin, short enough to be shown.
pub(crate) fn sentence(text: &str) -> String {
    if text.len() <= MAX_SENTENCE {
        return text.to_owned();
    }
    format!(
        "{}…",
        text.get(..text.floor_char_boundary(MAX_SENTENCE)).unwrap_or_default()
    )
}

fn within(text: &str, start: u32, end: u32) -> bool {
    start < end && text.get(start as usize..end as usize).is_some()
}

fn bounded(field: &str, text: &str, most: usize) -> Refused {
    if text.len() <= most {
        Ok(())
    } else {
        Err(format!("{field}` has {} bytes; at most {most}", text.len()))
    }
}

fn required(field: &str, text: &str, most: usize) -> Refused {
    if text.is_empty() {
        Err(format!("{field}` is empty; it is required"))
    } else {
        bounded(field, text, most)
    }
}

fn optional(field: &str, text: Option<&String>, most: usize) -> Refused {
    text.map_or(Ok(()), |text| bounded(field, text, most))
}

fn time(field: &str, millis: u64) -> Refused {
    if millis <= MAX_MILLIS {
        Ok(())
    } else {
        Err(format!(
            "{field}` is {millis}, past the year 9999; it is milliseconds since 1970"
        ))
    }
}
