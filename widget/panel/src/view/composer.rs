//! The composer. What is being written is plain from the colour, the border, the label and the button: a reply in public
//! is blue and solid, a private one is green, a note is yellow and dashed and can never be published.

use super::{button, visibility};
use crate::desk;
use crate::dom::value_of;
use crate::dom::{El, View, div, form, label, option, select, span, textarea};
use crate::panel::Panel;
use crate::sig::{Sig, derived};
use crate::talk;
use jackfield_panel_core::{Gate, Mode, choices, wire::visibility_word, words::Word};
use jackfield_protocol::{Compose, ItemKind, Visibility};

use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlTextAreaElement};

/// The composer; nothing until it is known what may be written.
pub(crate) fn composer(p: Panel) -> View {
    let compose = derived(move || {
        p.drafted
            .get()
            .then(|| p.thread.with(|thread| thread.compose().cloned()))
            .flatten()
    });
    let there = derived(move || compose.with(Option::is_some));
    let view = move || there.get().then(|| inner(p, compose));
    div()
        .class("compose")
        .attr("data-mode", move || p.draft.with(|draft| draft.mode.word()))
        .child(view)
        .into_any()
}

fn inner(p: Panel, compose: Sig<Option<Arc<Compose>>>) -> View {
    let gate =
        derived(move || compose.with(|c| c.as_ref().map_or(Gate::Empty, |c| p.draft.with(|draft| draft.gate(c)))));
    form()
        .on("submit", move |event: Event| {
            event.prevent_default();
            talk::send(p);
        })
        .child((
            modes(p, compose),
            answering(p),
            closed(p, gate),
            field(p, gate),
            findings(p, compose, gate),
            foot(p, compose, gate),
        ))
        .into_any()
}

fn modes(p: Panel, compose: Sig<Option<Arc<Compose>>>) -> View {
    let one = move |mode: Mode, word: Word| {
        let there =
            move || mode == Mode::Note || compose.with(|c| c.as_ref().is_some_and(|c| !choices(mode, c).is_empty()));
        move || {
            there().then(|| {
                button("", p.say(word), move || {
                    p.draft.update(|draft| draft.mode = mode);
                    p.keep_draft();
                    super::focus(p, "write");
                })
                .attr("data-mode", mode.word())
                .attr("aria-pressed", move || {
                    p.draft.with(|draft| draft.mode == mode).to_string()
                })
            })
        }
    };
    div()
        .class("modes")
        .attr("role", "group")
        .attr("aria-label", p.say(Word::WhatYouWrite))
        .child((
            one(Mode::Public, Word::ModePublic),
            one(Mode::Private, Word::ModePrivate),
            one(Mode::Note, Word::ModeNote),
        ))
        .into_any()
}

/// The message that was picked, where one was.
fn answering(p: Panel) -> View {
    let picked = move || {
        let parent = p
            .draft
            .with(|draft| draft.parent.clone().filter(|_| draft.mode != Mode::Note))?;
        p.thread.with(|thread| {
            thread.entries().iter().find_map(|entry| match &entry.item.kind {
                ItemKind::Message(message) if message.remote_id == parent => message
                    .content
                    .as_ref()
                    .map(|c| (c.author.name().to_owned(), c.text.clone())),
                _ => None,
            })
        })
    };
    let view = move || {
        picked().map(|(name, text)| {
            div().class("answering").child((
                span()
                    .attr("dir", "auto")
                    .child(format!("{} {text}", p.fill(Word::Answering, &[&name]))),
                button("link", p.say(Word::AnswerNewest), move || {
                    p.draft.update(|draft| draft.parent = None);
                }),
            ))
        })
    };
    div().child(view).into_any()
}

fn closed(p: Panel, gate: Sig<Gate>) -> View {
    let view = move || match gate.get() {
        Gate::Closed(why) => Some(
            div()
                .class("notice bad")
                .attr("role", "status")
                .attr("data-notice", "closed")
                .child(why),
        ),
        _ => None,
    };
    let _ = p;
    div().child(view).into_any()
}

