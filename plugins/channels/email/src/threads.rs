//! The conversation of each message that was seen of late.
//!
//! The first of a message's references began its thread. Programs cut that list, and some write only what they answer; so
//! the root of each message is kept, in shards of `kv` from which the oldest fall out: some 8 000 messages in 450 KB.

use jackfield_sdk::channel::Host;
use jackfield_sdk::warning;
use std::collections::BTreeMap;

const SHARDS: u64 = 64;
const SHARD_BYTES: usize = 7_000;

pub(crate) struct Threads<'a> {
    host: &'a dyn Host,
    shards: BTreeMap<u64, Vec<(u64, String)>>,
    changed: Vec<u64>,
}

impl<'a> Threads<'a> {
    pub(crate) fn new(host: &'a dyn Host) -> Self {
        Self {
            host,
            shards: BTreeMap::new(),
            changed: Vec::new(),
        }
    }

    fn shard(&mut self, number: u64) -> &mut Vec<(u64, String)> {
        let host = self.host;
        self.shards.entry(number).or_insert_with(|| {
            let bytes = host.get(&format!("threads{number}")).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            let line = |line: &str| {
                let (id, root) = line.split_once(' ')?;
                Some((u64::from_str_radix(id, 16).ok()?, root.to_owned()))
            };
            text.lines().filter_map(line).collect()
        })
    }

    fn get(&mut self, id: &str) -> Option<String> {
        let hash = hash(id);
        let shard = self.shard(hash % SHARDS);
        shard.iter().find(|(key, _)| *key == hash).map(|(_, root)| root.clone())
    }

    /// The root of a message, by what it refers to; kept for those that refer to it.
    pub(crate) fn root(&mut self, id: &str, references: &[String]) -> String {
        let known = self
            .get(id)
            .or_else(|| references.iter().rev().find_map(|above| self.get(above)));
        let root = known
            .or_else(|| references.first().cloned())
            .unwrap_or_else(|| id.to_owned());
        for one in references.iter().map(String::as_str).chain([id]) {
            self.put(one, &root);
        }
        root
    }

    fn put(&mut self, id: &str, root: &str) {
        if self.get(id).is_none() && !root.contains('\n') {
            let hash = hash(id);
            self.shard(hash % SHARDS).push((hash, root.to_owned()));
            self.changed.push(hash % SHARDS);
        }
    }

    /// Writes down what is new.
    pub(crate) fn save(mut self) {
        self.changed.sort_unstable();
        self.changed.dedup();
        for number in core::mem::take(&mut self.changed) {
            let lines: Vec<String> = self
                .shard(number)
                .iter()
                .map(|(id, root)| format!("{id:016x} {root}"))
                .collect();
            let mut length = 0;
            let fits = lines.iter().rev().take_while(|line| {
                length += line.len() + 1;
                length <= SHARD_BYTES
            });
            let from = lines.len() - fits.count();
            let text = lines.get(from..).unwrap_or_default().join("\n");
            if self.host.set(&format!("threads{number}"), text.as_bytes()).is_err() {
                warning!(
                    self.host,
                    "the kept values are full; threads go by their references alone"
                );
            }
        }
    }
}

/// FNV-1a, 64 bits.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
