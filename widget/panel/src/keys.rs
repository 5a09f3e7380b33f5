//! The keyboard. Single keys work only while the focus is inside the panel and nobody is typing (WCAG 2.1.4); a key that
//! is pressed inside the panel does not reach the page, so the page's own shortcuts do not fire while an agent answers.

use crate::desk;
use crate::panel::Panel;
use crate::{talk, view};
use jackfield_panel_core::Mode;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

/// Whether the event comes from where one types.
fn typing(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    target.is_some_and(|element| matches!(element.tag_name().as_str(), "TEXTAREA" | "INPUT" | "SELECT"))
}

fn on_button(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    target.is_some_and(|element| matches!(element.tag_name().as_str(), "BUTTON" | "A" | "SUMMARY"))
}

/// A key was pressed inside the panel.
pub(crate) fn pressed(panel: Panel, event: &KeyboardEvent) {
    let key = event.key();
    let command = event.ctrl_key() || event.meta_key();
    let mut handled = true;
    if command && key == "Enter" {
        if typing(event) {
            talk::send(panel);
        }
    } else if command || event.alt_key() || event.is_composing() {
        return; // the browser's and the page's own
    } else if key == "Escape" {
        handled = escape(panel, event);
        if !handled {
            return; // nothing of ours to close: the page may have something
        }
    } else if typing(event) || key == "Tab" {
        handled = false;
    } else {
        handled = shortcut(panel, &key, event);
    }
    if handled {
        event.prevent_default();
    }
    if key != "Tab" {
        event.stop_propagation();
    }
}

fn escape(panel: Panel, event: &KeyboardEvent) -> bool {
    if panel.handing.get_untracked() {
        panel.handing.set(false);
        view::focus(panel, "talk");
    } else if panel.draft.with_untracked(|draft| draft.parent.is_some()) && typing(event) {
        panel.draft.update(|draft| draft.parent = None);
    } else if typing(event) && panel.thread.with_untracked(|thread| thread.id().is_some()) {
        view::focus(panel, "talk");
    } else if panel.thread.with_untracked(|thread| thread.id().is_some()) {
        talk::close(panel);
        view::focus(panel, "rows");
    } else {
        return desk::key(panel, "Escape");
    }
    true
}

fn shortcut(panel: Panel, key: &str, event: &KeyboardEvent) -> bool {
    let open = panel.thread.with_untracked(|thread| thread.id().is_some());
    match key {
        "j" | "J" => view::step(panel, 1),
        "k" | "K" => view::step(panel, -1),
        "ArrowDown" if view::focused(panel, "rows") => view::step(panel, 1),
        "ArrowUp" if view::focused(panel, "rows") => view::step(panel, -1),
        "Home" if view::focused(panel, "rows") => view::step(panel, isize::MIN),
        "End" if view::focused(panel, "rows") => view::step(panel, isize::MAX),
        "Enter" if !on_button(event) => view::open_cursor(panel),
        "r" | "R" if open => write(panel, None),
        "n" | "N" if open => write(panel, Some(Mode::Note)),
        "/" => view::focus(panel, "search"),
        _ => return desk::key(panel, key),
    }
    true
}

/// Begins to write: a reply in the mode that fits, or a note.
fn write(panel: Panel, mode: Option<Mode>) {
    let compose = panel.thread.with_untracked(|thread| thread.compose().cloned());
    if let Some(compose) = compose {
        panel.draft.update(|draft| match mode {
            Some(mode) => draft.mode = mode,
            None if draft.mode == Mode::Note => draft.mode = jackfield_panel_core::Draft::fresh(&compose).mode,
            None => {}
        });
        view::focus(panel, "write");
    }
}
