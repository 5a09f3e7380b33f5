//! Encrypted byte streams to granted hosts, and the lines that most protocols on them are made of.
//!
//! A secret is named, never held: `say` takes pieces, and the host puts the value in.
//!
//! ```
//! # use jackfield_sdk::channel::*;
//! # fn login(host: &dyn Host) -> Result<(), StreamFailure> {
//! let mut mail = Conversation::new(host.connect("imap.example.org", 993, Security::Tls)?);
//! mail.line(5_000)?;
//! mail.say(&[bytes("a LOGIN me \""), secret("password"), bytes("\"\r\n")])?;
//! # Ok(())
//! # }
//! ```

use crate::bindings::channel_plugin::jackfield::plugin::{http as wit_http, stream as wit};
use crate::channel::Trouble;
pub use wit::{Failure as StreamFailure, Part, Piece, Security};

/// What a broken stream means for the call: a network that is not reached is asked later, what was not granted is told.
pub fn stream_trouble(failure: &StreamFailure) -> Trouble {
    match failure {
        StreamFailure::NotGranted(text) => Trouble::Refused(text.clone()),
        StreamFailure::Invalid(text) => Trouble::Unexpected(text.clone()),
        StreamFailure::Unreachable(_)
        | StreamFailure::TimedOut
        | StreamFailure::Closed
        | StreamFailure::OverBudget(_) => Trouble::Later(None),
    }
}

/// One stream, in the sandbox or in a test.
pub trait Stream {
    /// From the clear to TLS.
    fn start_tls(&mut self) -> Result<(), StreamFailure>;
    /// Writes all pieces as one.
    fn write(&mut self, pieces: &[Piece]) -> Result<(), StreamFailure>;
    /// What has arrived; none when the other side has ended.
    fn read(&mut self, max: u32, timeout_ms: u32) -> Result<Option<Vec<u8>>, StreamFailure>;
}

/// The body of an answer, read in pieces.
pub trait Body {
    /// The next bytes; none at the end.
    fn read(&mut self, max: u32) -> Result<Option<Vec<u8>>, wit_http::Failure>;
}

/// Text as it stands.
pub fn bytes(text: impl Into<Vec<u8>>) -> Piece {
    Piece::Bytes(text.into())
}

/// The value of a secret.
pub fn secret(name: &str) -> Piece {
    Piece::Secret(name.to_owned())
}

/// The Base64 of a text and a secret after it, as `AUTH PLAIN` and `AUTH LOGIN` want it.
pub fn base64_with_secret(before: impl Into<Vec<u8>>, name: &str) -> Piece {
    Piece::Base64(vec![Part::Bytes(before.into()), Part::Secret(name.to_owned())])
}

/// A stream of lines.
pub struct Conversation {
    stream: Box<dyn Stream>,
    unread: Vec<u8>,
}

/// Longer lines are no lines of a mail or chat protocol.
const MAX_LINE: usize = 1 << 20;

impl Conversation {
    /// Of this stream.
    pub fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream,
            unread: Vec::new(),
        }
    }

    /// From the clear to TLS; what was not read of the clear text is thrown away with the stream.
    pub fn start_tls(&mut self) -> Result<(), StreamFailure> {
        if !self.unread.is_empty() {
            return Err(StreamFailure::Unreachable(
                "the other side said more in the clear than was read before the handshake".to_owned(),
            ));
        }
        self.stream.start_tls()
    }

    /// Says it.
    pub fn say(&mut self, pieces: &[Piece]) -> Result<(), StreamFailure> {
        self.stream.write(pieces)
    }

    /// The next line, without its end; none when the other side has ended.
    pub fn line(&mut self, timeout_ms: u32) -> Result<Option<String>, StreamFailure> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.unread.drain(..=end).collect();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
            }
            if self.unread.len() > MAX_LINE {
                return Err(StreamFailure::Invalid(format!(
                    "a line is longer than {MAX_LINE} bytes"
                )));
            }
            match self.stream.read(0, timeout_ms)? {
                Some(more) => self.unread.extend_from_slice(&more),
                None if self.unread.is_empty() => return Ok(None),
                None => {
                    let rest = core::mem::take(&mut self.unread);
                    return Ok(Some(String::from_utf8_lossy(&rest).into_owned()));
                }
            }
        }
    }

    /// Exactly `count` bytes: an IMAP literal.
    pub fn exactly(&mut self, count: usize, timeout_ms: u32) -> Result<Vec<u8>, StreamFailure> {
        while self.unread.len() < count {
            let more = self.stream.read(0, timeout_ms)?.ok_or(StreamFailure::Closed)?;
            self.unread.extend_from_slice(&more);
        }
        Ok(self.unread.drain(..count).collect())
    }
}

impl core::fmt::Debug for Conversation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Conversation").finish_non_exhaustive()
    }
}

impl Stream for wit::Connection {
    fn start_tls(&mut self) -> Result<(), StreamFailure> {
        Self::start_tls(self)
    }
    fn write(&mut self, pieces: &[Piece]) -> Result<(), StreamFailure> {
        Self::write(self, pieces)
    }
    fn read(&mut self, max: u32, timeout_ms: u32) -> Result<Option<Vec<u8>>, StreamFailure> {
        Self::read(self, max, timeout_ms)
    }
}

impl Body for wit_http::Body {
    fn read(&mut self, max: u32) -> Result<Option<Vec<u8>>, wit_http::Failure> {
        Self::read(self, max)
    }
}

/// A body that is there whole.
pub(crate) struct Whole(pub(crate) Vec<u8>);

impl Body for Whole {
    fn read(&mut self, max: u32) -> Result<Option<Vec<u8>>, wit_http::Failure> {
        let max = if max == 0 { 64 * 1024 } else { max as usize };
        let piece: Vec<u8> = self.0.drain(..max.min(self.0.len())).collect();
        Ok((!piece.is_empty()).then_some(piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Script(Vec<Option<&'static str>>);
    impl Stream for Script {
        fn start_tls(&mut self) -> Result<(), StreamFailure> {
            Ok(())
        }
        fn write(&mut self, _: &[Piece]) -> Result<(), StreamFailure> {
            Ok(())
        }
        fn read(&mut self, _: u32, _: u32) -> Result<Option<Vec<u8>>, StreamFailure> {
            Ok(self.0.remove(0).map(|text| text.as_bytes().to_vec()))
        }
    }

    #[test]
    fn lines_are_whole_whatever_the_reads_are() {
        let mut talk = Conversation::new(Box::new(Script(vec![
            Some("* O"),
            Some("K\r\none\ntw"),
            Some("o\r\n12"),
            Some("345rest"),
            None,
            None,
        ])));
        let mut next = || talk.line(0).unwrap();
        assert_eq!(next().as_deref(), Some("* OK"));
        assert_eq!(next().as_deref(), Some("one"));
        assert_eq!(next().as_deref(), Some("two"));
        assert_eq!(talk.exactly(5, 0).unwrap(), b"12345");
        assert_eq!(talk.line(0).unwrap().as_deref(), Some("rest"));
        assert_eq!(talk.line(0).unwrap(), None);
    }

    #[test]
    fn what_was_said_in_the_clear_is_not_taken_for_something_said_under_the_lock() {
        let mut talk = Conversation::new(Box::new(Script(vec![Some("220 ready\r\n250 injected\r\n")])));
        talk.line(0).unwrap();
        assert!(matches!(talk.start_tls(), Err(StreamFailure::Unreachable(_))));
    }
}
