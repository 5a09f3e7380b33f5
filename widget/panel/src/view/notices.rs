//! What is not as it should be, each in a sentence: the panel itself, the feed, the lines to the networks.

use crate::dom::{View, b, div, p as para, span};
use crate::panel::Panel;
use jackfield_panel_core::{Phase, words::Word};
use jackfield_protocol::{ConnectionView, Health};

/// The state of the feed in a word.
pub(crate) fn live(p: Panel) -> View {
    let state = move || match p.phase.get() {
        Phase::Live => ("good", Word::Live),
        Phase::Connecting | Phase::Closed | Phase::Renewing => ("wait", Word::Connecting),
        Phase::Waiting { .. } => ("bad", Word::Reconnecting),
        Phase::Offline => ("bad", Word::Offline),
        Phase::SignedOut => ("bad", Word::SignedOut),
    };
    span()
        .class("live")
        .attr("data-state", move || state().0)
        .child(move || p.say(state().1))
        .into_any()
}

/// The sentences.
pub(crate) fn notices(p: Panel) -> View {
    let feed = move || {
        let word = match p.phase.get() {
            Phase::Waiting { .. } => Word::ReconnectingLong,
            Phase::Offline => Word::OfflineLong,
            Phase::SignedOut => Word::SignedOutLong,
            _ => return None,
        };
        let class = if word == Word::SignedOutLong {
            "notice bad"
        } else {
            "notice warn"
        };
        Some(
            div()
                .class(class)
                .attr("role", "status")
                .attr("data-notice", "feed")
                .child(p.say(word)),
        )
    };
    let broken = move || {
        p.broken.get().map(|text| {
            div()
                .class("notice bad")
                .attr("role", "alert")
                .attr("data-notice", "broken")
                .child(text)
        })
    };
    let lines = move || {
        let lines = p.lines.get();
        let none = lines.is_empty() && p.me.with(Option::is_some);
        let none = none.then(|| div().class("notice warn").child(p.say(Word::NoLines)).into_any());
        let troubled = lines.into_iter().filter(|line| line.health != Health::Healthy);
        none.into_iter()
            .chain(troubled.map(|line| trouble(p, &line)))
            .collect::<Vec<_>>()
    };
    div().class("notices").child((broken, feed, lines)).into_any()
}

fn trouble(p: Panel, line: &ConnectionView) -> View {
    let (class, word) = match line.health {
        Health::Degraded | Health::Healthy => ("notice warn", Word::LineDegraded),
        Health::CredentialNeeded => ("notice bad", Word::LineCredential),
        Health::Quarantined => ("notice bad", Word::LineQuarantined),
    };
    let action = line.action.clone();
    div()
        .class(class)
        .attr("role", "status")
        .attr("data-notice", "line")
        .child((
            b().child(p.fill(word, &[&line.name])),
            para().attr("dir", "auto").child(action),
        ))
        .into_any()
}
