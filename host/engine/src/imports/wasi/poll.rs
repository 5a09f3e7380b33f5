//! `wasi:io/poll`: the one place where a guest of another language waits.
//!
//! What is waited for is done here, one after the other, while the guest stands still: the exchanges among the
//! pollables first, then the earliest timer. No exchange runs beside the guest, so the order of a call's imports does
//! not depend on how fast a network is.

use super::http::{Awaited, Exchange};
use crate::{
    BreakKind,
    bindings::{pure_runtime, runtime::wasi::io::poll},
    room::{Room, Stop},
};
use wasmtime::component::Resource;

/// What a guest can wait for.
pub enum Pollable {
    /// Nothing that takes time.
    Ready,
    /// A time, in nanoseconds of the instance's clock.
    At(u64),
    /// The answer to a request.
    Answer(Awaited),
}

impl Room {
    fn ready(&mut self, pollable: &Resource<Pollable>) -> wasmtime::Result<bool> {
        let now = self.instant;
        Ok(match self.table.get(pollable)? {
            Pollable::Ready => true,
            Pollable::At(when) => *when <= now,
            Pollable::Answer(awaited) => awaited.lock().is_done(),
        })
    }

    fn all_ready(&mut self, pollables: &[Resource<Pollable>]) -> wasmtime::Result<Vec<u32>> {
        let mut ready = Vec::new();
        for (index, pollable) in (0_u32..).zip(pollables) {
            if self.ready(pollable)? {
                ready.push(index);
            }
        }
        if pollables.is_empty() {
            return Err(Stop {
                kind: BreakKind::Trap,
                detail: "it waits for nothing (`wasi:io/poll` with an empty list)".to_owned(),
            }
            .into());
        }
        Ok(ready)
    }

    /// The next time among `pollables`; it has come when it was waited for, even where the clock stands.
    fn next_time(&mut self, pollables: &[Resource<Pollable>]) -> wasmtime::Result<Option<u64>> {
        let mut next = None;
        for pollable in pollables {
            if let Pollable::At(when) = self.table.get(pollable)? {
                next = Some(next.map_or(*when, |next: u64| next.min(*when)));
            }
        }
        Ok(next)
    }

    /// The next time comes.
    fn pass(&mut self, pollables: &[Resource<Pollable>]) -> wasmtime::Result<()> {
        if let Some(next) = self.next_time(pollables)? {
            self.instant = self.instant.max(next);
        }
        Ok(())
    }

    /// Until at least one of them is ready.
    async fn wait(&mut self, pollables: &[Resource<Pollable>]) -> wasmtime::Result<()> {
        let next = self.next_time(pollables)?;
        if self.ask(pollables, false).await? || (next.is_none() && self.ask(pollables, true).await?) {
            return Ok(());
        }
        if let Some(next) = next {
            self.sleep(self.until(next)).await;
            self.instant = self.instant.max(next);
        }
        Ok(())
    }

    /// Makes the exchanges that can be made. `last`: nothing else can happen any more.
    async fn ask(&mut self, pollables: &[Resource<Pollable>], last: bool) -> wasmtime::Result<bool> {
        let mut asked = false;
        for pollable in pollables {
            let Pollable::Answer(awaited) = self.table.get(pollable)? else {
                continue;
            };
            let awaited = awaited.clone();
            // Bound to a name: the lock must not be held while the exchange runs.
            let begun = awaited.lock().begin(last);
            match begun {
                Exchange::Ask(request) => {
                    let outcome = self.fetch(*request).await?;
                    awaited.lock().end(outcome);
                    asked = true;
                }
                Exchange::Over => asked = true,
                Exchange::Unfinished => {}
            }
        }
        Ok(asked)
    }
}

impl poll::Host for Room {
    async fn poll(&mut self, pollables: Vec<Resource<Pollable>>) -> wasmtime::Result<Vec<u32>> {
        self.wasi("wasi:io")?;
        let ready = self.all_ready(&pollables)?;
        if !ready.is_empty() {
            return Ok(ready);
        }
        Box::pin(self.wait(&pollables)).await?;
        self.all_ready(&pollables)
    }
}

impl poll::HostPollable for Room {
    fn ready(&mut self, pollable: Resource<Pollable>) -> wasmtime::Result<bool> {
        self.wasi("wasi:io")?;
        Self::ready(self, &pollable)
    }

    async fn block(&mut self, pollable: Resource<Pollable>) -> wasmtime::Result<()> {
        self.wasi("wasi:io")?;
        if !Self::ready(self, &pollable)? {
            Box::pin(self.wait(&[pollable])).await?;
        }
        Ok(())
    }

    fn drop(&mut self, pollable: Resource<Pollable>) -> wasmtime::Result<()> {
        self.table.delete(pollable)?;
        Ok(())
    }
}

/// Where nothing waits, time passes when it is waited for.
impl pure_runtime::wasi::io::poll::Host for Room {
    fn poll(&mut self, pollables: Vec<Resource<Pollable>>) -> wasmtime::Result<Vec<u32>> {
        self.wasi("wasi:io")?;
        self.pass(&pollables)?;
        self.all_ready(&pollables)
    }
}

impl pure_runtime::wasi::io::poll::HostPollable for Room {
    fn ready(&mut self, pollable: Resource<Pollable>) -> wasmtime::Result<bool> {
        self.wasi("wasi:io")?;
        Self::ready(self, &pollable)
    }

    fn block(&mut self, pollable: Resource<Pollable>) -> wasmtime::Result<()> {
        self.wasi("wasi:io")?;
        self.pass(&[pollable])
    }

    fn drop(&mut self, pollable: Resource<Pollable>) -> wasmtime::Result<()> {
        self.table.delete(pollable)?;
        Ok(())
    }
}
