//! A trace as a file: lines of JSON, a header first. It is read by people, kept beside a plugin as a fixture, and
//! read again by later versions: the header says which form it has.

use super::{Event, Recorder};
use serde::{Deserialize, Serialize};
use std::{
    fmt::Write as _,
    io::Write,
    sync::{Mutex, PoisonError},
};

/// The form that this version writes and reads.
pub const FORMAT: &str = "jackfield-trace/1";

/// The first line: of what this is a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The form of the lines: [`FORMAT`].
    pub format: String,
    /// The plugin's name.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the component, in hexadecimal; empty where it is not known.
    pub component: String,
    /// The contract it was built for.
    pub contract: String,
    /// The connection's settings, as JSON text; empty for a triage plugin.
    pub settings: String,
}

/// A whole trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// Of what.
    pub header: Header,
    /// What happened, in order.
    pub events: Vec<Event>,
}

/// Why a file is no trace. Names the line and the repair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct TraceError {
    /// From 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub what: String,
}

impl Trace {
    /// Reads the lines of a trace.
    pub fn parse(text: &str) -> Result<Self, TraceError> {
        let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
        let at = |line: usize, what: String| TraceError { line, what };
        let (_, first) = lines
            .next()
            .ok_or_else(|| at(1, "the file is empty; record again".to_owned()))?;
        let header: Header = serde_json::from_str(first).map_err(|error| {
            let what = format!("a trace begins with its header, {{\"format\": \"{FORMAT}\", …}}: {error}");
            at(1, what)
        })?;
        if header.format != FORMAT {
            let what = format!(
                "it has the form {:?} and this version reads {FORMAT:?}; record again",
                header.format
            );
            return Err(at(1, what));
        }
        let mut events = Vec::new();
        for (line, text) in lines.filter(|(_, text)| !text.trim().is_empty()) {
            let event = serde_json::from_str(text).map_err(|error| {
                let why = if error.is_data() {
                    "it has none of `call`, `import`, `answer`, `broke`, or a field of them is missing".to_owned()
                } else {
                    format!("it is no JSON ({error}); was the file cut off?")
                };
                at(line, format!("this is no event: {why}"))
            })?;
            events.push(event);
        }
        Ok(Self { header, events })
    }

    /// The lines of a trace.
    pub fn write(&self) -> String {
        let mut text = line(&self.header);
        for event in &self.events {
            let _ = write!(text, "{}", line(event));
        }
        text
    }
}

fn line(part: &impl Serialize) -> String {
    // Text keys and plain values only: this cannot fail.
    let mut text = serde_json::to_string(part).unwrap_or_default();
    text.push('\n');
    text
}

/// Writes events as they come. What cannot be written is told by [`TraceFile::end`], not in the middle of a call.
pub struct TraceFile {
    to: Mutex<(Box<dyn Write + Send>, Result<(), String>)>,
}

impl TraceFile {
    /// Writes the header.
    pub fn begin(mut to: Box<dyn Write + Send>, header: &Header) -> Result<Self, String> {
        to.write_all(line(header).as_bytes())
            .map_err(|error| error.to_string())?;
        Ok(Self {
            to: Mutex::new((to, Ok(()))),
        })
    }

    /// Whether all of it could be written so far.
    pub fn end(&self) -> Result<(), String> {
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        let (writer, state) = &mut *to;
        state.clone()?;
        writer.flush().map_err(|error| error.to_string())
    }
}

impl Recorder for TraceFile {
    fn record(&self, event: Event) {
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        let (writer, state) = &mut *to;
        if state.is_ok() {
            *state = writer
                .write_all(line(&event).as_bytes())
                .map_err(|error| error.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample() -> Trace {
        let call = Event::Call {
            call: "poll".to_owned(),
            with: json!({"cursor": null, "max_events": 5}),
            kv: Some([("a".to_owned(), vec![0xff].into())].into()),
        };
        let import = Event::Import {
            import: "clock.now-ms".to_owned(),
            with: json!({}),
            gave: json!(7),
        };
        let answer = Event::Answer {
            answer: json!({"Ok": 1}),
        };
        let broke = Event::Broke {
            broke: "trap".to_owned(),
            detail: "it gave up".to_owned(),
        };
        Trace {
            header: Header {
                format: FORMAT.to_owned(),
                plugin: "mastodon".to_owned(),
                version: "0.1.0".to_owned(),
                component: String::new(),
                contract: "jackfield:plugin@0.1.0".to_owned(),
                settings: "{}".to_owned(),
            },
            events: vec![call, import, answer, broke, Event::LeftOut { left_out: 3 }],
        }
    }

    #[test]
    fn a_trace_is_read_as_it_was_written() {
        let trace = sample();
        let text = trace.write();
        assert_eq!(text.lines().count(), 6);
        assert_eq!(Trace::parse(&text).unwrap(), trace);
    }

    #[test]
    fn what_is_no_trace_is_refused_with_its_line() {
        let text = sample().write();
        let cut = &text[..text.len() - 9];
        for (text, line, word) in [
            ("", 1, "empty"),
            ("{\"call\":\"poll\"}", 1, "header"),
            (&text.replace("trace/1", "trace/9"), 1, "record again"),
            (&text.replace("\"import\"", "\"imporx\""), 3, "none of `call`"),
            (cut, 6, "cut off"),
        ] {
            let error = Trace::parse(text).unwrap_err();
            assert_eq!(error.line, line, "{error}");
            assert!(error.to_string().contains(word), "{error}");
        }
    }
}
