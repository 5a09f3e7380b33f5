//! The policies in words: what is promised, who may do what, which rules run. Read, not written: policies are files.

use super::{ask, tell, tell_with};
use crate::dom::{El, View, div, h3, li, p as para, ul};
use crate::panel::Panel;
use crate::view::button;
use jackfield_panel_core::desk::{PolicyWords, Tone};
use jackfield_panel_core::words::Word;

/// The view.
pub(super) fn policies(p: Panel) -> View {
    let inner = move || match p.desk.policies.get() {
        None => div().class("state").child(p.say(Word::Loading)).into_any(),
        Some(Ok(policies)) if policies.version.is_empty() => {
            div().class("state").child(tell(p, Tone::PoliciesNone)).into_any()
        }
        Some(Err(why)) => div()
            .class("state bad")
            .attr("role", "alert")
            .child((
                tell_with(p, Tone::PoliciesFailed, &[&why]),
                button("plain", p.say(Word::TryAgain), move || ask::policies(p)),
            ))
            .into_any(),
        Some(Ok(policies)) => words(p, policies),
    };
    div()
        .class("policies")
        .attr("tabindex", "0")
        .attr("role", "region")
        .attr("aria-label", tell(p, Tone::Policies))
        .attr("data-part", "policies")
        .child(inner)
        .into_any()
}

fn words(p: Panel, policies: PolicyWords) -> View {
    let short: String = policies.version.chars().take(12).collect();
    let lines = |tone: Tone, lines: Vec<String>| (!lines.is_empty()).then(|| part(tell(p, tone).to_owned(), lines));
    let own = |tone: Tone, what: &[String]| {
        (!what.is_empty()).then(|| {
            para()
                .class("none")
                .attr("dir", "auto")
                .child(tell_with(p, tone, &[&what.join(", ")]))
        })
    };
    let signs: Vec<String> = policies.signs.iter().cloned().collect();
    div()
        .class("policy")
        .child((
            para().class("none").child(tell_with(p, Tone::PolicyVersion, &[&short])),
            own(Tone::YourRoles, &policies.roles),
            own(Tone::YouMay, &policies.may),
            own(Tone::YouSign, &signs),
            lines(Tone::OurPromises, policies.promises),
            lines(Tone::WhoMay, policies.authority),
            lines(Tone::TheVoice, policies.voice),
        ))
        .into_any()
}

fn part(title: String, lines: Vec<String>) -> View {
    let lines = lines.into_iter().map(|line| li().attr("dir", "auto").child(line));
    El::new("section")
        .child((h3().child(title), ul().child(lines.collect::<Vec<_>>())))
        .into_any()
}
