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
mod read;
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
use jackfield_panel_core::desk::{
    Check, Deed, Edition, Heard, Home, Looking, Meant, More, PolicyWords, RowMore, Standing, Texts, Tone, Value, Work,
    done_of_reply, hear, more_of_page, more_of_view, pairs,
};
use jackfield_panel_core::wire::visibility_word;
use jackfield_panel_core::words::{Lang, fill};
use jackfield_panel_core::{Change, Which};
use jackfield_protocol::{Command, CommandId, CommandRequest, ConversationId, FeedEntry, Millis};
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
    /// Replies that wait for readers.
    Read,
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
    /// Whether new work comes; none where the host does not match.
    presence: Sig<Option<String>>,
    asking_home: Sig<bool>,
    asking_thread: Sig<bool>,
    rows: Sig<BTreeMap<String, RowMore>>,
    /// Where replies stand, by their id.
    standings: Sig<BTreeMap<String, Standing>>,
    /// The texts of replies that were before this agent, by the reply's id.
    read: Sig<BTreeMap<String, Edition>>,
    /// Replies of the brand that wait for readers.
    to_read: Sig<Vec<Standing>>,
    to_read_failed: Sig<Option<String>>,
    work: Sig<Option<Work>>,
    looking: Sig<Looking>,
    /// The host keeps who is looking.
    looks: Sig<bool>,
    /// Grows when another conversation is open: what was begun for the one before ends.
    turn: Sig<u32>,
    typed_at: Sig<Millis>,
    /// What the agent has before them: how much was said on the network, and the version of the row.
    said: Sig<(u64, u64)>,
    /// What the gate says, and of which text and visibility.
    checked: Sig<Option<(gate::Text, Check)>>,
    check_failed: Sig<Option<String>>,
    /// The host checks drafts.
    checks: Sig<bool>,
    /// Sent as soon as it is checked.
    send_then: Sig<bool>,
    meant: Sig<Vec<Meant>>,
    policies: Sig<Option<Result<PolicyWords, String>>>,
    /// What is to be done once a reason is given, and its button's words.
    asked: Sig<Option<(Deed, Tone)>>,
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
            presence: Sig::new(None),
            asking_home: Sig::new(false),
            asking_thread: Sig::new(false),
            rows: Sig::new(BTreeMap::new()),
            standings: Sig::new(BTreeMap::new()),
            read: Sig::new(BTreeMap::new()),
            to_read: Sig::new(Vec::new()),
            to_read_failed: Sig::new(None),
            work: Sig::new(None),
            looking: Sig::new(Looking::default()),
            looks: Sig::new(true),
            turn: Sig::new(0),
            typed_at: Sig::new(0),
            said: Sig::new((0, 0)),
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
    ask::presence(p, None);
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
    rows(p, more);
    ask::standings_again(p);
}

/// A command was done. A reply's answer has in it what a command's is.
pub(crate) fn done(hub: &Hub, text: &str) {
    let mut more = more_of_view(text);
    if let Some((done, of_reply)) = done_of_reply(text) {
        more = of_reply;
        let change: Change = FeedEntry {
            n: 0,
            conversation: done.conversation,
            summary: done.summary,
            items: done.items,
        }
        .into();
        hub.each(|panel| panel.done(&change));
    }
    hub.each(|panel| {
        rows(panel, more.clone());
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
    desk.standings.set(BTreeMap::new());
    desk.looking.set(Looking::default());
    desk.checked.set(None);
    desk.check_failed.set(None);
    desk.send_then.set(false);
    desk.meant.set(Vec::new());
    desk.said.set((0, 0));
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
        Place::Overview => {
            ask::home(p);
            ask::presence(p, None);
        }
        Place::Read => ask::home(p),
        Place::Work => {}
    }
    p.desk.place.set(place);
    view::focus(
        p,
        match place {
            Place::Overview => "mine",
            Place::Work => "rows",
            Place::Read => "to-read",
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
        "t" | "T" => go(p, Place::Read, None),
        "p" | "P" => go(p, Place::Policies, None),
        _ => return false,
    }
    true
}

/// A reply goes to the server: what the agent had before them, and what they said is meant.
pub(crate) fn sending(p: Panel, id: &CommandId) {
    if p.desk.checks.get_untracked() {
        let (meant, (_, seen)) = (p.desk.meant.get_untracked(), p.desk.said.get_untracked());
        let seen = i64::try_from(seen).unwrap_or_default();
        let more = pairs(&[("seen", Value::Number(seen)), ("meant", Value::Meant(&meant))]);
        MORE.with_borrow_mut(|all| all.push((id.clone(), more)));
    }
    p.desk.meant.set(Vec::new());
    p.desk.checked.set(None);
}

/// Where a command goes, and what it says. A reply under a policy goes where it is judged with what was said about it;
/// one that was on its way when the page was loaded anew is judged without.
pub(crate) fn route(request: &CommandRequest, body: String) -> (&'static str, String) {
    let more = MORE.with_borrow(|all| {
        all.iter()
            .find(|(of, _)| *of == request.id)
            .map(|(_, more)| more.clone())
    });
    let (
        Some(more),
        Command::Reply {
            text,
            visibility,
            parent,
        },
    ) = (more, &request.command)
    else {
        return ("commands", body);
    };
    let mut values = vec![
        ("id", Value::Text(request.id.as_str())),
        ("text", Value::Text(text)),
        ("visibility", Value::Text(visibility_word(visibility))),
    ];
    if let Some(parent) = parent {
        values.push(("parent", Value::Text(parent.as_str())));
    }
    ("replies", format!("{{{},{more}}}", pairs(&values)))
}
