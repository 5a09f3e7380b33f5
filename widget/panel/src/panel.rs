//! What one panel knows, and what the feed does to it. Every field is a handle into Leptos' arena, so a panel is passed
//! by value; after an await only `try_` forms are used, since the panel may be gone by then.

use crate::bridge::{Bridge, object};
use crate::hub::Hub;
use crate::intl::Intl;
use crate::net::{later, now};
use crate::{drafts, talk};
use jackfield_panel_core::{Draft, Pending, Phase, Rows, Thread, Which, words::Word};
use jackfield_protocol::{
    AgentId, Command, CommandDone, CommandRequest, ConnectionView, ConversationId, Delivery, FeedEntry, ItemKind, Millis, Problem,
    Summary,
};
use leptos::prelude::*;
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

/// The state of a panel.
#[derive(Clone, Copy)]
pub(crate) struct Panel {
    pub(crate) id: u32,
    bridge: StoredValue<Bridge, LocalStorage>,
    hub: StoredValue<Option<Rc<Hub>>, LocalStorage>,
    /// The wrapper inside the shadow root.
    pub(crate) root: StoredValue<HtmlElement, LocalStorage>,
    pub(crate) intl: RwSignal<Intl, LocalStorage>,
    pub(crate) theme: RwSignal<String>,
    pub(crate) density: RwSignal<String>,
    pub(crate) width: RwSignal<f64>,
    /// Why the panel cannot work at all, in words.
    pub(crate) broken: RwSignal<Option<String>>,
    pub(crate) me: RwSignal<Option<AgentId>>,
    pub(crate) phase: RwSignal<Phase>,
    pub(crate) lines: RwSignal<Vec<ConnectionView>>,
    pub(crate) pending: RwSignal<Vec<Pending>>,
    pub(crate) now: RwSignal<Millis>,
    pub(crate) rows: RwSignal<Rows>,
    pub(crate) which: RwSignal<Which>,
    pub(crate) words: RwSignal<String>,
    /// Handles of the person the page is about.
    pub(crate) handles: RwSignal<Vec<String>>,
    pub(crate) customer: RwSignal<Option<String>>,
    pub(crate) person_only: RwSignal<bool>,
    pub(crate) cursor: RwSignal<Option<ConversationId>>,
    pub(crate) thread: RwSignal<Thread>,
    pub(crate) show_all: RwSignal<bool>,
    pub(crate) draft: RwSignal<Draft>,
    /// Whether the draft belongs to the open conversation yet.
    pub(crate) drafted: RwSignal<bool>,
    pub(crate) handing: RwSignal<bool>,
    /// Why the last thing was not done.
    pub(crate) refusal: RwSignal<Option<String>>,
    pub(crate) others: RwSignal<Vec<Arc<Summary>>>,
    pub(crate) spoken: RwSignal<String>,
    unspoken: StoredValue<(u32, String)>,
    asking: StoredValue<bool>,
    /// How far list and thread are scrolled, for when the element is moved.
    pub(crate) scroll: StoredValue<(i32, i32)>,
}

impl Panel {
    /// A panel that knows nothing yet.
    pub(crate) fn new(id: u32, bridge: Bridge, root: HtmlElement) -> Self {
        let locale = bridge.text("locale").unwrap_or_else(|| "en".into());
        let text = |name: &str| bridge.text(name).unwrap_or_default();
        Self {
            id,
            theme: RwSignal::new(text("theme")),
            density: RwSignal::new(text("density")),
            bridge: StoredValue::new_local(bridge),
            hub: StoredValue::new_local(None),
            width: RwSignal::new(f64::from(root.offset_width())),
            root: StoredValue::new_local(root),
            intl: RwSignal::new_local(Intl::new(&locale)),
            broken: RwSignal::new(None),
            me: RwSignal::new(None),
            phase: RwSignal::new(Phase::Connecting),
            lines: RwSignal::new(Vec::new()),
            pending: RwSignal::new(Vec::new()),
            now: RwSignal::new(now()),
            rows: RwSignal::new(Rows::default()),
            which: RwSignal::new(Which::Open),
            words: RwSignal::new(String::new()),
            handles: RwSignal::new(Vec::new()),
            customer: RwSignal::new(None),
            person_only: RwSignal::new(false),
            cursor: RwSignal::new(None),
            thread: RwSignal::new(Thread::default()),
            show_all: RwSignal::new(false),
            draft: RwSignal::new(Draft::default()),
            drafted: RwSignal::new(false),
            handing: RwSignal::new(false),
            refusal: RwSignal::new(None),
            others: RwSignal::new(Vec::new()),
            spoken: RwSignal::new(String::new()),
            unspoken: StoredValue::new((0, String::new())),
            asking: StoredValue::new(false),
            scroll: StoredValue::new((0, 0)),
        }
    }

    /// The element's side; none once the panel is gone.
    pub(crate) fn bridge(self) -> Option<Bridge> {
        self.bridge.try_get_value()
    }

    /// The connection; none before the panel has joined one.
    pub(crate) fn hub(self) -> Option<Rc<Hub>> {
        self.hub.try_get_value().flatten()
    }

    /// Sends an event from the element; false where the page cancelled it.
    pub(crate) fn emit(self, name: &str, detail: &[(&str, wasm_bindgen::JsValue)], cancelable: bool) -> bool {
        self.bridge().is_none_or(|bridge| bridge.emit(name, &object(detail), cancelable))
    }

