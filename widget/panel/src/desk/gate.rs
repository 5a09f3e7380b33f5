//! The gate in the composer: what the server found in the draft, marked under its words and said below them, with what to
//! do. What is not yet checked is checked before it is sent; what the server then decides is the server's.

use super::{ask, tell, tell_with};
use crate::dom::value_of;
use crate::dom::{El, Entry, View, all, b, bdi, div, each, input, label, mark, p as para, q, span};
use crate::net::later;
use crate::panel::Panel;
use crate::sig::{Sig, derived, effect};
use crate::view::{button, draft_changed, focus, part};
use jackfield_panel_core::desk::{
    Check, Finding, Meant, Needs, Severity, Tone, Value, Verdict, marks, pairs, suggested,
};
use jackfield_panel_core::{Mode, wire::visibility_word};
use jackfield_protocol::ItemKind;
use web_sys::Event;

/// A person types about this fast; the draft is checked when they pause.
const PAUSE_MS: u32 = 400;

/// What is checked: the words, and who will be able to read them.
pub(super) type Text = (String, String);

/// What would be sent now; none for a note, and where nothing of one's own is written.
fn text(p: Panel, follow: bool) -> Option<Text> {
    let compose = if follow {
        p.thread.with(|thread| thread.compose().cloned())
    } else {
        p.thread.with_untracked(|thread| thread.compose().cloned())
    }?;
    let read = move |draft: &jackfield_panel_core::Draft| {
        let own = draft.mode != Mode::Note && draft.written(&compose);
        let seen_by = draft.seen_by(&compose).filter(|_| own)?;
        Some((draft.reply.clone(), visibility_word(seen_by).to_owned()))
    };
    if follow {
        p.drafted.get().then(|| p.draft.with(read)).flatten()
    } else {
        p.draft.with_untracked(read)
    }
}

/// What would be sent now.
pub(super) fn now(p: Panel) -> Option<Text> {
    text(p, false)
}

fn check(p: Panel, text: Text) {
    let values = [("text", Value::Text(&text.0)), ("visibility", Value::Text(&text.1))];
    let body = format!("{{{}}}", pairs(&values));
    ask::check(p, text, body);
}

/// How much was said on the network, and the version of the row that knows it.
fn said_now(p: Panel) -> (u64, u64) {
    p.thread.with(|thread| {
        let version = thread.summary().map_or(0, |row| row.version);
        let said = thread.entries().iter().map(|entry| match &entry.item.kind {
            ItemKind::Message(message) if !message.ours => 1 + u64::from(message.edits) + u64::from(message.deleted),
            _ => 0,
        });
        (said.sum(), version)
    })
}

/// The person wrote while the agent was writing.
fn moved(p: Panel) -> bool {
    let ((said, _), (before, _)) = (said_now(p), p.desk.said.get());
    before > 0 && said > before
}

/// What the gate says of what is written now.
fn current(p: Panel) -> Option<Check> {
    let now = text(p, true)?;
    p.desk.checked.with(|checked| {
        checked
            .as_ref()
            .filter(|(of, _)| *of == now)
            .map(|(_, check)| check.clone())
    })
}

fn verdict(p: Panel) -> Option<Verdict> {
    let check = current(p)?;
    p.desk.meant.with(|meant| Some(check.verdict(meant)))
}

/// Whether it cannot go out like this.
pub(crate) fn shut(p: Panel) -> bool {
    matches!(verdict(p), Some(Verdict::Change(_) | Verdict::NotYours)) || moved(p) && text(p, true).is_some()
}

/// What the button says where a reader comes first.
pub(crate) fn send_word(p: Panel) -> Option<String> {
    match verdict(p)? {
        Verdict::Readers(_) => Some(tell(p, Tone::GiveReader).to_owned()),
        _ => None,
    }
}

/// Whether what is written may go to the server; where not, the focus goes to what has to be done first.
pub(crate) fn may_send(p: Panel) -> bool {
    let Some(text) = now(p) else { return true };
    if jackfield_panel_core::react::untrack(|| moved(p)) {
        focus(p, "moved");
        return false;
    }
    if !p.desk.checks.get_untracked() || p.desk.check_failed.with_untracked(Option::is_some) {
        return true;
    }
    match jackfield_panel_core::react::untrack(|| verdict(p)) {
        None => {
            p.desk.send_then.set(true);
            check(p, text);
            false
        }
        Some(Verdict::Goes | Verdict::Readers(_)) => true,
        Some(Verdict::Confirm(_) | Verdict::Change(_)) => {
            focus(p, "finding");
            false
        }
        Some(Verdict::NotYours) => {
            focus(p, "authority");
            false
        }
    }
}

