//! The host: the one crate that knows the others.
//!
//! A request or a timer comes in, the desk decides, the store keeps, the feed tells. This crate holds no rule of the
//! contact centre (those are the desk's), no SQL (the store's) and no WebAssembly (the engine's): it wires them, and
//! answers for what only the whole can keep. Nothing twice, nothing lost, and a sentence for everything that goes wrong.

pub mod admin;
pub mod alarm;
pub mod api;
pub mod auth;
pub mod bundle;
pub mod cli;
pub mod clock;
pub mod config;
pub mod convert;
pub mod feed;
pub mod floor;
pub mod hooks;
pub mod house;
mod ingest;
pub mod lines;
pub mod metrics;
mod moment;
pub mod pages;
pub mod plugins;
pub mod registry;
pub mod rehearse;
pub mod serve;
pub mod telemetry;
pub mod tier;
pub mod triage;
pub mod work;
pub mod workbench;
