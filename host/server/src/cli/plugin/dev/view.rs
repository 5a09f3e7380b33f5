//! The trace as lines for a terminal: what was called, what it asked the network, what came of it.
//!
//! A call is shown when it ends, or when it takes long; a poll that finds nothing, like the one before, is counted and
//! not shown. Lines fit 80 columns. Colour only where it says something: what failed is red, what warns is yellow, what
//! is around it is dim.

use super::text::{Paint, columns, cut, size, wrap};
use jackfield_engine::trace::Event;
use serde_json::Value;

/// What fits on any terminal.
const WIDTH: usize = 80;
/// A call that takes longer is shown while it runs.
const LONG_MS: u64 = 1_000;
/// Events of a batch that are shown; more are counted.
const EVENTS: usize = 12;

/// The view of one line.
pub(super) struct View {
    paint: Paint,
    /// The call that is under way.
    open: Option<Open>,
    /// Polls with nothing new that were not shown.
    quiet: u32,
    /// The last poll that was shown found nothing, so the next one like it says nothing new.
    silent: bool,
    /// When the event before came.
    before_ms: u64,
}

struct Open {
    head: String,
    began_ms: u64,
    lines: Vec<String>,
    /// Something in it is worth a look.
    tells: bool,
    shown: bool,
}

impl View {
    pub(super) fn new(paint: Paint) -> Self {
        Self {
            paint,
            open: None,
            quiet: 0,
            silent: false,
            before_ms: 0,
        }
    }

    /// The lines that this event adds; `clock` is the time of day.
    pub(super) fn event(&mut self, event: &Event, now_ms: u64, clock: &str) -> Vec<String> {
        let took = now_ms.saturating_sub(self.before_ms);
        self.before_ms = now_ms;
        match event {
            Event::Call { call, with, .. } => {
                let mut lines = self.end_of_open();
                self.open = Some(Open {
                    head: self.head(call, with, clock),
                    began_ms: now_ms,
                    lines: Vec::new(),
                    tells: call != "poll",
                    shown: false,
                });
                lines.retain(|line| !line.is_empty());
                lines
            }
            Event::Import { import, with, gave } => {
                let (line, tells) = self.import(import, with, gave, took);
                self.add(line.into_iter().collect(), tells)
            }
            Event::Answer { answer } => {
                let (lines, tells) = self.answer(answer);
                let added = self.add(lines, tells);
                self.close(added, now_ms)
            }
            Event::Broke { broke, detail } => {
                let text = format!("broke ({broke}): {detail}");
                let lines = wrap(&text, WIDTH - 6).into_iter().enumerate().map(|(n, line)| {
                    let mark = if n == 0 { "  !" } else { "   " };
                    self.paint.bad(&format!("{mark} {line}"))
                });
                let lines = lines.collect();
                let added = self.add(lines, true);
                self.close(added, now_ms)
            }
            Event::LeftOut { left_out } => self.add(vec![self.paint.dim(&format!("    {left_out} more"))], false),
        }
    }

    /// Time has passed with no event: a call that takes long is shown as far as it is.
    pub(super) fn tick(&mut self, now_ms: u64) -> Vec<String> {
        match &mut self.open {
            Some(open) if !open.shown && now_ms.saturating_sub(open.began_ms) >= LONG_MS => {
                open.shown = true;
                let mut lines = vec![open.head.clone()];
                lines.append(&mut open.lines);
                lines.push(self.paint.dim("    ... still at it"));
                self.announced(lines)
            }
            _ => Vec::new(),
        }
    }

    fn head(&self, call: &str, with: &Value, clock: &str) -> String {
        let about = match call {
            "poll" => match text_of(with.get("cursor")) {
                Some(cursor) => format!("after {cursor}"),
                None => "from the beginning".to_owned(),
            },
            "publish" | "reconcile" => {
                let draft = with.get("draft").unwrap_or(with);
                text_of(draft.get("text")).unwrap_or_default()
            }
            _ => String::new(),
        };
        // The clock, the time that it took and the spaces between come beside it.
        let about = cut(&one_line(&about), WIDTH.saturating_sub(20 + call.len()));
        format!("{} {} {}", self.paint.dim(clock), self.paint.strong(call), about)
            .trim_end()
            .to_owned()
    }

