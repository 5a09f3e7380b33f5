//! The full-page console, `view="desk"`: the same panel, and in these files what only a desk has. `no_desk.rs` is the other
//! side of the seam; the shared views call both by the same names.
//!
//! What the server answers more is read out of the same texts ([`jackfield_panel_core::desk`]). A host that does not answer
//! one of the desk's own questions is not an error: that part of the desk is simply not there.

mod approval;
mod ask;
mod front;
mod gate;
mod policies;
mod work;

pub(crate) use approval::under_reply;
pub(crate) use front::{bar, front};
pub(crate) use gate::{field, findings, may_send, send_word, shut};
pub(crate) use work::{acts, clock, doings, marks, side};

use crate::hub::Hub;
use crate::net::Soon;
use crate::panel::Panel;
use crate::sig::Sig;
use crate::{talk, view};
use ask::{later_home, later_thread};
use jackfield_panel_core::Which;
use jackfield_panel_core::desk::{
    Check, Heard, Home, Looking, Meant, More, PolicyWords, ReplyMore, RowMore, Texts, Tone, Work, all_meant, hear,
    more_of_page, more_of_view,
};
use jackfield_panel_core::words::{Lang, fill};
use jackfield_protocol::{CommandId, ConversationId, Millis};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Rows of which more is kept; beyond this they are forgotten and read again with the next page.
const MOST_ROWS: usize = 5000;
/// Whether this program is the desk.
pub(crate) const HERE: bool = true;

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Place {
    /// Two numbers.
    #[default]
    Overview,
    /// The list and the open conversation.
    Work,
    /// The policies in words.
    Policies,
}

