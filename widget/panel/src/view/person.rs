//! Who this person is: what the network says of them, and where else we have met.

use super::item::link_to;
use super::row::initials;
use crate::desk;
use crate::dom::{El, Kids, View, all, aside, b, bdi, dd, div, dl, dt, h3, li, p as para, span, ul};
use crate::net;
use crate::panel::Panel;
use crate::sig::derived;
use crate::talk;
use jackfield_panel_core::words::Word;
use jackfield_protocol::{Status, Summary};

use std::sync::Arc;

/// The pane at the side of a full page.
pub(crate) fn side(p: Panel) -> View {
    aside()
        .class("pane side")
        .attr("tabindex", "-1")
        .attr("aria-label", p.say(Word::Who))
        .child((h3().child(p.say(Word::Who)), person(p)))
        .into_any()
}

/// The person of the open conversation.
pub(crate) fn person(p: Panel) -> View {
    let row = derived(move || p.thread.with(|thread| thread.summary().cloned()));
    let view = move || row.get().map(|row| card(p, &row));
    div().class("person").child((view, desk::side(p), others(p))).into_any()
}

fn fact(name: &'static str, value: impl Kids) -> View {
    all((dt().child(name), dd().attr("dir", "auto").child(value)))
}

fn card(p: Panel, row: &Summary) -> View {
    let person = &row.person;
    let reach = match person.reach {
        Some(reach) => p.intl(|intl| intl.number(reach)),
        None => p.say(Word::ReachUnknown).to_owned(),
    };
    let line = p.lines.with(|lines| {
        lines
            .iter()
            .find(|line| line.id == row.connection)
            .map(|line| line.name.clone())
    });
    let line = line.map_or_else(|| row.network.clone(), |name| format!("{name} · {}", row.network));
    let profile = person
        .profile_url
        .as_deref()
        .map(|url| fact(p.say(Word::Profile), link_to(p, url, all(p.say(Word::ProfileOpen)))));
    let customer = p
        .customer
        .get()
        .filter(|_| p.handles.with(|handles| handles.contains(&net::lower(&person.handle))));
    all((
        div().class("name").child((
            div()
                .class("face")
                .attr("aria-hidden", "true")
                .child(initials(person.name())),
            b().child(bdi().child(person.name().to_owned())),
        )),
        person
            .automated
            .then(|| para().class("robot").child(p.say(Word::Automated))),
        dl().child((
            fact(p.say(Word::Handle), bdi().child(format!("@{}", person.handle))),
            customer.map(|id| fact(p.say(Word::Customer), id)),
            fact(p.say(Word::ReachName), reach),
            fact(p.say(Word::Line), line),
            profile,
        )),
    ))
}

fn others(p: Panel) -> View {
    let list = move || {
        let others = p.others.get();
        if others.is_empty() {
            return para().class("none").child(p.say(Word::OthersNone)).into_any();
        }
        ul().child(others.into_iter().map(|other| before(p, &other)).collect::<Vec<_>>())
            .into_any()
    };
    div()
        .class("others")
        .child((h3().child(p.say(Word::Others)), list))
        .into_any()
}

fn before(p: Panel, other: &Arc<Summary>) -> View {
    let id = other.id.clone();
    let day = p.intl(|intl| intl.day(other.last_inbound_at));
    let state = if other.status == Status::Open {
        Word::Open
    } else {
        Word::Resolved
    };
    let text = if other.snippet.is_empty() {
        p.say(Word::NoText).to_owned()
    } else {
        other.snippet.clone()
    };
    li().child(
        El::new("button")
            .attr("type", "button")
            .on("click", move |_: web_sys::Event| {
                talk::open(p, &id);
                super::focus(p, "talk");
            })
            .child((
                span().class("when").child(format!("{day} · {}", p.say(state))),
                span().class("words").attr("dir", "auto").child(text),
            )),
    )
    .into_any()
}
