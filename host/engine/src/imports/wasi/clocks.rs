//! `wasi:clocks` and `wasi:random`: the engine's clock and random source under the standard's names.

use super::Pollable;
use crate::{
    BreakKind,
    bindings::runtime::wasi::{
        clocks::{monotonic_clock, wall_clock},
        random::{insecure, insecure_seed, random},
    },
    room::{Room, Stop},
    trace::Bytes,
};
use serde_json::json;
use std::time::Duration;
use wasmtime::component::Resource;

/// The clock of the host counts milliseconds.
const STEP_NS: u32 = 1_000_000;
/// More than this in one call is no seed and no key.
const MAX_RANDOM: u64 = 64 * 1024;
/// The contract's bound of one call of `random.bytes`.
const MAX_DRAWN: usize = 1024;

impl wall_clock::Host for Room {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        self.wasi("wasi:clocks")?;
        let now = self.shown_ms()?;
        let rest = u32::try_from(now % 1000).unwrap_or_default();
        Ok(wall_clock::Datetime {
            seconds: now / 1000,
            nanoseconds: rest * STEP_NS,
        })
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        self.wasi("wasi:clocks")?;
        Ok(wall_clock::Datetime {
            seconds: 0,
            nanoseconds: STEP_NS,
        })
    }
}

impl monotonic_clock::Host for Room {
    fn now(&mut self) -> wasmtime::Result<u64> {
        self.wasi("wasi:clocks")?;
        self.shown()
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        self.wasi("wasi:clocks")?;
        Ok(STEP_NS.into())
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<Pollable>> {
        self.wasi("wasi:clocks")?;
        self.keep(Pollable::At(when))
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<Pollable>> {
        self.wasi("wasi:clocks")?;
        let when = self.shown()?.saturating_add(duration);
        self.keep(Pollable::At(when))
    }
}

impl Room {
    /// The time as the contract's `clock` gives it, and so in a trace.
    fn shown_ms(&mut self) -> wasmtime::Result<u64> {
        self.crossing("clock.now-ms", || json!({}), |room| room.now_ms())
    }

    /// The steady clock: nanoseconds, never backwards within an instance. What the guest was shown last is also what
    /// its timers go by, so that a replay, which shows the same times, has the same timers ready.
    fn shown(&mut self) -> wasmtime::Result<u64> {
        let now = self.shown_ms()?.saturating_mul(STEP_NS.into());
        self.instant = self.instant.max(now);
        Ok(self.instant)
    }

    /// How long it is until `when`, by the clock that nobody is shown.
    pub(super) fn until(&self, when: u64) -> Duration {
        Duration::from_nanos(when.saturating_sub(self.now_ms().saturating_mul(STEP_NS.into())))
    }

    fn filled(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.wasi("wasi:random")?;
        if len > MAX_RANDOM {
            // Fewer than asked for would be taken for all of them.
            return Err(Stop {
                kind: BreakKind::OverBudget,
                detail: format!("it asked for {len} random bytes at once; at most {MAX_RANDOM}"),
            }
            .into());
        }
        let len = usize::try_from(len).unwrap_or_default();
        let mut bytes = Vec::with_capacity(len);
        while bytes.len() < len {
            // As the contract's `random` gives them, and so in a trace.
            let more = (len - bytes.len()).min(MAX_DRAWN);
            let drawn = self.crossing(
                "random.bytes",
                || json!({"len": more}),
                |room| {
                    let mut drawn = vec![0; more];
                    room.fill(&mut drawn);
                    Bytes(drawn)
                },
            )?;
            if drawn.0.is_empty() {
                break;
            }
            bytes.extend_from_slice(&drawn.0);
        }
        bytes.resize(len, 0);
        Ok(bytes)
    }

    fn number(&mut self) -> wasmtime::Result<u64> {
        let bytes = self.filled(8)?;
        Ok(bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes)))
    }
}

impl random::Host for Room {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.filled(len)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.number()
    }
}

impl insecure::Host for Room {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.filled(len)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.number()
    }
}

impl insecure_seed::Host for Room {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((self.number()?, self.number()?))
    }
}
