//! What a plugin may ask the host for, as one trait, so that the same plugin runs in the sandbox and in a native test.

use crate::bindings::channel_plugin::jackfield::plugin as wit;
use crate::stream::{Body, Security, Stream, StreamFailure, Whole};
pub(crate) use wit::http::Header;

pub use wit::http::{
    Failure as HttpFailure, Head as HttpHead, Request as HttpRequest, Response as HttpResponse, SecretUse as Secret,
    Value,
};
pub use wit::kv::Failure as KvFailure;
pub use wit::log::Level;

/// The host, as the contract's interfaces `http`, `stream`, `kv`, `log`, `clock` and `random` describe it.
pub trait Host {
    /// One request to a granted host; waits for the whole answer.
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure>;
    /// One request whose answer is read in pieces. A host that does not say otherwise has the answer whole.
    fn open(&self, request: &HttpRequest) -> Result<(HttpHead, Box<dyn Body>), HttpFailure> {
        let HttpResponse { status, headers, body } = self.send(request)?;
        Ok((HttpHead { status, headers }, Box::new(Whole(body))))
    }
    /// A stream to a granted host. A host that does not say otherwise has none.
    fn connect(&self, host: &str, port: u16, security: Security) -> Result<Box<dyn Stream>, StreamFailure> {
        let _ = security;
        Err(StreamFailure::NotGranted(format!(
            "this host has no streams, nor one to {host}:{port}"
        )))
    }
    /// The value under `key`.
    fn get(&self, key: &str) -> Option<Vec<u8>>;
    /// Puts `value` under `key`; stored together with what this call returns, or not at all.
    fn set(&self, key: &str, value: &[u8]) -> Result<(), KvFailure>;
    /// Takes `key` away.
    fn delete(&self, key: &str);
    /// A line for the operator.
    fn log(&self, level: Level, message: &str);
    /// Milliseconds since 1970.
    fn now_ms(&self) -> u64;
    /// At most 1024 random bytes.
    fn random(&self, len: u32) -> Vec<u8>;
}

/// The host of a plugin that runs as a component. Outside of one every call panics.
#[derive(Debug, Clone, Copy)]
pub struct Sandbox;

impl Host for Sandbox {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        wit::http::send(request)
    }
    fn open(&self, request: &HttpRequest) -> Result<(HttpHead, Box<dyn Body>), HttpFailure> {
        let (head, body) = wit::http::open(request)?;
        Ok((head, Box::new(body)))
    }
    fn connect(&self, host: &str, port: u16, security: Security) -> Result<Box<dyn Stream>, StreamFailure> {
        Ok(Box::new(wit::stream::Connection::connect(host, port, security)?))
    }
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        wit::kv::get(key)
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), KvFailure> {
        wit::kv::set(key, value)
    }
    fn delete(&self, key: &str) {
        wit::kv::delete(key);
    }
    fn log(&self, level: Level, message: &str) {
        wit::log::write(level, message);
    }
    fn now_ms(&self) -> u64 {
        wit::clock::now_ms()
    }
    fn random(&self, len: u32) -> Vec<u8> {
        wit::random::bytes(len)
    }
}

/// A line for the operator at level `debug`: `debug!(host, "page {n}")`.
#[macro_export]
macro_rules! debug {
    ($host:expr, $($text:tt)*) => { $host.log($crate::channel::Level::Debug, &format!($($text)*)) };
}
/// A line for the operator at level `info`.
#[macro_export]
macro_rules! info {
    ($host:expr, $($text:tt)*) => { $host.log($crate::channel::Level::Info, &format!($($text)*)) };
}
/// A line for the operator at level `warn`.
#[macro_export]
macro_rules! warning {
    ($host:expr, $($text:tt)*) => { $host.log($crate::channel::Level::Warn, &format!($($text)*)) };
}
/// A line for the operator at level `error`.
#[macro_export]
macro_rules! error {
    ($host:expr, $($text:tt)*) => { $host.log($crate::channel::Level::Error, &format!($($text)*)) };
}
