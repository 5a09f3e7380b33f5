//! From an element with attributes to a panel that works: a token, who we are, the connection, the first list.

use crate::desk;
use crate::hub::Hub;
use crate::net::{self, NetError, later};
use crate::panel::Panel;
use crate::talk;
use jackfield_panel_core::words::{Lang, Word};
use jackfield_protocol::Me;
use std::cell::Cell;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// Between tries to reach a server that does not answer at the start.
const AGAIN_MS: u32 = 4000;

/// Begins; called again when the server, the brand or the token changes.
pub(crate) fn start(panel: Panel) {
    watch_network();
    crate::api::read_context(panel);
    let locale = panel
        .bridge()
        .and_then(|bridge| bridge.text("locale"))
        .filter(|locale| Lang::of(locale) != panel.lang());
    if let Some(locale) = locale {
        crate::api::speak(panel, locale);
    }
    spawn_local(async move {
        if let Err(why) = begin(panel).await {
            let again = matches!(why, NetError::Unreachable | NetError::Later(_));
            let text = sentence(panel, &why);
            panel.emit(
                "error",
                &[("code", code(&why).into()), ("message", text.as_str().into())],
                false,
            );
            panel.broken.set(Some(text));
            if again {
                later(AGAIN_MS, move || {
                    if panel.bridge().is_some() && panel.hub().is_none() {
                        start(panel);
                    }
                });
            }
        }
    });
}

async fn begin(panel: Panel) -> Result<(), NetError> {
    let Some(bridge) = panel.bridge() else { return Ok(()) };
    let server = server(panel);
    let url = format!("{server}/api/v1/me");
    let mut token = token(panel, false).await?;
    let mut answer = net::text("GET", &url, &token, None).await;
    if let Err(NetError::Unauthorized(_)) = &answer {
        bridge.emit("token-expired", &JsValue::NULL, false);
        let fresh = self::token(panel, true).await?;
        if fresh != token {
            token = fresh;
            answer = net::text("GET", &url, &token, None).await;
        }
    }
    let me: Me = net::read(&answer?)?;
    if panel.bridge().is_none() || panel.hub().is_some() {
        return Ok(());
    }
    let hub = Hub::join(panel, server, me, token);
    panel.join(hub.clone());
    desk::started(panel);
    talk::read_list(panel, Some(hub.clone()));
    hub.resume();
    let version = env!("CARGO_PKG_VERSION");
    panel.emit("ready", &[("version", version.into())], false);
    Ok(())
}

#[inline(never)]
fn token(panel: Panel, again: bool) -> net::Soon<String> {
    Box::pin(async move {
        let none = || NetError::Unauthorized(String::new());
        let bridge = panel.bridge().ok_or_else(none)?;
        let token = bridge.token(again).await.ok().and_then(|t| t.as_string());
        token.filter(|token| !token.is_empty()).ok_or_else(none)
    })
}

/// The server's address, without a slash at the end.
pub(crate) fn server(panel: Panel) -> String {
    let text = panel
        .bridge()
        .and_then(|bridge| bridge.text("server"))
        .unwrap_or_default();
    text.trim_end_matches('/').to_owned()
}

fn code(why: &NetError) -> &'static str {
    match why {
        NetError::Unreachable | NetError::Later(_) => "unreachable",
        NetError::Unauthorized(_) => "unauthorized",
        NetError::Refused(_) => "refused",
        NetError::Strange(_) => "not-understood",
    }
}

/// A trouble in words, with what to do.
pub(crate) fn sentence(panel: Panel, why: &NetError) -> String {
    match why {
        NetError::Unreachable | NetError::Later(_) => panel.fill(Word::Unreachable, &[&server(panel)]),
        NetError::Unauthorized(message) if message.is_empty() => panel.say(Word::NoToken).to_owned(),
        NetError::Unauthorized(message) => panel.fill(Word::RefusedPanel, &[message]),
        NetError::Refused(problem) => panel.fill(Word::RefusedPanel, &[&problem.message]),
        NetError::Strange(error) => panel.fill(Word::NotUnderstood, &[error]),
    }
}

/// The browser says `online` and `offline` to the window and to nobody else.
fn watch_network() {
    thread_local! { static WATCHED: Cell<bool> = const { Cell::new(false) }; }
    if WATCHED.replace(true) {
        return;
    }
    let Some(window) = web_sys::window() else { return };
    if let Some(document) = window.document() {
        let tell = Closure::<dyn Fn()>::new(move || Hub::all().iter().for_each(|hub| hub.looked_at()));
        let _ = document.add_event_listener_with_callback("visibilitychange", tell.as_ref().unchecked_ref());
        tell.forget();
    }
    for (event, there) in [("online", true), ("offline", false)] {
        let tell = Closure::<dyn Fn()>::new(move || Hub::all().iter().for_each(|hub| hub.network(there)));
        let _ = window.add_event_listener_with_callback(event, tell.as_ref().unchecked_ref());
        // One pair for the life of the page, whatever number of panels comes and goes.
        tell.forget();
    }
}
