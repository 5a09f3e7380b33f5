//! `wasi:io/streams` and `wasi:io/error`: bytes that the host has whole, so no read and no write ever waits.

use super::{Held, Pollable, Sending};
use crate::{
    bindings::{
        Level,
        runtime::wasi::io::{
            error,
            streams::{self, StreamError},
        },
    },
    room::Room,
};
use wasmtime::component::Resource;

/// Bytes that one read or one write carries; a guest asks again.
const PIECE: usize = 64 * 1024;

/// What went wrong with a stream, in words.
pub struct Fault(pub(super) String);

/// Where a guest reads from.
pub enum Input {
    /// Nothing comes.
    Empty,
    /// The body of an answer, and how far it was read.
    Body(Held, usize),
}

/// Where a guest writes to.
pub enum Output {
    /// Lines of the plugin's log.
    Log(Level),
    /// The body of a request.
    Body(Sending),
}

impl Room {
    /// The next bytes of `stream`, taken out of it; none at its end.
    fn next(&mut self, stream: &Resource<Input>, len: u64) -> wasmtime::Result<Option<Vec<u8>>> {
        Ok(match self.table.get_mut(stream)? {
            Input::Empty => None,
            Input::Body(held, at) => {
                let rest = held.bytes().get(*at..).unwrap_or_default();
                let len = usize::try_from(len).unwrap_or(PIECE).min(PIECE).min(rest.len());
                let piece = rest.get(..len).unwrap_or_default().to_vec();
                let ended = rest.is_empty();
                *at += len;
                (!ended).then_some(piece)
            }
        })
    }

    fn pour_in(&mut self, stream: &Resource<Output>, bytes: &[u8]) -> wasmtime::Result<Result<(), StreamError>> {
        let most = self.limits.held();
        let fault = match self.table.get(stream)? {
            Output::Log(level) => {
                let level = *level;
                self.print(level, bytes);
                return Ok(Ok(()));
            }
            Output::Body(sending) => match sending.lock().write(bytes, self.limits.request_body, most) {
                Ok(()) => return Ok(Ok(())),
                Err(None) => return Ok(Err(StreamError::Closed)),
                Err(Some(what)) => Fault(what),
            },
        };
        Ok(Err(StreamError::LastOperationFailed(self.keep(fault)?)))
    }

    fn zeros(&mut self, stream: &Resource<Output>, len: u64) -> wasmtime::Result<Result<(), StreamError>> {
        let len = usize::try_from(len).unwrap_or(PIECE).min(PIECE);
        self.pour_in(stream, &vec![0; len])
    }

    fn pour(
        &mut self,
        to: &Resource<Output>,
        from: &Resource<Input>,
        len: u64,
    ) -> wasmtime::Result<Result<u64, StreamError>> {
        Ok(match self.next(from, len)? {
            None => Err(StreamError::Closed),
            Some(bytes) => self.pour_in(to, &bytes)?.map(|()| bytes.len() as u64),
        })
    }
}

impl error::Host for Room {}
impl error::HostError for Room {
    fn to_debug_string(&mut self, fault: Resource<Fault>) -> wasmtime::Result<String> {
        self.wasi("wasi:io")?;
        Ok(self.table.get(&fault)?.0.clone())
    }

    fn drop(&mut self, fault: Resource<Fault>) -> wasmtime::Result<()> {
        self.table.delete(fault)?;
        Ok(())
    }
}

impl streams::Host for Room {}

impl streams::HostInputStream for Room {
    fn read(&mut self, stream: Resource<Input>, len: u64) -> wasmtime::Result<Result<Vec<u8>, StreamError>> {
        self.wasi("wasi:io")?;
        Ok(self.next(&stream, len)?.ok_or(StreamError::Closed))
    }

    fn blocking_read(&mut self, stream: Resource<Input>, len: u64) -> wasmtime::Result<Result<Vec<u8>, StreamError>> {
        streams::HostInputStream::read(self, stream, len)
    }

    fn skip(&mut self, stream: Resource<Input>, len: u64) -> wasmtime::Result<Result<u64, StreamError>> {
        Ok(streams::HostInputStream::read(self, stream, len)?.map(|bytes| bytes.len() as u64))
    }

    fn blocking_skip(&mut self, stream: Resource<Input>, len: u64) -> wasmtime::Result<Result<u64, StreamError>> {
        streams::HostInputStream::skip(self, stream, len)
    }

    fn subscribe(&mut self, _: Resource<Input>) -> wasmtime::Result<Resource<Pollable>> {
        self.wasi("wasi:io")?;
        self.keep(Pollable::Ready)
    }

    fn drop(&mut self, stream: Resource<Input>) -> wasmtime::Result<()> {
        self.table.delete(stream)?;
        Ok(())
    }
}

impl streams::HostOutputStream for Room {
    fn check_write(&mut self, _: Resource<Output>) -> wasmtime::Result<Result<u64, StreamError>> {
        self.wasi("wasi:io")?;
        Ok(Ok(PIECE as u64))
    }

    fn write(&mut self, stream: Resource<Output>, bytes: Vec<u8>) -> wasmtime::Result<Result<(), StreamError>> {
        self.wasi("wasi:io")?;
        self.pour_in(&stream, &bytes)
    }

    fn blocking_write_and_flush(
        &mut self,
        stream: Resource<Output>,
        bytes: Vec<u8>,
    ) -> wasmtime::Result<Result<(), StreamError>> {
        self.wasi("wasi:io")?;
        self.pour_in(&stream, &bytes)
    }

    fn flush(&mut self, _: Resource<Output>) -> wasmtime::Result<Result<(), StreamError>> {
        self.wasi("wasi:io")?;
        Ok(Ok(()))
    }

    fn blocking_flush(&mut self, stream: Resource<Output>) -> wasmtime::Result<Result<(), StreamError>> {
        streams::HostOutputStream::flush(self, stream)
    }

    fn subscribe(&mut self, _: Resource<Output>) -> wasmtime::Result<Resource<Pollable>> {
        self.wasi("wasi:io")?;
        self.keep(Pollable::Ready)
    }

    fn write_zeroes(&mut self, stream: Resource<Output>, len: u64) -> wasmtime::Result<Result<(), StreamError>> {
        self.wasi("wasi:io")?;
        self.zeros(&stream, len)
    }

    fn blocking_write_zeroes_and_flush(
        &mut self,
        stream: Resource<Output>,
        len: u64,
    ) -> wasmtime::Result<Result<(), StreamError>> {
        streams::HostOutputStream::write_zeroes(self, stream, len)
    }

    fn splice(
        &mut self,
        to: Resource<Output>,
        from: Resource<Input>,
        len: u64,
    ) -> wasmtime::Result<Result<u64, StreamError>> {
        self.wasi("wasi:io")?;
        self.pour(&to, &from, len)
    }

    fn blocking_splice(
        &mut self,
        to: Resource<Output>,
        from: Resource<Input>,
        len: u64,
    ) -> wasmtime::Result<Result<u64, StreamError>> {
        streams::HostOutputStream::splice(self, to, from, len)
    }

    fn drop(&mut self, stream: Resource<Output>) -> wasmtime::Result<()> {
        self.table.delete(stream)?;
        Ok(())
    }
}
