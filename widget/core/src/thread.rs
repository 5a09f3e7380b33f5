//! One open conversation: the view read from the server, kept true by the feed.

use crate::feed::Change;
use jackfield_protocol::{Compose, ConversationId, ConversationView, FeedNumber, Item, ItemKind, Summary};
use std::sync::Arc;

/// Entries kept while the view is on its way.
const MOST_KEPT: usize = 500;

/// An entry of the thread with a number that grows when it changes, so that only what changed is drawn again.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The entry.
    pub item: Arc<Item>,
    /// Grows when the entry changes.
    pub rev: u32,
}

/// The open conversation.
#[derive(Debug, Clone, Default)]
pub struct Thread {
    id: Option<ConversationId>,
    summary: Option<Arc<Summary>>,
    compose: Option<Arc<Compose>>,
    entries: Vec<Entry>,
    revs: u32,
    feed: FeedNumber,
    kept: Vec<Change>,
    loading: bool,
    failed: Option<String>,
    ticket: u64,
}

impl Thread {
    /// Which conversation.
    pub fn id(&self) -> Option<&ConversationId> {
        self.id.as_ref()
    }

    /// Its row.
    pub fn summary(&self) -> Option<&Arc<Summary>> {
        self.summary.as_ref()
    }

    /// What may be written.
    pub fn compose(&self) -> Option<&Arc<Compose>> {
        self.compose.as_ref()
    }

    /// Its entries, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Nothing is there yet.
    pub fn loading(&self) -> bool {
        self.loading && self.summary.is_none()
    }

    /// Why it could not be read.
    pub fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// Begins to read a conversation, or to read it again. What is shown of the same one stays until the answer is
    /// there. `row` is what the list knows of it.
    pub fn begin(&mut self, id: ConversationId, row: Option<Arc<Summary>>) -> u64 {
        if self.id.as_ref() != Some(&id) {
            let (ticket, revs) = (self.ticket, self.revs);
            *self = Self {
                id: Some(id),
                summary: row,
                ticket,
                revs,
                ..Self::default()
            };
        }
        self.loading = true;
        self.failed = None;
        self.kept.clear();
        self.ticket += 1;
        self.ticket
    }

    /// Closes it.
    pub fn close(&mut self) {
        let (ticket, revs) = (self.ticket + 1, self.revs);
        *self = Self {
            ticket,
            revs,
            ..Self::default()
        };
    }

    /// Takes the view. An answer to an older question changes nothing.
    pub fn loaded(&mut self, ticket: u64, view: ConversationView) {
        if ticket != self.ticket {
            return;
        }
        self.loading = false;
        self.feed = view.feed;
        self.newer(Arc::new(view.summary));
        self.compose = Some(Arc::new(view.compose));
        let keys: Vec<&str> = view.items.iter().map(|item| item.key.as_str()).collect();
        self.entries.retain(|entry| keys.contains(&entry.item.key.as_str()));
        for item in view.items {
            self.put(Arc::new(item));
        }
        for entry in core::mem::take(&mut self.kept) {
            self.entry(&entry);
        }
    }

    /// It could not be read.
    pub fn refuse(&mut self, ticket: u64, why: String) {
        if ticket == self.ticket {
            self.loading = false;
            self.failed = Some(why);
        }
    }

    /// Takes an entry of the feed; says whether it was about this conversation.
    pub fn entry(&mut self, entry: &Change) -> bool {
        if self.id.as_ref() != Some(&entry.conversation) || entry.n <= self.feed {
            return false;
        }
        if self.loading && self.kept.len() < MOST_KEPT {
            self.kept.push(entry.clone());
        }
        self.newer(entry.summary.clone());
        for item in &entry.items {
            self.put(item.clone());
        }
        true
    }

    /// Takes what a command did, as a change without a number. The feed tells the same a little earlier or later;
    /// whichever is newer stays.
    pub fn done(&mut self, done: &Change) {
        let stale = self
            .summary
            .as_ref()
            .is_some_and(|known| known.version > done.summary.version);
        if self.id.as_ref() != Some(&done.conversation) || stale {
            return;
        }
        self.newer(done.summary.clone());
        for item in &done.items {
            self.put(item.clone());
        }
    }

    fn newer(&mut self, row: Arc<Summary>) {
        if self.summary.as_ref().is_none_or(|known| known.version <= row.version) {
            self.summary = Some(row);
        }
    }

    fn put(&mut self, item: Arc<Item>) {
        let known = self.entries.iter().position(|entry| entry.item.key == item.key);
        if known
            .and_then(|at| self.entries.get(at))
            .is_some_and(|entry| entry.item == item)
        {
            return;
        }
        if let Some(at) = known {
            self.entries.remove(at);
        }
        if item.kind == ItemKind::Gone {
            return;
        }
        self.revs += 1;
        let place = (item.at, item.key.as_str());
        let at = self
            .entries
            .partition_point(|entry| (entry.item.at, entry.item.key.as_str()) < place);
        self.entries.insert(at, Entry { item, rev: self.revs });
    }
}
