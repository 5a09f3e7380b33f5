//! The conversation list: filters, search, and the rows that are in sight of however many there are.
//!
//! The list is one stop for the keyboard (`listbox` with `aria-activedescendant`), so rows may come and go under the
//! focus without moving it. Every row has the same height, measured from a real one.

use super::{button, focus, part, row};
use crate::dom::value_of;
use crate::dom::{Entry, View, all, div, each, input};
use crate::net::later;
use crate::net::next_frame;
use crate::panel::Panel;
use crate::sig::{Sig, derived, effect};
use crate::talk;
use jackfield_panel_core::{Load, Which, Window, words::Word};
use jackfield_protocol::{ConversationId, Summary};

use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// A person types about this fast; the search is asked when they pause.
const TYPING_MS: u32 = 300;
/// A row before one has been measured.
const ROW_GUESS: f64 = 96.0;

/// The list.
pub(crate) fn list(p: Panel) -> View {
    let scroll = Sig::new(0.0);
    let height = Sig::new(600.0);
    let row_height = Sig::new(ROW_GUESS);
    let window = move || Window {
        count: p.rows.with(|rows| rows.rows().len()),
        row: row_height.get(),
        height: height.get(),
        scroll: scroll.get(),
    };
    let shown = derived(move || window().range());
    let measure = move || {
        let Some(list) = part(p, "rows") else { return };
        let tall = f64::from(list.client_height());
        if tall > 0.0 && (height.get_untracked() - tall).abs() > 0.5 {
            height.set(tall);
        }
        let first = list
            .query_selector("[role=option]")
            .ok()
            .flatten()
            .and_then(|e| e.dyn_into::<HtmlElement>().ok());
        let real = first.map(|row| row.get_bounding_client_rect().height());
        if let Some(real) = real.filter(|h| *h > 1.0 && (row_height.get_untracked() - h).abs() > 0.25) {
            row_height.set(real);
        }
    };
    effect(move || {
        p.width.track();
        p.density.track();
        shown.track();
        next_frame(measure);
    });
    // The end of what is loaded is near: the next page.
    effect(move || {
        let range = shown.get();
        if p.rows.with(|rows| rows.more() && range.end + 15 >= rows.rows().len()) {
            talk::read_more(p);
        }
    });
    anchor(p, scroll, row_height);
    let rows = move || {
        let range = shown.get();
        let select = |rows: &jackfield_panel_core::Rows| {
            let part = rows.rows().get(range.clone()).unwrap_or_default();
            part.iter()
                .cloned()
                .zip(range.clone())
                .map(|(row, at)| entry(p, at, row))
                .collect::<Vec<_>>()
        };
        p.rows.with(select)
    };
    // What is opened from outside of the list has no row to point to.
    let cursor = move || {
        let drawn = |id: &ConversationId| p.rows.with(|rows| rows.place(id)).filter(|at| shown.get().contains(at));
        p.cursor
            .with(|id| id.as_ref().filter(|id| drawn(id).is_some()).map(row::dom_id))
    };
    let listbox = div()
        .class("rows")
        .attr("role", "listbox")
        .attr("tabindex", "0")
        .attr("data-part", "rows")
        .attr("aria-label", p.say(Word::Conversations))
        .attr("data-empty", move || p.rows.with(|rows| rows.rows().is_empty()))
        .attr("aria-activedescendant", cursor)
        .attr("aria-busy", move || p.rows.with(|rows| *rows.load() == Load::Loading))
        .on("scroll", move |event: web_sys::Event| {
            if let Some(list) = event.target().and_then(|t| t.dyn_into::<HtmlElement>().ok()) {
                let top = list.scroll_top();
                p.scroll.quietly(|(list, _)| *list = top);
                scroll.set(f64::from(top));
            }
        })
        .child(
            div()
                .class("space")
                .attr("role", "presentation")
                .style("height", move || pixels(window().total()))
                .child(
                    div()
                        .class("slot")
                        .attr("role", "presentation")
                        .style("transform", move || {
                            format!("translateY({})", pixels(window().top(shown.get().start)))
                        })
                        .child(each(rows)),
                ),
        );
    all((tools(p), listbox, state(p)))
}

fn entry(p: Panel, at: usize, summary: Arc<Summary>) -> Entry {
    let key = format!("{at} {} {} {}", summary.id, summary.version, summary.unread);
    (key, Box::new(move || row::row(p, at, &summary)))
}

/// Rows that come or go above what is in sight do not move what is in sight.
fn anchor(p: Panel, scroll: Sig<f64>, row_height: Sig<f64>) {
    let held = Sig::new(None::<(ConversationId, usize)>);
    effect(move || {
        let row = row_height.get_untracked().max(1.0);
        let now = p.rows.with(|rows| {
            let moved = held.get_untracked().and_then(|(id, at)| Some((at, rows.place(&id)?)));
            moved.filter(|(was, is)| was != is)
        });
        let Some((was, is)) = now.filter(|_| scroll.get_untracked() > row / 2.0) else {
            return;
        };
        if let Some(list) = part(p, "rows") {
            list.scroll_to_with_x_and_y(0.0, scroll.get_untracked() + (is as f64 - was as f64) * row);
        }
    });
    effect(move || {
        let first = (scroll.get() / row_height.get().max(1.0)) as usize;
        let id = p.rows.with(|rows| rows.rows().get(first).map(|row| row.id.clone()));
        held.set(id.map(|id| (id, first)));
    });
}

