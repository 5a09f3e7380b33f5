//! `stream`: the contract's words for what [`Line`] does.
//!
//! Streams live in the room and not behind the guest's handle, so that the host can close one that nobody uses; the
//! handle is a number.

use crate::{
    bindings::channel_world::jackfield::plugin::stream::{self, Failure, Host, HostConnection},
    egress::{self, Line, LineFailure, Part, Piece, Security},
    room::Room,
    trace::Bytes,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use wasmtime::component::Resource;

/// The guest's handle to a stream.
#[allow(unreachable_pub, reason = "the generated bindings hand it on as their own")]
pub struct StreamId(u32);

impl Host for Room {}

impl HostConnection for Room {
    async fn connect(
        &mut self,
        host: String,
        port: u16,
        security: stream::Security,
    ) -> wasmtime::Result<Result<Resource<StreamId>, Failure>> {
        self.enter()?;
        self.trail
            .add(format_args!("stream.connect {}:{port}", super::log::cut(&host, 253)));
        let with = self.described(|| json!({"host": host, "port": port, "security": security}));
        let security = match security {
            stream::Security::Tls => Security::Tls,
            stream::Security::StartTls => Security::StartTls,
            stream::Security::Plain => Security::Plain,
        };
        let (line, outcome) = match self.given("stream.connect", &with, Err(Failure::TimedOut))? {
            Some(outcome) => (None, outcome),
            None => match Box::pin(self.dial(&host, port, security)).await {
                Ok(line) => (Some(line), Ok(())),
                Err(failure) => (None, Err(in_words(failure))),
            },
        };
        match self.ended("stream.connect", with, outcome)? {
            Ok(()) => {
                let id = self.lines.keep(line);
                Ok(Ok(self.keep(StreamId(id))?))
            }
            Err(failure) => Ok(Err(failure)),
        }
    }

    async fn start_tls(&mut self, handle: Resource<StreamId>) -> wasmtime::Result<Result<(), Failure>> {
        self.enter()?;
        self.trail.add("stream.start-tls");
        let id = self.table.get(&handle)?.0;
        let with = self.described(|| json!({"stream": id}));
        let outcome = match self.given("stream.start-tls", &with, Err(Failure::TimedOut))? {
            Some(outcome) => outcome,
            None => {
                let limits = self.limits.clone();
                let outcome = match self.lines.get(id) {
                    Some(Some(line)) => Box::pin(line.start_tls(&limits)).await,
                    _ => Err(LineFailure::Closed),
                };
                self.call.waited = true;
                outcome.map_err(in_words)
            }
        };
        self.ended("stream.start-tls", with, outcome)
    }

    async fn write(
        &mut self,
        handle: Resource<StreamId>,
        pieces: Vec<stream::Piece>,
    ) -> wasmtime::Result<Result<(), Failure>> {
        self.enter()?;
        self.trail.add("stream.write");
        let id = self.table.get(&handle)?.0;
        let pieces: Vec<Piece> = pieces.into_iter().map(Piece::from).collect();
        let with = self.described(|| json!({"stream": id, "pieces": pieces.iter().map(said).collect::<Vec<_>>()}));
        let outcome = match self.given("stream.write", &with, Err(Failure::TimedOut))? {
            Some(outcome) => outcome,
            None => {
                let limits = self.limits.clone();
                let outcome = match self.lines.get(id) {
                    Some(Some(line)) => Box::pin(line.write(&pieces, &limits, &mut self.call.net)).await,
                    _ => Err(LineFailure::Closed),
                };
                self.call.waited = true;
                outcome.map_err(in_words)
            }
        };
        self.ended("stream.write", with, outcome)
    }

    async fn read(
        &mut self,
        handle: Resource<StreamId>,
        max: u32,
        timeout_ms: u32,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Failure>> {
        self.enter()?;
        self.trail.add("stream.read");
        let id = self.table.get(&handle)?.0;
        let with = self.described(|| json!({"stream": id, "max": max, "timeout-ms": timeout_ms}));
        let outcome = match self.given("stream.read", &with, Err(Failure::TimedOut))? {
            Some(outcome) => outcome,
            None => {
                let limits = self.limits.clone();
                let wait = Duration::from_millis(timeout_ms.into());
                let outcome = match self.lines.get(id) {
                    Some(Some(line)) => Box::pin(line.read(max as usize, wait, &limits, &mut self.call.net)).await,
                    _ => Err(LineFailure::Closed),
                };
                self.call.waited = true;
                outcome.map(|read| read.map(Bytes)).map_err(in_words)
            }
        };
        let outcome = self.ended("stream.read", with, outcome)?;
        Ok(outcome.map(|read| read.map(|bytes| bytes.0)))
    }

    fn close(&mut self, handle: Resource<StreamId>) -> wasmtime::Result<()> {
        self.enter()?;
        self.trail.add("stream.close");
        let id = self.table.get(&handle)?.0;
        self.lines.close(id);
        Ok(())
    }

    fn drop(&mut self, handle: Resource<StreamId>) -> wasmtime::Result<()> {
        let id = self.table.delete(handle)?.0;
        self.lines.close(id);
        Ok(())
    }
}

type Outcome<T> = Result<T, Failure>;

impl Room {
    async fn dial(&mut self, host: &str, port: u16, security: Security) -> Result<Line, LineFailure> {
        let Some(exit) = self.exit() else {
            return Err(egress::Failure::NotGranted("there is no network in this call".to_owned()).into());
        };
        if self.open_ends() >= self.limits.streams {
            return Err(egress::Failure::OverBudget("streams").into());
        }
        let limits = self.limits.clone();
        let (origin, begun) = (format!("{host}:{port}"), Instant::now());
        self.trail.notes.asking(Some(&origin));
        let outcome = exit.connect(host, port, security, &limits, &mut self.call.net).await;
        self.call.waited = true;
        self.trail.notes.asking(None);
        if let Err(LineFailure::Failed(failure)) = &outcome {
            let notes = &self.trail.notes;
            notes.exchange(Some(&origin), Some("connect"), Err(failure), begun.elapsed());
        }
        outcome
    }

    /// The one place that the outcome of every call of `stream` passes.
    fn ended<T: Serialize>(
        &mut self,
        import: &'static str,
        with: Value,
        outcome: Outcome<T>,
    ) -> wasmtime::Result<Outcome<T>> {
        if self.tape.on() {
            self.record(import, with, serde_json::to_value(&outcome)?);
        }
        if let Err(failure) = &outcome {
            self.trail.end(match failure {
                Failure::NotGranted(_) => "not-granted",
                Failure::Invalid(_) => "invalid",
                Failure::Unreachable(_) => "unreachable",
                Failure::TimedOut => "timed-out",
                Failure::Closed => "closed",
                Failure::OverBudget(_) => "over-budget",
            });
        }
        if let Err(Failure::NotGranted(text)) = &outcome {
            self.tell_operator(text);
        }
        Ok(outcome)
    }
}

fn in_words(failure: LineFailure) -> Failure {
    match failure {
        LineFailure::Closed => Failure::Closed,
        LineFailure::Failed(failure) => match failure {
            egress::Failure::NotGranted(text) => Failure::NotGranted(text),
            egress::Failure::Invalid(text) => Failure::Invalid(text),
            egress::Failure::Unreachable(text) => Failure::Unreachable(text),
            egress::Failure::TimedOut => Failure::TimedOut,
            egress::Failure::TooLarge(_) => Failure::OverBudget("bytes-in".to_owned()),
            egress::Failure::OverBudget(which) => Failure::OverBudget(which.to_owned()),
        },
    }
}

/// What a trace says of a piece: a secret stands there by name.
fn said(piece: &Piece) -> Value {
    let part = |part: &Part| match part {
        Part::Bytes(bytes) => json!(Bytes(bytes.clone())),
        Part::Secret(name) => json!({"secret": name}),
    };
    match piece {
        Piece::Part(one) => part(one),
        Piece::Base64(parts) => json!({"base64-of": parts.iter().map(part).collect::<Vec<_>>()}),
    }
}

impl From<stream::Piece> for Piece {
    fn from(piece: stream::Piece) -> Self {
        match piece {
            stream::Piece::Bytes(bytes) => Self::Part(Part::Bytes(bytes)),
            stream::Piece::Secret(name) => Self::Part(Part::Secret(name)),
            stream::Piece::Base64(parts) => Self::Base64(parts.into_iter().map(Part::from).collect()),
        }
    }
}

impl From<stream::Part> for Part {
    fn from(part: stream::Part) -> Self {
        match part {
            stream::Part::Bytes(bytes) => Self::Bytes(bytes),
            stream::Part::Secret(name) => Self::Secret(name),
        }
    }
}
