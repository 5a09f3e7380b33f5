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
use wasmtime::component::Resource;

/// The clock of the host counts milliseconds.
const STEP_NS: u32 = 1_000_000;
/// More than this in one call is no seed and no key.
const MAX_RANDOM: u64 = 64 * 1024;

impl wall_clock::Host for Room {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        self.wasi("wasi:clocks")?;
        let now = self.crossing("wasi:clocks/wall-clock.now", || json!({}), |room| room.now_ms())?;
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
        self.crossing("wasi:clocks/monotonic-clock.now", || json!({}), Self::instant)
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
        let when = self.instant().saturating_add(duration);
        self.keep(Pollable::At(when))
    }
}

impl Room {
    /// Nanoseconds by the host's clock, never backwards within an instance.
    pub(super) fn instant(&mut self) -> u64 {
        self.instant = self.instant.max(self.now_ms().saturating_mul(STEP_NS.into()));
        self.instant
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
        self.drawn(usize::try_from(len).unwrap_or_default())
    }

    fn number(&mut self) -> wasmtime::Result<u64> {
        self.wasi("wasi:random")?;
        let bytes = self.drawn(8)?;
        Ok(bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes)))
    }

    fn drawn(&mut self, len: usize) -> wasmtime::Result<Vec<u8>> {
        let bytes = self.crossing(
            "wasi:random",
            || json!({"len": len}),
            |room| {
                let mut bytes = vec![0; len];
                room.fill(&mut bytes);
                Bytes(bytes)
            },
        )?;
        Ok(bytes.0)
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