/// A length for the style, in hundredths: the formatting of floats weighs more than this file.
fn pixels(length: f64) -> String {
    let hundredths = (length * 100.0) as i64;
    format!("{}.{:02}px", hundredths / 100, hundredths % 100)
}

/// Filters and search.
fn tools(p: Panel) -> View {
    let filter = move |which: Which, word: Word| {
        button("", p.say(word), move || {
            p.which.set(which);
            talk::read_list(p, None);
        })
        .attr("aria-pressed", move || p.which.get() == which)
    };
    let everybody = move || {
        p.handles.with(|handles| !handles.is_empty()).then(|| {
            let choose = move |only: bool, word: Word| {
                button("", p.say(word), move || {
                    p.person_only.set(only);
                    p.which.set(if only { Which::All } else { Which::Open });
                    talk::read_list(p, None);
                })
                .attr("aria-pressed", move || p.person_only.get() == only)
            };
            div()
                .class("chips")
                .attr("role", "group")
                .attr("aria-label", p.say(Word::Show))
                .child((choose(true, Word::ThisPerson), choose(false, Word::Everybody)))
        })
    };
    let search = input()
        .attr("type", "search")
        .attr("data-part", "search")
        .attr("dir", "auto")
        .attr("placeholder", p.say(Word::Search))
        .attr("aria-label", p.say(Word::Search))
        .on("input", move |event: web_sys::Event| {
            let words = value_of(&event);
            p.words.set(words.clone());
            later(TYPING_MS, move || {
                if p.words.try_with_untracked(|now| *now == words) == Some(true) {
                    talk::read_list(p, None);
                }
            });
        });
    div()
        .class("tools")
        .child((
            everybody,
            div()
                .class("chips")
                .attr("role", "group")
                .attr("aria-label", p.say(Word::Show))
                .child((
                    filter(Which::Open, Word::Open),
                    filter(Which::Mine, Word::Mine),
                    filter(Which::Nobodys, Word::Nobodys),
                    filter(Which::Resolved, Word::Resolved),
                    move || p.person_only.get().then(|| filter(Which::All, Word::All)),
                )),
            search,
        ))
        .into_any()
}

/// What the list has to say besides rows: that it is being read, empty, full or could not be read.
fn state(p: Panel) -> View {
    let view = move || {
        let (load, count, full) = p
            .rows
            .with(|rows| (rows.load().clone(), rows.rows().len(), rows.full()));
        match load {
            Load::Failed(why) => {
                let again = button("plain", p.say(Word::TryAgain), move || talk::read_list(p, None));
                let text = p.fill(Word::ListFailed, &[&why]);
                Some(
                    div()
                        .class("state bad")
                        .attr("role", "alert")
                        .child((text, again))
                        .into_any(),
                )
            }
            Load::Loading | Load::None if count == 0 && p.broken.with(Option::is_none) => {
                Some(div().class("state").child(p.say(Word::Loading)).into_any())
            }
            Load::Ready if count == 0 => Some(div().class("state").child(p.say(empty(p))).into_any()),
            _ if full => Some(
                div()
                    .class("state small")
                    .child(p.fill(Word::ListFull, &[&count.to_string()]))
                    .into_any(),
            ),
            _ => None,
        }
    };
    div().class("list-state").child(view).into_any()
}

fn empty(p: Panel) -> Word {
    if !p.words.with(|words| words.trim().is_empty()) {
        return Word::EmptySearch;
    }
    if p.person_only.get() {
        return Word::EmptyPerson;
    }
    match p.which.get() {
        Which::Open | Which::All => Word::EmptyOpen,
        Which::Mine => Word::EmptyMine,
        Which::Nobodys => Word::EmptyNobodys,
        Which::Resolved => Word::EmptyResolved,
    }
}

/// Moves the cursor by some rows.
pub(crate) fn step(p: Panel, by: isize) {
    let place = p.rows.with_untracked(|rows| {
        let last = rows.rows().len().checked_sub(1)?;
        let now = p.cursor.with_untracked(|id| id.as_ref().and_then(|id| rows.place(id)));
        let to = now.map_or(0, |now| now.saturating_add_signed(by).min(last));
        rows.rows().get(to).map(|row| (to, row.id.clone()))
    });
    let Some((at, id)) = place else { return };
    p.cursor.set(Some(id));
    if let Some(list) = part(p, "rows") {
        let row = list
            .query_selector("[role=option]")
            .ok()
            .flatten()
            .map(|row| row.get_bounding_client_rect().height());
        let window = Window {
            count: at + 1,
            row: row.unwrap_or(ROW_GUESS),
            height: f64::from(list.client_height()),
            scroll: f64::from(list.scroll_top()),
        };
        list.scroll_to_with_x_and_y(0.0, window.reveal(at));
    }
}

/// Opens the row the cursor is on.
pub(crate) fn open_cursor(p: Panel) {
    if let Some(id) = p.cursor.get_untracked() {
        talk::open(p, &id);
        focus(p, "talk");
    }
}
