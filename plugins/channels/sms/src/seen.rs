//! What was handed over before.
//!
//! The lists are newest first and their times have whole seconds, so that a place in them cannot be kept: messages of the
//! same second may come later. What was handed over in the last hours is remembered by its hash instead; what is older
//! than that is not looked at.

use jackfield_sdk::channel::Host;

const KEY: &str = "seen";
/// A hash and a time each: 60 KB of the 64 KiB of one value. What falls out is known to the host all the same.
const MOST: usize = 5_000;

#[derive(Debug, Default)]
pub(crate) struct Seen(Vec<(u32, u64)>);

impl Seen {
    pub(crate) fn load(host: &dyn Host) -> Self {
        let bytes = host.get(KEY).unwrap_or_default();
        let entry = |piece: &[u8]| {
            let (time, hash) = piece.split_at_checked(4)?;
            Some((
                u32::from_le_bytes(time.try_into().ok()?),
                u64::from_le_bytes(hash.try_into().ok()?),
            ))
        };
        Self(bytes.chunks_exact(12).filter_map(entry).collect())
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        let hash = hash(id);
        self.0.iter().any(|(_, seen)| *seen == hash)
    }

    pub(crate) fn add(&mut self, id: &str, at_ms: u64) {
        self.0.push((seconds(at_ms), hash(id)));
    }

    /// Forgets what is older, and the oldest where there are too many.
    pub(crate) fn save(mut self, host: &dyn Host, since_ms: u64) {
        let since = seconds(since_ms);
        self.0.retain(|(at, _)| *at >= since);
        self.0.sort_unstable();
        let from = self.0.len().saturating_sub(MOST);
        let kept = self.0.get(from..).unwrap_or_default();
        let bytes: Vec<u8> = kept
            .iter()
            .flat_map(|(at, hash)| at.to_le_bytes().into_iter().chain(hash.to_le_bytes()))
            .collect();
        // Without it the host gets some messages twice, which it drops.
        let _ = host.set(KEY, &bytes);
    }
}

fn seconds(ms: u64) -> u32 {
    u32::try_from(ms / 1000).unwrap_or(u32::MAX)
}

/// FNV-1a, 64 bits.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
