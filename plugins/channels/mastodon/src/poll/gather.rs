//! What one poll has found, and the one way in which a status becomes events.

use crate::api::{Api, parse};
use crate::map::{revision, reworded, said};
use crate::threads::Threads;
use crate::watch::Watch;
use crate::wire::{Context, Status, Wording};
use jackfield_sdk::channel::{Event, Kind, Trouble};
use jackfield_sdk::warning;

pub(crate) struct Gather<'a> {
    pub(crate) api: &'a Api<'a>,
    pub(crate) me: &'a str,
    pub(crate) threads: Threads<'a>,
    pub(crate) watch: Watch<'a>,
    pub(crate) events: Vec<Event>,
    /// Events that one batch may hold.
    pub(crate) room: usize,
}

/// Whether a status found its place in this batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is in the batch, or needed no place.
    Yes,
    /// The batch or the requests of this call are used up: it comes first in the next.
    NoRoom,
}

impl Gather<'_> {
    pub(crate) fn full(&self) -> bool {
        self.events.len() >= self.room
    }

    fn has(&self, id: &str, revision: u64) -> bool {
        self.events.iter().any(|e| e.remote_id == id && e.revision == revision)
    }

    /// A status that addresses us or is ours: with its thread, and with every wording it had.
    pub(crate) fn take(&mut self, status: &Status) -> Result<Taken, Trouble> {
        let (thread, around) = match self.known_thread(status) {
            Some(thread) => (thread, Vec::new()),
            None if !self.api.may_ask() => return Ok(Taken::NoRoom),
            None => self.look_around(status)?,
        };
        let mut group = self.wordings(status, None)?;
        group.retain(|wording| !self.has(&wording.id, revision(wording)));
        let space = self.room.saturating_sub(self.events.len());
        if group.len() > space && !self.events.is_empty() {
            return Ok(Taken::NoRoom);
        }
        // An empty batch takes what it can of a history that is longer than a batch: the newest.
        let drop = group.len().saturating_sub(space);
        group.drain(..drop);
        let mut around: Vec<Status> = around.into_iter().filter(|s| !self.has(&s.id, revision(s))).collect();
        let space = space - group.len();
        if around.len() > space {
            if !self.events.is_empty() {
                return Ok(Taken::NoRoom);
            }
            // A thread longer than a whole batch: what stands nearest.
            around.drain(..around.len() - space);
        }
        for status in around.iter().chain(&group) {
            self.push(status, &thread);
        }
        Ok(Taken::Yes)
    }

    /// The event of one wording, remembered and watched.
    fn push(&mut self, status: &Status, thread: &str) {
        let event = said(status, thread, self.me);
        self.threads.put(&status.id, thread);
        self.watch.add(status, &event, self.api.host.now_ms());
        self.events.push(event);
    }

    /// The thread where no request is needed to know it.
    fn known_thread(&self, status: &Status) -> Option<String> {
        let parent = status.in_reply_to_id.as_deref();
        self.threads
            .get(&status.id)
            .or_else(|| parent.and_then(|p| self.threads.get(p)))
            .or_else(|| parent.is_none().then(|| status.id.clone()))
    }

    /// The thread as the server shows it, and what of it we do not have: all that stands above, and below what
    /// addresses us or is ours.
    fn look_around(&self, status: &Status) -> Result<(String, Vec<Status>), Trouble> {
        let parent = status.in_reply_to_id.clone().unwrap_or_else(|| status.id.clone());
        let path = format!("/api/v1/statuses/{}/context", status.id);
        let answer = self.api.get(&path, &[])?;
        let context = match answer.status() {
            // It was taken away between the notification and now; what it said is known, its thread is not.
            404 | 410 => return Ok((parent, Vec::new())),
            _ => {
                self.api.good(&answer)?;
                parse::<Context>(&path, answer.bytes())?
            }
        };
        let known = context.ancestors.iter().rev().find_map(|s| self.threads.get(&s.id));
        let root = context.ancestors.first().map(|s| s.id.clone());
        let thread = known.or(root).unwrap_or(parent);
        let below = context.descendants.into_iter().filter(|s| self.concerns_us(s));
        let around = context.ancestors.into_iter().chain(below);
        Ok((thread, around.filter(|s| self.threads.get(&s.id).is_none()).collect()))
    }

    /// It addresses us or is ours.
    pub(crate) fn concerns_us(&self, status: &Status) -> bool {
        status.account.id == self.me || status.mentions.iter().any(|m| m.id == self.me)
    }

    /// Every wording of an edited status that is newer than `known`, oldest first; just itself where it was never
    /// edited, or where the server does not show its history.
    pub(crate) fn wordings(&self, status: &Status, known: Option<u64>) -> Result<Vec<Status>, Trouble> {
        if revision(status) == 0 || !self.api.may_ask() {
            return Ok(vec![status.clone()]);
        }
        let path = format!("/api/v1/statuses/{}/history", status.id);
        let answer = self.api.get(&path, &[])?;
        let history: Vec<Wording> = match answer.status() {
            200..=299 => parse(&path, answer.bytes())?,
            401 | 429 | 500..=599 => {
                self.api.good(&answer)?;
                Vec::new()
            }
            code => {
                warning!(self.api.host, "{path} answered {code}; the status stands as it is now");
                Vec::new()
            }
        };
        let mut all: Vec<Status> = history
            .into_iter()
            .map(|wording| reworded(status, wording))
            .filter(|s| known.is_none_or(|k| revision(s) > k) && revision(s) < revision(status))
            .collect();
        // What the status itself says is the newest, whatever the history says.
        all.push(status.clone());
        Ok(all)
    }

    /// A status that we know was looked at again: what is new of it. False where there is no room.
    pub(crate) fn update(&mut self, status: &Status, known: u64, thread: &str) -> Result<Taken, Trouble> {
        if revision(status) <= known {
            return Ok(Taken::Yes);
        }
        let new = self.wordings(status, Some(known))?;
        if self.events.len() + new.len() > self.room {
            return Ok(Taken::NoRoom);
        }
        for wording in &new {
            if !self.has(&wording.id, revision(wording)) {
                self.push(wording, thread);
            }
        }
        Ok(Taken::Yes)
    }

    /// Something we cannot read: kept raw by the host, and counted, so that it does not stop the line.
    pub(crate) fn unreadable(&mut self, what: &str, id: &str, at: u64) {
        warning!(
            self.api.host,
            "{what} {id} cannot be read; it is handed over as it is and the poll goes on"
        );
        let key = format!("{what}:{id}");
        let mut event = jackfield_sdk::channel::said(&key, jackfield_sdk::channel::Author::named("unknown"), "", at);
        event.kind = Kind::Other(format!("unreadable-{what}"));
        event.context = true;
        self.events.push(event);
    }
}
