//! The panel in the browser: Views over the machines of `jackfield-panel-core`.
//!
//! The shell (`widget/shell/jackfield.js`) owns the custom element; it calls [`mount`] with a wrapper inside the shadow
//! root and a bridge for what only the element can do (send events, ask the page for a token). This crate is the only
//! one that touches the DOM, and it touches nothing outside that wrapper.
//!
//! What a strict page asks of us, and how it is kept: elements are made one by one, never through
//! `innerHTML` (Trusted Types); dynamic style goes through the CSSOM, never `style=` (CSP); no listener sits on the
//! document or the window except `online`, `offline` and `visibilitychange`, which have no other place.

mod api;
mod bridge;
#[cfg(feature = "desk")]
mod desk;
#[cfg(not(feature = "desk"))]
#[path = "no_desk.rs"]
mod desk;
mod dom;
mod drafts;
mod hub;
mod intl;
mod keys;
mod net;
mod panel;
mod sig;
mod start;
mod talk;
mod view;

use bridge::Bridge;
use jackfield_panel_core::react::{self, Scope};
use panel::Panel;
use std::cell::{Cell, RefCell};
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

/// A mounted panel.
struct Mounted {
    id: u32,
    panel: Panel,
    scope: Scope,
}

thread_local! {
    static MOUNTED: RefCell<Vec<Mounted>> = const { RefCell::new(Vec::new()) };
    static LAST: Cell<u32> = const { Cell::new(0) };
}

/// The style sheet, for the shell to put into the sheet that all panels of the page adopt.
#[wasm_bindgen]
pub fn styles() -> String {
    include_str!(concat!(env!("OUT_DIR"), "/panel.css")).to_owned()
}

/// Draws a panel into `root`, which must be an element inside a shadow root, and gives its number.
#[wasm_bindgen]
#[expect(
    clippy::needless_pass_by_value,
    reason = "the border to JavaScript hands values over"
)]
pub fn mount(root: HtmlElement, bridge: Bridge) -> u32 {
    let id = LAST.with(|last| {
        last.set(last.get() + 1);
        last.get()
    });
    // What follows a change runs when the browser is done with what made it, and before it draws.
    react::on_wake(|| wasm_bindgen_futures::spawn_local(async { react::flush() }));
    let scope = Scope::default();
    let panel = scope.enter(|| {
        let panel = Panel::new(id, bridge, root.clone());
        let views = move || {
            panel.intl.track();
            view::panel(panel)
        };
        dom::hang(&root, dom::all(views));
        panel
    });
    MOUNTED.with_borrow_mut(|all| all.push(Mounted { id, panel, scope }));
    start::start(panel);
    id
}

/// Takes a panel away.
#[wasm_bindgen]
pub fn unmount(id: u32) {
    let gone = MOUNTED.with_borrow_mut(|all| {
        let at = all.iter().position(|m| m.id == id)?;
        Some(all.swap_remove(at))
    });
    if let Some(gone) = gone {
        gone.panel.leave();
        gone.scope.clean();
    }
}

/// Sets an attribute or property of a panel: `server brand view theme locale density token context`.
#[wasm_bindgen]
#[expect(
    clippy::needless_pass_by_value,
    reason = "the border to JavaScript hands values over"
)]
pub fn set(id: u32, name: &str, value: JsValue) {
    if let Some(panel) = find(id) {
        api::set(panel, name, &value);
    }
}

/// Calls a method of a panel: `open compose insert link refresh focus`. The answer is what the promise ends with.
#[wasm_bindgen]
pub async fn call(id: u32, method: String, argument: JsValue) -> Result<JsValue, JsValue> {
    let panel = find(id).ok_or_else(|| JsValue::from(js_sys::Error::new("this panel was taken away")))?;
    api::call(panel, &method, argument).await
}

/// The element was moved in the page: its boxes have lost how far they were scrolled.
#[wasm_bindgen]
pub fn moved(id: u32) {
    if let Some(panel) = find(id) {
        view::restore_scroll(panel);
    }
}

fn find(id: u32) -> Option<Panel> {
    MOUNTED.with_borrow(|all| all.iter().find(|m| m.id == id).map(|m| m.panel))
}
