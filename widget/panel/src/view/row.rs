//! A row of the list: who, what is waiting since when, the words, and the marks that say something.

use super::{focus, label, visibility};
use crate::desk;
use crate::dom::{View, bdi, div, i, p as para, small, span};
use crate::net::upper;
use crate::panel::Panel;
use crate::talk;
use jackfield_panel_core::{Urgency, urgency, words::Word};
use jackfield_protocol::{ConversationId, Status, Summary};

use std::sync::Arc;

/// The id of a row in the shadow root.
pub(crate) fn dom_id(id: &ConversationId) -> String {
    format!("row-{id}")
}

/// Two letters for a face.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next().or_else(|| name.chars().next());
    upper(&first.into_iter().chain(words.next_back()).collect::<String>())
}

/// The row at a place of the list.
pub(crate) fn row(p: Panel, at: usize, row: &Arc<Summary>) -> View {
    let id = row.id.clone();
    let here = id.clone();
    let cursor = id.clone();
    let opened = id.clone();
    let class = if row.unread > 0 { "row unread" } else { "row" };
    let who = div().class("who").child((
        (row.unread > 0).then(|| {
            span()
                .class("dot")
                .child(hidden(p.fill(Word::Unread, &[&row.unread.to_string()])))
        }),
        bdi().child(row.person.name().to_owned()),
        small().attr("dir", "ltr").child(format!("@{}", row.person.handle)),
    ));
    let snippet = if row.snippet.is_empty() {
        p.say(Word::NoText).to_owned()
    } else {
        row.snippet.clone()
    };
    let network = upper(row.network.get(..1).unwrap_or_default());
    div()
        .class(class)
        .attr("role", "option")
        .attr("id", dom_id(&id))
        .attr("aria-setsize", move || {
            p.rows.with(jackfield_panel_core::Rows::total).to_string()
        })
        .attr("aria-posinset", (at + 1).to_string())
        .attr("aria-selected", move || {
            p.thread.with(|thread| thread.id() == Some(&here))
        })
        .attr("data-cursor", move || p.cursor.with(|id| id.as_ref() == Some(&cursor)))
        .on("click", move |_: web_sys::Event| {
            talk::open(p, &opened);
            focus(p, "talk");
        })
        .child((
            div()
                .class("face")
                .attr("aria-hidden", "true")
                .child((initials(row.person.name()), i().child(network))),
            who,
            desk::clock(p, row).unwrap_or_else(|| clock(p, row.clone())),
            para().attr("dir", "auto").child(snippet),
            marks(p, row),
        ))
        .into_any()
}

/// Words for those who listen.
pub(crate) fn hidden(text: String) -> View {
    span().class("hide").child(text).into_any()
}

fn clock(p: Panel, row: Arc<Summary>) -> View {
    let waiting = row.waiting_since.filter(|_| row.status == Status::Open);
    let class = move || match waiting.map(|since| urgency(since, p.now.get())) {
        Some(Urgency::Soon) => "clock soon",
        Some(Urgency::Late) => "clock late",
        _ => "clock",
    };
    let words = move || match (waiting, row.status) {
        (Some(since), _) => match p
            .intl
            .with_untracked(|intl| intl.as_ref().and_then(|intl| intl.since(since, p.now.get())))
        {
            Some(time) => p.fill(Word::Waiting, &[&time]),
            None => p.say(Word::WaitingNow).to_owned(),
        },
        (None, Status::Open) => p.say(Word::Answered).to_owned(),
        (None, Status::Resolved) => p.say(Word::Resolved).to_owned(),
    };
    span().class(class).child(words).into_any()
}

fn marks(p: Panel, row: &Summary) -> View {
    let seen_by = visibility(p, &row.visibility);
    let seen_by = match row.person.reach.filter(|_| row.visibility.is_public()) {
        Some(reach) => format!("{seen_by} · {}", p.intl(|intl| intl.compact(reach))),
        None => seen_by,
    };
    let trouble = row.trouble.as_deref().map(|trouble| {
        let word = if trouble == "unknown" {
            Word::TroubleUnknown
        } else {
            Word::TroubleFailed
        };
        span().class("mark bad").child(p.say(word))
    });
    let class = if row.visibility.is_public() {
        "mark pub"
    } else {
        "mark priv"
    };
    let owner = row.owner.clone().map(|owner| {
        let mine = p.me.with(|me| me.as_ref() == Some(&owner));
        let words = if mine {
            p.say(Word::YouHaveIt).to_owned()
        } else {
            p.fill(Word::HasIt, &[owner.as_str()])
        };
        span().class(if mine { "mark mine" } else { "mark" }).child(words)
    });
    let labels = row
        .labels
        .iter()
        .take(3)
        .map(|name| span().class("mark").child(label(p, name)))
        .collect::<Vec<_>>();
    div()
        .class("marks")
        .child((
            trouble,
            desk::marks(p, row),
            span().class(class).child(seen_by),
            owner,
            labels,
        ))
        .into_any()
}
