//! `kv`: reads see the call's own writes; the writes leave with the answer of the call, or not at all.

use crate::{
    bindings::channel_world::jackfield::plugin::kv::{Failure, Host},
    room::Room,
    trace::Bytes,
};
use serde_json::json;

const MAX_KEY: usize = 256;

impl Host for Room {
    fn get(&mut self, key: String) -> wasmtime::Result<Option<Vec<u8>>> {
        self.enter()?;
        self.trail.add("kv.get");
        let found = self.crossing(
            "kv.get",
            || json!({"key": key}),
            |room| room.call.kv.now.get(&key).cloned().map(Bytes),
        )?;
        Ok(found.map(|bytes| bytes.0))
    }

    fn set(&mut self, key: String, value: Vec<u8>) -> wasmtime::Result<Result<(), Failure>> {
        self.enter()?;
        self.trail.add("kv.set");
        self.crossing(
            "kv.set",
            || json!({"key": key, "value": Bytes(value.clone())}),
            |room| room.put(&key, &value),
        )
    }

    fn delete(&mut self, key: String) -> wasmtime::Result<()> {
        self.enter()?;
        self.trail.add("kv.delete");
        self.crossing(
            "kv.delete",
            || json!({"key": key}),
            |room| {
                let kv = &mut room.call.kv;
                if let Some(old) = kv.now.remove(&key) {
                    kv.bytes -= key.len() + old.len();
                    kv.written.insert(key.clone(), None);
                }
            },
        )
    }
}

impl Room {
    fn put(&mut self, key: &str, value: &[u8]) -> Result<(), Failure> {
        if key.is_empty() || key.len() > MAX_KEY {
            return Err(Failure::Invalid(format!(
                "a key has 1 to {MAX_KEY} bytes; this one has {}",
                key.len()
            )));
        }
        let most = self.limits.kv_value;
        if value.len() > most {
            return Err(Failure::Invalid(format!(
                "a value has at most {most} bytes; this one has {}",
                value.len()
            )));
        }
        let kv = &mut self.call.kv;
        let before = kv.now.get(key).map_or(0, |old| key.len() + old.len());
        let bytes = kv.bytes - before + key.len() + value.len();
        if bytes > self.limits.kv {
            return Err(Failure::Full(self.limits.kv as u64));
        }
        kv.bytes = bytes;
        kv.now.insert(key.to_owned(), value.to_vec());
        kv.written.insert(key.to_owned(), Some(value.to_vec()));
        Ok(())
    }
}