    /// A text in the panel's language.
    pub(crate) fn say(self, word: Word) -> &'static str {
        self.intl.try_with(|intl| intl.say(word)).unwrap_or_default()
    }

    /// A text with values in it.
    pub(crate) fn fill(self, word: Word, values: &[&str]) -> String {
        self.intl.try_with(|intl| intl.fill(word, values)).unwrap_or_default()
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
        let _ = self.me.try_set(Some(me.agent));
        let _ = self.lines.try_set(me.connections);
        let _ = self.broken.try_set(None);
        self.hub.try_update_value(|own| *own = Some(hub)).is_some()
    }

    /// Leaves the connection: the panel is taken away.
    pub(crate) fn leave(self) {
        if let Some(hub) = self.hub.try_update_value(Option::take).flatten() {
            hub.leave(self);
        }
    }

    /// The clock has moved.
    pub(crate) fn set_now(self, now: Millis) {
        let _ = self.now.try_set(now);
    }

    /// The feed is in this state.
    pub(crate) fn set_phase(self, phase: Phase) {
        if self.phase.try_get_untracked().is_some_and(|known| known != phase) {
            let _ = self.phase.try_set(phase);
        }
    }

    /// Commands that are not done.
    pub(crate) fn pending(self, pending: &[Pending]) {
        let words = |p: &&Pending| matches!(p.request.command, Command::Reply { .. } | Command::Note { .. });
        let _ = self.pending.try_set(pending.iter().filter(words).cloned().collect());
    }

    /// Reads the list and the open conversation again.
    pub(crate) fn reload(self) {
        talk::read_list(self, None);
        talk::read_thread(self);
    }

    /// A line to a network has a new state.
    pub(crate) fn line(self, line: &ConnectionView) {
        let _ = self.lines.try_update(|lines| match lines.iter_mut().find(|known| known.id == line.id) {
            Some(known) => known.clone_from(line),
            None => lines.push(line.clone()),
        });
        // What may be written depends on the line.
        let open = self.thread.try_with_untracked(|t| t.summary().is_some_and(|s| s.connection == line.id));
        if open == Some(true) {
            talk::read_thread(self);
        }
    }

    /// An entry of the feed.
    pub(crate) fn entry(self, entry: &FeedEntry) {
        let row = &entry.summary;
        let known = self.rows.try_with_untracked(|rows| rows.get(&row.id).map(|known| known.inbound));
        let new = match known {
            Some(Some(inbound)) => row.inbound.saturating_sub(inbound),
            Some(None) => u32::from(row.inbound == 1 && row.unread == 1),
            None => return,
        };
        let published = self.published(entry);
        let Some(change) = self.rows.try_update(|rows| rows.entry(entry)) else { return };
        if self.thread.try_with_untracked(|t| t.id() == Some(&entry.conversation)) == Some(true) {
            let _ = self.thread.try_update(|thread| thread.entry(entry));
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
        self.emit("unread-changed", &[("conversation", row.id.as_str().into()), ("unread", row.unread.into())], false);
        talk::seen(self);
    }

    /// Tells the page of replies that the network has now; says whether one of them is shown.
    fn published(self, entry: &FeedEntry) -> bool {
        let mut any = false;
        for item in &entry.items {
            let ItemKind::Reply(reply) = &item.kind else { continue };
            let Delivery::Sent { url, .. } = &reply.delivery else { continue };
            let waited = |thread: &Thread| {
                let known = thread.entries().iter().find(|e| e.item.key == item.key)?;
                matches!(&known.item.kind, ItemKind::Reply(old) if !matches!(old.delivery, Delivery::Sent { .. })).then_some(())
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
        let first = self.unspoken.try_update_value(|(waiting, last)| {
            *waiting += count;
            text.clone_into(last);
            *waiting == count
        });
        if first != Some(true) {
            return;
        }
        later(SPEAK_MS, move || {
            let Some((count, text)) = self.unspoken.try_update_value(core::mem::take) else { return };
            let text = if count > 1 { self.fill(Word::NewMany, &[&count.to_string()]) } else { text };
            let _ = self.spoken.try_set(text);
        });
    }

    fn ask_again(self) {
        if self.asking.try_update_value(|asking| core::mem::replace(asking, true)) == Some(false) {
            later(ASK_AGAIN_MS, move || {
                let _ = self.asking.try_update_value(|asking| *asking = false);
                talk::read_list(self, None);
            });
        }
    }

    /// A command is done.
    pub(crate) fn done(self, done: &CommandDone) {
        let _ = self.rows.try_update(|rows| rows.row(&done.summary));
        if self.thread.try_with_untracked(|t| t.id() == Some(&done.conversation)) == Some(true) {
            let _ = self.thread.try_update(|thread| thread.done(done));
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
                let _ = self.refusal.try_set(Some(problem.message.clone()));
            }
        }
        let detail = [("code", problem.code.as_str().into()), ("message", problem.message.as_str().into())];
        self.emit("error", &detail, false);
    }

    /// Keeps the draft where a reload finds it.
    pub(crate) fn keep_draft(self) {
        let Some(hub) = self.hub() else { return };
        self.thread.with_untracked(|thread| {
            if let (Some(id), Some(compose)) = (thread.id(), thread.compose()) {
                self.draft.with_untracked(|draft| drafts::keep(&hub.place, id, draft, draft.written(compose)));
            }
        });
    }
}
