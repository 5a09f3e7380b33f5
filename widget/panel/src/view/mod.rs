//! The views. Each pane is a file; each is erased to one type at its border, which keeps the program small.

mod composer;
pub(crate) mod item;
mod list;
pub(crate) mod notices;
mod person;
pub(crate) mod row;
mod thread;

pub(crate) use composer::changed as draft_changed;
pub(crate) use list::{open_cursor, step};

use crate::desk;
use crate::dom::{El, View, bdi, div, h2, section, span};
use crate::keys;
use crate::net::next_frame;
use crate::panel::{Panel, Panes};
use crate::sig::hold;
use crate::talk;
use jackfield_panel_core::words::Word;
use jackfield_protocol::Visibility;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlElement, KeyboardEvent, ResizeObserver};

/// The whole panel, in one language; made anew when that changes, which nobody does twice a day.
pub(crate) fn panel(p: Panel) -> View {
    watch_size(p);
    div()
        .class("panel")
        .attr("role", "region")
        .attr("aria-label", "Jackfield")
        .attr("lang", p.lang().tag())
        .attr("dir", p.lang().dir())
        .attr("data-theme", move || p.theme.get())
        .attr("data-density", move || p.density.get())
        .attr("data-panes", move || match p.panes() {
            Panes::One => "1",
            Panes::Two => "2",
            Panes::Three => "3",
        })
        .attr("data-broken", move || p.broken.with(Option::is_some))
        .attr("data-open", move || p.thread.with(|thread| thread.id().is_some()))
        .on("keydown", move |event: KeyboardEvent| keys::pressed(p, &event))
        .on("keyup", |event: Event| event.stop_propagation())
        .on("keypress", |event: Event| event.stop_propagation())
        .child((
            if desk::HERE { desk::bar(p) } else { bar(p) },
            notices::notices(p),
            desk::front(p),
            div().class("panes").child((
                section()
                    .class("pane list")
                    .attr("aria-label", p.say(Word::Conversations))
                    .child(list::list(p)),
                section()
                    .class("pane talk")
                    .attr("aria-label", move || title(p))
                    .child(thread::thread(p)),
                move || {
                    (p.panes() == Panes::Three && p.thread.with(|thread| thread.id().is_some()))
                        .then(|| person::side(p))
                },
            )),
            div()
                .class("speak")
                .attr("role", "status")
                .attr("aria-live", "polite")
                .child(move || p.spoken.get()),
        ))
        .into_any()
}

/// The person of the open conversation, or what the list is.
pub(crate) fn title(p: Panel) -> String {
    if let Some(name) = p
        .thread
        .with(|thread| thread.summary().map(|row| row.person.name().to_owned()))
    {
        return name;
    }
    if p.me.with(Option::is_none) {
        return p.say(Word::Conversations).to_owned();
    }
    let total = p.rows.with(jackfield_panel_core::Rows::total);
    let count = p.intl(|intl| intl.number(total));
    let what = if p.person_only.get() {
        p.rows
            .with(|rows| rows.rows().first().map(|row| row.person.name().to_owned()))
            .unwrap_or_else(|| p.say(Word::ThisPerson).to_owned())
    } else {
        p.say(Word::Conversations).to_owned()
    };
    format!("{what} · {count}")
}

fn bar(p: Panel) -> View {
    let back = move || {
        let narrow = p.panes() == Panes::One && p.thread.with(|thread| thread.id().is_some());
        narrow.then(|| {
            let label = p.say(Word::Back);
            button("icon back", label, move || {
                talk::close(p);
                focus(p, "rows");
            })
            .attr("aria-label", label)
        })
    };
    div()
        .class("bar")
        .child((back, h2().child(bdi().child(move || title(p))), notices::live(p)))
        .into_any()
}

/// A button with words.
pub(crate) fn button(class: &'static str, words: &'static str, pressed: impl Fn() + 'static) -> El {
    El::new("button")
        .attr("type", "button")
        .class(class)
        .on("click", move |_: Event| pressed())
        .child(span().child(words))
}

/// A visibility in words.
pub(crate) fn visibility(p: Panel, visibility: &Visibility) -> String {
    let word = match visibility {
        Visibility::Public => Word::VisPublic,
        Visibility::Unlisted => Word::VisUnlisted,
        Visibility::Followers => Word::VisFollowers,
        Visibility::Direct => Word::VisDirect,
        Visibility::Internal => Word::VisInternal,
        Visibility::Other(word) => return word.clone(),
    };
    p.say(word).to_owned()
}

/// A label of triage in words.
pub(crate) fn label(p: Panel, label: &str) -> String {
    let word = match label {
        "question" => Word::LabelQuestion,
        "complaint" => Word::LabelComplaint,
        "thanks" => Word::LabelThanks,
        "spam" => Word::LabelSpam,
        other => return other.to_owned(),
    };
    p.say(word).to_owned()
}

/// An element of ours by its `data-part`.
pub(crate) fn part(p: Panel, name: &str) -> Option<HtmlElement> {
    let root = p.root.try_get_untracked()?;
    root.query_selector(&format!("[data-part={name}]"))
        .ok()
        .flatten()?
        .dyn_into()
        .ok()
}

/// Moves the focus to a part; to one that is still to be drawn, when it is. Called only for what the agent did here.
pub(crate) fn focus(p: Panel, name: &'static str) {
    let now = move || {
        if let Some(element) = part(p, name) {
            let _ = element.focus();
        }
    };
    // At once where it can be, so that the next key finds it there.
    now();
    if !focused(p, name) {
        next_frame(now);
    }
}

/// Whether the focus is on a part.
pub(crate) fn focused(p: Panel, name: &str) -> bool {
    let root = p
        .root
        .try_get_untracked()
        .and_then(|root| root.get_root_node().dyn_into::<web_sys::ShadowRoot>().ok());
    let active = root.and_then(|root| root.active_element());
    active.is_some_and(|active| active.get_attribute("data-part").as_deref() == Some(name))
}

/// The element was moved: scrolled boxes are put back where they were.
pub(crate) fn restore_scroll(p: Panel) {
    let Some((list, talk)) = p.scroll.try_get_untracked() else {
        return;
    };
    for (name, top) in [("rows", list), ("items", talk)] {
        if let Some(element) = part(p, name) {
            element.set_scroll_top(top);
        }
    }
}

fn watch_size(p: Panel) {
    let Some(root) = p.root.try_get_untracked() else { return };
    let (element, mut height) = (root.clone(), 0);
    let tell = Closure::<dyn FnMut()>::new(move || {
        let width = f64::from(element.offset_width());
        // A panel that is out of the page for a moment keeps its shape.
        if width > 0.0
            && p.width
                .try_get_untracked()
                .is_some_and(|known| (known - width).abs() > 0.5)
        {
            p.width.set(width);
        }
        let now = element.offset_height();
        if now > 0 && now != height {
            height = now;
            p.emit("height-changed", &[("height", now.into())], false);
        }
    });
    if let Ok(observer) = ResizeObserver::new(tell.as_ref().unchecked_ref()) {
        observer.observe(&root);
        hold(Rc::new(Watch { observer, _tell: tell }));
    }
}

/// Stops watching before what it would call is gone.
struct Watch {
    observer: ResizeObserver,
    _tell: Closure<dyn FnMut()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
