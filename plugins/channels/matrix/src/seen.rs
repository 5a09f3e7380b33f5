//! What was handed over of late.
//!
//! A sync may bring more than one batch may hold. The cursor then stays where it is, the next poll asks for the same
//! stretch again, and what was handed over of it is known by its hash.

use jackfield_sdk::channel::Host;

const KEY: &str = "seen";
/// Hashes of 8 bytes: 48 KB of the 64 KiB of one value. More than one stretch may hold, see `gather::MOST`.
const MOST: usize = 6_000;

#[derive(Debug, Default)]
pub(crate) struct Seen(Vec<u64>);

impl Seen {
    pub(crate) fn load(host: &dyn Host) -> Self {
        let bytes = host.get(KEY).unwrap_or_default();
        let hashes = bytes.chunks_exact(8).filter_map(|piece| piece.try_into().ok());
        Self(hashes.map(u64::from_le_bytes).collect())
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        let hash = hash(id);
        self.0.iter().rev().any(|seen| *seen == hash)
    }

    pub(crate) fn add(&mut self, id: &str) {
        self.0.push(hash(id));
    }

    pub(crate) fn save(self, host: &dyn Host) {
        let from = self.0.len().saturating_sub(MOST);
        let kept = self.0.get(from..).unwrap_or_default();
        let bytes: Vec<u8> = kept.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        // Without it the host gets some messages twice, which it drops.
        let _ = host.set(KEY, &bytes);
    }
}

/// FNV-1a, 64 bits.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
