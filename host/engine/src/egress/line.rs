//! A byte stream to one host: dialled under the same policy as a request, read without any secret's value, written with
//! secrets that the host puts in. What is in the clear is so little that no protocol needs less before its STARTTLS.

use super::{Destination, Exit, Failure, Origin, Scheme, Used, dial, policy};
use crate::{limits::Limits, scrub::Pieces};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use rustls::pki_types::ServerName;
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use zeroize::Zeroizing;

/// Bytes of one read.
const READ: usize = 64 * 1024;
/// Bytes in either direction before the handshake; a greeting and a list of abilities have a few hundred.
const IN_THE_CLEAR: usize = 16 * 1024;
/// A stream that was not used for this long is closed: servers of mail wait thirty minutes (RFC 9051, 5.4), and a plugin
/// that polls uses its stream once a minute.
const IDLE: Duration = Duration::from_secs(300);

/// How a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// With the handshake.
    Tls,
    /// In the clear, until the handshake.
    StartTls,
    /// In the clear.
    Plain,
}

/// A part of what is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it stands, or the value of a secret.
    Part(Part),
    /// The Base64 of these parts together.
    Base64(Vec<Part>),
}

/// A part of what is written or encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// As it stands.
    Bytes(Vec<u8>),
    /// A secret by name.
    Secret(String),
}

/// Why there is no stream, or no more of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineFailure {
    /// As for a request.
    Failed(Failure),
    /// Closed by either side.
    Closed,
}

impl From<Failure> for LineFailure {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

enum Io {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Closed,
}

/// One stream.
pub struct Line {
    io: Io,
    exit: Arc<Exit>,
    to: Origin,
    security: Security,
    pieces: Pieces,
    ready: Vec<u8>,
    clear_in: usize,
    clear_out: usize,
    used_at: Instant,
}

impl Exit {
    /// Opens a stream. Counts as a request.
    pub async fn connect(
        self: &Arc<Self>,
        host: &str,
        port: u16,
        security: Security,
        limits: &Limits,
        used: &mut Used,
    ) -> Result<Line, LineFailure> {
        let scheme = if security == Security::Plain {
            Scheme::Tcp
        } else {
            Scheme::Tls
        };
        let to = policy::check_stream(host, port, scheme, self.grants()).map_err(Failure::from)?;
        if used.requests >= limits.requests {
            return Err(Failure::OverBudget("requests").into());
        }
        used.requests += 1;
        let opened = async {
            let stream = self.dialled(&to).await?;
            let mut line = Line {
                io: Io::Plain(stream),
                exit: self.clone(),
                to: to.origin.clone(),
                security,
                pieces: Pieces::new(self.scrubber().clone()),
                ready: Vec::new(),
                clear_in: 0,
                clear_out: 0,
                used_at: Instant::now(),
            };
            if security == Security::Tls {
                line.handshake().await?;
            }
            Ok(line)
        };
        timeout(limits.request_time, opened)
            .await
            .unwrap_or(Err(Failure::TimedOut.into()))
    }

    async fn dialled(&self, to: &Destination) -> Result<TcpStream, Failure> {
        let pinned = self.pinned(to).await?;
        match timeout(dial::CONNECT, TcpStream::connect(pinned.as_slice())).await {
            Ok(Ok(stream)) => {
                // Commands are short and wait for their answers.
                let _ = stream.set_nodelay(true);
                Ok(stream)
            }
            Ok(Err(error)) => Err(Failure::Unreachable(format!(
                "{} cannot be reached: {error}",
                to.origin
            ))),
            Err(_) => Err(Failure::Unreachable(format!(
                "{} does not answer the dial within {} s",
                to.origin,
                dial::CONNECT.as_secs()
            ))),
        }
    }
}

impl Line {
    /// Whether it was not used for so long that it is to be closed.
    pub fn is_idle(&self) -> bool {
        self.used_at.elapsed() > IDLE
    }

    async fn handshake(&mut self) -> Result<(), LineFailure> {
        let Io::Plain(stream) = std::mem::replace(&mut self.io, Io::Closed) else {
            return Err(LineFailure::Closed);
        };
        let no = |why: String| Failure::Unreachable(format!("TLS with {} failed: {why}", self.to));
        let name = ServerName::try_from(self.to.host.clone()).map_err(|error| no(error.to_string()))?;
        let connector = TlsConnector::from(Arc::new(self.exit.dialler().stream_tls()));
        let stream = connector
            .connect(name, stream)
            .await
            .map_err(|error| no(error.to_string()))?;
        self.io = Io::Tls(Box::new(stream));
        Ok(())
    }

    /// From the clear to TLS.
    pub async fn start_tls(&mut self, limits: &Limits) -> Result<(), LineFailure> {
        self.used_at = Instant::now();
        match self.io {
            Io::Plain(_) if self.security == Security::StartTls => {}
            Io::Closed => return Err(LineFailure::Closed),
            _ => {
                let what = "the stream did not begin with `start-tls`, or is encrypted already";
                return Err(Failure::Invalid(what.to_owned()).into());
            }
        }
        if !self.ready.is_empty() || self.pieces.is_holding() {
            self.io = Io::Closed;
            let what = format!("{} said more in the clear than was read before the handshake", self.to);
            return Err(Failure::Unreachable(what).into());
        }
        match timeout(limits.request_time, self.handshake()).await {
            Ok(outcome) => outcome,
            Err(_) => {
                self.io = Io::Closed;
                Err(Failure::Unreachable(format!("TLS with {} took too long", self.to)).into())
            }
        }
    }

