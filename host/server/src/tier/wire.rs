//! What the host and its plugin tier say to each other: frames of a known length, typed, each request with a number so
//! that no connection waits for another. The host is asked nothing; it asks, and the tier answers or tells a log line.
//!
//! A frame is two lengths of four bytes, a message (postcard) and, for a component's code alone, bytes behind it that
//! nobody copies one by one.

use jackfield_engine::bindings::{Description, Draft, Level, RawRequest, Subject, TriageDescription, TriageVerdict};
use jackfield_engine::{
    CallError, CallNote, Extra, Ingested, Limits, Polled, PublishError, Published, Reconciled, Spared, Takes,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a message: an answer holds a batch (8 MiB at most) and the trace of the call (1 MiB).
pub(super) const MESSAGE: usize = 48 << 20;
/// Bytes of code behind a message; what the compiler may give.
pub(super) const CODE: usize = 512 << 20;

type Kv = Vec<(String, Vec<u8>)>;

/// The first message: what the tier is made of.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Hello {
    pub(super) seal: Vec<u8>,
    pub(super) instances: u32,
    pub(super) max_memory: usize,
    /// It does not work where the kernel does not hold it.
    pub(super) required: bool,
    /// Log lines up to this level are told.
    pub(super) level: u8,
}

/// What the host wants.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    Hello(Hello),
    /// The sealed code stands behind it.
    Load {
        plugin: u64,
        manifest: String,
        hash: Vec<u8>,
    },
    Unload(u64),
    Open {
        connection: u64,
        plugin: u64,
        spec: Spec,
    },
    Close(u64),
    Call(u64, Call),
    Seat {
        lane: u64,
        plugin: u64,
        limits: Limits,
        threads: usize,
    },
    Unseat(u64),
    Judge(u64, Vec<Subject>),
    /// Nobody waits for the answer to that request any more.
    Stop(u64),
}

/// What a connection is made of.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Spec {
    pub(super) id: String,
    pub(super) settings: String,
    pub(super) grants: Vec<String>,
    pub(super) secrets: Vec<Entrusted>,
    pub(super) limits: Limits,
}

/// A secret that the tier places in the host's stead.
#[derive(Serialize, Deserialize)]
pub(super) struct Entrusted {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) hosts: Vec<String>,
}

impl Drop for Entrusted {
    fn drop(&mut self) {
        self.value.zeroize();
    }
}

impl std::fmt::Debug for Entrusted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entrusted")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A call of one export.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Call {
    Check,
    Poll {
        cursor: Option<Vec<u8>>,
        kv: Kv,
        max_events: u32,
        sparing: bool,
    },
    Publish(Draft, Kv),
    Reconcile(Draft, Kv),
    Ingest(RawRequest, Kv),
    Verify(RawRequest),
}

/// Its answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Said {
    Check(Result<String, CallError>),
    Poll(Result<(Polled, Vec<Spared>), CallError>),
    Publish(Result<Published, PublishError>),
    Reconcile(Result<Reconciled, CallError>),
    Ingest(Result<Ingested, CallError>),
    Verify(Result<Result<(), String>, CallError>),
}

/// What the tier answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Ready {
        takes: Takes,
        missing: Vec<String>,
    },
    Done,
    Channel(Description, Extra),
    Triage(TriageDescription),
    /// A sentence for people.
    Refused(String),
    Called {
        said: Box<Said>,
        note: CallNote,
        grants: Vec<(String, u64)>,
        trace: Option<String>,
    },
    Judged(Result<Vec<Vec<TriageVerdict>>, CallError>),
}

/// What goes up.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Up {
    Answer(u64, Answer),
    /// A line of the tier's own log.
    Log {
        level: u8,
        text: String,
    },
    /// A line of a plugin.
    Line {
        who: String,
        level: Level,
        line: String,
    },
}

/// What goes down.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Down {
    pub(super) id: u64,
    pub(super) ask: Ask,
}

