//! The sandbox of Jackfield: it loads channel and triage plugins, runs them within limits, and is the only way from
//! a plugin to a network.
//!
//! The only crate that knows wasmtime, and it knows no other crate of the project: no database, no web server. The
//! modules without wasmtime ([`egress`], [`manifest`], [`package`], [`secret`], [`webhook`]) can be tested, and are,
//! without any WebAssembly.

mod answer;
pub mod bindings;
mod breakdown;
mod cache;
mod channel;
mod compile;
pub mod egress;
mod engine;
mod fault;
mod fit;
mod gauge;
mod imports;
mod limits;
pub mod manifest;
mod meter;
mod note;
mod outside;
pub mod package;
pub mod recheck;
mod room;
mod scrub;
pub mod secret;
mod settings;
mod shelf;
mod spelling;
mod ticker;
pub mod trace;
mod trail;
mod triage;
pub mod webhook;

pub use breakdown::{BreakKind, Breakdown, CallError, PublishError};
pub use channel::{
    ChannelConnection, ChannelPlugin, ConnectError, ConnectionSpec, Extra, Face, Ingested, Polled, Published,
    Reconciled, Spared, Usage,
};
pub use compile::{Artifacts, Compiler, Order, Seal, Takes, compile};
pub use engine::{Engine, EngineConfig, EngineError, LoadError};
pub use limits::Limits;
pub use manifest::Manifest;
pub use meter::Totals;
pub use note::{CallNote, ExchangeNote};
pub use outside::{Clock, LogSink, Random, SystemClock, SystemRandom, TracingSink};
pub use scrub::Scrubber;
pub use secret::Secret;
pub use triage::{TriageInstance, TriageLane, TriagePlugin};
