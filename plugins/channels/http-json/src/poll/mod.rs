//! One poll: the lists of the mapping in turn, each from its mark to its end, page by page, as far as one batch and one
//! call go.
//!
//! A page is always read whole or asked for again: what of it was handed over is known by its marks in [`Seen`], and
//! those are stored with the batch. So a walk can be broken off anywhere, by a full batch, by the end of the budget or by
//! a fault, and goes on where it was.

pub(crate) mod broken;
mod cursor;
pub(crate) mod pages;
mod walk;

pub(crate) use walk::items as walk_items;

use broken::Broken;

use crate::mapping::message::Message;
use crate::net::Net;
use crate::seen::Seen;
use crate::settings::{self, Setup};
use crate::template::{Scope, Word};
use crate::{account, event, sent};
use cursor::{Cursor, Walk};
use event::Read;
use jackfield_sdk::channel::{Batch, Event, Host, Trouble};
use jackfield_sdk::warning;
use std::collections::BTreeSet;

/// Lines about unreadable items that one call writes.
const MOST_COMPLAINTS: u32 = 5;

/// How one page, or one item's parts, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// All of it was read.
    Done,
    /// The batch is full, or the budget of the call is used up: go on from here the next time.
    Full,
}

/// What one poll gathers.
struct Gather<'n, 'h> {
    net: &'n Net<'h>,
    base: Scope<'n>,
    cursor: Cursor,
    seen: Seen<'h>,
    /// What went out by this connection.
    sent: BTreeSet<String>,
    events: Vec<Event>,
    max: usize,
    complaints: u32,
    /// The address that was asked for last.
    asked: String,
    /// Lists that could not be read, and how many could.
    broken: Vec<Broken>,
    worked: usize,
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offered {
    /// Handed over, or to be passed over for the first time.
    Fresh,
    /// Known.
    Known,
    /// There is no room left in the batch.
    NoRoom,
}

pub(crate) fn poll(host: &dyn Host, settings: &str, cursor: Option<&[u8]>, max_events: u32) -> Result<Batch, Trouble> {
    poll_as(host, &*settings::read(settings)?, cursor, max_events)
}

/// The same with settings that were read before.
pub(crate) fn poll_as(
    host: &dyn Host,
    setup: &Setup,
    cursor: Option<&[u8]>,
    max_events: u32,
) -> Result<Batch, Trouble> {
    let net = Net::new(host, setup);
    let begin = net.now.saturating_sub(setup.mapping.history_ms);
    let mut cursor = Cursor::read(cursor, begin)?;
    cursor.fit(&setup.mapping.polls);
    let me = account::known(&net)?;
    let mut base = net.scope();
    if let Some(me) = me {
        base.set("account", Word::Text(me.id));
    }
    let mut gather = Gather {
        net: &net,
        base,
        cursor,
        seen: Seen::load(host),
        sent: sent::ids(host),
        events: Vec::new(),
        max: usize::try_from(max_events).unwrap_or(usize::MAX),
        complaints: 0,
        asked: String::new(),
        broken: Vec::new(),
        worked: 0,
    };
    let mut end = gather.lists();
    if !gather.broken.is_empty() {
        // What was found counts; the next call finds nothing and tells the trouble.
        if gather.events.is_empty() {
            return Err(broken::told(&net, &gather.broken, gather.worked));
        }
        end = End::Full;
    }
    gather.seen.save();
    gather.events.sort_by_key(|event| event.at);
    Ok(Batch::new(gather.events)
        .cursor(gather.cursor.write())
        .more(end == End::Full)
        .not_before(net.pause_ms()))
}

impl Gather<'_, '_> {
    /// All lists, from the one that is under way. One that cannot be read is told and passed over.
    fn lists(&mut self) -> End {
        let polls = &self.net.setup.mapping.polls;
        let from = self
            .cursor
            .walk
            .as_ref()
            .and_then(|walk| polls.iter().position(|poll| poll.name == walk.poll));
        let from = from.unwrap_or(0);
        let mut stuck = None;
        for (nth, poll) in polls.iter().skip(from).chain(polls.iter().take(from)).enumerate() {
            // Those before the one under way had their turn in the call before, unless that one holds up every call.
            if nth + from >= polls.len() && self.broken.is_empty() {
                break;
            }
            let fresh = Walk {
                poll: poll.name.clone(),
                page: None,
                pages: 0,
                top: None,
            };
            let walk = self
                .cursor
                .walk
                .take()
                .filter(|walk| walk.poll == poll.name)
                .unwrap_or(fresh);
            self.asked.clear();
            let (walk, end) = self.list(poll, walk);
            match end {
                Ok(End::Done) => {
                    self.worked += 1;
                    if let Some(top) = walk.top {
                        self.cursor.marks.insert(poll.name.clone(), top);
                    }
                }
                Ok(End::Full) => {
                    self.worked += 1;
                    self.cursor.walk = Some(walk);
                    return End::Full;
                }
                Err(trouble) => {
                    let broken = Broken {
                        section: format!("poll.{}", poll.name),
                        url: core::mem::take(&mut self.asked),
                        trouble,
                    };
                    let for_all = broken.is_for_all();
                    self.broken.push(broken);
                    // Where it stopped within its pages it goes on; the first of them is asked for anew anyway.
                    stuck = stuck.or(Some(walk).filter(|walk| walk.page.is_some()));
                    if for_all {
                        break;
                    }
                }
            }
        }
        self.cursor.walk = stuck;
        End::Done
    }

    /// Reads the item of a scope and takes it into the batch unless it is known. `updated` is set where the network
    /// hands it over because it changed: then what is older than the history is shown as context.
    fn offer(&mut self, message: &Message, scope: &Scope<'_>, updated: bool) -> Offered {
        let mut event = match event::read(message, scope) {
            Read::Event(event) => *event,
            Read::Skipped(id) => return self.pass(id.as_deref(), "skipped"),
            Read::Unreadable(id, why) => {
                let known = self.pass(id.as_deref(), &why);
                if known == Offered::Fresh {
                    self.complaints += 1;
                    if self.complaints <= MOST_COMPLAINTS {
                        warning!(self.net.host, "an item cannot be read and is passed over: {why}");
                    }
                }
                return known;
            }
        };
        let mark = event::mark(&event);
        match self.seen.get("m", &event.remote_id) {
            Some(known) if known == mark => return Offered::Known,
            // Another wording without a number of its own.
            Some(_) if event.revision == 0 => event.revision = self.net.now,
            Some(_) => {}
            None if event.at < self.cursor.begin => {
                if !updated {
                    return Offered::Known;
                }
                event.context = true;
            }
            None => {}
        }
        if self.events.len() >= self.max {
            return Offered::NoRoom;
        }
        self.seen.put("m", &event.remote_id, mark);
        event.ours |= self.sent.contains(&event.remote_id);
        self.events.push(event);
        Offered::Fresh
    }

    /// Remembers an item that is not handed over.
    fn pass(&mut self, id: Option<&str>, why: &str) -> Offered {
        let Some(id) = id else { return Offered::Fresh };
        let mark = event::Mark::of(&[why]);
        if self.seen.get("p", id) == Some(mark) {
            return Offered::Known;
        }
        self.seen.put("p", id, mark);
        Offered::Fresh
    }
}