/// A handle, as the panel's own.
#[derive(Clone, Copy)]
pub(crate) struct Desk(&'static State);

impl core::ops::Deref for Desk {
    type Target = State;

    fn deref(&self) -> &State {
        self.0
    }
}

/// What the desk keeps.
pub(crate) struct State {
    texts: Sig<Texts>,
    place: Sig<Place>,
    home: Sig<Option<Home>>,
    home_failed: Sig<Option<String>>,
    /// The host counts what waits for an agent.
    homes: Sig<bool>,
    asking_home: Sig<bool>,
    asking_thread: Sig<bool>,
    rows: Sig<BTreeMap<String, RowMore>>,
    replies: Sig<BTreeMap<String, ReplyMore>>,
    work: Sig<Option<Work>>,
    looking: Sig<Looking>,
    /// The host keeps who is looking.
    looks: Sig<bool>,
    /// Grows when another conversation is open: what was begun for the one before ends.
    turn: Sig<u32>,
    typed_at: Sig<Millis>,
    /// The version of what the person said that the agent has before them.
    said: Sig<u64>,
    /// What the gate says, and of which text and visibility.
    checked: Sig<Option<(gate::Text, Check)>>,
    check_failed: Sig<Option<String>>,
    /// The host checks drafts.
    checks: Sig<bool>,
    /// Sent as soon as it is checked.
    send_then: Sig<bool>,
    meant: Sig<Vec<Meant>>,
    policies: Sig<Option<Result<PolicyWords, String>>>,
    /// What is to be done once a reason is given: its name, and its button's words.
    asked: Sig<Option<(&'static str, Tone)>>,
}

thread_local! {
    /// What a reply on its way says more.
    static MORE: RefCell<Vec<(CommandId, String)>> = const { RefCell::new(Vec::new()) };
}

impl Desk {
    /// A desk that knows nothing yet.
    pub(crate) fn new() -> Self {
        Self(Box::leak(Box::new(State {
            texts: Sig::new(Texts::default()),
            place: Sig::new(Place::Overview),
            home: Sig::new(None),
            home_failed: Sig::new(None),
            homes: Sig::new(true),
            asking_home: Sig::new(false),
            asking_thread: Sig::new(false),
            rows: Sig::new(BTreeMap::new()),
            replies: Sig::new(BTreeMap::new()),
            work: Sig::new(None),
            looking: Sig::new(Looking::default()),
            looks: Sig::new(true),
            turn: Sig::new(0),
            typed_at: Sig::new(0),
            said: Sig::new(0),
            checked: Sig::new(None),
            check_failed: Sig::new(None),
            checks: Sig::new(true),
            send_then: Sig::new(false),
            meant: Sig::new(Vec::new()),
            policies: Sig::new(None),
            asked: Sig::new(None),
        })))
    }
}

/// A text of the desk.
fn tell(p: Panel, tone: Tone) -> &'static str {
    if p.lang() == Lang::En {
        return Texts::default().say(tone);
    }
    p.desk.texts.with_untracked(|texts| texts.say(tone))
}

/// A text of the desk with values in it.
fn tell_with(p: Panel, tone: Tone, values: &[&str]) -> String {
    fill(tell(p, tone), values)
}

/// Reads the desk's texts of a language; one that cannot be read is said in English.
pub(crate) fn speak(p: Panel, lang: &'static str) -> Soon<()> {
    Box::pin(async move {
        let Some(bridge) = p.bridge() else { return Ok(()) };
        let file = bridge.words(&format!("desk-{lang}")).await.ok();
        let texts = file
            .and_then(|file| file.as_string())
            .and_then(|file| Texts::read(&file));
        let _ = p.desk.texts.quietly(|own| *own = texts.unwrap_or_default());
        Ok(())
    })
}

/// The connection is there.
pub(crate) fn started(p: Panel) {
    ask::home(p);
}

fn rows(p: Panel, more: More) {
    let _ = p.desk.rows.update(|rows| {
        if rows.len() > MOST_ROWS {
            rows.clear();
        }
        for (id, row) in more.rows {
            match rows.get(&id) {
                Some(known) if known.version > row.version => {}
                _ => drop(rows.insert(id, row)),
            }
        }
    });
}

/// A page of the list was read.
pub(crate) fn page(p: Panel, text: &str) {
    rows(p, more_of_page(text));
}

fn is_open(p: Panel, id: &ConversationId) -> bool {
    p.thread.try_with_untracked(|thread| thread.id() == Some(id)) == Some(true)
}

/// A conversation was read.
pub(crate) fn view(p: Panel, id: &ConversationId, text: &str) {
    if !is_open(p, id) {
        return;
    }
    let mut more = more_of_view(text);
    p.desk.work.set(more.work.take());
    let replies = core::mem::take(&mut more.replies);
    p.desk.replies.set(replies.into_iter().collect());
    rows(p, more);
}

/// A command was done.
pub(crate) fn done(hub: &Hub, text: &str) {
    let more = more_of_view(text);
    hub.each(|panel| rows(panel, more.clone()));
    hub.each(|panel| {
        later_home(panel);
        later_thread(panel);
    });
}

/// A message of the feed.
pub(crate) fn event(hub: &Hub, text: &str) {
    match hear(text) {
        Some(Heard::Changed(id, more)) => hub.each(|panel| {
            rows(panel, (*more).clone());
            later_home(panel);
            if is_open(panel, &id) {
                later_thread(panel);
            }
        }),
        Some(Heard::Looking(id, looking)) => hub.each(|panel| {
            if is_open(panel, &id) {
                panel.desk.looking.set(others(panel, looking.clone()));
            }
        }),
        None => {}
    }
}

/// Without oneself.
fn others(p: Panel, mut looking: Looking) -> Looking {
    p.me.with_untracked(|me| {
        looking.others.retain(|one| Some(&one.agent) != me.as_ref());
        if looking.lock == *me {
            looking.lock = None;
        }
    });
    looking
}

/// A conversation is opened.
pub(crate) fn opened(p: Panel) {
    fresh(p);
    p.desk.place.set(Place::Work);
    ask::look(p);
}

/// It is closed.
pub(crate) fn closed(p: Panel) {
    ask::look_away(p);
    fresh(p);
}

fn fresh(p: Panel) {
    let desk = p.desk;
    let _ = desk.turn.quietly(|turn| *turn += 1);
    desk.work.set(None);
    desk.replies.set(BTreeMap::new());
    desk.looking.set(Looking::default());
    desk.checked.set(None);
    desk.check_failed.set(None);
    desk.send_then.set(false);
    desk.meant.set(Vec::new());
    desk.said.set(0);
    desk.asked.set(None);
}

/// Goes to a part of the desk.
fn go(p: Panel, place: Place, which: Option<Which>) {
    if let Some(which) = which {
        p.which.set(which);
        p.words.set(String::new());
        talk::read_list(p, None);
    }
    match place {
        Place::Policies => ask::policies(p),
        Place::Overview => ask::home(p),
        Place::Work => {}
    }
    p.desk.place.set(place);
    view::focus(
        p,
        match place {
            Place::Overview => "mine",
            Place::Work => "rows",
            Place::Policies => "policies",
        },
    );
}

/// A key that the panel has no use for.
pub(crate) fn key(p: Panel, key: &str) -> bool {
    match key {
        "Escape" if p.desk.place.get_untracked() != Place::Overview => go(p, Place::Overview, None),
        "o" | "O" => go(p, Place::Overview, None),
        "m" | "M" => go(p, Place::Work, Some(Which::Mine)),
        "q" | "Q" => go(p, Place::Work, Some(Which::Nobodys)),
        "p" | "P" => go(p, Place::Policies, None),
        _ => return false,
    }
    true
}

/// A reply goes to the server: what the agent had before them, and what they said is meant.
pub(crate) fn sending(p: Panel, id: &CommandId) {
    let mut more = String::new();
    if p.desk.work.with_untracked(Option::is_some) {
        more.push_str(&format!(",\"said\":{}", p.desk.said.get_untracked()));
    }
    let meant = p.desk.meant.get_untracked();
    if !meant.is_empty() {
        more.push(',');
        all_meant(&meant, &mut more);
    }
    if !more.is_empty() {
        MORE.with_borrow_mut(|all| all.push((id.clone(), more)));
    }
    p.desk.meant.set(Vec::new());
    p.desk.checked.set(None);
}

/// A command as JSON, with what the desk says more.
pub(crate) fn body(id: &CommandId, body: String) -> String {
    let more = MORE.with_borrow(|all| all.iter().find(|(of, _)| of == id).map(|(_, more)| more.clone()));
    match (more, body.strip_suffix("}}")) {
        (Some(more), Some(open)) => format!("{open}{more}}}}}"),
        _ => body,
    }
}
