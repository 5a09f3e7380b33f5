//! Server-sent events out of the pieces that a stream hands over.
//!
//! The browser's own `EventSource` cannot send an Authorization header, so the stream is read by `fetch` and taken
//! apart here, after the rules of the HTML standard, section "Interpreting an event stream".

/// More than this without an end of event is no event: the stream is ended rather than the memory filled.
const MOST_BYTES: usize = 4 << 20;

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// Its name; empty where the stream gives none.
    pub name: String,
    /// Its data.
    pub data: String,
}

/// Takes pieces, gives events. A piece may end anywhere, inside a character too.
#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    after_cr: bool,
    event: Event,
    has_data: bool,
}

/// The stream sends something that is no event stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

impl Parser {
    /// Takes a piece and gives what it completes.
    pub fn push(&mut self, piece: &[u8]) -> Result<Vec<Event>, TooLong> {
        let mut events = Vec::new();
        for &byte in piece {
            let after_cr = core::mem::take(&mut self.after_cr);
            match byte {
                b'\n' if after_cr => {}
                b'\n' => self.end_of_line(&mut events),
                b'\r' => {
                    self.after_cr = true;
                    self.end_of_line(&mut events);
                }
                _ => self.line.push(byte),
            }
        }
        if self.line.len() + self.event.data.len() > MOST_BYTES {
            Err(TooLong)
        } else {
            Ok(events)
        }
    }

    fn end_of_line(&mut self, events: &mut Vec<Event>) {
        let line = core::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        if line.is_empty() {
            let event = core::mem::take(&mut self.event);
            if core::mem::take(&mut self.has_data) {
                events.push(event);
            }
            return;
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                if self.has_data {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
                self.has_data = true;
            }
            _ => {} // id and retry are ours to know; a comment keeps the line alive
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn events_comments_and_line_ends_are_understood() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("data: a\n\n", &[("", "a")]),
            ("event: entry\ndata: {\"n\":1}\nid: 1\n\n", &[("entry", "{\"n\":1}")]),
            ("data:a\r\ndata:b\r\n\r\n", &[("", "a\nb")]),
            (": alive\n\n: alive\n\n", &[]),
            ("event: x\n\ndata: y\n\n", &[("", "y")]),
            ("data\n\n", &[("", "")]),
            ("data: unfinished", &[]),
            ("data: é\n\n", &[("", "é")]),
        ];
        for (text, expected) in cases {
            let events = Parser::default().push(text.as_bytes()).unwrap();
            let events: Vec<_> = events.iter().map(|e| (e.name.as_str(), e.data.as_str())).collect();
            assert_eq!(&events, expected, "{text:?}");
        }
    }

    #[test]
    fn a_line_without_end_is_refused_before_it_fills_the_memory() {
        let mut parser = Parser::default();
        let piece = vec![b'a'; MOST_BYTES];
        assert!(parser.push(&piece).is_ok());
        assert_eq!(parser.push(b"a"), Err(TooLong));
    }

    proptest! {
        #[test]
        fn where_the_pieces_are_cut_changes_nothing(lines in prop::collection::vec("(event|data|:)[:]? ?[a-zé\u{1f600}]{0,5}(\n|\r\n|\r){1,2}", 0..8), cuts in prop::collection::vec(0usize..200, 0..6)) {
            let text = lines.concat().into_bytes();
            let whole = Parser::default().push(&text).unwrap();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c % (text.len() + 1)).chain([0, text.len()]).collect();
            cuts.sort_unstable();
            let mut parser = Parser::default();
            let pieces: Vec<Event> = cuts.windows(2).flat_map(|w| parser.push(&text[w[0]..w[1]]).unwrap()).collect();
            prop_assert_eq!(pieces, whole);
        }
    }
}