    /// Writes all pieces as one.
    pub async fn write(&mut self, pieces: &[Piece], limits: &Limits, used: &mut Used) -> Result<(), LineFailure> {
        self.used_at = Instant::now();
        let bytes = self.assembled(pieces, limits)?;
        if used.bytes_out.saturating_add(bytes.len() as u64) > limits.bytes_out {
            return Err(Failure::OverBudget("bytes-out").into());
        }
        if matches!(self.io, Io::Plain(_)) && self.security == Security::StartTls {
            self.clear_out = self.clear_out.saturating_add(bytes.len());
            if self.clear_out > IN_THE_CLEAR {
                return Err(self.too_long_in_the_clear());
            }
        }
        used.bytes_out += bytes.len() as u64;
        let written = async {
            match &mut self.io {
                Io::Plain(stream) => stream.write_all(&bytes).await,
                Io::Tls(stream) => match stream.write_all(&bytes).await {
                    Ok(()) => stream.flush().await,
                    no => no,
                },
                Io::Closed => return Err(LineFailure::Closed),
            }
            .map_err(|_| LineFailure::Closed)
        };
        let outcome = timeout(limits.request_time, written)
            .await
            .unwrap_or(Err(Failure::TimedOut.into()));
        if outcome.is_err() {
            // Nobody knows how much of it has gone out.
            self.io = Io::Closed;
        }
        outcome
    }

    /// The bytes of `pieces`. A secret is put in only under the lock, and only for its own hosts.
    fn assembled(&self, pieces: &[Piece], limits: &Limits) -> Result<Zeroizing<Vec<u8>>, LineFailure> {
        let mut bytes = Zeroizing::new(Vec::new());
        for piece in pieces {
            match piece {
                Piece::Part(part) => self.put(part, &mut bytes)?,
                Piece::Base64(parts) => {
                    let mut inner = Zeroizing::new(Vec::new());
                    parts.iter().try_for_each(|part| self.put(part, &mut inner))?;
                    let encoded = Zeroizing::new(BASE64_STANDARD.encode(inner.as_slice()));
                    bytes.extend_from_slice(encoded.as_bytes());
                }
            }
            if bytes.len() > limits.request_body {
                let what = format!("one write is larger than {} bytes", limits.request_body);
                return Err(Failure::Invalid(what).into());
            }
        }
        Ok(bytes)
    }

    fn put(&self, part: &Part, bytes: &mut Vec<u8>) -> Result<(), LineFailure> {
        match part {
            Part::Bytes(plain) => bytes.extend_from_slice(plain),
            Part::Secret(name) => {
                if !matches!(self.io, Io::Tls(_)) {
                    let what = format!(
                        "the secret {name} is not sent to {} in the clear: call `start-tls` first",
                        self.to
                    );
                    return Err(Failure::NotGranted(what).into());
                }
                let secret = self.exit.secret(name, &self.to)?;
                bytes.extend_from_slice(secret.value().as_bytes());
            }
        }
        Ok(())
    }

    /// What has arrived, at most `most` bytes; none when the other side has ended.
    pub async fn read(
        &mut self,
        most: usize,
        wait: Duration,
        limits: &Limits,
        used: &mut Used,
    ) -> Result<Option<Vec<u8>>, LineFailure> {
        self.used_at = Instant::now();
        let most = if most == 0 { READ } else { most.min(READ) };
        let wait = if wait.is_zero() { limits.request_time } else { wait };
        let until = Instant::now() + wait.min(limits.wall);
        let mut buffer = vec![0; most];
        while self.ready.is_empty() {
            let got = match &mut self.io {
                Io::Plain(stream) => timeout_at(until, stream.read(&mut buffer)).await,
                Io::Tls(stream) => timeout_at(until, stream.read(&mut buffer)).await,
                Io::Closed => return Err(LineFailure::Closed),
            };
            let got = got.map_err(|_| Failure::TimedOut)?.unwrap_or(0);
            if got == 0 {
                self.io = Io::Closed;
                self.ready = self.pieces.end();
                if self.ready.is_empty() {
                    return Ok(None);
                }
                break;
            }
            used.bytes_in = used.bytes_in.saturating_add(got as u64);
            if used.bytes_in > limits.bytes_in {
                self.io = Io::Closed;
                return Err(Failure::OverBudget("bytes-in").into());
            }
            if matches!(self.io, Io::Plain(_)) && self.security == Security::StartTls {
                self.clear_in = self.clear_in.saturating_add(got);
                if self.clear_in > IN_THE_CLEAR {
                    return Err(self.too_long_in_the_clear());
                }
            }
            self.ready = self.pieces.add(buffer.get(..got).unwrap_or_default());
        }
        let later = self.ready.split_off(most.min(self.ready.len()));
        Ok(Some(std::mem::replace(&mut self.ready, later)))
    }

    fn too_long_in_the_clear(&mut self) -> LineFailure {
        self.io = Io::Closed;
        let plain = Origin {
            scheme: Scheme::Tcp,
            ..self.to.clone()
        };
        let what = format!(
            "more than {IN_THE_CLEAR} bytes in the clear on {}; an operator who means a stream without encryption \
             grants `{plain}`",
            self.to
        );
        Failure::NotGranted(what).into()
    }
}
