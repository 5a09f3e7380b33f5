//! WASI for guests of other languages: their runtimes ask for it whether a plugin needs it or not, so that `fetch`,
//! `Date`, `print` and timers work; and not one door is open that the contract does not have.
//!
//! | asked for | what there is |
//! |---|---|
//! | `wasi:io` | streams and pollables of what is below; no more of them than [`Limits::resources`](crate::Limits) |
//! | `wasi:clocks`, `wasi:random` | the engine's own clock and random source |
//! | `wasi:cli` | no environment, no arguments, no input; output becomes lines of the plugin's log; `exit` is a trap |
//! | `wasi:http` | the exit of the connection: the same grants, budgets, pinned dials, secrets and scrubbing as `http` |
//! | `wasi:filesystem` | no folder is open, so there is nothing to open a file in |
//! | `wasi:sockets` | every socket and every look-up is refused |
//!
//! These are the host's own implementations and not the ones that come with wasmtime, for three reasons. A file system
//! that is not compiled in cannot be reached by a mistake in its configuration. Every call passes [`Room::wasi`], which
//! counts it. And nothing here runs beside the guest: an exchange is made while the guest waits for it, so a call is
//! one sequence of imports, and a recorded sequence can be played again byte for byte.
//!
//! A judge of messages, and a plugin that describes itself, get the same without `wasi:http`, at a time that stands
//! still and with random bytes that are the same in every call: what they say depends on what they are asked alone.

#![allow(unreachable_pub, reason = "the generated bindings hand these types on as their own")]

mod answer;
mod cli;
mod clocks;
pub(crate) mod closed;
mod http;
mod poll;
mod request;
mod streams;
mod wire;

use crate::{
    BreakKind,
    bindings::runtime,
    room::{Room, Stop},
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use wasmtime::component::{HasSelf, Linker, Resource};

pub use http::{Answer, AnswerBody, Awaited, Fields, Options, RequestBody, Sending, Sketch, Trailers};
pub use poll::Pollable;
pub use streams::{Fault, Input, Output};

/// All of it, for channels.
pub(crate) fn link_channel(linker: &mut Linker<Room>) -> wasmtime::Result<()> {
    runtime::LanguageRuntime::add_to_linker::<_, HasSelf<Room>>(linker, |room| room)
}

/// Without `wasi:http`, and without anything that waits, for judges of messages.
pub(crate) fn link_triage(linker: &mut Linker<Room>) -> wasmtime::Result<()> {
    use runtime::wasi::{cli, clocks, io, random};
    type Has = HasSelf<Room>;
    crate::bindings::pure_runtime::PureRuntime::add_to_linker::<_, Has>(linker, |room| room)?;
    io::error::add_to_linker::<_, Has>(linker, |room| room)?;
    io::streams::add_to_linker::<_, Has>(linker, |room| room)?;
    clocks::monotonic_clock::add_to_linker::<_, Has>(linker, |room| room)?;
    clocks::wall_clock::add_to_linker::<_, Has>(linker, |room| room)?;
    random::random::add_to_linker::<_, Has>(linker, |room| room)?;
    random::insecure::add_to_linker::<_, Has>(linker, |room| room)?;
    random::insecure_seed::add_to_linker::<_, Has>(linker, |room| room)?;
    cli::environment::add_to_linker::<_, Has>(linker, |room| room)?;
    cli::exit::add_to_linker::<_, Has>(linker, |room| room)?;
    cli::stdin::add_to_linker::<_, Has>(linker, |room| room)?;
    cli::stdout::add_to_linker::<_, Has>(linker, |room| room)?;
    cli::stderr::add_to_linker::<_, Has>(linker, |room| room)?;
    cli::terminal_input::add_to_linker::<_, Has>(linker, |room| room)?;
    cli::terminal_output::add_to_linker::<_, Has>(linker, |room| room)?;
    cli::terminal_stdin::add_to_linker::<_, Has>(linker, |room| room)?;
    cli::terminal_stdout::add_to_linker::<_, Has>(linker, |room| room)?;
    cli::terminal_stderr::add_to_linker::<_, Has>(linker, |room| room)
}

impl Room {
    /// Counts one call of a runtime, like any host call. The trail names what came in a row once.
    fn wasi(&mut self, what: &'static str) -> wasmtime::Result<()> {
        self.count()?;
        self.trail.add(what);
        Ok(())
    }

    /// Puts something behind a handle of the guest's. A guest that keeps too many is stopped: a runtime that leaks
    /// handles would only get slower.
    pub(crate) fn keep<T: Send + 'static>(&mut self, value: T) -> wasmtime::Result<Resource<T>> {
        let most = self.limits.resources;
        self.table.push(value).map_err(|_| {
            Stop {
                kind: BreakKind::OverBudget,
                detail: format!("it keeps more than {most} of the host's resources at the same time"),
            }
            .into()
        })
    }
}

/// Bytes that the host keeps for a guest outside of the guest's memory: request bodies in the making, answers not yet
/// read. All of an instance together have one bound.
pub struct Held {
    bytes: Vec<u8>,
    gauge: Arc<AtomicUsize>,
}

impl Held {
    pub(crate) fn new(gauge: &Arc<AtomicUsize>) -> Self {
        Self {
            bytes: Vec::new(),
            gauge: gauge.clone(),
        }
    }

    /// Adds `more`, or nothing where that passes `most` over all that is held.
    pub(crate) fn add(&mut self, more: &[u8], most: usize) -> bool {
        let held = self
            .gauge
            .fetch_add(more.len(), Ordering::Relaxed)
            .saturating_add(more.len());
        if held > most {
            self.gauge.fetch_sub(more.len(), Ordering::Relaxed);
            return false;
        }
        self.bytes.extend_from_slice(more);
        true
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, no longer counted here.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.gauge.fetch_sub(self.bytes.len(), Ordering::Relaxed);
        std::mem::take(&mut self.bytes)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.gauge.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}
