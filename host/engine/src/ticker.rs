//! The heartbeat that lets the host interrupt a guest: a thread that moves the engine's epoch on every 10 ms.
//!
//! Compiled guest code compares the epoch at loop heads and function entries; nothing else can stop an endless loop.
//! The thread holds the engine weakly and ends with it.

use std::{io, thread, time::Duration};
use wasmtime::EngineWeak;

/// One tick. 10 ms keeps an unfriendly guest from holding a runtime thread longer than that, and costs a hundred
/// wake-ups a second.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Starts the thread.
pub(crate) fn start(engine: EngineWeak) -> io::Result<()> {
    thread::Builder::new()
        .name("jackfield-epoch".to_owned())
        .spawn(move || {
            loop {
                thread::sleep(TICK);
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => return,
                }
            }
        })?;
    Ok(())
}
