//! Which thread each status belongs to, remembered, so that it stays the same when the root is deleted or a server
//! shows more or less of the thread later.
//!
//! Kept as a ring of segments: the newest is rewritten, the oldest is dropped when there are too many. A status that
//! has been forgotten is looked up again with `/context`, which gives the same root unless that was deleted since.

use jackfield_sdk::channel::Host;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Statuses in one segment: about 10 KB, well below the greatest value of 64 KiB even with long ids.
const SEGMENT: usize = 256;
/// Segments: 8192 statuses, about 320 KB of the connection's 1 MiB.
const SEGMENTS: u64 = 32;
const HEAD: &str = "threads/head";

pub(crate) struct Threads<'a> {
    host: &'a dyn Host,
    head: u64,
    /// Loaded segments by number; an empty one where there is none.
    loaded: RefCell<BTreeMap<u64, BTreeMap<String, String>>>,
    changed: bool,
}

impl<'a> Threads<'a> {
    pub(crate) fn load(host: &'a dyn Host) -> Self {
        let head = host
            .get(HEAD)
            .and_then(|b| String::from_utf8(b).ok())
            .and_then(|t| t.parse().ok())
            .unwrap_or(0);
        Self {
            host,
            head,
            loaded: RefCell::default(),
            changed: false,
        }
    }

    /// The thread of a status that we have handed over.
    pub(crate) fn get(&self, id: &str) -> Option<String> {
        let oldest = (self.head + 1).saturating_sub(SEGMENTS);
        (oldest..=self.head).rev().find_map(|number| {
            let mut loaded = self.loaded.borrow_mut();
            let segment = loaded.entry(number).or_insert_with(|| read(self.host, number));
            segment.get(id).cloned()
        })
    }

    /// Remembers the thread of a status. What is known stays as it is.
    pub(crate) fn put(&mut self, id: &str, thread: &str) {
        if self.get(id).is_some() {
            return;
        }
        let host = self.host;
        let loaded = self.loaded.get_mut();
        let mut segment = loaded.entry(self.head).or_insert_with(|| read(host, self.head));
        if segment.len() >= SEGMENT {
            write(host, self.head, segment);
            self.head += 1;
            if let Some(oldest) = self.head.checked_sub(SEGMENTS) {
                host.delete(&name(oldest));
                loaded.remove(&oldest);
            }
            segment = loaded.entry(self.head).or_default();
        }
        segment.insert(id.to_owned(), thread.to_owned());
        self.changed = true;
    }

    /// Keeps what has changed.
    pub(crate) fn save(&mut self) {
        if core::mem::take(&mut self.changed) {
            if let Some(segment) = self.loaded.get_mut().get(&self.head) {
                write(self.host, self.head, segment);
            }
            // Not kept is looked up again.
            let _ = self.host.set(HEAD, self.head.to_string().as_bytes());
        }
    }
}

fn name(number: u64) -> String {
    format!("threads/{number}")
}

fn read(host: &dyn Host, number: u64) -> BTreeMap<String, String> {
    let text = host
        .get(&name(number))
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(id, root)| (id.to_owned(), root.to_owned()))
        .collect()
}

fn write(host: &dyn Host, number: u64, segment: &BTreeMap<String, String>) {
    let text: String = segment.iter().map(|(id, root)| format!("{id} {root}\n")).collect();
    let _ = host.set(&name(number), text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use jackfield_sdk::testing::{Scripted, response};

    #[test]
    fn threads_are_remembered_across_calls_and_bounded() {
        let host = Scripted::new(0, |_| Ok(response(500, "")));
        let most = SEGMENT as u64 * SEGMENTS;
        let ids: Vec<String> = (0..most + 300).map(|n| n.to_string()).collect();
        for some in ids.chunks(1000) {
            let mut threads = Threads::load(&host);
            for id in some {
                threads.put(id, "root");
                threads.put(id, "another");
            }
            threads.save();
        }
        let threads = Threads::load(&host);
        assert_eq!(
            threads.get(&(most + 299).to_string()).as_deref(),
            Some("root"),
            "what is known stays"
        );
        assert_eq!(threads.get("600").as_deref(), Some("root"));
        assert_eq!(threads.get("0"), None, "the oldest are forgotten");
        assert!(host.kv.borrow().len() as u64 <= SEGMENTS + 1);
    }
}
