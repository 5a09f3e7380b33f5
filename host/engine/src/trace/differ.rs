//! The first difference between what was recorded and what happens now, as a person reads it: which call, which
//! import or answer, which field, the one value against the other.

use super::{Event, script::in_words};
use serde_json::Value;
use std::fmt;

/// The first thing that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which call of the trace, from 1.
    pub call: usize,
    /// The function that was called.
    pub function: String,
    /// Where in it: `answer`, or the import with its number.
    pub place: String,
    /// The field, as a path: `events[2].text`. Empty where the whole is another.
    pub field: String,
    /// What the trace has there.
    pub recorded: String,
    /// What is there now.
    pub now: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {}, `{}`, {}", self.call, self.function, self.place)?;
        if !self.field.is_empty() {
            write!(f, ", field `{}`", self.field)?;
        }
        write!(f, "\n  recorded: {}\n  now:      {}", self.recorded, self.now)
    }
}

/// Compares one call of a trace with the same call now. `answers_only` looks at how the calls ended and at nothing
/// between.
pub(super) fn first(
    call: usize,
    function: &str,
    recorded: &[Event],
    now: &[Event],
    answers_only: bool,
) -> Option<Difference> {
    let kept = |event: &&Event| !answers_only || !matches!(event, Event::Import { .. });
    // The call itself was made from the trace, and is the same.
    let after = |events: &'_ [Event]| -> Vec<Event> { events.iter().skip(1).filter(kept).cloned().collect() };
    let (recorded, now) = (after(recorded), after(now));
    for at in 0..recorded.len().max(now.len()) {
        let (was, is) = (recorded.get(at), now.get(at));
        if was == is {
            continue;
        }
        let place = |event: Option<&Event>| match event {
            Some(Event::Import { import, .. }) => format!("import {}, `{import}`", at + 1),
            _ => "its end".to_owned(),
        };
        let difference = |field: String, recorded: String, now: String| Difference {
            call,
            function: function.to_owned(),
            place: place(was.or(is)),
            field,
            recorded,
            now,
        };
        return Some(match (was, is) {
            (
                Some(Event::Import {
                    import: a,
                    with: with_a,
                    gave: gave_a,
                }),
                Some(Event::Import {
                    import: b,
                    with: with_b,
                    gave: gave_b,
                }),
            ) if a == b => {
                let found = within(with_a, with_b, "").or_else(|| within(gave_a, gave_b, ""));
                let (field, was, is) = found.unwrap_or_default();
                difference(field, was, is)
            }
            (Some(Event::Answer { answer: a }), Some(Event::Answer { answer: b })) => {
                let (field, was, is) = within(a, b, "").unwrap_or_default();
                difference(field, was, is)
            }
            (was, is) => difference(String::new(), words(was), words(is)),
        });
    }
    None
}

fn words(event: Option<&Event>) -> String {
    match event {
        None => "nothing more".to_owned(),
        Some(Event::Import { import, with, .. }) => cut(&in_words(import, with), 0),
        Some(Event::Answer { answer }) => format!("it answered {}", cut(&answer.to_string(), 0)),
        Some(Event::Broke { broke, detail }) => format!("it broke ({broke}): {detail}"),
        Some(Event::LeftOut { left_out }) => format!("{left_out} events that were not kept"),
        Some(Event::Call { call, .. }) => format!("a call of `{call}`"),
    }
}

/// The first place below two values where they are not the same: its path and both values.
fn within(was: &Value, is: &Value, path: &str) -> Option<(String, String, String)> {
    if was == is {
        return None;
    }
    match (was, is) {
        (Value::Object(a), Value::Object(b)) => {
            let mut names: Vec<&String> = a.keys().chain(b.keys()).collect();
            names.sort();
            names.dedup();
            names.into_iter().find_map(|name| {
                let here = if path.is_empty() || path == "Ok" {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                match (a.get(name), b.get(name)) {
                    (Some(was), Some(is)) => within(was, is, &here),
                    (was, is) => Some((here, whole(was), whole(is))),
                }
            })
        }
        (Value::Array(a), Value::Array(b)) => (0..a.len().max(b.len())).find_map(|at| {
            let here = format!("{path}[{at}]");
            match (a.get(at), b.get(at)) {
                (Some(was), Some(is)) => within(was, is, &here),
                (was, is) => Some((here, whole(was), whole(is))),
            }
        }),
        (Value::String(a), Value::String(b)) => {
            let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
            Some((path.to_owned(), cut(a, same), cut(b, same)))
        }
        _ => Some((path.to_owned(), whole(Some(was)), whole(Some(is)))),
    }
}

fn whole(value: Option<&Value>) -> String {
    value.map_or_else(|| "not there".to_owned(), |value| cut(&value.to_string(), 0))
}

/// Enough of a long text around the byte `at`.
fn cut(text: &str, at: usize) -> String {
    const BEFORE: usize = 40;
    const SHOWN: usize = 160;
    if text.len() <= SHOWN {
        return text.to_owned();
    }
    let from = text.floor_char_boundary(at.saturating_sub(BEFORE));
    let to = text.floor_char_boundary(from + SHOWN);
    let (head, tail) = (if from > 0 { "…" } else { "" }, if to < text.len() { "…" } else { "" });
    format!("{head}{}{tail}", text.get(from..to).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call(answer: Value, url: &str) -> Vec<Event> {
        vec![
            Event::Call {
                call: "poll".to_owned(),
                with: json!({}),
                kv: None,
            },
            Event::Import {
                import: "http.send".to_owned(),
                with: json!({"method": "GET", "url": url}),
                gave: json!({"Ok": 1}),
            },
            Event::Answer { answer },
        ]
    }

    #[test]
    fn the_first_difference_is_named_down_to_its_field() {
        let was = call(
            json!({"Ok": {"events": [{"text": "a"}, {"text": "b"}]}}),
            "https://a.example/?limit=40",
        );
        let check = |now: &[Event], answers_only: bool, wanted: &str| {
            let said = first(2, "poll", &was, now, answers_only).map(|difference| difference.to_string());
            assert_eq!(said.as_deref().unwrap_or("identical"), wanted);
        };
        check(&was, false, "identical");
        let other = call(
            json!({"Ok": {"events": [{"text": "a"}, {"text": "c"}]}}),
            "https://a.example/?limit=80",
        );
        check(
            &other,
            false,
            "call 2, `poll`, import 1, `http.send`, field `url`\n  recorded: https://a.example/?limit=40\n  now:      https://a.example/?limit=80",
        );
        check(
            &other,
            true,
            "call 2, `poll`, its end, field `events[1].text`\n  recorded: b\n  now:      c",
        );
        let broke = [
            &was[..2],
            &[Event::Broke {
                broke: "trap".to_owned(),
                detail: "it gave up".to_owned(),
            }],
        ]
        .concat();
        let said = first(1, "poll", &was, &broke, false).unwrap();
        assert_eq!(said.now, "it broke (trap): it gave up");
        let short = first(1, "poll", &was, &was[..1], false).unwrap();
        assert_eq!(short.now, "nothing more");
    }

    #[test]
    fn of_a_long_text_the_place_is_shown() {
        let long = "x".repeat(10_000);
        let found = within(&json!(format!("{long}a")), &json!(format!("{long}b")), "body").unwrap();
        assert!(found.1.len() < 60 && found.1.ends_with("xa"), "{found:?}");
    }
}
