//! One list: its pages, its items, and the parts of an item where a mapping asks for them.

use super::cursor::{MOST_MARK, Walk, newer};
use super::{End, Gather, Offered, pages};
use crate::event::{self, Mark};
use crate::mapping::choice::first;
use crate::mapping::poll::{Each, Poll, Since};
use crate::net::id;
use crate::template::{Scope, Word};
use crate::times::Times;
use jackfield_sdk::channel::Trouble;
use jackfield_sdk::warning;
use serde_json::Value;

/// Items of one page; more is no page.
const MOST_ITEMS: usize = 5000;
/// Pages of the parts of one item. They are asked for in one call, so they have to leave room in its budget.
const MOST_PARTS: usize = 10;

impl Gather<'_, '_> {
    /// From the walk's page to the end of the list.
    pub(super) fn list(&mut self, poll: &Poll, mut walk: Walk) -> (Walk, Result<End, Trouble>) {
        loop {
            match self.page(poll, &mut walk) {
                Ok(Some(page)) => walk.page = Some(page),
                Ok(None) => return (walk, Ok(End::Done)),
                Err(Broken::Full) => return (walk, Ok(End::Full)),
                Err(Broken::Trouble(trouble)) => return (walk, Err(trouble)),
            }
        }
    }

    /// One page; what the next is, or none where it was the last.
    fn page(&mut self, poll: &Poll, walk: &mut Walk) -> Result<Option<String>, Broken> {
        if !self.net.may_ask() {
            return Err(Broken::Full);
        }
        let mark = self.cursor.marks.get(&poll.name).cloned();
        let mut scope = self.base.clone();
        if let Some(since) = self.since(poll, mark.as_deref()) {
            scope.set("since", since);
        }
        let section = format!("poll.{}", poll.name);
        let address = walk
            .page
            .as_ref()
            .filter(|_| poll.paging.as_ref().is_some_and(pages::is_address));
        let (url, request) = match address {
            Some(url) => (url.clone(), self.net.follow(&poll.ask, url, &scope)),
            None => {
                if let Some(paging) = &poll.paging {
                    scope.set(
                        "page",
                        Word::Text(walk.page.clone().unwrap_or_else(|| pages::first(paging))),
                    );
                }
                self.net.build(&section, &poll.ask, &scope).map_err(Trouble::Refused)?
            }
        };
        self.asked.clone_from(&url);
        let (answer, root) = self.net.ask(&url, request)?;
        let items = items(&section, &poll.items, &root, &url)?;
        walk.pages += 1;
        scope.root = Some(&root);

        let (mut fresh, mut reached) = (0, false);
        let ordered: Box<dyn Iterator<Item = &Value>> = if poll.newest_first {
            Box::new(items.iter().rev().copied())
        } else {
            Box::new(items.iter().copied())
        };
        for item in ordered {
            scope.item = Some(item);
            let here = self.mark(poll, &scope);
            if let Some(here) = &here {
                reached |= mark.as_ref().is_some_and(|mark| passed(poll, here, mark));
                if walk.top.as_ref().is_none_or(|top| newer(here, top)) {
                    walk.top = Some(here.clone());
                }
            }
            // What a network hands over because it changed since we began is news, however old it is itself.
            let updated = poll.since == Since::Time
                && here
                    .and_then(|at| at.parse::<u64>().ok())
                    .is_some_and(|at| at >= self.cursor.begin);
            if let Some(message) = poll
                .message
                .as_ref()
                .and_then(|name| self.net.setup.mapping.message(name))
            {
                match self.offer(message, &scope, updated) {
                    Offered::Fresh => fresh += 1,
                    Offered::Known => {}
                    Offered::NoRoom => return Err(Broken::Full),
                }
            }
            if let Some(each) = &poll.each
                && (updated || poll.since != Since::Time)
                && self.parts(poll, each, item)?
            {
                fresh += 1;
            }
        }
        let Some(paging) = &poll.paging else { return Ok(None) };
        // Behind a page of old things are older ones.
        if poll.newest_first && (reached || fresh == 0) {
            return Ok(None);
        }
        if walk.pages >= paging.most {
            warning!(
                self.net.host,
                "{section} ends after {} pages; the network has more",
                walk.pages
            );
            return Ok(None);
        }
        Ok(pages::next(
            paging,
            walk.page.as_deref(),
            &url,
            &answer,
            &root,
            items.len(),
        )?)
    }

    /// What `{since}` is: a little before the mark, for clocks are no more exact than that.
    fn since(&self, poll: &Poll, mark: Option<&str>) -> Option<Word> {
        match poll.since {
            Since::Nothing => None,
            Since::Id => Some(Word::Text(mark.unwrap_or("0").to_owned())),
            Since::Time => {
                let at = mark
                    .and_then(|mark| mark.parse::<u64>().ok())
                    .map(|at| at.saturating_sub(poll.overlap_ms));
                Some(Word::Time(at.unwrap_or(self.cursor.begin)))
            }
        }
    }

