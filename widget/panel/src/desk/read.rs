//! Replies that wait for readers, the one that expires first in front. A reply is read where it stands, in its thread: the
//! entries here are ways to it.

use super::{ask, tell, tell_with, work};
use crate::dom::{El, Entry, View, all, bdi, div, each, li, p as para, span, ul};
use crate::panel::Panel;
use crate::talk;
use crate::view::{button, focus};
use jackfield_panel_core::desk::{Standing, Tone};
use jackfield_panel_core::words::Word;
use web_sys::Event;

/// The view.
pub(super) fn read(p: Panel) -> View {
    let entries = move || {
        p.desk.to_read.with(|all| {
            let mine = all.iter().filter(|one| one.may("approve"));
            mine.map(|one| entry(p, one.clone())).collect::<Vec<_>>()
        })
    };
    let none = move || {
        let none = p.desk.to_read.with(|all| !all.iter().any(|one| one.may("approve")));
        let failed = p.desk.to_read_failed.get();
        match failed {
            Some(why) => Some(
                div()
                    .class("state bad")
                    .attr("role", "alert")
                    .child((
                        tell_with(p, Tone::ToReadFailed, &[&why]),
                        button("plain", p.say(Word::TryAgain), move || ask::home(p)),
                    ))
                    .into_any(),
            ),
            None if none => Some(div().class("state").child(tell(p, Tone::NothingToRead)).into_any()),
            None => None,
        }
    };
    div()
        .class("policies")
        .attr("tabindex", "0")
        .attr("role", "region")
        .attr("aria-label", tell(p, Tone::ToRead))
        .attr("data-part", "to-read")
        .child((ul().class("policy").child(each(entries)), all(none)))
        .into_any()
}

fn entry(p: Panel, one: Standing) -> Entry {
    let key = format!("{} {}", one.reply, one.edition);
    (key, Box::new(move || card(p, one)))
}

fn card(p: Panel, one: Standing) -> View {
    let id = one.conversation_id();
    let until = one.expires_at.map(|at| {
        let words = move || format!("{} {}", tell(p, Tone::ReadClock), work::until_words(p, at));
        span().class("clock").child(words)
    });
    let reasons: Vec<&str> = one.risk.iter().map(|(reason, _)| reason.as_str()).collect();
    let because = (!reasons.is_empty()).then(|| {
        para()
            .class("because")
            .attr("dir", "auto")
            .child(tell_with(p, Tone::BecauseOf, &[&reasons.join(", ")]))
    });
    li().child(
        El::new("section").child((
            div().class("card-head").child((
                span()
                    .class("when")
                    .child(bdi().child(tell_with(p, Tone::WrittenBy, &[&one.by]))),
                until,
            )),
            para().class("text").attr("dir", "auto").child(one.text),
            because,
            El::new("button")
                .attr("type", "button")
                .class("plain")
                .attr("data-act", "open")
                .on("click", move |_: Event| {
                    talk::open(p, &id);
                    focus(p, "talk");
                })
                .child(tell(p, Tone::OpenIt)),
        )),
    )
    .into_any()
}
