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
pub(crate) const MAX_WAIT_MS: u64 = 3_600_000;
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
    events(batch, limits)
}

/// Takes the events out that are outside the contract, each with what is wrong with it, so that [`batch`] has nothing to
/// refuse but what concerns the whole.
pub(crate) fn spare(batch: &mut Batch, limits: &Limits) -> Vec<(String, Event)> {
    let mut spared = Vec::new();
    let told = std::mem::take(&mut batch.events);
    for (index, mut event) in told.into_iter().enumerate() {
        match self::event(&mut event, limits) {
            Ok(_) => batch.events.push(event),
            Err(what) => spared.push((format!("`events[{index}].{what}"), event)),
        }
    }
    spared
}

fn events(batch: &mut Batch, limits: &Limits) -> Result<u32, String> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::Span;

    fn good() -> Event {
        let author = Author {
            id: "1".into(),
            handle: "mia@social.example".into(),
            display_name: Some("Mia".into()),
            profile_url: None,
            reach: Some(3),
            automated: false,
        };
        let content = Content {
            author,
            title: None,
            text: "grün".into(),
            spans: vec![],
            attachments: vec![AttachmentRef {
                url: "https://f.example/1".into(),
                media_type: None,
                size: None,
                alt: None,
            }],
            language: Some("de".into()),
            warning: None,
        };
        Event {
            remote_id: "1".into(),
            revision: 0,
            at: 1,
            kind: Kind::Said(content),
            thread: "1".into(),
            parent: None,
            visibility: Visibility::Public,
            ours: false,
            context: false,
            url: None,
        }
    }

    fn content(event: &mut Event) -> &mut Content {
        match &mut event.kind {
            Kind::Said(content) => content,
            other => panic!("{other:?}"),
        }
    }

    fn long(bytes: usize) -> String {
        "x".repeat(bytes)
    }

    #[test]
    fn every_bound_of_the_contract_is_kept_and_names_its_field() {
        type Spoil = fn(&mut Event);
        let cases: [(&str, Spoil); 20] = [
            ("remote-id`", |e| e.remote_id.clear()),
            ("remote-id`", |e| e.remote_id = long(513)),
            ("thread`", |e| e.thread.clear()),
            ("parent`", |e| e.parent = Some(long(513))),
            ("url`", |e| e.url = Some(long((1 << 20) + 1))),
            ("at`", |e| e.at = 1_795_510_800_000_000),
            ("visibility`", |e| e.visibility = Visibility::Other(long(513))),
            ("kind.other`", |e| e.kind = Kind::Other(long((1 << 20) + 1))),
            ("kind.said.author.id`", |e| content(e).author.id.clear()),
            ("kind.said.author.handle`", |e| content(e).author.handle = long(513)),
            ("kind.said.author.display-name`", |e| {
                content(e).author.display_name = Some(long(513))
            }),
            ("kind.said.title`", |e| content(e).title = Some(long((1 << 20) + 1))),
            ("kind.said.text`", |e| content(e).text = long((1 << 20) + 1)),
            ("kind.said.language`", |e| content(e).language = Some(long(513))),
            ("kind.said.warning`", |e| content(e).warning = Some(long((1 << 20) + 1))),
            ("kind.said.spans`", |e| {
                content(e).spans = vec![
                    Span {
                        start: 0,
                        end: 1,
                        mark: Mark::Code
                    };
                    4097
                ]
            }),
            ("kind.said.spans[0].mark`", |e| {
                content(e).spans = vec![Span {
                    start: 0,
                    end: 1,
                    mark: Mark::Tag(long(513)),
                }]
            }),
            ("kind.said.attachments`", |e| {
                let file = content(e).attachments[0].clone();
                content(e).attachments = vec![file; 65];
            }),
            ("kind.said.attachments[0].url`", |e| {
                content(e).attachments[0].url.clear()
            }),
            ("kind.said.attachments[0].media-type`", |e| {
                content(e).attachments[0].media_type = Some(long(513))
            }),
        ];
        let limits = Limits::channel();
        let check = |event: Event| {
            let mut found = Batch {
                events: vec![good(), event],
                cursor: None,
                more: false,
                not_before_ms: Some(u64::MAX),
            };
            batch(&mut found, 10, &limits).map(|dropped| (dropped, found.not_before_ms))
        };
        assert_eq!(check(good()), Ok((0, Some(MAX_WAIT_MS))), "an hour is the longest wait");
        for (field, spoil) in cases {
            let mut event = good();
            spoil(&mut event);
            let said = check(event).unwrap_err();
            assert!(said.starts_with(&format!("`events[1].{field}")), "{field}: {said}");
        }
    }

    #[test]
    fn a_span_stands_on_character_borders_or_not_at_all() {
        for (start, end, stays) in [
            (0, 5, true),
            (0, 3, false),
            (2, 4, true),
            (3, 4, false),
            (4, 9, false),
            (2, 2, false),
            (4, 2, false),
            (0, u32::MAX, false),
        ] {
            assert_eq!(within("grün", start, end), stays, "{start}..{end}");
        }
    }
}