/// A message with its lengths before it. Wiped when it is dropped: it may hold a secret.
pub(super) fn frame(message: &impl Serialize, code: &[u8]) -> io::Result<Zeroizing<Vec<u8>>> {
    let message = Zeroizing::new(postcard::to_stdvec(message).map_err(io::Error::other)?);
    let length = |bytes: &[u8], most: usize| {
        let fits = bytes.len() <= most;
        let length = u32::try_from(bytes.len()).ok().filter(|_| fits);
        length.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{} bytes in one message", bytes.len()),
            )
        })
    };
    let mut frame = Zeroizing::new(Vec::with_capacity(8 + message.len()));
    frame.extend(length(&message, MESSAGE)?.to_le_bytes());
    frame.extend(length(code, CODE)?.to_le_bytes());
    frame.extend_from_slice(&message);
    Ok(frame)
}

/// The two lengths at the beginning of a frame.
pub(super) fn lengths(head: [u8; 8], code: usize) -> io::Result<(usize, usize)> {
    let [a, b, c, d, e, f, g, h] = head;
    let message = u32::from_le_bytes([a, b, c, d]) as usize;
    let behind = u32::from_le_bytes([e, f, g, h]) as usize;
    if message > MESSAGE || behind > code {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a message of {message} and {behind} bytes"),
        ));
    }
    Ok((message, behind))
}

/// A message of a frame.
pub(super) fn message<T: DeserializeOwned>(bytes: &[u8]) -> io::Result<T> {
    postcard::from_bytes(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Reads a frame; `code` is how many bytes may stand behind the message.
pub(super) fn read<T: DeserializeOwned>(from: &mut impl Read, code: usize) -> io::Result<(T, Vec<u8>)> {
    let mut head = [0; 8];
    from.read_exact(&mut head)?;
    let (length, behind) = lengths(head, code)?;
    let mut bytes = Zeroizing::new(vec![0; length]);
    from.read_exact(&mut bytes)?;
    let mut code = vec![0; behind];
    from.read_exact(&mut code)?;
    Ok((message(&bytes)?, code))
}

/// Writes a frame.
pub(super) fn write(to: &mut impl Write, message: &impl Serialize, code: &[u8]) -> io::Result<()> {
    to.write_all(&frame(message, code)?)?;
    to.write_all(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written_with_the_code_behind_it() {
        let ask = Ask::Load {
            plugin: 7,
            manifest: "name = \"x\"".to_owned(),
            hash: vec![1, 2],
        };
        let mut bytes = Vec::new();
        write(&mut bytes, &Down { id: 300, ask }, b"code").unwrap();
        let (down, code): (Down, _) = read(&mut bytes.as_slice(), CODE).unwrap();
        assert!(
            down.id == 300 && matches!(down.ask, Ask::Load { plugin: 7, .. }),
            "{down:?}"
        );
        assert_eq!(code, b"code");
    }

    #[test]
    fn what_is_too_long_cut_or_no_message_is_refused() {
        let mut bytes = Vec::new();
        write(&mut bytes, &Up::Answer(1, Answer::Done), b"").unwrap();
        let parse = |bytes: &[u8]| read::<Up>(&mut &*bytes, 0).map(|_| ()).map_err(|error| error.kind());
        assert_eq!(parse(&bytes), Ok(()));
        assert_eq!(parse(&bytes[..bytes.len() - 1]), Err(io::ErrorKind::UnexpectedEof));
        let mut long = bytes.clone();
        long[3] = 0xff;
        assert_eq!(parse(&long), Err(io::ErrorKind::InvalidData));
        let mut behind = bytes.clone();
        behind[4] = 1;
        assert_eq!(parse(&behind), Err(io::ErrorKind::InvalidData), "no code comes up");
        let mut other = bytes.clone();
        other[8] = 9;
        assert_eq!(parse(&other), Err(io::ErrorKind::InvalidData));
    }
}