/// The text of the box, and under it the same words with marks: a box cannot draw them itself.
pub(crate) fn field(p: Panel, field: El) -> View {
    let found = derived(move || current(p).map(|check| check.findings).unwrap_or_default());
    let pieces = move || {
        let findings = found.get();
        let text = p.draft.with(|draft| draft.text().to_owned());
        let stretches = marks(&text, if findings.is_empty() { &[] } else { &findings });
        let drawn = stretches.into_iter().map(|one| match one.mark {
            Some((severity, _)) => mark()
                .class(format!("found {}", severity.word()))
                .child(one.text)
                .into_any(),
            None => all(one.text),
        });
        drawn.collect::<Vec<_>>()
    };
    let field = field.on("scroll", move |_: Event| {
        if let (Some(mirror), Some(field)) = (part(p, "mirror"), part(p, "write")) {
            mirror.set_scroll_top(field.scroll_top());
        }
    });
    div()
        .class("field-box")
        .child((
            div()
                .class("field mirror")
                .attr("aria-hidden", "true")
                .attr("dir", "auto")
                .attr("data-part", "mirror")
                .child(pieces),
            field,
        ))
        .into_any()
}

/// What was found, below the words, and what follows.
pub(crate) fn findings(p: Panel) -> View {
    watch(p);
    div()
        .class("gate")
        .child((moved_notice(p), authority(p), each(move || entries(p)), follows(p)))
        .into_any()
}

/// A pause in typing has the draft checked; what the person says before anything is written is simply read.
fn watch(p: Panel) {
    let written = derived(move || text(p, true));
    effect(move || {
        let Some(text) = written.get() else {
            p.desk.said.set(said_now(p));
            return;
        };
        p.desk.check_failed.set(None);
        p.desk.typed_at.set(crate::net::now());
        if !p.desk.checks.get_untracked() {
            return;
        }
        later(PAUSE_MS, move || {
            let checked = p
                .desk
                .checked
                .try_with_untracked(|checked| checked.as_ref().is_some_and(|(of, _)| *of == text));
            if checked == Some(false) && now(p).as_ref() == Some(&text) {
                check(p, text);
            }
        });
    });
    // Others hear at once that somebody begins to write.
    let writing = derived(move || text(p, true).is_some());
    effect(move || {
        if writing.get() && p.desk.looks.get_untracked() {
            p.desk.typed_at.set(crate::net::now());
            ask::say_looking(p, p.desk.turn.get_untracked());
        }
    });
}

fn moved_notice(p: Panel) -> View {
    let moved = derived(move || moved(p) && text(p, true).is_some());
    let view = move || {
        moved.get().then(|| {
            div()
                .class("finding ask moved")
                .attr("tabindex", "-1")
                .attr("data-part", "moved")
                .child((
                    tell(p, Tone::Moved),
                    button("plain", tell(p, Tone::HaveRead), move || {
                        p.desk.said.set(jackfield_panel_core::react::untrack(|| said_now(p)));
                        focus(p, "write");
                    }),
                ))
        })
    };
    all(view)
}

fn authority(p: Panel) -> View {
    let why = derived(move || current(p).map(|check| check.authority).unwrap_or_default());
    let view = move || {
        let why = why.get();
        (!why.is_empty()).then(|| {
            div()
                .class("found-one block")
                .attr("tabindex", "-1")
                .attr("data-part", "authority")
                .child((severity(p, Severity::Block), span().child(why.join(" "))))
        })
    };
    all(view)
}

fn entries(p: Panel) -> Vec<Entry> {
    let findings = current(p).map(|check| check.findings).unwrap_or_default();
    let mut entries: Vec<Entry> = Vec::new();
    for (at, finding) in findings.into_iter().enumerate() {
        let key = format!("{} {} {}", finding.span.0, finding.rule, finding.words);
        entries.push((key, Box::new(move || one(p, at, finding))));
    }
    entries
}

fn severity(p: Panel, severity: Severity) -> View {
    let tone = match severity {
        Severity::Note => Tone::SevNote,
        Severity::Ask => Tone::SevAsk,
        Severity::Block => Tone::SevBlock,
    };
    b().class("severity").child(tell(p, tone)).into_any()
}

fn one(p: Panel, at: usize, finding: Finding) -> View {
    let first = move || {
        let open = matches!(verdict(p), Some(Verdict::Confirm(open) | Verdict::Change(open)) if open == at);
        open.then(|| "finding".to_owned())
    };
    let found = finding.words.clone();
    let quoted = (!found.is_empty()).then(|| q().child(bdi().child(found.clone())));
    let use_it = finding.suggestion.clone().map(|with| {
        let finding = finding.clone();
        El::new("button")
            .attr("type", "button")
            .class("plain")
            .on("click", move |_: Event| {
                let text = p.draft.with_untracked(|draft| suggested(draft.text(), &finding));
                if let Some(text) = text {
                    p.draft.update(|draft| draft.set_text(text));
                    draft_changed(p);
                    focus(p, "write");
                }
            })
            .child(tell_with(p, Tone::UseThis, &[&with]))
    });
    let meant = match finding.needs {
        Needs::Nothing | Needs::Change => View::default(),
        Needs::Word => confirm(p, finding.rule.clone(), found),
        Needs::Override => insist(p, finding.rule.clone(), found),
    };
    div()
        .class(format!("found-one {}", finding.severity.word()))
        .attr("tabindex", "-1")
        .attr("data-part", first)
        .attr("data-rule", finding.rule)
        .child((
            severity(p, finding.severity),
            quoted,
            span().attr("dir", "auto").child(finding.reason),
            div().class("acts").child((use_it, meant)),
        ))
        .into_any()
}

