//! What stands behind the handles of `wasi:http/types`: a request in the making, and an answer that is waited for.
//!
//! A request is sent when the guest first waits for its answer, not when it hands the request over: by then its body
//! is whole. The answer is whole too when the guest sees its status.

use super::Held;
use crate::{
    bindings::runtime::wasi::http::types::{ErrorCode, HeaderError, Method, Scheme},
    egress::{self, Request},
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Bytes of one set of headers, more than any network sends.
const MAX_FIELDS: usize = 64 * 1024;

/// Headers.
#[derive(Default, Clone)]
pub struct Fields {
    pub(super) entries: Vec<(String, Vec<u8>)>,
    pub(super) frozen: bool,
}

impl Fields {
    pub(super) fn of_answer(headers: Vec<(String, String)>) -> Self {
        Self {
            entries: headers
                .into_iter()
                .map(|(name, value)| (name, value.into_bytes()))
                .collect(),
            frozen: true,
        }
    }

    pub(super) fn change(&mut self, name: &str, values: Vec<Vec<u8>>, keep: bool) -> Result<(), HeaderError> {
        if self.frozen {
            return Err(HeaderError::Immutable);
        }
        let name = http::HeaderName::try_from(name).map_err(|_| HeaderError::InvalidSyntax)?;
        if values.iter().any(|value| http::HeaderValue::from_bytes(value).is_err()) {
            return Err(HeaderError::InvalidSyntax);
        }
        let weight: usize = self.entries.iter().map(|(name, value)| name.len() + value.len()).sum();
        let more: usize = values.iter().map(|value| name.as_str().len() + value.len()).sum();
        if weight + more > MAX_FIELDS {
            return Err(HeaderError::Forbidden);
        }
        if !keep {
            self.entries.retain(|(other, _)| other != name.as_str());
        }
        self.entries
            .extend(values.into_iter().map(|value| (name.as_str().to_owned(), value)));
        Ok(())
    }

    pub(super) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Vec<u8>> {
        self.entries
            .iter()
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// The body of a request in the making, shared by the guest's handles to it and the exchange that waits for it.
#[derive(Clone)]
pub struct Sending(Arc<Mutex<Body>>);

pub(super) struct Body {
    held: Held,
    pub(super) state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Open,
    Finished,
    GivenUp,
}

impl Sending {
    pub(super) fn new(held: Held) -> Self {
        Self(Arc::new(Mutex::new(Body {
            held,
            state: State::Open,
        })))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Body {
    /// Adds bytes; in words why not, or nothing where the body is closed.
    pub(super) fn write(&mut self, bytes: &[u8], most: usize, held: usize) -> Result<(), Option<String>> {
        if self.state != State::Open {
            return Err(None);
        }
        let fits = self.held.bytes().len() + bytes.len() <= most && self.held.add(bytes, held);
        if !fits {
            self.state = State::GivenUp;
            return Err(Some(format!(
                "the body is larger than the {most} bytes that a request may have"
            )));
        }
        Ok(())
    }
}

/// The guest's handle to the body of its request.
pub struct RequestBody(pub(super) Sending);

/// A request in the making.
pub struct Sketch {
    pub(super) headers: Fields,
    pub(super) method: Method,
    pub(super) scheme: Option<Scheme>,
    pub(super) authority: Option<String>,
    pub(super) path: Option<String>,
    pub(super) body: Option<Sending>,
}

/// How long a guest would wait.
#[derive(Default)]
pub struct Options {
    pub(super) connect: Option<u64>,
    pub(super) first_byte: Option<u64>,
    pub(super) between_bytes: Option<u64>,
}

impl Options {
    pub(super) fn timeout(&self) -> Duration {
        let asked = [self.connect, self.first_byte]
            .into_iter()
            .flatten()
            .fold(0_u64, u64::saturating_add);
        Duration::from_nanos(asked)
    }
}

/// An answer that is waited for, shared by the guest's handle and its pollables.
#[derive(Clone)]
pub struct Awaited(Arc<Mutex<Waiting>>);

pub(super) enum Waiting {
    Unsent(Box<Request>, Option<Sending>),
    Asked,
    Answered(Result<egress::Response, ErrorCode>),
    Taken,
}

/// What is to be done for an answer.
pub(super) enum Exchange {
    Ask(Box<Request>),
    /// The body is not finished yet.
    Unfinished,
    Over,
}

impl Awaited {
    pub(super) fn new(request: Request, body: Option<Sending>) -> Self {
        Self(Arc::new(Mutex::new(Waiting::Unsent(Box::new(request), body))))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Answered(_) | Self::Taken)
    }

    /// Takes the request out where it is whole. `last` says that nothing else can happen any more: a body that is not
    /// finished by now never will be.
    pub(super) fn begin(&mut self, last: bool) -> Exchange {
        let Self::Unsent(_, body) = &*self else {
            return Exchange::Over;
        };
        let state = body.as_ref().map_or(State::Finished, |body| body.lock().state);
        if state == State::Open && !last {
            return Exchange::Unfinished;
        }
        let Self::Unsent(mut request, body) = std::mem::replace(self, Self::Asked) else {
            return Exchange::Over;
        };
        if state != State::Finished {
            let what = "the body of the request was not finished; nothing was sent".to_owned();
            *self = Self::Answered(Err(ErrorCode::InternalError(Some(what))));
            return Exchange::Over;
        }
        if let Some(body) = body {
            request.body = body.lock().held.take();
        }
        Exchange::Ask(request)
    }

    pub(super) fn end(&mut self, outcome: Result<egress::Response, ErrorCode>) {
        *self = Self::Answered(outcome);
    }
}

/// An answer.
pub struct Answer {
    pub(super) status: u16,
    pub(super) headers: Fields,
    pub(super) body: Option<Held>,
}

/// The body of an answer, before and after the guest took its stream.
pub struct AnswerBody(pub(super) Option<Held>);

/// Trailers are not handed on: one look finds none, a second is a mistake.
pub struct Trailers(pub(super) bool);