    fn import(&self, import: &str, with: &Value, gave: &Value, took: u64) -> (Option<String>, bool) {
        let text = |key: &str| text_of(with.get(key)).unwrap_or_default();
        match import {
            "http.send" => {
                let (status, bad) = outcome(gave, took);
                let asked = format!("{} {}", text("method"), short(&text("url")));
                let room = WIDTH.saturating_sub(6 + columns(&status));
                let asked = cut(&asked, room);
                let gap = " ".repeat(room.saturating_sub(columns(&asked)));
                let status = if bad { self.paint.bad(&status) } else { status };
                (Some(format!("    {asked}{gap}  {status}")), bad)
            }
            "log.write" => {
                let level = text("level").to_lowercase();
                let line = cut(&one_line(&format!("    log {level}: {}", text("message"))), WIDTH);
                let line = match level.as_str() {
                    "error" => self.paint.bad(&line),
                    "warn" => self.paint.warn(&line),
                    _ => line,
                };
                (Some(line), true)
            }
            "kv.set" => {
                let line = format!("    kv {} = {}", text("key"), text("value"));
                (Some(self.paint.dim(&cut(&one_line(&line), WIDTH))), false)
            }
            "kv.delete" => (
                Some(self.paint.dim(&format!("    kv {} taken away", cut(&text("key"), 50)))),
                false,
            ),
            // Reading the clock or a stored value changes nothing and says nothing.
            "clock.now-ms" | "random.bytes" | "kv.get" => (None, false),
            other => (Some(self.paint.dim(&format!("    {}", cut(other, WIDTH - 4)))), false),
        }
    }

    fn answer(&self, answer: &Value) -> (Vec<String>, bool) {
        if let Some(error) = answer.get("Err") {
            let text = cut(&one_line(&said_no(error)), WIDTH - 4);
            return (vec![self.paint.bad(&format!("  ! {text}"))], true);
        }
        let ok = answer.get("Ok").unwrap_or(answer);
        if let Some(events) = ok.get("events").and_then(Value::as_array) {
            return (self.batch(ok, events), !events.is_empty());
        }
        let text = match ok {
            Value::String(sentence) => sentence.clone(),
            Value::Null => "the network does not have it".to_owned(),
            receipt => match text_of(receipt.get("remote_id")) {
                Some(id) => format!("the network has it as {id}"),
                None => "done".to_owned(),
            },
        };
        (vec![format!("  = {}", cut(&one_line(&text), WIDTH - 4))], true)
    }

    fn batch(&self, ok: &Value, events: &[Value]) -> Vec<String> {
        let count = match events.len() {
            0 => "nothing new".to_owned(),
            1 => "1 event".to_owned(),
            n => format!("{n} events"),
        };
        let cursor = text_of(ok.get("cursor")).map_or(String::new(), |cursor| format!(", cursor {cursor}"));
        let more = if ok.get("more").and_then(Value::as_bool) == Some(true) {
            ", more is waiting"
        } else {
            ""
        };
        let mut lines = vec![format!(
            "  = {}",
            cut(&one_line(&format!("{count}{cursor}{more}")), WIDTH - 4)
        )];
        lines.extend(events.iter().take(EVENTS).map(|event| self.happened(event)));
        if events.len() > EVENTS {
            lines.push(self.paint.dim(&format!("    and {} more", events.len() - EVENTS)));
        }
        lines
    }

    fn happened(&self, event: &Value) -> String {
        let id = text_of(event.get("remote_id")).unwrap_or_default();
        let kind = event.get("kind");
        let Some(content) = kind.and_then(|kind| kind.get("Said")) else {
            let what = match kind.and_then(Value::as_str) {
                Some("Deleted") => format!("    - {id} is taken away"),
                _ => format!(
                    "    ? {id}: {}",
                    text_of(kind.and_then(|kind| kind.get("Other"))).unwrap_or_default()
                ),
            };
            return cut(&one_line(&what), WIDTH);
        };
        let author = content.get("author").and_then(|author| text_of(author.get("handle")));
        let edited = event.get("revision").and_then(Value::as_u64).unwrap_or(0) > 0;
        let flag = |name: &str| event.get(name).and_then(Value::as_bool) == Some(true);
        let mut notes = Vec::new();
        if flag("ours") {
            notes.push("ours");
        }
        if event.get("visibility").and_then(Value::as_str) == Some("Direct") {
            notes.push("private");
        }
        let notes = if notes.is_empty() {
            String::new()
        } else {
            format!(" ({})", notes.join(", "))
        };
        let sign = if edited { '~' } else { '+' };
        let words = text_of(content.get("text")).unwrap_or_default();
        cut(
            &one_line(&format!("    {sign} {}{notes}: {words}", author.unwrap_or_default())),
            WIDTH,
        )
    }

