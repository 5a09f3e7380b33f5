//! The open conversation: what may be done with it, its entries, the composer.

use super::{button, composer, focus, item, part, person};
use crate::desk;
use crate::dom::value_of;
use crate::dom::{El, Entry as Made, View, details, div, each, form, input, label, span, summary};
use crate::net::next_frame;
use crate::panel::{Panel, Panes};
use crate::sig::{Sig, derived, effect};
use crate::talk;
use jackfield_panel_core::{Entry, Nested, Pending, Way, nest, words::Word};
use jackfield_protocol::{AgentId, Command, ConversationId, Status};

use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement};

/// Entries that are drawn before the agent asks for what came before.
const SHOWN: usize = 200;
/// This near to the end, a reader wants to see what comes next.
const NEAR_END: i32 = 120;

/// The pane.
pub(crate) fn thread(p: Panel) -> View {
    let is_open = derived(move || p.thread.with(|thread| thread.id().is_some()));
    let view = move || {
        if !is_open.get() {
            return div().class("state pick").child(p.say(Word::Pick)).into_any();
        }
        div()
            .class("talk-in")
            .child((doings(p), about(p), entries(p), composer::composer(p)))
            .into_any()
    };
    div()
        .class("talk-box")
        .attr("tabindex", "-1")
        .attr("data-part", "talk")
        .child(view)
        .into_any()
}

/// Who has it, and what may be done.
fn doings(p: Panel) -> View {
    let row = move || {
        p.thread
            .with(|thread| thread.summary().map(|row| (row.owner.clone(), row.status)))
    };
    let state = derived(row);
    let owner = move || match state.get() {
        Some((Some(owner), _)) if p.me.with(|me| me.as_ref() == Some(&owner)) => p.say(Word::YouHaveIt).to_owned(),
        Some((Some(owner), _)) => p.fill(Word::HasIt, &[owner.as_str()]),
        Some((None, Status::Open)) => p.say(Word::NobodyHasIt).to_owned(),
        Some((None, Status::Resolved)) => p.say(Word::Resolved).to_owned(),
        None => String::new(),
    };
    let act =
        move |word: Word, command: fn() -> Command| button("plain", p.say(word), move || talk::command(p, command()));
    let buttons = move || {
        let (owner, status) = state.get()?;
        let mine = p.me.with(|me| owner.is_some() && me.as_ref() == owner.as_ref());
        let open = status == Status::Open;
        Some((
            (open && owner.is_none()).then(|| act(Word::Take, || Command::Take)),
            (open && mine).then(|| {
                button("plain", p.say(Word::HandOver), move || {
                    p.handing.set(!p.handing.get_untracked());
                    focus(p, "hand-to");
                })
                .attr("aria-expanded", move || p.handing.get())
            }),
            open.then(|| act(Word::Resolve, || Command::Resolve)),
            (!open).then(|| act(Word::Reopen, || Command::Reopen)),
        ))
    };
    let refusal = move || {
        p.refusal.get().map(|why| {
            div()
                .class("notice bad")
                .attr("role", "alert")
                .attr("data-notice", "refusal")
                .child(why)
        })
    };
    div()
        .class("doings")
        .child((
            span().class("owner").attr("dir", "auto").child(owner),
            div().class("acts").child((desk::acts(p), buttons)),
            desk::doings(p),
            move || p.handing.get().then(|| hand_over(p)),
            refusal,
        ))
        .into_any()
}

fn hand_over(p: Panel) -> View {
    let (to, why) = (Sig::new(String::new()), Sig::new(String::new()));
    let field = move |word: Word, value: Sig<String>, name: &'static str| {
        label().child((
            span().child(p.say(word)),
            input()
                .attr("type", "text")
                .attr("dir", "auto")
                .attr("data-part", name)
                .on("input", move |event: Event| value.set(value_of(&event))),
        ))
    };
    form()
        .class("hand")
        .on("submit", move |event: Event| {
            event.prevent_default();
            let to = to.get_untracked().trim().to_owned();
            let to = (!to.is_empty()).then_some(AgentId(to));
            talk::command(
                p,
                Command::HandOver {
                    to,
                    why: why.get_untracked().trim().to_owned(),
                },
            );
            p.handing.set(false);
            focus(p, "talk");
        })
        .child((
            field(Word::HandTo, to, "hand-to"),
            field(Word::HandWhy, why, "hand-why"),
            div().class("acts").child((
                El::new("button")
                    .attr("type", "submit")
                    .class("go")
                    .child(p.say(Word::HandOver)),
                button("plain", p.say(Word::Cancel), move || {
                    p.handing.set(false);
                    focus(p, "talk");
                }),
            )),
        ))
        .into_any()
}

