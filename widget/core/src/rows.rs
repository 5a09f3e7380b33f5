//! The conversation list: pages read from the server, kept true by the feed.
//!
//! A page says which feed number it includes. Entries that arrive while a page is on its way are kept and applied after
//! it, so a row that left the list meanwhile is not brought back by an older page. Rows are never taken backwards: of
//! two summaries the one with the greater `version` is kept.

use crate::feed::Change;
use jackfield_protocol::{AgentId, ConversationId, ConversationPage, FeedNumber, Millis, Status, Summary};
use std::sync::Arc;

/// Rows kept in memory. At 50 rows a page nobody scrolls further; the list then asks for a search instead.
pub const MOST_ROWS: usize = 5000;
/// Entries kept while a page is on its way; more than this and the page is read again.
const MOST_KEPT: usize = 2000;

/// Which rows are asked for by their state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// All that is open.
    #[default]
    Open,
    /// Open and mine.
    Mine,
    /// Open and nobody's.
    Nobodys,
    /// Resolved.
    Resolved,
    /// Everything; used for one person.
    All,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// By state.
    pub which: Which,
    /// Of these handles only, lower case, no `@`; empty for everybody.
    pub handles: Vec<String>,
    /// With these words; empty for all.
    pub words: String,
}

impl Query {
    /// The query string for a page after `after`, without `?`. `encode` percent-encodes a value.
    pub fn to_params(&self, after: Option<&str>, encode: &dyn Fn(&str) -> String) -> String {
        let (status, owner) = match self.which {
            Which::Open => ("open", None),
            Which::Mine => ("open", Some("me")),
            Which::Nobodys => ("open", Some("nobody")),
            Which::Resolved => ("resolved", None),
            Which::All => ("all", None),
        };
        let mut out = format!("limit={PAGE}&status={status}");
        let handles = self.handles.join(",");
        let values = [
            ("owner", owner),
            ("handles", Some(handles.as_str())),
            ("q", Some(self.words.trim())),
            ("after", after),
        ];
        for (name, value) in values {
            if let Some(value) = value.filter(|v| !v.is_empty()) {
                out.push('&');
                out.push_str(name);
                out.push('=');
                out.push_str(&encode(value));
            }
        }
        out
    }

    /// Whether a row belongs to the list; none where only the server can say (a search by words).
    fn wants(&self, row: &Summary, me: &AgentId) -> Option<bool> {
        let open = row.status == Status::Open;
        let state = match self.which {
            Which::Open => open,
            Which::Mine => open && row.owner.as_ref() == Some(me),
            Which::Nobodys => open && row.owner.is_none(),
            Which::Resolved => !open,
            Which::All => true,
        };
        if !state {
            return Some(false);
        }
        let handle = &row.person.handle;
        if !self.handles.is_empty() && !self.handles.iter().any(|known| known.eq_ignore_ascii_case(handle)) {
            // Letters beyond ASCII are folded by the server alone: tables for it weigh more than this list.
            return if handle.is_ascii() { Some(false) } else { None };
        }
        if self.words.trim().is_empty() { Some(true) } else { None }
    }
}

/// Rows on a page.
pub const PAGE: u32 = 50;

/// The server's order: who waits before who does not, the longest waiting first, then the newest.
pub fn order(row: &Summary) -> (bool, Millis) {
    row.waiting_since
        .map_or_else(|| (true, row.last_inbound_at.saturating_neg()), |since| (false, since))
}

fn before(a: &Summary, b: &Summary) -> core::cmp::Ordering {
    order(a).cmp(&order(b)).then_with(|| a.id.cmp(&b.id))
}

/// What an entry did to the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effect {
    /// Something that is seen is different.
    pub seen: bool,
    /// A search has to be asked again to know whether this row belongs to it.
    pub ask_again: bool,
}

/// How the list is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Load {
    /// Nothing has been asked for yet.
    #[default]
    None,
    /// A page is on its way.
    Loading,
    /// All is there that was asked for.
    Ready,
    /// It could not be read, in words.
    Failed(String),
}

/// The list.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    query: Query,
    me: Option<AgentId>,
    rows: Vec<Arc<Summary>>,
    next: Option<String>,
    total: u64,
    load: Load,
    kept: Vec<(FeedNumber, Arc<Summary>)>,
    ticket: u64,
}

impl Rows {
    /// What it shows.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// The rows, in order.
    pub fn rows(&self) -> &[Arc<Summary>] {
        &self.rows
    }

