//! `log`: lines for the operator. A plugin's text is foreign text: no line of it may look like two lines of the
//! host's, move the cursor of a terminal, hold a secret, or fill a disk.

use crate::{
    bindings::{Level, channel_world::jackfield::plugin::log::Host},
    room::Room,
};
use serde_json::json;
use std::fmt::Write as _;

/// The contract's bound of one line.
const MAX_LINE: usize = 1024;
/// Text behind this is not looked at: it could not be shown.
const MAX_READ: usize = 64 * 1024;

impl Host for Room {
    fn write(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        self.enter()?;
        self.trail.add("log.write");
        self.crossing(
            "log.write",
            || json!({"level": level, "message": cut(&message, MAX_READ)}),
            |room| room.line(level, &message),
        )
    }
}

impl Room {
    /// One line for the operator, as far as the budget goes.
    pub(crate) fn line(&mut self, level: Level, text: &str) {
        if self.call.log_bytes >= self.limits.log {
            self.call.log_dropped = self.call.log_dropped.saturating_add(1);
            return;
        }
        let line = presentable(&self.scrub.text(cut(text, MAX_READ)));
        if self.call.log_bytes + line.len() > self.limits.log {
            self.call.log_bytes = self.limits.log;
            self.call.log_dropped = self.call.log_dropped.saturating_add(1);
            return;
        }
        self.call.log_bytes += line.len();
        self.log.line(&self.who, level, &line);
    }

    /// What a runtime prints, as lines: to the end of a line, or to the length that a line may have.
    pub(crate) fn print(&mut self, level: Level, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let printed = self.printed(level);
            let room = MAX_LINE.saturating_sub(printed.len());
            printed.extend_from_slice(part.get(..room).unwrap_or(part));
            if part.ends_with(b"\n") || printed.len() >= MAX_LINE {
                self.print_line(level);
            }
        }
    }

    /// Writes what was printed last and has no end of line.
    pub(crate) fn print_line(&mut self, level: Level) {
        let printed = std::mem::take(self.printed(level));
        let text = String::from_utf8_lossy(&printed);
        let text = text.trim_end();
        if !text.is_empty() {
            self.line(level, text);
        }
    }
}

/// `text` up to `most` bytes, on a character border.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

/// Control characters and the marks that turn the direction of text become visible; the line is cut with a sign that it was.
fn presentable(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(MAX_LINE));
    for c in text.chars() {
        if c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
        {
            let _ = write!(line, "{}", c.escape_default());
        } else {
            line.push(c);
        }
        if line.len() > MAX_LINE {
            let kept = cut(&line, MAX_LINE - '…'.len_utf8()).len();
            line.truncate(kept);
            line.push('…');
            break;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_cannot_forge_another() {
        assert_eq!(presentable("ok\n2026-11-24 ERROR root"), "ok\\n2026-11-24 ERROR root");
        assert_eq!(presentable("\u{1b}[2Jx\u{202e}y\u{0}"), "\\u{1b}[2Jx\\u{202e}y\\u{0}");
        assert_eq!(presentable("größe 👍"), "größe 👍");
    }

    #[test]
    fn a_line_is_cut_on_a_character_border_with_a_sign() {
        for pad in 0..4 {
            let line = presentable(&format!("{}{}", "x".repeat(pad), "👍".repeat(1000)));
            assert!(line.len() <= MAX_LINE && line.ends_with("👍…"), "{pad}: {}", line.len());
        }
        assert_eq!(presentable(&"y".repeat(MAX_LINE)).len(), MAX_LINE);
        assert!(!presentable(&"y".repeat(MAX_LINE)).ends_with('…'));
    }
}
