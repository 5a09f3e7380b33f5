//! What was handed over: for each id a mark of what it said then.
//!
//! Lists are asked for again and again, and most of what they hold is known. The marks keep that out, they find edits
//! on networks that do not tell of them, and they make it safe to stop in the middle of a page. An id that was forgotten
//! is handed over again, which the host takes for what it is.

use crate::event::Mark;
use jackfield_sdk::channel::Host;

const KEY: &str = "seen";
/// 16 bytes each: 48 KB of the 64 KiB of one value.
const MOST: usize = 3000;

pub(crate) struct Seen<'a> {
    host: &'a dyn Host,
    /// Oldest first.
    list: Vec<(u64, u64)>,
    changed: bool,
}

impl<'a> Seen<'a> {
    pub(crate) fn load(host: &'a dyn Host) -> Self {
        let bytes = host.get(KEY).unwrap_or_default();
        let number = |part: &[u8]| part.try_into().map(u64::from_le_bytes).unwrap_or_default();
        let pair = |pair: &[u8]| pair.split_at_checked(8).map(|(id, mark)| (number(id), number(mark)));
        Self {
            host,
            list: bytes.chunks_exact(16).filter_map(pair).collect(),
            changed: false,
        }
    }

    /// The mark under this id.
    pub(crate) fn get(&self, kind: &str, id: &str) -> Option<u64> {
        let id = Mark::of(&[kind, id]);
        self.list
            .iter()
            .rev()
            .find(|(known, _)| *known == id)
            .map(|(_, mark)| *mark)
    }

    pub(crate) fn put(&mut self, kind: &str, id: &str, mark: u64) {
        let id = Mark::of(&[kind, id]);
        self.list.retain(|(known, _)| *known != id);
        self.list.push((id, mark));
        self.changed = true;
    }

    /// Keeps what has changed; the oldest go.
    pub(crate) fn save(&mut self) {
        if core::mem::take(&mut self.changed) {
            let drop = self.list.len().saturating_sub(MOST);
            self.list.drain(..drop);
            let bytes: Vec<u8> = self
                .list
                .iter()
                .flat_map(|(id, mark)| [id.to_le_bytes(), mark.to_le_bytes()])
                .flatten()
                .collect();
            // Not kept is handed over again.
            let _ = self.host.set(KEY, &bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jackfield_sdk::testing::{Scripted, response};

    #[test]
    fn marks_are_kept_across_calls_and_bounded() {
        let host = Scripted::new(0, |_| Ok(response(500, "")));
        let mut seen = Seen::load(&host);
        for n in 0..MOST + 100 {
            seen.put("m", &n.to_string(), 1);
        }
        seen.put("m", "200", 2);
        seen.save();
        let seen = Seen::load(&host);
        assert_eq!((seen.get("m", "200"), seen.get("each", "200")), (Some(2), None));
        assert_eq!(
            (seen.get("m", "0"), seen.get("m", &(MOST + 99).to_string())),
            (None, Some(1))
        );
        assert!(host.kv.borrow()[KEY].len() <= 64 * 1024);
    }
}