fn say_meant(p: Panel, rule: &str, words: &str, why: Option<String>) {
    p.desk.meant.update(|meant| {
        meant.retain(|one| one.rule != rule || one.words != words);
        if let Some(why) = why {
            meant.push(Meant {
                rule: rule.to_owned(),
                words: words.to_owned(),
                why,
            });
        }
    });
}

fn is_meant(p: Panel, rule: &str, words: &str) -> Option<String> {
    p.desk.meant.with_untracked(|meant| {
        let one = meant.iter().find(|one| one.rule == rule && one.words == words);
        one.map(|one| one.why.clone())
    })
}

/// What asks is confirmed by a tick.
fn confirm(p: Panel, rule: String, words: String) -> View {
    let ticked = is_meant(p, &rule, &words).map(|_| String::new());
    let box_ = input()
        .attr("type", "checkbox")
        .attr("checked", ticked)
        .on("change", move |event: Event| {
            let on = event
                .current_target()
                .and_then(|target| js_sys::Reflect::get(&target, &"checked".into()).ok())
                .is_some_and(|on| on.is_truthy());
            say_meant(p, &rule, &words, on.then(String::new));
        });
    label()
        .class("tick")
        .child((box_, span().child(tell(p, Tone::IsMeant))))
        .into_any()
}

/// What blocks needs a reason, and somebody who may: the server knows who.
fn insist(p: Panel, rule: String, words: String) -> View {
    let why = Sig::new(is_meant(p, &rule, &words).unwrap_or_default());
    let field = input()
        .attr("type", "text")
        .attr("dir", "auto")
        .prop("value", move || why.get())
        .on("input", move |event: Event| {
            let text = value_of(&event);
            say_meant(p, &rule, &words, (!text.trim().is_empty()).then(|| text.clone()));
            let _ = why.quietly(|own| *own = text);
        });
    label()
        .class("insist")
        .child((span().child(tell(p, Tone::MeantWhy)), field))
        .into_any()
}

/// What follows from it all, in a sentence.
fn follows(p: Panel) -> View {
    let what = derived(move || {
        let written = text(p, true).is_some();
        let failed = p.desk.check_failed.get();
        (written && p.desk.checks.get()).then(|| (verdict(p), failed, current(p)))
    });
    let view = move || {
        let (verdict, failed, check) = what.get()?;
        let words = match (verdict, failed) {
            (None, Some(why)) => tell_with(p, Tone::CheckFailed, &[&why]),
            (None, None) => tell(p, Tone::Checking).to_owned(),
            (Some(Verdict::Change(_) | Verdict::NotYours), _) => tell(p, Tone::ChangeFirst).to_owned(),
            (Some(Verdict::Confirm(_)), _) => tell(p, Tone::ConfirmFirst).to_owned(),
            (Some(Verdict::Readers(readers)), _) => {
                tell(p, if readers > 1 { Tone::TwoReaders } else { Tone::OneReader }).to_owned()
            }
            (Some(Verdict::Goes), _) => {
                let found = check.as_ref().is_some_and(|check| !check.findings.is_empty());
                if found {
                    String::new()
                } else {
                    tell(p, Tone::NothingFound).to_owned()
                }
            }
        };
        let state = match verdict {
            None => "wait",
            Some(Verdict::Goes) => "goes",
            Some(Verdict::Readers(_)) => "readers",
            Some(Verdict::Confirm(_)) => "confirm",
            Some(Verdict::Change(_) | Verdict::NotYours) => "change",
        };
        let check = check.unwrap_or_default();
        let risk = matches!(verdict, Some(Verdict::Readers(_))).then(|| {
            let reasons: Vec<&str> = check.risk.iter().map(|(reason, _)| reason.as_str()).collect();
            para()
                .class("because")
                .attr("dir", "auto")
                .child(tell_with(p, Tone::BecauseOf, &[&reasons.join(", ")]))
        });
        let goes_out_as = check
            .goes_out_as
            .filter(|_| matches!(verdict, Some(Verdict::Goes | Verdict::Readers(_))));
        let as_sent = goes_out_as.map(|text| {
            div()
                .class("as-sent")
                .child((span().child(tell(p, Tone::GoesOutAs)), bdi().child(text)))
        });
        Some(
            div()
                .class("follows")
                .attr("data-gate", state)
                .child((words, risk, as_sent)),
        )
    };
    all(view)
}