    /// Lines of the open call: kept, or shown where the call is shown already.
    fn add(&mut self, lines: Vec<String>, tells: bool) -> Vec<String> {
        match &mut self.open {
            Some(open) if !open.shown => {
                open.tells |= tells;
                open.lines.extend(lines);
                Vec::new()
            }
            _ => lines,
        }
    }

    fn close(&mut self, mut lines: Vec<String>, now_ms: u64) -> Vec<String> {
        let Some(mut open) = self.open.take() else {
            return lines;
        };
        if open.shown {
            return lines;
        }
        if !open.tells && self.silent {
            self.quiet += 1;
            return Vec::new();
        }
        self.silent = !open.tells;
        let took = now_ms.saturating_sub(open.began_ms);
        if took > 0 {
            open.head = format!("{} {}", open.head, self.paint.dim(&format!("{took} ms")));
        }
        lines.insert(0, open.head);
        lines.splice(1..1, open.lines);
        self.announced(lines)
    }

    /// Before something is shown: how many polls were not.
    fn announced(&mut self, mut lines: Vec<String>) -> Vec<String> {
        if self.quiet > 0 {
            let text = match self.quiet {
                1 => "one more poll with nothing new".to_owned(),
                n => format!("{n} more polls with nothing new"),
            };
            lines.insert(0, self.paint.dim(&format!("    {text}")));
            self.quiet = 0;
        }
        lines
    }

    /// A call without an end: the caller went away in the middle of it.
    fn end_of_open(&mut self) -> Vec<String> {
        let Some(open) = self.open.take().filter(|open| !open.shown) else {
            return Vec::new();
        };
        let mut lines = vec![open.head];
        lines.extend(open.lines);
        lines.push(self.paint.warn("  ! the call was given up"));
        self.announced(lines)
    }
}

/// What came back of a request: the status or the failure, the size, the time.
fn outcome(gave: &Value, took: u64) -> (String, bool) {
    if let Some(error) = gave.get("Err") {
        let text = match error {
            Value::String(word) => word.clone(),
            Value::Object(map) => map.iter().next().map_or(String::new(), |(word, about)| {
                format!("{word}: {}", text_of(Some(about)).unwrap_or_else(|| about.to_string()))
            }),
            other => other.to_string(),
        };
        return (cut(&one_line(&text), 44), true);
    }
    let ok = gave.get("Ok").unwrap_or(gave);
    let status = ok.get("status").and_then(Value::as_u64).unwrap_or(0);
    let body = text_of(ok.get("body")).map_or(0, |body| body.len());
    (format!("{status} {:>8} {took:>5} ms", size(body as u64)), status >= 400)
}

/// A trouble or a refusal of the contract in a line.
fn said_no(error: &Value) -> String {
    match error {
        Value::String(word) => match word.as_str() {
            "WindowClosed" => "window-closed: no answer is taken there any more".to_owned(),
            word => word.to_lowercase(),
        },
        Value::Object(map) => match map.iter().next() {
            Some((word, inner)) if word == "Trouble" => said_no(inner),
            Some((word, Value::Number(ms))) if word == "Later" => {
                let ms = ms.as_u64().unwrap_or(0);
                format!("later: not before {} s", ms.div_ceil(1000))
            }
            Some((word, inner)) => match text_of(Some(inner)) {
                Some(text) => format!("{}: {text}", word.to_lowercase()),
                None => word.to_lowercase(),
            },
            None => String::new(),
        },
        other => other.to_string(),
    }
}

/// Text, or bytes as a trace writes them.
fn text_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Object(map) => map
            .get("base64")
            .and_then(Value::as_str)
            .map(|text| format!("{text} (base64)")),
        _ => None,
    }
}

/// Path and query; the host was named when the line began.
fn short(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or(rest).to_owned()
}

/// Line ends and other control characters as spaces.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;
