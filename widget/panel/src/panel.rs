//! What one panel knows, and what the feed does to it. Every field is a handle ([`Sig`]); after an
//! await the panel may be gone, and its handles then give nothing.

use crate::bridge::{Bridge, object};
use crate::desk::Desk;
use crate::hub::Hub;
use crate::intl::Intl;
use crate::net::{later, now};
use crate::sig::Sig;
use crate::{drafts, talk};
use jackfield_panel_core::{
    Change, Draft, Pending, Phase, Rows, Thread, Which,
    words::{Lang, Word},
};
use jackfield_protocol::{
    AgentId, Command, CommandRequest, ConnectionView, ConversationId, Delivery, ItemKind, Millis, Problem, Summary,
};
use std::rc::Rc;
use std::sync::Arc;
use web_sys::HtmlElement;

/// New messages are spoken together when they come close together: a reader is not talked over.
const SPEAK_MS: u32 = 1500;
/// A search whose rows may have changed is asked again at most this often.
const ASK_AGAIN_MS: u32 = 2000;

/// How many panes fit beside one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Panes {
    /// List or thread.
    One,
    /// List and thread.
    Two,
    /// List, thread and person.
    Three,
}

/// A panel: a handle of four bytes, so that the hundreds of small closures of the views stay small. What it points to are
/// some forty handles more; they are never given back (three hundred bytes a mount), so a continuation that outlives its
/// panel finds handles that find nothing, and not another panel's.
#[derive(Clone, Copy)]
pub(crate) struct Panel(&'static State);

impl core::ops::Deref for Panel {
    type Target = State;

    fn deref(&self) -> &State {
        self.0
    }
}

/// The state of a panel.
pub(crate) struct State {
    pub(crate) id: u32,
    bridge: Sig<Bridge>,
    hub: Sig<Option<Rc<Hub>>>,
    /// The wrapper inside the shadow root.
    pub(crate) root: Sig<HtmlElement>,
    pub(crate) intl: Sig<Option<Intl>>,
    pub(crate) theme: Sig<String>,
    pub(crate) density: Sig<String>,
    pub(crate) width: Sig<f64>,
    /// Why the panel cannot work at all, in words.
    pub(crate) broken: Sig<Option<String>>,
    pub(crate) me: Sig<Option<AgentId>>,
    pub(crate) phase: Sig<Phase>,
    pub(crate) lines: Sig<Vec<ConnectionView>>,
    pub(crate) pending: Sig<Vec<Pending>>,
    pub(crate) now: Sig<Millis>,
    pub(crate) rows: Sig<Rows>,
    pub(crate) which: Sig<Which>,
    pub(crate) words: Sig<String>,
    /// Handles of the person the page is about.
    pub(crate) handles: Sig<Vec<String>>,
    pub(crate) customer: Sig<Option<String>>,
    pub(crate) person_only: Sig<bool>,
    pub(crate) cursor: Sig<Option<ConversationId>>,
    pub(crate) thread: Sig<Thread>,
    pub(crate) show_all: Sig<bool>,
    pub(crate) draft: Sig<Draft>,
    /// Whether the draft belongs to the open conversation yet.
    pub(crate) drafted: Sig<bool>,
    pub(crate) handing: Sig<bool>,
    /// Why the last thing was not done.
    pub(crate) refusal: Sig<Option<String>>,
    pub(crate) others: Sig<Vec<Arc<Summary>>>,
    pub(crate) spoken: Sig<String>,
    unspoken: Sig<(u32, String)>,
    asking: Sig<bool>,
    /// How far list and thread are scrolled, for when the element is moved.
    pub(crate) scroll: Sig<(i32, i32)>,
    /// What only the desk knows.
    pub(crate) desk: Desk,
}

impl Panel {
    /// A panel that knows nothing yet.
    pub(crate) fn new(id: u32, bridge: Bridge, root: HtmlElement) -> Self {
        let locale = bridge.text("locale").unwrap_or_else(|| "en".into());
        let text = |name: &str| bridge.text(name).unwrap_or_default();
        Self(Box::leak(Box::new(State {
            id,
            theme: Sig::new(text("theme")),
            density: Sig::new(text("density")),
            bridge: Sig::new(bridge),
            hub: Sig::new(None),
            width: Sig::new(f64::from(root.offset_width())),
            root: Sig::new(root),
            intl: Sig::new(Some(Intl::new(&locale, Default::default()))),
            broken: Sig::new(None),
            me: Sig::new(None),
            phase: Sig::new(Phase::Connecting),
            lines: Sig::new(Vec::new()),
            pending: Sig::new(Vec::new()),
            now: Sig::new(now()),
            rows: Sig::new(Rows::default()),
            which: Sig::new(Which::Open),
            words: Sig::new(String::new()),
            handles: Sig::new(Vec::new()),
            customer: Sig::new(None),
            person_only: Sig::new(false),
            cursor: Sig::new(None),
            thread: Sig::new(Thread::default()),
            show_all: Sig::new(false),
            draft: Sig::new(Draft::default()),
            drafted: Sig::new(false),
            handing: Sig::new(false),
            refusal: Sig::new(None),
            others: Sig::new(Vec::new()),
            spoken: Sig::new(String::new()),
            unspoken: Sig::new((0, String::new())),
            asking: Sig::new(false),
            scroll: Sig::new((0, 0)),
            desk: Desk::new(),
        })))
    }

    /// The element's side; none once the panel is gone.
    pub(crate) fn bridge(self) -> Option<Bridge> {
        self.bridge.try_get_untracked()
    }

    /// The connection; none before the panel has joined one.
    pub(crate) fn hub(self) -> Option<Rc<Hub>> {
        self.hub.try_get_untracked().flatten()
    }

    /// Sends an event from the element; see [`Bridge::emit`].
    pub(crate) fn emit(self, name: &str, detail: &[(&str, wasm_bindgen::JsValue)], cancelable: bool) -> u8 {
        self.bridge()
            .map_or(1, |bridge| bridge.emit(name, &object(detail), cancelable))
    }

    /// A number, a time or a length of time in the panel's locale.
    pub(crate) fn intl(self, say: impl FnOnce(&Intl) -> String) -> String {
        self.intl
            .with_untracked(|intl| intl.as_ref().map(say).unwrap_or_default())
    }

    /// The panel's language.
    #[inline(never)]
    pub(crate) fn lang(self) -> Lang {
        self.intl
            .with_untracked(|intl| intl.as_ref().map(|intl| intl.lang).unwrap_or_default())
    }

    /// A text in the panel's language. Nothing follows it: another language makes every view anew.
    #[inline(never)]
    pub(crate) fn say(self, word: Word) -> &'static str {
        self.intl
            .with_untracked(|intl| intl.as_ref().map(|intl| intl.words.say(word)).unwrap_or_default())
    }

    /// A text with values in it.
    #[inline(never)]
    pub(crate) fn fill(self, word: Word, values: &[&str]) -> String {
        jackfield_panel_core::words::fill(self.say(word), values)
    }

    /// How many panes fit.
    pub(crate) fn panes(self) -> Panes {
        match self.width.get() {
            ..720.0 => Panes::One,
            720.0..1100.0 => Panes::Two,
            _ => Panes::Three,
        }
    }

    /// Joins a connection; says whether the panel is still there.
    pub(crate) fn join(self, hub: Rc<Hub>) -> bool {
        let me = hub.me.borrow().clone();
        self.me.set(Some(me.agent));
        self.lines.set(me.connections);
        self.broken.set(None);
        self.hub.quietly(|own| *own = Some(hub)).is_some()
    }

    /// Leaves the connection: the panel is taken away.
    pub(crate) fn leave(self) {
        if let Some(hub) = self.hub.quietly(Option::take).flatten() {
            hub.leave(self);
        }
    }

    /// The clock has moved.
    pub(crate) fn set_now(self, now: Millis) {
        self.now.set(now);
    }

    /// The feed is in this state.
    pub(crate) fn set_phase(self, phase: Phase) {
        if self.phase.try_get_untracked().is_some_and(|known| known != phase) {
            self.phase.set(phase);
        }
    }

    /// Commands that are not done.
    pub(crate) fn pending(self, pending: &[Pending]) {
        let words = |p: &&Pending| matches!(p.request.command, Command::Reply { .. } | Command::Note { .. });
        self.pending.set(pending.iter().filter(words).cloned().collect());
    }

    /// Reads the list and the open conversation again.
    pub(crate) fn reload(self) {
        talk::read_list(self, None);
        talk::read_thread(self);
    }

    /// A line to a network has a new state.
    pub(crate) fn line(self, line: &ConnectionView) {
        let _ = self
            .lines
            .update(|lines| match lines.iter_mut().find(|known| known.id == line.id) {
                Some(known) => known.clone_from(line),
                None => lines.push(line.clone()),
            });
        // What may be written depends on the line.
        let open = self
            .thread
            .try_with_untracked(|t| t.summary().is_some_and(|s| s.connection == line.id));
        if open == Some(true) {
            talk::read_thread(self);
        }
    }

    /// An entry of the feed.
    pub(crate) fn entry(self, entry: &Change) {
        let row = &entry.summary;
        let known = self
            .rows
            .try_with_untracked(|rows| rows.get(&row.id).map(|known| known.inbound));
        let new = match known {
            Some(Some(inbound)) => row.inbound.saturating_sub(inbound),
            Some(None) => u32::from(row.inbound == 1 && row.unread == 1),
            None => return,
        };
        let published = self.published(entry);
        let Some(change) = self.rows.update(|rows| rows.entry(entry)) else {
            return;
        };
        if self.thread.try_with_untracked(|t| t.id() == Some(&entry.conversation)) == Some(true) {
            let _ = self.thread.update(|thread| thread.entry(entry));
        }
        if new > 0 && (change.seen || known == Some(None)) {
            self.speak(new, &self.fill(Word::NewFrom, &[row.person.name(), &row.snippet]));
        }
        if published {
            self.speak(1, self.say(Word::SentNow));
        }
        if change.ask_again {
            self.ask_again();
        }
        self.emit(
            "unread-changed",
            &[("conversation", row.id.as_str().into()), ("unread", row.unread.into())],
            false,
        );
        talk::seen(self);
    }

    /// Tells the page of replies that the network has now; says whether one of them is shown.
    fn published(self, entry: &Change) -> bool {
        let mut any = false;
        for item in &entry.items {
            let ItemKind::Reply(reply) = &item.kind else { continue };
            let Delivery::Sent { url, .. } = &reply.delivery else {
                continue;
            };
            let waited = |thread: &Thread| {
                let known = thread.entries().iter().find(|e| e.item.key == item.key)?;
                matches!(&known.item.kind, ItemKind::Reply(old) if !matches!(old.delivery, Delivery::Sent { .. }))
                    .then_some(())
            };
            if self.thread.try_with_untracked(waited).flatten().is_some() {
                any = true;
                let detail = [
                    ("conversation", entry.conversation.as_str().into()),
                    ("command", reply.command.as_str().into()),
                    ("url", url.as_deref().into()),
                ];
                self.emit("reply-published", &detail, false);
            }
        }
        any
    }

    /// Speaks politely, and not more often than one can listen.
    pub(crate) fn speak(self, count: u32, text: &str) {
        let first = self.unspoken.quietly(|(waiting, last)| {
            *waiting += count;
            text.clone_into(last);
            *waiting == count
        });
        if first != Some(true) {
            return;
        }
        later(SPEAK_MS, move || {
            let Some((count, text)) = self.unspoken.quietly(core::mem::take) else {
                return;
            };
            let text = if count > 1 {
                self.fill(Word::NewMany, &[&count.to_string()])
            } else {
                text
            };
            self.spoken.set(text);
        });
    }

    fn ask_again(self) {
        if self.asking.quietly(|asking| core::mem::replace(asking, true)) == Some(false) {
            later(ASK_AGAIN_MS, move || {
                let _ = self.asking.quietly(|asking| *asking = false);
                talk::read_list(self, None);
            });
        }
    }

    /// A command is done.
    pub(crate) fn done(self, done: &Change) {
        let _ = self.rows.update(|rows| rows.row(done.summary.clone()));
        if self.thread.try_with_untracked(|t| t.id() == Some(&done.conversation)) == Some(true) {
            let _ = self.thread.update(|thread| thread.done(done));
        }
    }

    /// A command was refused. Words stay where they can be put back; anything else is said.
    pub(crate) fn refused(self, conversation: &ConversationId, request: &CommandRequest, problem: &Problem) {
        let here = self.thread.try_with_untracked(|t| t.id() == Some(conversation)) == Some(true);
        let words = matches!(request.command, Command::Reply { .. } | Command::Note { .. });
        if !words {
            if let Some(hub) = self.hub() {
                hub.take_back(&request.id);
            }
            if here && !matches!(request.command, Command::Seen { .. }) {
                self.refusal.set(Some(problem.message.clone()));
            }
        }
        let detail = [
            ("code", problem.code.as_str().into()),
            ("message", problem.message.as_str().into()),
        ];
        self.emit("error", &detail, false);
    }

    /// Keeps the draft where a reload finds it.
    pub(crate) fn keep_draft(self) {
        let Some(hub) = self.hub() else { return };
        self.thread.with_untracked(|thread| {
            if let (Some(id), Some(compose)) = (thread.id(), thread.compose()) {
                self.draft
                    .with_untracked(|draft| drafts::keep(&hub.place, id, draft, draft.written(compose)));
            }
        });
    }
}