/// Where there is no room beside the thread, the person folds out above it.
fn about(p: Panel) -> View {
    let view = move || {
        (p.panes() != Panes::Three).then(|| {
            details()
                .class("about")
                .child((summary().child(p.say(Word::Who)), person::person(p)))
                .into_any()
        })
    };
    div().class("about-box").child(view).into_any()
}

fn entries(p: Panel) -> View {
    let from = move || {
        p.thread.with(|t| {
            if p.show_all.get() {
                0
            } else {
                t.entries().len().saturating_sub(SHOWN)
            }
        })
    };
    let list = each(move || {
        let from = from();
        p.thread.with(|thread| {
            let nested = nest(thread.entries());
            let shown = thread.entries().iter().cloned().zip(nested).skip(from);
            shown.map(|(entry, nested)| made(p, entry, nested)).collect()
        })
    });
    let on_the_way = each(move || {
        p.thread.with(|thread| {
            // The feed may bring what a command made before its answer comes: it is shown once. Keys end in the command.
            let there = |one: &Pending| {
                thread
                    .entries()
                    .iter()
                    .any(|entry| entry.item.key.ends_with(one.request.id.as_str()))
            };
            let here = |one: &&Pending| Some(&one.conversation) == thread.id() && !there(one);
            p.pending
                .with(|all| all.iter().filter(here).map(|one| on_its_way(p, one.clone())).collect())
        })
    });
    let earlier = move || {
        let hidden = from();
        (hidden > 0).then(|| {
            let count = p.intl(|intl| intl.number(hidden as u64));
            let text = p.fill(Word::Earlier, &[&count]);
            El::new("button")
                .attr("type", "button")
                .class("plain")
                .on("click", move |_: Event| p.show_all.set(true))
                .child(text)
        })
    };
    let trouble = move || {
        let (failed, loading) = p.thread.with(|t| (t.failed().map(str::to_owned), t.loading()));
        match failed {
            Some(why) => {
                let again = button("plain", p.say(Word::TryAgain), move || talk::read_thread(p));
                let text = p.fill(Word::ThreadFailed, &[&why]);
                Some(
                    div()
                        .class("state bad")
                        .attr("role", "alert")
                        .child((text, again))
                        .into_any(),
                )
            }
            None if loading => Some(div().class("state").child(p.say(Word::Loading)).into_any()),
            None => None,
        }
    };
    let stuck = Sig::new(true);
    follow(p, stuck);
    div()
        .class("items")
        .attr("data-part", "items")
        .attr("tabindex", "0")
        .attr("role", "log")
        .attr("aria-live", "off")
        .attr("aria-label", p.say(Word::Messages))
        .on("scroll", move |event: Event| {
            if let Some(items) = event.target().and_then(|t| t.dyn_into::<HtmlElement>().ok()) {
                let top = items.scroll_top();
                p.scroll.quietly(|(_, talk)| *talk = top);
                stuck.set(items.scroll_height() - top - items.client_height() < NEAR_END);
            }
        })
        .child((earlier, trouble, list, on_the_way))
        .into_any()
}

fn made(p: Panel, entry: Entry, nested: Nested) -> Made {
    let key = format!(
        "{} {} {}",
        entry.rev,
        nested.depth,
        nested.answers.as_deref().unwrap_or_default()
    );
    (key, Box::new(move || item::item(p, &entry, &nested)))
}

fn on_its_way(p: Panel, one: Pending) -> Made {
    let way = match one.way {
        Way::Asking => 0,
        Way::Waiting { .. } => 1,
        Way::Refused(_) => 2,
    };
    (
        format!("{} {way}", one.request.id),
        Box::new(move || item::pending(p, &one)),
    )
}

/// A conversation opens at its end; what comes later is followed by a reader who is near the end, and by no other. Words
/// of one's own are always followed.
fn follow(p: Panel, stuck: Sig<bool>) {
    let shape = derived(move || {
        let pending = p
            .pending
            .with(|all| all.iter().filter(|one| one.way == Way::Asking).count());
        let newest = p
            .thread
            .with(|t| (t.id().cloned(), t.entries().iter().map(|entry| entry.rev).max()));
        (newest, pending, p.pending.with(Vec::len))
    });
    let mut before: (Option<ConversationId>, usize) = Default::default();
    effect(move || {
        let ((id, newest), pending, _) = shape.get();
        p.phase.track();
        p.lines.track();
        p.refusal.track();
        if before.0 != id || pending > before.1 {
            stuck.set(true);
        }
        if stuck.get_untracked() {
            next_frame(move || {
                if let Some(items) = part(p, "items") {
                    items.set_scroll_top(items.scroll_height());
                }
            });
        }
        before = (if newest.is_some() { id } else { None }, pending);
    });
}
