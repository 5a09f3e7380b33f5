//! Which entries were handed over, and in which wording: what a feed cannot tell.
//!
//! Kept as short numbers, a hash of the id, of the link and of the words, in several values by the id. As many entries as
//! are ever read of a document always fit, so none of them is forgotten while it stands there; of older ones those that
//! left the feed last are kept.

use jackfield_sdk::channel::Host;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Values that the entries are spread over: 1000 entries of 190 bytes are 24 KB in each, where 64 are allowed.
const SHARDS: u64 = 8;
const MOST_BYTES: usize = 56 * 1024;
/// An id longer than this is not kept, so that its entry cannot be followed to another id.
const ID_BYTES: usize = 120;

/// FNV-1a: the same on every machine.
pub(crate) fn hash(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// An entry that was handed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Known {
    /// Of the words.
    #[serde(rename = "w")]
    pub(crate) words: u64,
    /// Of the link.
    #[serde(rename = "l")]
    pub(crate) link: u64,
    #[serde(rename = "r", default)]
    pub(crate) revision: u64,
    /// The id it was handed over under.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The look in which it was last in the feed.
    #[serde(rename = "n", default)]
    at: u64,
}

impl Known {
    pub(crate) fn new(id: &str, words: u64, link: u64) -> Self {
        Self {
            words,
            link,
            revision: 0,
            id: Some(id.to_owned()).filter(|id| id.len() <= ID_BYTES),
            at: 0,
        }
    }

    /// The id it was handed over under; `now` is the one it has now.
    pub(crate) fn id<'a>(&'a self, now: &'a str) -> &'a str {
        self.id.as_deref().unwrap_or(now)
    }
}

type Shard = BTreeMap<u64, Known>;

pub(crate) struct Seen<'a> {
    host: &'a dyn Host,
    look: u64,
    shards: Vec<Shard>,
}

impl<'a> Seen<'a> {
    pub(crate) fn load(host: &'a dyn Host) -> Self {
        let shard = |number| {
            let kept = host.get(&name(number))?;
            serde_json::from_slice::<Shard>(&kept).ok()
        };
        let shards: Vec<Shard> = (0..SHARDS).map(|number| shard(number).unwrap_or_default()).collect();
        let newest = shards
            .iter()
            .flat_map(|shard| shard.values().map(|known| known.at))
            .max();
        Self {
            host,
            look: newest.unwrap_or(0) + 1,
            shards,
        }
    }

    fn shard(&mut self, key: u64) -> Option<&mut Shard> {
        self.shards.get_mut(usize::try_from(key % SHARDS).unwrap_or(0))
    }

    /// The entry of this id.
    pub(crate) fn get(&mut self, id: &str) -> Option<Known> {
        let key = hash(&[id]);
        self.shard(key)?.get(&key).cloned()
    }

    /// Takes away the entry whose page this is and whose id is not in the feed any more.
    pub(crate) fn moved(&mut self, link: u64, there: &[u64]) -> Option<Known> {
        let all = self.shards.iter().flatten();
        let mut gone = all.filter(|(key, known)| known.link == link && known.id.is_some() && !there.contains(key));
        let key = *gone.next()?.0;
        self.shard(key)?.remove(&key)
    }

    pub(crate) fn put(&mut self, id: &str, mut known: Known) {
        known.at = self.look;
        let key = hash(&[id]);
        if let Some(shard) = self.shard(key) {
            shard.insert(key, known);
        }
    }

    pub(crate) fn save(self) {
        for (number, mut shard) in (0..).zip(self.shards) {
            while let Ok(json) = serde_json::to_vec(&shard) {
                if json.len() <= MOST_BYTES {
                    let name = name(number);
                    if self.host.get(&name).as_deref() != Some(&json) && !shard.is_empty() {
                        let _ = self.host.set(&name, &json);
                    }
                    break;
                }
                let mut order: Vec<(u64, u64)> = shard.iter().map(|(key, known)| (known.at, *key)).collect();
                order.sort_unstable();
                for (_, key) in order.iter().take(order.len().div_ceil(10)) {
                    shard.remove(key);
                }
            }
        }
    }
}

fn name(number: u64) -> String {
    format!("seen/{number}")
}
