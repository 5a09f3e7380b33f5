//! The element's attributes, properties and methods.

use crate::desk;
use crate::intl::Intl;
use crate::net;
use crate::panel::Panel;
use crate::{start, talk, view};
use jackfield_panel_core::words::{Lang, Word, Words};
use jackfield_panel_core::{Mode, Which};
use jackfield_protocol::ConversationId;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// Sets an attribute or property.
pub(crate) fn set(panel: Panel, name: &str, value: &JsValue) {
    let text = value.as_string().unwrap_or_default();
    match name {
        "locale" => speak(panel, text),
        "theme" => panel.theme.set(text),
        "density" => panel.density.set(text),
        "view" | "context" => {
            read_context(panel);
            if panel.hub().is_some() {
                talk::read_list(panel, None);
            }
        }
        "token" if !text.is_empty() => match panel.hub() {
            Some(hub) => spawn_local(async move { hub.new_token(text).await }),
            None => start::start(panel),
        },
        "server" | "brand" => {
            panel.leave();
            talk::close(panel);
            start::start(panel);
        }
        _ => {}
    }
}

/// Speaks another language as soon as its texts are there; numbers and dates follow the locale at once.
pub(crate) fn speak(panel: Panel, locale: String) {
    let lang = Lang::of(&locale);
    if lang == Lang::En {
        panel.intl.set(Some(Intl::new(&locale, Default::default())));
        return;
    }
    spawn_local(async move {
        let Some(bridge) = panel.bridge() else { return };
        let file = bridge.words(lang.tag()).await.ok().and_then(|file| file.as_string());
        let words = file.and_then(|file| Words::read(&file));
        if desk::HERE {
            let _ = desk::speak(panel, lang.tag()).await;
        }
        let still = bridge.text("locale").is_some_and(|now| now == locale);
        if let Some(words) = words.filter(|_| still) {
            panel.intl.set(Some(Intl::new(&locale, (lang, words))));
        }
    });
}

fn get(object: &JsValue, name: &str) -> JsValue {
    if object.is_object() {
        js_sys::Reflect::get(object, &name.into()).unwrap_or_default()
    } else {
        JsValue::UNDEFINED
    }
}

/// Reads what the page says of its customer. It is a hint: the server decides what may be seen.
pub(crate) fn read_context(panel: Panel) {
    let Some(bridge) = panel.bridge() else { return };
    let customer = get(&bridge.value("context"), "customer");
    let list = get(&customer, "handles");
    let mut handles: Vec<String> = Vec::new();
    if js_sys::Array::is_array(&list) {
        handles.extend(
            js_sys::Array::from(&list)
                .iter()
                .filter_map(|handle| handle.as_string()),
        );
    }
    for handle in &mut handles {
        *handle = net::lower(handle.trim().trim_start_matches('@'));
    }
    handles.retain(|handle| !handle.is_empty() && !handle.contains(','));
    let only = !desk::HERE && !handles.is_empty() && bridge.text("view").as_deref() != Some("inbox");
    let words = handles.join(",");
    panel.which.set(if only { Which::All } else { Which::Open });
    panel.customer.set(get(&customer, "crmId").as_string());
    panel.handles.set(handles);
    panel.person_only.set(only);
    panel.emit("context-changed", &[("handles", words.as_str().into())], false);
}

fn wrong(what: &str) -> JsValue {
    js_sys::Error::new(what).into()
}

/// Calls a method.
pub(crate) async fn call(panel: Panel, method: &str, argument: JsValue) -> Result<JsValue, JsValue> {
    let text = argument.as_string();
    match method {
        "open" => {
            let id = text
                .filter(|id| !id.is_empty())
                .ok_or_else(|| wrong("open(id) needs the id of a conversation"))?;
            talk::open(panel, &ConversationId(id));
        }
        "compose" | "insert" => {
            let text = text.ok_or_else(|| wrong("compose(text) and insert(text) need a text"))?;
            if !panel.drafted.get_untracked() {
                return Err(wrong("no conversation is open; call open(id) first"));
            }
            panel.draft.update(|draft| {
                if method == "compose" {
                    if draft.mode == Mode::Note {
                        draft.mode = Mode::Public;
                    }
                    draft.set_text(text);
                } else {
                    let joined = format!("{}{text}", draft.text());
                    draft.set_text(joined);
                }
            });
            view::draft_changed(panel);
        }
        "link" => {
            // The server has no identity records yet: the handle narrows this panel's list and is told to the page.
            let handle = text.or_else(|| get(&argument, "handle").as_string());
            let handle = handle.ok_or_else(|| wrong("link(identity) needs a handle, or an object with one"))?;
            let handle = net::lower(handle.trim().trim_start_matches('@'));
            panel.handles.update(|handles| {
                if !handles.contains(&handle) {
                    handles.push(handle.clone());
                }
            });
            panel.person_only.set(true);
            panel.which.set(Which::All);
            panel.emit(
                "context-changed",
                &[("handles", panel.handles.get_untracked().join(",").into())],
                false,
            );
            talk::read_list(panel, None);
        }
        "refresh" => panel.reload(),
        // The shell's own: a page in another window was asked and agrees.
        "send" => talk::send(panel),
        "stopped" => panel.refusal.set(Some(panel.say(Word::Prevented).to_owned())),
        "focus" => {
            let one = panel.width.get_untracked() < 720.0;
            let open = panel.thread.with_untracked(|thread| thread.id().is_some());
            view::focus(panel, if one && open { "talk" } else { "rows" });
        }
        other => return Err(wrong(&format!("the panel has no method {other}"))),
    }
    Ok(JsValue::UNDEFINED)
}
