//! The imports of the contract: what a guest may ask the host for, each call counted against its budget.

mod hmac;
mod http;
mod kv;
mod log;
mod stream;
pub(crate) mod wasi;

#[allow(unreachable_pub, reason = "the generated bindings hand these on as their own")]
pub use {http::BodyId, stream::StreamId};

use crate::{
    bindings::channel_world::jackfield::plugin::{clock, random, types},
    room::Room,
    trace::Bytes,
};
use serde_json::json;

/// The contract's bound of one call of `random.bytes`.
const MAX_RANDOM: u32 = 1024;

impl types::Host for Room {}

impl clock::Host for Room {
    fn now_ms(&mut self) -> wasmtime::Result<u64> {
        self.enter()?;
        self.trail.add("clock.now-ms");
        self.crossing("clock.now-ms", || json!({}), |room| Self::now_ms(room))
    }
}

impl random::Host for Room {
    fn bytes(&mut self, len: u32) -> wasmtime::Result<Vec<u8>> {
        self.enter()?;
        self.trail.add("random.bytes");
        let bytes = self.crossing(
            "random.bytes",
            || json!({"len": len}),
            |room| {
                let mut bytes = vec![0; len.min(MAX_RANDOM) as usize];
                room.fill(&mut bytes);
                Bytes(bytes)
            },
        )?;
        Ok(bytes.0)
    }
}