    /// What an item counts by: milliseconds, or its id.
    fn mark(&self, poll: &Poll, scope: &Scope<'_>) -> Option<String> {
        let message = poll
            .message
            .as_ref()
            .and_then(|name| self.net.setup.mapping.message(name));
        if poll.since == Since::Id {
            let field = poll.mark.as_ref().or(message.map(|message| &message.id))?;
            return id(field, scope).filter(|id| id.len() <= MOST_MARK);
        }
        let times = message.map_or(&Times::Rfc3339, |message| &message.times);
        let time = |field: &Vec<_>| first(field, scope, 64).and_then(|text| times.read(&text));
        let at = match (&poll.mark, message) {
            (Some(field), _) => time(field),
            (None, Some(message)) => message.revision.as_ref().and_then(&time).or_else(|| time(&message.at)),
            (None, None) => None,
        };
        // A clock in the future would leave out everything until then.
        at.map(|at| at.min(self.net.now).to_string())
    }

    /// The parts of an item that changed since we last asked for them; whether it had.
    fn parts(&mut self, poll: &Poll, each: &Each, item: &Value) -> Result<bool, Broken> {
        let mut scope = Scope {
            item: Some(item),
            ..self.base.clone()
        };
        let section = format!("poll.{}.each", poll.name);
        let Some(key) = id(&each.key, &scope) else {
            return Err(
                Trouble::Unexpected(format!("`{section}.key`: an item has nothing there; look at the path.")).into(),
            );
        };
        let changed = match &each.changed {
            Some(field) => Mark::of(&[&first(field, &scope, 1024).unwrap_or_default()]),
            None => Mark::of(&[&item.to_string()]),
        };
        if self.seen.get(&section, &key) == Some(changed) {
            return Ok(false);
        }
        let Some(message) = self.net.setup.mapping.message(&each.message) else {
            return Ok(false);
        };
        let mut page: Option<String> = None;
        for turn in 0.. {
            if !self.net.may_ask() {
                return Err(Broken::Full);
            }
            let address = page
                .as_ref()
                .filter(|_| each.paging.as_ref().is_some_and(pages::is_address));
            let (url, request) = match address {
                Some(url) => (url.clone(), self.net.follow(&each.ask, url, &scope)),
                None => {
                    if let Some(paging) = &each.paging {
                        scope.set("page", Word::Text(page.clone().unwrap_or_else(|| pages::first(paging))));
                    }
                    self.net.build(&section, &each.ask, &scope).map_err(Trouble::Refused)?
                }
            };
            self.asked.clone_from(&url);
            let (answer, root) = match self.net.ask(&url, request) {
                // Taken away between the two questions.
                Err(Trouble::Refused(_)) if page.is_none() => break,
                other => other?,
            };
            let items = items(&section, &each.items, &root, &url)?;
            for part in &items {
                let inner = Scope {
                    item: Some(part),
                    outer: Some(item),
                    root: Some(&root),
                    ..self.base.clone()
                };
                if self.offer(message, &inner, false) == Offered::NoRoom {
                    return Err(Broken::Full);
                }
            }
            let next = match &each.paging {
                Some(paging) => pages::next(paging, page.as_deref(), &url, &answer, &root, items.len())?,
                None => None,
            };
            if next.is_some() && turn + 1 >= MOST_PARTS {
                warning!(
                    self.net.host,
                    "{section} ends after {MOST_PARTS} pages of {key}; the network has more"
                );
                break;
            }
            match next {
                Some(next) => page = Some(next),
                None => break,
            }
        }
        self.seen.put(&section, &key, changed);
        Ok(true)
    }
}

/// Why a page was not read to its end.
enum Broken {
    Full,
    Trouble(Trouble),
}

impl From<Trouble> for Broken {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// Whether an item of a list that begins with the newest is as old as where we have been.
fn passed(poll: &Poll, here: &str, mark: &str) -> bool {
    match (poll.since, here.parse::<u64>(), mark.parse::<u64>()) {
        (Since::Id, ..) => !newer(here, mark),
        (_, Ok(here), Ok(mark)) => here < mark.saturating_sub(poll.overlap_ms),
        _ => false,
    }
}

/// The items of an answer.
pub(crate) fn items<'v>(
    section: &str,
    paths: &[crate::path::Path],
    root: &'v Value,
    url: &str,
) -> Result<Vec<&'v Value>, Trouble> {
    let Some(items) = event::list(paths, root) else {
        let begin: String = root.to_string().chars().take(120).collect();
        return Err(Trouble::Unexpected(format!(
            "`{section}.items`: there is no list there in the answer of {url}, which begins {begin}"
        )));
    };
    if items.len() > MOST_ITEMS {
        return Err(Trouble::Unexpected(format!(
            "`{section}.items`: {} items in one answer; ask for pages of at most {MOST_ITEMS}.",
            items.len()
        )));
    }
    Ok(items)
}