fn field(p: Panel, gate: Sig<Gate>) -> View {
    let name = move || {
        p.thread
            .with(|thread| thread.summary().map(|row| row.person.name().to_owned()))
            .unwrap_or_default()
    };
    let hint = move || match p.draft.with(|draft| draft.mode) {
        Mode::Public => p.fill(Word::HintPublic, &[&name()]),
        Mode::Private => p.fill(Word::HintPrivate, &[&name()]),
        Mode::Note => p.say(Word::HintNote).to_owned(),
    };
    let field = textarea()
        .class("field")
        .attr("data-part", "write")
        .attr("dir", "auto")
        .attr("rows", "3")
        .attr("aria-label", hint)
        .attr("placeholder", hint)
        .attr("aria-describedby", "findings")
        .attr("aria-invalid", move || matches!(gate.get(), Gate::TooLong(_)))
        .prop("value", move || p.draft.with(|draft| draft.text().to_owned()))
        .on("input", move |event: Event| {
            if let Some(field) = event.target().and_then(|t| t.dyn_into::<HtmlTextAreaElement>().ok()) {
                let text = field.value();
                p.draft.update(|draft| draft.set_text(text));
                changed(p);
            }
        });
    desk::field(p, field)
}

/// The draft has other words: they are kept, and the page is told.
pub(crate) fn changed(p: Panel) {
    p.keep_draft();
    let (mode, length) = p
        .draft
        .with_untracked(|draft| (draft.mode.word(), draft.text().chars().count() as u32));
    let id = p.thread.with_untracked(|thread| thread.id().map(|id| id.to_string()));
    p.emit(
        "draft-changed",
        &[
            ("conversation", id.as_deref().into()),
            ("mode", mode.into()),
            ("length", length.into()),
        ],
        false,
    );
}

fn findings(p: Panel, compose: Sig<Option<Arc<Compose>>>, gate: Sig<Gate>) -> View {
    let long = move || match gate.get() {
        Gate::TooLong(by) => {
            let note = p.draft.with(|draft| draft.mode == Mode::Note);
            let by = p.intl(|intl| intl.number(by as u64));
            Some(
                div()
                    .class("finding bad")
                    .child(p.fill(if note { Word::NoteTooLong } else { Word::TooLong }, &[&by])),
            )
        }
        _ => None,
    };
    let away = move || {
        let compose = compose.get()?;
        let away = p.draft.with(|draft| draft.unaddressed(&compose));
        away.then(|| {
            div()
                .class("finding ask")
                .child(p.fill(Word::Unaddressed, &[compose.prefix.trim()]))
        })
    };
    div()
        .attr("id", "findings")
        .attr("role", "status")
        .child((long, away, desk::findings(p)))
        .into_any()
}

fn foot(p: Panel, compose: Sig<Option<Arc<Compose>>>, gate: Sig<Gate>) -> View {
    let left = move || {
        let compose = compose.get()?;
        let (length, max) = p.draft.with(|draft| draft.length(&compose));
        let left = max?.checked_sub(length)?;
        Some(p.fill(Word::Left, &[&p.intl(|intl| intl.number(left as u64))]))
    };
    let send = move || {
        if let Some(word) = desk::send_word(p) {
            return word;
        }
        p.say(match p.draft.with(|draft| draft.mode) {
            Mode::Public => Word::SendPublic,
            Mode::Private => Word::SendPrivate,
            Mode::Note => Word::SaveNote,
        })
        .to_owned()
    };
    let go = El::new("button")
        .attr("type", "submit")
        .class("go")
        .attr("aria-disabled", move || {
            (gate.get() != Gate::Ready || desk::shut(p)).to_string()
        })
        .attr("title", p.say(Word::Keys))
        .child(send);
    div()
        .class("send")
        .child((seen_by(p, compose), span().class("left").child(left), go))
        .into_any()
}

/// Who will be able to read it: words where there is one choice, a list where there are more.
fn seen_by(p: Panel, compose: Sig<Option<Arc<Compose>>>) -> View {
    let all = derived(move || {
        compose.with(|c| {
            c.as_ref().map_or_else(Vec::new, |c| {
                p.draft
                    .with(|d| d.choices(c).into_iter().cloned().collect::<Vec<Visibility>>())
            })
        })
    });
    let view = move || {
        let all = all.get();
        (all.len() > 1).then(|| {
            let now = compose.with(|c| {
                c.as_ref()
                    .and_then(|c| p.draft.with_untracked(|d| d.seen_by(c).cloned()))
            });
            let options = all.iter().map(|one| {
                let selected = (Some(one) == now.as_ref()).then(String::new);
                option()
                    .attr("value", visibility_word(one).to_owned())
                    .attr("selected", selected)
                    .child(visibility(p, one))
            });
            let chosen = all.clone();
            label().class("seen-by").child((
                span().class("hide").child(p.say(Word::SeenBy)),
                select()
                    .child(options.collect::<Vec<_>>())
                    .on("change", move |event: Event| {
                        let word = value_of(&event);
                        let picked = chosen.iter().find(|one| visibility_word(one) == word).cloned();
                        p.draft.update(|draft| draft.visibility = picked);
                    }),
            ))
        })
    };
    span().class("who-reads").child(view).into_any()
}