    /// All rows that match, on the server.
    pub fn total(&self) -> u64 {
        self.total.max(self.rows.len() as u64)
    }

    /// How it is.
    pub fn load(&self) -> &Load {
        &self.load
    }

    /// Whether a further page is to be asked for now: not while one is on its way, nor by itself after one failed.
    pub fn more(&self) -> bool {
        self.next.is_some() && !self.full() && self.load == Load::Ready
    }

    /// Whether the memory's share is used up while the server has more.
    pub fn full(&self) -> bool {
        self.next.is_some() && self.rows.len() >= MOST_ROWS
    }

    /// Where a conversation is.
    pub fn place(&self, id: &ConversationId) -> Option<usize> {
        self.rows.iter().position(|row| &row.id == id)
    }

    /// The row of a conversation.
    pub fn get(&self, id: &ConversationId) -> Option<&Arc<Summary>> {
        self.rows.iter().find(|row| &row.id == id)
    }

    /// Begins to read the first page of a query. The ticket names the answer that will be believed. Rows of the same
    /// query stay until the page is there; rows of another are dropped.
    pub fn begin(&mut self, query: Query, me: AgentId) -> u64 {
        if query != self.query {
            self.rows.clear();
            self.total = 0;
        }
        (self.query, self.me, self.next) = (query, Some(me), None);
        self.start()
    }

    /// Begins to read the next page; gives where it begins.
    pub fn begin_more(&mut self) -> Option<(u64, String)> {
        if !self.more() {
            return None;
        }
        let after = self.next.clone()?;
        Some((self.start(), after))
    }

    fn start(&mut self) -> u64 {
        self.load = Load::Loading;
        self.kept.clear();
        self.ticket += 1;
        self.ticket
    }

    /// Takes a page. An answer to an older question changes nothing.
    pub fn page(&mut self, ticket: u64, first: bool, page: ConversationPage) {
        if ticket != self.ticket {
            return;
        }
        if first {
            self.rows.clear();
        }
        for row in page.items {
            let newer = self.get(&row.id).is_some_and(|known| known.version >= row.version);
            if !newer {
                self.put(Arc::new(row), true);
            }
        }
        (self.next, self.total, self.load) = (page.next, page.total, Load::Ready);
        for (n, row) in core::mem::take(&mut self.kept) {
            if n > page.feed {
                self.apply(row);
            }
        }
    }

    /// The page could not be read.
    pub fn failed(&mut self, ticket: u64, why: String) {
        if ticket == self.ticket {
            self.load = Load::Failed(why);
        }
    }

    /// Takes an entry of the feed.
    pub fn entry(&mut self, entry: &Change) -> Effect {
        let row = entry.summary.clone();
        if self.load == Load::Loading && self.kept.len() < MOST_KEPT {
            self.kept.push((entry.n, row.clone()));
        }
        self.apply(row)
    }

    /// Takes a row that a command answered with.
    pub fn row(&mut self, row: Arc<Summary>) {
        self.apply(row);
    }

    fn apply(&mut self, row: Arc<Summary>) -> Effect {
        let Some(me) = self.me.clone() else {
            return Effect::default();
        };
        let place = self.place(&row.id);
        if place
            .and_then(|at| self.rows.get(at))
            .is_some_and(|known| known.version > row.version)
        {
            return Effect::default();
        }
        match (self.query.wants(&row, &me), place) {
            (Some(true), _) | (None, Some(_)) => {
                if self.put(row, false) && place.is_none() {
                    self.total += 1;
                }
                Effect {
                    seen: true,
                    ask_again: false,
                }
            }
            (Some(false), Some(at)) => {
                self.rows.remove(at);
                self.total = self.total.saturating_sub(1);
                Effect {
                    seen: true,
                    ask_again: false,
                }
            }
            (Some(false), None) => Effect::default(),
            (None, None) => Effect {
                seen: false,
                ask_again: true,
            },
        }
    }

    /// Puts a row in its place. Behind the last row that is loaded there may be rows we do not know: a row of the feed
    /// that belongs there comes with its page.
    fn put(&mut self, row: Arc<Summary>, paged: bool) -> bool {
        if let Some(at) = self.place(&row.id) {
            self.rows.remove(at);
        }
        let at = self.rows.partition_point(|other| before(other, &row).is_lt());
        if !paged && at == self.rows.len() && self.next.is_some() {
            return false;
        }
        self.rows.insert(at, row);
        self.rows.truncate(MOST_ROWS);
        true
    }
}
