//! Bends a trace: a word that somebody wrote becomes other words, in the network's answers and nowhere else. What the
//! plugin should make of it is then known, whatever the network's format is.

use jackfield_engine::trace::{Event, Trace};
use serde_json::Value;

/// A trace with other words in it.
pub(super) struct Bent {
    pub(super) trace: Trace,
    /// The message that has them.
    pub(super) id: String,
    /// Its text as it should come through.
    pub(super) wanted: String,
}

/// Words of a message that are tried, the longest first.
const TRIES: usize = 4;
/// Shorter ones stand in field names and addresses.
const SHORTEST: usize = 4;

/// The same trace with `words` in the place of a word of a message; several, where one word is not found.
pub(super) fn bent<'a>(trace: &'a Trace, words: &'a str) -> impl Iterator<Item = Bent> + 'a {
    messages(trace).flat_map(move |(id, text)| {
        let mut found: Vec<String> = text
            .split(|c: char| !c.is_ascii_alphabetic())
            .filter(|word| word.len() >= SHORTEST && !id.contains(word))
            .map(str::to_owned)
            .collect();
        found.sort_by_key(|word| std::cmp::Reverse(word.len()));
        found.dedup();
        // The one that the network says least often: its name stands in every message.
        found.sort_by_cached_key(|word| said(trace, word));
        found.into_iter().take(TRIES).filter_map(move |word| {
            let events: Vec<Event> = trace.events.iter().map(|event| replaced(event, &word, words)).collect();
            (events != trace.events).then(|| Bent {
                trace: Trace {
                    header: trace.header.clone(),
                    events,
                },
                id: id.clone(),
                wanted: text.replace(&word, words),
            })
        })
    })
}

/// Id and text of each message that a trace's polls handed over, each once.
fn messages(trace: &Trace) -> impl Iterator<Item = (String, String)> + '_ {
    let answers = trace.events.iter().filter_map(|event| match event {
        Event::Answer { answer } => answer.pointer("/Ok/events")?.as_array(),
        _ => None,
    });
    answers.flatten().filter_map(|event| {
        let text = event.pointer("/kind/Said/text")?.as_str()?;
        let ours = event.get("ours").and_then(Value::as_bool) == Some(true);
        (!ours).then_some(())?;
        Some((event.get("remote_id")?.as_str()?.to_owned(), text.to_owned()))
    })
}

/// How often the network said a word.
fn said(trace: &Trace, word: &str) -> usize {
    let bodies = trace.events.iter().filter_map(|event| match event {
        Event::Import { gave, .. } => gave.pointer("/Ok/body").and_then(Value::as_str),
        _ => None,
    });
    bodies.map(|body| body.matches(word).count()).sum()
}

/// An answer of the network with other words. Those of the kit need no escape in JSON, HTML or XML.
fn replaced(event: &Event, word: &str, words: &str) -> Event {
    let Event::Import { import, with, gave } = event else {
        return event.clone();
    };
    let mut gave = gave.clone();
    if import == "http.send"
        && let Some(Value::String(body)) = gave.pointer_mut("/Ok/body")
        && body.contains(word)
    {
        *body = body.replace(word, words);
    }
    Event::Import {
        import: import.clone(),
        with: with.clone(),
        gave,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jackfield_engine::trace::{FORMAT, Header};
    use serde_json::json;

    #[test]
    fn a_word_is_replaced_where_the_network_said_it() {
        let trace = Trace {
            header: Header {
                format: FORMAT.to_owned(),
                plugin: "x".to_owned(),
                version: "0.1.0".to_owned(),
                component: String::new(),
                contract: String::new(),
                settings: "{}".to_owned(),
            },
            events: vec![
                Event::Import {
                    import: "http.send".to_owned(),
                    with: json!({"url": "https://a.example/parcel"}),
                    gave: json!({"Ok": {"status": 200, "headers": [], "body": "{\"t\":\"my parcel\"}"}}),
                },
                Event::Answer {
                    answer: json!({"Ok": {"events": [{"remote_id": "7", "ours": false, "kind": {"Said": {"text": "my parcel"}}}]}}),
                },
            ],
        };
        let bent: Vec<Bent> = bent(&trace, "注文").collect();
        assert_eq!(bent.len(), 1, "`my` is too short to be looked for");
        assert_eq!(bent[0].wanted, "my 注文");
        let Event::Import { with, gave, .. } = &bent[0].trace.events[0] else {
            panic!()
        };
        assert_eq!(with["url"], "https://a.example/parcel");
        assert_eq!(gave["Ok"]["body"], "{\"t\":\"my 注文\"}");
    }
}
